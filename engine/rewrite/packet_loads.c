/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The legacy packet loads (RFC 9669, section 5.5): r0 = the 1, 2 or 4 bytes at an offset of the packet whose context is
 * r6, in host order; where the packet ends before, the function returns 0. They become calls of skb_load().
 */
#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>

#include "common/isa/insn.h"
#include "engine/rewrite/calls.h"
#include "engine/rewrite/passes.h"
#include "engine/rewrite/patch.h"
#include "engine/types/skb.h"

/* The bytes at an offset that a classic filter would give: from the start of the packet, or below zero from the network
 * or link header. NULL: not all in the packet. */
static const u8 *skb_bytes(const struct sk_buff *skb, s32 off, u32 size)
{
	const u8 *from = skb->data, *tail = skb->data + skb->len, *at;
	s64 rel = off;

	if (off < 0 && off >= SKF_NET_OFF) {
		from = skb->head + skb->network_header;
		rel -= SKF_NET_OFF;
	} else if (off < 0 && off >= SKF_LL_OFF) {
		from = skb->head + skb->mac_header;
		rel -= SKF_LL_OFF;
	} else if (off < 0) {
		return NULL;
	}
	if (rel > tail - from || size > tail - from - rel)
		return NULL;
	at = from + rel;
	return at >= skb->head ? at : NULL;
}

static u64 skb_load(u64 ctx, u64 off, u64 size, u64 r4, u64 r5)
{
	const struct bpf_skb *skb = ctx_to_skb(u64_to_ptr(ctx));
	const u8 *at = skb_bytes(&skb->skb, (s32)off, (u32)size);
	u8 bytes[4] = {0};
	u32 v;

	if (!at || size > sizeof(bytes))
		return (u64)-EFAULT;
	memcpy(bytes + sizeof(bytes) - size, at, size);
	memcpy(&v, bytes, sizeof(v));
	return be32toh(v);
}

#define MOV64_REG(dst, src)                                                                                            \
	{                                                                                                              \
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = dst, .src_reg = src                                    \
	}
#define MOV32_REG(dst, src)                                                                                            \
	{                                                                                                              \
		.code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = dst, .src_reg = src                                      \
	}
#define ALU32_IMM(op, dst, v)                                                                                          \
	{                                                                                                              \
		.code = BPF_ALU | BPF_K | (op), .dst_reg = dst, .imm = v                                               \
	}

static bool is_packet_load(const struct bpf_insn *insn)
{
	return insn_class(insn) == BPF_LD && (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND);
}

/*
 * w2 = offset; r1 = r6; w3 = size; call skb_load; if r0 s>= 0 goto out; w0 = 0; exit; out:
 */
static int rewrite_one(struct patch_list *list, u32 at)
{
	const struct bpf_insn *insn = &list->prog->insns[at];
	int index = call_target(list->prog, skb_load, 0, false);
	bool indirect = BPF_MODE(insn->code) == BPF_IND;
	const struct bpf_insn code[] = {
	    MOV32_REG(BPF_REG_2, insn->src_reg),
	    ALU32_IMM(indirect ? BPF_ADD : BPF_MOV, BPF_REG_2, insn->imm),
	    MOV64_REG(BPF_REG_1, BPF_REG_6),
	    ALU32_IMM(BPF_MOV, BPF_REG_3, (s32)insn_size_bytes(insn->code)),
	    {.code = BPF_JMP | BPF_CALL, .imm = index},
	    {.code = BPF_JMP | BPF_JSGE | BPF_K, .dst_reg = BPF_REG_0, .off = 2},
	    ALU32_IMM(BPF_MOV, BPF_REG_0, 0),
	    {.code = BPF_JMP | BPF_EXIT},
	};

	if (index < 0)
		return index;
	patch_replace(list, at, code + !indirect, ARRAY_SIZE(code) - !indirect, PATCH_KEEP_NONE);
	return 0;
}

int rewrite_packet_loads(struct bpf_prog *prog)
{
	struct patch_list list = PATCH_LIST(prog);
	int err = 0;

	for (u32 i = 0; !err && i < prog->insn_cnt; i += insn_slots(&prog->insns[i]))
		if (is_packet_load(&prog->insns[i]))
			err = rewrite_one(&list, i);
	if (err)
		list.err = err;
	return patches_apply(&list);
}
