/* SPDX-License-Identifier: BSD-2-Clause */
/* How a helper is written: HELPER(name, contract) { body }, the arguments being r1 to r5. table.def lists them all. */
#ifndef SKEP_HELPER_H
#define SKEP_HELPER_H

#include "common/uapi/bpf.h"
#include "engine/helpers/proto.h"
#include "engine/run.h"

#define HELPER(name, ...)                                                                                              \
	static u64 helper_##name(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);                                              \
	const struct bpf_func_proto bpf_##name##_proto = {.fn = helper_##name, __VA_ARGS__};                           \
	static u64 helper_##name(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)

#define HELPER_PROTO(name) extern const struct bpf_func_proto bpf_##name##_proto;
#include "engine/helpers/table.def"
#undef HELPER_PROTO

/* Variants of a helper for some program types, under the same id. */
#define HELPER_VARIANT(id, types, name) extern const struct bpf_func_proto bpf_##name##_proto;
#include "engine/helpers/variants.def"
#undef HELPER_VARIANT

/* Kinds of memory arguments, by the names that the kernel's documentation gives them. */
#define ARG_MEM_RDONLY (ARG_PTR_TO_MEM | MEM_RDONLY)
#define ARG_MEM_RDONLY_OR_NULL (ARG_PTR_TO_MEM | MEM_RDONLY | PTR_MAYBE_NULL)
#define ARG_MEM_UNINIT (ARG_PTR_TO_MEM | MEM_UNINIT | MEM_WRITE)
/* A pointer to one value of .arg_size bytes that the helper fills in. */
#define ARG_FIXED_OUT (ARG_PTR_TO_MEM | MEM_FIXED_SIZE | MEM_UNINIT | MEM_WRITE | MEM_ALIGNED)

/* A helper's error as its r0. */
#define HELPER_ERR(err) ((u64)(s64)(err))

struct skep_task;

/* The current task, or the engine's idle task. */
struct skep_task *helper_task(void);

/* User memory of the current task: 0 or -EFAULT. */
int helper_read_user(void *dst, u64 addr, size_t n);
/* A string of at most n - 1 characters and its NUL: bytes copied with the NUL, or -EFAULT. */
long helper_read_user_str(char *dst, u64 addr, size_t n);
/* Kernel memory, map values, the program's stack: 0; -EFAULT, or -ERANGE for an address of user space, with dst zeroed. */
int helper_read_kernel(void *dst, u64 addr, size_t n);
long helper_read_kernel_str(char *dst, u64 addr, size_t n);
/* Whichever of both the address belongs to. */
int helper_read_any(void *dst, u64 addr, size_t n);
long helper_read_any_str(char *dst, u64 addr, size_t n);

#endif
