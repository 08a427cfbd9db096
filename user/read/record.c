/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/read/record.h"

#include <errno.h>
#include <skep/skep.h>
#include <string.h>

#include "user/object/object.h"

/* A perf sample is padded so that it and the size before it fill 8 bytes. */
static bool size_fits(s64 type_size, size_t record, bool padded)
{
	if (type_size <= 0)
		return false;
	if (!padded)
		return (u64)type_size == record;
	return round_up_u64((u64)type_size + sizeof(u32), 8) - sizeof(u32) == record;
}

/* Whether two types of that name and size are the same to whoever reads a record: then it does not matter which is taken. */
static bool same_name(const struct btf *btf, u32 a, u32 b)
{
	return *btf_name(btf, a) && !strcmp(btf_name(btf, a), btf_name(btf, b));
}

/* The one structure whose size fits; 0 when there is none, or more than one. */
static u32 only_struct(const struct btf *btf, size_t size, bool padded)
{
	u32 found = 0;

	for (u32 id = btf_base_count(btf); id < btf_count(btf); id++) {
		if (btf_kind(btf_type(btf, id)) != BTF_KIND_STRUCT || !size_fits(btf_size(btf, id), size, padded))
			continue;
		if (found && !same_name(btf, found, id))
			return 0;
		found = id;
	}
	return found;
}

/* The structure that a global pointer points to: how sources say outright what they send (`struct event *unused;`). */
static u32 pointed_to(const struct btf *btf, size_t size, bool padded)
{
	for (u32 id = btf_base_count(btf); id < btf_count(btf); id++) {
		const struct btf_type *t = btf_type(btf, id);
		u32 to;

		if (btf_kind(t) != BTF_KIND_VAR)
			continue;
		t = btf_resolve(btf, t->type, NULL);
		if (!t || btf_kind(t) != BTF_KIND_PTR)
			continue;
		t = btf_resolve(btf, t->type, &to);
		if (t && btf_kind(t) == BTF_KIND_STRUCT && size_fits(btf_size(btf, to), size, padded))
			return to;
	}
	return 0;
}

static void read_dwarf(struct skep_object *obj)
{
	if (obj->record_types_tried)
		return;
	obj->record_types_tried = true;
	obj->record_types = record_types_from_dwarf(obj->elf.handle);
}

int skep_object_record_type(struct skep_object *obj, size_t size, bool padded, const struct btf **btf, uint32_t *type)
{
	u32 id = 0;

	*btf = obj->btf;
	if (obj->btf)
		id = pointed_to(obj->btf, size, padded);
	if (!id) {
		read_dwarf(obj);
		if (obj->record_types)
			id = only_struct(obj->record_types, size, padded);
		if (id)
			*btf = obj->record_types;
	}
	if (!id && obj->btf)
		id = only_struct(obj->btf, size, padded);
	*type = id;
	return id ? 0 : -ENOENT;
}
