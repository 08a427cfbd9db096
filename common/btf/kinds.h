/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kinds of BTF (Documentation/bpf/btf.rst), once: X(NAME, fixed payload bytes, payload bytes an item of vlen, what the
 * size/type word is).
 */
#ifndef SKEP_BTF_KINDS_H
#define SKEP_BTF_KINDS_H

enum btf_word { BTF_WORD_SIZE, BTF_WORD_TYPE, BTF_WORD_NONE };

#define BTF_KINDS(X)                             \
	X(INT, 4, 0, BTF_WORD_SIZE)              \
	X(PTR, 0, 0, BTF_WORD_TYPE)              \
	X(ARRAY, 12, 0, BTF_WORD_NONE)           \
	X(STRUCT, 0, 12, BTF_WORD_SIZE)          \
	X(UNION, 0, 12, BTF_WORD_SIZE)           \
	X(ENUM, 0, 8, BTF_WORD_SIZE)             \
	X(FWD, 0, 0, BTF_WORD_NONE)              \
	X(TYPEDEF, 0, 0, BTF_WORD_TYPE)          \
	X(VOLATILE, 0, 0, BTF_WORD_TYPE)         \
	X(CONST, 0, 0, BTF_WORD_TYPE)            \
	X(RESTRICT, 0, 0, BTF_WORD_TYPE)         \
	X(FUNC, 0, 0, BTF_WORD_TYPE)             \
	X(FUNC_PROTO, 0, 8, BTF_WORD_TYPE)       \
	X(VAR, 4, 0, BTF_WORD_TYPE)              \
	X(DATASEC, 0, 12, BTF_WORD_SIZE)         \
	X(FLOAT, 0, 0, BTF_WORD_SIZE)            \
	X(DECL_TAG, 4, 0, BTF_WORD_TYPE)         \
	X(TYPE_TAG, 0, 0, BTF_WORD_TYPE)         \
	X(ENUM64, 0, 12, BTF_WORD_SIZE)

#endif
