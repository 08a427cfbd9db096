/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feed an engine's hooks with real events: what a source (a traced process tree, a capture, a test) calls. A source knows
 * nothing of maps or verification. All functions may be called from any thread; a program that a hook fires runs in the
 * calling thread, to completion, before the function returns.
 */
#ifndef SKEP_HOOK_H
#define SKEP_HOOK_H

#include <skep/engine.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The registers of a task, in the order of the kernel's struct pt_regs of x86-64. */
struct skep_regs {
	uint64_t r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

/* How the engine reaches a task's user memory (bpf_probe_read_user and friends). read and write return 0 or -EFAULT;
 * read_str copies up to n bytes up to and including the NUL and returns how many, or -EFAULT. NULL members fault. */
struct skep_task_mem {
	size_t sz; /* sizeof(struct skep_task_mem) */
	void *cookie;
	int (*read)(void *cookie, uint64_t addr, void *dst, size_t n);
	int (*write)(void *cookie, uint64_t addr, const void *src, size_t n);
	long (*read_str)(void *cookie, uint64_t addr, char *dst, size_t n);
};

/* What is known of a task; the engine makes a task_struct of its own from it. */
struct skep_task_info {
	size_t sz; /* sizeof(struct skep_task_info) */
	uint32_t pid;  /* thread id */
	uint32_t tgid; /* process id */
	uint32_t uid, gid, euid, egid;
	char comm[16];
	uint64_t start_time_ns;      /* CLOCK_MONOTONIC */
	uint64_t start_boottime_ns;  /* CLOCK_BOOTTIME */
	struct skep_task *parent;    /* real_parent, or NULL: the engine's init task */
	struct skep_task_mem mem;
};

struct skep_task;

/* The engine's task for that thread: made, or NULL with errno. Freed by skep_task_remove. Its tgid's leader is looked up by tgid. */
SKEP_API struct skep_task *skep_task_add(struct skep_engine *engine, const struct skep_task_info *info);
/* Take over what changed (comm, ids, parent). */
SKEP_API void skep_task_update(struct skep_engine *engine, struct skep_task *task, const struct skep_task_info *info);
SKEP_API void skep_task_remove(struct skep_engine *engine, struct skep_task *task);

/*
 * Which system calls have programs: bit N of enter[N / 64] and exit[N / 64] for syscall number N. Returns a generation
 * that changes whenever the answer does; skep_syscalls_generation reads it cheaply.
 */
#define SKEP_SYSCALL_WORDS 16
struct skep_syscall_set {
	uint64_t enter[SKEP_SYSCALL_WORDS];
	uint64_t exit[SKEP_SYSCALL_WORDS];
};
SKEP_API uint64_t skep_syscalls_wanted(struct skep_engine *engine, struct skep_syscall_set *set);
SKEP_API uint64_t skep_syscalls_generation(struct skep_engine *engine);
/* An eventfd, owned by the engine, that becomes readable when the generation changes. */
SKEP_API int skep_syscalls_event_fd(struct skep_engine *engine);

/* A system call of the task: fires tp/syscalls/sys_enter_*, raw_tp and tp_btf sys_enter, ksyscall and kprobe on the entry
 * function. regs->orig_ax is the number; arguments in di si dx r10 r8 r9. On exit regs->ax is the result. */
SKEP_API void skep_fire_sys_enter(struct skep_engine *engine, struct skep_task *task, const struct skep_regs *regs);
SKEP_API void skep_fire_sys_exit(struct skep_engine *engine, struct skep_task *task, const struct skep_regs *regs);
/* The scheduler's events: sched_process_exec (after the task's comm changed), _fork, _exit. */
SKEP_API void skep_fire_exec(struct skep_engine *engine, struct skep_task *task, const char *filename, uint32_t old_pid);
SKEP_API void skep_fire_fork(struct skep_engine *engine, struct skep_task *parent, struct skep_task *child);
/* exit_code: as waitpid(2) gives it, which is task_struct.exit_code. group_dead: it was the last thread. */
SKEP_API void skep_fire_exit(struct skep_engine *engine, struct skep_task *task, int exit_code, bool group_dead);
/* Whether any program is attached to the scheduler's events (exec, fork, exit). */
SKEP_API bool skep_sched_wanted(struct skep_engine *engine);

/* A packet on its way through an XDP hook: `buf` of `size` bytes, frame at [data, data + len). Programs move both ends. */
struct skep_packet {
	size_t sz; /* sizeof(struct skep_packet) */
	uint8_t *buf;
	uint32_t size;
	uint32_t data;
	uint32_t len;
	uint32_t ifindex;
	uint32_t rx_queue;
};
/* Make a device that XDP programs can be attached to by LINK_CREATE with its index; 0 or -errno. */
SKEP_API int skep_device_add(struct skep_engine *engine, uint32_t ifindex, const char *name);
/* Run the device's XDP program; the verdict (enum xdp_action), XDP_PASS when none is attached, or -errno. *redirect_ifindex,
 * when given, is the target of XDP_REDIRECT. */
SKEP_API int skep_fire_xdp(struct skep_engine *engine, struct skep_packet *packet, uint32_t *redirect_ifindex);

#ifdef __cplusplus
}
#endif
#endif
