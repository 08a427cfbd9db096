/* SPDX-License-Identifier: BSD-2-Clause */
/* skep link: what is attached where. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/listing.h"

/* What a link's kind has to say of its target. */
static void show_raw_tracepoint(struct listing *l, int fd, struct bpf_link_info *info)
{
	char name[256] = "";

	memset(info, 0, sizeof(*info));
	info->raw_tracepoint.tp_name = ptr_to_u64(name);
	info->raw_tracepoint.tp_name_len = sizeof(name);
	if (object_info(l->cli->door, fd, info, sizeof(*info)))
		return;
	if (l->j)
		json_key_str(l->j, "tp_name", name);
	else
		strbuf_addf(&l->out, "\n\ttp '%s'  ", name);
}

static void show_perf_event(struct listing *l, int fd, struct bpf_link_info *info)
{
	char name[256] = "";
	u32 kind = info->perf_event.type;

	memset(info, 0, sizeof(*info));
	if (kind == BPF_PERF_EVENT_TRACEPOINT) {
		info->perf_event.tracepoint.tp_name = ptr_to_u64(name);
		info->perf_event.tracepoint.name_len = sizeof(name);
	} else if (kind == BPF_PERF_EVENT_KPROBE || kind == BPF_PERF_EVENT_KRETPROBE) {
		info->perf_event.kprobe.func_name = ptr_to_u64(name);
		info->perf_event.kprobe.name_len = sizeof(name);
	} else {
		return;
	}
	if (object_info(l->cli->door, fd, info, sizeof(*info)))
		return;
	if (kind == BPF_PERF_EVENT_TRACEPOINT) {
		if (l->j)
			json_key_str(l->j, "tracepoint", name);
		else
			strbuf_addf(&l->out, "\n\ttracepoint %s  ", name);
		return;
	}
	if (l->j) {
		json_key_bool(l->j, "retprobe", kind == BPF_PERF_EVENT_KRETPROBE);
		json_key_str(l->j, "func", name);
	} else {
		strbuf_addf(&l->out, "\n\t%s %s  ", kind == BPF_PERF_EVENT_KRETPROBE ? "kretprobe" : "kprobe", name);
	}
}

static void show_number(struct listing *l, const char *json_name, const char *text_name, u32 value)
{
	if (l->j)
		json_key_uint(l->j, json_name, value);
	else
		strbuf_addf(&l->out, "%s %u  ", text_name, value);
}

static void show_attach_type(struct listing *l, u32 type)
{
	if (l->j)
		json_key_str(l->j, "attach_type", attach_type_name(type));
	else
		strbuf_addf(&l->out, "attach_type %s  ", attach_type_name(type));
}

static void show_target(struct listing *l, int fd, struct bpf_link_info *info)
{
	switch (info->type) {
	case BPF_LINK_TYPE_RAW_TRACEPOINT:
		show_raw_tracepoint(l, fd, info);
		break;
	case BPF_LINK_TYPE_PERF_EVENT:
		show_perf_event(l, fd, info);
		break;
	case BPF_LINK_TYPE_TRACING:
		if (!l->j)
			strbuf_adds(&l->out, "\n\t");
		show_attach_type(l, info->tracing.attach_type);
		show_number(l, "target_obj_id", "target_obj_id", info->tracing.target_obj_id);
		show_number(l, "target_btf_id", "target_btf_id", info->tracing.target_btf_id);
		break;
	case BPF_LINK_TYPE_XDP:
		if (!l->j)
			strbuf_adds(&l->out, "\n\t");
		show_number(l, "ifindex", "ifindex", info->xdp.ifindex);
		break;
	case BPF_LINK_TYPE_CGROUP:
		if (!l->j)
			strbuf_adds(&l->out, "\n\t");
		show_number(l, "cgroup_id", "cgroup_id", (u32)info->cgroup.cgroup_id);
		show_attach_type(l, info->cgroup.attach_type);
		break;
	default:
		break;
	}
}

static int show(struct cli *cli, int fd, void *listing)
{
	struct listing *l = listing;
	struct bpf_link_info info;
	int err;

	memset(&info, 0, sizeof(info));
	err = object_info(cli->door, fd, &info, sizeof(info));
	if (err)
		return cli_fail(cli, SKEP_FAILED, "link: no information: %s", strerror(-err));
	if (l->j) {
		json_begin(l->j, '{');
		json_key_uint(l->j, "id", info.id);
		json_key_str(l->j, "type", link_type_name(info.type));
		json_key_uint(l->j, "prog_id", info.prog_id);
	} else {
		strbuf_addf(&l->out, "%u: %s  prog %u  ", info.id, link_type_name(info.type), info.prog_id);
	}
	show_target(l, fd, &info);
	if (l->j)
		json_end(l->j, '}');
	else
		strbuf_addc(&l->out, '\n');
	return SKEP_OK;
}

static int do_show(struct cli *cli, struct args *args)
{
	return listing_run(cli, args, OBJECT_LINK, show);
}

static int do_detach(struct cli *cli, struct args *args)
{
	int fd = object_select(cli, args, OBJECT_LINK), err;
	union bpf_attr attr;

	if (fd < 0)
		return -fd;
	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = (u32)fd;
	err = skep_bpf(cli->door, BPF_LINK_DETACH, &attr, sizeof(attr.link_detach));
	close(fd);
	return err ? cli_fail(cli, SKEP_FAILED, "link: cannot be detached: %s", strerror(-err)) : SKEP_OK;
}

static const struct verb verbs[] = {
	{"show", do_show, "[id N | pinned PATH]"},
	{"list", do_show, "[id N | pinned PATH]"},
	{"detach", do_detach, "id N | pinned PATH"},
	{0},
};
const struct noun noun_link = {"link", verbs, "what is attached where"};
