/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/util/util.h"

struct skep_error *skep_error_new(void)
{
	return calloc(1, sizeof(struct skep_error));
}

static void error_clear(struct skep_error *err)
{
	strbuf_free(&err->text);
	free(err->log);
	free(err->program);
	*err = (struct skep_error){};
}

void skep_error_free(struct skep_error *err)
{
	if (!err)
		return;
	error_clear(err);
	free(err);
}

enum skep_status skep_error_status(const struct skep_error *err)
{
	return err->status;
}

int skep_error_code(const struct skep_error *err)
{
	return err->code;
}

const char *skep_error_text(const struct skep_error *err)
{
	return strbuf_str(&err->text);
}

const char *skep_error_log(const struct skep_error *err)
{
	return err->log;
}

const char *skep_error_program(const struct skep_error *err)
{
	return err->program;
}

int error_set(struct skep_error *err, enum skep_status status, int code, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	if (!err)
		return code;
	/* The arguments may point into what err holds. */
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.s[i] < 0x20 || text.s[i] == 0x7f)
			text.s[i] = '?';
	error_clear(err);
	err->status = status;
	err->code = code;
	err->text = text;
	return code;
}

const char *error_str(int code)
{
	return code == -ENOTSUPP || code == ENOTSUPP ? "Operation not supported (ENOTSUPP)" : strerror(code < 0 ? -code : code);
}

int error_nomem(struct skep_error *err)
{
	return error_set(err, SKEP_FAILED, -ENOMEM, "out of memory");
}

void error_set_log(struct skep_error *err, char *log)
{
	if (!err) {
		free(log);
		return;
	}
	free(err->log);
	err->log = log;
}

void error_set_program(struct skep_error *err, const char *name)
{
	if (!err)
		return;
	free(err->program);
	err->program = strdup(name);
}
