/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/listing.h"

#include <stdio.h>

int listing_run(struct cli *cli, struct args *args, enum object_class class, int (*show)(struct cli *cli, int fd, void *listing))
{
	struct listing l = {.cli = cli};
	bool array = !args->argc || !is_prefix(args->argv[0], "id");
	int status;

	l.json = (struct json){.out = &l.out, .pretty = cli->pretty};
	l.j = cli->json ? &l.json : NULL;
	if (l.j && array)
		json_begin(l.j, '[');
	status = objects_each(cli, args, class, show, &l);
	if (l.j && array)
		json_end(l.j, ']');
	if (!status) {
		fputs(strbuf_str(&l.out), stdout);
		if (l.j)
			putchar('\n');
	}
	strbuf_free(&l.out);
	return status;
}

void listing_ids(struct listing *l, const u32 *ids, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		if (l->j)
			json_uint(l->j, ids[i]);
		else
			strbuf_addf(&l->out, "%s%u", i ? "," : "", ids[i]);
	}
}
