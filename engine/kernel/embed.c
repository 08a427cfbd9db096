/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Build tool: from the object of vmlinux.bpf.c to a C file with the engine's vmlinux BTF.
 *
 *	embed vmlinux.bpf.o kernel_btf.c
 *
 * Taken out is what a kernel's BTF does not have: variables, data sections, everything named keep_*. Enums named keep_anon_* become
 * anonymous again. A forward declaration whose type is there becomes that type, functions become static as the kernel's are, and
 * strings nobody names are dropped.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/btf/btf.h"
#include "common/uapi/bpf.h"

struct embed {
	struct btf *btf;
	u32 *ids;       /* new id of an old one */
	u32 *strs;      /* new offset of an old one; 0: not there yet */
	struct strbuf types;
	struct strbuf text;
};

static Elf_Data *find_section(Elf *elf, const char *name)
{
	size_t names;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && !strcmp(elf_strptr(elf, names, shdr.sh_name) ?: "", name))
			return elf_getdata(scn, NULL);
	return NULL;
}

static struct btf *read_btf(const char *path)
{
	struct strbuf err = STRBUF_INIT;
	struct btf *btf = NULL;
	Elf_Data *data;
	Elf *elf;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		return NULL;
	}
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	data = elf ? find_section(elf, ".BTF") : NULL;
	if (data)
		btf = btf_parse(data->d_buf, data->d_size, NULL, &err);
	if (!btf)
		fprintf(stderr, "%s: %s\n", path, data ? strbuf_str(&err) : "no .BTF section");
	strbuf_free(&err);
	elf_end(elf);
	close(fd);
	return btf;
}

static bool is_anonymized(const struct btf *btf, u32 id)
{
	return btf_kind(btf_type(btf, id)) <= BTF_KIND_ENUM64 && !strncmp(btf_name(btf, id), "keep_anon_", 10);
}

static bool dropped(const struct btf *btf, u32 id)
{
	u32 kind = btf_kind(btf_type(btf, id));

	if (is_anonymized(btf, id))
		return false;
	return kind == BTF_KIND_VAR || kind == BTF_KIND_DATASEC || !strncmp(btf_name(btf, id), "keep_", 5);
}

static s32 definition(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf_type(btf, id);

	if (btf_kind(t) != BTF_KIND_FWD)
		return -ENOENT;
	return btf_find(btf, btf_name(btf, id), btf_kflag(t) ? BTF_KIND_UNION : BTF_KIND_STRUCT);
}

static void number(struct embed *e)
{
	u32 n = 1;

	for (u32 id = 1; id < btf_count(e->btf); id++)
		if (!dropped(e->btf, id) && definition(e->btf, id) < 0)
			e->ids[id] = n++;
	for (u32 id = 1; id < btf_count(e->btf); id++)
		if (definition(e->btf, id) > 0)
			e->ids[id] = e->ids[definition(e->btf, id)];
}

static u32 put_str(struct embed *e, u32 off)
{
	const char *s = btf_str(e->btf, off);

	if (!off)
		return 0;
	if (!e->strs[off]) {
		e->strs[off] = (u32)e->text.len;
		strbuf_add(&e->text, s, strlen(s) + 1);
	}
	return e->strs[off];
}

/* Constants of more than 32 bits: compilers before clang 15 cut them off in BTF. */
static const struct {
	const char *name;
	u64 value;
} wide[] = {
#define X(NAME) {#NAME, NAME}
	X(BPF_F_INDEX_MASK), X(BPF_F_CURRENT_CPU), X(BPF_F_CTXLEN_MASK),
#undef X
};

/* An ENUM of eight bytes becomes an ENUM64. False for a constant whose upper half nobody knows. */
static bool put_wide_enum(struct embed *e, const struct btf_type *t)
{
	u32 w[3] = {0, (u32)BTF_KIND_ENUM64 << 24 | btf_vlen(t), t->size};

	strbuf_add(&e->types, w, sizeof(w));
	for (u32 n = 0; n < btf_vlen(t); n++) {
		const char *name = btf_str(e->btf, btf_enums(t)[n].name_off);
		size_t i = 0;

		while (i < ARRAY_SIZE(wide) && strcmp(wide[i].name, name))
			i++;
		if (i == ARRAY_SIZE(wide)) {
			fprintf(stderr, "%s: add it to the wide constants\n", name);
			return false;
		}
		w[0] = put_str(e, btf_enums(t)[n].name_off);
		w[1] = (u32)wide[i].value;
		w[2] = (u32)(wide[i].value >> 32);
		strbuf_add(&e->types, w, sizeof(w));
	}
	return true;
}

static void put_items(struct embed *e, const struct btf_type *t)
{
	u32 kind = btf_kind(t), words = kind == BTF_KIND_ENUM || kind == BTF_KIND_FUNC_PROTO ? 2 : 3;
	bool values = kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
	const u32 *p = btf_payload(t);

	for (u32 n = btf_vlen(t); n--; p += words) {
		u32 item[3] = {put_str(e, p[0]), values ? p[1] : e->ids[p[1]], words == 3 ? p[2] : 0};

		strbuf_add(&e->types, item, words * 4);
	}
}

static bool put_type(struct embed *e, u32 id)
{
	const struct btf_type *t = btf_type(e->btf, id);
	const u32 *p = btf_payload(t);
	u32 w[3] = {is_anonymized(e->btf, id) ? 0 : put_str(e, t->name_off), t->info, t->size}, a[3];

	if (btf_kind(t) == BTF_KIND_ENUM && t->size == 8)
		return put_wide_enum(e, t);
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
	case BTF_KIND_ARRAY:
		break;
	case BTF_KIND_FUNC:
		w[1] &= ~0xffffu; /* linkage static */
		/* fallthrough */
	default:
		w[2] = e->ids[t->type];
	}
	strbuf_add(&e->types, w, sizeof(w));
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_DECL_TAG:
		strbuf_add(&e->types, p, 4);
		break;
	case BTF_KIND_ARRAY:
		a[0] = e->ids[p[0]];
		a[1] = e->ids[p[1]];
		a[2] = p[2];
		strbuf_add(&e->types, a, sizeof(a));
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FUNC_PROTO:
		put_items(e, t);
		break;
	}
	return true;
}

static int write_c(const struct embed *e, const char *path)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	struct strbuf all = STRBUF_INIT;
	FILE *f = fopen(path, "we");

	if (!f) {
		perror(path);
		return 1;
	}
	h.type_len = h.str_off = (u32)e->types.len;
	h.str_len = (u32)e->text.len;
	strbuf_add(&all, &h, sizeof(h));
	strbuf_add(&all, e->types.s, e->types.len);
	strbuf_add(&all, e->text.s, e->text.len);
	fprintf(f, "/* made by engine/kernel/embed.c */\n#include \"engine/kernel/kernel_btf.h\"\n\n"
		   "const unsigned char engine_kernel_btf[] __attribute__((aligned(8))) = {");
	for (size_t i = 0; i < all.len; i++)
		fprintf(f, "%s%u,", i % 24 ? "" : "\n", (u8)all.s[i]);
	fprintf(f, "\n};\n\nconst size_t engine_kernel_btf_len = sizeof(engine_kernel_btf);\n");
	strbuf_free(&all);
	if (fclose(f)) {
		perror(path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct embed e = {0};
	bool ok = true;
	size_t len;
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: embed OBJECT OUTPUT\n");
		return 2;
	}
	e.btf = read_btf(argv[1]);
	if (!e.btf)
		return 1;
	btf_raw(e.btf, &len);
	e.ids = calloc(btf_count(e.btf), sizeof(*e.ids));
	e.strs = calloc(len, sizeof(*e.strs));
	if (!e.ids || !e.strs)
		return 1;
	strbuf_addc(&e.text, '\0');
	number(&e);
	for (u32 id = 1; id < btf_count(e.btf) && ok; id++)
		if (!dropped(e.btf, id) && definition(e.btf, id) < 0)
			ok = put_type(&e, id);
	rc = ok ? write_c(&e, argv[2]) : 1;
	strbuf_free(&e.types);
	strbuf_free(&e.text);
	free(e.ids);
	free(e.strs);
	btf_free(e.btf);
	return rc;
}
