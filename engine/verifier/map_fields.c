/* SPDX-License-Identifier: BSD-2-Clause */
/* What a map's value holds besides bytes, by its BTF. */
#include <string.h>

#include "common/btf/btf.h"
#include "engine/maps/map.h"
#include "engine/object/btf_obj.h"
#include "engine/verifier/env.h"

#define NEST_MAX 8
#define STEPS_MAX 65536 /* members looked at; arrays of structs are looked at element by element */

static const char *const special_structs[] = {
	"bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer",    "bpf_wq",	       "bpf_task_work",
	"bpf_list_head", "bpf_list_node",     "bpf_rb_root",  "bpf_rb_node",   "bpf_refcount",
};

static const struct {
	const char *tag, *name;
} pointer_tags[] = {
	{"kptr_untrusted", "kptr"}, {"kptr", "kptr"}, {"percpu_kptr", "percpu_kptr"}, {"uptr", "uptr"},
};

struct finder {
	const struct btf *btf;
	struct map_fields *fields;
	u32 steps;
};

static void add(struct map_fields *fields, u32 off, u32 size, const char *name)
{
	if (fields->n == MAP_FIELDS_MAX)
		fields->too_many = true;
	else
		fields->f[fields->n++] = (struct map_field){off, size, name};
}

static const char *special_struct(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(special_structs); i++)
		if (!strcmp(name, special_structs[i]))
			return special_structs[i];
	return NULL;
}

static void look_at_pointer(struct finder *f, const struct btf_type *ptr, u32 off)
{
	const struct btf_type *t = btf_type(f->btf, ptr->type);

	if (!t || btf_kind(t) != BTF_KIND_TYPE_TAG)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(pointer_tags); i++)
		if (!strcmp(btf_str(f->btf, t->name_off), pointer_tags[i].tag))
			add(f->fields, off, 8, pointer_tags[i].name);
}

static void look_at(struct finder *f, u32 id, u64 off, u32 depth);

static void look_at_array(struct finder *f, const struct btf_type *t, u64 off, u32 depth)
{
	s64 size = btf_size(f->btf, btf_array(t)->type);
	u32 before = f->fields->n;

	for (u32 i = 0; i < btf_array(t)->nelems && size > 0; i++) {
		look_at(f, btf_array(t)->type, off + i * (u64)size, depth + 1);
		/* Elements are alike. */
		if (f->fields->n == before && !f->fields->too_many)
			return;
	}
}

/* Nesting is bounded by depth, work by steps: what is beyond counts as special throughout. */
static void look_at(struct finder *f, u32 id, u64 off, u32 depth)
{
	const struct btf_type *t = btf_resolve(f->btf, id, NULL);
	const char *name;

	if (!t || off > UINT32_MAX)
		return;
	if (depth > NEST_MAX || f->steps++ > STEPS_MAX) {
		f->fields->too_many |= f->steps > STEPS_MAX;
		return;
	}
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		look_at_pointer(f, t, (u32)off);
		break;
	case BTF_KIND_ARRAY:
		look_at_array(f, t, off, depth);
		break;
	case BTF_KIND_STRUCT:
		name = special_struct(btf_str(f->btf, t->name_off));
		if (name) {
			add(f->fields, (u32)off, t->size, name);
			break;
		}
		for (u32 i = 0; i < btf_vlen(t); i++)
			look_at(f, btf_members(t)[i].type, off + btf_member_bit_offset(t, i) / 8, depth + 1);
		break;
	case BTF_KIND_DATASEC:
		for (u32 i = 0; i < btf_vlen(t); i++) {
			const struct btf_type *var = btf_type(f->btf, btf_secinfos(t)[i].type);

			if (var && btf_kind(var) == BTF_KIND_VAR)
				look_at(f, var->type, off + btf_secinfos(t)[i].offset, depth + 1);
		}
		break;
	default:
		break;
	}
}

void map_fields_find(struct map_fields *fields, const struct bpf_map *map)
{
	struct finder f = {.btf = map->btf ? map->btf->btf : NULL, .fields = fields};

	*fields = (struct map_fields){0};
	if (f.btf && map->btf_value_type_id)
		look_at(&f, map->btf_value_type_id, 0, 0);
}

const struct map_fields *map_fields_of(const struct verifier_env *env, const struct bpf_map *map)
{
	for (u32 i = 0; i < env->prog->used_map_cnt; i++)
		if (env->prog->used_maps[i] == map)
			return &env->map_fields[2 * i];
		else if (env->prog->used_maps[i]->inner_map_meta == map)
			return &env->map_fields[2 * i + 1];
	return NULL;
}
