/* SPDX-License-Identifier: BSD-2-Clause */
/* skep btf: types, of the engine's objects or of files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/listing.h"
#include "common/btf/dump.h"
#include "common/btf/file.h"

static int show(struct cli *cli, int fd, void *listing)
{
	struct listing *l = listing;
	struct bpf_btf_info info;
	char name[64] = "";
	int err;

	memset(&info, 0, sizeof(info));
	info.name = ptr_to_u64(name);
	info.name_len = sizeof(name);
	err = object_info(cli->door, fd, &info, sizeof(info));
	if (err)
		return cli_fail(cli, SKEP_FAILED, "btf: no information: %s", strerror(-err));
	if (l->j) {
		json_begin(l->j, '{');
		json_key_uint(l->j, "id", info.id);
		json_key_uint(l->j, "size", info.btf_size);
		json_key_bool(l->j, "kernel", info.kernel_btf);
		if (*name)
			json_key_str(l->j, "name", name);
		json_end(l->j, '}');
		return SKEP_OK;
	}
	strbuf_addf(&l->out, "%u: ", info.id);
	if (info.kernel_btf)
		strbuf_addf(&l->out, "name [%s]  ", name);
	else
		strbuf_addf(&l->out, "name %s  ", *name ? name : "<anon>");
	strbuf_addf(&l->out, "size %uB\n", info.btf_size);
	return SKEP_OK;
}

static int do_show(struct cli *cli, struct args *args)
{
	return listing_run(cli, args, OBJECT_BTF, show);
}

static struct btf *of_file(struct cli *cli, struct args *args, int *status)
{
	const char *path = args_take(args);
	struct strbuf why = STRBUF_INIT;
	struct btf *btf;

	if (!path) {
		*status = cli_fail(cli, SKEP_USAGE, "btf dump: a file is missing");
		return NULL;
	}
	btf = btf_load_file(path, NULL, NULL, &why);
	if (!btf)
		*status = cli_fail(cli, SKEP_BAD_OBJECT, "%s", strbuf_str(&why));
	strbuf_free(&why);
	return btf;
}

static struct btf *of_id(struct cli *cli, struct args *args, int *status)
{
	const char *word = args_take(args);
	struct btf *btf;
	u32 id;

	if (!word || !parse_u32(word, &id)) {
		*status = cli_fail(cli, SKEP_USAGE, "btf dump id: '%s' is not a number", word ? word : "");
		return NULL;
	}
	if (!cli_door(cli, status))
		return NULL;
	btf = object_btf(cli->door, id);
	if (!btf)
		*status = cli_fail(cli, SKEP_FAILED, "btf id %u: there is none", id);
	return btf;
}

/* The types of a program or map: BTF by the id in its info. */
static struct btf *of_object(struct cli *cli, struct args *args, enum object_class class, int *status)
{
	int fd = object_select(cli, args, class);
	union object_info info;
	struct btf *btf;
	u32 id;

	if (fd < 0) {
		*status = -fd;
		return NULL;
	}
	memset(&info, 0, sizeof(info));
	id = object_info(cli->door, fd, &info, object_info_size(class)) ? 0 : class == OBJECT_PROG ? info.prog.btf_id : info.map.btf_id;
	close(fd);
	btf = id ? object_btf(cli->door, id) : NULL;
	if (!btf)
		*status = cli_fail(cli, SKEP_FAILED, "btf dump: this %s has no types", object_class_name(class));
	return btf;
}

static int print(struct cli *cli, const struct btf *btf, bool c, const u32 *roots, u32 nroots)
{
	struct btf_c_opts opts = {.roots = nroots ? roots : NULL, .nroots = nroots};
	struct strbuf out = STRBUF_INIT;
	struct json json = {.out = &out, .pretty = cli->pretty};
	int status = SKEP_OK;

	if (c) {
		int err = btf_dump_c(btf, &opts, &out);

		if (err)
			status = cli_fail(cli, SKEP_BAD_OBJECT, "btf dump: these types cannot be written as C: %s", strerror(-err));
	} else if (nroots && cli->json) {
		json_begin(&json, '{');
		json_key_begin(&json, "types", '[');
		for (u32 i = 0; i < nroots; i++)
			btf_dump_json_type(btf, roots[i], &json);
		json_end(&json, ']');
		json_end(&json, '}');
	} else if (nroots) {
		for (u32 i = 0; i < nroots; i++)
			btf_dump_raw_type(btf, roots[i], &out);
	} else if (cli->json) {
		btf_dump_json(btf, &json);
	} else {
		btf_dump_raw(btf, &out);
	}
	if (!status)
		fwrite(strbuf_str(&out), 1, out.len, stdout);
	if (!status && cli->json && !c)
		putchar('\n');
	strbuf_free(&out);
	return status;
}

static int dump_options(struct cli *cli, struct args *args, const struct btf *btf, bool *c, u32 *roots, u32 max, u32 *nroots)
{
	while (args->argc) {
		const char *word;

		if (args_is(args, "format")) {
			word = args_take(args);
			if (word && !strcmp(word, "c"))
				*c = true;
			else if (!word || strcmp(word, "raw"))
				return cli_fail(cli, SKEP_USAGE, "btf dump: format is raw or c, not '%s'", word ? word : "");
		} else if (args_is(args, "root_id")) {
			word = args_take(args);
			if (!word || *nroots == max || !parse_u32(word, &roots[*nroots]) || !btf_type(btf, roots[*nroots]))
				return cli_fail(cli, SKEP_USAGE, "btf dump: root_id '%s' is no type of it", word ? word : "");
			(*nroots)++;
		} else {
			return cli_fail(cli, SKEP_USAGE, "btf dump: no option '%s'", args->argv[0]);
		}
	}
	return SKEP_OK;
}

static int do_dump(struct cli *cli, struct args *args)
{
	struct btf *btf = NULL;
	u32 roots[64], nroots = 0;
	bool c = false;
	int status = SKEP_OK;

	if (args_is(args, "file"))
		btf = of_file(cli, args, &status);
	else if (args_is(args, "id"))
		btf = of_id(cli, args, &status);
	else if (args_is(args, "prog"))
		btf = of_object(cli, args, OBJECT_PROG, &status);
	else if (args_is(args, "map"))
		btf = of_object(cli, args, OBJECT_MAP, &status);
	else
		return cli_fail(cli, SKEP_USAGE, "btf dump: expected id N, file PATH, prog PROG or map MAP, not '%s'",
				args->argc ? args->argv[0] : "nothing");
	if (!btf)
		return status;
	status = dump_options(cli, args, btf, &c, roots, ARRAY_SIZE(roots), &nroots);
	if (!status)
		status = print(cli, btf, c, roots, nroots);
	btf_free(btf);
	return status;
}

static const struct verb verbs[] = {
	{"show", do_show, "[id N]"},
	{"list", do_show, "[id N]"},
	{"dump", do_dump, "{ id N | file PATH | prog PROG | map MAP } [format raw | c] [root_id N]"},
	{0},
};
const struct noun noun_btf = {"btf", verbs, "types: list, dump raw or as C"};
