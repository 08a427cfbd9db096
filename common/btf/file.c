/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/btf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1u << 30)

/* Files of sysfs do not always know their size, so this reads until the end. */
static int read_all(int fd, struct strbuf *out)
{
	char block[65536];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block)))) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		strbuf_add(out, block, (size_t)n);
		if (out->oom)
			return -ENOMEM;
		if (out->len > FILE_MAX)
			return -EFBIG;
	}
	return 0;
}

static Elf_Data *find_section(Elf *elf, const char *name)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *s = gelf_getshdr(scn, &shdr) ? elf_strptr(elf, names, shdr.sh_name) : NULL;

		if (s && !strcmp(s, name) && shdr.sh_type != SHT_NOBITS)
			return elf_rawdata(scn, NULL);
	}
	return NULL;
}

static struct btf *from_elf(struct strbuf *file, const struct btf *base, struct btf_ext **ext, struct strbuf *err)
{
	struct btf *btf = NULL;
	Elf_Data *data, *more;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory(file->s, file->len);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		strbuf_adds(err, "neither BTF nor an ELF file");
		errno = EINVAL;
		goto out;
	}
	data = find_section(elf, ".BTF");
	if (!data) {
		strbuf_adds(err, "no .BTF section");
		errno = ENODATA;
		goto out;
	}
	btf = btf_parse(data->d_buf, data->d_size, base, err);
	more = btf && ext ? find_section(elf, ".BTF.ext") : NULL;
	if (more) {
		*ext = btf_ext_parse(more->d_buf, more->d_size, btf, err);
		if (!*ext) {
			int saved = errno;

			btf_free(btf);
			btf = NULL;
			errno = saved;
		}
	}
out:
	if (elf) {
		int saved = errno;

		elf_end(elf);
		errno = saved;
	}
	return btf;
}

struct btf *btf_load_file(const char *path, const struct btf *base, struct btf_ext **ext, struct strbuf *err)
{
	struct strbuf file = STRBUF_INIT, none = STRBUF_INIT;
	struct btf *btf = NULL;
	int fd, rc;
	u16 magic = 0;

	if (ext)
		*ext = NULL;
	if (!err)
		err = &none;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	rc = fd < 0 ? -errno : read_all(fd, &file);
	if (fd >= 0)
		close(fd);
	if (rc) {
		strbuf_addf(err, "cannot read: %s", strerror(-rc));
		errno = -rc;
		goto out;
	}
	if (file.len >= sizeof(magic))
		memcpy(&magic, file.s, sizeof(magic));
	if (magic == BTF_MAGIC || magic == __builtin_bswap16(BTF_MAGIC))
		btf = btf_parse(file.s, file.len, base, err);
	else
		btf = from_elf(&file, base, ext, err);
out:
	rc = errno;
	strbuf_free(&file);
	strbuf_free(&none);
	errno = rc;
	return btf;
}
