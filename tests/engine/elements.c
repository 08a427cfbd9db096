/* SPDX-License-Identifier: BSD-2-Clause */
/* Map element commands: errnos and results. */
#include "tests/engine/both.h"

static void hash_elements(struct both *t)
{
	u32 key = 1, next = 0, value = 7, got = 0;
	int map = T_map(t, BPF_MAP_TYPE_HASH, 4, 4, 2, 0);

	if (!T_TRUE(t, map >= 0))
		return;
	T_IS(t, T_lookup(t, map, &key, &got, 0), -ENOENT);
	T_IS(t, T_update(t, map, &key, &value, BPF_EXIST), -ENOENT);
	T_IS(t, T_update(t, map, &key, &value, BPF_NOEXIST), 0);
	T_IS(t, T_update(t, map, &key, &value, BPF_NOEXIST), -EEXIST);
	T_IS(t, T_update(t, map, &key, &value, 8), -EINVAL);
	T_IS(t, T_lookup(t, map, &key, &got, 0), 0);
	T_IS(t, got, 7);
	T_IS(t, T_lookup(t, map, &key, &got, BPF_F_LOCK), -EINVAL);
	T_IS(t, T_lookup(t, map, &key, &got, 1), -EINVAL);
	T_IS(t, T_lookup(t, map, NULL, &got, 0), -EFAULT);
	T_IS(t, T_lookup(t, map, &key, NULL, 0), -EFAULT);
	T_IS(t, T_next_key(t, map, NULL, &next), 0);
	T_IS(t, next, 1);
	T_IS(t, T_next_key(t, map, &key, &next), -ENOENT);
	key = 2;
	T_IS(t, T_update(t, map, &key, &value, 0), 0);
	key = 3;
	T_IS(t, T_update(t, map, &key, &value, 0), -E2BIG);
	T_IS(t, T_delete(t, map, &key), -ENOENT);
	key = 2;
	T_IS(t, T_delete(t, map, &key), 0);
	close(map);
	T_IS(t, T_lookup(t, map, &key, &got, 0), -EBADF);
}

static void wrong_descriptors(struct both *t)
{
	u32 key = 0, value;
	int null = T_open(t, "/dev/null");

	T_IS(t, T_lookup(t, -1, &key, &value, 0), -EBADF);
	T_IS(t, T_lookup(t, 1000000, &key, &value, 0), -EBADF);
	T_IS(t, T_lookup(t, 0, &key, &value, 0), -EINVAL);
	if (null >= 0)
		close(null);
}

static void freezing(struct both *t)
{
	u32 key = 0, value = 1;
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	int ro = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 4, 1, BPF_F_RDONLY);
	union bpf_attr attr = {.map_fd = (u32)map};

	T_IS(t, T_update(t, map, &key, &value, 0), 0);
	T_IS(t, T_bpf(t, BPF_MAP_FREEZE, &attr, 4), 0);
	T_NOTE(t, "again: %d", T_bpf(t, BPF_MAP_FREEZE, &attr, 4));
	T_IS(t, T_update(t, map, &key, &value, 0), -EPERM);
	T_IS(t, T_delete(t, map, &key), -EPERM);
	T_IS(t, T_lookup(t, map, &key, &value, 0), 0);
	attr.map_fd = (u32)ro;
	T_NOTE(t, "read-only: %d", T_bpf(t, BPF_MAP_FREEZE, &attr, 4));
	close(map);
	close(ro);
}

static const struct both_case cases[] = {
	BOTH(hash_elements),
	BOTH(wrong_descriptors),
	BOTH(freezing),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
