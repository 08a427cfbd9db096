/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/elf/elf_file.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN "compile it again with clang -g -O2 -target bpf"

static int malformed(struct skep_error *err, const char *name, const char *where)
{
	const char *why = elf_errmsg(-1);

	return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: damaged or cut off at %s (%s): " AGAIN, name, where,
			 why ? why : "out of bounds");
}

static int check_header(Elf *e, const char *name, size_t len, struct skep_error *err)
{
	const unsigned char here = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	GElf_Ehdr ehdr;

	if (elf_kind(e) != ELF_K_ELF)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: not an ELF object: give it a .bpf.o, or a .c source", name);
	if (!gelf_getehdr(e, &ehdr))
		return malformed(err, name, "the ELF header");
	if (ehdr.e_machine != EM_BPF && ehdr.e_machine != EM_NONE)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: an ELF object of machine %u, not of BPF (247): compile it with -target bpf",
				 name, ehdr.e_machine);
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: a 32-bit ELF object, BPF has only 64-bit ones: " AGAIN, name);
	if (ehdr.e_ident[EI_DATA] != here)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: its byte order is not this machine's: compile it with -target bpf%s", name,
				 here == ELFDATA2LSB ? "el" : "eb");
	if (ehdr.e_type != ET_REL)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: not a relocatable object (ELF type %u, wanted %u): compile it with -c", name,
				 ehdr.e_type, ET_REL);
	/* libelf shows an object without sections when their headers lie outside of it. */
	if (ehdr.e_shoff > len || len - ehdr.e_shoff < (size_t)max_of(ehdr.e_shnum, 1) * sizeof(Elf64_Shdr))
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: cut off: its section headers should be at byte %llu of %zu: " AGAIN, name,
				 (unsigned long long)ehdr.e_shoff, len);
	return 0;
}

static int read_section(struct elf_file *elf, Elf *e, size_t shstrndx, u32 i, const char *name, size_t len, struct skep_error *err)
{
	struct elf_section *s = &elf->sections[i];
	Elf_Scn *scn = elf_getscn(e, i);
	char where[48];
	GElf_Shdr sh;
	Elf_Data *data;

	snprintf(where, sizeof(where), "section %u", i);
	if (!scn || !gelf_getshdr(scn, &sh))
		return malformed(err, name, where);
	s->name = sh.sh_name ? elf_strptr(e, shstrndx, sh.sh_name) : "";
	if (!s->name)
		return malformed(err, name, where);
	s->type = sh.sh_type;
	s->flags = sh.sh_flags;
	s->link = sh.sh_link;
	s->info = sh.sh_info;
	s->size = sh.sh_size;
	if (sh.sh_type == SHT_NULL || sh.sh_type == SHT_NOBITS)
		return 0;
	if (sh.sh_offset > len || sh.sh_size > len - sh.sh_offset)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: cut off: section %u (%s) ends after the file's end: " AGAIN, name, i, s->name);
	data = elf_rawdata(scn, NULL);
	if (!data || (data->d_size && !data->d_buf) || data->d_size != sh.sh_size)
		return malformed(err, name, where);
	s->data = data->d_buf;
	return 0;
}

/* Sections are read in place only where the image has them aligned; others get a copy that is. */
static int align_section(struct elf_file *elf, u32 i, size_t *used, size_t room)
{
	struct elf_section *s = &elf->sections[i];
	size_t need = round_up_u64(s->size, 8);

	if (!s->data || !((uintptr_t)s->data & 7))
		return 0;
	if (need > room - *used)
		return -ENOMEM;
	memcpy((u8 *)elf->spill + *used, s->data, s->size);
	s->data = (u8 *)elf->spill + *used;
	*used += need;
	return 0;
}

static int read_symbols(struct elf_file *elf, Elf *e, const char *name, struct skep_error *err)
{
	const struct elf_section *tab = NULL;
	char where[48];

	for (u32 i = 1; i < elf->nr_sections && !tab; i++)
		if (elf->sections[i].type == SHT_SYMTAB)
			tab = &elf->sections[i];
	if (!tab)
		return 0;
	if (tab->size / sizeof(Elf64_Sym) > UINT32_MAX || tab->link >= elf->nr_sections)
		return malformed(err, name, "the symbol table");
	elf->nr_symbols = (u32)(tab->size / sizeof(Elf64_Sym));
	elf->symbols = calloc(elf->nr_symbols + 1, sizeof(*elf->symbols));
	if (!elf->symbols)
		return error_nomem(err);
	for (u32 i = 0; i < elf->nr_symbols; i++) {
		const Elf64_Sym *from = (const Elf64_Sym *)tab->data + i;
		struct elf_symbol *to = &elf->symbols[i];

		snprintf(where, sizeof(where), "symbol %u", i);
		to->name = from->st_name ? elf_strptr(e, tab->link, from->st_name) : "";
		if (!to->name || (from->st_shndx >= elf->nr_sections && from->st_shndx < SHN_LORESERVE))
			return malformed(err, name, where);
		to->value = from->st_value;
		to->size = from->st_size;
		to->shndx = from->st_shndx;
		to->type = ELF64_ST_TYPE(from->st_info);
		to->bind = ELF64_ST_BIND(from->st_info);
		to->visibility = ELF64_ST_VISIBILITY(from->st_other);
		if (to->type == STT_SECTION && !*to->name && to->shndx < elf->nr_sections)
			to->name = elf->sections[to->shndx].name;
	}
	return 0;
}

static int check_relos(const struct elf_file *elf, const char *name, struct skep_error *err)
{
	struct elf_relo relo;

	for (u32 i = 1; i < elf->nr_sections; i++) {
		const struct elf_section *s = &elf->sections[i];

		if (!elf_section_is_relo(s))
			continue;
		if (s->info >= elf->nr_sections)
			return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: section %u (%s) relocates section %u, which does not exist: " AGAIN,
					 name, i, s->name, s->info);
		for (u32 r = 0; r < elf_section_relos(s); r++)
			if (!elf_file_relo(elf, s, r, &relo))
				return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: relocation %u of section %u (%s) names symbol %u of %u: " AGAIN,
						 name, r, i, s->name, relo.sym, elf->nr_symbols);
	}
	return 0;
}

static int read_all(struct elf_file *elf, Elf *e, const char *name, size_t len, struct skep_error *err)
{
	size_t count, shstrndx, used = 0, room;
	int ret = check_header(e, name, len, err);

	if (ret)
		return ret;
	if (elf_getshdrnum(e, &count) || elf_getshdrstrndx(e, &shstrndx) || count > SHN_LORESERVE)
		return malformed(err, name, "the section headers");
	elf->sections = calloc(count + 1, sizeof(*elf->sections));
	room = round_up_u64(len, 8) + 8 * count;
	elf->spill = malloc(room);
	if (!elf->sections || !elf->spill)
		return error_nomem(err);
	elf->nr_sections = (u32)count;
	for (u32 i = 0; i < elf->nr_sections; i++)
		elf->sections[i].name = "";
	for (u32 i = 1; i < elf->nr_sections; i++) {
		ret = read_section(elf, e, shstrndx, i, name, len, err);
		if (!ret && align_section(elf, i, &used, room))
			ret = error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: its sections overlap: " AGAIN, name);
		if (ret)
			return ret;
	}
	ret = read_symbols(elf, e, name, err);
	return ret ? ret : check_relos(elf, name, err);
}

int elf_file_open(struct elf_file *elf, const char *name, const void *data, size_t len, struct skep_error *err)
{
	Elf *e;
	int ret;

	*elf = (struct elf_file){};
	if (!len)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: empty file: " AGAIN, name);
	elf_version(EV_CURRENT);
	elf->image = malloc(len);
	if (!elf->image)
		return error_nomem(err);
	memcpy(elf->image, data, len);
	elf->handle = e = elf_memory(elf->image, len);
	ret = e ? read_all(elf, e, name, len, err) : malformed(err, name, "its start");
	if (ret)
		elf_file_close(elf);
	return ret;
}

void elf_file_close(struct elf_file *elf)
{
	if (elf->handle)
		elf_end(elf->handle);
	free(elf->image);
	free(elf->spill);
	free(elf->sections);
	free(elf->symbols);
	*elf = (struct elf_file){};
}

u32 elf_file_section(const struct elf_file *elf, const char *name)
{
	for (u32 i = 1; i < elf->nr_sections; i++)
		if (!strcmp(elf->sections[i].name, name))
			return i;
	return 0;
}

u32 elf_section_relos(const struct elf_section *s)
{
	u64 n = s->data ? s->size / (s->type == SHT_RELA ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel)) : 0;

	return n > UINT32_MAX ? 0 : (u32)n;
}

bool elf_file_relo(const struct elf_file *elf, const struct elf_section *s, u32 i, struct elf_relo *relo)
{
	if (s->type == SHT_RELA) {
		const Elf64_Rela *r = (const Elf64_Rela *)s->data + i;

		*relo = (struct elf_relo){r->r_offset, ELF64_R_TYPE(r->r_info), ELF64_R_SYM(r->r_info), r->r_addend, true};
	} else {
		const Elf64_Rel *r = (const Elf64_Rel *)s->data + i;

		*relo = (struct elf_relo){r->r_offset, ELF64_R_TYPE(r->r_info), ELF64_R_SYM(r->r_info), 0, false};
	}
	return relo->sym < elf->nr_symbols;
}
