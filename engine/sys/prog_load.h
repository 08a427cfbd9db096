/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of PROG_LOAD, one file each. */
#ifndef SKEP_SYS_PROG_LOAD_H
#define SKEP_SYS_PROG_LOAD_H

#include "engine/object/prog.h"
#include "engine/verifier/verifier.h"

/* prog_attach_target.c: expected_attach_type, attach_btf_id and what it names. 0 or -errno. */
void prog_fixup_attach_type(union bpf_attr *attr);
int prog_check_attach(struct caller *caller, const union bpf_attr *attr);
/* Whether BPF_F_SLEEPABLE, or its absence, fits the type; a refusal is explained in log. */
int prog_check_sleepable(const struct bpf_prog *prog, struct verifier_log *log);

/* prog_btf.c: BTF, func_info and line_info: copied, and checked against program and BTF; refusals are explained in log. */
int prog_load_btf(struct bpf_prog *prog, struct caller *caller, const union bpf_attr *attr, u64 uattr, u32 size,
		  struct verifier_log *log);

/* prog_tag.c: the tag of a program as it was loaded, map descriptors left out. 0 or -ENOMEM. */
int prog_calc_tag(struct bpf_prog *prog);
/* The same over a range of instructions. */
int insns_calc_tag(const struct bpf_insn *insns, u32 n, u8 tag[BPF_TAG_SIZE]);

#endif
