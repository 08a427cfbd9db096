/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ELF object of the BPF machine, read whole: sections, symbols and relocations as plain arrays, every bound checked once.
 * Data points into memory that elf_file owns and is aligned to 8.
 */
#ifndef SKEP_ELF_FILE_H
#define SKEP_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>

#include "common/util/util.h"
#include "user/error.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

struct elf_section {
	const char *name;
	const u8 *data; /* NULL for sections without contents (SHT_NOBITS, .bss) */
	u64 size;
	u32 type;
	u64 flags;
	u32 link;
	u32 info;
};

struct elf_symbol {
	const char *name;
	u64 value;
	u64 size;
	u32 shndx; /* SHN_UNDEF, SHN_ABS, SHN_COMMON or an index below nr_sections */
	u8 type, bind, visibility;
};

struct elf_relo {
	u64 offset;
	u32 type;
	u32 sym; /* below nr_symbols */
	s64 addend;
	bool explicit_addend; /* RELA */
};

struct elf_file {
	void *handle; /* libelf's, for the names */
	void *image;
	void *spill; /* aligned copies of sections that are not aligned in the image */
	struct elf_section *sections;
	u32 nr_sections;
	struct elf_symbol *symbols;
	u32 nr_symbols;
};

/* Copies the bytes. name is for messages. */
int elf_file_open(struct elf_file *elf, const char *name, const void *data, size_t len, struct skep_error *err);
void elf_file_close(struct elf_file *elf);

/* Index of the first section of that name, or 0. */
u32 elf_file_section(const struct elf_file *elf, const char *name);
static inline bool elf_section_is_code(const struct elf_section *s)
{
	return s->type == SHT_PROGBITS && s->flags & SHF_EXECINSTR && s->size;
}
static inline bool elf_section_is_relo(const struct elf_section *s)
{
	return s->type == SHT_REL || s->type == SHT_RELA;
}
/* How many relocations a section of them has, and the one at index i; false when its symbol does not exist. */
u32 elf_section_relos(const struct elf_section *s);
bool elf_file_relo(const struct elf_file *elf, const struct elf_section *s, u32 i, struct elf_relo *relo);

#endif
