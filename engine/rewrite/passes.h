/* SPDX-License-Identifier: BSD-2-Clause */
/* The rewrites, in the order in which rewrite.c applies them. Each takes and leaves a correct program; 0 or -errno. */
#ifndef SKEP_REWRITE_PASSES_H
#define SKEP_REWRITE_PASSES_H

#include "engine/object/prog.h"

#define REWRITE_PASSES(X)                                                                                              \
	X(rewrite_known_branches) /* conditional jumps of which only one way was ever taken */                         \
	X(rewrite_dead_code)	  /* instructions that no path reached */                                              \
	X(rewrite_nops)		  /* jumps to the next instruction */                                                  \
	X(rewrite_ctx_access)	  /* the UAPI's context becomes the engine's own */                                    \
	X(rewrite_faulting_loads) /* loads through pointers that may be stale */                                       \
	X(rewrite_immediates)	  /* maps, their values, kernel variables and functions become addresses */            \
	X(rewrite_calls)	  /* helpers and kfuncs become indices into prog->calls; tail calls */                 \
	X(rewrite_packet_loads)	  /* ld_abs and ld_ind become calls */

#define PASS(name) int name(struct bpf_prog *prog);
REWRITE_PASSES(PASS)
#undef PASS

#endif
