/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF_LOAD. */
#include <stdlib.h>

#include "engine/btf/check.h"
#include "engine/object/btf_obj.h"
#include "engine/sys/commands.h"

#define BTF_MAX_SIZE (16U << 20)

static void btf_obj_free(struct obj *obj)
{
	struct btf_obj *b = obj_to_btf(obj);

	btf_free(b->btf);
	free(b);
}

static const struct obj_ops btf_obj_ops = {.free = btf_obj_free};

static struct btf *load_checked(struct caller *caller, const union bpf_attr *attr, struct verifier_log *log)
{
	_cleanup_free_ void *data = malloc(max_of(attr->btf_size, 1U));
	int err = data ? copy_from_caller(caller, data, attr->btf, attr->btf_size) : -ENOMEM;

	if (!err)
		return btf_check_load(data, attr->btf_size, log);
	errno = -err;
	return NULL;
}

int cmd_BTF_LOAD(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct verifier_log log;
	struct btf_obj *b;
	u32 true_size;
	int err, log_err;

	if (attr->btf_flags & ~(u32)BPF_F_TOKEN_FD)
		return -EINVAL;
	if (attr->btf_flags)
		return -EOPNOTSUPP;
	if (attr->btf_size > BTF_MAX_SIZE)
		return -E2BIG;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	obj_init(&b->obj, caller->engine, OBJ_BTF, &btf_obj_ops);
	err = verifier_log_init(&log, caller, attr->btf_log_level, attr->btf_log_buf, attr->btf_log_size);
	if (!err) {
		b->btf = load_checked(caller, attr, &log);
		err = b->btf ? 0 : -errno;
		log_err = verifier_log_finalize(&log, &true_size);
		if (log_err)
			err = log_err;
		if (size >= offsetof(union bpf_attr, btf_log_true_size) + sizeof(true_size) &&
		    put_attr(caller, uattr, btf_log_true_size, true_size))
			err = -EFAULT;
	}
	if (!err)
		err = obj_publish(&b->obj);
	if (err) {
		obj_put(&b->obj);
		return err;
	}
	return handle_new_or_put(caller, &b->obj, 0);
}
