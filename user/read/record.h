/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What type the records of a buffer have. Ring and perf buffers carry bytes; the type is known only to the code that fills them
 * in: as a local variable, or as what a local pointer points to. BTF says nothing of locals, but DWARF does.
 */
#ifndef SKEP_READ_RECORD_H
#define SKEP_READ_RECORD_H

#include <elf.h>
#include <libelf.h>

#include "common/btf/btf.h"

/*
 * The structures among the types of all local variables (and what they point to) of an object with DWARF, as BTF; NULL when there is
 * no DWARF or no such variable.
 */
struct btf *record_types_from_dwarf(Elf *elf);

#endif
