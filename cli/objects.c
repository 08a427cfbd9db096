/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/objects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct class {
	const char *name;
	enum bpf_cmd next, by_id;
	u32 info_size;
	bool has_name, has_tag;
} classes[] = {
	[OBJECT_PROG] = {"prog", BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID, sizeof(struct bpf_prog_info), true, true},
	[OBJECT_MAP] = {"map", BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID, sizeof(struct bpf_map_info), true, false},
	[OBJECT_BTF] = {"btf", BPF_BTF_GET_NEXT_ID, BPF_BTF_GET_FD_BY_ID, sizeof(struct bpf_btf_info), false, false},
	[OBJECT_LINK] = {"link", BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID, sizeof(struct bpf_link_info), false, false},
};

const char *object_class_name(enum object_class class)
{
	return classes[class].name;
}

u32 object_info_size(enum object_class class)
{
	return classes[class].info_size;
}

int object_by_id(struct skep_door *door, enum object_class class, u32 id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return skep_bpf(door, classes[class].by_id, &attr, offsetof(union bpf_attr, fd_by_id_token_fd));
}

int object_next_id(struct skep_door *door, enum object_class class, u32 *id)
{
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.start_id = *id;
	err = skep_bpf(door, classes[class].next, &attr, offsetof(union bpf_attr, open_flags));
	if (!err)
		*id = attr.next_id;
	return err;
}

int object_info(struct skep_door *door, int fd, void *info, u32 size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (u32)fd;
	attr.info.info_len = size;
	attr.info.info = ptr_to_u64(info);
	return skep_bpf(door, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.info));
}

static int open_pinned(struct skep_door *door, const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = ptr_to_u64(path);
	return skep_bpf(door, BPF_OBJ_GET, &attr, offsetof(union bpf_attr, path_fd));
}

struct btf *object_btf(struct skep_door *door, u32 id)
{
	int fd = object_by_id(door, OBJECT_BTF, id);
	struct bpf_btf_info info;
	struct btf *btf = NULL;
	void *data = NULL;

	if (fd < 0)
		return NULL;
	memset(&info, 0, sizeof(info));
	if (!object_info(door, fd, &info, sizeof(info)) && (data = malloc(info.btf_size))) {
		u32 size = info.btf_size;

		memset(&info, 0, sizeof(info));
		info.btf = ptr_to_u64(data);
		info.btf_size = size;
		if (!object_info(door, fd, &info, sizeof(info)))
			btf = btf_parse(data, size, NULL, NULL);
	}
	free(data);
	close(fd);
	return btf;
}

struct list {
	int *fds;
	int count;
};

static bool list_add(struct list *list, int fd)
{
	int *fds = realloc(list->fds, ((size_t)list->count + 1) * sizeof(*fds));

	if (!fds)
		return false;
	list->fds = fds;
	list->fds[list->count++] = fd;
	return true;
}

static void list_close(struct list *list)
{
	for (int i = 0; i < list->count; i++)
		close(list->fds[i]);
	free(list->fds);
	*list = (struct list){0};
}

struct wanted {
	const char *name; /* or */
	u8 tag[BPF_TAG_SIZE];
	bool by_tag;
};

/* A name may have been cut off by the engine: a longer one on the command line still means it. */
static bool fits(struct skep_door *door, enum object_class class, int fd, const struct wanted *wanted)
{
	union object_info info;
	const char *name;

	memset(&info, 0, sizeof(info));
	if (object_info(door, fd, &info, classes[class].info_size))
		return false;
	if (wanted->by_tag)
		return !memcmp(info.prog.tag, wanted->tag, sizeof(wanted->tag));
	name = class == OBJECT_PROG ? info.prog.name : info.map.name;
	return !strncmp(name, wanted->name, BPF_OBJ_NAME_LEN - 1);
}

static int find_all(struct skep_door *door, enum object_class class, const struct wanted *wanted, struct list *list)
{
	int err;

	for (u32 id = 0; !(err = object_next_id(door, class, &id));) {
		int fd = object_by_id(door, class, id);

		if (fd == -ENOENT)
			continue; /* gone meanwhile */
		if (fd < 0)
			return fd;
		if ((wanted && !fits(door, class, fd, wanted)) || !list_add(list, fd))
			close(fd);
	}
	return err == -ENOENT ? 0 : err;
}

static bool parse_tag(const char *text, u8 tag[BPF_TAG_SIZE])
{
	if (strlen(text) != 2 * BPF_TAG_SIZE)
		return false;
	for (u32 i = 0; i < BPF_TAG_SIZE; i++) {
		unsigned int byte;

		if (sscanf(text + 2 * (size_t)i, "%2x", &byte) != 1)
			return false;
		tag[i] = (u8)byte;
	}
	return true;
}

static int fail(struct cli *cli, int status, enum object_class class, const char *how, const char *what, const char *why)
{
	return -cli_fail(cli, status, "%s %s %s: %s", classes[class].name, how, what, why);
}

static int select_one(struct cli *cli, enum object_class class, const char *how, const char *what, int fd, struct list *list)
{
	if (fd < 0)
		return fail(cli, SKEP_FAILED, class, how, what, fd == -ENOENT ? "there is none" : strerror(-fd));
	if (!list_add(list, fd)) {
		close(fd);
		return fail(cli, SKEP_FAILED, class, how, what, "out of memory");
	}
	return 0;
}

static int select_wanted(struct cli *cli, enum object_class class, const char *how, const char *what, const struct wanted *wanted,
			 struct list *list)
{
	int err = find_all(cli->door, class, wanted, list);

	if (err)
		return fail(cli, SKEP_FAILED, class, how, what, strerror(-err));
	return list->count ? 0 : fail(cli, SKEP_FAILED, class, how, what, "there is none");
}

static int select_into(struct cli *cli, struct args *args, enum object_class class, struct list *list)
{
	struct wanted wanted = {0};
	const char *what;
	u32 id;

	if (args_is(args, "id")) {
		what = args_take(args);
		if (!what || !parse_u32(what, &id))
			return fail(cli, SKEP_USAGE, class, "id", what ? what : "", "not a number");
		return select_one(cli, class, "id", what, object_by_id(cli->door, class, id), list);
	}
	if (classes[class].has_name && args_is(args, "name")) {
		wanted.name = what = args_take(args);
		if (!what)
			return fail(cli, SKEP_USAGE, class, "name", "", "a name is missing");
		return select_wanted(cli, class, "name", what, &wanted, list);
	}
	if (classes[class].has_tag && args_is(args, "tag")) {
		what = args_take(args);
		wanted.by_tag = true;
		if (!what || !parse_tag(what, wanted.tag))
			return fail(cli, SKEP_USAGE, class, "tag", what ? what : "", "not 16 hex digits");
		return select_wanted(cli, class, "tag", what, &wanted, list);
	}
	if (args_is(args, "pinned")) {
		what = args_take(args);
		if (!what)
			return fail(cli, SKEP_USAGE, class, "pinned", "", "a path is missing");
		return select_one(cli, class, "pinned", what, open_pinned(cli->door, what), list);
	}
	what = args_peek(args);
	return -cli_fail(cli, SKEP_USAGE, "%s: expected id N%s%s or pinned PATH, not '%s'", classes[class].name,
			 classes[class].has_name ? ", name NAME" : "", classes[class].has_tag ? ", tag TAG" : "", what ? what : "nothing");
}

int objects_select(struct cli *cli, struct args *args, enum object_class class, bool one, int **fds)
{
	struct list list = {0};
	int status = 0, err;

	if (!cli_door(cli, &status))
		return -status;
	err = select_into(cli, args, class, &list);
	if (!err && one && list.count > 1)
		err = -cli_fail(cli, SKEP_FAILED, "%s: %d objects fit; say which by id", classes[class].name, list.count);
	if (err) {
		list_close(&list);
		return err;
	}
	*fds = list.fds;
	return list.count;
}

int object_select(struct cli *cli, struct args *args, enum object_class class)
{
	int *fds, n = objects_select(cli, args, class, true, &fds), fd;

	if (n < 0)
		return n;
	fd = fds[0];
	free(fds);
	return fd;
}

int objects_each(struct cli *cli, struct args *args, enum object_class class, int (*fn)(struct cli *cli, int fd, void *ctx), void *ctx)
{
	struct list list = {0};
	int status = 0, err;

	if (!cli_door(cli, &status))
		return status;
	if (args->argc) {
		list.count = objects_select(cli, args, class, false, &list.fds);
		if (list.count < 0)
			return -list.count;
	} else {
		err = find_all(cli->door, class, NULL, &list);
		if (err) {
			list_close(&list);
			return cli_fail(cli, SKEP_FAILED, "%s: cannot be listed: %s", classes[class].name, strerror(-err));
		}
	}
	for (int i = 0; i < list.count && !status; i++)
		status = fn(cli, list.fds[i], ctx);
	list_close(&list);
	return status;
}
