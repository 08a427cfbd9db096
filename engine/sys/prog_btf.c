/* SPDX-License-Identifier: BSD-2-Clause */
/* PROG_LOAD: BTF, func_info and line_info, copied from the caller and checked against the program's layout. */
#include <limits.h>
#include <stdlib.h>

#include "engine/object/btf_obj.h"
#include "engine/sys/commands.h"
#include "engine/sys/prog_load.h"

#define INFO_REC_MAX 252

/* Starts of the program's functions, sorted; NULL with errno. A call out of the program makes *count 0: the verifier refuses it. */
static u32 *subprog_starts(const struct bpf_prog *prog, u32 *count)
{
	u8 *is_start = calloc(prog->insn_cnt, 1);
	u32 *starts = NULL, n = 1;

	if (!is_start)
		return NULL;
	is_start[0] = 1;
	for (u32 i = 0; i < prog->insn_cnt; i++) {
		const struct bpf_insn *insn = &prog->insns[i];
		bool wide = insn->code == (BPF_LD | BPF_IMM | BPF_DW);
		s64 target;

		if (!(insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL) &&
		    !(wide && insn->src_reg == BPF_PSEUDO_FUNC)) {
			i += wide;
			continue;
		}
		target = (s64)i + insn->imm + 1;
		if (target < 0 || target >= prog->insn_cnt) {
			n = 0;
			break;
		}
		n += !is_start[target];
		is_start[target] = 1;
		i += wide;
	}
	starts = reallocarray(NULL, n ? n : 1, sizeof(*starts));
	if (starts && n)
		for (u32 i = 0, s = 0; i < prog->insn_cnt; i++)
			if (is_start[i])
				starts[s++] = i;
	free(is_start);
	*count = n;
	return starts;
}

/* The caller's records, cut or extended to our size; bytes that we do not know must be zero. NULL with errno. */
static void *copy_records(struct caller *caller, u64 addr, u32 count, u32 rec_size, u32 our_size, bool *tail)
{
	u8 *records = calloc(count, our_size);
	int err = 0;

	*tail = false;
	if (!records)
		return NULL;
	for (u32 i = 0; i < count && !err; i++) {
		u64 at = addr + (u64)i * rec_size;

		err = check_tail_zero(caller, at, our_size, rec_size);
		*tail = err == -E2BIG;
		if (!err)
			err = copy_from_caller(caller, records + (size_t)i * our_size, at, min_of(rec_size, our_size));
	}
	if (!err)
		return records;
	free(records);
	errno = -err;
	return NULL;
}

static int check_func_info(const struct bpf_prog *prog, const u32 *starts, u32 i, struct verifier_log *log)
{
	const struct bpf_func_info *f = &prog->func_info[i];
	const struct btf_type *t, *proto;

	if (!i && f->insn_off) {
		verifier_log(log, "nonzero insn_off %u for the first func info record", f->insn_off);
		return -EINVAL;
	}
	if (i && f->insn_off <= f[-1].insn_off) {
		verifier_log(log, "same or smaller insn offset (%u) than previous func info record (%u)", f->insn_off,
			    f[-1].insn_off);
		return -EINVAL;
	}
	t = btf_type(prog->btf->btf, f->type_id);
	if (!t || btf_kind(t) != BTF_KIND_FUNC) {
		verifier_log(log, "invalid type id %d in func info", (int)f->type_id);
		return -EINVAL;
	}
	proto = btf_type(prog->btf->btf, t->type);
	if (!proto || btf_kind(proto) != BTF_KIND_FUNC_PROTO)
		return -EINVAL;
	return 0;
}

static int load_func_info(struct bpf_prog *prog, struct caller *caller, const union bpf_attr *attr, u64 uattr,
			  const u32 *starts, u32 nr_starts, struct verifier_log *log)
{
	u32 size = attr->func_info_rec_size, n = attr->func_info_cnt;
	bool tail;

	if (!n)
		return 0;
	if (nr_starts && n != nr_starts) {
		verifier_log(log, "number of funcs in func_info doesn't match number of subprogs\n");
		return -EINVAL;
	}
	if (size < sizeof(struct bpf_func_info) || size > INFO_REC_MAX || size % sizeof(u32)) {
		verifier_log(log, "invalid func info rec size %u\n", size);
		return -EINVAL;
	}
	if (n > prog->insn_cnt)
		return -EINVAL;
	prog->func_info = copy_records(caller, attr->func_info, n, size, sizeof(*prog->func_info), &tail);
	if (!prog->func_info) {
		int err = -errno;

		if (tail) {
			verifier_log(log, "nonzero tailing record in func info");
			if (put_attr(caller, uattr, func_info_rec_size, sizeof(struct bpf_func_info)))
				err = -EFAULT;
		}
		return err;
	}
	prog->func_info_cnt = n;
	for (u32 i = 0; i < n; i++) {
		int err = check_func_info(prog, starts, i, log);

		if (err)
			return err;
		if (nr_starts && starts[i] != prog->func_info[i].insn_off) {
			verifier_log(log, "func_info BTF section doesn't match subprog layout in BPF program\n");
			return -EINVAL;
		}
	}
	return 0;
}

static int check_line_info(const struct bpf_prog *prog, u32 i, struct verifier_log *log)
{
	const struct bpf_line_info *l = &prog->line_info[i];
	u32 prev = i ? l[-1].insn_off : 0;

	if ((i && l->insn_off <= prev) || l->insn_off >= prog->insn_cnt) {
		verifier_log(log, "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n", i, l->insn_off, prev,
			    prog->insn_cnt);
		return -EINVAL;
	}
	if (!prog->insns[l->insn_off].code) {
		verifier_log(log, "Invalid insn code at line_info[%u].insn_off\n", i);
		return -EINVAL;
	}
	if (!btf_str(prog->btf->btf, l->line_off) || !btf_str(prog->btf->btf, l->file_name_off)) {
		verifier_log(log, "Invalid line_info[%u].line_off or .file_name_off\n", i);
		return -EINVAL;
	}
	return 0;
}

static int load_line_info(struct bpf_prog *prog, struct caller *caller, const union bpf_attr *attr, u64 uattr,
			  const u32 *starts, u32 nr_starts, struct verifier_log *log)
{
	u32 size = attr->line_info_rec_size, n = attr->line_info_cnt, s = 0;
	bool tail;

	if (!n)
		return 0;
	if (n > INT_MAX / sizeof(struct bpf_line_info) || size < sizeof(struct bpf_line_info) || size > INFO_REC_MAX ||
	    size % sizeof(u32))
		return -EINVAL;
	/* Offsets ascend, so a longer list is refused at the latest here; the copy stays within the program's size. */
	prog->line_info = copy_records(caller, attr->line_info, min_of(n, prog->insn_cnt + 1), size, sizeof(*prog->line_info),
				       &tail);
	if (!prog->line_info) {
		int err = -errno;

		if (tail) {
			verifier_log(log, "nonzero tailing record in line_info");
			if (put_attr(caller, uattr, line_info_rec_size, sizeof(struct bpf_line_info)))
				err = -EFAULT;
		}
		return err;
	}
	prog->line_info_cnt = n;
	for (u32 i = 0; i < n; i++) {
		int err = check_line_info(prog, i, log);

		if (err)
			return err;
		if (s >= nr_starts)
			continue;
		if (prog->line_info[i].insn_off == starts[s]) {
			s++;
		} else if (starts[s] < prog->line_info[i].insn_off) {
			verifier_log(log, "missing bpf_line_info for func#%u\n", s);
			return -EINVAL;
		}
	}
	if (s != nr_starts) {
		verifier_log(log, "missing bpf_line_info for %u funcs starting from func#%u\n", nr_starts - s, s);
		return -EINVAL;
	}
	return 0;
}

int prog_load_btf(struct bpf_prog *prog, struct caller *caller, const union bpf_attr *attr, u64 uattr, u32 size,
		  struct verifier_log *log)
{
	_cleanup_free_ u32 *starts = NULL;
	struct obj *obj;
	u32 nr_starts;
	int err;

	if (attr->core_relo_cnt)
		return -EOPNOTSUPP;
	if (!attr->func_info_cnt && !attr->line_info_cnt)
		return 0;
	obj = handle_obj(caller, (int)attr->prog_btf_fd, OBJ_BTF, NULL);
	if (!obj)
		return -errno;
	prog->btf = obj_to_btf(obj);
	if (prog->btf->kernel)
		return -EACCES;
	starts = subprog_starts(prog, &nr_starts);
	if (!starts)
		return -ENOMEM;
	err = load_func_info(prog, caller, attr, uattr, starts, nr_starts, log);
	return err ? err : load_line_info(prog, caller, attr, uattr, starts, nr_starts, log);
}
