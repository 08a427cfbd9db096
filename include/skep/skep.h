/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user side: compile, open objects, load, attach and read eBPF programs and maps, on either engine.
 *
 * Conventions. Constructors return NULL and set errno; other functions return 0 (or a count or descriptor) and negative
 * errno on failure. Where a failure has more to say than an errno, the function takes a `struct skep_error *` (NULL: not
 * interested) and leaves there one line that names the object, the place and the way out, a status, and the verifier's log
 * where there is one. Option structs begin with `sz`, set to their sizeof; NULL stands for all defaults. Strings and
 * arrays that a function returns belong to the object that was asked, unless said otherwise. Objects are not locked: one
 * thread at a time may use an object and what was made from it. The library never prints.
 */
#ifndef SKEP_H
#define SKEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef SKEP_API
#define SKEP_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct btf;
struct bpf_insn;
struct skep_door;
struct skep_engine;
struct skep_error;
struct skep_object;
struct skep_program;
struct skep_map;
struct skep_link;
struct skep_ring_buffer;
struct skep_perf_buffer;
struct skep_trace_pipe;

/* "0.1.0" */
SKEP_API const char *skep_version(void);

/* What kind of failure it was: also the exit status of the command. */
enum skep_status {
	SKEP_OK = 0,
	SKEP_FAILED = 1,       /* a system call, memory, a file */
	SKEP_USAGE = 2,        /* the caller asked for what does not exist or makes no sense */
	SKEP_BAD_OBJECT = 3,   /* source, ELF, BTF, CO-RE */
	SKEP_REFUSED = 4,      /* by the verifier */
	SKEP_NOT_ATTACHED = 5,
	SKEP_TEST_FAILED = 6,
};

/* A failure, explained. One may be used for many calls; each failure replaces the one before. */
SKEP_API struct skep_error *skep_error_new(void);
SKEP_API void skep_error_free(struct skep_error *err);
SKEP_API enum skep_status skep_error_status(const struct skep_error *err);
SKEP_API int skep_error_code(const struct skep_error *err);          /* negative errno, 0 when nothing failed */
SKEP_API const char *skep_error_text(const struct skep_error *err);  /* one line without newline; "" when nothing failed */
SKEP_API const char *skep_error_log(const struct skep_error *err);   /* the verifier's or the compiler's own text, or NULL */
SKEP_API const char *skep_error_program(const struct skep_error *err); /* the program that was refused, or NULL */

/* ---- doors: where system calls of the BPF subsystem go ---- */

/* The kernel of this machine. NULL with errno. */
SKEP_API struct skep_door *skep_door_kernel(void);
/* An engine in this process (not owned). */
SKEP_API struct skep_door *skep_door_engine(struct skep_engine *engine);
/* An engine of another process, by the Unix socket that it listens on (skep_engine_listen). */
SKEP_API struct skep_door *skep_door_connect(const char *path);
SKEP_API void skep_door_free(struct skep_door *door);

/* Where an engine of this user's process `pid` listens: its socket's path, for skep_engine_listen and skep_door_connect. 0 or
 * -ENAMETOOLONG. */
SKEP_API int skep_instance_path(pid_t pid, char *path, size_t size);

struct skep_instance {
	pid_t pid;
	uint64_t started_ns; /* since the epoch */
	char path[108];
};
/* The engines of this user's processes that listen now, newest first; sockets of dead processes are removed. Their number, *list to be
 * freed with free(3), or -errno. */
SKEP_API int skep_instances(struct skep_instance **list);

/* ---- compiling ---- */

struct skep_compile_opts {
	size_t sz;
	const char *clang;        /* NULL: $SKEP_CLANG, else clang, else the newest clang-N in PATH */
	const char *const *flags; /* further -I, -D, -W ... flags, NULL-terminated; or NULL */
	const char *btf;          /* file that vmlinux.h is made from: BTF, or ELF with a .BTF section; NULL: /sys/kernel/btf/vmlinux */
	const void *btf_data;     /* its bytes, instead of (or, where that file is missing, in place of) a file */
	size_t btf_data_len;
	const char *include_dir;  /* a directory to find vmlinux.h in, instead of making one */
	bool collect;             /* keep the compiler's messages for skep_error_log instead of passing stderr through */
};
/* Compile a BPF C source with clang into *object (malloc'd; the caller frees it). -ENOENT: no clang; -EINVAL: it does not compile. */
SKEP_API int skep_compile_file(const char *source, const struct skep_compile_opts *opts, void **object, size_t *len,
			       struct skep_error *err);

/* ---- objects ---- */

struct skep_object_open_opts {
	size_t sz;
	const char *name; /* in messages and as prefix of the names of data maps; NULL: the file's name */
};
/* errno EINVAL: not a BPF object or a malformed one; ENOENT, EACCES ... from the file. */
SKEP_API struct skep_object *skep_object_open_file(const char *path, const struct skep_object_open_opts *opts,
						   struct skep_error *err);
/* The bytes are copied. */
SKEP_API struct skep_object *skep_object_open_mem(const void *data, size_t len, const struct skep_object_open_opts *opts,
						  struct skep_error *err);
/* Closes maps and programs; links live on until they are destroyed. */
SKEP_API void skep_object_close(struct skep_object *obj);
SKEP_API const char *skep_object_name(const struct skep_object *obj);
SKEP_API const char *skep_object_license(const struct skep_object *obj);
/* The object's types (walked with common/btf), or NULL when it was compiled without. */
SKEP_API const struct btf *skep_object_btf(const struct skep_object *obj);
/* The program's types as the engine has them: a descriptor, or -ENOENT. */
SKEP_API int skep_object_btf_fd(const struct skep_object *obj);

struct skep_object_load_opts {
	size_t sz;
	const char *target_btf;   /* file with the types to relocate against; NULL: what the engine shows */
	uint32_t log_level;       /* ask for the verifier's log even of programs that it takes (skep_program_log) */
	const char *pin_root;     /* where maps with LIBBPF_PIN_BY_NAME are pinned; NULL: /sys/fs/bpf */
	void (*note)(void *ctx, const char *text); /* what was worked around; may be NULL */
	void *note_ctx;
};
/*
 * Create the maps, relocate, and load every program that is not set aside, through the door (which must outlive the object).
 * SKEP_BAD_OBJECT: a relocation that cannot be done; SKEP_REFUSED: the verifier said no (its log is in err). All or
 * nothing: after a failure nothing of the object stays loaded, and it can be loaded again.
 */
SKEP_API int skep_object_load(struct skep_object *obj, struct skep_door *door, const struct skep_object_load_opts *opts,
			      struct skep_error *err);

/* ---- programs ---- */

/* The first (prev NULL) or next program in the object's order; NULL at the end. */
SKEP_API struct skep_program *skep_object_next_program(const struct skep_object *obj, const struct skep_program *prev);
SKEP_API struct skep_program *skep_object_find_program(const struct skep_object *obj, const char *name);
SKEP_API const char *skep_program_name(const struct skep_program *prog);
SKEP_API const char *skep_program_section(const struct skep_program *prog);
SKEP_API uint32_t skep_program_type(const struct skep_program *prog);        /* enum bpf_prog_type */
SKEP_API uint32_t skep_program_attach_type(const struct skep_program *prog); /* enum bpf_attach_type */
SKEP_API int skep_program_fd(const struct skep_program *prog); /* owned by the object; -ENOENT before loading */
/* The verifier's log, when it was asked for by log_level; else "". */
SKEP_API const char *skep_program_log(const struct skep_program *prog);
/* Before loading: */
SKEP_API void skep_program_set_type(struct skep_program *prog, uint32_t type);
SKEP_API void skep_program_set_attach_type(struct skep_program *prog, uint32_t attach_type);
SKEP_API void skep_program_set_flags(struct skep_program *prog, uint32_t flags); /* BPF_F_SLEEPABLE ... */
SKEP_API uint32_t skep_program_flags(const struct skep_program *prog);
SKEP_API void skep_program_set_autoload(struct skep_program *prog, bool autoload);
SKEP_API bool skep_program_autoload(const struct skep_program *prog);
/* Whether the section says where it goes, and no program array of the object holds it. */
SKEP_API bool skep_program_autoattach(const struct skep_program *prog);
/* The kernel function, program or hook that the program names; for tracing types. -ENOMEM. */
SKEP_API int skep_program_set_attach_target(struct skep_program *prog, const char *name);
/* The instructions as they were given to the engine (after loading, or after a refusal), else as the object has them. */
SKEP_API const struct bpf_insn *skep_program_insns(const struct skep_program *prog, size_t *count);

/* Where an instruction (of skep_program_insns) comes from. */
struct skep_source_line {
	size_t sz;
	const char *function;
	const char *file;
	const char *text; /* the line as the compiler recorded it; may be "" */
	uint32_t line, column;
};
/* -ENOENT when the object has no line information for it. */
SKEP_API int skep_program_source_line(const struct skep_program *prog, size_t insn, struct skep_source_line *line);

/* ---- maps ---- */

SKEP_API struct skep_map *skep_object_next_map(const struct skep_object *obj, const struct skep_map *prev);
SKEP_API struct skep_map *skep_object_find_map(const struct skep_object *obj, const char *name);
SKEP_API const char *skep_map_name(const struct skep_map *map); /* as in the object: "counts", ".rodata" */
SKEP_API uint32_t skep_map_type(const struct skep_map *map);    /* enum bpf_map_type */
SKEP_API uint32_t skep_map_key_size(const struct skep_map *map);
SKEP_API uint32_t skep_map_value_size(const struct skep_map *map);
SKEP_API uint32_t skep_map_max_entries(const struct skep_map *map);
SKEP_API uint32_t skep_map_flags(const struct skep_map *map);
SKEP_API uint32_t skep_map_btf_key_type(const struct skep_map *map);   /* type ids of skep_object_btf; 0: none */
SKEP_API uint32_t skep_map_btf_value_type(const struct skep_map *map);
SKEP_API bool skep_map_is_internal(const struct skep_map *map); /* .data, .rodata, .bss, .kconfig and their like */
SKEP_API int skep_map_fd(const struct skep_map *map);           /* owned by the object; -ENOENT before loading */
/* Before loading: the first value of a data map, to be changed in place; NULL for other maps. */
SKEP_API void *skep_map_initial_value(struct skep_map *map, size_t *len);
/* Before loading. -EBUSY afterwards. */
SKEP_API int skep_map_set_max_entries(struct skep_map *map, uint32_t max_entries);
SKEP_API int skep_map_set_type(struct skep_map *map, uint32_t type);
SKEP_API int skep_map_set_value_size(struct skep_map *map, uint32_t value_size);
SKEP_API int skep_map_set_pin_path(struct skep_map *map, const char *path); /* reused when it exists there */
/* Before loading: take this map (the descriptor is duplicated) instead of making one. */
SKEP_API int skep_map_reuse_fd(struct skep_map *map, int fd);
/* How many bytes lookup and update move: value size, or 8-byte-rounded value size times possible CPUs. */
SKEP_API size_t skep_map_value_bytes(const struct skep_map *map);
/* Elements. The sizes given must be the map's (skep_map_value_bytes); -EINVAL else. flags: BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK. */
SKEP_API int skep_map_lookup(const struct skep_map *map, const void *key, size_t key_size, void *value, size_t value_size,
			     uint64_t flags);
SKEP_API int skep_map_update(const struct skep_map *map, const void *key, size_t key_size, const void *value,
			     size_t value_size, uint64_t flags);
SKEP_API int skep_map_delete(const struct skep_map *map, const void *key, size_t key_size);
/* key NULL: the first key. -ENOENT at the end. */
SKEP_API int skep_map_next_key(const struct skep_map *map, const void *key, void *next, size_t key_size);
/* Call fn for every element, in batches where the engine has them; it returns nonzero to stop. The number of elements, or what
 * fn returned, or -errno. Elements that come and go meanwhile may be missed or repeated. */
typedef int (*skep_map_element_fn)(void *ctx, const void *key, const void *value);
SKEP_API int skep_map_for_each(const struct skep_map *map, skep_map_element_fn fn, void *ctx);
/* The same for a map that no object holds (opened by id or pin). */
SKEP_API int skep_map_fd_for_each(struct skep_door *door, int map_fd, skep_map_element_fn fn, void *ctx);
SKEP_API int skep_nr_possible_cpus(void); /* of this machine; -errno */

/* ---- attaching ---- */

struct skep_attach_opts {
	size_t sz;
	uint64_t cookie;      /* what bpf_get_attach_cookie returns */
	uint32_t ifindex;     /* xdp, tcx, netkit */
	int target_fd;        /* cgroup, netns, map (sk_msg ...), socket (socket filter, reuseport) or perf event; 0: none */
	uint32_t flags;       /* of LINK_CREATE: XDP_FLAGS_* ... */
	const char *target;   /* name to attach to, instead of the section's: category/name, function, PATH:SYMBOL */
	pid_t pid;            /* uprobes: only this process; 0: all */
};
/*
 * Attach by what the program's section (or set_type, target) says. -EOPNOTSUPP: the section has no automatic attaching;
 * -ENOENT: no such hook in this engine. The link detaches when it is destroyed.
 */
SKEP_API struct skep_link *skep_program_attach(const struct skep_program *prog, const struct skep_attach_opts *opts,
					       struct skep_error *err);
SKEP_API int skep_link_fd(const struct skep_link *link); /* owned by the link */
SKEP_API const char *skep_link_target(const struct skep_link *link); /* what it is attached to, for people */
/* Detach and free. Links are independent of the object. */
SKEP_API void skep_link_destroy(struct skep_link *link);

/* ---- reading ---- */

/* A record of a ring buffer or a sample of a perf buffer. Nonzero stops and is returned by poll and consume. */
typedef int (*skep_record_fn)(void *ctx, const void *data, size_t size);

/* Several BPF_MAP_TYPE_RINGBUF maps behind one epoll descriptor. NULL with errno. The door must outlive it. */
SKEP_API struct skep_ring_buffer *skep_ring_buffer_new(struct skep_door *door);
SKEP_API int skep_ring_buffer_add(struct skep_ring_buffer *rb, int map_fd, skep_record_fn fn, void *ctx);
/* Wait up to timeout_ms (-1: for ever) and consume; the number of records. -EINTR when a signal came. */
SKEP_API int skep_ring_buffer_poll(struct skep_ring_buffer *rb, int timeout_ms);
SKEP_API int skep_ring_buffer_consume(struct skep_ring_buffer *rb);
SKEP_API int skep_ring_buffer_epoll_fd(const struct skep_ring_buffer *rb); /* readable when there is something */
SKEP_API void skep_ring_buffer_free(struct skep_ring_buffer *rb);

typedef int (*skep_sample_fn)(void *ctx, int cpu, const void *data, size_t size);
typedef void (*skep_lost_fn)(void *ctx, int cpu, uint64_t count);
struct skep_perf_buffer_opts {
	size_t sz;
	uint32_t pages;        /* per CPU, a power of two; 0: 64 */
	uint32_t wakeup_events; /* 0: 1 */
};
/* One perf event a CPU in a BPF_MAP_TYPE_PERF_EVENT_ARRAY. */
SKEP_API struct skep_perf_buffer *skep_perf_buffer_new(struct skep_door *door, int map_fd, skep_sample_fn sample, skep_lost_fn lost,
						       void *ctx, const struct skep_perf_buffer_opts *opts);
SKEP_API int skep_perf_buffer_poll(struct skep_perf_buffer *pb, int timeout_ms);
SKEP_API int skep_perf_buffer_consume(struct skep_perf_buffer *pb);
SKEP_API int skep_perf_buffer_epoll_fd(const struct skep_perf_buffer *pb);
SKEP_API uint64_t skep_perf_buffer_lost(const struct skep_perf_buffer *pb); /* samples lost so far, all CPUs */
SKEP_API void skep_perf_buffer_free(struct skep_perf_buffer *pb);

/*
 * The type of the records of `size` bytes that the object's programs send through their buffers, as far as it can be told: a
 * structure of that size which a global pointer points to, that a local variable of the programs has (DWARF), or that is the
 * only one of the object's types of that size. padded: a sample of a perf buffer. *btf is the object's to keep. -ENOENT: not known.
 */
SKEP_API int skep_object_record_type(struct skep_object *obj, size_t size, bool padded, const struct btf **btf, uint32_t *type);

/* What bpf_printk wrote, line by line without the newline. -ENOENT: the engine shows no trace_pipe. */
SKEP_API struct skep_trace_pipe *skep_trace_pipe_open(struct skep_door *door);
SKEP_API int skep_trace_pipe_fd(const struct skep_trace_pipe *pipe); /* to be polled */
/* Hand over the lines that are there; never waits. The number of lines. */
SKEP_API int skep_trace_pipe_read(struct skep_trace_pipe *pipe, void (*line)(void *ctx, const char *text), void *ctx);
SKEP_API void skep_trace_pipe_close(struct skep_trace_pipe *pipe);

/* ---- explaining ---- */

struct skep_explanation;
/* What a verifier's log refuses, and why: NULL when the log holds no refusal (or memory ran out). prog: whose lines to look up; may be NULL. */
SKEP_API struct skep_explanation *skep_explain(const struct skep_program *prog, const char *log);
SKEP_API void skep_explanation_free(struct skep_explanation *ex);
SKEP_API const char *skep_explanation_name(const struct skep_explanation *ex);    /* of the kind of mistake: "null_map_value"; "" when unknown */
SKEP_API const char *skep_explanation_message(const struct skep_explanation *ex); /* the verifier's own line */
SKEP_API const char *skep_explanation_meaning(const struct skep_explanation *ex); /* in plain words; "" when the message is not known */
SKEP_API const char *skep_explanation_fix(const struct skep_explanation *ex);     /* what would mend it; "" when not known */
SKEP_API long skep_explanation_insn(const struct skep_explanation *ex);           /* -1: none */
/* The source line that was refused, and where what is missing there began (a reservation that leaks); NULL when not known. */
SKEP_API const struct skep_source_line *skep_explanation_line(const struct skep_explanation *ex);
SKEP_API const struct skep_source_line *skep_explanation_origin(const struct skep_explanation *ex);

#ifdef __cplusplus
}
#endif
#endif
