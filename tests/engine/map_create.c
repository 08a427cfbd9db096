/* SPDX-License-Identifier: BSD-2-Clause */
/* MAP_CREATE: every map type that the engine has, with every flag and odd sizes. */
#include "tests/engine/both.h"

static const struct {
	u32 type;
	const char *name;
} types[] = {
#define MAP_OPS(name, ops) {BPF_MAP_TYPE_##name, #name},
#include "engine/maps/types.def"
#undef MAP_OPS
};

static const u32 sizes[] = {0, 1, 4, 5, 8, 16, 4096};

static void every_flag(struct both *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (u32 bit = 0; bit < 32; bit++)
			for (size_t k = 0; k < 3; k++) {
				static const struct {
					u32 key, value, entries;
				} shapes[] = {{4, 8, 4}, {0, 0, 4096}, {4, 4, 4}};

				/* A token's descriptor is asked for first; tokens are not there (docs/differences.md). */
				if (1U << bit == BPF_F_TOKEN_FD)
					continue;
				T_NOTE_FD(t, types[i].name,
					  T_map(t, types[i].type, shapes[k].key, shapes[k].value, shapes[k].entries, 1U << bit));
			}
}

static void pairs_of_flags(struct both *t)
{
	static const u32 flags[] = {BPF_F_NO_PREALLOC,	BPF_F_RDONLY,	   BPF_F_WRONLY,   BPF_F_ZERO_SEED,
				    BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG, BPF_F_MMAPABLE, BPF_F_INNER_MAP};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (size_t a = 0; a < ARRAY_SIZE(flags); a++)
			for (size_t b = a + 1; b < ARRAY_SIZE(flags); b++)
				T_NOTE_FD(t, types[i].name, T_map(t, types[i].type, 4, 4, 4, flags[a] | flags[b]));
}

static void every_shape(struct both *t)
{
	static const u32 entries[] = {0, 1, 3, 4096, 8192};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++)
			for (size_t v = 0; v < ARRAY_SIZE(sizes); v++)
				for (size_t n = 0; n < ARRAY_SIZE(entries); n++) {
					char label[64];

					snprintf(label, sizeof(label), "%s %u %u %u", types[i].name, sizes[k], sizes[v], entries[n]);
					T_NOTE_FD(t, label, T_map(t, types[i].type, sizes[k], sizes[v], entries[n], 0));
				}
}

static void too_large(struct both *t)
{
	static const struct {
		u32 key, value, entries;
	} shapes[] = {
		{4, 0xffffffff, 1},    {4, 0x7fffffff, 1}, {4, 0x80000000, 2}, {0xffffffff, 4, 1}, {513, 4, 1}, {1 << 20, 4, 1},
		{4, (32 << 20) + 1, 1}, {8, 0xfffffff8, 0xffffffff},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
			char label[80];

			snprintf(label, sizeof(label), "%s %u %u %u", types[i].name, shapes[s].key, shapes[s].value,
				 shapes[s].entries);
			T_NOTE_FD(t, label, T_map(t, types[i].type, shapes[s].key, shapes[s].value, shapes[s].entries, 0));
		}
}

static void names(struct both *t)
{
	static const char *const given[] = {"a", "a.b_C9", "fifteen_letters", "a b", "a-b", "\xc3\xa4", "", "a/b"};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
		struct bpf_map_info info = {0};
		int fd;

		memcpy(attr.map_name, given[i], strlen(given[i]));
		fd = T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr));
		if (fd >= 0 && !T_info(t, fd, &info, sizeof(info)))
			T_NOTE(t, "named %s", info.name);
		T_NOTE_FD(t, given[i], fd);
	}
	for (int filled = 0; filled < 2; filled++) {
		union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

		memset(attr.map_name, 'a', 16);
		if (filled)
			attr.map_name[7] = 0; /* and more behind it */
		T_NOTE_FD(t, filled ? "text behind the NUL" : "no NUL", T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr)));
	}
}

static void fields_of_other_types(struct both *t)
{
	for (int i = 0; i < 10; i++) {
		union bpf_attr attr = {.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1};

		switch (i) {
		case 0:
			attr.inner_map_fd = 1;
			break;
		case 1:
			attr.numa_node = 1; /* without the flag */
			break;
		case 2:
			attr.numa_node = 1000;
			attr.map_flags = BPF_F_NUMA_NODE;
			break;
		case 3:
			attr.map_ifindex = 1000000; /* no such device */
			break;
		case 4:
			attr.btf_fd = 1000;
			break;
		case 5:
			attr.btf_key_type_id = 1;
			break;
		case 6:
			attr.btf_value_type_id = 1;
			attr.btf_fd = 1000;
			break;
		case 7:
			attr.btf_vmlinux_value_type_id = 1;
			break;
		case 8:
			attr.map_extra = 1;
			break;
		case 9:
			attr.value_type_btf_obj_fd = 1;
			break;
		}
		T_NOTE(t, "field %d", i);
		T_NOTE_FD(t, "hash", T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr)));
	}
	for (u32 type = BPF_MAP_TYPE_ARENA + 1; type < 40; type++)
		T_IS(t, T_map(t, type, 4, 4, 1, 0), -EINVAL);
	T_IS(t, T_map(t, 0xffffffff, 4, 4, 1, 0), -EINVAL);
}

static const struct both_case cases[] = {
	BOTH(every_flag), BOTH(pairs_of_flags), BOTH(every_shape), BOTH(too_large), BOTH(names), BOTH(fields_of_other_types),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
