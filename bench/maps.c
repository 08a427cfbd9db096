/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What map operations cost: from programs (BPF_PROG_TEST_RUN of a program that does one operation many times, less what it costs
 * without them), as the bare function, and through bpf(2); each on our engine and on the kernel in the same run.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <skep/engine.h>

#include "common/isa/asm.h"
#include "common/uapi/bpf.h"
#include "engine/engine.h"
#include "engine/maps/map.h"
#include "engine/maps/ringbuf.h"
#include "engine/object/handle.h"
#include "engine/run.h"
#include "engine/sys/caller.h"

#define OPS 32        /* operations in one program */
#define SAMPLES 7
#define ENTRIES 1000

static struct skep_engine *engine;

static int sys(bool kernel, int cmd, union bpf_attr *attr)
{
	if (!kernel)
		return skep_engine_bpf(engine, cmd, attr, sizeof(*attr));
	return (int)(syscall(SYS_bpf, cmd, attr, sizeof(*attr)) < 0 ? -errno : 0);
}

/* As sys, for commands that return a descriptor. */
static int sys_fd(bool kernel, int cmd, union bpf_attr *attr)
{
	if (!kernel)
		return skep_engine_bpf(engine, cmd, attr, sizeof(*attr));
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

struct bench {
	const char *name;
	enum bpf_map_type type;
	u32 key, value, entries;
	const char *op; /* assembly, repeated; the key is at r10-8, a value at r10-24 */
	void (*bare)(struct bpf_map *map);
};

static void bare_lookup(struct bpf_map *map)
{
	u64 key = 7;

	map->ops->lookup(map, &key);
}

static void bare_update(struct bpf_map *map)
{
	u64 key = 7, value = 1;

	map->ops->update(map, &key, &value, BPF_ANY);
}

static void bare_ring(struct bpf_map *map)
{
	void *record = ringbuf_reserve(map, 8);
	const struct ringbuf *rb = map->priv;

	if (!record) {
		atomic_store(rb->consumer_pos, atomic_load(rb->producer_pos));
		return;
	}
	ringbuf_commit(record, BPF_RB_NO_WAKEUP, false);
}

#define LOOKUP "r1 = map[m]\nr2 = r10\nr2 += -8\ncall map_lookup_elem\n"
#define UPDATE "r1 = map[m]\nr2 = r10\nr2 += -8\nr3 = r10\nr3 += -24\nr4 = 0\ncall map_update_elem\n"
#define RECORD "r1 = map[m]\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto pc+3\nr1 = r0\nr2 = 1\ncall ringbuf_submit\n"

static const struct bench benches[] = {
	{"array lookup", BPF_MAP_TYPE_ARRAY, 4, 8, ENTRIES, LOOKUP, bare_lookup},
	{"array update", BPF_MAP_TYPE_ARRAY, 4, 8, ENTRIES, UPDATE, bare_update},
	{"percpu_array lookup", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, ENTRIES, LOOKUP, bare_lookup},
	{"hash lookup", BPF_MAP_TYPE_HASH, 4, 8, ENTRIES, LOOKUP, bare_lookup},
	{"hash update", BPF_MAP_TYPE_HASH, 4, 8, ENTRIES, UPDATE, bare_update},
	{"percpu_hash lookup", BPF_MAP_TYPE_PERCPU_HASH, 4, 8, ENTRIES, LOOKUP, bare_lookup},
	{"percpu_hash update", BPF_MAP_TYPE_PERCPU_HASH, 4, 8, ENTRIES, UPDATE, bare_update},
	{"lru_hash lookup", BPF_MAP_TYPE_LRU_HASH, 4, 8, ENTRIES, LOOKUP, bare_lookup},
	{"lru_hash update", BPF_MAP_TYPE_LRU_HASH, 4, 8, ENTRIES, UPDATE, bare_update},
	{"ringbuf reserve+submit", BPF_MAP_TYPE_RINGBUF, 0, 0, 1 << 20, RECORD, bare_ring},
};

static int new_map(bool kernel, const struct bench *b)
{
	union bpf_attr attr = {.map_type = b->type, .key_size = b->key, .value_size = b->value, .max_entries = b->entries};
	static u8 value[8 * 1024];
	int fd = sys_fd(kernel, BPF_MAP_CREATE, &attr);

	for (u32 i = 0; fd >= 0 && b->key && i < ENTRIES / 2; i++) {
		union bpf_attr up = {.map_fd = (u32)fd, .key = ptr_to_u64(&i), .value = ptr_to_u64(value)};

		sys(kernel, BPF_MAP_UPDATE_ELEM, &up);
	}
	return fd;
}

static int map_by_name(void *ctx, const char *name)
{
	return *(int *)ctx;
}

static int load(bool kernel, int map, const char *op, u32 ops)
{
	struct strbuf text = STRBUF_INIT;
	struct asm_opts opts = {.ctx = &map, .map = map_by_name};
	struct asm_error err = {0};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .license = ptr_to_u64("GPL")};
	struct bpf_insn *insns = NULL;
	int fd = -1;

	strbuf_adds(&text, "*(u64 *)(r10 -8) = 7\n*(u64 *)(r10 -24) = 1\n*(u64 *)(r10 -16) = 0\n");
	for (u32 i = 0; i < ops; i++)
		strbuf_adds(&text, op);
	strbuf_adds(&text, "r0 = 0\nexit\n");
	if (asm_text(strbuf_str(&text), &opts, &insns, &attr.insn_cnt, &err)) {
		fprintf(stderr, "%u: %s\n", err.line, err.text);
	} else {
		attr.insns = ptr_to_u64(insns);
		fd = sys_fd(kernel, BPF_PROG_LOAD, &attr);
	}
	free(insns);
	strbuf_free(&text);
	return fd;
}

/* What a consumer does who has seen everything. */
static void drain(bool kernel, int map)
{
	atomic_ullong *consumer, *producer;

	consumer = kernel ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0) :
			    skep_engine_mmap(engine, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	producer = kernel ? mmap(NULL, 4096, PROT_READ, MAP_SHARED, map, 4096) :
			    skep_engine_mmap(engine, 4096, PROT_READ, MAP_SHARED, map, 4096);
	if (consumer && consumer != MAP_FAILED && producer && producer != MAP_FAILED) {
		atomic_store(consumer, atomic_load(producer));
		munmap(consumer, 4096);
		munmap(producer, 4096);
	}
}

/* ns of one run of a program, or NAN. */
static double time_prog(bool kernel, const struct bench *b, int map, int prog)
{
	static u8 packet[64];
	double best = INFINITY;

	for (int i = 0; i < SAMPLES; i++) {
		union bpf_attr attr = {0};

		attr.test.prog_fd = (u32)prog;
		attr.test.data_in = ptr_to_u64(packet);
		attr.test.data_size_in = sizeof(packet);
		attr.test.repeat = 1000;
		if (b->type == BPF_MAP_TYPE_RINGBUF)
			drain(kernel, map);
		if (sys(kernel, BPF_PROG_TEST_RUN, &attr))
			return NAN;
		best = fmin(best, attr.test.duration);
	}
	return best;
}

/* ns of one operation from a program, or NAN where no program can be loaded. */
static double from_prog(bool kernel, const struct bench *b)
{
	int map = new_map(kernel, b);
	int empty = load(kernel, map, "", 0), full = load(kernel, map, b->op, OPS);
	double ns = NAN;

	if (map >= 0 && empty >= 0 && full >= 0)
		ns = (time_prog(kernel, b, map, full) - time_prog(kernel, b, map, empty)) / OPS;
	if (full >= 0)
		close(full);
	if (empty >= 0)
		close(empty);
	if (map >= 0)
		close(map);
	return ns;
}

/* ns of our function without an interpreter around it. */
static double bare(const struct bench *b)
{
	int fd = new_map(false, b);
	struct run_ctx run = {0};
	struct caller caller;
	struct obj *obj;
	double best = INFINITY;

	if (fd < 0)
		return NAN;
	caller_init_self(&caller, engine);
	obj = handle_obj(&caller, fd, OBJ_MAP, NULL);
	run_enter(engine, &run);
	for (int i = 0; obj && i < SAMPLES; i++) {
		u64 start = now_ns();

		for (u32 n = 0; n < 100000; n++)
			b->bare(obj_to_map(obj));
		best = fmin(best, (double)(now_ns() - start) / 100000);
	}
	run_leave(&run);
	if (obj)
		obj_put(obj);
	close(fd);
	return best;
}

static void print_ns(double ns)
{
	if (isnan(ns))
		printf(" %10s", "-");
	else
		printf(" %10.1f", ns);
}

static void print_row(const char *name, double ours, double fn, double kernel)
{
	printf("%-24s", name);
	print_ns(ours);
	print_ns(fn);
	print_ns(kernel);
	if (!isnan(ours) && !isnan(kernel) && kernel > 0)
		printf(" %7.2f", ours / kernel);
	else
		printf(" %7s", "-");
	if (!isnan(fn) && !isnan(kernel) && kernel > 0)
		printf(" %7.2f", fn / kernel);
	putchar('\n');
}

static double time_command(bool kernel, int cmd, int map)
{
	u64 key = 7, value[64] = {0};
	double best = INFINITY;

	for (int i = 0; i < SAMPLES; i++) {
		u64 start = now_ns();

		for (u32 n = 0; n < 5000; n++) {
			union bpf_attr attr = {.map_fd = (u32)map, .key = ptr_to_u64(&key), .value = ptr_to_u64(value)};

			if (sys(kernel, cmd, &attr))
				return NAN;
		}
		best = fmin(best, (double)(now_ns() - start) / 5000);
	}
	return best;
}

static void commands(const struct bench *b)
{
	static const struct {
		int cmd;
		const char *name;
	} cmds[] = {{BPF_MAP_LOOKUP_ELEM, "lookup"}, {BPF_MAP_UPDATE_ELEM, "update"}, {BPF_MAP_GET_NEXT_KEY, "next_key"}};
	int ours = new_map(false, b), kernel = new_map(true, b);

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		char name[64];

		snprintf(name, sizeof(name), "bpf(2) %.*s %s", (int)strcspn(b->name, " "), b->name, cmds[i].name);
		print_row(name, time_command(false, cmds[i].cmd, ours), NAN, kernel >= 0 ? time_command(true, cmds[i].cmd, kernel) : NAN);
	}
	if (ours >= 0)
		close(ours);
	if (kernel >= 0)
		close(kernel);
}

int main(void)
{
	engine = skep_engine_new(NULL);
	if (!engine) {
		perror("skep_engine_new");
		return 1;
	}
	printf("%-24s %10s %10s %10s %7s %7s\n", "maps, ns", "program", "function", "kernel", "p/k", "f/k");
	for (size_t i = 0; i < ARRAY_SIZE(benches); i++)
		print_row(benches[i].name, from_prog(false, &benches[i]), bare(&benches[i]), from_prog(true, &benches[i]));
	commands(&benches[0]);
	commands(&benches[3]);
	commands(&benches[5]);
	skep_engine_free(engine);
	return 0;
}
