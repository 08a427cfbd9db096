/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/isa/disasm.h"

static const char *const helper_names[] = {
#define BPF_HELPER(name, id, ret, params) [id] = #name,
#include "common/uapi/helpers.def"
#undef BPF_HELPER
};

const char *isa_helper_name(s32 id)
{
	if (id == 0)
		return "unspec";
	return id > 0 && (size_t)id < ARRAY_SIZE(helper_names) ? helper_names[id] : NULL;
}

/* Type that an access of this size is shown with. */
static const char *access_type(u8 code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:
		return "u8";
	case BPF_H:
		return "u16";
	case BPF_W:
		return "u32";
	default:
		return "u64";
	}
}

static void show_address(struct strbuf *sb, const char *type, u8 reg, s16 off)
{
	strbuf_addf(sb, "(%s *)(r%d %+d)", type, reg, off);
}

/* "if r1 == " */
static void show_condition(struct strbuf *sb, const struct bpf_insn *insn, const struct isa_op_info *info)
{
	char r = insn_class(insn) == BPF_JMP32 ? 'w' : 'r';

	strbuf_addf(sb, "if %c%d %s ", r, insn->dst_reg, info->text);
	if (info->form == ISA_FORM_JMP_REG)
		strbuf_addf(sb, "%c%d", r, insn->src_reg);
	else
		strbuf_addf(sb, "0x%x", (u32)insn->imm);
	strbuf_addf(sb, " goto pc%+d", insn->off);
}

static void show_call(struct strbuf *sb, const struct bpf_insn *insn, const struct disasm_opts *opts)
{
	const char *helper = isa_helper_name(insn->imm);

	strbuf_adds(sb, "call ");
	if (opts && opts->call && opts->call(opts->ctx, sb, insn))
		return;
	if (insn->src_reg == BPF_PSEUDO_CALL)
		strbuf_addf(sb, "pc%+d", insn->imm);
	else if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		strbuf_addf(sb, "kernel-function#%d", insn->imm);
	else if (insn->src_reg == 0 && helper)
		strbuf_addf(sb, "bpf_%s#%d", helper, insn->imm);
	else
		strbuf_addf(sb, "unknown#%d", insn->imm);
}

static void show_imm64(struct strbuf *sb, const struct bpf_insn *insn, const struct disasm_opts *opts)
{
	u64 imm = insn_imm64(insn);

	strbuf_addf(sb, "r%d = ", insn->dst_reg);
	if (opts && opts->imm64 && opts->imm64(opts->ctx, sb, insn, imm))
		return;
	strbuf_addf(sb, "0x%llx", imm);
}

static void show_atomic(struct strbuf *sb, const struct bpf_insn *insn, const struct isa_op_info *info)
{
	const char *width = BPF_SIZE(insn->code) == BPF_DW ? "64" : "", *type = access_type(insn->code);
	int src = insn->src_reg;

	switch (info->form) {
	case ISA_FORM_ATOMIC:
		strbuf_adds(sb, "lock *");
		show_address(sb, type, insn->dst_reg, insn->off);
		strbuf_addf(sb, " %s r%d", info->text, src);
		break;
	case ISA_FORM_CMPXCHG:
		strbuf_addf(sb, "r0 = atomic%s_cmpxchg(", width);
		show_address(sb, type, insn->dst_reg, insn->off);
		strbuf_addf(sb, ", r0, r%d)", src);
		break;
	default:
		strbuf_addf(sb, "r%d = atomic%s_%s%s(", src, width, info->form == ISA_FORM_FETCH ? "fetch_" : "", info->text);
		show_address(sb, type, insn->dst_reg, insn->off);
		strbuf_addf(sb, ", r%d)", src);
		break;
	}
}

static void show_alu(struct strbuf *sb, const struct bpf_insn *insn, const struct isa_op_info *info)
{
	char r = insn_class(insn) == BPF_ALU ? 'w' : 'r';
	int dst = insn->dst_reg, src = insn->src_reg;

	switch (info->form) {
	case ISA_FORM_ALU_REG:
		strbuf_addf(sb, "%c%d %s %c%d", r, dst, info->text, r, src);
		break;
	case ISA_FORM_ALU_IMM:
		strbuf_addf(sb, "%c%d %s %d", r, dst, info->text, insn->imm);
		break;
	case ISA_FORM_NEG:
		strbuf_addf(sb, "%c%d = -%c%d", r, dst, r, dst);
		break;
	case ISA_FORM_MOVSX:
		strbuf_addf(sb, "%c%d = (%s)%c%d", r, dst, info->text, r, src);
		break;
	case ISA_FORM_CAST:
		strbuf_addf(sb, "r%d = addr_space_cast(r%d, %u, %u)", dst, src, (u32)insn->imm >> 16, (u16)insn->imm);
		break;
	default:
		strbuf_addf(sb, "r%d = %s%d r%d", dst, info->text, insn->imm, dst);
		break;
	}
}

static void show_memory(struct strbuf *sb, const struct bpf_insn *insn, const struct isa_op_info *info)
{
	switch (info->form) {
	case ISA_FORM_LDX:
		strbuf_addf(sb, "r%d = *", insn->dst_reg);
		show_address(sb, info->text, insn->src_reg, insn->off);
		break;
	case ISA_FORM_STX:
		strbuf_addc(sb, '*');
		show_address(sb, info->text, insn->dst_reg, insn->off);
		strbuf_addf(sb, " = r%d", insn->src_reg);
		break;
	case ISA_FORM_ST:
		strbuf_addc(sb, '*');
		show_address(sb, info->text, insn->dst_reg, insn->off);
		strbuf_addf(sb, " = %d", insn->imm);
		break;
	case ISA_FORM_LOAD_ACQ:
		strbuf_addf(sb, "r%d = load_acquire(", insn->dst_reg);
		show_address(sb, info->text, insn->src_reg, insn->off);
		strbuf_addc(sb, ')');
		break;
	case ISA_FORM_STORE_REL:
		strbuf_adds(sb, "store_release(");
		show_address(sb, info->text, insn->dst_reg, insn->off);
		strbuf_addf(sb, ", r%d)", insn->src_reg);
		break;
	case ISA_FORM_LD_ABS:
		strbuf_addf(sb, "r0 = *(%s *)skb[%d]", info->text, insn->imm);
		break;
	default:
		strbuf_addf(sb, "r0 = *(%s *)skb[r%d + %d]", info->text, insn->src_reg, insn->imm);
		break;
	}
}

/* An instruction whose selecting field holds nothing known is shown as the plain one of its code, as the kernel does. */
static enum isa_op decode_leniently(const struct bpf_insn *insn)
{
	enum isa_op op = isa_decode_rewritten(insn);
	struct bpf_insn plain = *insn;

	if (op != ISA_INVALID || insn_is_atomic(insn))
		return op;
	plain.src_reg = 0;
	plain.off = 0;
	if (isa_selector(insn->code) == ISA_BY_IMM)
		plain.imm = 64;
	return isa_decode_rewritten(&plain);
}

void disasm_insn(struct strbuf *sb, const struct bpf_insn *insn, const struct disasm_opts *opts)
{
	const struct isa_op_info *info = &isa_ops[decode_leniently(insn)];

	if (!opts || !opts->no_opcode)
		strbuf_addf(sb, "(%02x) ", insn->code);
	if (info == &isa_ops[ISA_INVALID]) {
		strbuf_addf(sb, "BUG_%02x", insn->code);
		return;
	}
	switch ((enum isa_form)info->form) {
	case ISA_FORM_ALU_REG:
	case ISA_FORM_ALU_IMM:
	case ISA_FORM_NEG:
	case ISA_FORM_MOVSX:
	case ISA_FORM_CAST:
	case ISA_FORM_END:
		show_alu(sb, insn, info);
		break;
	case ISA_FORM_JA:
	case ISA_FORM_JA32:
	case ISA_FORM_MAY_GOTO:
		strbuf_addf(sb, "%s pc%+d", info->text, insn_jump_offset(insn));
		break;
	case ISA_FORM_JMP_REG:
	case ISA_FORM_JMP_IMM:
		show_condition(sb, insn, info);
		break;
	case ISA_FORM_CALL_HELPER:
	case ISA_FORM_CALL_LOCAL:
	case ISA_FORM_CALL_KFUNC:
		show_call(sb, insn, opts);
		break;
	case ISA_FORM_EXIT:
		strbuf_adds(sb, info->text);
		break;
	case ISA_FORM_ATOMIC:
	case ISA_FORM_FETCH:
	case ISA_FORM_XCHG:
	case ISA_FORM_CMPXCHG:
		show_atomic(sb, insn, info);
		break;
	case ISA_FORM_LD_IMM64:
		show_imm64(sb, insn, opts);
		break;
	case ISA_FORM_LDX:
	case ISA_FORM_STX:
	case ISA_FORM_ST:
	case ISA_FORM_LOAD_ACQ:
	case ISA_FORM_STORE_REL:
	case ISA_FORM_LD_ABS:
	case ISA_FORM_LD_IND:
		show_memory(sb, insn, info);
		break;
	case ISA_FORM_COUNT:
		break;
	}
}

void disasm_prog(struct strbuf *sb, const struct bpf_insn *insns, u32 n, const struct disasm_opts *opts)
{
	for (u32 i = 0; i < n; i += insn_slots(&insns[i])) {
		struct bpf_insn cut_off[2] = {insns[i]};

		strbuf_addf(sb, "%4u: ", i);
		disasm_insn(sb, insn_slots(&insns[i]) > n - i ? cut_off : &insns[i], opts);
		strbuf_addc(sb, '\n');
	}
}

static bool call_for_asm(void *ctx, struct strbuf *sb, const struct bpf_insn *insn)
{
	if (insn->src_reg != BPF_PSEUDO_KFUNC_CALL)
		return false;
	strbuf_addf(sb, "kfunc#%d off %d", insn->imm, insn->off);
	return true;
}

static bool imm64_for_asm(void *ctx, struct strbuf *sb, const struct bpf_insn *insn, u64 imm)
{
	enum isa_op op = isa_decode(insn);

	if (op == ISA_LD_FUNC)
		strbuf_addf(sb, "func pc%+d", (s32)imm);
	else if (op != ISA_LD_IMM64 && op != ISA_INVALID)
		strbuf_addf(sb, "%s %u+%u", isa_ops[op].text, (u32)imm, (u32)(imm >> 32));
	else
		return false;
	return true;
}

const struct disasm_opts disasm_for_asm = {.call = call_for_asm, .imm64 = imm64_for_asm};
