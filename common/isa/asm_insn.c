/* SPDX-License-Identifier: BSD-2-Clause */
/* One statement of the assembler to one instruction, by the operators and types that insn.def gives. */
#include <stdio.h>
#include <string.h>

#include "common/isa/asm_parse.h"
#include "common/isa/disasm.h"

/* The instruction of this form and text whose code matches under mask; ISA_INVALID: there is none. */
static enum isa_op find_op(enum isa_form form, const char *text, u8 mask, u8 code)
{
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++) {
		const struct isa_op_info *info = &isa_ops[op];

		if (info->form == form && !info->rewritten && (info->code & mask) == code && strcmp(info->text, text) == 0)
			return op;
	}
	return ISA_INVALID;
}

#define CLASS_MASK 0x07
#define SIZE_MASK 0x18

static bool emit_op(struct asm_state *s, enum isa_op op, u8 dst, u8 src, s16 off, s32 imm)
{
	struct bpf_insn insn = isa_encode(op);
	u8 fields = isa_form_fields[isa_ops[op].form];

	if (op == ISA_INVALID)
		return asm_fail(s, "no such instruction");
	if (fields & ISA_D)
		insn.dst_reg = dst & 15;
	if (fields & ISA_S)
		insn.src_reg = src & 15;
	if (fields & ISA_O)
		insn.off = off;
	if (fields & ISA_I)
		insn.imm = imm;
	return asm_emit(s, insn);
}

static bool emit_imm64(struct asm_state *s, enum isa_op op, u8 dst, u64 imm)
{
	return emit_op(s, op, dst, 0, 0, (s32)(u32)imm) && asm_emit(s, insn_make(0, 0, 0, 0, (s32)(imm >> 32)));
}

/* "pc+3", or a label to be resolved later. */
static bool parse_target(struct asm_state *s, bool in_imm, s32 *value)
{
	struct asm_fixup fixup = {.insn = s->n, .in_imm = in_imm, .line = s->line};
	s64 v;

	*value = 0;
	if (asm_skip_space(s), strncmp(s->p, "pc+", 3) == 0 || strncmp(s->p, "pc-", 3) == 0) {
		s->p += 2;
		if (!asm_parse_int(s, in_imm ? INT32_MIN : INT16_MIN, in_imm ? INT32_MAX : INT16_MAX, &v))
			return false;
		*value = (s32)v;
		return true;
	}
	fixup.column = (u32)(s->p - s->line_start) + 1;
	if (!asm_word(s, &fixup.name, &fixup.name_len))
		return asm_fail(s, "expected pc+N or a label");
	return asm_add_fixup(s, fixup);
}

static bool parse_goto(struct asm_state *s, enum isa_op op)
{
	bool in_imm = op == ISA_JA32;
	s32 target;

	if (!parse_target(s, in_imm, &target))
		return false;
	return emit_op(s, op, 0, 0, in_imm ? 0 : (s16)target, target);
}

/* An operator: the longest of those that instructions of this form have. */
static bool parse_operator(struct asm_state *s, enum isa_form form, const char **text)
{
	size_t best = 0;

	asm_skip_space(s);
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++) {
		size_t len = strlen(isa_ops[op].text);

		if (isa_ops[op].form == form && len > best && strncmp(s->p, isa_ops[op].text, len) == 0) {
			best = len;
			*text = isa_ops[op].text;
		}
	}
	s->p += best;
	return best > 0 || asm_fail(s, "expected an operator");
}

static bool parse_if(struct asm_state *s)
{
	struct asm_reg left, right = {0};
	const char *text;
	u8 class;
	s64 imm = 0;
	s32 target;
	bool is_reg;

	if (!asm_parse_reg(s, &left) || !parse_operator(s, ISA_FORM_JMP_REG, &text))
		return false;
	class = left.w ? BPF_JMP32 : BPF_JMP;
	is_reg = asm_is_reg(s);
	if (is_reg ? !asm_parse_reg(s, &right) : !asm_parse_int(s, INT32_MIN, UINT32_MAX, &imm))
		return false;
	if (is_reg && right.w != left.w)
		return asm_fail(s, "both registers must be rN, or both wN");
	if (!asm_accept_word(s, "goto"))
		return asm_fail(s, "expected \"goto\"");
	if (!parse_target(s, false, &target))
		return false;
	return emit_op(s, find_op(is_reg ? ISA_FORM_JMP_REG : ISA_FORM_JMP_IMM, text, CLASS_MASK, class), left.reg, right.reg,
		       (s16)target, (s32)(u32)imm);
}

static s32 find_helper(const char *name, u32 len)
{
	const char *helper;

	if (len > 4 && strncmp(name, "bpf_", 4) == 0) {
		name += 4;
		len -= 4;
	}
	for (s32 id = 0; (helper = isa_helper_name(id)); id++)
		if (strlen(helper) == len && memcmp(helper, name, len) == 0)
			return id;
	return -1;
}

static bool word_is(const char *word, u32 len, const char *what)
{
	return strlen(what) == len && memcmp(word, what, len) == 0;
}

static bool parse_kfunc(struct asm_state *s)
{
	s64 id, off = 0;

	if (!asm_parse_int(s, INT32_MIN, INT32_MAX, &id))
		return false;
	if (asm_accept_word(s, "off") && !asm_parse_int(s, INT16_MIN, INT16_MAX, &off))
		return false;
	return emit_op(s, ISA_CALL_KFUNC, 0, 0, (s16)off, (s32)id);
}

static bool parse_call(struct asm_state *s)
{
	const char *word, *start;
	s64 id;
	u32 len;
	s32 value;

	if (asm_is_number(s))
		return asm_parse_int(s, INT32_MIN, INT32_MAX, &id) && emit_op(s, ISA_CALL_HELPER, 0, 0, 0, (s32)id);
	start = s->p;
	if (!asm_word(s, &word, &len))
		return asm_fail(s, "expected a helper, a label or pc+N");
	if (*s->p == '#') {
		s->p++;
		if (word_is(word, len, "kfunc") || word_is(word, len, "kernel-function"))
			return parse_kfunc(s);
		if (!asm_parse_int(s, INT32_MIN, INT32_MAX, &id))
			return false;
		if (!word_is(word, len, "unknown") && find_helper(word, len) != id) {
			s->p = start;
			return asm_fail(s, "helper %lld has another name", (long long)id);
		}
		return emit_op(s, ISA_CALL_HELPER, 0, 0, 0, (s32)id);
	}
	value = find_helper(word, len);
	if (value >= 0)
		return emit_op(s, ISA_CALL_HELPER, 0, 0, 0, value);
	s->p = start;
	return parse_target(s, true, &value) && emit_op(s, ISA_CALL_LOCAL, 0, 0, 0, value);
}

/* "*(u64 *)(r10 -8) = r1", after the star; "lock *(u64 *)(r1 +0) += r2". */
static bool parse_store(struct asm_state *s, bool lock)
{
	struct asm_address a;
	const char *text;
	s64 imm;
	u8 src;

	if (!asm_parse_address(s, &a))
		return false;
	if (lock)
		return parse_operator(s, ISA_FORM_ATOMIC, &text) && asm_parse_r(s, &src) &&
		       emit_op(s, find_op(ISA_FORM_ATOMIC, text, SIZE_MASK, a.size), a.reg, src, a.off, 0);
	if (!asm_expect(s, "="))
		return false;
	if (asm_is_reg(s))
		return asm_parse_r(s, &src) && emit_op(s, find_op(ISA_FORM_STX, a.type, 0, 0), a.reg, src, a.off, 0);
	return asm_parse_int(s, INT32_MIN, INT32_MAX, &imm) &&
	       emit_op(s, find_op(ISA_FORM_ST, a.type, 0, 0), a.reg, 0, a.off, (s32)imm);
}

static bool parse_store_release(struct asm_state *s)
{
	struct asm_address a;
	u8 src;

	return asm_expect(s, "(") && asm_parse_address(s, &a) && asm_expect(s, ",") && asm_parse_r(s, &src) && asm_expect(s, ")") &&
	       emit_op(s, find_op(ISA_FORM_STORE_REL, a.type, 0, 0), a.reg, src, a.off, 0);
}

/* "rN = *(u32 *)…", after the star. */
static bool parse_load(struct asm_state *s, u8 dst)
{
	const char *start = s->p, *type;
	struct asm_address a;
	u8 src;
	s64 imm;

	if (!asm_expect(s, "(") || !asm_parse_type(s, &type))
		return false;
	if (!asm_accept_word(s, "skb")) {
		s->p = start;
		return asm_parse_address(s, &a) && emit_op(s, find_op(ISA_FORM_LDX, a.type, 0, 0), dst, a.reg, a.off, 0);
	}
	if (dst != BPF_REG_0)
		return asm_fail(s, "packet loads write r0");
	if (!asm_expect(s, "["))
		return false;
	if (!asm_is_reg(s))
		return asm_parse_int(s, INT32_MIN, INT32_MAX, &imm) && asm_expect(s, "]") &&
		       emit_op(s, find_op(ISA_FORM_LD_ABS, type, 0, 0), 0, 0, 0, (s32)imm);
	return asm_parse_r(s, &src) && asm_expect(s, "+") && asm_parse_int(s, INT32_MIN, INT32_MAX, &imm) && asm_expect(s, "]") &&
	       emit_op(s, find_op(ISA_FORM_LD_IND, type, 0, 0), 0, src, 0, (s32)imm);
}

/* "rN = atomic64_fetch_add((u64 *)(r1 +0), rN)", after "atomic" or "atomic64". */
static bool parse_fetch(struct asm_state *s, u8 dst, u8 size)
{
	static const char *const words[] = {"_fetch_add", "_fetch_or", "_fetch_and", "_fetch_xor", "_xchg", "_cmpxchg"};
	struct asm_address a;
	enum isa_form form;
	u32 i = 0;
	u8 src, r0 = 0;

	while (i < ARRAY_SIZE(words) && !asm_accept_word(s, words[i]))
		i++;
	if (i == ARRAY_SIZE(words))
		return asm_fail(s, "expected fetch_add, fetch_or, fetch_and, fetch_xor, xchg or cmpxchg");
	form = i < 4 ? ISA_FORM_FETCH : i == 4 ? ISA_FORM_XCHG : ISA_FORM_CMPXCHG;
	if (!asm_expect(s, "(") || !asm_parse_address(s, &a) || !asm_expect(s, ","))
		return false;
	if (form == ISA_FORM_CMPXCHG && (!asm_parse_r(s, &r0) || !asm_expect(s, ",")))
		return false;
	if (!asm_parse_r(s, &src) || !asm_expect(s, ")"))
		return false;
	if (form == ISA_FORM_CMPXCHG ? r0 != BPF_REG_0 || dst != BPF_REG_0 : src != dst)
		return asm_fail(s, form == ISA_FORM_CMPXCHG ? "cmpxchg compares with r0 and returns in r0"
							      : "the old value goes into the source register");
	if (a.size != size || a.type[0] != 'u')
		return asm_fail(s, "the type does not match the operation");
	return emit_op(s, find_op(form, words[i] + (i < 4 ? 7 : 1), SIZE_MASK, size), a.reg, src, a.off, 0);
}

static bool parse_load_acquire(struct asm_state *s, u8 dst)
{
	struct asm_address a;

	return asm_expect(s, "(") && asm_parse_address(s, &a) && asm_expect(s, ")") &&
	       emit_op(s, find_op(ISA_FORM_LOAD_ACQ, a.type, 0, 0), dst, a.reg, a.off, 0);
}

static bool parse_cast(struct asm_state *s, u8 dst)
{
	s64 to, from;
	u8 src;

	return asm_expect(s, "(") && asm_parse_r(s, &src) && asm_expect(s, ",") && asm_parse_int(s, 0, 65535, &to) &&
	       asm_expect(s, ",") && asm_parse_int(s, 0, 65535, &from) && asm_expect(s, ")") &&
	       emit_op(s, ISA_ADDR_SPACE_CAST, dst, src, 0, (s32)(u32)(to << 16 | from));
}

/* "map[name]" or "map[name][0]+8", after "map[". */
static bool parse_map_name(struct asm_state *s, u8 dst)
{
	const char *name, *start = s->p;
	char copy[64];
	s64 off = 0;
	u32 len;
	int fd;

	if (!asm_word(s, &name, &len) || len >= sizeof(copy))
		return asm_fail(s, "expected the name of a map");
	memcpy(copy, name, len);
	copy[len] = 0;
	fd = s->opts && s->opts->map ? s->opts->map(s->opts->ctx, copy) : -1;
	if (fd < 0) {
		s->p = start;
		return asm_fail(s, "no map named %s", copy);
	}
	if (!asm_expect(s, "]"))
		return false;
	if (!asm_accept(s, "[0]"))
		return emit_imm64(s, ISA_LD_MAP_FD, dst, (u32)fd);
	if (asm_accept(s, "+") && !asm_parse_int(s, 0, UINT32_MAX, &off))
		return false;
	return emit_imm64(s, ISA_LD_MAP_VALUE, dst, (u32)fd | (u64)off << 32);
}

/* "map_fd 3", "map_value 3+8", "func name", … after the word. */
static bool parse_special_imm64(struct asm_state *s, enum isa_op op, u8 dst)
{
	s64 low, off = 0;
	s32 target;

	if (op == ISA_LD_FUNC)
		return parse_target(s, true, &target) && emit_imm64(s, op, dst, (u32)target);
	if (!asm_parse_int(s, INT32_MIN, UINT32_MAX, &low))
		return false;
	if (asm_accept(s, "+") && !asm_parse_int(s, 0, UINT32_MAX, &off))
		return false;
	return emit_imm64(s, op, dst, (u32)low | (u64)off << 32);
}

/* Whether the word at the cursor is `name` and a width: le16. */
static bool accept_end(struct asm_state *s, const char *name, u32 bits)
{
	char word[16];

	snprintf(word, sizeof(word), "%s%u", name, bits);
	return asm_accept_word(s, word);
}

/* Words that may follow "rN = ": sets *done when one did, and returns its success. */
static bool parse_word_value(struct asm_state *s, u8 dst, bool *done)
{
	*done = true;
	asm_skip_space(s);
	if (asm_accept_word(s, "load_acquire"))
		return parse_load_acquire(s, dst);
	if (asm_accept_word(s, "addr_space_cast"))
		return parse_cast(s, dst);
	if (strncmp(s->p, "atomic64_", 9) == 0)
		return s->p += 8, parse_fetch(s, dst, BPF_DW);
	if (strncmp(s->p, "atomic_", 7) == 0)
		return s->p += 6, parse_fetch(s, dst, BPF_W);
	if (asm_accept(s, "map["))
		return parse_map_name(s, dst);
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++) {
		u8 reg;

		if (isa_ops[op].form == ISA_FORM_LD_IMM64 && op != ISA_LD_IMM64 && asm_accept_word(s, isa_ops[op].text))
			return parse_special_imm64(s, op, dst);
		if (isa_ops[op].form == ISA_FORM_END && accept_end(s, isa_ops[op].text, isa_ops[op].sel))
			return asm_parse_r(s, &reg) && (reg == dst || asm_fail(s, "swaps the bytes of one register")) &&
			       emit_op(s, op, dst, 0, 0, 0);
	}
	*done = false;
	return true;
}

static bool same_width(struct asm_state *s, struct asm_reg a, struct asm_reg b)
{
	return a.w == b.w || asm_fail(s, "both registers must be rN, or both wN");
}

/* "rN = (s8)rM" */
static bool parse_movsx(struct asm_state *s, struct asm_reg dst)
{
	static const char *const types[] = {"s8", "s16", "s32"};
	struct asm_reg src;

	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		if (asm_accept_word(s, types[i]))
			return asm_expect(s, ")") && asm_parse_reg(s, &src) && same_width(s, dst, src) &&
			       emit_op(s, find_op(ISA_FORM_MOVSX, types[i], CLASS_MASK, dst.w ? BPF_ALU : BPF_ALU64), dst.reg,
				       src.reg, 0, 0);
	return asm_fail(s, "expected s8, s16 or s32");
}

/* "rN = 5" is a move, "rN = 0x5" and "rN = 5 ll" are 64-bit immediates. */
static bool parse_number_value(struct asm_state *s, u8 dst)
{
	const char *start = s->p;
	struct asm_number n;

	if (!asm_parse_number(s, &n))
		return false;
	if (asm_accept_word(s, "ll") || n.hex)
		return emit_imm64(s, ISA_LD_IMM64, dst, n.value);
	if ((s64)n.value != (s32)n.value || (!n.negative && n.value > INT32_MAX)) {
		s->p = start;
		return asm_fail(s, "does not fit 32 bits: a 64-bit immediate is written in hexadecimal, or with ll behind it");
	}
	return emit_op(s, ISA_MOV64_IMM, dst, 0, 0, (s32)n.value);
}

/* "rN = -rN" */
static bool parse_neg(struct asm_state *s, struct asm_reg dst)
{
	struct asm_reg src;

	if (!asm_parse_reg(s, &src) || !same_width(s, dst, src))
		return false;
	if (src.reg != dst.reg)
		return asm_fail(s, "negates one register");
	return emit_op(s, dst.w ? ISA_NEG32 : ISA_NEG64, dst.reg, 0, 0, 0);
}

static bool parse_alu(struct asm_state *s, struct asm_reg dst, const char *text)
{
	u8 class = dst.w ? BPF_ALU : BPF_ALU64;
	struct asm_reg src;
	s64 imm;

	if (asm_is_reg(s))
		return asm_parse_reg(s, &src) && same_width(s, dst, src) &&
		       emit_op(s, find_op(ISA_FORM_ALU_REG, text, CLASS_MASK, class), dst.reg, src.reg, 0, 0);
	return asm_parse_int(s, INT32_MIN, dst.w ? UINT32_MAX : INT32_MAX, &imm) &&
	       emit_op(s, find_op(ISA_FORM_ALU_IMM, text, CLASS_MASK, class), dst.reg, 0, 0, (s32)(u32)imm);
}

/* Everything that starts with a register. */
static bool parse_assignment(struct asm_state *s)
{
	struct asm_reg dst;
	const char *text;
	bool done;

	if (!asm_parse_reg(s, &dst) || !parse_operator(s, ISA_FORM_ALU_REG, &text))
		return false;
	if (strcmp(text, "=") != 0)
		return parse_alu(s, dst, text);
	asm_skip_space(s);
	if (s->p[0] == '-' && (s->p[1] == 'r' || s->p[1] == 'w'))
		return s->p++, parse_neg(s, dst);
	if (asm_accept(s, "("))
		return parse_movsx(s, dst);
	if (asm_is_reg(s) || dst.w)
		return parse_alu(s, dst, text);
	if (asm_accept(s, "*"))
		return parse_load(s, dst.reg);
	if (asm_is_number(s))
		return parse_number_value(s, dst.reg);
	if (!parse_word_value(s, dst.reg, &done))
		return false;
	return done || asm_fail(s, "expected a value");
}

/* ".insn CODE DST SRC OFF IMM": a slot as it is, for encodings that have no text. */
static bool parse_raw(struct asm_state *s)
{
	s64 code, dst, src, off, imm;

	return asm_parse_int(s, 0, 255, &code) && asm_parse_int(s, 0, 15, &dst) && asm_parse_int(s, 0, 15, &src) &&
	       asm_parse_int(s, INT16_MIN, INT16_MAX, &off) && asm_parse_int(s, INT32_MIN, UINT32_MAX, &imm) &&
	       asm_emit(s, insn_make((u8)code, (u8)dst, (u8)src, (s16)off, (s32)(u32)imm));
}

bool asm_statement(struct asm_state *s)
{
	if (asm_is_reg(s))
		return parse_assignment(s);
	if (asm_accept_word(s, "if"))
		return parse_if(s);
	if (asm_accept_word(s, "goto"))
		return parse_goto(s, ISA_JA);
	if (asm_accept_word(s, "gotol"))
		return parse_goto(s, ISA_JA32);
	if (asm_accept_word(s, "may_goto"))
		return parse_goto(s, ISA_MAY_GOTO);
	if (asm_accept_word(s, "call"))
		return parse_call(s);
	if (asm_accept_word(s, "exit"))
		return emit_op(s, ISA_EXIT, 0, 0, 0, 0);
	if (asm_accept_word(s, "lock"))
		return asm_expect(s, "*") && parse_store(s, true);
	if (asm_accept_word(s, "store_release"))
		return parse_store_release(s);
	if (asm_accept_word(s, ".insn"))
		return parse_raw(s);
	if (asm_accept(s, "*"))
		return parse_store(s, false);
	return asm_fail(s, "expected an instruction");
}
