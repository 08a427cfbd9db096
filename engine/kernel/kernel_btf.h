/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's vmlinux BTF, made at build time from the declarations in this directory: what the engine serves as
 * /sys/kernel/btf/vmlinux. Raw bytes, host order, without a base. */
#ifndef SKEP_KERNEL_BTF_H
#define SKEP_KERNEL_BTF_H

#include <stddef.h>

extern const unsigned char engine_kernel_btf[];
extern const size_t engine_kernel_btf_len;

#endif
