/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of helpers: contracts by id, and who may call them. */
#include "engine/helpers/helper.h"

#include "engine/object/prog.h"
#include "engine/types/prog_type.h"

#define T(type) (1ULL << BPF_PROG_TYPE_##type)
#define ANY_TYPE UINT64_MAX
#define SCHED_TYPES (T(SCHED_CLS) | T(SCHED_ACT))
#define LWT_TYPES (T(LWT_IN) | T(LWT_OUT) | T(LWT_XMIT) | T(LWT_SEG6LOCAL))
#define TRACING_TYPES                                                                                                  \
	(T(KPROBE) | T(TRACEPOINT) | T(PERF_EVENT) | T(RAW_TRACEPOINT) | T(RAW_TRACEPOINT_WRITABLE) | T(TRACING) | T(LSM))

static const u64 available[__BPF_FUNC_MAX_ID] = {
#define AVAILABLE(name, types) [BPF_FUNC_##name] = types,
#include "engine/helpers/availability.def"
#undef AVAILABLE
};

static const struct bpf_func_proto *const protos[__BPF_FUNC_MAX_ID] = {
#define HELPER_PROTO(name) [BPF_FUNC_##name] = &bpf_##name##_proto,
#include "engine/helpers/table.def"
#undef HELPER_PROTO
};

static const struct {
	enum bpf_func_id id;
	u64 types;
	const struct bpf_func_proto *proto;
} variants[] = {
#define HELPER_VARIANT(name, types, variant) {BPF_FUNC_##name, types, &bpf_##variant##_proto},
#include "engine/helpers/variants.def"
#undef HELPER_VARIANT
};

const char *helper_name(u32 id)
{
	static const char *const names[__BPF_FUNC_MAX_ID] = {
#define BPF_HELPER(name, id, ret, params) [id] = #name,
#include "common/uapi/helpers.def"
#undef BPF_HELPER
	};

	return id < ARRAY_SIZE(names) && names[id] ? names[id] : "unknown";
}

bool helper_available(u32 id, enum bpf_prog_type type)
{
	return id < __BPF_FUNC_MAX_ID && type < 64 && (available[id] >> type & 1);
}

const struct bpf_func_proto *helper_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	if (!helper_available(id, prog->type))
		return NULL;
	for (u32 i = 0; i < ARRAY_SIZE(variants); i++)
		if (variants[i].id == id && (variants[i].types >> prog->type & 1))
			return variants[i].proto;
	return protos[id];
}

const struct bpf_func_proto *base_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return helper_func_proto(id, prog);
}

const struct bpf_func_proto *tracing_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return helper_func_proto(id, prog);
}
