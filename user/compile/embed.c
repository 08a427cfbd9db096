/* SPDX-License-Identifier: BSD-2-Clause */
/* Build tool: prints a C source with the contents of files: embed NAME FILE [NAME FILE ...]. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("/* Made by user/compile/embed.c */\n#include \"user/compile/compile.h\"\n\nconst struct compile_header compile_headers[] = {\n");
	for (int i = 1; i + 1 < argc; i += 2) {
		FILE *f = fopen(argv[i + 1], "rb");
		int c, column = 0;

		if (!f) {
			perror(argv[i + 1]);
			return 1;
		}
		printf("\t{\"%s\", (const char[]){", argv[i]);
		while ((c = getc(f)) != EOF)
			printf("%s%d,", column++ % 32 ? "" : "\n\t\t", c);
		printf("0}},\n");
		fclose(f);
	}
	printf("\t{NULL, NULL},\n};\n");
	return ferror(stdout) || fflush(stdout);
}
