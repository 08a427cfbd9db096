/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps from the side of programs: elements, ring buffers, perf buffers, tail calls. Both engines. */
#include "tests/engine/run_text.h"

#include <stdio.h>

#define TRACING BPF_PROG_TYPE_RAW_TRACEPOINT
#define KEEP_R0 "r6 = map[out][0]+0\n*(u64 *)(r6 +0) = r0\n"
#define END "r0 = 0\nexit\n"

static void add(struct text_run *r, const char *text)
{
	strbuf_adds(&r->text, text);
}

static void elements_from_programs(struct both *t)
{
	static const struct {
		const char *name;
		u32 type, key, entries, flags;
	} maps[] = {
		{"hash", BPF_MAP_TYPE_HASH, 4, 3, 0},
		{"hash no prealloc", BPF_MAP_TYPE_HASH, 4, 3, BPF_F_NO_PREALLOC},
		{"array", BPF_MAP_TYPE_ARRAY, 4, 3, 0},
		{"percpu hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 3, 0},
		{"percpu array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 3, 0},
		{"lru hash", BPF_MAP_TYPE_LRU_HASH, 4, 100, 0},
		{"lpm trie", BPF_MAP_TYPE_LPM_TRIE, 8, 3, BPF_F_NO_PREALLOC},
		{"queue", BPF_MAP_TYPE_QUEUE, 0, 3, 0},
		{"stack", BPF_MAP_TYPE_STACK, 0, 3, 0},
		{"bloom", BPF_MAP_TYPE_BLOOM_FILTER, 0, 3, 0},
		{"stack trace", BPF_MAP_TYPE_STACK_TRACE, 4, 3, 0},
		{"prog array", BPF_MAP_TYPE_PROG_ARRAY, 4, 3, 0},
	};
	static const char *const calls[] = {"map_lookup_elem", "map_update_elem", "map_delete_elem", "map_push_elem", "map_pop_elem",
					    "map_peek_elem", "map_lookup_percpu_elem"};

	for (size_t m = 0; m < ARRAY_SIZE(maps); m++) {
		bool prog = maps[m].type == BPF_MAP_TYPE_PROG_ARRAY;
		struct text_run r;

		text_run_init(&r, t, TRACING);
		r.maps[0] = T_map(t, maps[m].type, maps[m].key, prog ? 4 : 8, maps[m].entries, maps[m].flags);
		for (u32 step = 0; step < 60; step++) {
			const char *call = calls[step * 5 % ARRAY_SIZE(calls)];
			bool by_value = strstr(call, "push") || strstr(call, "pop") || strstr(call, "peek");
			bool percpu = maps[m].type == BPF_MAP_TYPE_PERCPU_HASH || maps[m].type == BPF_MAP_TYPE_PERCPU_ARRAY;
			u32 key = step % 5, flags = step / 7 % 4;

			/* Key at -16 (of a trie: /32), value at -24; what was found goes to the out map. */
			strbuf_addf(&r.text, "*(u32 *)(r10 -16) = %u\n*(u32 *)(r10 -12) = %u\n*(u64 *)(r10 -24) = %u\nr1 = map[m0]\nr2 = r10\nr2 += %d\n",
				    maps[m].key == 8 ? 32 : key, key, 100 + step, by_value ? -24 : -16);
			if (strstr(call, "update"))
				strbuf_addf(&r.text, "r3 = r10\nr3 += -24\nr4 = %u\n", flags);
			else if (strstr(call, "push") || strstr(call, "percpu"))
				strbuf_addf(&r.text, "r3 = %u\n", flags);
			strbuf_addf(&r.text, "call %s\n", call);
			if (strstr(call, "lookup"))
				add(&r, "if r0 == 0 goto none\nr0 = *(u64 *)(r0 +0)\nnone: ");
			add(&r, KEEP_R0 "r1 = *(u64 *)(r10 -24)\n*(u64 *)(r6 +8) = r1\n" END);
			text_run(&r);
			/* Which CPU a run meets is chance, and so is what it finds of that CPU. */
			T_NOTE(t, "%s: step %u %s key %u flags %u: %d %lld value %llu", maps[m].name, step, call, key, flags, r.err,
			       percpu && strstr(call, "lookup") ? 0 : (long long)text_out(&r, 0),
			       (unsigned long long)text_out(&r, 8));
		}
		close(r.maps[0]);
		text_run_exit(&r);
	}
}

static void ring_buffers(struct both *t)
{
	static const u64 sizes[] = {0, 1, 8, 100, 4000, 4080, 4087, 4088, 4089, 5000, 0x3fffffff, 0x40000000, 0xffffffff};
	static const u64 flags[] = {0, 1, 2, 3, 4, 1ULL << 32};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (u32 flag = 0; flag < 2; flag++) {
			r.maps[0] = T_map(t, BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0);
			strbuf_addf(&r.text,
				    "r1 = map[m0]\nr2 = %llu ll\nr3 = %u\ncall ringbuf_reserve\nr7 = 0\nif r0 == 0 goto none\nr7 = 1\nr1 = r0\nr2 = 0\n"
				    "call ringbuf_discard\nnone: r6 = map[out][0]+0\n*(u64 *)(r6 +0) = r7\n" END,
				    (unsigned long long)sizes[s], flag);
			text_run(&r);
			T_NOTE(t, "reserve %llu flags %u: %d %llu", (unsigned long long)sizes[s], flag, r.err, (unsigned long long)text_out(&r, 0));
			close(r.maps[0]);
		}
	}
	r.maps[0] = T_map(t, BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0);
	for (u32 i = 0; i < 30; i++) {
		strbuf_addf(&r.text,
			    "r1 = map[m0]\nr2 = map[out][0]+64\nr3 = %u\nr4 = %llu ll\ncall ringbuf_output\n" KEEP_R0, i % 4 * 100,
			    (unsigned long long)flags[i % ARRAY_SIZE(flags)]);
		for (u32 q = 0; q < 6; q++)
			strbuf_addf(&r.text, "r1 = map[m0]\nr2 = %u\ncall ringbuf_query\n*(u64 *)(r6 +%u) = r0\n", q, 8 + q * 8);
		add(&r, END);
		text_run(&r);
		T_NOTE(t, "output %u: %d %lld avail %llu size %llu cons %llu prod %llu ? %llu", i, r.err, (long long)text_out(&r, 0),
		       (unsigned long long)text_out(&r, 8), (unsigned long long)text_out(&r, 16), (unsigned long long)text_out(&r, 24),
		       (unsigned long long)text_out(&r, 32), (unsigned long long)text_out(&r, 40));
	}
	close(r.maps[0]);
	text_run_exit(&r);
}

static void records_reach_the_consumer(struct both *t)
{
	struct text_run r;
	u64 *consumer;
	u8 *producer;
	u64 pos;

	text_run_init(&r, t, TRACING);
	r.maps[0] = T_map(t, BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0);
	consumer = T_mmap(t, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r.maps[0], 0);
	producer = T_mmap(t, 4096 + 2 * 4096, PROT_READ, MAP_SHARED, r.maps[0], 4096);
	T_TRUE(t, !T_mmap(t, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r.maps[0], 4096));
	T_NOTE(t, "writable data: errno %d", errno);
	T_TRUE(t, !T_mmap(t, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, r.maps[0], 0));
	T_NOTE(t, "two writable pages: errno %d", errno);
	T_TRUE(t, !T_mmap(t, 4096 * 4, PROT_READ, MAP_SHARED, r.maps[0], 4096));
	T_NOTE(t, "too long: errno %d", errno);
	if (!T_TRUE(t, consumer && producer))
		return;
	for (u32 round = 0; round < 20; round++) {
		strbuf_addf(&r.text,
			    "r1 = map[m0]\nr2 = 600\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto none\n*(u64 *)(r0 +0) = %u\n*(u64 *)(r0 +592) = %u\n"
			    "r1 = r0\nr2 = 0\ncall %s\nnone: " END,
			    round, round * 3, round % 4 == 3 ? "ringbuf_discard" : "ringbuf_submit");
		text_run(&r);
		if (round % 2)
			continue;
		for (pos = *(volatile u64 *)consumer; pos < *(volatile u64 *)(void *)producer;) {
			const u8 *rec = producer + 4096 + pos % 4096;
			u32 len;

			memcpy(&len, rec, 4);
			T_NOTE(t, "record at %llu: %x %u %u", (unsigned long long)pos, len, rec[8], rec[8 + 592]);
			pos += round_up_u64((len & 0x3fffffff) + 8, 8);
		}
		*(volatile u64 *)consumer = pos;
	}
	munmap(consumer, 4096);
	munmap(producer, 3 * 4096);
	close(r.maps[0]);
	text_run_exit(&r);
}

static void perf_output_errors(struct both *t)
{
	static const char *const flags[] = {"r3 = 0\n", "r3 = 0xffffffff ll\n", "r3 = 1\n", "r3 = 5000\n", "r3 = 0x100000000 ll\n", "r3 = -1\n"};
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_BPF_OUTPUT,
				       .sample_type = PERF_SAMPLE_RAW, .sample_period = 1, .wakeup_events = 1};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	r.maps[0] = T_map(t, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, (u32)T_nr_cpus(), 0);
	for (u32 opened = 0; opened < 2; opened++) {
		int events[64] = {0};

		for (int cpu = 0; opened && cpu < T_nr_cpus() && cpu < 64; cpu++) {
			events[cpu] = T_perf_event_open(t, &attr, -1, cpu, -1, 0);
			T_TRUE(t, events[cpu] >= 0);
			T_IS(t, T_update(t, r.maps[0], &cpu, &events[cpu], 0), 0);
		}
		for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
			for (u32 size = 0; size <= 64; size += 32) {
				text_string(&r, "some data", 64, -64);
				strbuf_addf(&r.text, "r1 = r6\nr2 = map[m0]\n%sr4 = r10\nr4 += -64\nr5 = %u\ncall perf_event_output\n" KEEP_R0 END, flags[f],
					    size);
				/* The context is kept first. */
				{
					struct strbuf body = r.text;

					memset(&r.text, 0, sizeof(r.text));
					add(&r, "r6 = r1\n");
					strbuf_adds(&r.text, strbuf_str(&body));
					strbuf_free(&body);
				}
				text_run(&r);
				/* Which CPU a fixed index meets is chance, and so is what becomes of it. */
				if (opened && (f == 0 || f == 2) && (s64)text_out(&r, 0) == -EOPNOTSUPP)
					memset(r.out, 0, 8);
				T_NOTE(t, "opened %u flags %zu size %u: %d %lld", opened, f, size, r.err,
				       opened && (f == 0 || f == 2 || f == 1) ? 0 : (long long)text_out(&r, 0));
			}
		}
		for (int cpu = 0; opened && cpu < T_nr_cpus() && cpu < 64; cpu++)
			close(events[cpu]);
	}
	close(r.maps[0]);
	text_run_exit(&r);
}

static void tail_calls(struct both *t)
{
	int progs = T_map(t, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0);
	struct text_run r;
	int self;

	text_run_init(&r, t, BPF_PROG_TYPE_SOCKET_FILTER);
	r.maps[0] = progs;
	/* Counts its runs and calls itself: 33 tail calls after the first. */
	{
		struct asm_opts opts = {.ctx = &r, .map = text_run_map};
		struct bpf_insn *insns;
		u32 n, key = 1;

		T_IS(t,
		     asm_text("r6 = r1\nr7 = map[out][0]+0\nr1 = *(u64 *)(r7 +0)\nr1 += 1\n*(u64 *)(r7 +0) = r1\nr1 = r6\nr2 = map[m0]\nr3 = 1\n"
			      "call tail_call\nr0 = 77\nexit\n",
			      &opts, &insns, &n, NULL),
		     0);
		self = T_prog(t, BPF_PROG_TYPE_SOCKET_FILTER, insns, n, NULL, 0);
		free(insns);
		if (T_TRUE(t, self >= 0))
			T_IS(t, T_update(t, progs, &key, &self, 0), 0);
	}
	for (u32 index = 0; index < 6; index++) {
		strbuf_addf(&r.text, "r2 = map[m0]\nr3 = %u\ncall tail_call\nr0 = 5\nexit\n", index);
		text_run(&r);
		T_NOTE(t, "call of %u: %d retval %u, ran %llu times", index, r.err, r.retval, (unsigned long long)text_out(&r, 0));
	}
	close(self);
	/* The array is emptied with its last descriptor, although programs hold it. */
	close(progs);
	text_run_exit(&r);
}

/* The first program that uses a prog array, or is put into it, says of which kind all others must be. */
static void tail_calls_stay_among_their_kind(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_RAW_TRACEPOINT};

	for (u32 put = 0; put < 2; put++) {
		int progs = T_map(t, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0);

		for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
			static const struct bpf_insn ret0[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
			int plain = T_prog(t, types[i], ret0, 2, NULL, 0);
			struct text_run r;

			text_run_init(&r, t, types[i]);
			r.maps[0] = progs;
			if (put)
				T_NOTE(t, "put of type %u: %d", types[i], T_update(t, progs, &i, &plain, 0));
			add(&r, "r2 = map[m0]\nr3 = 0\ncall tail_call\nr0 = 0\nexit\n");
			text_run(&r);
			T_NOTE(t, "use by type %u: %d", types[i], r.err);
			add(&r, "r2 = map[m0]\nr0 = 0\nexit\n");
			text_run(&r);
			T_NOTE(t, "mention by type %u: %d", types[i], r.err);
			if (!put)
				T_NOTE(t, "put of type %u: %d", types[i], T_update(t, progs, &i, &plain, 0));
			close(plain);
			text_run_exit(&r);
		}
		close(progs);
	}
}

static void maps_in_maps_from_programs(struct both *t)
{
	static const u32 types[] = {BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS};

	for (size_t s = 0; s < ARRAY_SIZE(types); s++) {
		int inner[2] = {T_map(t, BPF_MAP_TYPE_HASH, 4, 8, 4, 0), T_map(t, BPF_MAP_TYPE_HASH, 4, 8, 4, 0)};
		union bpf_attr attr = {.map_type = types[s], .key_size = 4, .value_size = 4, .max_entries = 3, .inner_map_fd = (u32)inner[0]};
		struct text_run r;

		text_run_init(&r, t, TRACING);
		r.maps[0] = T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr));
		T_TRUE(t, r.maps[0] >= 0);
		for (u32 i = 0; i < 2; i++) {
			u64 value = 100 + i;
			u32 key = 7;

			T_IS(t, T_update(t, inner[i], &key, &value, 0), 0);
			T_IS(t, T_update(t, r.maps[0], &i, &inner[i], 0), 0);
		}
		for (u32 round = 0; round < 3; round++) {
			for (u32 outer = 0; outer < 5; outer++) {
				/* The element of key 7 counts up; a new key is put beside it. */
				strbuf_addf(&r.text,
					    "*(u64 *)(r10 -8) = %u\n*(u64 *)(r10 -16) = 7\n*(u64 *)(r10 -24) = %u\nr9 = 0\nr1 = map[m0]\nr2 = r10\nr2 += -8\n"
					    "call map_lookup_elem\nif r0 == 0 goto done\nr9 = 1\nr7 = r0\nr1 = r0\nr2 = r10\nr2 += -16\ncall map_lookup_elem\n"
					    "if r0 == 0 goto done\nr9 = *(u64 *)(r0 +0)\nr1 = r9\nr1 += 10\n*(u64 *)(r0 +0) = r1\n"
					    "r1 = r7\nr2 = r10\nr2 += -24\nr3 = r10\nr3 += -16\nr4 = 1\ncall map_update_elem\nr8 = r0\n"
					    "r6 = map[out][0]+0\n*(u64 *)(r6 +8) = r8\ndone: r6 = map[out][0]+0\n*(u64 *)(r6 +0) = r9\n" END,
					    outer, 50 + round);
				text_run(&r);
				T_NOTE(t, "type %u round %u outer %u: %d %lld %lld", types[s], round, outer, r.err, (long long)text_out(&r, 0),
				       (long long)text_out(&r, 8));
			}
			/* What was taken out is gone for the next run. */
			T_NOTE(t, "delete: %d", T_delete(t, r.maps[0], &round));
		}
		close(r.maps[0]);
		close(inner[0]);
		close(inner[1]);
		text_run_exit(&r);
	}
}

/* BTF: struct val { struct bpf_spin_lock lock; unsigned int n; }, and u32. */
static int lock_btf(struct both *t)
{
	static const char strings[] = "\0u32\0bpf_spin_lock\0val\0lock\0n";
	const struct {
		struct {
			u16 magic;
			u8 version, flags;
			u32 hdr_len, type_off, type_len, str_off, str_len;
		} hdr;
		u32 types[4 + 6 + 9];
		char strings[sizeof(strings)];
	} __attribute__((packed)) btf = {
		.hdr = {0xeb9f, 1, 0, 24, 0, sizeof(btf.types), sizeof(btf.types), sizeof(strings)},
		.types = {
			1, 1 << 24, 4, 32,                 /* [1] INT u32 */
			5, 4 << 24 | 1, 4, 0, 1, 0,        /* [2] STRUCT bpf_spin_lock */
			19, 4 << 24 | 2, 8, 23, 2, 0, 28, 1, 32, /* [3] STRUCT val */
		},
	};
	char raw[sizeof(btf)], log[4096] = "";
	union bpf_attr attr = {0};
	int fd;

	memcpy(raw, &btf, sizeof(btf));
	memcpy(raw + sizeof(btf.hdr) + sizeof(btf.types), strings, sizeof(strings));
	attr.btf = ptr_to_u64(raw);
	attr.btf_size = sizeof(raw);
	attr.btf_log_buf = ptr_to_u64(log);
	attr.btf_log_size = sizeof(log);
	attr.btf_log_level = 1;
	fd = T_bpf(t, BPF_BTF_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		T_NOTE(t, "btf: %d %s", fd, log);
	return fd;
}

static void spin_locks(struct both *t)
{
	static const u32 types[] = {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_HASH};
	static const u64 flags[] = {0, BPF_F_LOCK, BPF_F_LOCK | BPF_EXIST, BPF_F_LOCK | BPF_NOEXIST, BPF_NOEXIST};
	int btf = lock_btf(t);

	T_TRUE(t, btf >= 0);
	for (size_t s = 0; s < ARRAY_SIZE(types); s++) {
		union bpf_attr attr = {.map_type = types[s], .key_size = 4, .value_size = 8, .max_entries = 4, .btf_fd = (u32)btf,
				       .btf_key_type_id = 1, .btf_value_type_id = 3};
		struct text_run r;
		u32 value[2];

		text_run_init(&r, t, BPF_PROG_TYPE_XDP);
		r.maps[0] = T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr));
		T_NOTE(t, "type %u: %d", types[s], r.maps[0] < 0 ? r.maps[0] : 0);
		if (r.maps[0] < 0) {
			text_run_exit(&r);
			continue;
		}
		for (u32 key = 0; key < 3; key++) {
			for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
				value[0] = 0x77;
				value[1] = (u32)f * 10;
				T_NOTE(t, "update %u flags %llu: %d", key, (unsigned long long)flags[f],
				       T_update(t, r.maps[0], &key, value, flags[f]));
				value[0] = value[1] = 0xee;
				T_NOTE(t, "lookup %d %x %x", T_lookup(t, r.maps[0], &key, value, flags[f] & BPF_F_LOCK), value[0], value[1]);
			}
			strbuf_addf(&r.text,
				    "*(u32 *)(r10 -4) = %u\nr1 = map[m0]\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nr7 = 0\nif r0 == 0 goto none\n"
				    "r7 = r0\nr1 = r0\ncall spin_lock\nr8 = *(u32 *)(r7 +4)\nr8 += 5\n*(u32 *)(r7 +4) = r8\nr1 = r7\ncall spin_unlock\n"
				    "r6 = map[out][0]+0\n*(u64 *)(r6 +0) = r8\nnone: " END,
				    key);
			text_run(&r);
			T_IS(t, r.err, 0);
			T_NOTE(t, "program: %d %llu", r.err, (unsigned long long)text_out(&r, 0));
			value[0] = value[1] = 0xee;
			T_NOTE(t, "lookup %d %x %x", T_lookup(t, r.maps[0], &key, value, BPF_F_LOCK), value[0], value[1]);
		}
		close(r.maps[0]);
		text_run_exit(&r);
	}
	close(btf);
}

static const struct both_case cases[] = {
	BOTH(elements_from_programs), BOTH(ring_buffers),     BOTH(records_reach_the_consumer), BOTH(perf_output_errors), BOTH(tail_calls), BOTH(tail_calls_stay_among_their_kind),
	BOTH(maps_in_maps_from_programs), BOTH(spin_locks),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
