/* SPDX-License-Identifier: BSD-2-Clause */
/* skep prog: the engine's programs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/listing.h"
#include "cli/mount.h"
#include "cli/object_file.h"
#include "cli/prog_dump.h"

#define PROG "{ id N | name X | tag T | pinned PATH }"

/* Load times count from the machine's start. */
static time_t wall_clock(u64 since_boot_ns)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return real.tv_sec - boot.tv_sec + (time_t)((s64)since_boot_ns / 1000000000) + (real.tv_nsec < boot.tv_nsec ? -1 : 0);
}

static void add_tag(struct strbuf *out, const u8 tag[BPF_TAG_SIZE])
{
	for (u32 i = 0; i < BPF_TAG_SIZE; i++)
		strbuf_addf(out, "%02x", tag[i]);
}

/* What the kernel counts against the one who loaded it: only its descriptor's /proc entry says it. */
static u64 memlock_of(int fd)
{
	char path[48], line[128];
	u64 bytes = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %" SCNu64, (uint64_t *)&bytes) == 1)
			break;
	fclose(f);
	return bytes;
}

static void show_json(struct listing *l, const struct bpf_prog_info *info, const u32 *map_ids, u64 memlock)
{
	struct json *j = l->j;
	struct strbuf tag = STRBUF_INIT;

	add_tag(&tag, info->tag);
	json_begin(j, '{');
	json_key_uint(j, "id", info->id);
	json_key_str(j, "type", prog_type_name(info->type));
	if (*info->name)
		json_key_str(j, "name", info->name);
	json_key_str(j, "tag", strbuf_str(&tag));
	json_key_bool(j, "gpl_compatible", info->gpl_compatible);
	if (info->run_time_ns) {
		json_key_uint(j, "run_time_ns", info->run_time_ns);
		json_key_uint(j, "run_cnt", info->run_cnt);
	}
	if (info->recursion_misses)
		json_key_uint(j, "recursion_misses", info->recursion_misses);
	json_key_int(j, "loaded_at", wall_clock(info->load_time));
	json_key_uint(j, "uid", info->created_by_uid);
	json_key_uint(j, "bytes_xlated", info->xlated_prog_len);
	json_key_bool(j, "jited", info->jited_prog_len);
	if (info->jited_prog_len)
		json_key_uint(j, "bytes_jited", info->jited_prog_len);
	if (memlock)
		json_key_uint(j, "bytes_memlock", memlock);
	if (info->nr_map_ids) {
		json_key_begin(j, "map_ids", '[');
		listing_ids(l, map_ids, info->nr_map_ids);
		json_end(j, ']');
	}
	if (info->btf_id)
		json_key_uint(j, "btf_id", info->btf_id);
	json_end(j, '}');
	strbuf_free(&tag);
}

static void show_text(struct listing *l, const struct bpf_prog_info *info, const u32 *map_ids, u64 memlock)
{
	struct strbuf *out = &l->out;
	time_t when = wall_clock(info->load_time);
	struct tm tm;
	char date[32] = "";

	if (localtime_r(&when, &tm))
		strftime(date, sizeof(date), "%FT%T%z", &tm);
	strbuf_addf(out, "%u: %s  ", info->id, prog_type_name(info->type));
	if (*info->name)
		strbuf_addf(out, "name %s  ", info->name);
	strbuf_adds(out, "tag ");
	add_tag(out, info->tag);
	if (info->gpl_compatible)
		strbuf_adds(out, "  gpl");
	if (info->run_time_ns)
		strbuf_addf(out, " run_time_ns %llu run_cnt %llu", info->run_time_ns, info->run_cnt);
	if (info->recursion_misses)
		strbuf_addf(out, " recursion_misses %llu", info->recursion_misses);
	strbuf_addf(out, "\n\tloaded_at %s  uid %u\n\txlated %uB", date, info->created_by_uid, info->xlated_prog_len);
	if (info->jited_prog_len)
		strbuf_addf(out, "  jited %uB", info->jited_prog_len);
	else
		strbuf_adds(out, "  not jited");
	if (memlock)
		strbuf_addf(out, "  memlock %lluB", memlock);
	if (info->nr_map_ids) {
		strbuf_adds(out, "  map_ids ");
		listing_ids(l, map_ids, info->nr_map_ids);
	}
	if (info->btf_id)
		strbuf_addf(out, "\n\tbtf_id %u", info->btf_id);
	strbuf_addc(out, '\n');
}

static int show(struct cli *cli, int fd, void *listing)
{
	struct listing *l = listing;
	struct bpf_prog_info info;
	u32 map_ids[256];
	int err;

	memset(&info, 0, sizeof(info));
	info.map_ids = ptr_to_u64(map_ids);
	info.nr_map_ids = ARRAY_SIZE(map_ids);
	err = object_info(cli->door, fd, &info, sizeof(info));
	if (err)
		return cli_fail(cli, SKEP_FAILED, "prog: no information: %s", strerror(-err));
	info.nr_map_ids = min_of(info.nr_map_ids, (u32)ARRAY_SIZE(map_ids));
	(l->j ? show_json : show_text)(l, &info, map_ids, memlock_of(fd));
	return SKEP_OK;
}

static int do_show(struct cli *cli, struct args *args)
{
	return listing_run(cli, args, OBJECT_PROG, show);
}

static int pin(struct cli *cli, int fd, const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	cli_mount_bpffs(cli, path);
	attr.pathname = ptr_to_u64(path);
	attr.bpf_fd = (u32)fd;
	return skep_bpf(cli->door, BPF_OBJ_PIN, &attr, offsetof(union bpf_attr, path_fd));
}

static int do_pin(struct cli *cli, struct args *args)
{
	int fd = object_select(cli, args, OBJECT_PROG), err;
	const char *path = args_take(args);

	if (fd < 0)
		return -fd;
	err = path ? pin(cli, fd, path) : -EINVAL;
	close(fd);
	if (!path)
		return cli_fail(cli, SKEP_USAGE, "prog pin: a path is missing");
	return err ? cli_fail(cli, SKEP_FAILED, "prog pin: %s: %s", path, strerror(-err)) : SKEP_OK;
}

/* load FILE PATH: the first program is pinned at PATH; loadall: each below it. */
static int load(struct cli *cli, struct args *args, bool all)
{
	const char *file = args_take(args), *path = args_take(args);
	struct skep_error *err = skep_error_new();
	struct object_flags flags = {0};
	struct object_file of;
	struct skep_object *obj = NULL;
	struct skep_program *prog = NULL;
	int status = SKEP_OK;

	if (!file || !path) {
		skep_error_free(err);
		return cli_fail(cli, SKEP_USAGE, "prog load: usage: skep prog load%s FILE PATH", all ? "all" : "");
	}
	if (!cli_door(cli, &status))
		goto out;
	if (object_file_prepare(&of, file, &flags, err) || !(obj = object_file_open(&of, err)) ||
	    skep_object_load(obj, cli->door, NULL, err)) {
		status = cli_fail_error(cli, err);
		goto out;
	}
	while (!status && (prog = skep_object_next_program(obj, prog))) {
		struct strbuf at = STRBUF_INIT;
		int failed;

		strbuf_adds(&at, path);
		if (all)
			strbuf_addf(&at, "/%s", skep_program_name(prog));
		failed = pin(cli, skep_program_fd(prog), strbuf_str(&at));
		if (failed)
			status = cli_fail(cli, SKEP_FAILED, "prog %s: cannot be pinned at %s: %s", skep_program_name(prog), strbuf_str(&at),
					  strerror(-failed));
		strbuf_free(&at);
		if (!all)
			break;
	}
out:
	skep_object_close(obj);
	skep_error_free(err);
	return status;
}

static int do_load(struct cli *cli, struct args *args)
{
	return load(cli, args, false);
}

static int do_loadall(struct cli *cli, struct args *args)
{
	return load(cli, args, true);
}

static int do_tracelog(struct cli *cli, struct args *args)
{
	char buf[4096];
	int status = 0, fd;
	ssize_t n;

	if (!cli_door(cli, &status))
		return status;
	cli_mount_tracefs(cli);
	fd = skep_open(cli->door, "/sys/kernel/tracing/trace_pipe", O_RDONLY);
	if (fd < 0)
		return cli_fail(cli, SKEP_FAILED, "prog tracelog: trace_pipe: %s", strerror(-fd));
	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		fwrite(buf, 1, (size_t)n, stdout);
		fflush(stdout);
	}
	close(fd);
	return SKEP_OK;
}

static const struct verb verbs[] = {
	{"show", do_show, "[" PROG "]"},
	{"list", do_show, "[" PROG "]"},
	{"dump", prog_dump, "xlated " PROG " [opcodes | linum | file PATH]"},
	{"pin", do_pin, PROG " PATH"},
	{"load", do_load, "FILE PATH"},
	{"loadall", do_loadall, "FILE PATH"},
	{"tracelog", do_tracelog, ""},
	{0},
};
const struct noun noun_prog = {"prog", verbs, "programs: list, dump, load, pin"};
