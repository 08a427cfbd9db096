/* SPDX-License-Identifier: BSD-2-Clause */
#include <skep/skep.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "version")) {
		printf("skep v%s\n", skep_version());
		return 0;
	}
	fprintf(stderr, "skep: usage: skep [--engine user|kernel] [-j|-p] OBJECT COMMAND\n");
	return 2;
}
