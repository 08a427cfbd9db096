/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of objects, as text or as one JSON array (a single object when one was named, as bpftool does). */
#ifndef SKEP_CLI_LISTING_H
#define SKEP_CLI_LISTING_H

#include "cli/objects.h"
#include "common/util/json.h"

struct listing {
	struct cli *cli;
	struct strbuf out;
	struct json json;
	struct json *j; /* NULL: text */
};

/* Print every object that args select by `show`; an exit status. */
int listing_run(struct cli *cli, struct args *args, enum object_class class, int (*show)(struct cli *cli, int fd, void *listing));
/* Ids of an array that an info struct gave: text "1,2,3", or a JSON array. */
void listing_ids(struct listing *l, const u32 *ids, u32 n);

#endif
