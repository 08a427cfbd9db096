/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects as clients see them: descriptors, ids, info structs, pins. */
#include "tests/engine/both.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int map_of(struct both *t)
{
	return T_map(t, BPF_MAP_TYPE_HASH, 4, 8, 16, 0);
}

/* The smallest BTF there is: an int called "int". */
static int btf_of(struct both *t)
{
	struct {
		struct btf_header_like {
			u16 magic;
			u8 version, flags;
			u32 hdr_len, type_off, type_len, str_off, str_len;
		} h;
		u32 name, info, size, bits;
		char strings[5];
	} __attribute__((packed)) raw = {
		.h = {0xeb9f, 1, 0, 24, 0, 16, 16, 5}, .name = 1, .info = 1U << 24, .size = 4, .bits = 32 | 1 << 24, .strings = "\0int"};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf = ptr_to_u64(&raw);
	attr.btf_size = sizeof(raw);
	return T_bpf(t, BPF_BTF_LOAD, &attr, sizeof(attr));
}

static void duplicates_stay_valid(struct both *t)
{
	u64 value = 5, got = 0;
	u32 key = 1;
	int map = map_of(t), copy = dup(map), high = fcntl(map, F_DUPFD, 100);

	T_IS(t, T_update(t, map, &key, &value, 0), 0);
	close(map);
	T_IS(t, T_lookup(t, map, &key, &got, 0), -EBADF);
	T_IS(t, T_lookup(t, copy, &key, &got, 0), 0);
	T_IS(t, got, 5);
	close(copy);
	T_IS(t, T_lookup(t, high, &key, &got, 0), 0);
	close(high);
}

static void a_number_that_is_reused(struct both *t)
{
	u64 value = 5;
	u32 key = 1;
	int map = map_of(t), null = open("/dev/null", O_RDWR);

	dup2(null, map);
	T_IS(t, T_update(t, map, &key, &value, 0), -EINVAL);
	close(null);
	close(map);
}

static void passed_over_a_socket(struct both *t)
{
	char space[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&hdr);
	u64 value = 6, got = 0;
	u32 key = 1;
	int map = map_of(t), pair[2], other = -1;

	T_IS(t, T_update(t, map, &key, &value, 0), 0);
	T_IS(t, socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &map, sizeof(map));
	T_IS(t, sendmsg(pair[0], &hdr, 0), 1);
	close(map);
	T_IS(t, recvmsg(pair[1], &hdr, 0), 1);
	memcpy(&other, CMSG_DATA(CMSG_FIRSTHDR(&hdr)), sizeof(other));
	T_IS(t, T_lookup(t, other, &key, &got, 0), 0);
	T_IS(t, got, 6);
	close(other);
	close(pair[0]);
	close(pair[1]);
}

static int get_by_id(struct both *t, int cmd, u32 id, u32 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_id = id;
	attr.open_flags = flags;
	return T_bpf(t, cmd, &attr, sizeof(attr));
}

static u32 map_id(struct both *t, int fd)
{
	struct bpf_map_info info = {0};

	T_IS(t, T_info(t, fd, &info, sizeof(info)), 0);
	return info.id;
}

static void ids_live_as_long_as_references(struct both *t)
{
	int map = map_of(t), again;
	u32 id = map_id(t, map), same;

	T_TRUE(t, id > 0);
	again = get_by_id(t, BPF_MAP_GET_FD_BY_ID, id, 0);
	T_TRUE(t, again >= 0);
	close(map);
	same = map_id(t, again);
	T_IS(t, same, id);
	close(again);
	usleep(20000); /* the kernel frees maps a little later */
	again = get_by_id(t, BPF_MAP_GET_FD_BY_ID, id, 0);
	T_IS(t, again, -ENOENT);
	T_IS(t, get_by_id(t, BPF_MAP_GET_FD_BY_ID, 0, 0), -ENOENT);
	T_IS(t, get_by_id(t, BPF_MAP_GET_FD_BY_ID, 0xffffffff, 0), -ENOENT);
	T_IS(t, get_by_id(t, BPF_MAP_GET_FD_BY_ID, 0, 1), -EINVAL);
	T_IS(t, get_by_id(t, BPF_MAP_GET_FD_BY_ID, 0, BPF_F_RDONLY | BPF_F_WRONLY), -EINVAL);
	T_IS(t, get_by_id(t, BPF_PROG_GET_FD_BY_ID, 0xffffffff, 0), -ENOENT);
	T_IS(t, get_by_id(t, BPF_BTF_GET_FD_BY_ID, 0xffffffff, 0), -ENOENT);
	T_IS(t, get_by_id(t, BPF_LINK_GET_FD_BY_ID, 0xffffffff, 0), -ENOENT);
}

static void ids_in_order(struct both *t)
{
	int a = map_of(t), b = map_of(t);
	union bpf_attr attr;
	u32 last = 0, seen = 0, id_a = map_id(t, a), id_b = map_id(t, b);

	T_TRUE(t, id_b > id_a);
	for (;;) {
		memset(&attr, 0, sizeof(attr));
		attr.start_id = last;
		if (T_bpf(t, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr)))
			break;
		if (!T_TRUE(t, attr.next_id > last))
			break;
		last = attr.next_id;
		seen += last == id_a || last == id_b;
	}
	T_IS(t, seen, 2);
	memset(&attr, 0, sizeof(attr));
	attr.start_id = 0x7fffffff;
	T_IS(t, T_bpf(t, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr)), -EINVAL);
	attr.start_id = 0x7ffffffe;
	T_IS(t, T_bpf(t, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr)), -ENOENT);
	close(a);
	close(b);
}

static void modes_of_descriptors(struct both *t)
{
	u64 value = 1;
	u32 key = 1, next;
	int map = map_of(t), ro, wo;
	u32 id = map_id(t, map);

	ro = get_by_id(t, BPF_MAP_GET_FD_BY_ID, id, BPF_F_RDONLY);
	wo = get_by_id(t, BPF_MAP_GET_FD_BY_ID, id, BPF_F_WRONLY);
	T_IS(t, T_update(t, ro, &key, &value, 0), -EPERM);
	T_IS(t, T_delete(t, ro, &key), -EPERM);
	T_IS(t, T_update(t, wo, &key, &value, 0), 0);
	T_IS(t, T_lookup(t, wo, &key, &value, 0), -EPERM);
	T_IS(t, T_next_key(t, wo, NULL, &next), -EPERM);
	T_IS(t, T_lookup(t, ro, &key, &value, 0), 0);
	close(ro);
	close(wo);
	close(map);
}

static void note_info(struct both *t, const char *label, int fd, u32 size, u32 room, bool dirty_tail)
{
	u8 info[512];
	union bpf_attr attr;
	int ret;

	memset(info, 0, sizeof(info));
	if (dirty_tail)
		info[room - 1] = 1;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (u32)fd;
	attr.info.info_len = room;
	attr.info.info = ptr_to_u64(info);
	ret = T_bpf(t, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
	T_NOTE(t, "%s room %u: %d, says %u, byte behind is %u", label, room, ret, attr.info.info_len, info[room]);
}

static void info_lengths(struct both *t)
{
	int map = map_of(t), btf = btf_of(t);

	for (u32 room = 0; room < 300; room += 4) {
		note_info(t, "map", map, sizeof(struct bpf_map_info), room, false);
		note_info(t, "btf", btf, sizeof(struct bpf_btf_info), room, false);
	}
	for (u32 room = 40; room < 300; room += 4) {
		note_info(t, "map dirty", map, sizeof(struct bpf_map_info), room, room > sizeof(struct bpf_map_info));
		note_info(t, "btf dirty", btf, sizeof(struct bpf_btf_info), room, room > sizeof(struct bpf_btf_info));
	}
	T_NOTE(t, "no memory: %d", T_info(t, map, NULL, 80));
	close(map);
	close(btf);
}

static void map_info_fields(struct both *t)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 12, .max_entries = 3,
			       .map_flags = BPF_F_MMAPABLE | BPF_F_RDONLY, .map_name = "figures"};
	struct bpf_map_info info;
	int fd = T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr));

	memset(&info, 0xff, offsetof(struct bpf_map_info, hash));
	memset(&info.hash, 0, sizeof(info) - offsetof(struct bpf_map_info, hash));
	T_IS(t, T_info(t, fd, &info, sizeof(info)), 0);
	T_NOTE(t, "%u key %u value %u entries %u flags %#x name %s ifindex %u vmlinux %u %u netns %llu %llu btf %u %u %u extra %llu hash %u",
	       info.type, info.key_size, info.value_size, info.max_entries, info.map_flags, info.name, info.ifindex,
	       info.btf_vmlinux_value_type_id, info.btf_vmlinux_id, info.netns_dev, info.netns_ino, info.btf_id,
	       info.btf_key_type_id, info.btf_value_type_id, info.map_extra, info.hash_size);
	close(fd);
}

static void hashes_of_frozen_arrays(struct both *t)
{
	for (u32 size = 4; size <= 12; size += 4)
		for (u32 type = BPF_MAP_TYPE_HASH; type <= BPF_MAP_TYPE_ARRAY; type++)
			for (int frozen = 0; frozen < 2; frozen++)
				for (u32 room = 0; room <= 64; room += 16) {
					int map = T_map(t, type, 4, size, 3, 0);
					union bpf_attr attr = {.map_fd = (u32)map};
					struct bpf_map_info info;
					u8 hash[64] = {0};
					u32 key = 1;

					T_IS(t, T_update(t, map, &key, "hello, world", 0), 0);
					if (frozen)
						T_IS(t, T_bpf(t, BPF_MAP_FREEZE, &attr, sizeof(attr)), 0);
					memset(&info, 0, sizeof(info));
					info.hash = ptr_to_u64(hash);
					info.hash_size = room;
					T_NOTE(t, "type %u size %u frozen %d room %u: %d %02x%02x%02x%02x", type, size, frozen, room,
					       T_info(t, map, &info, sizeof(info)), hash[0], hash[1], hash[2], hash[31]);
					close(map);
				}
}

static void btf_info_fields(struct both *t)
{
	struct bpf_btf_info info;
	u8 raw[64];
	char name[8] = "x";
	int fd = btf_of(t);

	if (!T_TRUE(t, fd >= 0))
		return;
	memset(&info, 0, sizeof(info));
	info.btf = ptr_to_u64(raw);
	for (u32 size = 0; size <= 48; size += 15) {
		memset(raw, 0xee, sizeof(raw));
		info.btf_size = size;
		T_IS(t, T_info(t, fd, &info, sizeof(info)), 0);
		T_NOTE(t, "size %u, kernel %u, first bytes %02x %02x, name_len %u, behind %02x", info.btf_size, info.kernel_btf,
		       raw[0], raw[1], info.name_len, raw[min_of(size, 45U)]);
	}
	info.name = ptr_to_u64(name);
	info.name_len = 0;
	T_NOTE(t, "name without room: %d", T_info(t, fd, &info, sizeof(info)));
	info.name_len = 8;
	T_NOTE(t, "name: %d '%s' %u", T_info(t, fd, &info, sizeof(info)), name, info.name_len);
	close(fd);
}

static void map_with_btf(struct both *t)
{
	int btf = btf_of(t), map;
	struct bpf_map_info info = {0};

	for (u32 type = BPF_MAP_TYPE_HASH; type <= BPF_MAP_TYPE_PERCPU_ARRAY; type++)
		for (u32 key = 0; key < 3; key++)
			for (u32 value = 0; value < 3; value++) {
				union bpf_attr attr = {.map_type = type, .key_size = 4, .value_size = 4, .max_entries = 1,
						       .btf_fd = (u32)btf, .btf_key_type_id = key, .btf_value_type_id = value};

				T_NOTE(t, "type %u key %u value %u", type, key, value);
				T_NOTE_FD(t, "map", T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr)));
			}
	{
		union bpf_attr attr = {.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1,
				       .btf_fd = (u32)btf, .btf_key_type_id = 1, .btf_value_type_id = 1};

		map = T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr));
		attr.value_size = 8;
		T_NOTE_FD(t, "other size", T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr)));
		attr.btf_fd = (u32)map;
		T_NOTE_FD(t, "no BTF", T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr)));
	}
	close(btf);
	T_IS(t, T_info(t, map, &info, sizeof(info)), 0);
	T_TRUE(t, info.btf_id > 0);
	T_IS(t, info.btf_key_type_id, 1);
	close(map);
}

/* Every command with a descriptor of the wrong kind. */
static void wrong_kinds(struct both *t)
{
	int map = map_of(t), btf = btf_of(t), null = open("/dev/null", O_RDWR);
	int fds[] = {map, btf, null, 9999, -1};
	static const int cmds[] = {BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
				   BPF_MAP_FREEZE, BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_LINK_DETACH, BPF_PROG_TEST_RUN,
				   BPF_PROG_BIND_MAP, BPF_OBJ_GET_INFO_BY_FD};

	for (size_t c = 0; c < ARRAY_SIZE(cmds); c++)
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
			union bpf_attr attr;

			memset(&attr, 0, sizeof(attr));
			attr.map_fd = (u32)fds[i];
			if (cmds[c] == BPF_OBJ_GET_INFO_BY_FD)
				attr.info.bpf_fd = (u32)fds[i];
			T_NOTE(t, "cmd %d, fd %zu: %d", cmds[c], i, T_bpf(t, cmds[c], &attr, sizeof(attr)));
		}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		union bpf_attr attr;

		memset(&attr, 0, sizeof(attr));
		attr.batch.map_fd = (u32)fds[i];
		T_NOTE(t, "batch, fd %zu: %d", i, T_bpf(t, BPF_MAP_LOOKUP_BATCH, &attr, sizeof(attr)));
		memset(&attr, 0, sizeof(attr));
		attr.pathname = ptr_to_u64("/nowhere/at/all");
		attr.bpf_fd = (u32)fds[i];
		if (i)
			T_NOTE(t, "pin, fd %zu: %d", i, T_bpf(t, BPF_OBJ_PIN, &attr, sizeof(attr)));
	}
	close(map);
	close(btf);
	close(null);
}

static void loading_btf(struct both *t)
{
	static const struct {
		u32 size, flags, level;
		bool buffer;
		u32 log_size;
	} tries[] = {{0, 0, 0, false, 0},	 {(16 << 20) + 1, 0, 0, false, 0}, {4, 0, 0, false, 0}, {4, 1, 0, false, 0},
		     {4, 0, 1, false, 0}, {4, 0, 1, true, 4096},	   {4, 0, 0, true, 4096},	 {4, 0, 1, true, 0},
		     {4, 0, 1, false, 64}, {4, 0, 16, true, 4096},   {4, 0, 1, true, 1}};
	char raw[4] = {(char)0x9f, (char)0xeb, 2, 0}, log[4096];

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		union bpf_attr attr;

		memset(&attr, 0, sizeof(attr));
		attr.btf = ptr_to_u64(raw);
		attr.btf_size = tries[i].size;
		attr.btf_flags = tries[i].flags;
		attr.btf_log_level = tries[i].level;
		attr.btf_log_buf = tries[i].buffer ? ptr_to_u64(log) : 0;
		attr.btf_log_size = tries[i].log_size;
		T_NOTE(t, "%zu", i);
		T_NOTE_FD(t, "BTF_LOAD", T_bpf(t, BPF_BTF_LOAD, &attr, sizeof(attr)));
	}
	T_NOTE_FD(t, "BTF_LOAD", btf_of(t));
}

static int pin(struct both *t, int cmd, const char *path, int fd, u32 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = ptr_to_u64(path);
	attr.bpf_fd = (u32)fd;
	attr.file_flags = flags;
	return T_bpf(t, cmd, &attr, sizeof(attr));
}

/* In a mount namespace of its own, so that nobody else sees the bpffs. */
static void pins(struct both *t)
{
	char dir[] = "/tmp/skep-pins-XXXXXX", path[64];
	u64 value = 9, got = 0;
	u32 key = 1;
	int map = map_of(t), btf = btf_of(t), again;

	if (!mkdtemp(dir))
		return;
	if (!t->engine && (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
			   mount("bpf", dir, "bpf", 0, NULL))) {
		t->failures++;
		return;
	}
	snprintf(path, sizeof(path), "%s/a_map", dir);
	T_IS(t, pin(t, BPF_OBJ_GET, path, 0, 0), -ENOENT);
	T_IS(t, pin(t, BPF_OBJ_PIN, path, map, 0), 0);
	T_IS(t, pin(t, BPF_OBJ_PIN, path, map, 0), -EEXIST);
	T_IS(t, pin(t, BPF_OBJ_PIN, path, map, 1), -EINVAL);
	T_IS(t, pin(t, BPF_OBJ_PIN, "relative", map, 0), -EPERM);
	T_IS(t, pin(t, BPF_OBJ_PIN, "", map, 0), -ENOENT);
	T_IS(t, pin(t, BPF_OBJ_PIN, path, btf, 0), -EINVAL);
	T_IS(t, pin(t, BPF_OBJ_GET, path, map, 0), -EINVAL);
	T_IS(t, T_update(t, map, &key, &value, 0), 0);
	close(map);
	again = pin(t, BPF_OBJ_GET, path, 0, 0);
	T_IS(t, T_lookup(t, again, &key, &got, 0), 0);
	T_IS(t, got, 9);
	close(again);
	again = pin(t, BPF_OBJ_GET, path, 0, BPF_F_RDONLY);
	T_IS(t, T_update(t, again, &key, &value, 0), -EPERM);
	close(again);
	T_IS(t, t->door ? skep_unlink(t->door, path) : t->engine ? skep_engine_unlink(t->engine, path) : unlink(path), 0);
	T_IS(t, pin(t, BPF_OBJ_GET, path, 0, 0), -ENOENT);
	close(btf);
	if (!t->engine)
		umount(dir);
	rmdir(dir);
}

/* A map that is mapped is not frozen for writing elsewhere; what is mapped is the map. */
static void mapped_arrays(struct both *t)
{
	u64 value = 3, got = 0;
	u32 key = 2;
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 8, 600, BPF_F_MMAPABLE), plain = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0);
	u64 *p = T_mmap(t, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0), *q;

	if (!T_TRUE(t, p != NULL))
		return;
	T_IS(t, T_update(t, map, &key, &value, 0), 0);
	T_IS(t, p[2], 3);
	p[2] = 4;
	T_IS(t, T_lookup(t, map, &key, &got, 0), 0);
	T_IS(t, got, 4);
	q = T_mmap(t, 8192, PROT_READ, MAP_PRIVATE, map, 0);
	T_NOTE(t, "private: %d", q ? 0 : errno);
	q = T_mmap(t, 65536, PROT_READ, MAP_SHARED, map, 0);
	T_NOTE(t, "too long: %d", q ? 0 : errno);
	q = T_mmap(t, 4096, PROT_READ, MAP_SHARED, map, 4096);
	T_NOTE(t, "second page: %d", q ? 0 : errno);
	if (q)
		munmap(q, 4096);
	q = T_mmap(t, 4096, PROT_READ, MAP_SHARED, plain, 0);
	T_NOTE(t, "not mmapable: %d", q ? 0 : errno);
	/* The mapping outlives the descriptor. */
	close(map);
	T_IS(t, p[2], 4);
	munmap(p, 8192);
	close(plain);
}

static const struct both_case cases[] = {
	BOTH(duplicates_stay_valid), BOTH(a_number_that_is_reused), BOTH(passed_over_a_socket), BOTH(ids_live_as_long_as_references),
	BOTH(ids_in_order), BOTH(modes_of_descriptors), BOTH(info_lengths), BOTH(map_info_fields), BOTH(btf_info_fields), BOTH(hashes_of_frozen_arrays),
	BOTH(map_with_btf), BOTH(wrong_kinds), BOTH(loading_btf), BOTH(pins), BOTH(mapped_arrays),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
