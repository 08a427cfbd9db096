/* SPDX-License-Identifier: BSD-2-Clause */
/* guest-compile SOURCE OBJECT BTF [FLAG ...]: compile outside the guest, with a vmlinux.h of the types in the file BTF. */
#include <skep/skep.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct skep_compile_opts opts = {.sz = sizeof(opts)};
	struct skep_error *err = skep_error_new();
	void *image;
	size_t len;
	FILE *out;

	if (argc < 4) {
		fputs("usage: guest-compile SOURCE OBJECT BTF [FLAG ...]\n", stderr);
		return 2;
	}
	opts.btf = argv[3];
	opts.flags = (const char *const *)argv + 4;
	if (skep_compile_file(argv[1], &opts, &image, &len, err)) {
		fprintf(stderr, "%s\n", skep_error_text(err));
		return 1;
	}
	out = fopen(argv[2], "we");
	if (!out || fwrite(image, 1, len, out) != len || fclose(out)) {
		perror(argv[2]);
		return 1;
	}
	free(image);
	skep_error_free(err);
	return 0;
}
