/* SPDX-License-Identifier: BSD-2-Clause */
/* How the command says what went wrong. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "common/util/json.h"

static int say(struct cli *cli, int status, const char *text)
{
	struct strbuf line = STRBUF_INIT;
	struct json j;

	fflush(stdout);
	if (!cli->json) {
		fprintf(stderr, "skep: %s\n", text);
		return status;
	}
	j = (struct json){.out = &line, .pretty = cli->pretty};
	json_begin(&j, '{');
	json_key_str(&j, "error", text);
	json_end(&j, '}');
	puts(strbuf_str(&line));
	strbuf_free(&line);
	return status;
}

int cli_fail(struct cli *cli, int status, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	say(cli, status, strbuf_str(&text));
	strbuf_free(&text);
	return status;
}

int cli_fail_error(struct cli *cli, const struct skep_error *err)
{
	const char *log = skep_error_log(err);

	say(cli, (int)skep_error_status(err), skep_error_text(err));
	if (log && *log && !cli->json) {
		size_t n = strlen(log);

		fprintf(stderr, "%s%s", log, log[n - 1] == '\n' ? "" : "\n");
	}
	return (int)skep_error_status(err);
}

int cli_usage(struct cli *cli, const struct args *args, const struct verb *verb)
{
	return cli_fail(cli, SKEP_USAGE, "usage: skep %s %s%s%s (skep %s help)", args->noun, verb->name, *verb->usage ? " " : "",
			verb->usage, args->noun);
}
