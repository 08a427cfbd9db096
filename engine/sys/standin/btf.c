/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until engine/btf lands: what parses is taken. */
#include <errno.h>

#include "engine/btf/check.h"

struct btf *btf_check_load(const void *data, u32 len, struct verifier_log *log)
{
	if (len < offsetof(struct btf_header, hdr_len) + sizeof(u32)) {
		verifier_log(log, "hdr_len not found\n");
		errno = EINVAL;
		return NULL;
	}
	return btf_parse(data, len, NULL, NULL);
}
