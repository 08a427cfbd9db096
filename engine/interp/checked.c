/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checked binding: untrusted bytecode without types. Programs see addresses of a space of their own, in which only the
 * memory and the stack frames of running functions exist, so that results do not depend on the host and nothing else can be reached.
 */
#include "engine/interp/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/isa/disasm.h"
#include "engine/interp/ops.h"

#define MAX_PROGRAM_SLOTS (1U << 20)
#define MEMORY_BASE 0x100000000ULL
#define STACK_BASE 0x200000000ULL

struct caller_frame {
	u32 pc;
	u64 saved[4]; /* r6 to r9 */
};

struct machine {
	const struct bpf_insn *source; /* as given: for messages */
	struct interp_insn *insns;
	u32 n;
	u8 *mem;
	size_t mem_len;
	u32 depth;
	struct caller_frame frames[MAX_FRAMES];
	u8 stack[MAX_FRAMES][MAX_BPF_STACK];
	struct strbuf *err;
};

__attribute__((format(printf, 3, 4))) static int refuse(struct machine *m, u32 i, const char *fmt, ...)
{
	va_list ap;

	strbuf_addf(m->err, "insn %u: ", i);
	if (i < m->n) {
		struct bpf_insn pair[2] = {m->source[i], i + 1 < m->n ? m->source[i + 1] : (struct bpf_insn){0}};

		disasm_insn(m->err, pair, NULL);
		strbuf_adds(m->err, ": ");
	}
	va_start(ap, fmt);
	strbuf_vaddf(m->err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* What the kernel refuses although the instruction set defines it: a constant zero divisor, shifts that are masked. */
static bool defined_anyway(enum isa_reason reason)
{
	return reason == ISA_OK || reason == ISA_DIV_BY_ZERO || reason == ISA_INVALID_SHIFT;
}

/* Why an instruction cannot run here, or NULL. */
static const char *unsupported(enum isa_op op)
{
	switch (op) {
	case ISA_CALL_HELPER:
	case ISA_CALL_KFUNC:
		return "there are no helpers here";
	case ISA_ADDR_SPACE_CAST:
		return "there is no arena here";
	case ISA_LD_FUNC:
		return "there are no callbacks here";
	default:
		return isa_ops[op].form == ISA_FORM_LD_IMM64 && op != ISA_LD_IMM64 ? "there are no maps here" : NULL;
	}
}

static int load_insn(struct machine *m, u32 i)
{
	const struct bpf_insn *insn = &m->source[i];
	enum isa_reason reason = isa_legal(insn, m->n - i);
	enum isa_op op = isa_decode(insn);

	if (!defined_anyway(reason)) {
		struct strbuf text = STRBUF_INIT;
		int err;

		isa_reason_text(&text, reason, insn);
		err = refuse(m, i, "%s", strbuf_str(&text));
		strbuf_free(&text);
		return err;
	}
	if (unsupported(op))
		return refuse(m, i, "%s", unsupported(op));
	interp_predecode(&m->insns[i], insn, op);
	return 0;
}

static int load(struct machine *m)
{
	for (u32 i = 0; i < m->n; i += insn_slots(&m->source[i])) {
		int err = load_insn(m, i);

		if (err)
			return err;
	}
	for (u32 i = 0; i < m->n; i++)
		if (!interp_target_ok(m->insns, m->n, i))
			return refuse(m, i, "jumps out of the program or into an instruction");
	return 0;
}

/* Host address of n bytes that the program may touch, or NULL. */
static void *reach(struct machine *m, u64 addr, size_t n)
{
	u64 live = (u64)(m->depth + 1) * MAX_BPF_STACK;

	if (addr - STACK_BASE < live && n <= live - (addr - STACK_BASE))
		return &m->stack[0][0] + (addr - STACK_BASE);
	if (addr - MEMORY_BASE < m->mem_len && n <= m->mem_len - (addr - MEMORY_BASE))
		return m->mem + (addr - MEMORY_BASE);
	return NULL;
}

static u64 frame_pointer(const struct machine *m)
{
	return STACK_BASE + (u64)(m->depth + 1) * MAX_BPF_STACK;
}

/* The memory stands for the packet: its bytes at off in network order; false beyond its end. */
static bool load_packet(const struct machine *m, u32 off, u32 n, u64 *value)
{
	if (off >= m->mem_len || n > m->mem_len - off)
		return false;
	*value = 0;
	for (u32 i = 0; i < n; i++)
		*value = *value << 8 | m->mem[off + i];
	return true;
}

#define OP(name) case ISA_##name:
#define NEXT goto next
#define JUMP                                                                                                           \
	do {                                                                                                           \
		pc += pc->target + 1;                                                                                  \
		goto again;                                                                                            \
	} while (0)
#define ACCESS(addr, n)                                                                                                \
	({                                                                                                             \
		void *host = reach(m, fault_addr = (addr), fault_size = (n));                                          \
		if (!host)                                                                                             \
			goto fault;                                                                                    \
		host;                                                                                                  \
	})
/* Nobody else sees the memory: a copy that is aligned will do. */
#define ATOMICALLY(type, p, statement)                                                                                 \
	do {                                                                                                           \
		type copy, *a = &copy;                                                                                 \
		memcpy(&copy, p, sizeof(copy));                                                                        \
		statement;                                                                                             \
		memcpy(p, &copy, sizeof(copy));                                                                        \
	} while (0)

static int execute(struct machine *m, u64 max_insns, u64 *r0)
{
	u64 r[MAX_BPF_REG] = {0}, fault_addr;
	const struct interp_insn *pc = m->insns;
	u32 loops = BPF_MAX_LOOPS;
	size_t fault_size;

	r[BPF_REG_1] = m->mem_len ? MEMORY_BASE : 0;
	r[BPF_REG_2] = m->mem_len;
	r[BPF_REG_10] = frame_pointer(m);
	goto again;
next:
	pc++;
again:
	if (pc >= m->insns + m->n)
		return refuse(m, m->n, "control left the program at its end");
	if (max_insns-- == 0)
		return refuse(m, (u32)(pc - m->insns), "too many instructions executed");
	switch ((enum isa_op)pc->op) {
#include "engine/interp/bodies.h"

		OP(LD_IMM64)
		r[pc->dst] = pc->imm;
		pc++;
		NEXT;
		OP(MAY_GOTO)
		if (loops == 0)
			JUMP;
		loops--;
		NEXT;

#define ISA_LD_PACKET(suffix, size, type)                                                                              \
	OP(LD_ABS_##suffix)                                                                                            \
	if (!load_packet(m, (u32)pc->imm, sizeof(type), &r[BPF_REG_0]))                                                \
		goto packet_end;                                                                                       \
	NEXT;                                                                                                          \
	OP(LD_IND_##suffix)                                                                                            \
	if (!load_packet(m, (u32)r[pc->src] + (u32)pc->imm, sizeof(type), &r[BPF_REG_0]))                              \
		goto packet_end;                                                                                       \
	NEXT;
#include "common/isa/insn.def"

		OP(CALL_LOCAL)
		if (m->depth == MAX_FRAMES - 1)
			return refuse(m, (u32)(pc - m->insns), "too many nested calls");
		m->frames[m->depth].pc = (u32)(pc - m->insns);
		memcpy(m->frames[m->depth].saved, &r[BPF_REG_6], sizeof(m->frames[0].saved));
		m->depth++;
		memset(m->stack[m->depth], 0, MAX_BPF_STACK);
		r[BPF_REG_10] = frame_pointer(m);
		JUMP;

packet_end:
		r[BPF_REG_0] = 0;
		__attribute__((fallthrough));
		OP(EXIT)
		if (m->depth == 0) {
			*r0 = r[BPF_REG_0];
			return 0;
		}
		m->depth--;
		memcpy(&r[BPF_REG_6], m->frames[m->depth].saved, sizeof(m->frames[0].saved));
		r[BPF_REG_10] = frame_pointer(m);
		pc = m->insns + m->frames[m->depth].pc;
		NEXT;
	default: /* load() lets no others through */
		return refuse(m, (u32)(pc - m->insns), "not an instruction");
	}
fault:
	return refuse(m, (u32)(pc - m->insns), "%zu bytes at 0x%llx are neither memory nor stack", fault_size, fault_addr);
}

int interp_run_checked(const struct bpf_insn *insns, u32 n, void *mem, size_t mem_len, u64 max_insns, u64 *r0, struct strbuf *err)
{
	struct machine *m;
	int ret;

	if (n == 0 || n > MAX_PROGRAM_SLOTS || mem_len > UINT32_MAX) {
		strbuf_adds(err, n == 0 ? "the program is empty" : "the program or its memory is too long");
		return -E2BIG;
	}
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	*m = (struct machine){.source = insns, .n = n, .mem = mem, .mem_len = mem_len, .err = err};
	m->insns = calloc(n, sizeof(*m->insns));
	ret = m->insns ? load(m) : -ENOMEM;
	if (!ret)
		ret = execute(m, max_insns, r0);
	if (ret == -ENOMEM)
		strbuf_adds(err, "out of memory");
	free(m->insns);
	free(m);
	return ret;
}
