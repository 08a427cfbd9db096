/* SPDX-License-Identifier: BSD-2-Clause */
/* PROG_LOAD: from attributes to a program that runs. cmd_PROG_LOAD lists the steps in order. */
#include "engine/sys/prog_load.h"

#include <stdlib.h>
#include <time.h>

#include "engine/interp/interp.h"
#include "engine/maps/map.h"
#include "engine/object/btf_obj.h"
#include "engine/rewrite/rewrite.h"
#include "engine/sys/commands.h"

#define PROG_FLAGS                                                                                              \
	(BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_RND_HI32 | BPF_F_TEST_STATE_FREQ |           \
	 BPF_F_SLEEPABLE | BPF_F_XDP_HAS_FRAGS | BPF_F_XDP_DEV_BOUND_ONLY | BPF_F_TEST_REG_INVARIANTS)
#define LICENSE_MAX 128

static void prog_obj_free(struct obj *obj)
{
	struct bpf_prog *prog = obj_to_prog(obj);

	if (prog->code)
		interp_free(prog->code);
	for (u32 i = 0; i < prog->used_map_cnt; i++)
		obj_put(&prog->used_maps[i]->obj);
	if (prog->btf)
		obj_put(&prog->btf->obj);
	free(prog->used_maps);
	free(prog->insns);
	free(prog->aux);
	free(prog->subprogs);
	free(prog->calls);
	free(prog->func_info);
	free(prog->line_info);
	free(prog);
}

static const struct obj_ops prog_obj_ops = {.free = prog_obj_free};

/* The licences that the kernel's modules may call GPL-compatible. */
static bool license_is_gpl(const char *license)
{
	static const char *const names[] = {
		"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(license, names[i]))
			return true;
	return false;
}

static int check_attr(struct caller *caller, union bpf_attr *attr, bool *gpl)
{
	char license[LICENSE_MAX];
	long len;

	if (attr->prog_flags & ~(PROG_FLAGS | (u32)BPF_F_TOKEN_FD))
		return -EINVAL;
	prog_fixup_attach_type(attr);
	if (attr->prog_flags & BPF_F_TOKEN_FD)
		return -EOPNOTSUPP;
	if (!attr->insn_cnt || attr->insn_cnt > BPF_COMPLEXITY_LIMIT_INSNS)
		return -E2BIG;
	len = copy_str_from_caller(caller, license, attr->license, sizeof(license));
	if (len < 0 && len != -E2BIG)
		return -EFAULT;
	*gpl = license_is_gpl(license);
	return 0;
}

static u64 now_since_boot(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

/* The program with its instructions; NULL with errno. */
static struct bpf_prog *prog_new(struct caller *caller, const union bpf_attr *attr, bool gpl)
{
	struct bpf_prog *prog = calloc(1, sizeof(*prog));
	int err;

	if (!prog)
		return NULL;
	obj_init(&prog->obj, caller->engine, OBJ_PROG, &prog_obj_ops);
	prog->type = attr->prog_type;
	prog->ops = prog_type_ops_of(attr->prog_type);
	prog->expected_attach_type = attr->expected_attach_type;
	prog->attach_btf_id = attr->attach_btf_id;
	prog->prog_flags = attr->prog_flags;
	prog->sleepable = attr->prog_flags & BPF_F_SLEEPABLE;
	prog->gpl_compatible = gpl;
	prog->uid = caller->uid;
	prog->load_time_ns = now_since_boot();
	prog->insn_cnt = attr->insn_cnt;
	prog->insns = reallocarray(NULL, attr->insn_cnt, sizeof(*prog->insns));
	err = prog->insns ? copy_from_caller(caller, prog->insns, attr->insns, attr->insn_cnt * sizeof(*prog->insns)) : -ENOMEM;
	if (!err && attr->prog_ifindex)
		err = -EINVAL;
	if (!err)
		err = min_of(obj_name_copy(prog->name, attr->prog_name), 0);
	if (!err && attr->signature)
		err = -EOPNOTSUPP;
	if (!err)
		err = prog_calc_tag(prog);
	if (!err)
		return prog;
	obj_put(&prog->obj);
	errno = -err;
	return NULL;
}

/* What a program may jump to is of its own kind: the first to use a prog array says which that is. */
static int check_tail_calls(struct bpf_prog *prog)
{
	int err = 0;

	for (u32 i = 0; i < prog->used_map_cnt && !err; i++)
		if (prog->used_maps[i]->type == BPF_MAP_TYPE_PROG_ARRAY)
			err = prog_array_check(prog->used_maps[i], prog);
	return err;
}

/* Verify and make it run; the log is the caller's at the end, whatever came of it. */
static int prog_prepare(struct bpf_prog *prog, struct caller *caller, const union bpf_attr *attr, u64 uattr, u32 size)
{
	struct verifier_opts opts = {
		.log_level = attr->log_level,
		.fd_array = attr->fd_array,
		.fd_array_cnt = attr->fd_array_cnt,
		.prog_btf_fd = attr->prog_btf_fd,
		.attach_btf_id = attr->attach_btf_id,
		.caller = caller,
	};
	struct verifier_log log;
	u32 true_size;
	int err, log_err;

	err = verifier_log_init(&log, caller, attr->log_level, attr->log_buf, attr->log_size);
	if (err)
		return err;
	err = prog_check_sleepable(prog, &log);
	if (!err)
		err = prog_load_btf(prog, caller, attr, uattr, size, &log);
	if (err)
		/* The statistics of a verification that did not begin end the log all the same. */
		verifier_log(&log, "processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n");
	else
		err = verifier_check(prog, &opts, &log);
	if (!err)
		err = rewrite_prog(prog);
	log_err = verifier_log_finalize(&log, &true_size);
	if (log_err)
		err = log_err;
	if (size >= offsetof(union bpf_attr, log_true_size) + sizeof(true_size) &&
	    put_attr(caller, uattr, log_true_size, true_size))
		err = -EFAULT;
	if (!err)
		err = check_tail_calls(prog);
	if (err)
		return err;
	prog->code = interp_compile(prog);
	return prog->code ? 0 : -errno;
}

int cmd_PROG_LOAD(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct bpf_prog *prog;
	bool gpl;
	int err;

	err = check_attr(caller, attr, &gpl);
	if (!err)
		err = prog_check_attach(caller, attr);
	if (err)
		return err;
	prog = prog_new(caller, attr, gpl);
	if (!prog)
		return -errno;
	err = prog_prepare(prog, caller, attr, uattr, size);
	if (!err)
		err = obj_publish(&prog->obj);
	if (err) {
		obj_put(&prog->obj);
		return err;
	}
	free(prog->aux);
	prog->aux = NULL;
	return handle_new_or_put(caller, &prog->obj, 0);
}
