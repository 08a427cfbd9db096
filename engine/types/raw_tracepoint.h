/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw tracepoints: bounds of their context, and their TEST_RUN, which tp_btf shares. */
#ifndef SKEP_TYPES_RAW_TRACEPOINT_H
#define SKEP_TYPES_RAW_TRACEPOINT_H

#define RAW_TP_MAX_ARGS 12

#endif
