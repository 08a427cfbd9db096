/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of bpf(2) commands with any attributes against one engine. The caller's memory is an arena of 64 KiB; addresses
 * elsewhere fault. What must hold: no crash, no leak, results within what the system call may return; once all
 * descriptors are closed and all pins removed, no object but the engine's own BTF is left.
 *
 * Input: records of a command byte (64 and up: perf_event_open, ioctl, unlink), a count byte, and that many fields of six bytes:
 * offset in words, kind, value.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/object/btf_obj.h"
#include "engine/object/table.h"
#include "engine/sys/commands.h"
#include "engine/sys/syscalls.h"
#include "fuzz.h"

#define ARENA	   0x10000U
#define ARENA_ADDR 0x100000ULL
#define MAX_FDS	   16
#define MAX_STEPS  32
#define PIN_PATH   "/pin"

static u8 arena[ARENA];
static int fds[MAX_FDS];
static u32 nr_fds;

static int arena_read(struct caller *caller, void *dst, u64 addr, size_t n)
{
	if (addr < ARENA_ADDR || addr - ARENA_ADDR > ARENA || n > ARENA - (addr - ARENA_ADDR))
		return -EFAULT;
	memcpy(dst, arena + (addr - ARENA_ADDR), n);
	return 0;
}

static int arena_write(struct caller *caller, u64 addr, const void *src, size_t n)
{
	if (addr < ARENA_ADDR || addr - ARENA_ADDR > ARENA || n > ARENA - (addr - ARENA_ADDR))
		return -EFAULT;
	memcpy(arena + (addr - ARENA_ADDR), src, n);
	return 0;
}

/* The caller's descriptors are the indices of those that it was given. */
static int arena_fd_stat(struct caller *caller, int fd, struct stat *st, int *flags)
{
	if (fd < 0 || (u32)fd >= nr_fds || fds[fd] < 0)
		return -EBADF;
	if (flags)
		*flags = fcntl(fds[fd], F_GETFL);
	return fstat(fds[fd], st) ? -errno : 0;
}

static int arena_fd_take(struct caller *caller, int fd)
{
	return fd < 0 || (u32)fd >= nr_fds || fds[fd] < 0 ? -EBADF : fcntl(fds[fd], F_DUPFD_CLOEXEC, 0);
}

static int arena_fd_give(struct caller *caller, int fd)
{
	if (nr_fds == MAX_FDS) {
		close(fd);
		return -EMFILE;
	}
	fds[nr_fds] = fd;
	return (int)nr_fds++;
}

static const struct caller_ops arena_ops = {
	.read = arena_read, .write = arena_write, .fd_stat = arena_fd_stat, .fd_take = arena_fd_take, .fd_give = arena_fd_give};

enum field_kind { FIELD_U32, FIELD_FD, FIELD_ADDR, FIELD_MEMORY, FIELD_SMALL, FIELD_KINDS };

struct step {
	u8 cmd;
	u32 size;
	union {
		union bpf_attr attr;
		u32 words[64];
	};
};

static const u8 *parse_step(const u8 *p, const u8 *end, struct step *step)
{
	u32 n;

	if (end - p < 2)
		return NULL;
	memset(step, 0, sizeof(*step));
	step->cmd = p[0];
	step->size = sizeof(step->attr);
	n = p[1] % 16;
	p += 2;
	for (; n && end - p >= 6; n--, p += 6) {
		u32 at = p[0] % 48, value;

		memcpy(&value, p + 2, sizeof(value));
		switch (p[1] % FIELD_KINDS) {
		case FIELD_U32:
			step->words[at] = value;
			break;
		case FIELD_FD:
			step->words[at] = value % MAX_FDS;
			break;
		case FIELD_ADDR: {
			u64 addr = ARENA_ADDR + value % ARENA;

			memcpy(&step->words[at], &addr, sizeof(addr));
			break;
		}
		case FIELD_MEMORY:
			memcpy(arena + p[0] * 4U, &value, sizeof(value));
			break;
		case FIELD_SMALL:
			step->words[at] = value % 64;
			break;
		}
	}
	return p;
}

/* What only costs time and memory. */
static void bound_step(struct step *step)
{
	union bpf_attr *attr = &step->attr;

	if (step->cmd == BPF_MAP_CREATE) {
		attr->max_entries %= 4096;
		attr->value_size %= 8192;
	} else if (step->cmd == BPF_PROG_TEST_RUN) {
		attr->test.repeat %= 4;
	}
}

static void run_step(struct caller *caller, struct step *step)
{
	u64 uattr = ARENA_ADDR + ARENA - 512;
	int ret;

	bound_step(step);
	arena_write(caller, uattr, step->words, sizeof(step->words));
	switch (step->cmd) {
	case 64:
		ret = sys_perf_event_open(caller, uattr, -1, 0, -1, 0);
		break;
	case 65:
		ret = sys_ioctl(caller, (int)(step->words[0] % MAX_FDS), 0x2400 + step->words[2] % 16, step->words[4]);
		break;
	case 66:
		ret = skep_engine_unlink(caller->engine, PIN_PATH);
		break;
	case 67: {
		u32 i = step->words[0] % MAX_FDS;

		if (i < nr_fds && fds[i] >= 0)
			close(fds[i]);
		if (i < nr_fds)
			fds[i] = -1;
		ret = 0;
		break;
	}
	default:
		ret = sys_bpf(caller, step->cmd % (__MAX_BPF_CMD + 2), uattr, step->size);
	}
	if (ret < -4095) {
		fprintf(stderr, "command %u answers %d\n", step->cmd, ret);
		abort();
	}
}

static void expect_empty(struct skep_engine *engine)
{
	handle_reap(engine);
	if (obj_next_id(engine, OBJ_MAP, 0) || obj_next_id(engine, OBJ_PROG, 0) || obj_next_id(engine, OBJ_LINK, 0) ||
	    obj_next_id(engine, OBJ_BTF, engine->vmlinux ? engine->vmlinux->obj.id : 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct skep_engine *engine;
	static u32 uses;
	struct caller caller = {.ops = &arena_ops, .uid = 1000, .pid = 1};
	const u8 *p = data, *end = data + size;
	struct step step;

	if (!engine)
		engine = skep_engine_new(NULL);
	if (!engine)
		return 0;
	caller.engine = engine;
	memset(arena, 0, sizeof(arena));
	memcpy(arena, PIN_PATH, sizeof(PIN_PATH));
	nr_fds = 0;
	for (int i = 0; i < MAX_STEPS && (p = parse_step(p, end, &step)); i++)
		run_step(&caller, &step);
	for (u32 i = 0; i < nr_fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pin_table_drop(engine->pins);
	expect_empty(engine);
	if (++uses % 512 == 0) {
		skep_engine_free(engine);
		engine = NULL;
	}
	return 0;
}

/* offset in words, kind, 32-bit value */
#define F(at, kind, v) at, kind, (v) & 255, ((v) >> 8) & 255, ((v) >> 16) & 255, ((u32)(v) >> 24) & 255

static const u8 hash_seed[] = {
	BPF_MAP_CREATE, 4, F(0, 0, BPF_MAP_TYPE_HASH), F(1, 0, 4), F(2, 0, 8), F(3, 0, 16),
	BPF_MAP_UPDATE_ELEM, 4, F(0, 1, 0), F(2, 2, 1024), F(4, 2, 2048), F(6, 4, 0),
	BPF_MAP_LOOKUP_ELEM, 3, F(0, 1, 0), F(2, 2, 1024), F(4, 2, 4096),
	BPF_MAP_GET_NEXT_KEY, 2, F(0, 1, 0), F(4, 2, 4096),
	BPF_OBJ_GET_INFO_BY_FD, 3, F(0, 1, 0), F(1, 0, 104), F(2, 2, 8192),
	BPF_OBJ_PIN, 2, F(0, 2, 0), F(2, 1, 0),
	BPF_OBJ_GET, 1, F(0, 2, 0),
	BPF_MAP_FREEZE, 1, F(0, 1, 1),
	BPF_MAP_DELETE_ELEM, 2, F(0, 1, 0), F(2, 2, 1024),
};
static const u8 batch_seed[] = {
	BPF_MAP_CREATE, 4, F(0, 0, BPF_MAP_TYPE_HASH), F(1, 0, 4), F(2, 0, 8), F(3, 0, 16),
	BPF_MAP_UPDATE_BATCH, 5, F(4, 2, 1024), F(6, 2, 2048), F(8, 0, 8), F(9, 1, 0), F(0, 3, 7),
	BPF_MAP_LOOKUP_BATCH, 6, F(0, 0, 0), F(2, 2, 512), F(4, 2, 4096), F(6, 2, 8192), F(8, 0, 16), F(9, 1, 0),
	BPF_MAP_LOOKUP_AND_DELETE_BATCH, 5, F(2, 2, 512), F(4, 2, 4096), F(6, 2, 8192), F(8, 0, 16), F(9, 1, 0),
	BPF_MAP_CREATE, 4, F(0, 0, BPF_MAP_TYPE_PERCPU_ARRAY), F(1, 0, 4), F(2, 0, 8), F(3, 0, 16),
	BPF_MAP_LOOKUP_BATCH, 5, F(2, 2, 512), F(4, 2, 4096), F(6, 2, 8192), F(8, 0, 16), F(9, 1, 1),
};
/* r0 = 0; exit, and its licence, at the start of the arena's second kilobyte's words that a field can reach */
static const u8 prog_seed[] = {
	BPF_PROG_LOAD, 8, F(64, 3, 0x000000b7), F(65, 3, 0), F(66, 3, 0x95), F(68, 3, 0x004c5047), F(0, 0, 1), F(1, 0, 2), F(2, 2, 256), F(4, 2, 272),
	BPF_PROG_TEST_RUN, 5, F(0, 1, 0), F(2, 0, 14), F(4, 2, 2048), F(3, 0, 64), F(6, 2, 4096),
	BPF_OBJ_GET_INFO_BY_FD, 3, F(0, 1, 0), F(1, 0, 232), F(2, 2, 8192),
	BPF_PROG_GET_NEXT_ID, 0,
	BPF_PROG_GET_FD_BY_ID, 1, F(0, 4, 1),
	BPF_RAW_TRACEPOINT_OPEN, 2, F(0, 2, 272), F(2, 1, 0),
	BPF_LINK_CREATE, 3, F(0, 1, 0), F(1, 0, 1), F(2, 0, BPF_XDP),
};
static const u8 btf_seed[] = {
	BPF_BTF_LOAD, 13, F(64, 3, 0x0001eb9f), F(65, 3, 24), F(66, 3, 0), F(67, 3, 16), F(68, 3, 16), F(69, 3, 5), F(70, 3, 1),
	F(71, 3, 0x01000000), F(72, 3, 4), F(73, 3, 0x01000020), F(74, 3, 0x746e6900), F(0, 2, 256), F(4, 0, 45),
	BPF_MAP_CREATE, 7, F(0, 0, BPF_MAP_TYPE_ARRAY), F(1, 0, 4), F(2, 0, 4), F(3, 0, 16), F(12, 1, 0), F(13, 0, 1), F(14, 0, 1),
};
static const u8 perf_seed[] = {
	64, 3, F(0, 0, 1), F(1, 0, 112), F(2, 0, 10),
	65, 3, F(0, 0, 0), F(2, 0, 0), F(4, 0, 0),
	BPF_MAP_CREATE, 4, F(0, 0, BPF_MAP_TYPE_PERF_EVENT_ARRAY), F(1, 0, 4), F(2, 0, 4), F(3, 0, 2),
	BPF_MAP_UPDATE_ELEM, 3, F(0, 1, 1), F(2, 2, 1024), F(4, 2, 2048),
	67, 1, F(0, 0, 0),
};

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_BYTES(hash_seed), FUZZ_BYTES(batch_seed), FUZZ_BYTES(prog_seed), FUZZ_BYTES(btf_seed), FUZZ_BYTES(perf_seed), {NULL, 0},
};
