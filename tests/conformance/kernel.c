/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/isa/insn_macros.h"

static int bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : (int)ret;
}

static int make_map(u32 value_size)
{
	union bpf_attr attr = {0};

	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = value_size;
	attr.max_entries = 1;
	return bpf(BPF_MAP_CREATE, &attr);
}

static int element(int cmd, int map, void *value)
{
	union bpf_attr attr = {0};
	u32 key = 0;

	attr.map_fd = (u32)map;
	attr.key = ptr_to_u64(&key);
	attr.value = ptr_to_u64(value);
	return bpf(cmd, &attr);
}

static int load(const struct bpf_insn *insns, u32 n, char *log, u32 log_size)
{
	union bpf_attr attr = {0};

	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = n;
	attr.license = ptr_to_u64("GPL");
	attr.log_level = log ? 1 : 0;
	attr.log_buf = ptr_to_u64(log);
	attr.log_size = log_size;
	return bpf(BPF_PROG_LOAD, &attr);
}

static int test_run(int prog, u32 repeat, u32 *ns)
{
	union bpf_attr attr = {0};
	u8 packet[64] = {0};
	int err;

	attr.test.prog_fd = (u32)prog;
	attr.test.data_in = ptr_to_u64(packet);
	attr.test.data_size_in = sizeof(packet);
	attr.test.repeat = repeat;
	err = bpf(BPF_PROG_TEST_RUN, &attr);
	*ns = attr.test.duration;
	return err;
}

bool kernel_available(void)
{
	const struct bpf_insn nothing[] = {BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN()};
	int fd = load(nothing, 2, NULL, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* The case behind a main that gives it its memory and stores its whole r0. */
static struct bpf_insn *wrap(const struct conformance_case *c, int mem_map, int result_map, u32 *n)
{
	const struct bpf_insn with_memory[] = {BPF_LD_MAP_VALUE(1, mem_map, 0), BPF_MOV64_IMM(2, (s32)c->mem_len)};
	const struct bpf_insn without[] = {BPF_MOV64_IMM(1, 0), BPF_MOV64_IMM(2, 0), BPF_MOV64_IMM(3, 0)};
	const struct bpf_insn rest[] = {
		BPF_CALL_REL(5), BPF_LD_MAP_VALUE(1, result_map, 0), BPF_STX_MEM(BPF_DW, 1, 0, 0), BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN(),
	};
	struct bpf_insn *insns = calloc(3 + ARRAY_SIZE(rest) + c->n, sizeof(*insns));

	if (!insns)
		abort();
	memcpy(insns, c->mem_len ? with_memory : without, sizeof(without));
	memcpy(insns + 3, rest, sizeof(rest));
	memcpy(insns + 3 + ARRAY_SIZE(rest), c->insns, c->n * sizeof(*insns));
	*n = 3 + ARRAY_SIZE(rest) + c->n;
	return insns;
}

static int run(const struct conformance_case *c, u8 *mem, u32 repeat, u64 *r0, u32 *ns, char *log, u32 log_size)
{
	int mem_map = make_map(c->mem_len ? c->mem_len : 8), result_map = make_map(8), prog = -1, err = -ENOMEM;
	struct bpf_insn *insns;
	u32 n;

	if (mem_map < 0 || result_map < 0)
		goto out;
	insns = wrap(c, mem_map, result_map, &n);
	err = prog = load(insns, n, log, log_size);
	free(insns);
	if (prog < 0)
		goto out;
	if (log)
		log[0] = 0;
	err = c->mem_len ? element(BPF_MAP_UPDATE_ELEM, mem_map, mem) : 0;
	if (!err)
		err = test_run(prog, repeat, ns);
	if (!err && c->mem_len)
		err = element(BPF_MAP_LOOKUP_ELEM, mem_map, mem);
	if (!err)
		err = element(BPF_MAP_LOOKUP_ELEM, result_map, r0);
out:
	if (prog >= 0)
		close(prog);
	if (mem_map >= 0)
		close(mem_map);
	if (result_map >= 0)
		close(result_map);
	return err;
}

int kernel_run(const struct conformance_case *c, u8 *mem, u64 *r0, char *log, u32 log_size)
{
	u32 ns;

	log[0] = 0;
	return run(c, mem, 1, r0, &ns, log, log_size);
}

int kernel_time(const struct conformance_case *c, u32 repeat, u32 *ns)
{
	u8 *mem = calloc(1, c->mem_len + 1);
	u64 r0;
	int err;

	if (!mem)
		return -ENOMEM;
	if (c->mem_len)
		memcpy(mem, c->mem, c->mem_len);
	err = run(c, mem, repeat, &r0, ns, NULL, 0);
	free(mem);
	return err;
}
