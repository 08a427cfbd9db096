/* SPDX-License-Identifier: BSD-2-Clause */
/* Tracepoints typed by BTF. */
#ifndef SKEP_TYPES_TRACING_H
#define SKEP_TYPES_TRACING_H

#include "common/util/util.h"

struct btf;
struct btf_type;

/* The prototype of the tracepoint whose btf_trace_NAME typedef has that id, and NAME; NULL when it is none. */
const struct btf_type *tracing_tp_proto(const struct btf *btf, u32 id, const char **name);

#endif
