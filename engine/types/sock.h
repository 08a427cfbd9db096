/* SPDX-License-Identifier: BSD-2-Clause */
/* struct bpf_sock: what programs of any type read behind PTR_TO_SOCK_COMMON and PTR_TO_SOCKET. The pointer is a struct
 * sock. */
#ifndef SKEP_TYPES_SOCK_H
#define SKEP_TYPES_SOCK_H

#include "engine/types/prog_type.h"

/* Whether [off, off + size) may be read (nothing may be written) of a socket of that base register type. */
bool sock_is_valid_access(u32 reg_type, int off, int size, enum bpf_access_type access, struct bpf_access_info *info);
/* As prog_type_ops.convert_ctx_access. */
u32 sock_convert_access(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
			struct bpf_prog *prog, u32 *target_size);

#endif
