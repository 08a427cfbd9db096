/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's own kernel types as its first BTF object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/kernel/kernel_btf.h"
#include "engine/object/btf_obj.h"

static void vmlinux_free(struct obj *obj)
{
	struct btf_obj *b = obj_to_btf(obj);

	btf_free(b->btf);
	free(b);
}

static const struct obj_ops vmlinux_ops = {.free = vmlinux_free};

int vmlinux_init(struct skep_engine *engine)
{
	struct btf_obj *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	obj_init(&b->obj, engine, OBJ_BTF, &vmlinux_ops);
	b->kernel = true;
	memcpy(b->name, "vmlinux", sizeof("vmlinux"));
	b->btf = btf_parse(engine_kernel_btf, engine_kernel_btf_len, NULL, NULL);
	err = b->btf ? obj_publish(&b->obj) : -errno;
	if (err) {
		obj_put(&b->obj);
		return err;
	}
	engine->vmlinux = b;
	return 0;
}

void vmlinux_exit(struct skep_engine *engine)
{
	obj_put(&engine->vmlinux->obj);
	engine->vmlinux = NULL;
}
