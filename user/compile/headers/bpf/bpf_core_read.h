/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the kernel's data wherever this kernel has it (CO-RE): the compiler records what is read by name, and the loader
 * fills in the place. The builtins are clang's: __builtin_preserve_access_index, __builtin_preserve_field_info,
 * __builtin_preserve_type_info, __builtin_preserve_enum_value, __builtin_btf_type_id.
 */
#ifndef __BPF_CORE_READ_H__
#define __BPF_CORE_READ_H__

#include <bpf/bpf_helpers.h>

/* What is asked of a field, a type or an enumerator (UAPI: enum bpf_core_relo_kind, by the builtins' own numbers). */
enum bpf_field_info_kind {
	BPF_FIELD_BYTE_OFFSET = 0,
	BPF_FIELD_BYTE_SIZE = 1,
	BPF_FIELD_EXISTS = 2,
	BPF_FIELD_SIGNED = 3,
	BPF_FIELD_LSHIFT_U64 = 4,
	BPF_FIELD_RSHIFT_U64 = 5,
};
enum bpf_type_id_kind {
	BPF_TYPE_ID_LOCAL = 0,
	BPF_TYPE_ID_TARGET = 1,
};
enum bpf_type_info_kind {
	BPF_TYPE_EXISTS = 0,
	BPF_TYPE_SIZE = 1,
	BPF_TYPE_MATCHES = 2,
};
enum bpf_enum_value_kind {
	BPF_ENUMVAL_EXISTS = 0,
	BPF_ENUMVAL_VALUE = 1,
};

#define __skep_type(type) (*(__typeof__(type) *)0)
#define __skep_field(type, field) (((__typeof__(type) *)0)->field)

/* A field is given as an expression (p->f) or as a type and a member's name. */
#define __skep_field1(expr) (expr)
#define __skep_field2(type, field) __skep_field(type, field)
#define __skep_field_of(args...) ___bpf_apply(__skep_field, ___bpf_narg(args))(args)

#define bpf_core_field_exists(field...) __builtin_preserve_field_info(__skep_field_of(field), BPF_FIELD_EXISTS)
#define bpf_core_field_size(field...) __builtin_preserve_field_info(__skep_field_of(field), BPF_FIELD_BYTE_SIZE)
#define bpf_core_field_offset(field...) __builtin_preserve_field_info(__skep_field_of(field), BPF_FIELD_BYTE_OFFSET)

#define bpf_core_type_id_local(type) __builtin_btf_type_id(__skep_type(type), BPF_TYPE_ID_LOCAL)
#define bpf_core_type_id_kernel(type) __builtin_btf_type_id(__skep_type(type), BPF_TYPE_ID_TARGET)
#define bpf_core_type_exists(type) __builtin_preserve_type_info(__skep_type(type), BPF_TYPE_EXISTS)
#if __clang_major__ >= 15
#define bpf_core_type_matches(type) __builtin_preserve_type_info(__skep_type(type), BPF_TYPE_MATCHES)
#endif
#define bpf_core_type_size(type) __builtin_preserve_type_info(__skep_type(type), BPF_TYPE_SIZE)

#define bpf_core_enum_value_exists(enum_type, enum_value)                                                                     \
	__builtin_preserve_enum_value(*(__typeof__(enum_type) *)enum_value, BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(enum_type, enum_value)                                                                            \
	__builtin_preserve_enum_value(*(__typeof__(enum_type) *)enum_value, BPF_ENUMVAL_VALUE)

/* bpf_probe_read_* of a relocatable place. */
#define bpf_core_read(dst, sz, src) bpf_probe_read_kernel(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user(dst, sz, src) bpf_probe_read_user(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_str(dst, sz, src) bpf_probe_read_kernel_str(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user_str(dst, sz, src) bpf_probe_read_user_str(dst, sz, (const void *)__builtin_preserve_access_index(src))

/* A pointer that the kernel vouches for as far as reading goes. */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#define bpf_core_cast(ptr, type) ((__typeof__(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))

#define __skep_info(s, field, info) __builtin_preserve_field_info((s)->field, BPF_FIELD_##info)

/* Bitfields are read as the word that holds them, then shifted out of it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __skep_read_word(dst, s, field)                                                                                       \
	bpf_probe_read_kernel((void *)dst, __skep_info(s, field, BYTE_SIZE), (const void *)s + __skep_info(s, field, BYTE_OFFSET))
#else
#define __skep_read_word(dst, s, field)                                                                                       \
	bpf_probe_read_kernel((void *)dst + (8 - __skep_info(s, field, BYTE_SIZE)), __skep_info(s, field, BYTE_SIZE),          \
			      (const void *)s + __skep_info(s, field, BYTE_OFFSET))
#endif
#define BPF_CORE_READ_BITFIELD_PROBED(s, field)                                                                               \
	({                                                                                                                    \
		unsigned long long ___v = 0;                                                                                  \
		__skep_read_word(&___v, s, field);                                                                            \
		___v <<= __skep_info(s, field, LSHIFT_U64);                                                                   \
		__skep_info(s, field, SIGNED) ? (unsigned long long)((long long)___v >> __skep_info(s, field, RSHIFT_U64))    \
					      : ___v >> __skep_info(s, field, RSHIFT_U64);                                    \
	})
/* The same where the program may read directly. The barrier keeps the relocated offset out of the loads, of which only one is right. */
#define BPF_CORE_READ_BITFIELD(s, field)                                                                                      \
	({                                                                                                                    \
		const void *___p = (const void *)s + __skep_info(s, field, BYTE_OFFSET);                                      \
		unsigned long long ___v = 0;                                                                                  \
		asm volatile("" : "=r"(___p) : "0"(___p));                                                                    \
		switch (__skep_info(s, field, BYTE_SIZE)) {                                                                   \
		case 1:                                                                                                       \
			___v = *(const unsigned char *)___p;                                                                  \
			break;                                                                                                \
		case 2:                                                                                                       \
			___v = *(const unsigned short *)___p;                                                                 \
			break;                                                                                                \
		case 4:                                                                                                       \
			___v = *(const unsigned int *)___p;                                                                   \
			break;                                                                                                \
		case 8:                                                                                                       \
			___v = *(const unsigned long long *)___p;                                                             \
			break;                                                                                                \
		}                                                                                                             \
		___v <<= __skep_info(s, field, LSHIFT_U64);                                                                   \
		__skep_info(s, field, SIGNED) ? (unsigned long long)((long long)___v >> __skep_info(s, field, RSHIFT_U64))    \
					      : ___v >> __skep_info(s, field, RSHIFT_U64);                                    \
	})
#define BPF_CORE_WRITE_BITFIELD(s, field, new_val)                                                                            \
	({                                                                                                                    \
		void *___p = (void *)s + __skep_info(s, field, BYTE_OFFSET);                                                  \
		unsigned int ___size = __skep_info(s, field, BYTE_SIZE);                                                      \
		unsigned int ___left = __skep_info(s, field, LSHIFT_U64), ___right = __skep_info(s, field, RSHIFT_U64);       \
		unsigned int ___shift = ___right - ___left;                                                                   \
		unsigned long long ___mask = (~0ULL << ___right) >> ___left, ___new = new_val, ___v;                          \
		asm volatile("" : "+r"(___p));                                                                                \
		___new = (___new << ___shift) & ___mask;                                                                      \
		switch (___size) {                                                                                            \
		case 1:                                                                                                       \
			___v = *(unsigned char *)___p;                                                                        \
			*(unsigned char *)___p = (___v & ~___mask) | ___new;                                                  \
			break;                                                                                                \
		case 2:                                                                                                       \
			___v = *(unsigned short *)___p;                                                                       \
			*(unsigned short *)___p = (___v & ~___mask) | ___new;                                                 \
			break;                                                                                                \
		case 4:                                                                                                       \
			___v = *(unsigned int *)___p;                                                                         \
			*(unsigned int *)___p = (___v & ~___mask) | ___new;                                                   \
			break;                                                                                                \
		case 8:                                                                                                       \
			___v = *(unsigned long long *)___p;                                                                   \
			*(unsigned long long *)___p = (___v & ~___mask) | ___new;                                             \
			break;                                                                                                \
		}                                                                                                             \
	})

/* p, a, b, c -> p->a->b->c, and the type of that. */
#define __skep_arrow1(p) p
#define __skep_arrow2(p, a) p->a
#define __skep_arrow3(p, a, b) p->a->b
#define __skep_arrow4(p, a, b, c) p->a->b->c
#define __skep_arrow5(p, a, b, c, d) p->a->b->c->d
#define __skep_arrow6(p, a, b, c, d, e) p->a->b->c->d->e
#define __skep_arrow7(p, a, b, c, d, e, f) p->a->b->c->d->e->f
#define __skep_arrow8(p, a, b, c, d, e, f, g) p->a->b->c->d->e->f->g
#define __skep_arrow9(p, a, b, c, d, e, f, g, h) p->a->b->c->d->e->f->g->h
#define __skep_arrow10(p, a, b, c, d, e, f, g, h, i) p->a->b->c->d->e->f->g->h->i
#define __skep_arrow(args...) ___bpf_apply(__skep_arrow, ___bpf_narg(args))(args)
#define __skep_typeof(args...) __typeof__(__skep_arrow(args))

/*
 * One read a pointer on the way: all but the last go to ___p, which the next one starts from; `rd` reads pointers, `last` what
 * they lead to.
 */
#define __skep_hop(rd, from, member) rd((void *)&___p, sizeof(___p), &(from)->member);
#define __skep_walk1(rd, src, a) __skep_hop(rd, src, a)
#define __skep_walk2(rd, src, a, b) __skep_walk1(rd, src, a) __skep_hop(rd, (__skep_typeof(src, a))___p, b)
#define __skep_walk3(rd, src, a, b, c) __skep_walk2(rd, src, a, b) __skep_hop(rd, (__skep_typeof(src, a, b))___p, c)
#define __skep_walk4(rd, src, a, b, c, d) __skep_walk3(rd, src, a, b, c) __skep_hop(rd, (__skep_typeof(src, a, b, c))___p, d)
#define __skep_walk5(rd, src, a, b, c, d, e) __skep_walk4(rd, src, a, b, c, d) __skep_hop(rd, (__skep_typeof(src, a, b, c, d))___p, e)
#define __skep_walk6(rd, src, a, b, c, d, e, f) __skep_walk5(rd, src, a, b, c, d, e) __skep_hop(rd, (__skep_typeof(src, a, b, c, d, e))___p, f)
#define __skep_walk7(rd, src, a, b, c, d, e, f, g) __skep_walk6(rd, src, a, b, c, d, e, f) __skep_hop(rd, (__skep_typeof(src, a, b, c, d, e, f))___p, g)
#define __skep_walk8(rd, src, a, b, c, d, e, f, g, h) __skep_walk7(rd, src, a, b, c, d, e, f, g) __skep_hop(rd, (__skep_typeof(src, a, b, c, d, e, f, g))___p, h)

#define __skep_read1(rd, last, dst, src, a) last((void *)(dst), sizeof(*(dst)), &(src)->a)
#define __skep_read2(rd, last, dst, src, a, b) __skep_walk1(rd, src, a) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a))___p)->b)
#define __skep_read3(rd, last, dst, src, a, b, c) __skep_walk2(rd, src, a, b) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a, b))___p)->c)
#define __skep_read4(rd, last, dst, src, a, b, c, d) __skep_walk3(rd, src, a, b, c) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a, b, c))___p)->d)
#define __skep_read5(rd, last, dst, src, a, b, c, d, e) __skep_walk4(rd, src, a, b, c, d) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a, b, c, d))___p)->e)
#define __skep_read6(rd, last, dst, src, a, b, c, d, e, f) __skep_walk5(rd, src, a, b, c, d, e) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a, b, c, d, e))___p)->f)
#define __skep_read7(rd, last, dst, src, a, b, c, d, e, f, g) __skep_walk6(rd, src, a, b, c, d, e, f) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a, b, c, d, e, f))___p)->g)
#define __skep_read8(rd, last, dst, src, a, b, c, d, e, f, g, h) __skep_walk7(rd, src, a, b, c, d, e, f, g) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a, b, c, d, e, f, g))___p)->h)
#define __skep_read9(rd, last, dst, src, a, b, c, d, e, f, g, h, i) __skep_walk8(rd, src, a, b, c, d, e, f, g, h) last((void *)(dst), sizeof(*(dst)), &((__skep_typeof(src, a, b, c, d, e, f, g, h))___p)->i)
#define __skep_read(rd, last, dst, src, path...)                                                                              \
	({                                                                                                                    \
		const void *___p __attribute__((unused));                                                                     \
		___bpf_apply(__skep_read, ___bpf_narg(path))(rd, last, dst, src, path);                                       \
	})
#define __skep_value(rd, src, path...)                                                                                        \
	({                                                                                                                    \
		__skep_typeof((src), path) ___r;                                                                              \
		__skep_read(rd, rd, &___r, (src), path);                                                                      \
		___r;                                                                                                         \
	})

/* The reads below that have no CORE in their names are for types that stay as they were compiled. */
#define __skep_plain_kernel(dst, sz, src) bpf_probe_read_kernel(dst, sz, src)
#define __skep_plain_user(dst, sz, src) bpf_probe_read_user(dst, sz, src)
#define __skep_plain_kernel_str(dst, sz, src) bpf_probe_read_kernel_str(dst, sz, src)
#define __skep_plain_user_str(dst, sz, src) bpf_probe_read_user_str(dst, sz, src)

#define BPF_CORE_READ_INTO(dst, src, path...) __skep_read(bpf_core_read, bpf_core_read, dst, (src), path)
#define BPF_CORE_READ_USER_INTO(dst, src, path...) __skep_read(bpf_core_read_user, bpf_core_read_user, dst, (src), path)
#define BPF_PROBE_READ_INTO(dst, src, path...) __skep_read(__skep_plain_kernel, __skep_plain_kernel, dst, (src), path)
#define BPF_PROBE_READ_USER_INTO(dst, src, path...) __skep_read(__skep_plain_user, __skep_plain_user, dst, (src), path)
#define BPF_CORE_READ_STR_INTO(dst, src, path...) __skep_read(bpf_core_read, bpf_core_read_str, dst, (src), path)
#define BPF_CORE_READ_USER_STR_INTO(dst, src, path...) __skep_read(bpf_core_read_user, bpf_core_read_user_str, dst, (src), path)
#define BPF_PROBE_READ_STR_INTO(dst, src, path...) __skep_read(__skep_plain_kernel, __skep_plain_kernel_str, dst, (src), path)
#define BPF_PROBE_READ_USER_STR_INTO(dst, src, path...) __skep_read(__skep_plain_user, __skep_plain_user_str, dst, (src), path)

#define BPF_CORE_READ(src, path...) __skep_value(bpf_core_read, src, path)
#define BPF_CORE_READ_USER(src, path...) __skep_value(bpf_core_read_user, src, path)
#define BPF_PROBE_READ(src, path...) __skep_value(__skep_plain_kernel, src, path)
#define BPF_PROBE_READ_USER(src, path...) __skep_value(__skep_plain_user, src, path)

#endif
