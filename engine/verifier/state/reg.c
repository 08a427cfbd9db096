/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/verifier/state/reg.h"

#include <stdio.h>
#include <string.h>

static void reg_reset(struct bpf_reg *reg, u32 type, struct scalar val)
{
	s32 subreg_def = reg->subreg_def;

	*reg = (struct bpf_reg){.type = type, .val = val, .subreg_def = subreg_def};
}

void reg_set_not_init(struct bpf_reg *reg)
{
	reg_reset(reg, NOT_INIT, scalar_unknown());
}

void reg_set_unknown(struct bpf_reg *reg)
{
	reg_reset(reg, SCALAR_VALUE, scalar_unknown());
}

void reg_set_const(struct bpf_reg *reg, u64 v)
{
	reg_reset(reg, SCALAR_VALUE, scalar_const(v));
}

void reg_set_pointer(struct bpf_reg *reg, u32 type)
{
	reg_reset(reg, type, scalar_const(0));
}

static const char *const base_names[__BPF_REG_TYPES] = {
	[NOT_INIT] = "?",
	[SCALAR_VALUE] = "scalar",
	[PTR_TO_CTX] = "ctx",
	[CONST_PTR_TO_MAP] = "map_ptr",
	[PTR_TO_MAP_VALUE] = "map_value",
	[PTR_TO_MAP_KEY] = "map_key",
	[PTR_TO_STACK] = "fp",
	[PTR_TO_PACKET_META] = "pkt_meta",
	[PTR_TO_PACKET] = "pkt",
	[PTR_TO_PACKET_END] = "pkt_end",
	[PTR_TO_FLOW_KEYS] = "flow_keys",
	[PTR_TO_SOCKET] = "sock",
	[PTR_TO_SOCK_COMMON] = "sock_common",
	[PTR_TO_TCP_SOCK] = "tcp_sock",
	[PTR_TO_TP_BUFFER] = "tp_buffer",
	[PTR_TO_XDP_SOCK] = "xdp_sock",
	[PTR_TO_BTF_ID] = "ptr_",
	[PTR_TO_MEM] = "mem",
	[PTR_TO_ARENA] = "arena",
	[PTR_TO_BUF] = "buf",
	[PTR_TO_FUNC] = "func",
	[CONST_PTR_TO_DYNPTR] = "dynptr_ptr",
};

static const struct {
	u32 flag;
	const char *name;
} flag_names[] = {
	{MEM_RDONLY, "rdonly_"},   {MEM_RINGBUF, "ringbuf_"},     {MEM_USER, "user_"},      {MEM_PERCPU, "percpu_"},
	{MEM_RCU, "rcu_"},         {PTR_UNTRUSTED, "untrusted_"}, {PTR_TRUSTED, "trusted_"},
};

const char *reg_type_name(u32 type, char *buf, size_t size)
{
	const char *base = base_type(type) < __BPF_REG_TYPES ? base_names[base_type(type)] : "?";
	const char *null = "";
	size_t n = 0;

	buf[0] = '\0';
	for (u32 i = 0; i < ARRAY_SIZE(flag_names); i++)
		if ((type & flag_names[i].flag) && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s", flag_names[i].name);
	if (type & PTR_MAYBE_NULL)
		null = base_type(type) == PTR_TO_BTF_ID ? "or_null_" : "_or_null";
	if (n < size)
		snprintf(buf + n, size - n, "%s%s", base, null);
	return buf;
}
