/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes of struct __sk_buff a program may touch. */
#include "engine/types/rooms.h"
#include "engine/types/skb.h"

enum skb_field_kind { NARROW, WHOLE, CB, PACKET };

struct skb_field {
	u16 off;
	u16 size;
	u8 unit; /* of arrays: size of an element */
	u8 kind;
	u8 readers;
	u8 writers;
};

#define UNIT(field) (sizeof(((struct __sk_buff *)0)->field) > 8 ? 4 : sizeof(((struct __sk_buff *)0)->field))
static const struct skb_field skb_fields[] = {
#define SKB_FIELD(field, kind, read, write)                                                                            \
	{offsetof(struct __sk_buff, field), sizeof(((struct __sk_buff *)0)->field), UNIT(field), kind, read, write},
#include "engine/types/skb_fields.def"
#undef SKB_FIELD
};

static const struct skb_field *field_at(int off)
{
	for (size_t i = 0; i < ARRAY_SIZE(skb_fields); i++)
		if (off >= skb_fields[i].off && off < skb_fields[i].off + skb_fields[i].size)
			return &skb_fields[i];
	return NULL;
}

/* A pointer into the packet, or to the socket: whole reads, never sign-extended. */
static bool pointer_access(const struct skb_field *field, struct bpf_access_info *info)
{
	if (info->is_ldsx)
		return false;
	switch (field->off) {
	case offsetof(struct __sk_buff, data):
		info->reg_type = PTR_TO_PACKET;
		break;
	case offsetof(struct __sk_buff, data_end):
		info->reg_type = PTR_TO_PACKET_END;
		break;
	case offsetof(struct __sk_buff, data_meta):
		info->reg_type = PTR_TO_PACKET_META;
		break;
	default:
		info->reg_type = PTR_TO_SOCK_COMMON | PTR_MAYBE_NULL;
	}
	return true;
}

bool skb_is_valid_access(enum skb_family family, int off, int size, enum bpf_access_type access,
			 struct bpf_access_info *info)
{
	const struct skb_field *field;

	if (off < 0 || off % size)
		return false;
	field = field_at(off);
	if (!field || off + size > field->off + field->size)
		return false;
	if (!((access == BPF_WRITE ? field->writers : field->readers) & family))
		return false;
	switch ((enum skb_field_kind)field->kind) {
	case CB:
		return true;
	case NARROW:
		if (size > field->unit || (access == BPF_WRITE && size != field->unit))
			return false;
		info->ctx_field_size = field->unit;
		return true;
	case WHOLE:
		if (size != field->unit)
			return false;
		return field->off != offsetof(struct __sk_buff, sk) || pointer_access(field, info);
	case PACKET:
		return size == field->unit && pointer_access(field, info);
	}
	return false;
}
