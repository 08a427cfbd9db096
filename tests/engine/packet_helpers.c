/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers of packets, by programs on both engines. */
#include "tests/engine/run_text.h"

#include <stdio.h>

#define KEEP_R0 "r6 = map[out][0]+0\n*(u64 *)(r6 +0) = r0\n"
#define END "r0 = 0\nexit\n"

static void bytes_of_packets(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP};
	static const s64 offsets[] = {0, 1, 14, 49, 50, 51, 63, 64, 65, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};

	for (size_t k = 0; k < ARRAY_SIZE(types); k++) {
		struct text_run r;

		text_run_init(&r, t, types[k]);
		for (size_t o = 0; o < ARRAY_SIZE(offsets); o++) {
			for (u32 len = 1; len < 20; len += 13) {
				strbuf_addf(&r.text, "r2 = %lld ll\nr3 = map[out][0]+8\n*(u64 *)(r3 +0) = -1\nr4 = %u\ncall %s\n" KEEP_R0 END,
					    (long long)offsets[o], len, k ? "xdp_load_bytes" : "skb_load_bytes");
				text_run(&r);
				T_IS(t, r.err, 0);
				T_NOTE(t, "load %lld %u: %d %lld %llx %llx", (long long)offsets[o], len, r.err, (long long)text_out(&r, 0),
				       (unsigned long long)text_out(&r, 8), (unsigned long long)text_out(&r, 16));
				for (u32 start = 0; start < 3 && !k; start++) {
					strbuf_addf(&r.text, "r2 = %lld ll\nr3 = map[out][0]+8\nr4 = %u\nr5 = %u\ncall skb_load_bytes_relative\n" KEEP_R0 END,
						    (long long)offsets[o], len, start);
					text_run(&r);
					T_IS(t, r.err, 0);
					T_NOTE(t, "relative to %u: %d %lld %llx", start, r.err, (long long)text_out(&r, 0),
					       (unsigned long long)text_out(&r, 8));
				}
				if (!k)
					continue;
				strbuf_addf(&r.text, "r2 = %lld ll\nr3 = map[out][0]+8\n*(u64 *)(r3 +0) = 0x11223344\nr4 = %u\ncall xdp_store_bytes\n" KEEP_R0 END,
					    (long long)offsets[o], len);
				text_run(&r);
				T_IS(t, r.err, 0);
				T_NOTE(t, "store: %d %lld %u %02x%02x", r.err, (long long)text_out(&r, 0), r.packet_out_len,
				       r.packet_out[offsets[o] & 63], r.packet_out[(offsets[o] + 1) & 63]);
			}
		}
		text_run_exit(&r);
	}
}

static void moving_packet_ends(struct both *t)
{
	static const char *const movers[] = {"xdp_adjust_head", "xdp_adjust_tail", "xdp_adjust_meta"};
	static const int deltas[] = {0, 1, 4, -4, 10, 32, 49, 50, 51, 64, 65, -1, -14, -50, -51, -64, -128, -192, -213, -214, -215, -216, -217, -220, -224,
				     -252, -255, -256, -257, 128, 200, 1000, 3000, 3400, 3436, 3437, 3456, 3500, 4096, -4096, 0x7fffffff};

	for (size_t m = 0; m < ARRAY_SIZE(movers); m++) {
		struct text_run r;

		text_run_init(&r, t, BPF_PROG_TYPE_XDP);
		for (size_t d = 0; d < ARRAY_SIZE(deltas); d++) {
			for (size_t d2 = 0; d2 < ARRAY_SIZE(deltas); d2 += 7) {
				strbuf_addf(&r.text,
					    "r7 = r1\nr2 = %d\ncall %s\nr8 = r0\nr1 = r7\nr2 = %d\ncall %s\nr6 = map[out][0]+0\n*(u64 *)(r6 +0) = r8\n"
					    "*(u64 *)(r6 +8) = r0\nr1 = r7\ncall xdp_get_buff_len\n*(u64 *)(r6 +16) = r0\nr0 = 2\nexit\n",
					    deltas[d], movers[m], deltas[d2], movers[(m + d) % 3]);
				text_run(&r);
				T_IS(t, r.err, 0);
				T_NOTE(t, "%s %d then %d: %d %lld %lld length %llu out %u %02x", movers[m], deltas[d], deltas[d2], r.err,
				       (long long)text_out(&r, 0), (long long)text_out(&r, 8), (unsigned long long)text_out(&r, 16), r.packet_out_len,
				       r.packet_out[0]);
			}
		}
		text_run_exit(&r);
	}
}

static void checksum_differences(struct both *t)
{
	static const u32 sizes[] = {0, 4, 8, 16, 20, 3};
	static const u8 data[64] = {0xff, 0xff, 0x12, 0x34, 0xff, 0x00, 0xfe, 0xff, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 9, 8, 7, 6, 5, 4, 3, 2, 1};
	static const u32 seeds[] = {0, 1, 0xffff, 0x10000, 0xffffffff, 0x12345678};
	struct text_run r;

	text_run_init(&r, t, BPF_PROG_TYPE_XDP);
	for (size_t a = 0; a < ARRAY_SIZE(sizes); a++) {
		for (size_t b = 0; b < ARRAY_SIZE(sizes); b++) {
			for (size_t s = 0; s < ARRAY_SIZE(seeds); s++) {
				text_bytes(&r, data, 24, -48);
				text_bytes(&r, data + 5, 24, -24);
				strbuf_addf(&r.text, "r1 = r10\nr1 += -48\nr2 = %u\nr3 = r10\nr3 += -24\nr4 = %u\nr5 = %u ll\ncall csum_diff\n" KEEP_R0 END, sizes[a],
					    sizes[b], seeds[s]);
				text_run(&r);
				T_IS(t, r.err, 0);
				T_NOTE(t, "csum_diff %u %u seed %x: %d %llx", sizes[a], sizes[b], seeds[s], r.err, (unsigned long long)text_out(&r, 0));
			}
		}
	}
	text_run_exit(&r);
}

static void note_packet(struct text_run *r, const char *label)
{
	u32 h = 2166136261;

	T_IS(r->t, r->err, 0);
	for (u32 i = 0; i < min_of(r->packet_out_len, (u32)sizeof(r->packet_out)); i++)
		h = (h ^ r->packet_out[i]) * 16777619;
	T_NOTE(r->t, "%s: %d r0 %lld length %u hash %x", label, r->err, (long long)text_out(r, 0), r->packet_out_len, h);
}

static void writing_packets(struct both *t)
{
	static const u32 offsets[] = {0, 1, 2, 14, 24, 40, 50, 51, 60, 62, 63, 64, 0xfffe, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};
	static const u64 flags[] = {0, 1, 2, 3, 4, 0x10, 0x12, 0x14, 0x20, 0x22, 0x60, 0x62, 0x64, 0x80, 0x84, 0x100};
	static const u64 values[][2] = {{0, 0}, {0, 0x1234}, {0x1234, 0x4321}, {0xffff, 0}, {0, 0xffffffff}, {0xdeadbeef, 0x12345678}};
	static const char *const replacers[] = {"l3_csum_replace", "l4_csum_replace"};
	char label[120];
	struct text_run r;

	text_run_init(&r, t, BPF_PROG_TYPE_SCHED_CLS);
	for (size_t o = 0; o < ARRAY_SIZE(offsets); o++) {
		for (size_t f = 0; f < 5; f++) {
			for (u32 len = 1; len < 16; len += 7) {
				text_string(&r, "bytes to store..", 16, -16);
				strbuf_addf(&r.text, "r2 = %u ll\nr3 = r10\nr3 += -16\nr4 = %u\nr5 = %llu\ncall skb_store_bytes\n" KEEP_R0 END, offsets[o],
					    len, (unsigned long long)flags[f]);
				text_run(&r);
				snprintf(label, sizeof(label), "store %u at %u flags %llx", len, offsets[o], (unsigned long long)flags[f]);
				note_packet(&r, label);
			}
		}
		strbuf_addf(&r.text, "r2 = %u ll\ncall skb_pull_data\n" KEEP_R0 END, offsets[o]);
		text_run(&r);
		snprintf(label, sizeof(label), "pull %u", offsets[o]);
		note_packet(&r, label);
		for (size_t k = 0; k < ARRAY_SIZE(replacers); k++) {
			for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
				for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
					/* Few places suffice for many values. */
					if (v && o % 4)
						continue;
					memset(r.packet + 60, o % 3 ? 0x5a : 0, 4);
					strbuf_addf(&r.text, "r2 = %u ll\nr3 = %llu ll\nr4 = %llu ll\nr5 = %llu\ncall %s\n" KEEP_R0 END, offsets[o],
						    (unsigned long long)values[v][0], (unsigned long long)values[v][1], (unsigned long long)flags[f],
						    replacers[k]);
					text_run(&r);
					snprintf(label, sizeof(label), "%s at %u values %zu flags %llx", replacers[k], offsets[o], v,
						 (unsigned long long)flags[f]);
					note_packet(&r, label);
				}
			}
		}
	}
	text_run_exit(&r);
}

static const struct both_case cases[] = {
	BOTH(bytes_of_packets), BOTH(moving_packet_ends), BOTH(checksum_differences), BOTH(writing_packets),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
