/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF from files. */
#ifndef SKEP_BTF_FILE_H
#define SKEP_BTF_FILE_H

#include "common/btf/btf.h"

/* Raw BTF (/sys/kernel/btf/...) or the .BTF section of an ELF file, whichever `path` is. base as in btf_parse. On failure NULL
 * with errno (that of open(2), EINVAL for what is wrong in it, ENODATA for an ELF file without .BTF) and one line in err.
 * When ext is given, *ext becomes the parsed .BTF.ext, or NULL when there is none. */
struct btf *btf_load_file(const char *path, const struct btf *base, struct btf_ext **ext, struct strbuf *err);

#endif
