/* SPDX-License-Identifier: BSD-2-Clause */
/* Hooks: made on first use, attached to, run, detached from. */
#include "engine/hooks/hooks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/hooks/table.h"

#define HOOK_PROGS_MAX 64 /* of tracepoints and probes, as in the kernel */

static const u32 kind_keys[HOOK_KINDS] = {
	[HOOK_TRACEPOINT] = EVENT_ID_MAX,  [HOOK_RAW_TP] = RAW_TP_COUNT, [HOOK_KPROBE] = SYSCALL_NR_MAX,
	[HOOK_KRETPROBE] = SYSCALL_NR_MAX, [HOOK_XDP] = DEVICES_MAX,
};

u32 hook_keys(enum hook_kind kind)
{
	return kind_keys[kind];
}

struct hook *hook_find(struct skep_engine *engine, enum hook_kind kind, u32 key)
{
	struct hook_table *table = engine->hooks;
	struct hook *hook;

	if (key >= kind_keys[kind]) {
		errno = ENOENT;
		return NULL;
	}
	pthread_mutex_lock(&table->lock);
	hook = atomic_load_explicit(&table->hooks[kind][key], memory_order_relaxed);
	if (!hook) {
		hook = calloc(1, sizeof(*hook));
		if (hook) {
			hook->engine = engine;
			hook->kind = kind;
			hook->key = key;
			atomic_store_explicit(&table->hooks[kind][key], hook, memory_order_release);
		}
	}
	pthread_mutex_unlock(&table->lock);
	return hook;
}

static struct hook_list *list_of(const struct hook *hook)
{
	return atomic_load_explicit(&hook->list, memory_order_relaxed);
}

static int item_of(const struct hook_list *list, const void *owner)
{
	for (u32 i = 0; list && i < list->n; i++)
		if (list->items[i].owner == owner)
			return (int)i;
	return -1;
}

static struct hook_list *list_new(u32 n)
{
	struct hook_list *list = malloc(sizeof(*list) + n * sizeof(list->items[0]));

	if (list)
		list->n = n;
	return list;
}

/* Put a new list (NULL: empty) in the old one's place, which the caller frees after run_synchronize(). Lock held. */
static void list_replace(struct hook *hook, struct hook_list *list)
{
	/* Sequentially consistent: run_synchronize() then waits for all runs that may still see the old list. */
	atomic_store(&hook->list, list);
	atomic_store_explicit(&hook->head.count, list ? list->n : 0, memory_order_release);
	wanted_update(hook->engine->hooks);
}

static int attach_check(const struct hook *hook, const struct hook_list *list, const struct bpf_prog *prog,
			const void *owner)
{
	if (item_of(list, owner) >= 0)
		return -EEXIST;
	if (!list || hook->kind == HOOK_RAW_TP)
		return 0;
	if (hook->kind == HOOK_XDP)
		return -EBUSY;
	if (list->n >= HOOK_PROGS_MAX)
		return -E2BIG;
	for (u32 i = 0; i < list->n; i++)
		if (list->items[i].prog == prog)
			return -EEXIST;
	return 0;
}

int hook_attach(struct hook *hook, struct bpf_prog *prog, u64 cookie, const void *owner)
{
	struct hook_table *table = hook->engine->hooks;
	struct hook_list *old, *list;
	u32 n;
	int err;

	pthread_mutex_lock(&table->lock);
	old = list_of(hook);
	err = attach_check(hook, old, prog, owner);
	n = old ? old->n : 0;
	list = err ? NULL : list_new(n + 1);
	if (!list) {
		pthread_mutex_unlock(&table->lock);
		return err ? err : -ENOMEM;
	}
	if (n)
		memcpy(list->items, old->items, n * sizeof(list->items[0]));
	obj_get(&prog->obj);
	list->items[n] = (struct hook_item){prog, cookie, owner};
	list_replace(hook, list);
	pthread_mutex_unlock(&table->lock);
	if (old)
		run_synchronize(hook->engine);
	free(old);
	return 0;
}

/* The list without item i. Freeing it needs no memory: when there is none, the item that goes stands in as a hole. */
static struct hook_list *list_without(const struct hook_list *old, u32 i)
{
	struct hook_list *list = list_new(old->n - 1);

	if (!list)
		return NULL;
	memcpy(list->items, old->items, i * sizeof(list->items[0]));
	memcpy(list->items + i, old->items + i + 1, (old->n - i - 1) * sizeof(list->items[0]));
	return list;
}

void hook_detach(struct hook *hook, const void *owner)
{
	struct hook_table *table = hook->engine->hooks;
	struct hook_list *old, *list = NULL;
	struct bpf_prog *prog;
	int i;

	pthread_mutex_lock(&table->lock);
	old = list_of(hook);
	i = item_of(old, owner);
	if (i < 0) {
		pthread_mutex_unlock(&table->lock);
		return;
	}
	prog = old->items[i].prog;
	while (old->n > 1 && !(list = list_without(old, (u32)i)))
		sched_yield(); /* a detach cannot fail; memory will come */
	list_replace(hook, list);
	pthread_mutex_unlock(&table->lock);
	run_synchronize(hook->engine);
	free(old);
	obj_put(&prog->obj);
}

int hook_replace(struct hook *hook, const void *owner, struct bpf_prog *prog)
{
	struct hook_table *table = hook->engine->hooks;
	struct hook_list *old, *list;
	struct bpf_prog *old_prog;
	int i;

	pthread_mutex_lock(&table->lock);
	old = list_of(hook);
	i = item_of(old, owner);
	list = i < 0 ? NULL : list_new(old->n);
	if (!list) {
		pthread_mutex_unlock(&table->lock);
		return i < 0 ? -ENOLINK : -ENOMEM;
	}
	memcpy(list->items, old->items, old->n * sizeof(list->items[0]));
	old_prog = list->items[i].prog;
	obj_get(&prog->obj);
	list->items[i].prog = prog;
	list_replace(hook, list);
	pthread_mutex_unlock(&table->lock);
	run_synchronize(hook->engine);
	free(old);
	obj_put(&old_prog->obj);
	return 0;
}

bool hook_has(struct hook *hook, const void *owner)
{
	struct hook_table *table = hook->engine->hooks;
	bool has;

	pthread_mutex_lock(&table->lock);
	has = item_of(list_of(hook), owner) >= 0;
	pthread_mutex_unlock(&table->lock);
	return has;
}

u64 hook_run(struct hook *hook, const void *ctx, struct run_ctx *run)
{
	/* Sequentially consistent with list_replace and run_synchronize: a run that began after the latter sees the new
	 * list. */
	const struct hook_list *list = atomic_load(&hook->list);
	u64 r0 = 0;

	for (u32 i = 0; list && i < list->n; i++) {
		run->bpf_cookie = list->items[i].cookie;
		r0 = prog_run_entered(list->items[i].prog, ctx, run);
	}
	return r0;
}
