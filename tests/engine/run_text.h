/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs in assembly, run once by BPF_PROG_TEST_RUN on whichever engine has its turn; what they find is in a map of theirs. */
#ifndef SKEP_TESTS_RUN_TEXT_H
#define SKEP_TESTS_RUN_TEXT_H

#include <stdio.h>

#include "common/isa/asm.h"
#include "tests/engine/both.h"

#define OUT_SIZE 512

struct text_run {
	struct both *t;
	u32 type;          /* of program */
	int maps[4];       /* map[m0] to map[m3] */
	int out_map;       /* map[out]: an array of one value, cleared before the run */
	struct strbuf text;
	u8 out[OUT_SIZE];  /* what was in it afterwards */
	int err;           /* of PROG_LOAD or TEST_RUN */
	u32 retval;
	u8 packet[64], packet_out[8192];
	u32 packet_out_len;
};

static inline int text_run_map(void *ctx, const char *name)
{
	const struct text_run *r = ctx;

	if (!strcmp(name, "out"))
		return r->out_map;
	return name[0] == 'm' && name[1] >= '0' && name[1] <= '3' ? r->maps[name[1] - '0'] : -1;
}

static inline void text_run_init(struct text_run *r, struct both *t, u32 type)
{
	memset(r, 0, sizeof(*r));
	r->t = t;
	r->type = type;
	r->out_map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, OUT_SIZE, 1, 0);
	for (u32 i = 0; i < ARRAY_SIZE(r->packet); i++)
		r->packet[i] = (u8)(i * 3);
	r->packet[12] = 8;
	r->packet[13] = 0;
}

static inline void text_run_exit(struct text_run *r)
{
	if (r->out_map >= 0)
		close(r->out_map);
	strbuf_free(&r->text);
}

/* Bytes onto the stack at r10 + off (off and n multiples of 8 after padding with zeros). Uses r0. */
static inline void text_bytes(struct text_run *r, const void *bytes, u32 n, int off)
{
	for (u32 i = 0; i < n; i += 8, off += 8) {
		u64 w = 0;

		memcpy(&w, (const char *)bytes + i, min_of(n - i, 8U));
		strbuf_addf(&r->text, "r0 = 0x%llx ll\n*(u64 *)(r10 %+d) = r0\n", (unsigned long long)w, off);
	}
}

/* A string in `room` bytes (at most 128), the rest zeros. */
static inline void text_string(struct text_run *r, const char *s, u32 room, int off)
{
	char buf[128] = {0};

	memcpy(buf, s, min_of(strlen(s), sizeof(buf)));
	text_bytes(r, buf, min_of(room, (u32)sizeof(buf)), off);
}

/* Assemble, load, run once; the results are in r. The text is emptied. */
static inline void text_run(struct text_run *r)
{
	static char log[1 << 16];
	struct asm_opts opts = {.ctx = r, .map = text_run_map};
	struct asm_error err = {0};
	struct bpf_insn *insns = NULL;
	union bpf_attr attr = {0};
	u32 n = 0, key = 0;
	int fd;

	r->retval = 0;
	memset(r->out, 0, sizeof(r->out));
	T_update(r->t, r->out_map, &key, r->out, 0);
	if (asm_text(strbuf_str(&r->text), &opts, &insns, &n, &err)) {
		both_note(r->t, __FILE__, __LINE__, "assembly, line %u: %s", err.line, err.text);
		both_is(r->t, __FILE__, __LINE__, "assembles", 0, 1);
		r->err = -EINVAL;
		goto out;
	}
	log[0] = 0;
	fd = T_prog(r->t, r->type, insns, n, log, sizeof(log));
	r->err = fd < 0 ? fd : 0;
	if (fd < 0) {
		/* What the log says is compared by the verifier's tests; here it is for people. */
		if (getenv("SKEP_TEST_LOGS"))
			fprintf(stderr, "%s\n", log);
		goto out;
	}
	attr.test.prog_fd = (u32)fd;
	if (r->type != BPF_PROG_TYPE_RAW_TRACEPOINT) {
		attr.test.data_in = ptr_to_u64(r->packet);
		attr.test.data_size_in = sizeof(r->packet);
		attr.test.data_out = ptr_to_u64(r->packet_out);
		attr.test.data_size_out = sizeof(r->packet_out);
	}
	r->err = T_bpf(r->t, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
	r->retval = attr.test.retval;
	r->packet_out_len = attr.test.data_size_out;
	T_lookup(r->t, r->out_map, &key, r->out, 0);
	close(fd);
out:
	free(insns);
	strbuf_reset(&r->text);
}

static inline u64 text_out(const struct text_run *r, u32 at)
{
	u64 v;

	memcpy(&v, r->out + at, 8);
	return v;
}

#endif
