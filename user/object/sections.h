/* SPDX-License-Identifier: BSD-2-Clause */
/* What section names say of programs: the table behind sections.def. */
#ifndef SKEP_USER_SECTIONS_H
#define SKEP_USER_SECTIONS_H

#include <skep/skep.h>

#include "common/util/util.h"

enum { SEC_LOOSE = 1, SEC_BTF = 2, SEC_SLEEPABLE = 4, SEC_FRAGS = 8, SEC_TARGET = 16 };

struct sec_def {
	const char *prefix;
	u32 type, attach_type, flags;
	struct skep_link *(*attach)(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err);
};

/* The definition that a section's name matches best, or NULL. */
const struct sec_def *sec_def_find(const char *section);
/* Whether a program of that section can be attached without being told more. */
bool sec_def_attaches(const struct sec_def *def, const char *section);
/* What follows the prefix and its '/', or "". */
const char *sec_def_rest(const struct sec_def *def, const char *section);

#endif
