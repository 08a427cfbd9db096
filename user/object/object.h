/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An opened object, as the rooms of the user side share it. object/ fills it in from the ELF file and never changes that part again;
 * load/ adds descriptors and relocated instructions.
 *
 * Functions are the units of code: every function of every code section, in the order of section and offset. A program is a
 * function that can be loaded by itself; when it is, the functions that it calls are appended to a copy of it. Relocations are collected
 * per function, with their targets found, when the object is opened; load/ only fills in what the engine answered.
 */
#ifndef SKEP_USER_OBJECT_H
#define SKEP_USER_OBJECT_H

#include "common/btf/btf.h"
#include "common/uapi/bpf.h"
#include "common/util/util.h"
#include "user/elf/elf_file.h"
#include "user/error.h"

struct sec_def;

enum reloc_kind {
	RELOC_MAP,         /* target: map; the descriptor */
	RELOC_MAP_VALUE,   /* target: map; address of its value + off */
	RELOC_CALL,        /* target: func; call of a subprogram */
	RELOC_FUNC,        /* target: func; address of a subprogram, for callbacks */
	RELOC_EXTERN,      /* target: extern; value or address of a variable */
	RELOC_EXTERN_CALL, /* target: extern; kfunc */
};

struct reloc {
	enum reloc_kind kind;
	u32 insn; /* within the function */
	u32 target;
	s64 off;
};

struct core_reloc {
	u32 insn; /* within the function */
	u32 type_id;
	u32 access_off; /* string offset */
	u32 kind;       /* enum bpf_core_relo_kind */
};

struct func {
	const char *name;
	u32 section;
	u32 start;       /* in instructions, within the section */
	u32 nr_insns;
	u32 btf_id;      /* of the FUNC, from func_info; 0: none */
	bool global;     /* verified by itself */
	bool entry;      /* a program's first function */
	bool called;     /* by another, or its address taken */
	const struct bpf_insn *insns; /* as the object has them */
	struct reloc *relocs;         /* by insn */
	u32 nr_relocs;
	struct core_reloc *cores;
	u32 nr_cores;
};

/* A function's place in a linked program. */
struct prog_part {
	u32 func;
	u32 start;
};

struct skep_program {
	struct skep_object *obj;
	u32 func;
	const char *name;
	const char *section; /* without the '?' that sets it aside */
	const struct sec_def *def; /* NULL: the section says nothing */
	u32 type, attach_type, flags;
	bool autoload, autoattach;
	char *target; /* set_attach_target; NULL: what the section says */
	int target_fd; /* freplace, fentry of a program: whose; -1 */
	int fd;
	char *log;
	/* linked: */
	struct bpf_insn *insns;
	u32 nr_insns;
	struct prog_part *parts;
	u32 nr_parts;
	/* for attaching: */
	u32 attach_btf_id;
	struct skep_door *door;
};

enum map_origin {
	MAP_BTF,     /* .maps */
	MAP_LEGACY,  /* maps */
	MAP_DATA,    /* .data* */
	MAP_RODATA,  /* .rodata* */
	MAP_BSS,     /* .bss* */
	MAP_KCONFIG,
};

/* What MAP_CREATE asks for. */
struct map_spec {
	u32 type, key_size, value_size, max_entries, flags, numa_node;
	u64 map_extra;
	u32 btf_key_type_id, btf_value_type_id;
};

/* What a slot of a map is set to when the object is loaded (`values`). */
struct map_slot {
	u32 index;
	bool is_func;
	u32 target; /* map or func */
};

struct skep_map {
	struct skep_object *obj;
	char *name;       /* in the object */
	char *sys_name;   /* what the engine is told: data maps carry the object's name */
	enum map_origin origin;
	u32 section;      /* ELF section */
	u64 section_off;  /* of the definition, for maps that are variables */
	u32 btf_def_id;   /* the type of that variable */
	struct map_spec spec;
	bool has_inner;
	struct map_spec inner;
	s32 inner_map;    /* index of the map that is the model, or -1 */
	struct map_slot *slots;
	u32 nr_slots;
	u32 legacy_id;    /* of iproute2's map definitions: programs N/M fill in element M of map N */
	bool pin_by_name;
	char *pin_path;
	void *data;       /* initial value: data_len bytes, data maps only */
	size_t data_len;
	void *mmapped;    /* for the life of the object, data maps only */
	int fd;
	bool reused;
	struct skep_door *door;
};

enum extern_kind { EXTERN_KCONFIG, EXTERN_KSYM_VAR, EXTERN_KSYM_FUNC };

struct extern_sym {
	const char *name;
	enum extern_kind kind;
	bool weak;
	u32 btf_id;      /* VAR or FUNC */
	u32 type_id;     /* of the variable */
	u32 size;
	u32 off;         /* within .kconfig */
	/* while loading: */
	bool found;
	u32 target_btf_id;
	u64 addr;
};

struct skep_object {
	char *name; /* in messages */
	char *stem; /* before the first '.', for names of data maps */
	struct elf_file elf;
	char *license;
	u32 kern_version;
	struct btf *btf;
	struct btf_ext *ext;
	struct func *funcs;
	u32 nr_funcs;
	struct skep_program *progs;
	u32 nr_progs;
	struct skep_map *maps;
	u32 nr_maps;
	struct extern_sym *externs;
	u32 nr_externs;
	s32 kconfig_map; /* -1: none */
	struct skep_door *door; /* NULL: not loaded */
	int btf_fd;
	struct btf *record_types; /* structures of local variables, from DWARF (read/record.c); NULL: none */
	bool record_types_tried;
};

/* The stages of opening, in order; each leaves its error line. */
int object_read_btf(struct skep_object *obj, struct skep_error *err);
int object_find_funcs(struct skep_object *obj, struct skep_error *err);
int object_find_programs(struct skep_object *obj, struct skep_error *err);
int object_find_externs(struct skep_object *obj, struct skep_error *err);
int object_find_legacy_maps(struct skep_object *obj, struct skep_error *err);
int object_find_btf_maps(struct skep_object *obj, struct skep_error *err);
int object_find_data_maps(struct skep_object *obj, struct skep_error *err);
int object_find_map_slots(struct skep_object *obj, struct skep_error *err);
int object_find_relocs(struct skep_object *obj, struct skep_error *err);
int object_find_core_relocs(struct skep_object *obj, struct skep_error *err);

/* Space for one more element of an array of `count` (grown in powers of two); the element is zeroed. NULL: no memory. */
void *array_add(void **array, u32 *count, size_t elem_size);
#define ARRAY_ADD(array, count) ((__typeof__(array))array_add((void **)&(array), &(count), sizeof(*(array))))

/* A new map of the object, named so (copied). NULL: no memory. */
struct skep_map *object_add_map(struct skep_object *obj, const char *name, enum map_origin origin);
/* The function that starts at, or contains, that instruction of a section; -1. */
s32 object_func_at(const struct skep_object *obj, u32 section, u64 insn);
s32 object_func_containing(const struct skep_object *obj, u32 section, u64 insn);
/* The DATASEC of that name, or NULL. */
const struct btf_type *object_datasec(const struct skep_object *obj, const char *name, u32 *id);
/* The line that an instruction of a function comes from, or NULL. */
const struct bpf_line_info *object_line_info(const struct skep_object *obj, const struct func *f, u32 insn);
/* "hello.bpf.c:31: " for an instruction of a function, or "" without line information. */
void object_add_place(const struct skep_object *obj, const struct func *f, u32 insn, struct strbuf *out);

#endif
