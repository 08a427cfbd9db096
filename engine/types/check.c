/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks that several program types share. */
#include <errno.h>

#include "engine/types/rooms.h"

int check_load_any_attach_type(const union bpf_attr *attr)
{
	return attr->attach_btf_id || attr->attach_btf_obj_fd ? -EINVAL : 0;
}
