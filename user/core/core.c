/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocations of a function: what each asks, the target's answer, and the instruction that it goes into. */
#include "user/core/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/core/spec.h"
#include "user/load/load.h"

void core_failures_free(struct core_failures *failures)
{
	for (u32 i = 0; i < failures->count; i++)
		free(failures->list[i].text);
	free(failures->list);
	*failures = (struct core_failures){};
}

struct core {
	const struct skep_object *obj;
	struct core_target *target;
	u32 func;
	struct bpf_insn *insns;
	const struct core_reloc *reloc;
	enum spec_kind kind;
	struct core_spec local, found, tried;
	bool exists;
	struct core_failures *failures;
	struct skep_error *err;
};

/* What an answer consists of. */
struct field {
	u64 byte_off;
	u32 byte_size;
	u32 bit_off, bit_size; /* within those bytes */
	bool is_signed;
	bool is_pointer, is_number;
};

static enum spec_kind kind_of(u32 relo)
{
	switch (relo) {
	case BPF_CORE_TYPE_ID_LOCAL:
	case BPF_CORE_TYPE_ID_TARGET:
	case BPF_CORE_TYPE_EXISTS:
	case BPF_CORE_TYPE_SIZE:
	case BPF_CORE_TYPE_MATCHES:
		return SPEC_TYPE;
	case BPF_CORE_ENUMVAL_EXISTS:
	case BPF_CORE_ENUMVAL_VALUE:
		return SPEC_ENUMVAL;
	default:
		return SPEC_FIELD;
	}
}

/* Bitfields are read as the smallest naturally aligned word that holds all of their bits. -E2BIG: there is none. */
static int field_of(const struct core_spec *spec, struct field *f)
{
	u32 type_id = spec->nr_steps ? spec->steps[spec->nr_steps - 1].type_id : spec->root;
	const struct btf_type *t = btf_resolve(spec->btf, type_id, NULL);
	s64 size = btf_size(spec->btf, type_id);

	if (!t || size < 0 || size > UINT32_MAX)
		return -EINVAL;
	*f = (struct field){.byte_size = (u32)size};
	f->is_pointer = btf_kind(t) == BTF_KIND_PTR;
	f->is_number = btf_kind(t) == BTF_KIND_INT || btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64;
	f->is_signed = btf_kind(t) == BTF_KIND_INT ? BTF_INT_ENCODING(btf_int_info(t)) & BTF_INT_SIGNED : f->is_number && btf_kflag(t);
	if (!spec->bitfield) {
		f->byte_off = spec->bit_off / 8;
		f->bit_size = f->byte_size <= 8 ? f->byte_size * 8 : 64;
		return 0;
	}
	if (!f->byte_size || f->byte_size > 8)
		return -EINVAL;
	for (;; f->byte_size *= 2) {
		if (f->byte_size > 8)
			return -E2BIG;
		f->byte_off = spec->bit_off / 8 / f->byte_size * f->byte_size;
		if (spec->bit_off + spec->bitfield <= (f->byte_off + f->byte_size) * 8)
			break;
	}
	f->bit_off = (u32)(spec->bit_off - f->byte_off * 8);
	f->bit_size = spec->bitfield;
	return 0;
}

static int field_answer(u32 relo, const struct core_spec *spec, u64 *value)
{
	struct field f;
	int ret = field_of(spec, &f);

	if (ret)
		return ret;
	switch (relo) {
	case BPF_CORE_FIELD_BYTE_OFFSET:
		*value = f.byte_off;
		return 0;
	case BPF_CORE_FIELD_BYTE_SIZE:
		*value = f.byte_size;
		return 0;
	case BPF_CORE_FIELD_SIGNED:
		*value = f.is_signed;
		return 0;
	case BPF_CORE_FIELD_LSHIFT_U64:
		if (f.byte_size > 8)
			return -EINVAL;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		*value = 64 - (f.bit_off + f.bit_size);
#else
		*value = (8 - f.byte_size) * 8 + f.bit_off;
#endif
		return 0;
	case BPF_CORE_FIELD_RSHIFT_U64:
		*value = 64 - f.bit_size;
		return f.byte_size > 8 ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static int answer(const struct core *c, const struct core_spec *spec, u64 *value)
{
	s64 size;

	switch (c->reloc->kind) {
	case BPF_CORE_FIELD_EXISTS:
	case BPF_CORE_TYPE_EXISTS:
	case BPF_CORE_ENUMVAL_EXISTS:
	case BPF_CORE_TYPE_MATCHES:
		*value = 1;
		return 0;
	case BPF_CORE_TYPE_ID_LOCAL:
	case BPF_CORE_TYPE_ID_TARGET:
		*value = spec->root;
		return 0;
	case BPF_CORE_TYPE_SIZE:
		size = btf_size(spec->btf, spec->root);
		*value = (u64)size;
		return size < 0 ? -EINVAL : 0;
	case BPF_CORE_ENUMVAL_VALUE:
		*value = (u64)spec->enum_value;
		return 0;
	default:
		return field_answer(c->reloc->kind, spec, value);
	}
}

static bool is_enum(u32 kind)
{
	return kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

/* Whether a type of that name is one that the relocation may mean. */
static bool is_candidate(const struct core *c, u32 id)
{
	u32 local = btf_kind(btf_type(c->local.btf, c->local.root)), kind = btf_kind(btf_type(c->target->btf, id));

	return kind == local || (is_enum(local) && is_enum(kind)) || (c->reloc->kind == BPF_CORE_TYPE_MATCHES && btf_is_composite(btf_type(c->target->btf, id)));
}

static int try_candidate(struct core *c, u32 id)
{
	if (c->reloc->kind == BPF_CORE_TYPE_MATCHES) {
		c->tried = (struct core_spec){.btf = c->target->btf, .root = id};
		return types_match(c->local.btf, c->local.root, c->target->btf, id, false, 32) ? 0 : -ENOENT;
	}
	return spec_match(&c->local, c->target->btf, id, c->kind, &c->tried);
}

static int find_flavoured(struct core_target *target)
{
	for (u32 id = 1; id < btf_count(target->btf) && !target->searched; id++) {
		const char *name = btf_name(target->btf, id);
		u32 *slot;

		if (!strstr(name, "___") || !name[essential_len(name)])
			continue;
		slot = ARRAY_ADD(target->flavoured, target->nr_flavoured);
		if (!slot)
			return -ENOMEM;
		*slot = id;
	}
	target->searched = true;
	return 0;
}

void core_target_free(struct core_target *target)
{
	for (u32 i = 0; i < target->nr_cands; i++)
		free(target->cands[i].ids);
	free(target->cands);
	free(target->flavoured);
	*target = (struct core_target){};
}

static int add_cand(struct core_cands *cands, u32 id)
{
	u32 *slot = ARRAY_ADD(cands->ids, cands->count);

	if (!slot)
		return -ENOMEM;
	*slot = id;
	return 0;
}

/* All types whose names are the same but for flavours. NULL: no memory. */
static struct core_cands *find_cands(const struct core *c)
{
	struct core_target *target = c->target;
	const char *name = btf_name(c->local.btf, c->local.root);
	struct core_cands *cands;
	char essential[256];
	size_t n = essential_len(name);
	u32 cursor = 0, id;

	for (u32 i = 0; i < target->nr_cands; i++)
		if (target->cands[i].local == c->local.root)
			return &target->cands[i];
	cands = find_flavoured(target) ? NULL : ARRAY_ADD(target->cands, target->nr_cands);
	if (!cands)
		return NULL;
	cands->local = c->local.root;
	if (!n || n >= sizeof(essential))
		return cands;
	memcpy(essential, name, n);
	essential[n] = '\0';
	while ((id = btf_find_next(target->btf, essential, &cursor)))
		if (!strcmp(btf_name(target->btf, id), essential) && add_cand(cands, id))
			return NULL;
	for (u32 i = 0; i < target->nr_flavoured; i++)
		if (same_essential(btf_name(target->btf, target->flavoured[i]), essential) && add_cand(cands, target->flavoured[i]))
			return NULL;
	return cands;
}

/* Several types of one name are no trouble as long as they give one answer. -ENOENT: none has what is asked for; -ENOTUNIQ. */
static int find_target(struct core *c, u64 *value)
{
	struct core_cands *cands = find_cands(c);
	u32 kept = 0;

	if (!cands)
		return -ENOMEM;
	for (u32 i = 0; i < cands->count; i++) {
		u64 v = 0;
		int ret = is_candidate(c, cands->ids[i]) ? try_candidate(c, cands->ids[i]) : -ENOENT;

		if (ret == -ENOENT)
			continue;
		if (!ret)
			ret = answer(c, &c->tried, &v);
		if (ret)
			return ret;
		if (c->exists && v != *value && c->reloc->kind != BPF_CORE_TYPE_ID_TARGET)
			return -ENOTUNIQ;
		if (!c->exists) {
			c->found = c->tried;
			*value = v;
		}
		c->exists = true;
		cands->ids[kept++] = cands->ids[i];
	}
	if (!c->exists)
		return -ENOENT;
	cands->count = kept;
	return 0;
}

static int poison(struct core *c, const char *why)
{
	struct core_failure *f = ARRAY_ADD(c->failures->list, c->failures->count);
	struct bpf_insn *insn = &c->insns[c->reloc->insn];
	struct strbuf text = STRBUF_INIT;
	bool wide = insn->code == (BPF_LD | BPF_IMM | BPF_DW);

	if (!f)
		return error_nomem(c->err);
	object_add_place(c->obj, &c->obj->funcs[c->func], c->reloc->insn, &text);
	spec_print(&c->local, c->kind, &text);
	strbuf_addf(&text, ": %s", why);
	f->func = c->func;
	f->insn = c->reloc->insn;
	f->text = strbuf_detach(&text);
	for (int i = 0; i < 1 + wide; i++)
		insn[i] = (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = POISON_BASE + (s32)c->failures->count - 1};
	return f->text ? 0 : error_nomem(c->err);
}

static bool is_memory(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return class == BPF_LDX || class == BPF_ST || class == BPF_STX;
}

/* A load or store of a number or pointer whose size differs in the target: fixed where no bits can be lost or made up. */
static const char *resize(struct core *c, struct bpf_insn *insn)
{
	static const u8 sizes[9] = {[1] = BPF_B, [2] = BPF_H, [4] = BPF_W, [8] = BPF_DW};
	struct field local, target;
	bool sign_extends = BPF_MODE(insn->code) == BPF_MEMSX;

	if (c->reloc->kind != BPF_CORE_FIELD_BYTE_OFFSET || c->local.bitfield || field_of(&c->local, &local) || field_of(&c->found, &target) ||
	    local.byte_size == target.byte_size)
		return NULL;
	if (!(local.is_pointer && target.is_pointer) &&
	    !(local.is_number && target.is_number && ((!local.is_signed && !target.is_signed) || (sign_extends && local.is_signed && target.is_signed))))
		return "its size differs in the target's BTF: read it with BPF_CORE_READ_BITFIELD or by a flavour of the type";
	if (target.byte_size > 8 || (target.byte_size != 1 && !sizes[target.byte_size]))
		return "its size in the target's BTF is not one that an instruction can read";
	insn->code = (u8)(BPF_CLASS(insn->code) | sizes[target.byte_size] | (sign_extends && target.byte_size == 8 ? BPF_MEM : BPF_MODE(insn->code)));
	return NULL;
}

static int bad(struct core *c, const char *what)
{
	struct strbuf place = STRBUF_INIT;
	int ret;

	object_add_place(c->obj, &c->obj->funcs[c->func], c->reloc->insn, &place);
	ret = error_set(c->err, SKEP_BAD_OBJECT, -EINVAL, "%s: %sCO-RE relocation of function %s, insn %u (kind %u): %s: compile it again", c->obj->name,
			strbuf_str(&place), c->obj->funcs[c->func].name, c->reloc->insn, c->reloc->kind, what);
	strbuf_free(&place);
	return ret;
}

static int patch(struct core *c, u64 value)
{
	struct bpf_insn *insn = &c->insns[c->reloc->insn];
	const char *why;

	if (is_memory(insn)) {
		if (value > INT16_MAX)
			return poison(c, "too far from its start for an instruction to reach");
		why = c->exists ? resize(c, insn) : NULL;
		if (why)
			return poison(c, why);
		insn->off = (s16)value;
		return 0;
	}
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW)) {
		if (c->reloc->insn + 1 >= c->obj->funcs[c->func].nr_insns)
			return bad(c, "half of a 64-bit immediate");
		insn[0].imm = (s32)(u32)value;
		insn[1].imm = (s32)(value >> 32);
		return 0;
	}
	if ((BPF_CLASS(insn->code) == BPF_ALU || BPF_CLASS(insn->code) == BPF_ALU64) && BPF_SRC(insn->code) == BPF_K) {
		if (value > UINT32_MAX && (s64)value < INT32_MIN)
			return poison(c, "too large for the instruction that takes it");
		insn->imm = (s32)(u32)value;
		return 0;
	}
	return bad(c, "not an instruction that takes a value");
}

static int relocate(struct core *c)
{
	const char *access = btf_str(c->obj->btf, c->reloc->access_off);
	u64 value = 0;
	int ret;

	c->kind = kind_of(c->reloc->kind);
	c->exists = false;
	if (c->reloc->kind > BPF_CORE_TYPE_MATCHES)
		return bad(c, "of an unknown kind");
	ret = access ? spec_parse(&c->local, c->obj->btf, c->reloc->type_id, access, c->kind) : -EINVAL;
	if (ret)
		return bad(c, "its types make no sense");
	if (c->reloc->kind == BPF_CORE_TYPE_ID_LOCAL)
		return patch(c, c->reloc->type_id);
	ret = find_target(c, &value);
	switch (ret) {
	case 0:
		return patch(c, value);
	case -ENOENT:
		switch (c->reloc->kind) {
		case BPF_CORE_FIELD_EXISTS:
		case BPF_CORE_TYPE_ID_TARGET:
		case BPF_CORE_TYPE_EXISTS:
		case BPF_CORE_TYPE_SIZE:
		case BPF_CORE_ENUMVAL_EXISTS:
		case BPF_CORE_TYPE_MATCHES:
			return patch(c, 0);
		default:
			return poison(c, "not in the target's BTF");
		}
	case -ENOTUNIQ:
		return poison(c, "the target's BTF has several types of that name, which disagree");
	case -ENOMEM:
		return error_nomem(c->err);
	case -E2BIG:
		return poison(c, "a bitfield that no instruction can read at once");
	default:
		return poison(c, "not a field of that kind in the target's BTF");
	}
}

int core_relocate(const struct skep_object *obj, u32 func, struct bpf_insn *insns, struct core_target *target, struct core_failures *failures,
		  struct skep_error *err)
{
	const struct func *f = &obj->funcs[func];
	struct core *c = calloc(1, sizeof(*c)); /* three specs are much for a stack */
	int ret = 0;

	if (!c)
		return error_nomem(err);
	*c = (struct core){.obj = obj, .target = target, .func = func, .insns = insns, .failures = failures, .err = err};
	for (u32 i = 0; i < f->nr_cores && !ret; i++) {
		c->reloc = &f->cores[i];
		ret = relocate(c);
	}
	free(c);
	return ret;
}
