/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments by name: registers as the calling convention has them (PT_REGS_*), and functions that take the arguments of what
 * they are attached to instead of a context (BPF_PROG, BPF_KPROBE, BPF_KSYSCALL ...). The architecture is -D__TARGET_ARCH_*,
 * or the one that the compiler runs on.
 */
#ifndef __BPF_TRACING_H__
#define __BPF_TRACING_H__

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#if defined(__TARGET_ARCH_x86)
#define bpf_target_x86
#define bpf_target_defined
#elif defined(__TARGET_ARCH_arm64)
#define bpf_target_arm64
#define bpf_target_defined
#elif defined(__TARGET_ARCH_riscv)
#define bpf_target_riscv
#define bpf_target_defined
#elif defined(__x86_64__)
#define bpf_target_x86
#define bpf_target_defined
#elif defined(__aarch64__)
#define bpf_target_arm64
#define bpf_target_defined
#elif defined(__riscv)
#define bpf_target_riscv
#define bpf_target_defined
#endif

/*
 * Registers: of the seven first arguments, of the six of a system call (as the kernel got them), and the special ones. The kernel's
 * struct pt_regs of x86 has other names than the one in <asm/ptrace.h>.
 */
#if defined(bpf_target_x86)
#if defined(__KERNEL__) || defined(__VMLINUX_H__)
#define __skep_parm1 di
#define __skep_parm2 si
#define __skep_parm3 dx
#define __skep_parm4 cx
#define __skep_parm5 r8
#define __skep_parm6 r9
#define __skep_ret sp
#define __skep_fp bp
#define __skep_rc ax
#define __skep_sp sp
#define __skep_ip ip
#else
#define __skep_parm1 rdi
#define __skep_parm2 rsi
#define __skep_parm3 rdx
#define __skep_parm4 rcx
#define __skep_parm5 r8
#define __skep_parm6 r9
#define __skep_ret rsp
#define __skep_fp rbp
#define __skep_rc rax
#define __skep_sp rsp
#define __skep_ip rip
#endif
#define __skep_sys1 __skep_parm1
#define __skep_sys4 r10
#define __PT_REGS_CAST(x) (x)
#elif defined(bpf_target_arm64)
struct pt_regs___arm64 {
	unsigned long orig_x0;
} __attribute__((preserve_access_index));
#define __skep_parm1 regs[0]
#define __skep_parm2 regs[1]
#define __skep_parm3 regs[2]
#define __skep_parm4 regs[3]
#define __skep_parm5 regs[4]
#define __skep_parm6 regs[5]
#define __skep_parm7 regs[6]
#define __skep_parm8 regs[7]
#define __skep_ret regs[30]
#define __skep_fp regs[29]
#define __skep_rc regs[0]
#define __skep_sp sp
#define __skep_ip pc
#define __skep_sys4 regs[3]
#define __skep_sys_origin struct pt_regs___arm64
#define __skep_sys_first orig_x0
#define __PT_REGS_CAST(x) ((const struct user_pt_regs *)(x))
#elif defined(bpf_target_riscv)
struct pt_regs___riscv {
	unsigned long orig_a0;
} __attribute__((preserve_access_index));
#define __skep_parm1 a0
#define __skep_parm2 a1
#define __skep_parm3 a2
#define __skep_parm4 a3
#define __skep_parm5 a4
#define __skep_parm6 a5
#define __skep_parm7 a6
#define __skep_parm8 a7
#define __skep_ret ra
#define __skep_fp s0
#define __skep_rc a0
#define __skep_sp sp
#define __skep_ip pc
#define __skep_sys4 a3
#define __skep_sys_origin struct pt_regs___riscv
#define __skep_sys_first orig_a0
#define __PT_REGS_CAST(x) ((const struct user_regs_struct *)(x))
#endif

#if defined(bpf_target_defined)

struct pt_regs;

#define PT_REGS_PARM1(x) (__PT_REGS_CAST(x)->__skep_parm1)
#define PT_REGS_PARM1_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm1)
#define PT_REGS_PARM2(x) (__PT_REGS_CAST(x)->__skep_parm2)
#define PT_REGS_PARM2_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm2)
#define PT_REGS_PARM3(x) (__PT_REGS_CAST(x)->__skep_parm3)
#define PT_REGS_PARM3_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm3)
#define PT_REGS_PARM4(x) (__PT_REGS_CAST(x)->__skep_parm4)
#define PT_REGS_PARM4_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm4)
#define PT_REGS_PARM5(x) (__PT_REGS_CAST(x)->__skep_parm5)
#define PT_REGS_PARM5_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm5)
#define PT_REGS_PARM6(x) (__PT_REGS_CAST(x)->__skep_parm6)
#define PT_REGS_PARM6_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm6)
#ifdef __skep_parm7
#define PT_REGS_PARM7(x) (__PT_REGS_CAST(x)->__skep_parm7)
#define PT_REGS_PARM8(x) (__PT_REGS_CAST(x)->__skep_parm8)
#define PT_REGS_PARM7_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm7)
#define PT_REGS_PARM8_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_parm8)
#endif
#define PT_REGS_RET(x) (__PT_REGS_CAST(x)->__skep_ret)
#define PT_REGS_RET_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_ret)
#define PT_REGS_FP(x) (__PT_REGS_CAST(x)->__skep_fp)
#define PT_REGS_FP_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_fp)
#define PT_REGS_RC(x) (__PT_REGS_CAST(x)->__skep_rc)
#define PT_REGS_RC_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_rc)
#define PT_REGS_SP(x) (__PT_REGS_CAST(x)->__skep_sp)
#define PT_REGS_SP_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_sp)
#define PT_REGS_IP(x) (__PT_REGS_CAST(x)->__skep_ip)
#define PT_REGS_IP_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_ip)

/* The arguments of a system call, from its own registers. */
#ifdef __skep_sys_origin
#define PT_REGS_PARM1_SYSCALL(x) (((const __skep_sys_origin *)(x))->__skep_sys_first)
#define PT_REGS_PARM1_CORE_SYSCALL(x) BPF_CORE_READ((const __skep_sys_origin *)(x), __skep_sys_first)
#else
#define PT_REGS_PARM1_SYSCALL(x) PT_REGS_PARM1(x)
#define PT_REGS_PARM1_CORE_SYSCALL(x) PT_REGS_PARM1_CORE(x)
#endif
#define PT_REGS_PARM4_SYSCALL(x) (__PT_REGS_CAST(x)->__skep_sys4)
#define PT_REGS_PARM4_CORE_SYSCALL(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_sys4)
#define PT_REGS_PARM2_SYSCALL(x) PT_REGS_PARM2(x)
#define PT_REGS_PARM2_CORE_SYSCALL(x) PT_REGS_PARM2_CORE(x)
#define PT_REGS_PARM3_SYSCALL(x) PT_REGS_PARM3(x)
#define PT_REGS_PARM3_CORE_SYSCALL(x) PT_REGS_PARM3_CORE(x)
#define PT_REGS_PARM5_SYSCALL(x) PT_REGS_PARM5(x)
#define PT_REGS_PARM5_CORE_SYSCALL(x) PT_REGS_PARM5_CORE(x)
#define PT_REGS_PARM6_SYSCALL(x) PT_REGS_PARM6(x)
#define PT_REGS_PARM6_CORE_SYSCALL(x) PT_REGS_PARM6_CORE(x)
/* Where the kernel hands the registers of a system call over as the one argument of its function. */
#ifndef PT_REGS_SYSCALL_REGS
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs *)PT_REGS_PARM1(ctx))
#endif

#ifdef bpf_target_x86
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)PT_REGS_RET(ctx)); })
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) ({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)(PT_REGS_FP(ctx) + sizeof(ip))); })
#else
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ (ip) = PT_REGS_RET(ctx); })
#define BPF_KRETPROBE_READ_RET_IP BPF_KPROBE_READ_RET_IP
#endif

#endif

#ifndef ___bpf_ctx_cast
#define ___bpf_ctx_cast0() ctx
#define ___bpf_ctx_cast1(x) ___bpf_ctx_cast0(), (void *)ctx[0]
#define ___bpf_ctx_cast2(x, args...) ___bpf_ctx_cast1(args), (void *)ctx[1]
#define ___bpf_ctx_cast3(x, args...) ___bpf_ctx_cast2(args), (void *)ctx[2]
#define ___bpf_ctx_cast4(x, args...) ___bpf_ctx_cast3(args), (void *)ctx[3]
#define ___bpf_ctx_cast5(x, args...) ___bpf_ctx_cast4(args), (void *)ctx[4]
#define ___bpf_ctx_cast6(x, args...) ___bpf_ctx_cast5(args), (void *)ctx[5]
#define ___bpf_ctx_cast7(x, args...) ___bpf_ctx_cast6(args), (void *)ctx[6]
#define ___bpf_ctx_cast8(x, args...) ___bpf_ctx_cast7(args), (void *)ctx[7]
#define ___bpf_ctx_cast9(x, args...) ___bpf_ctx_cast8(args), (void *)ctx[8]
#define ___bpf_ctx_cast10(x, args...) ___bpf_ctx_cast9(args), (void *)ctx[9]
#define ___bpf_ctx_cast11(x, args...) ___bpf_ctx_cast10(args), (void *)ctx[10]
#define ___bpf_ctx_cast12(x, args...) ___bpf_ctx_cast11(args), (void *)ctx[11]
#define ___bpf_ctx_cast(args...) ___bpf_apply(___bpf_ctx_cast, ___bpf_narg(args))(args)
#endif

/* A function of the given name takes the context; the body goes into another one that takes what is in it. */
#define __skep_entry(name, ctx_type, call, args...)                                                                           \
	name(ctx_type *ctx);                                                                                                  \
	static __always_inline __typeof__(name(0)) ____##name(ctx_type *ctx, ##args);                                         \
	__typeof__(name(0)) name(ctx_type *ctx)                                                                               \
	{                                                                                                                     \
		_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                         \
			return ____##name(call);                                                                              \
		_Pragma("GCC diagnostic pop")                                                                                 \
	}                                                                                                                     \
	static __always_inline __typeof__(name(0)) ____##name(ctx_type *ctx, ##args)

/* tp_btf, raw_tp, fentry, fexit, fmod_ret, lsm, struct_ops: each argument is one 64-bit word of the context. */
#define BPF_PROG(name, args...) __skep_entry(name, unsigned long long, ___bpf_ctx_cast(args), ##args)

/*
 * The same for functions that take structs by value: BPF_PROG2(name, type1, arg1, type2, arg2 ...). An argument of up to 8 bytes is
 * one word of the context, one of up to 16 is two.
 */
#define __skep_words(type) ((sizeof(type) + 7) / 8)
#define __skep_word(type, at)                                                                                                 \
	({                                                                                                                    \
		union {                                                                                                       \
			unsigned long long words[2];                                                                          \
			type value;                                                                                           \
		} ___u;                                                                                                       \
		___u.words[0] = ctx[at];                                                                                      \
		if (sizeof(type) > 8)                                                                                         \
			___u.words[1] = ctx[(at) + 1];                                                                        \
		___u.value;                                                                                                   \
	})
#define ___bpf_nth2(_, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, _20, _21, _22, _23, _24, N, ...) N
#define ___bpf_narg2(...) ___bpf_nth2(_, ##__VA_ARGS__, 12, 11, 11, 10, 10, 9, 9, 8, 8, 7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0)
#define __skep_values0(at)
#define __skep_values1(at, t, a) , __skep_word(t, at)
#define __skep_values2(at, t, a, args...) , __skep_word(t, at) __skep_values1((at) + __skep_words(t), args)
#define __skep_values3(at, t, a, args...) , __skep_word(t, at) __skep_values2((at) + __skep_words(t), args)
#define __skep_values4(at, t, a, args...) , __skep_word(t, at) __skep_values3((at) + __skep_words(t), args)
#define __skep_values5(at, t, a, args...) , __skep_word(t, at) __skep_values4((at) + __skep_words(t), args)
#define __skep_values6(at, t, a, args...) , __skep_word(t, at) __skep_values5((at) + __skep_words(t), args)
#define __skep_values7(at, t, a, args...) , __skep_word(t, at) __skep_values6((at) + __skep_words(t), args)
#define __skep_values8(at, t, a, args...) , __skep_word(t, at) __skep_values7((at) + __skep_words(t), args)
#define __skep_values9(at, t, a, args...) , __skep_word(t, at) __skep_values8((at) + __skep_words(t), args)
#define __skep_values10(at, t, a, args...) , __skep_word(t, at) __skep_values9((at) + __skep_words(t), args)
#define __skep_values11(at, t, a, args...) , __skep_word(t, at) __skep_values10((at) + __skep_words(t), args)
#define __skep_values12(at, t, a, args...) , __skep_word(t, at) __skep_values11((at) + __skep_words(t), args)
#define __skep_params0()
#define __skep_params1(t, a) , t a
#define __skep_params2(t, a, args...) , t a __skep_params1(args)
#define __skep_params3(t, a, args...) , t a __skep_params2(args)
#define __skep_params4(t, a, args...) , t a __skep_params3(args)
#define __skep_params5(t, a, args...) , t a __skep_params4(args)
#define __skep_params6(t, a, args...) , t a __skep_params5(args)
#define __skep_params7(t, a, args...) , t a __skep_params6(args)
#define __skep_params8(t, a, args...) , t a __skep_params7(args)
#define __skep_params9(t, a, args...) , t a __skep_params8(args)
#define __skep_params10(t, a, args...) , t a __skep_params9(args)
#define __skep_params11(t, a, args...) , t a __skep_params10(args)
#define __skep_params12(t, a, args...) , t a __skep_params11(args)
#define __skep_values(args...) ___bpf_apply(__skep_values, ___bpf_narg2(args))(0, ##args)
#define __skep_params(args...) ___bpf_apply(__skep_params, ___bpf_narg2(args))(args)
#define BPF_PROG2(name, args...)                                                                                              \
	name(unsigned long long *ctx);                                                                                        \
	static __always_inline __typeof__(name(0)) ____##name(unsigned long long *ctx __skep_params(args));                   \
	__typeof__(name(0)) name(unsigned long long *ctx) { return ____##name(ctx __skep_values(args)); }                     \
	static __always_inline __typeof__(name(0)) ____##name(unsigned long long *ctx __skep_params(args))

#define ___bpf_kprobe_args0() ctx
#define ___bpf_kprobe_args1(x) ___bpf_kprobe_args0(), (void *)PT_REGS_PARM1(ctx)
#define ___bpf_kprobe_args2(x, args...) ___bpf_kprobe_args1(args), (void *)PT_REGS_PARM2(ctx)
#define ___bpf_kprobe_args3(x, args...) ___bpf_kprobe_args2(args), (void *)PT_REGS_PARM3(ctx)
#define ___bpf_kprobe_args4(x, args...) ___bpf_kprobe_args3(args), (void *)PT_REGS_PARM4(ctx)
#define ___bpf_kprobe_args5(x, args...) ___bpf_kprobe_args4(args), (void *)PT_REGS_PARM5(ctx)
#define ___bpf_kprobe_args6(x, args...) ___bpf_kprobe_args5(args), (void *)PT_REGS_PARM6(ctx)
#define ___bpf_kprobe_args7(x, args...) ___bpf_kprobe_args6(args), (void *)PT_REGS_PARM7(ctx)
#define ___bpf_kprobe_args8(x, args...) ___bpf_kprobe_args7(args), (void *)PT_REGS_PARM8(ctx)
#define ___bpf_kprobe_args(args...) ___bpf_apply(___bpf_kprobe_args, ___bpf_narg(args))(args)
/* kprobe, uprobe: the arguments of the function, from registers. */
#define BPF_KPROBE(name, args...) __skep_entry(name, struct pt_regs, ___bpf_kprobe_args(args), ##args)
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)

#define ___bpf_kretprobe_args0() ctx
#define ___bpf_kretprobe_args1(x) ctx, (void *)PT_REGS_RC(ctx)
#define ___bpf_kretprobe_args(args...) ___bpf_apply(___bpf_kretprobe_args, ___bpf_narg(args))(args)
/* kretprobe, kretsyscall, uretprobe: what the function returns. */
#define BPF_KRETPROBE(name, args...) __skep_entry(name, struct pt_regs, ___bpf_kretprobe_args(args), ##args)
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)

#define ___bpf_syscall_args0() ctx
#define ___bpf_syscall_args1(x) ___bpf_syscall_args0(), (void *)PT_REGS_PARM1_SYSCALL(regs)
#define ___bpf_syscall_args2(x, args...) ___bpf_syscall_args1(args), (void *)PT_REGS_PARM2_SYSCALL(regs)
#define ___bpf_syscall_args3(x, args...) ___bpf_syscall_args2(args), (void *)PT_REGS_PARM3_SYSCALL(regs)
#define ___bpf_syscall_args4(x, args...) ___bpf_syscall_args3(args), (void *)PT_REGS_PARM4_SYSCALL(regs)
#define ___bpf_syscall_args5(x, args...) ___bpf_syscall_args4(args), (void *)PT_REGS_PARM5_SYSCALL(regs)
#define ___bpf_syscall_args6(x, args...) ___bpf_syscall_args5(args), (void *)PT_REGS_PARM6_SYSCALL(regs)
#define ___bpf_syscall_args(args...) ___bpf_apply(___bpf_syscall_args, ___bpf_narg(args))(args)
#define ___bpf_syswrap_args0() ctx
#define ___bpf_syswrap_args1(x) ___bpf_syswrap_args0(), (void *)PT_REGS_PARM1_CORE_SYSCALL(regs)
#define ___bpf_syswrap_args2(x, args...) ___bpf_syswrap_args1(args), (void *)PT_REGS_PARM2_CORE_SYSCALL(regs)
#define ___bpf_syswrap_args3(x, args...) ___bpf_syswrap_args2(args), (void *)PT_REGS_PARM3_CORE_SYSCALL(regs)
#define ___bpf_syswrap_args4(x, args...) ___bpf_syswrap_args3(args), (void *)PT_REGS_PARM4_CORE_SYSCALL(regs)
#define ___bpf_syswrap_args5(x, args...) ___bpf_syswrap_args4(args), (void *)PT_REGS_PARM5_CORE_SYSCALL(regs)
#define ___bpf_syswrap_args6(x, args...) ___bpf_syswrap_args5(args), (void *)PT_REGS_PARM6_CORE_SYSCALL(regs)
#define ___bpf_syswrap_args(args...) ___bpf_apply(___bpf_syswrap_args, ___bpf_narg(args))(args)

/* ksyscall: the arguments of the system call, whether this kernel's function takes them or a pt_regs that holds them. */
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
#define BPF_KSYSCALL(name, args...)                                                                                           \
	name(struct pt_regs *ctx);                                                                                            \
	static __always_inline __typeof__(name(0)) ____##name(struct pt_regs *ctx, ##args);                                   \
	__typeof__(name(0)) name(struct pt_regs *ctx)                                                                         \
	{                                                                                                                     \
		struct pt_regs *regs = LINUX_HAS_SYSCALL_WRAPPER ? (struct pt_regs *)PT_REGS_SYSCALL_REGS(ctx) : ctx;         \
		_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                         \
			if (LINUX_HAS_SYSCALL_WRAPPER) return ____##name(___bpf_syswrap_args(args));                          \
		else return ____##name(___bpf_syscall_args(args));                                                            \
		_Pragma("GCC diagnostic pop")                                                                                 \
	}                                                                                                                     \
	static __always_inline __typeof__(name(0)) ____##name(struct pt_regs *ctx, ##args)
#define BPF_KPROBE_SYSCALL BPF_KSYSCALL

#endif
