/* SPDX-License-Identifier: BSD-2-Clause */
/* A function's prototype as bpftool writes it: "int hello(struct trace_event_raw_sys_enter * ctx)". */
#ifndef SKEP_CLI_PROTOTYPE_H
#define SKEP_CLI_PROTOTYPE_H

#include "common/btf/btf.h"

struct strbuf;

/* Append the prototype of the FUNC; nothing when it is none. */
void add_prototype(const struct btf *btf, u32 func, struct strbuf *out);

#endif
