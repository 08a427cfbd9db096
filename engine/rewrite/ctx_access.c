/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Context accesses: programs see the UAPI's struct, and run on the engine's own. The program type says how one access
 * of a whole field goes; loads of a part of a field are made here: the whole field, then a shift and a mask.
 */
#include <errno.h>

#include "common/isa/insn.h"
#include "engine/rewrite/passes.h"
#include "engine/rewrite/patch.h"
#include "engine/types/prog_type.h"
#include "engine/types/sock.h"
#include "engine/verifier/insn_aux.h"

#define CONVERTED_MAX 16 /* of convert_ctx_access */

static bool is_load(const struct bpf_insn *insn)
{
	return insn_class(insn) == BPF_LDX && (BPF_MODE(insn->code) == BPF_MEM || BPF_MODE(insn->code) == BPF_MEMSX);
}

static bool is_store(const struct bpf_insn *insn)
{
	return (insn_class(insn) == BPF_ST || insn_class(insn) == BPF_STX) && BPF_MODE(insn->code) == BPF_MEM;
}

/* dst >>= bits; dst &= mask: the part of a field, `size` bytes at `at`, that was asked for. */
static u32 take_part(struct bpf_insn *out, u8 dst, u32 at, u32 size, u32 field_size)
{
	u8 class = field_size == 8 ? BPF_ALU64 : BPF_ALU;
	u32 bits = 8 * (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? at : field_size - at - size), n = 0;

	if (bits)
		out[n++] = (struct bpf_insn){.code = class | BPF_RSH | BPF_K, .dst_reg = dst, .imm = (s32)bits};
	/* A mask of 4 bytes of 8 does not fit a sign-extended immediate: the 32-bit form clears the rest. */
	out[n++] = (struct bpf_insn){
	    .code = BPF_ALU | BPF_AND | BPF_K, .dst_reg = dst, .imm = (s32)(size == 4 ? ~0U : (1U << 8 * size) - 1)};
	return n;
}

typedef u32 (*convert_fn)(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out, struct bpf_prog *prog,
			  u32 *target_size);

static int convert(struct patch_list *list, u32 at, convert_fn convert_access)
{
	struct bpf_prog *prog = list->prog;
	struct bpf_insn insn = prog->insns[at], out[CONVERTED_MAX + 3];
	u32 field = prog->aux[at].ctx_field_size, size = insn_size_bytes(insn.code), n, part = 0, target = 0;
	enum bpf_access_type access = is_store(&insn) ? BPF_WRITE : BPF_READ;
	bool narrow = field && size < field, sext = BPF_MODE(insn.code) == BPF_MEMSX;

	if (access == BPF_READ)
		insn.code = BPF_LDX | BPF_MEM | BPF_SIZE(insn.code);
	if (narrow) {
		if (access == BPF_WRITE)
			return -EINVAL;
		part = (u32)insn.off & (field - 1);
		insn.off = (s16)(insn.off - (s32)part);
		insn.code = BPF_LDX | BPF_MEM | (field == 8 ? BPF_DW : field == 4 ? BPF_W : BPF_H);
	}
	n = convert_access(access, &insn, out, prog, &target);
	if (!n || n > CONVERTED_MAX || (narrow && !target))
		return -EINVAL;
	if (narrow && size < target)
		n += take_part(out + n, insn.dst_reg, part, size, field);
	if (sext)
		out[n++] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_X,
					     .dst_reg = insn.dst_reg,
					     .src_reg = insn.dst_reg,
					     .off = (s16)(8 * size)};
	patch_replace(list, at, out, n, PATCH_KEEP_NONE);
	return 0;
}

static int rewrite_one(struct patch_list *list, u32 at)
{
	const struct bpf_insn *insn = &list->prog->insns[at];

	if (!is_load(insn) && !is_store(insn))
		return 0;
	switch (base_type(list->prog->aux[at].ptr_type)) {
	case PTR_TO_CTX:
		return list->prog->ops->convert_ctx_access ? convert(list, at, list->prog->ops->convert_ctx_access) : 0;
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
		return convert(list, at, sock_convert_access);
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
		return -EOPNOTSUPP; /* the engine has no such sockets */
	default:
		return 0;
	}
}

int rewrite_ctx_access(struct bpf_prog *prog)
{
	struct patch_list list = PATCH_LIST(prog);
	int err = 0;

	for (u32 i = 0; !err && i < prog->insn_cnt; i += insn_slots(&prog->insns[i]))
		err = rewrite_one(&list, i);
	if (err)
		list.err = err;
	return patches_apply(&list);
}
