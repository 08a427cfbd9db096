/* SPDX-License-Identifier: BSD-2-Clause */
/* Build tool: prints bpf_helper_defs.h, the declarations of all helper functions, from the one list of them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct helper {
	const char *name, *ret, *params;
	int id;
} helpers[] = {
#define BPF_HELPER(name, id, ret, params) {#name, #ret, #params, id},
#include "common/uapi/helpers.def"
#undef BPF_HELPER
};
#define NR_HELPERS (sizeof(helpers) / sizeof(helpers[0]))

static char seen[256][64];
static size_t nr_seen;

/* Structs that parameters point to are declared once, so that none is first declared within a parameter list. */
static void declare_structs(const char *text)
{
	for (const char *s = text; (s = strstr(s, "struct ")); ) {
		size_t n = 0, i;

		s += strlen("struct ");
		while (isalnum((unsigned char)s[n]) || s[n] == '_')
			n++;
		if (!n || n >= sizeof(seen[0]) || nr_seen == sizeof(seen) / sizeof(seen[0]))
			continue;
		for (i = 0; i < nr_seen; i++)
			if (strlen(seen[i]) == n && !memcmp(seen[i], s, n))
				break;
		if (i < nr_seen)
			continue;
		memcpy(seen[nr_seen], s, n);
		seen[nr_seen++][n] = '\0';
		printf("struct %.*s;\n", (int)n, s);
	}
}

int main(void)
{
	printf("/* SPDX-License-Identifier: BSD-2-Clause */\n"
	       "/* Every helper function, by its number. Made from helpers.def. */\n"
	       "#ifndef __BPF_HELPER_DEFS__\n#define __BPF_HELPER_DEFS__\n\n");
	for (size_t i = 0; i < NR_HELPERS; i++) {
		declare_structs(helpers[i].ret);
		declare_structs(helpers[i].params);
	}
	printf("\n");
	for (size_t i = 0; i < NR_HELPERS; i++)
		printf("static %s (* const bpf_%s)%s = (void *)%d;\n", helpers[i].ret, helpers[i].name, helpers[i].params, helpers[i].id);
	printf("\n#endif\n");
	return ferror(stdout) || fflush(stdout);
}
