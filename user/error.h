/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the user side tells of failures: every failing function leaves one line in the caller's skep_error and returns the negative
 * errno that goes with it. All functions here take err == NULL.
 */
#ifndef SKEP_USER_ERROR_H
#define SKEP_USER_ERROR_H

#include <skep/skep.h>

#include "common/util/strbuf.h"

struct skep_error {
	enum skep_status status;
	int code;
	struct strbuf text;
	char *log;
	char *program;
};

/* Replace what err holds; returns code, so that callers can `return error_set(...)`. Control characters in the text become '?'. */
int error_set(struct skep_error *err, enum skep_status status, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* strerror, also of the one errno that engines return and libc has no text for. */
const char *error_str(int code);
/* -ENOMEM with its line. */
int error_nomem(struct skep_error *err);
/* Attach a log (ownership passes; freed when err is NULL) and the program's name (copied) to what is held. */
void error_set_log(struct skep_error *err, char *log);
void error_set_program(struct skep_error *err, const char *name);

#endif
