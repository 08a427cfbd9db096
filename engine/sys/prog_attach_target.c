/* SPDX-License-Identifier: BSD-2-Clause */
/* PROG_LOAD: what the program says that it will be attached to. */
#include "engine/object/btf_obj.h"
#include "engine/sys/commands.h"
#include "engine/sys/prog_load.h"

#define BTF_MAX_TYPE_ID 0x000fffff

/* Attach types that came after their program types have a default. */
void prog_fixup_attach_type(union bpf_attr *attr)
{
	if (attr->expected_attach_type)
		return;
	if (attr->prog_type == BPF_PROG_TYPE_CGROUP_SOCK)
		attr->expected_attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	else if (attr->prog_type == BPF_PROG_TYPE_SK_REUSEPORT)
		attr->expected_attach_type = BPF_SK_REUSEPORT_SELECT;
}

/* The object that attach_prog_fd, alias attach_btf_obj_fd, names: programs cannot be attached to yet, modules do not exist. */
static int check_attach_object(struct caller *caller, const union bpf_attr *attr)
{
	struct obj *obj = handle_obj_any(caller, (int)attr->attach_prog_fd, NULL);
	int err = 0;

	if (!obj)
		return -EINVAL;
	if (obj->kind == OBJ_PROG)
		err = attr->prog_type == BPF_PROG_TYPE_TRACING || attr->prog_type == BPF_PROG_TYPE_EXT ? -EOPNOTSUPP : -EINVAL;
	else if (obj->kind != OBJ_BTF)
		err = -EINVAL;
	else if (!obj_to_btf(obj)->kernel)
		err = -EOPNOTSUPP;
	else if (!attr->attach_btf_id)
		err = -EINVAL;
	obj_put(obj);
	return err;
}

int prog_check_attach(struct caller *caller, const union bpf_attr *attr)
{
	const struct prog_type_ops *ops = prog_type_ops_of(attr->prog_type);

	if (attr->attach_prog_fd) {
		int err = check_attach_object(caller, attr);

		if (err)
			return err;
	}
	if (attr->attach_btf_id > BTF_MAX_TYPE_ID)
		return -EINVAL;
	if (!ops)
		return -EINVAL;
	if (ops->check_load)
		return ops->check_load(attr);
	return attr->expected_attach_type || attr->attach_btf_id ? -EINVAL : 0;
}

static bool may_sleep(const struct bpf_prog *prog)
{
	switch (prog->type) {
	case BPF_PROG_TYPE_TRACING:
		return prog->expected_attach_type != BPF_TRACE_RAW_TP;
	case BPF_PROG_TYPE_KPROBE: /* uprobes: attaching elsewhere is refused */
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_SYSCALL:
		return true;
	default:
		return false;
	}
}

int prog_check_sleepable(const struct bpf_prog *prog, struct verifier_log *log)
{
	if (prog->type == BPF_PROG_TYPE_SYSCALL && !prog->sleepable) {
		verifier_log(log, "Syscall programs can only be sleepable\n");
		return -EINVAL;
	}
	if (prog->sleepable && !may_sleep(prog)) {
		verifier_log(log, "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable\n");
		return -EINVAL;
	}
	return 0;
}
