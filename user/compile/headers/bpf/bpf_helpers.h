/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What BPF programs in C include first, after vmlinux.h or <linux/bpf.h>: where things go (SEC, __kconfig, __ksym), how maps are
 * defined, the helper functions, printing, and loops that the verifier knows. The names are those that BPF programs use everywhere.
 */
#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__

#include <bpf/bpf_helper_defs.h>

/* The section that a variable or function goes to; the compiler must not drop it, and need not warn where it is only declared. */
#define SEC(name)                                                                                                             \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wignored-attributes\"")                             \
		__attribute__((section(name), used)) _Pragma("GCC diagnostic pop")

/* Members of map definitions: a number, a large number, a type, the values of a map of maps or programs. */
#define __uint(name, val) int(*name)[val]
#define __ulong(name, val) enum { __skep_unique(__skep_number_, __COUNTER__) = val } name
#define __type(name, val) __typeof__(val) *name
#define __array(name, val) __typeof__(val) *name[]
#define __skep_unique_(a, b) a##b
#define __skep_unique(a, b) __skep_unique_(a, b)

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
#ifndef __hidden
#define __hidden __attribute__((visibility("hidden")))
#endif

#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#if __has_attribute(btf_type_tag)
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __uptr __attribute__((btf_type_tag("uptr")))
#else
#define __kptr_untrusted
#define __kptr
#define __percpu_kptr
#define __uptr
#endif
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_untrusted __attribute__((btf_decl_tag("arg:untrusted")))
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))

/* Whether an extern that is __ksym __weak is there. */
#define bpf_ksym_exists(sym)                                                                                                  \
	({                                                                                                                    \
		_Static_assert(!__builtin_constant_p(!!(sym)), #sym " is not declared __weak");                               \
		!!(sym);                                                                                                      \
	})

#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef offsetof
#define offsetof(type, member) ((unsigned long)&((type *)0)->member)
#endif
#ifndef container_of
#define container_of(ptr, type, member)                                                                                       \
	({                                                                                                                    \
		void *__mptr = (void *)(ptr);                                                                                 \
		((type *)(__mptr - offsetof(type, member)));                                                                  \
	})
#endif
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif
/* Makes the compiler forget what it knows of a variable. */
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

/* For code that must not be left in the program. */
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

enum libbpf_pin_type {
	LIBBPF_PIN_NONE,
	LIBBPF_PIN_BY_NAME,
};

enum libbpf_tristate {
	TRI_NO = 0,
	TRI_YES = 1,
	TRI_MODULE = 2,
};

/* A tail call with a constant index, which the kernel turns into a jump; the registers are fixed so that the compiler cannot merge calls. */
#if __clang_major__ >= 8 && defined(__bpf__)
static __always_inline void bpf_tail_call_static(void *ctx, const void *map, const unsigned int slot)
{
	if (!__builtin_constant_p(slot))
		__bpf_unreachable();
	asm volatile("r1 = %[ctx]\n\t"
		     "r2 = %[map]\n\t"
		     "r3 = %[slot]\n\t"
		     "call 12"
		     :
		     : [ctx] "r"(ctx), [map] "r"(map), [slot] "i"(slot)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
}
#endif

/* How many arguments there are, up to 12, and what each of them is put through. */
#define ___bpf_concat(a, b) a##b
#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)
#define ___bpf_nth(_, _1, _2, _3, _4, _5, _6, _7, _8, _9, _a, _b, _c, N, ...) N
#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

#define ___bpf_fill0(arr, p, x)
#define ___bpf_fill1(arr, p, x) arr[p] = x
#define ___bpf_fill2(arr, p, x, args...) arr[p] = x; ___bpf_fill1(arr, p + 1, args)
#define ___bpf_fill3(arr, p, x, args...) arr[p] = x; ___bpf_fill2(arr, p + 1, args)
#define ___bpf_fill4(arr, p, x, args...) arr[p] = x; ___bpf_fill3(arr, p + 1, args)
#define ___bpf_fill5(arr, p, x, args...) arr[p] = x; ___bpf_fill4(arr, p + 1, args)
#define ___bpf_fill6(arr, p, x, args...) arr[p] = x; ___bpf_fill5(arr, p + 1, args)
#define ___bpf_fill7(arr, p, x, args...) arr[p] = x; ___bpf_fill6(arr, p + 1, args)
#define ___bpf_fill8(arr, p, x, args...) arr[p] = x; ___bpf_fill7(arr, p + 1, args)
#define ___bpf_fill9(arr, p, x, args...) arr[p] = x; ___bpf_fill8(arr, p + 1, args)
#define ___bpf_fill10(arr, p, x, args...) arr[p] = x; ___bpf_fill9(arr, p + 1, args)
#define ___bpf_fill11(arr, p, x, args...) arr[p] = x; ___bpf_fill10(arr, p + 1, args)
#define ___bpf_fill12(arr, p, x, args...) arr[p] = x; ___bpf_fill11(arr, p + 1, args)
#define ___bpf_fill(arr, args...) ___bpf_apply(___bpf_fill, ___bpf_narg(args))(arr, 0, args)

/* Arguments, widened to 64 bits, for the helpers that take a format. */
#define __skep_args(arr, args...)                                                                                             \
	unsigned long long arr[___bpf_narg(args) + !___bpf_narg(args)];                                                       \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                                 \
		___bpf_fill(arr, args);                                                                                       \
	_Pragma("GCC diagnostic pop")

#define BPF_SEQ_PRINTF(seq, fmt, args...)                                                                                     \
	({                                                                                                                    \
		static const char ___fmt[] = fmt;                                                                             \
		__skep_args(___param, args);                                                                                  \
		bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___param, ___bpf_narg(args) * 8);                                 \
	})

#define BPF_SNPRINTF(out, out_size, fmt, args...)                                                                             \
	({                                                                                                                    \
		static const char ___fmt[] = fmt;                                                                             \
		__skep_args(___param, args);                                                                                  \
		bpf_snprintf(out, out_size, ___fmt, ___param, ___bpf_narg(args) * 8);                                         \
	})

/* Up to three arguments go in registers; the format is on the stack where there are no global variables. */
#ifdef BPF_NO_GLOBAL_DATA
#define __skep_fmt char
#else
#define __skep_fmt static const char
#endif
#define __skep_printk3(fmt, args...)                                                                                          \
	({                                                                                                                    \
		__skep_fmt ____fmt[] = fmt;                                                                                   \
		bpf_trace_printk(____fmt, sizeof(____fmt), ##args);                                                           \
	})
#define __skep_printkn(fmt, args...)                                                                                          \
	({                                                                                                                    \
		static const char ___fmt[] = fmt;                                                                             \
		__skep_args(___param, args);                                                                                  \
		bpf_trace_vprintk(___fmt, sizeof(___fmt), ___param, ___bpf_narg(args) * 8);                                   \
	})
#define __skep_pick_printk(...)                                                                                               \
	___bpf_nth(_, ##__VA_ARGS__, __skep_printkn, __skep_printkn, __skep_printkn, __skep_printkn, __skep_printkn,          \
		   __skep_printkn, __skep_printkn, __skep_printkn, __skep_printkn, __skep_printk3, __skep_printk3,            \
		   __skep_printk3, __skep_printk3)
#define __bpf_printk(fmt, args...) __skep_printk3(fmt, ##args)
#define __bpf_vprintk(fmt, args...) __skep_printkn(fmt, ##args)
#define bpf_printk(fmt, args...) __skep_pick_printk(args)(fmt, ##args)

/* Loops over iterators that the verifier checks once instead of every turn. */
struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/* bpf_for_each(task, t, NULL, 0) { ... } for the iterator bpf_iter_task. */
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...)                                                                                      \
	for (struct bpf_iter_##type ___it __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))),                    \
	     *___p __attribute__((unused)) = (bpf_iter_##type##_new(&___it, ##args),                                          \
					      (void)bpf_iter_##type##_destroy, (void *)0);                                    \
	     (((cur) = bpf_iter_##type##_next(&___it)));)
#endif

/* The state of bpf_iter_num by another name: vmlinux.h of kernels before 6.4 has none, and programs for later ones compile there too. */
struct __skep_iter_num {
	unsigned long long state;
};
#define __skep_num(it) ((struct bpf_iter_num *)(void *)(it))
static __always_inline void __skep_iter_num_destroy(struct __skep_iter_num *it)
{
	bpf_iter_num_destroy(__skep_num(it));
}

/* bpf_for(i, 0, 100) { ... } */
#ifndef bpf_for
#define bpf_for(i, start, end)                                                                                                \
	for (struct __skep_iter_num ___it __attribute__((aligned(8), cleanup(__skep_iter_num_destroy))),                      \
	     *___p __attribute__((unused)) = (bpf_iter_num_new(__skep_num(&___it), (start), (end)), (void *)0);               \
	     ({                                                                                                               \
		     int *___t = bpf_iter_num_next(__skep_num(&___it));                                                       \
		     (___t && ((i) = *___t, (i) >= (start) && (i) < (end)));                                                  \
	     });)
#endif

/* bpf_repeat(10) { ... } */
#ifndef bpf_repeat
#define bpf_repeat(n)                                                                                                         \
	for (struct __skep_iter_num ___it __attribute__((aligned(8), cleanup(__skep_iter_num_destroy))),                      \
	     *___p __attribute__((unused)) = (bpf_iter_num_new(__skep_num(&___it), 0, (n)), (void *)0);                       \
	     bpf_iter_num_next(__skep_num(&___it));)
#endif

#endif
