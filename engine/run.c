/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU slots and grace periods of running programs. */
#include "engine/run.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "engine/engine.h"

#define MAX_LATER 16

__thread struct run_ctx *run_current __attribute__((tls_model("initial-exec")));

/* What this thread has put off. */
static __thread struct {
	struct {
		void (*fn)(void *arg);
		void *arg;
	} calls[MAX_LATER];
	u32 count;
} later __attribute__((tls_model("initial-exec")));

int run_init(struct skep_engine *engine)
{
	engine->cpus = aligned_alloc(128, engine->nr_cpus * sizeof(struct cpu_slot));
	if (!engine->cpus)
		return -ENOMEM;
	for (u32 i = 0; i < engine->nr_cpus; i++)
		engine->cpus[i] = (struct cpu_slot){0};
	return 0;
}

void run_exit(struct skep_engine *engine)
{
	free(engine->cpus);
	engine->cpus = NULL;
}

static bool slot_take(struct cpu_slot *slot)
{
	u32 n = atomic_load_explicit(&slot->entered, memory_order_relaxed);

	/* Sequentially consistent: what the run reads afterwards is not older than what run_synchronize's caller wrote before it
	 * looked at this slot and found it free. */
	return !(n & 1) && atomic_compare_exchange_strong_explicit(&slot->entered, &n, n + 1, memory_order_seq_cst, memory_order_relaxed);
}

/* More threads than CPUs want to run programs: give way to those who hold the slots. */
static void slot_wait(u32 round)
{
	const struct timespec pause = {.tv_nsec = 50000};

	if (round < 16)
		sched_yield();
	else
		nanosleep(&pause, NULL);
}

static u32 cpu_acquire(struct skep_engine *engine)
{
	u32 here = (u32)sched_getcpu();

	if (unlikely(here >= engine->nr_cpus))
		here %= engine->nr_cpus;

	for (u32 round = 0;; round++) {
		for (u32 i = 0; i < engine->nr_cpus; i++) {
			u32 cpu = here + i < engine->nr_cpus ? here + i : here + i - engine->nr_cpus;

			if (slot_take(&engine->cpus[cpu]))
				return cpu;
		}
		slot_wait(round);
	}
}

static const struct run_ctx *enclosing_run(const struct skep_engine *engine, const struct run_ctx *outer)
{
	while (outer && outer->engine != engine)
		outer = outer->outer;
	return outer;
}

static void begin(struct skep_engine *engine, struct run_ctx *run, u32 cpu)
{
	run->engine = engine;
	run->cpu = cpu;
	run->outer = run_current;
	run_current = run;
}

void run_enter(struct skep_engine *engine, struct run_ctx *run)
{
	const struct run_ctx *outer = enclosing_run(engine, run_current);

	begin(engine, run, outer ? outer->cpu : cpu_acquire(engine));
}

void run_enter_on(struct skep_engine *engine, struct run_ctx *run, u32 cpu)
{
	const struct run_ctx *outer = enclosing_run(engine, run_current);

	for (u32 round = 0; !outer && !slot_take(&engine->cpus[cpu]); round++)
		slot_wait(round);
	begin(engine, run, outer ? outer->cpu : cpu);
}

enum run_later run_later(void (*fn)(void *arg), void *arg)
{
	if (!run_current || later.count == MAX_LATER)
		return RUN_NOW;
	for (u32 i = 0; i < later.count; i++)
		if (later.calls[i].fn == fn && later.calls[i].arg == arg)
			return RUN_LATER_ALREADY;
	later.calls[later.count].fn = fn;
	later.calls[later.count++].arg = arg;
	return RUN_LATER;
}

static void do_what_was_put_off(void)
{
	for (u32 i = 0; i < later.count; i++)
		later.calls[i].fn(later.calls[i].arg);
	later.count = 0;
}

void run_leave(struct run_ctx *run)
{
	struct cpu_slot *slot = &run->engine->cpus[run->cpu];

	run_current = run->outer;
	if (!enclosing_run(run->engine, run->outer))
		atomic_store_explicit(&slot->entered, atomic_load_explicit(&slot->entered, memory_order_relaxed) + 1,
				      memory_order_release);
	if (unlikely(later.count) && !run_current)
		do_what_was_put_off();
}

void run_synchronize(struct skep_engine *engine)
{
	for (u32 i = 0; i < engine->nr_cpus; i++) {
		atomic_uint *entered = &engine->cpus[i].entered;
		/* A write, so that it orders against slot_take's. */
		u32 n = atomic_fetch_add_explicit(entered, 0, memory_order_seq_cst);

		if (!(n & 1))
			continue;
		for (u32 round = 0; atomic_load_explicit(entered, memory_order_acquire) == n; round++)
			slot_wait(round);
	}
}
