/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transfer functions of arithmetic over the bit width (width.h). One function per operation on a view (bits and bounds
 * of one width), so that the whole register, its low half and the 32-bit form of an instruction share it.
 */
#ifndef SKEP_SCALAR_ALU_H
#define SKEP_SCALAR_ALU_H

#include <linux/bpf.h>

#include "engine/verifier/values/width.h"

width_inline struct tnum alu_bits(u8 op, struct tnum a, struct tnum b, unsigned w)
{
	u8 n = (u8)(b.value & 63);

	switch (op) {
	case BPF_ADD:
		return tnum_zext(tnum_add(a, b), w);
	case BPF_SUB:
		return tnum_zext(tnum_sub(a, b), w);
	case BPF_MUL:
		return tnum_zext(tnum_mul(a, b), w);
	case BPF_AND:
		return tnum_and(a, b);
	case BPF_OR:
		return tnum_or(a, b);
	case BPF_XOR:
		return tnum_xor(a, b);
	case BPF_LSH:
		return tnum_zext(tnum_lsh(a, n), w);
	case BPF_RSH:
		return tnum_rsh(a, n);
	case BPF_ARSH:
		return tnum_zext(tnum_arsh(tnum_sext(a, w), n, 64), w);
	default:
		return (struct tnum){0, width_umax(w)};
	}
}

/* `bits` is the result's tnum at this width. */
width_inline struct range alu_range(u8 op, struct range a, struct range b, struct tnum bits, unsigned w)
{
	switch (op) {
	case BPF_ADD:
		return range_add(a, b, w);
	case BPF_SUB:
		return range_sub(a, b, w);
	case BPF_MUL:
		return range_mul(a, b, w);
	case BPF_AND:
		return range_and(a, b, bits, w);
	case BPF_OR:
		return range_or(a, b, bits, w);
	case BPF_XOR:
		return range_xor(a, b, bits, w);
	case BPF_LSH:
		return range_lsh(a, b.umin, w);
	case BPF_RSH:
		return range_rsh(a, b.umin, w);
	case BPF_ARSH:
		return range_arsh(a, b.umin, w);
	default:
		return range_full(w);
	}
}

/* Whether the operation is followed. `w` is the register's width even for a 32-bit operation. */
width_inline bool alu_tracked(u8 op, bool full, struct scalar src, unsigned w)
{
	switch (op) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
	case BPF_NEG:
		return true;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		if (full)
			return tnum_is_const(src.var) && src.var.value < w;
		return tnum_is_const(width_low(src.var, w)) && src.r.umax < w / 2;
	default:
		return false;
	}
}

/* The low half after an operation on the whole: the same operation on the low halves, but right shifts bring in upper
 * bits. */
width_inline struct range alu_low(u8 op, struct scalar dst, struct scalar src, struct tnum bits, unsigned w)
{
	struct range a = range_of32(dst.w);

	if (op == BPF_RSH || op == BPF_ARSH)
		return range_full(w / 2);
	if (op == BPF_LSH)
		return range_lsh(a, src.r.umin, w / 2);
	return alu_range(op, a, range_of32(src.w), width_low(bits, w), w / 2);
}

width_inline struct scalar alu_full(u8 op, struct scalar dst, struct scalar src, unsigned w)
{
	unsigned h = w / 2;
	struct scalar res;

	res.var = alu_bits(op, dst.var, src.var, w);
	res.r = alu_range(op, dst.r, src.r, res.var, w);
	res.w = range_to32(alu_low(op, dst, src, res.var, w));
	if (op == BPF_LSH && src.r.umin == h) /* the low half becomes the upper one, with its sign */
		res.r = range_clamp_s(res.r, (s64)((u64)(s64)dst.w.smin << h), (s64)((u64)(s64)dst.w.smax << h));
	return width_sync(res, w);
}

width_inline struct scalar alu_half(u8 op, struct scalar dst, struct scalar src, unsigned w)
{
	struct view a = view_low(dst, w), b = view_low(src, w);
	struct scalar res = width_unknown(w);

	res.var = alu_bits(op, a.bits, b.bits, w / 2);
	res.w = range_to32(alu_range(op, a.r, b.r, res.var, w / 2));
	return width_zext_low(res, w);
}

width_inline struct scalar width_alu(u8 op, bool full, struct scalar dst, struct scalar src, unsigned w)
{
	if (!alu_tracked(op, full, src, w))
		return width_unknown(w);
	if (op == BPF_NEG) {
		src = dst;
		dst = width_const(0, w);
		op = BPF_SUB;
	} else if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH) {
		src = width_const(full ? src.var.value : width_low(src.var, w).value, w);
	}
	return full ? alu_full(op, dst, src, w) : alu_half(op, dst, src, w);
}

/* A pointer's offset has no half-width views. */
width_inline struct scalar width_ptr_alu(u8 op, struct scalar ptr, struct scalar off, unsigned w)
{
	struct scalar res;
	struct range a = ptr.r, b = off.r;
	bool sub = op == BPF_SUB;

	res.var = alu_bits(op, ptr.var, off.var, w);
	res.r = sub ? range_sub(a, b, w) : range_add(a, b, w);
	res.w = range_to32(range_full(w / 2));
	return width_sync(res, w);
}

#endif
