/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks: made from what a source knows, changed, removed. */
#include "engine/hooks/task.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "engine/engine.h"
#include "engine/object/kmem.h"
#include "engine/run.h"

#define BUCKETS 256
#define PRIO_DEFAULT 120 /* nice 0 */
#define NS_INUM(n) (4026531834U + (n)) /* the initial namespaces' numbers on Linux */

/* What all tasks share: the initial namespaces and the root control group. */
struct task_shared {
	struct user_namespace user_ns;
	struct uts_namespace uts_ns;
	struct ipc_namespace ipc_ns;
	struct mnt_namespace mnt_ns;
	struct pid_namespace pid_ns;
	struct cgroup_namespace cgroup_ns;
	struct time_namespace time_ns;
	struct nsproxy nsproxy;
	struct kernfs_node kn;
	struct cgroup_root root;
	struct cgroup cgroup;
	struct css_set css_set;
};

struct task_table {
	pthread_mutex_t lock; /* of the buckets and the links between tasks */
	struct task_shared *shared; /* in kmem */
	struct skep_task *idle; /* pid 0 */
	struct skep_task *init; /* pid 1: parent of those whose parent nobody knows */
	struct skep_task *buckets[BUCKETS];
};

static struct skep_task **bucket_of(struct task_table *table, u32 pid)
{
	return &table->buckets[pid % BUCKETS];
}

/* Lock held. */
static struct skep_task *task_lookup(struct task_table *table, u32 pid)
{
	struct skep_task *task = *bucket_of(table, pid);

	while (task && (u32)task->k->task.pid != pid)
		task = task->next;
	return task;
}

static void shared_fill(struct task_shared *s)
{
	struct utsname uts;

	s->user_ns.ns.inum = NS_INUM(3);
	s->uts_ns.ns.inum = NS_INUM(4);
	s->ipc_ns.ns.inum = NS_INUM(5);
	s->pid_ns.ns.inum = NS_INUM(2);
	s->cgroup_ns.ns.inum = NS_INUM(1);
	s->time_ns.ns.inum = NS_INUM(0);
	s->mnt_ns.ns.inum = NS_INUM(6);
	s->uts_ns.user_ns = s->ipc_ns.user_ns = s->mnt_ns.user_ns = s->pid_ns.user_ns = &s->user_ns;
	s->cgroup_ns.user_ns = s->time_ns.user_ns = &s->user_ns;
	if (!uname(&uts)) {
		memcpy(s->uts_ns.name.sysname, uts.sysname, sizeof(uts.sysname));
		memcpy(s->uts_ns.name.nodename, uts.nodename, sizeof(uts.nodename));
		memcpy(s->uts_ns.name.release, uts.release, sizeof(uts.release));
		memcpy(s->uts_ns.name.version, uts.version, sizeof(uts.version));
		memcpy(s->uts_ns.name.machine, uts.machine, sizeof(uts.machine));
		memcpy(s->uts_ns.name.domainname, uts.domainname, sizeof(uts.domainname));
	}
	s->nsproxy = (struct nsproxy){.uts_ns = &s->uts_ns, .ipc_ns = &s->ipc_ns, .mnt_ns = &s->mnt_ns,
				      .pid_ns_for_children = &s->pid_ns, .cgroup_ns = &s->cgroup_ns,
				      .time_ns = &s->time_ns, .time_ns_for_children = &s->time_ns};
	s->kn.name = s->root.name; /* "": the root */
	s->kn.id = 1;
	s->cgroup.self.cgroup = &s->cgroup;
	s->cgroup.self.id = 1;
	s->cgroup.kn = &s->kn;
	s->cgroup.root = &s->root;
	s->cgroup.ancestors[0] = &s->cgroup;
	s->css_set.dom_cset = &s->css_set;
	s->css_set.dfl_cgrp = &s->cgroup;
	s->cgroup_ns.root_cset = &s->css_set;
}

/* What never changes of a task. */
static void task_wire(struct skep_task *task, struct task_shared *s)
{
	struct task_kmem *k = task->k;
	struct task_struct *t = &k->task;

	t->prio = t->static_prio = t->normal_prio = PRIO_DEFAULT;
	t->nr_cpus_allowed = (int)task->engine->nr_cpus;
	t->real_cred = t->cred = &k->cred;
	t->nsproxy = &s->nsproxy;
	t->cgroups = &s->css_set;
	t->thread_pid = &k->pid;
	t->timer_slack_ns = t->default_timer_slack_ns = 50000;
	t->loginuid.val = t->sessionid = (u32)-1;
	t->stack = k;
	k->cred.user = &k->user;
	k->cred.user_ns = &s->user_ns;
	k->pid.numbers[0].ns = &s->pid_ns;
	k->bprm.cred = &k->cred;
	k->bprm.mm = &k->mm;
	k->bprm.filename = k->bprm.interp = k->filename;
	k->mm.owner = t;
	k->owner = task;
}

/* Lock held. */
static void task_fill(struct task_table *table, struct skep_task *task, const struct skep_task_info *info)
{
	struct task_kmem *k = task->k;
	struct task_struct *t = &k->task;
	struct skep_task *leader = info->tgid == info->pid ? task : task_lookup(table, info->tgid);
	struct skep_task *parent = info->parent ? info->parent : table->init ? table->init : task;

	if (!leader)
		leader = task;
	t->pid = (pid_t)info->pid;
	t->tgid = (pid_t)info->tgid;
	k->pid.numbers[0].nr = (int)info->pid;
	memcpy(t->comm, info->comm, sizeof(t->comm));
	t->comm[sizeof(t->comm) - 1] = '\0';
	t->start_time = info->start_time_ns;
	t->start_boottime = info->start_boottime_ns;
	t->group_leader = &leader->k->task;
	t->real_parent = t->parent = &parent->k->task;
	t->signal = &leader->k->signal;
	leader->k->signal.pids[PIDTYPE_TGID] = &leader->k->pid;
	t->mm = t->active_mm = &leader->k->mm;
	k->cred.uid.val = k->user.uid.val = info->uid;
	k->cred.suid.val = k->cred.fsuid.val = k->cred.euid.val = info->euid;
	k->cred.gid.val = info->gid;
	k->cred.sgid.val = k->cred.fsgid.val = k->cred.egid.val = info->egid;
	task->mem = info->mem;
}

static struct skep_task *task_new(struct skep_engine *engine)
{
	struct skep_task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->engine = engine;
	task->k = kmem_alloc(engine->kmem, sizeof(*task->k));
	if (!task->k) {
		free(task);
		errno = ENOMEM;
		return NULL;
	}
	task_wire(task, engine->tasks->shared);
	return task;
}

static void task_free(struct skep_task *task)
{
	if (!task)
		return;
	kmem_free(task->engine->kmem, task->k);
	free(task);
}

struct skep_task *skep_task_add(struct skep_engine *engine, const struct skep_task_info *info)
{
	struct task_table *table = engine->tasks;
	struct skep_task *task, **bucket;

	if (info->sz < sizeof(*info)) {
		errno = EINVAL;
		return NULL;
	}
	task = task_new(engine);
	if (!task)
		return NULL;
	pthread_mutex_lock(&table->lock);
	task_fill(table, task, info);
	bucket = bucket_of(table, info->pid);
	task->next = *bucket;
	*bucket = task;
	pthread_mutex_unlock(&table->lock);
	return task;
}

static void unlink_task(struct task_table *table, struct skep_task *task)
{
	struct skep_task **p = bucket_of(table, (u32)task->k->task.pid);

	while (*p && *p != task)
		p = &(*p)->next;
	if (*p)
		*p = task->next;
}

void skep_task_update(struct skep_engine *engine, struct skep_task *task, const struct skep_task_info *info)
{
	struct task_table *table = engine->tasks;
	struct skep_task **bucket;

	if (info->sz < sizeof(*info))
		return;
	pthread_mutex_lock(&table->lock);
	unlink_task(table, task);
	task_fill(table, task, info);
	bucket = bucket_of(table, info->pid);
	task->next = *bucket;
	*bucket = task;
	pthread_mutex_unlock(&table->lock);
}

/* Nobody may point to a task that goes: children get the init task as parent, threads themselves as leader. Lock held.
 */
static void forget_task(struct task_table *table, struct skep_task *gone)
{
	for (u32 i = 0; i < BUCKETS; i++)
		for (struct skep_task *task = table->buckets[i]; task; task = task->next) {
			struct task_struct *t = &task->k->task;

			if (t->real_parent == &gone->k->task)
				t->real_parent = t->parent = &table->init->k->task;
			if (t->group_leader == &gone->k->task) {
				t->group_leader = t;
				t->signal = &task->k->signal;
				t->mm = t->active_mm = &task->k->mm;
			}
		}
}

void skep_task_remove(struct skep_engine *engine, struct skep_task *task)
{
	struct task_table *table = engine->tasks;

	pthread_mutex_lock(&table->lock);
	unlink_task(table, task);
	forget_task(table, task);
	pthread_mutex_unlock(&table->lock);
	/* A program of another thread may be looking at it. */
	run_synchronize(engine);
	task_free(task);
}

struct skep_task *task_by_kernel(struct skep_engine *engine, u64 addr)
{
	struct task_table *table = engine->tasks;
	struct skep_task *found = NULL;

	if (addr == ptr_to_u64(table->idle->k))
		return table->idle;
	if (addr == ptr_to_u64(table->init->k))
		return table->init;
	pthread_mutex_lock(&table->lock);
	for (u32 i = 0; i < BUCKETS && !found; i++)
		for (struct skep_task *task = table->buckets[i]; task && !found; task = task->next)
			if (addr == ptr_to_u64(task->k))
				found = task;
	pthread_mutex_unlock(&table->lock);
	return found;
}

struct skep_task *task_idle(struct skep_engine *engine)
{
	return engine->tasks->idle;
}

int tasks_init(struct skep_engine *engine)
{
	struct skep_task_info idle = {.sz = sizeof(idle), .comm = "swapper/0"};
	struct skep_task_info init = {.sz = sizeof(init), .comm = "init", .pid = 1, .tgid = 1};
	struct task_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	engine->tasks = table;
	pthread_mutex_init(&table->lock, NULL);
	table->shared = kmem_alloc(engine->kmem, sizeof(*table->shared));
	if (table->shared) {
		shared_fill(table->shared);
		table->idle = task_new(engine);
		table->init = task_new(engine);
	}
	if (!table->idle || !table->init) {
		tasks_exit(engine);
		return -ENOMEM;
	}
	task_fill(table, table->idle, &idle);
	task_fill(table, table->init, &init);
	table->init->k->task.real_parent = table->init->k->task.parent = &table->idle->k->task;
	table->shared->pid_ns.child_reaper = &table->init->k->task;
	return 0;
}

void tasks_exit(struct skep_engine *engine)
{
	struct task_table *table = engine->tasks;

	if (!table)
		return;
	for (u32 i = 0; i < BUCKETS; i++)
		while (table->buckets[i]) {
			struct skep_task *task = table->buckets[i];

			table->buckets[i] = task->next;
			task_free(task);
		}
	task_free(table->idle);
	task_free(table->init);
	if (table->shared)
		kmem_free(engine->kmem, table->shared);
	pthread_mutex_destroy(&table->lock);
	free(table);
	engine->tasks = NULL;
}
