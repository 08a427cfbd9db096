/* SPDX-License-Identifier: BSD-2-Clause */
/* The attribute rules of bpf(2): sizes, bytes behind the last field, every field of every command alone. */
#include "tests/engine/both.h"

#define ROOM 8192

/* Commands that answer -EOPNOTSUPP here (docs/differences.md). */
static bool not_there(int cmd)
{
	switch (cmd) {
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
	case BPF_PROG_QUERY:
	case BPF_TASK_FD_QUERY:
	case BPF_ITER_CREATE:
	case BPF_TOKEN_CREATE:
	case BPF_PROG_STREAM_READ_BY_FD:
		return true;
	default:
		return false;
	}
}

/* What is there by id differs between the engines. */
static bool asks_for_ids(int cmd)
{
	return (cmd >= BPF_PROG_GET_NEXT_ID && cmd <= BPF_MAP_GET_FD_BY_ID) || cmd == BPF_BTF_GET_FD_BY_ID ||
	       cmd == BPF_BTF_GET_NEXT_ID || cmd == BPF_LINK_GET_FD_BY_ID || cmd == BPF_LINK_GET_NEXT_ID;
}

static void note_answer(struct both *t, int cmd, u32 size, u32 at, int ret)
{
	if (asks_for_ids(cmd) && (ret >= 0 || ret == -ENOENT)) {
		if (ret > 2)
			close(ret);
		T_NOTE(t, "cmd %d size %u at %u: looked", cmd, size, at);
		return;
	}
	T_NOTE(t, "cmd %d size %u at %u: %d", cmd, size, at, ret > 0 ? 1 : ret);
	if (ret > 2)
		close(ret);
}

static void sizes(struct both *t)
{
	static const u32 probes[] = {0,	 1,  4,	 8,   16,  31,	32,   48,   72,	  80,	92,   116, 128,
				     144, 148, 152, 160, 164, 168, 169, 172, 176, 184, 1024, 4095, 4096, 4097, ROOM};
	char *attr = calloc(1, ROOM);

	for (int cmd = -1; cmd <= __MAX_BPF_CMD + 1; cmd++)
		for (size_t i = 0; i < ARRAY_SIZE(probes) && !(cmd >= 0 && not_there(cmd)); i++) {
			memset(attr, 0, ROOM);
			note_answer(t, cmd, probes[i], 0, T_bpf(t, cmd, (union bpf_attr *)attr, probes[i]));
		}
	free(attr);
}

static void unknown_tail(struct both *t)
{
	static const u32 probes[] = {164, 168, 172, 176, 256, 4096, 4097};
	char *attr = calloc(1, ROOM);

	for (int cmd = 0; cmd < __MAX_BPF_CMD; cmd++)
		for (size_t i = 0; i < ARRAY_SIZE(probes) && !not_there(cmd); i++) {
			memset(attr, 0, ROOM);
			attr[probes[i] - 1] = 1;
			note_answer(t, cmd, probes[i], probes[i] - 1, T_bpf(t, cmd, (union bpf_attr *)attr, probes[i]));
		}
	free(attr);
}

/* Each 32-bit word of the attr alone is set. A descriptor of 1 is standard output: open, but nothing of bpf(2). */
static void one_word(struct both *t)
{
	static const u32 values[] = {1, 4095, 0x80000000U, 0xffffffffU};
	u32 attr[44];

	for (int cmd = 0; cmd < __MAX_BPF_CMD; cmd++)
		for (u32 at = 0; at < ARRAY_SIZE(attr) - 2 && !not_there(cmd); at++)
			for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
				int ret;

				/* It may be half of an address: where memory could be, ours believes the caller. */
				if ((at % 2 == 0) != (values[v] <= 4095))
					continue;
				memset(attr, 0, sizeof(attr));
				attr[at] = values[v];
				ret = T_bpf(t, cmd, (union bpf_attr *)attr, sizeof(attr) - 8);
				note_answer(t, cmd, values[v], at * 4, ret);
			}
}

static void bad_attr(struct both *t)
{
	for (int cmd = 0; cmd < __MAX_BPF_CMD; cmd++)
		T_IS(t, T_bpf(t, cmd, NULL, 16), -EFAULT);
}

static const struct both_case cases[] = {
	BOTH(sizes),
	BOTH(unknown_tail),
	BOTH(one_word),
	BOTH(bad_attr),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
