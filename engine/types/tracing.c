/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TYPE_TRACING: programs whose context is typed by BTF. tp_btf (BPF_TRACE_RAW_TP) runs here: a u64 for each
 * argument of the tracepoint, typed by the prototype of its btf_trace_NAME typedef. fentry, fexit, fmod_ret and
 * iterators need functions of a kernel, which the engine has not: they are refused at load.
 */
#include <errno.h>
#include <string.h>

#include "common/btf/btf.h"
#include "engine/engine.h"
#include "engine/object/prog.h"
#include "engine/types/raw_tracepoint.h"
#include "engine/types/rooms.h"
#include "engine/types/tracing.h"

#define TP_PREFIX "btf_trace_"

static int tracing_check_load(const union bpf_attr *attr)
{
	switch ((int)attr->expected_attach_type) {
	case BPF_TRACE_RAW_TP:
		return attr->attach_btf_id ? 0 : -EINVAL;
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_MODIFY_RETURN:
	case BPF_TRACE_ITER:
		return attr->attach_btf_id ? -EOPNOTSUPP : -EINVAL;
	default:
		return -EINVAL;
	}
}

const struct btf_type *tracing_tp_proto(const struct btf *btf, u32 id, const char **name)
{
	const struct btf_type *t = btf_type(btf, id);
	const char *s;

	if (!t || btf_kind(t) != BTF_KIND_TYPEDEF)
		return NULL;
	s = btf_str(btf, t->name_off);
	if (!s || strncmp(s, TP_PREFIX, strlen(TP_PREFIX)))
		return NULL;
	t = btf_type(btf, t->type);
	if (!t || btf_kind(t) != BTF_KIND_PTR)
		return NULL;
	t = btf_type(btf, t->type);
	if (!t || btf_kind(t) != BTF_KIND_FUNC_PROTO || btf_vlen(t) < 1)
		return NULL;
	*name = s + strlen(TP_PREFIX);
	return t;
}

/* Index of the argument at `off` of `total` parameters (the tracepoint's private first one counts); what lies beyond
 * the arguments is numbered as the kernel's messages do. */
static u32 arg_index(u32 off, u32 total)
{
	return off / 8 < total ? off / 8 : total + 1;
}

/* The type behind a pointer, void being NULL. */
static const struct btf_type *pointee(const struct btf *btf, const struct btf_type *ptr, u32 *id)
{
	*id = ptr->type;
	return btf_resolve(btf, ptr->type, id);
}

/* An argument's type: numbers are scalars, so are pointers to void and to numbers; pointers to structs are trusted. */
static bool arg_access(const struct btf *btf, const char *func, u32 arg, u32 type_id, int size,
		       struct bpf_access_info *info)
{
	const struct btf_type *t = btf_resolve(btf, type_id, NULL);
	u32 id;

	if (!t)
		return false;
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_STRUCT: /* passed by value: its first 8 bytes */
		return true;
	case BTF_KIND_PTR:
		break;
	default:
		if (info->log)
			strbuf_addf(info->log, "func '%s' arg%u '%s' has type %s. Only pointer access is allowed\n",
				    func, arg, btf_name(btf, type_id), btf_kind_name(btf_kind(t)));
		return false;
	}
	if (size != 8) {
		if (info->log)
			strbuf_addf(info->log, "func '%s' size %d must be 8\n", func, size);
		return false;
	}
	t = pointee(btf, t, &id);
	if (!t || btf_kind(t) == BTF_KIND_INT)
		return true;
	if (!btf_is_composite(t)) {
		if (info->log)
			strbuf_addf(info->log, "func '%s' arg%u type %s is not a struct\n", func, arg,
				    btf_kind_name(btf_kind(t)));
		return false;
	}
	info->reg_type = PTR_TO_BTF_ID | PTR_TRUSTED;
	info->btf = btf;
	info->btf_id = id;
	if (info->log)
		strbuf_addf(info->log, "func '%s' arg%u has btf_id %u type %s '%s'\n", func, arg, id,
			    btf_kind_name(btf_kind(t)), btf_name(btf, id));
	return true;
}

static bool tracing_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				    struct bpf_access_info *info)
{
	const struct btf *btf = engine_vmlinux(prog->obj.engine);
	const struct btf_type *proto;
	const char *func;
	u32 arg;

	if (access != BPF_READ || !ctx_within(off, size, 0, RAW_TP_MAX_ARGS * 8))
		return false;
	proto = tracing_tp_proto(btf, prog->attach_btf_id, &func);
	if (!proto)
		return false;
	if (off % 8) {
		if (info->log)
			strbuf_addf(info->log, "func '%s' offset %d is not multiple of 8\n", func, off);
		return false;
	}
	/* Parameter 0 is the tracepoint's own, which programs do not get. */
	arg = arg_index((u32)off, btf_vlen(proto));
	if (arg + 1 >= btf_vlen(proto)) {
		if (info->log)
			strbuf_addf(info->log, "func '%s' doesn't have %u-th argument\n", func, arg + 1);
		return false;
	}
	return arg_access(btf, func, arg, btf_params(proto)[arg + 1].type, size, info);
}

/* The kernel can call functions with a program on them; tracepoints it cannot fire, and says so with this errno. */
static int tracing_test_run(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr,
			    struct caller *caller)
{
	return -EFAULT;
}

const struct prog_type_ops tracing_ops = {
	.type = BPF_PROG_TYPE_TRACING,
	.check_load = tracing_check_load,
	.func_proto = tracing_func_proto,
	.is_valid_access = tracing_is_valid_access,
	.test_run = tracing_test_run,
};
