/* SPDX-License-Identifier: BSD-2-Clause */
/* What helpers return and write, by programs run on both engines. */
#include <stdio.h>
#include <sys/stat.h>

#include "tests/engine/run_text.h"

#define TRACING BPF_PROG_TYPE_RAW_TRACEPOINT

static void add(struct text_run *r, const char *text)
{
	strbuf_adds(&r->text, text);
}

/* r0 into the out map and the program's end. */
#define KEEP_R0 "r6 = map[out][0]+0\n*(u64 *)(r6 +0) = r0\n"
#define END "r0 = 0\nexit\n"

static void numbers_in_strings(struct both *t)
{
	static const char *const strings[] = {"0", "1", "-1", "+1", " 12", "\t\n 12x", "0x1f", "0X1F", "0x", "0xg", "017", "08", "", " ", "-",
		"--1", "- 1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "ff", "FFg", "-0x10", "-010", "1 2", "z", "00", "0x0", "-0",
		"000000000000000000000000000000000000000000000000000000000000001"};
	static const u64 flags[] = {0, 8, 10, 16, 2, 36, 32, 64};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	for (size_t s = 0; s < ARRAY_SIZE(strings); s++) {
		u32 len = (u32)strlen(strings[s]);

		for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
			for (int helper = 105; helper <= 106; helper++) {
				text_string(&r, strings[s], 64, -72);
				strbuf_addf(&r.text, "r1 = r10\nr1 += -72\nr2 = %u\nr3 = %llu\nr4 = map[out][0]+8\ncall %d\n" KEEP_R0 END,
					    len ? len : 1, (unsigned long long)flags[f], helper);
				text_run(&r);
				T_NOTE(t, "%d \"%s\" flags %llu: %d %lld %lld", helper, strings[s], (unsigned long long)flags[f], r.err,
				       (long long)text_out(&r, 0), (long long)text_out(&r, 8));
			}
		}
	}
	text_run_exit(&r);
}

static int frozen_text(struct both *t, const char *text, u32 size)
{
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, size, 1, BPF_F_RDONLY_PROG);
	union bpf_attr attr = {.map_fd = (u32)map};
	u8 value[256] = {0};
	u32 key = 0;

	memcpy(value, text, strlen(text) + 1);
	if (map >= 0) {
		T_IS(t, T_update(t, map, &key, value, 0), 0);
		T_IS(t, T_bpf(t, BPF_MAP_FREEZE, &attr, 4), 0);
	}
	return map;
}

static void formatted_text(struct both *t)
{
	static const struct {
		const char *fmt;
		u32 n; /* arguments */
		u32 room;
	} cases[] = {
		{"plain", 0, 64}, {"%d", 1, 64}, {"%d %u", 2, 64}, {"%d", 0, 64}, {"%d", 2, 64}, {"%x %lx %llX", 3, 64}, {"%%|%c", 1, 64},
		{"%5d|%-5d|%05d", 3, 64}, {"%d", 1, 1}, {"%d%d%d", 3, 4}, {"%px %p", 2, 20}, {"%s", 1, 64}, {"%pi4 %pI4", 2, 64},
		{"%pI6", 1, 64}, {"%y", 1, 64}, {"%", 0, 64}, {"%d%d%d%d%d%d%d%d%d%d%d%d", 12, 64},
		{"%d%d%d%d%d%d%d%d%d%d%d%d%d", 13, 64}, {"abc", 0, 0}, {"%pks %pus %s", 3, 64}, {"%ld %li %lu", 3, 64},
	};
	static const u64 args[13] = {(u64)-5, 0xdeadbeefcafe, 65, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		r.maps[0] = frozen_text(t, cases[i].fmt, 64);
		text_bytes(&r, args, sizeof(args), -104);
		strbuf_addf(&r.text,
			    "r1 = map[out][0]+8\nr2 = %u\nr3 = map[m0][0]+0\nr4 = r10\nr4 += -104\nr5 = %u\ncall snprintf\n" KEEP_R0 END,
			    cases[i].room, cases[i].n * 8);
		text_run(&r);
		if (strstr(cases[i].fmt, "%p ") || !strcmp(cases[i].fmt, "%px %p"))
			r.out[8 + 17] = 0; /* a hashed pointer follows */
		T_NOTE(t, "snprintf \"%s\" of %u into %u: %d %lld \"%.64s\"", cases[i].fmt, cases[i].n, cases[i].room, r.err,
		       (long long)text_out(&r, 0), (char *)r.out + 8);
		close(r.maps[0]);
	}
	/* Lengths of data that are no whole words; no data. */
	r.maps[0] = frozen_text(t, "%d", 64);
	for (u32 len = 0; len < 20; len += 4) {
		text_bytes(&r, args, sizeof(args), -104);
		strbuf_addf(&r.text, "r1 = map[out][0]+8\nr2 = 16\nr3 = map[m0][0]+0\nr4 = r10\nr4 += -104\nr5 = %u\ncall snprintf\n" KEEP_R0 END, len);
		text_run(&r);
		T_NOTE(t, "snprintf with %u bytes: %d %lld", len, r.err, (long long)text_out(&r, 0));
	}
	add(&r, "r1 = map[out][0]+8\nr2 = 16\nr3 = map[m0][0]+0\nr4 = 0\nr5 = 0\ncall snprintf\n" KEEP_R0 END);
	text_run(&r);
	T_NOTE(t, "snprintf without data: %d %lld", r.err, (long long)text_out(&r, 0));
	add(&r, "r1 = 0\nr2 = 0\nr3 = map[m0][0]+0\nr4 = r10\nr4 += -8\n*(u64 *)(r10 -8) = 77\nr5 = 8\ncall snprintf\n" KEEP_R0 END);
	text_run(&r);
	T_NOTE(t, "snprintf nowhere: %d %lld", r.err, (long long)text_out(&r, 0));
	close(r.maps[0]);
	text_run_exit(&r);
}

static void printk_results(struct both *t)
{
	static const char *const formats[] = {"", "hello", "%d", "%d %x", "%d %u %x", "%d %d %d %d", "%s", "%y", "%c", "\x01", "%lld|",
					      "%px", "100%%"};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		u32 size = (u32)strlen(formats[i]) + 1;

		for (u32 cut = 0; cut < 2 && cut < size; cut++) {
			text_string(&r, formats[i], 16, -16);
			strbuf_addf(&r.text, "r1 = r10\nr1 += -16\nr2 = %u\nr3 = 1\nr4 = 22\nr5 = 333\ncall trace_printk\n" KEEP_R0 END,
				    size - cut);
			text_run(&r);
			T_NOTE(t, "printk \"%s\" of %u: %d %lld", formats[i], size - cut, r.err, (long long)text_out(&r, 0));
		}
	}
	for (u32 len = 0; len <= 104; len += 52) {
		text_string(&r, "%d %d", 8, -8);
		for (int off = -120; off < -8; off += 8)
			strbuf_addf(&r.text, "*(u64 *)(r10 %d) = 5\n", off);
		strbuf_addf(&r.text, "r1 = r10\nr1 += -8\nr2 = 6\nr3 = r10\nr3 += -120\nr4 = %u\ncall trace_vprintk\n" KEEP_R0 END, len);
		text_run(&r);
		T_NOTE(t, "vprintk with %u bytes: %d %lld", len, r.err, (long long)text_out(&r, 0));
	}
	text_run_exit(&r);
}

static void comparing_strings(struct both *t)
{
	static const char *const a[] = {"", "a", "abc", "abcd", "abd", "ABC", "\xff", "abcdefg"};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++) {
		r.maps[0] = frozen_text(t, a[i], 16);
		for (size_t j = 0; j < ARRAY_SIZE(a); j++) {
			for (u32 n = 1; n <= 8; n += 3) {
				text_string(&r, a[j], 8, -8);
				strbuf_addf(&r.text, "r1 = r10\nr1 += -8\nr2 = %u\nr3 = map[m0][0]+0\ncall strncmp\n" KEEP_R0 END, n);
				text_run(&r);
				T_NOTE(t, "strncmp \"%s\" \"%s\" %u: %d sign %d", a[j], a[i], n, r.err,
				       (int)((s64)text_out(&r, 0) > 0) - (int)((s64)text_out(&r, 0) < 0));
			}
		}
		close(r.maps[0]);
	}
	text_run_exit(&r);
}

static void current_task(struct both *t)
{
	struct stat st;
	struct text_run r;

	text_run_init(&r, t, TRACING);
	add(&r, "r6 = map[out][0]+0\ncall get_current_pid_tgid\n*(u64 *)(r6 +0) = r0\ncall get_current_uid_gid\n*(u64 *)(r6 +8) = r0\n"
		"r1 = r6\nr1 += 16\nr2 = 16\ncall get_current_comm\n*(u64 *)(r6 +32) = r0\n"
		"r1 = r6\nr1 += 40\nr2 = 4\ncall get_current_comm\nr1 = r6\nr1 += 48\nr2 = 24\ncall get_current_comm\n"
		"call get_smp_processor_id\n*(u64 *)(r6 +72) = r0\ncall get_numa_node_id\n*(u64 *)(r6 +80) = r0\n" END);
	text_run(&r);
	T_IS(t, r.err, 0);
	/* Over a socket the thread that runs the program is the engine's, not ours. */
	T_NOTE(t, "comm returns %lld", (long long)text_out(&r, 32));
	T_IS(t, text_out(&r, 8), (u64)getgid() << 32 | getuid());
	T_TRUE(t, r.out[43] == 0 && r.out[48 + 15] == 0 && r.out[48 + 23] == 0);
	T_TRUE(t, text_out(&r, 72) < (u64)T_nr_cpus());
	T_NOTE(t, "node %llu", (unsigned long long)text_out(&r, 80));
	if (!stat("/proc/self/ns/pid", &st)) {
		for (u32 size = 4; size <= 12; size += 4) {
			for (u32 wrong = 0; wrong < 3; wrong++) {
				strbuf_addf(&r.text,
					    "*(u64 *)(r10 -16) = -1\n*(u64 *)(r10 -8) = -1\nr1 = %llu ll\nr2 = %llu ll\nr3 = r10\nr3 += -16\n"
					    "r4 = %u\ncall get_ns_current_pid_tgid\n" KEEP_R0 "r1 = *(u64 *)(r10 -16)\n*(u64 *)(r6 +8) = r1\n" END,
					    (unsigned long long)st.st_dev + (wrong == 1), (unsigned long long)st.st_ino + (wrong == 2), size);
				text_run(&r);
				T_NOTE(t, "ns pid: size %u wrong %u: %d %lld %s", size, wrong, r.err, (long long)text_out(&r, 0),
				       text_out(&r, 8) ? "something" : "nothing");
			}
		}
	}
	text_run_exit(&r);
}

static void clocks_advance(struct both *t)
{
	static const char *const clocks[] = {"ktime_get_ns", "ktime_get_boot_ns", "ktime_get_tai_ns", "jiffies64"};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		strbuf_addf(&r.text, "call %s\nr7 = r0\ncall %s\nr6 = map[out][0]+0\n*(u64 *)(r6 +0) = r7\n*(u64 *)(r6 +8) = r0\n" END, clocks[i],
			    clocks[i]);
		text_run(&r);
		T_IS(t, r.err, 0);
		T_TRUE(t, text_out(&r, 0) && text_out(&r, 8) >= text_out(&r, 0));
	}
	add(&r, "call get_prandom_u32\nr7 = r0\ncall get_prandom_u32\nr8 = r0\ncall get_prandom_u32\nr6 = map[out][0]+0\n"
		"r0 ^= r8\nr7 ^= r8\n*(u64 *)(r6 +0) = r0\n*(u64 *)(r6 +8) = r7\n" END);
	text_run(&r);
	T_TRUE(t, (text_out(&r, 0) | text_out(&r, 8)) && !(text_out(&r, 0) >> 32));
	text_run_exit(&r);
}

/* Reading memory: of a map, of the stack, of nobody. */
static void probing_memory(struct both *t)
{
	static const char *const readers[] = {"probe_read_kernel", "probe_read_user", "probe_read", "probe_read_kernel_str",
					      "probe_read_user_str", "probe_read_str"};
	static const char *const sources[] = {"r3 = map[m0][0]+0\n", "r3 = r10\nr3 += -16\n", "r3 = 0\n", "r3 = 8\n", "r3 = -1\n",
					      "r3 = 0x7fffffffe000 ll\n", "r3 = map[m0][0]+20\n"};
	u32 key = 0;
	struct text_run r;

	text_run_init(&r, t, TRACING);
	r.maps[0] = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 24, 1, 0);
	T_IS(t, T_update(t, r.maps[0], &key, "text of a map value....", 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		for (size_t s = 0; s < ARRAY_SIZE(sources); s++) {
			static const u32 sizes[] = {0, 1, 4, 8, 64};

			/* What a map's or the stack's address is to a reader of user memory is another matter in an engine of user memory. */
			if (s != 2 && i % 3 == 1)
				continue;
			for (size_t n = 0; n < ARRAY_SIZE(sizes); n++) {
				if (sizes[n] == 64 && s < 2 && i < 3)
					continue; /* beyond the source: whatever lies there */
				text_string(&r, "on the stack", 16, -16);
				add(&r, sources[s]);
				strbuf_addf(&r.text, "r1 = map[out][0]+8\n*(u64 *)(r1 +0) = -1\n*(u64 *)(r1 +8) = -1\nr2 = %u\ncall %s\n" KEEP_R0 END,
					    sizes[n], readers[i]);
				text_run(&r);
				T_NOTE(t, "%s source %zu size %u: %d %lld %016llx %016llx", readers[i], s, sizes[n], r.err,
				       (long long)text_out(&r, 0), (unsigned long long)text_out(&r, 8), (unsigned long long)text_out(&r, 16));
			}
		}
	}
	close(r.maps[0]);
	text_run_exit(&r);
}

static void loops_and_callbacks(struct both *t)
{
	static const u32 counts[] = {0, 1, 7, 1000, 8388608, 8388609, 0xffffffff};
	static const struct {
		u32 type, entries, fill;
	} maps[] = {{BPF_MAP_TYPE_ARRAY, 5, 0}, {BPF_MAP_TYPE_HASH, 8, 6}, {BPF_MAP_TYPE_PERCPU_ARRAY, 3, 0}, {BPF_MAP_TYPE_PERCPU_HASH, 8, 4},
		    {BPF_MAP_TYPE_LRU_HASH, 100, 6}, {BPF_MAP_TYPE_LRU_PERCPU_HASH, 100, 3}};
	struct text_run r;

	text_run_init(&r, t, TRACING);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		for (u32 flags = 0; flags < 2; flags++) {
			/* The callback counts on the stack and stops at the twentieth. */
			strbuf_addf(&r.text,
				    "*(u64 *)(r10 -8) = 0\nr1 = %u ll\nr2 = func once\nr3 = r10\nr3 += -8\nr4 = %u\ncall loop\n" KEEP_R0
				    "r1 = *(u64 *)(r10 -8)\n*(u64 *)(r6 +8) = r1\n" END
				    "once: r3 = *(u64 *)(r2 +0)\nr3 += 1\n*(u64 *)(r2 +0) = r3\nr0 = 0\nif r3 < 20 goto stop\nr0 = 1\nstop: exit\n",
				    counts[i], flags);
			text_run(&r);
			T_NOTE(t, "loop %u flags %u: %d %lld, called %llu times", counts[i], flags, r.err, (long long)text_out(&r, 0),
			       (unsigned long long)text_out(&r, 8));
		}
	}
	for (size_t m = 0; m < ARRAY_SIZE(maps); m++) {
		u64 values[512] = {0};

		r.maps[0] = T_map(t, maps[m].type, 4, 8, maps[m].entries, 0);
		for (u32 i = 0; i < maps[m].fill; i++)
			T_IS(t, T_update(t, r.maps[0], &i, values, 0), 0);
		for (u32 stop = 2; stop <= 100; stop += 98) {
			for (u32 flags = 0; flags < 2; flags++) {
				strbuf_addf(&r.text,
					    "*(u64 *)(r10 -8) = 0\nr1 = map[m0]\nr2 = func each\nr3 = r10\nr3 += -8\nr4 = %u\ncall for_each_map_elem\n" KEEP_R0
					    "r1 = *(u64 *)(r10 -8)\n*(u64 *)(r6 +8) = r1\n" END
					    "each: r5 = *(u64 *)(r3 +0)\nr5 += 1\n*(u64 *)(r3 +0) = r5\nr5 = *(u64 *)(r4 +0)\nr5 += 1\n"
					    "*(u64 *)(r4 +0) = r5\nr0 = 0\nif r5 < %u goto more\nr0 = 1\nmore: exit\n",
					    flags, stop);
				text_run(&r);
				T_NOTE(t, "for_each type %u stop %u flags %u: %d %lld, called %llu times", maps[m].type, stop, flags, r.err,
				       (long long)text_out(&r, 0), (unsigned long long)text_out(&r, 8));
			}
		}
		close(r.maps[0]);
	}
	text_run_exit(&r);
}

static const struct both_case cases[] = {
	BOTH(numbers_in_strings), BOTH(formatted_text), BOTH(printk_results), BOTH(comparing_strings), BOTH(current_task),
	BOTH(clocks_advance),	  BOTH(probing_memory), BOTH(loops_and_callbacks),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
