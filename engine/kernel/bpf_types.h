/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's kernel: BPF's own objects as programs may name them. For the BTF only: host code has its own struct bpf_map and
 * struct bpf_prog, and never includes this.
 */
#ifndef SKEP_KERNEL_BPF_TYPES_H
#define SKEP_KERNEL_BPF_TYPES_H

#include "common/uapi/bpf.h"
#include "engine/kernel/base.h"

struct bpf_map {
	enum bpf_map_type map_type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u64 map_extra;
	u32 map_flags;
	u32 id;
	char name[16];
};

struct bpf_prog_aux {
	u32 id;
	u64 load_time;
	u32 verified_insns;
	char name[16];
};

struct bpf_prog {
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	u32 len;
	u8 tag[8];
	struct bpf_prog_aux *aux;
};

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

#endif
