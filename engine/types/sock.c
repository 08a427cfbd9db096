/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/types/sock.h"

#include "engine/kernel/net.h"
#include "engine/types/rooms.h"

/* How a field may be read: whole only; narrower at its start; narrower anywhere inside; or as dst_port, which was four
 * bytes wide. */
enum sock_field_kind { WHOLE, START, ANYWHERE, PORT };

struct sock_field {
	u16 off, len;     /* in struct bpf_sock */
	u8 unit;          /* of arrays: size of an element */
	u8 kind;
	bool full_socket; /* not of a PTR_TO_SOCK_COMMON */
	u8 size;          /* in struct sock */
	u16 at;
};

#define SIZE(type, member) sizeof(((type *)0)->member)
#define UNIT(n) ((n) > 4 ? 4 : (n))
#define FIELD(field, kind, full, member)                                                                               \
	{                                                                                                              \
		offsetof(struct bpf_sock, field), SIZE(struct bpf_sock, field), UNIT(SIZE(struct bpf_sock, field)),    \
			kind, full, UNIT(SIZE(struct sock, member)), offsetof(struct sock, member)                     \
	}

static const struct sock_field sock_fields[] = {
	FIELD(bound_dev_if, WHOLE, false, __sk_common.skc_bound_dev_if),
	FIELD(family, START, false, __sk_common.skc_family),
	FIELD(type, START, true, sk_type),
	FIELD(protocol, START, true, sk_protocol),
	FIELD(mark, WHOLE, true, sk_mark),
	FIELD(priority, WHOLE, true, sk_priority),
	FIELD(src_ip4, ANYWHERE, false, __sk_common.skc_rcv_saddr),
	FIELD(src_ip6, ANYWHERE, false, __sk_common.skc_v6_rcv_saddr),
	FIELD(src_port, START, false, __sk_common.skc_num),
	FIELD(dst_port, PORT, false, __sk_common.skc_dport),
	FIELD(dst_ip4, ANYWHERE, false, __sk_common.skc_daddr),
	FIELD(dst_ip6, ANYWHERE, false, __sk_common.skc_v6_daddr),
	FIELD(state, START, false, __sk_common.skc_state),
	FIELD(rx_queue_mapping, START, false, sk_rx_queue_mapping),
};

static const struct sock_field *field_at(int off)
{
	for (size_t i = 0; i < ARRAY_SIZE(sock_fields); i++)
		if (off >= sock_fields[i].off && off < sock_fields[i].off + sock_fields[i].len)
			return &sock_fields[i];
	return NULL;
}

bool sock_is_valid_access(u32 reg_type, int off, int size, enum bpf_access_type access, struct bpf_access_info *info)
{
	const struct sock_field *field = off < 0 ? NULL : field_at(off);

	if (!field || access != BPF_READ || off % size || (field->full_socket && base_type(reg_type) != PTR_TO_SOCKET))
		return false;
	switch ((enum sock_field_kind)field->kind) {
	case WHOLE:
		return off == field->off && size == field->unit;
	case START:
		info->ctx_field_size = field->unit;
		return off == field->off && size <= field->unit;
	case ANYWHERE:
		info->ctx_field_size = field->unit;
		return size <= field->unit;
	case PORT:
		info->ctx_field_size = size < field->unit ? field->unit : 0;
		return size <= 4 && (off == field->off || size == 1);
	}
	return false;
}

u32 sock_convert_access(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
			struct bpf_prog *prog, u32 *target_size)
{
	const struct sock_field *field = field_at(insn->off);

	if (!field)
		return 0;
	*target_size = field->size;
	out[0] = insn_ldx(size_code(field->size), insn->dst_reg, insn->src_reg, field->at + (insn->off - field->off));
	return 1;
}
