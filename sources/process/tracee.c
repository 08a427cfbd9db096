/* SPDX-License-Identifier: BSD-2-Clause */
#include "sources/process/tracee.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static struct tracee **bucket_of(const struct tracee_table *table, pid_t tid)
{
	return (struct tracee **)&table->bucket[(u32)tid % TRACEE_BUCKETS];
}

struct tracee *tracee_find(const struct tracee_table *table, pid_t tid)
{
	struct tracee *t = *bucket_of(table, tid);

	while (t && t->tid != tid)
		t = t->next;
	return t;
}

struct tracee *tracee_new(struct tracee_table *table, pid_t tid)
{
	struct tracee *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->tid = tid;
	t->comm_fd = -1;
	t->next = *bucket_of(table, tid);
	*bucket_of(table, tid) = t;
	table->count++;
	return t;
}

static void unlink_tracee(struct tracee_table *table, struct tracee *t)
{
	struct tracee **p = bucket_of(table, t->tid);

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
}

static void close_comm(struct tracee_table *table, struct tracee *t)
{
	if (t->comm_fd < 0)
		return;
	close(t->comm_fd);
	t->comm_fd = -1;
	table->comm_fds--;
}

/* The engine forgets the task; no record may name it as parent any longer. */
static void remove_task(struct tracee_table *table, struct tracee *gone)
{
	for (u32 i = 0; i < TRACEE_BUCKETS; i++)
		for (struct tracee *t = table->bucket[i]; t; t = t->next)
			if (t->info.parent == gone->task)
				t->info.parent = NULL;
	skep_task_remove(table->engine, gone->task);
}

void tracee_free(struct tracee_table *table, struct tracee *t)
{
	unlink_tracee(table, t);
	table->count--;
	if (t->task)
		remove_task(table, t);
	close_comm(table, t);
	free(t->exec_path);
	free(t);
}

u32 tracee_threads(const struct tracee_table *table, u32 tgid)
{
	u32 n = 0;

	for (u32 i = 0; i < TRACEE_BUCKETS; i++)
		for (const struct tracee *t = table->bucket[i]; t; t = t->next)
			n += t->info.tgid == tgid && !t->exited;
	return n;
}

/* Ids of /proc/TID/status into info, and the parent's process id. */
static bool read_status(pid_t tid, struct skep_task_info *info, pid_t *parent)
{
	char path[40], line[256];
	FILE *f;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (found < 4 && fgets(line, sizeof(line), f)) {
		found += sscanf(line, "Tgid: %u", &info->tgid) == 1;
		found += sscanf(line, "PPid: %d", parent) == 1;
		found += sscanf(line, "Uid: %u %u", &info->uid, &info->euid) == 2;
		found += sscanf(line, "Gid: %u %u", &info->gid, &info->egid) == 2;
	}
	fclose(f);
	return found == 4;
}

/* Signal masks of /proc/TID/status; a line that is missing leaves its mask as it is. */
static bool read_masks(pid_t tid, u64 *pending, u64 *blocked, u64 *ignored, u64 *caught)
{
	unsigned long long mask;
	char path[40], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "SigPnd: %llx", &mask) == 1 || sscanf(line, "ShdPnd: %llx", &mask) == 1)
			*pending |= mask;
		else if (sscanf(line, "SigBlk: %llx", &mask) == 1)
			*blocked = mask;
		else if (sscanf(line, "SigIgn: %llx", &mask) == 1)
			*ignored = mask;
		else if (sscanf(line, "SigCgt: %llx", &mask) == 1)
			*caught = mask;
	}
	fclose(f);
	return true;
}

bool tracee_undisturbed(pid_t tid, int sig)
{
	const u64 by_default = 1ULL << (SIGCHLD - 1) | 1ULL << (SIGURG - 1) | 1ULL << (SIGWINCH - 1) | 1ULL << (SIGCONT - 1);
	u64 pending = 0, blocked = 0, ignored = 0, caught = 0;

	if (!read_masks(tid, &pending, &blocked, &ignored, &caught))
		return false;
	ignored |= by_default & ~caught;
	if (sig)
		pending |= 1ULL << (sig - 1);
	return !(pending & ~blocked & ~ignored);
}

bool tracee_family(pid_t tid, pid_t *tgid, pid_t *parent)
{
	struct skep_task_info info;

	if (!read_status(tid, &info, parent))
		return false;
	*tgid = (pid_t)info.tgid;
	return true;
}

/* Of the files that this process may have open, the names of tasks take a part; the rest open theirs each time. */
static u32 max_comm_fds(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 64;
	return (u32)min_of(limit.rlim_cur / 4, (rlim_t)4096);
}

static int open_comm(struct tracee_table *table, struct tracee *t)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", t->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!table->max_comm_fds)
		table->max_comm_fds = max_comm_fds();
	if (fd >= 0 && table->comm_fds < table->max_comm_fds) {
		t->comm_fd = fd;
		table->comm_fds++;
	}
	return fd;
}

/* Read comm into info; whether it changed. */
static bool read_comm(struct tracee_table *table, struct tracee *t)
{
	char comm[sizeof(t->info.comm)] = "";
	int fd = t->comm_fd >= 0 ? t->comm_fd : open_comm(table, t);
	ssize_t n = pread(fd, comm, sizeof(comm), 0);

	if (fd >= 0 && fd != t->comm_fd)
		close(fd);
	if (n <= 0)
		return false;
	comm[n - 1] = '\0'; /* the newline; a name has at most 15 characters */
	if (!memcmp(comm, t->info.comm, sizeof(comm)))
		return false;
	memcpy(t->info.comm, comm, sizeof(comm));
	return true;
}

static u64 now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

bool tracee_make_task(struct tracee_table *table, struct tracee *t)
{
	struct tracee *parent;
	pid_t ppid = 0;

	t->info = (struct skep_task_info){
		.sz = sizeof(t->info),
		.pid = (u32)t->tid,
		.start_time_ns = now(CLOCK_MONOTONIC),
		.start_boottime_ns = now(CLOCK_BOOTTIME),
	};
	if (!read_status(t->tid, &t->info, &ppid))
		return false;
	read_comm(table, t);
	parent = tracee_find(table, ppid);
	t->info.parent = parent && parent->task ? parent->task : table->root_parent;
	tracee_mem_init(&t->info.mem, t->tid);
	t->task = skep_task_add(table->engine, &t->info);
	return t->task;
}

void tracee_refresh_comm(struct tracee_table *table, struct tracee *t)
{
	if (t->task && read_comm(table, t))
		skep_task_update(table->engine, t->task, &t->info);
}

void tracee_refresh_ids(struct tracee_table *table, struct tracee *t)
{
	pid_t ppid;

	if (t->task && read_status(t->tid, &t->info, &ppid))
		skep_task_update(table->engine, t->task, &t->info);
}

void tracee_succeed(struct tracee_table *table, struct tracee *leader, struct tracee *thread)
{
	leader->entered = thread->entered;
	leader->want_exit = thread->want_exit;
	leader->refresh_ids = thread->refresh_ids;
	leader->nr = thread->nr;
	leader->exited = false;
	leader->exit_stop = EXIT_UNKNOWN;
	free(leader->exec_path);
	leader->exec_path = thread->exec_path;
	thread->exec_path = NULL;
	close_comm(table, leader);
	tracee_free(table, thread);
}
