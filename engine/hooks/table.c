/* SPDX-License-Identifier: BSD-2-Clause */
/* The hook table: made and freed with the engine; which system calls anybody wants to hear of. */
#include "engine/hooks/table.h"

#include <errno.h>
#include <skep/hook.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/hooks/files.h"
#include "engine/object/kmem.h"

static int scratch_init(struct skep_engine *engine, struct hook_table *table)
{
	table->scratch = calloc(engine->nr_cpus, sizeof(*table->scratch));
	if (!table->scratch)
		return -ENOMEM;
	for (u32 i = 0; i < engine->nr_cpus; i++) {
		table->scratch[i] = kmem_alloc(engine->kmem, sizeof(struct hook_scratch));
		if (!table->scratch[i])
			return -ENOMEM;
		hook_scratch_init(table->scratch[i]);
	}
	return 0;
}

int hooks_init(struct skep_engine *engine)
{
	struct hook_table *table = calloc(1, sizeof(*table));
	int err;

	if (!table)
		return -ENOMEM;
	engine->hooks = table;
	pthread_mutex_init(&table->lock, NULL);
	atomic_init(&table->generation, 1);
	table->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = table->event_fd < 0 ? -errno : scratch_init(engine, table);
	for (int kind = 0; !err && kind < HOOK_KINDS; kind++) {
		table->hooks[kind] = calloc(hook_keys(kind), sizeof(*table->hooks[kind]));
		if (!table->hooks[kind])
			err = -ENOMEM;
	}
	if (!err)
		err = hook_files_init(engine);
	if (err)
		hooks_exit(engine);
	return err;
}

static void hook_free(struct hook *hook)
{
	if (!hook)
		return;
	for (u32 i = 0; hook->list && i < hook->list->n; i++)
		obj_put(&hook->list->items[i].prog->obj);
	free(hook->list);
	free(hook);
}

void hooks_exit(struct skep_engine *engine)
{
	struct hook_table *table = engine->hooks;

	if (!table)
		return;
	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		for (u32 key = 0; table->hooks[kind] && key < hook_keys(kind); key++)
			hook_free(table->hooks[kind][key]);
		free(table->hooks[kind]);
	}
	for (u32 i = 0; table->scratch && i < engine->nr_cpus; i++)
		if (table->scratch[i])
			kmem_free(engine->kmem, table->scratch[i]);
	free(table->scratch);
	devices_free(engine, table);
	if (table->event_fd >= 0)
		close(table->event_fd);
	pthread_mutex_destroy(&table->lock);
	free(table);
	engine->hooks = NULL;
}

static bool fires(const struct hook_table *table, enum hook_kind kind, u32 key)
{
	return hook_fires(hook_peek(table, kind, key));
}

/* Store a word of wanted bits; whether it changed. */
static bool word_update(_Atomic(u64) *word, u64 bits)
{
	return atomic_exchange_explicit(word, bits, memory_order_release) != bits;
}

void wanted_update(struct hook_table *table)
{
	bool all_enter = fires(table, HOOK_RAW_TP, RAW_TP_sys_enter) || fires(table, HOOK_TRACEPOINT, EVENT_sys_enter);
	bool all_exit = fires(table, HOOK_RAW_TP, RAW_TP_sys_exit) || fires(table, HOOK_TRACEPOINT, EVENT_sys_exit);
	bool changed = false;
	u32 sched = 0;
	u64 one = 1;

	for (u32 word = 0; word < SYSCALL_WORDS; word++) {
		u64 enter = all_enter ? ~0ULL : 0, exit = all_exit ? ~0ULL : 0;

		for (u32 bit = 0; bit < 64; bit++) {
			u32 nr = word * 64 + bit;

			if (fires(table, HOOK_TRACEPOINT, event_sys_enter(nr)) || fires(table, HOOK_KPROBE, nr))
				enter |= 1ULL << bit;
			if (fires(table, HOOK_TRACEPOINT, event_sys_exit(nr)) || fires(table, HOOK_KRETPROBE, nr))
				exit |= 1ULL << bit;
		}
		changed |= word_update(&table->enter[word], enter);
		changed |= word_update(&table->exit[word], exit);
	}
	for (int i = RAW_TP_sched_process_exec; i <= RAW_TP_sched_process_exit; i++)
		sched += fires(table, HOOK_RAW_TP, (u32)i);
	for (u32 id = EVENT_sched_process_fork; id <= EVENT_sched_process_exit; id++)
		sched += fires(table, HOOK_TRACEPOINT, id);
	if (atomic_exchange(&table->sched, sched) != sched)
		changed = true;
	if (!changed)
		return;
	atomic_fetch_add(&table->generation, 1);
	/* A full counter is readable, which is all that counts. */
	if (write(table->event_fd, &one, sizeof(one)) < 0)
		return;
}

uint64_t skep_syscalls_wanted(struct skep_engine *engine, struct skep_syscall_set *set)
{
	struct hook_table *table = engine->hooks;
	u64 generation = atomic_load(&table->generation);

	/* Numbers beyond the last known call are wanted only with all others. */
	for (u32 i = 0; i < SKEP_SYSCALL_WORDS; i++) {
		u32 word = min_of(i, (u32)SYSCALL_WORDS - 1);

		set->enter[i] = atomic_load(&table->enter[word]);
		set->exit[i] = atomic_load(&table->exit[word]);
	}
	return generation;
}

uint64_t skep_syscalls_generation(struct skep_engine *engine)
{
	return atomic_load_explicit(&engine->hooks->generation, memory_order_acquire);
}

int skep_syscalls_event_fd(struct skep_engine *engine)
{
	return engine->hooks->event_fd;
}

bool skep_sched_wanted(struct skep_engine *engine)
{
	return atomic_load_explicit(&engine->hooks->sched, memory_order_acquire) != 0;
}
