/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading test cases (case_file.h). */
#include "tests/verifier/case_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/uapi/bpf.h"
#include "tests/verifier/sides.h"

struct name_value {
	const char *name;
	u32 value;
};

static const struct name_value prog_types[] = {
#define BPF_PROG_TYPE(NAME, value, name) {name, value},
#include "common/uapi/prog_types.def"
#undef BPF_PROG_TYPE
};
static const struct name_value map_types[] = {
#define BPF_MAP_TYPE(NAME, value, name) {name, value},
#include "common/uapi/map_types.def"
#undef BPF_MAP_TYPE
};
static const struct name_value attach_types[] = {
#define BPF_ATTACH_TYPE(NAME, value, name) {name, value},
#include "common/uapi/attach_types.def"
#undef BPF_ATTACH_TYPE
};
static const struct name_value prog_flags[] = {
    {"strict_alignment", BPF_F_STRICT_ALIGNMENT},
    {"any_alignment", BPF_F_ANY_ALIGNMENT},
    {"sleepable", BPF_F_SLEEPABLE},
    {"test_reg_invariants", BPF_F_TEST_REG_INVARIANTS},
    {"xdp_has_frags", BPF_F_XDP_HAS_FRAGS},
};
static const struct name_value map_flags[] = {
    {"rdonly_prog", BPF_F_RDONLY_PROG}, {"wronly_prog", BPF_F_WRONLY_PROG}, {"no_prealloc", BPF_F_NO_PREALLOC},
    {"mmapable", BPF_F_MMAPABLE},	{"rdonly", BPF_F_RDONLY},
};

struct reader {
	const char *path;
	u32 line;
	struct test_case *c;
	int (*fn)(const struct test_case *c, void *ctx);
	void *ctx;
};

static int mistake(const struct reader *r, const char *what, const char *text)
{
	fprintf(stderr, "%s:%u: %s: %s\n", r->path, r->line, what, text);
	return -1;
}

static bool named(const struct name_value *v, size_t n, const char *name, u32 *value)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(v[i].name, name)) {
			*value = v[i].value;
			return true;
		}
	return false;
}
#define NAMED(table, name, value) named(table, ARRAY_SIZE(table), name, value)

static int map_index(const struct test_case *c, const char *name)
{
	for (u32 i = 0; name && i < c->map_cnt; i++)
		if (!strcmp(c->maps[i].name, name))
			return (int)i;
	return -1;
}

static bool read_hex(const char *s, u8 *to, u32 cap, u32 *len)
{
	*len = 0;
	while (s && *s) {
		unsigned int v;

		if (isspace((unsigned char)*s)) {
			s++;
			continue;
		}
		if (*len == cap || !isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1]) ||
		    sscanf(s, "%2x", &v) != 1)
			return false;
		to[(*len)++] = (u8)v;
		s += 2;
	}
	return true;
}

static bool number(char **save, u32 *value)
{
	char *tok = strtok_r(NULL, " ", save), *end;

	if (!tok)
		return false;
	*value = (u32)strtoul(tok, &end, 0);
	return !*end;
}

static int read_map(struct reader *r, char **save)
{
	struct test_case *c = r->c;
	struct case_map *m = &c->maps[c->map_cnt];
	char *name = strtok_r(NULL, " ", save), *flag;
	u32 value;

	if (c->map_cnt == CASE_MAPS || !name || strlen(name) >= sizeof(m->name))
		return mistake(r, "map", "name");
	*m = (struct case_map){.inner = -1};
	memcpy(m->name, name, strlen(name) + 1);
	if (!NAMED(map_types, strtok_r(NULL, " ", save), &m->type))
		return mistake(r, "map", "type");
	if (!number(save, &m->key) || !number(save, &m->value) || !number(save, &m->entries))
		return mistake(r, "map", "sizes");
	while ((flag = strtok_r(NULL, " ", save)))
		if (!strcmp(flag, "inner"))
			m->inner = map_index(c, strtok_r(NULL, " ", save));
		else if (NAMED(map_flags, flag, &value))
			m->flags |= value;
		else
			return mistake(r, "map flag", flag);
	c->map_cnt++;
	return 0;
}

static int read_set(struct reader *r, char **save)
{
	struct test_case *c = r->c;
	struct case_set *s = &c->sets[c->set_cnt];
	int map = map_index(c, strtok_r(NULL, " ", save));
	u32 n;

	*s = (struct case_set){.map = (u32)map};
	if (c->set_cnt == CASE_SETS || map < 0 || !read_hex(strtok_r(NULL, " ", save), s->key, sizeof(s->key), &n) ||
	    !read_hex(strtok_r(NULL, " ", save), s->value, sizeof(s->value), &n))
		return mistake(r, "set", "map, key and value");
	c->set_cnt++;
	return 0;
}

/* accept | refuse ERRNO, for the sides from..to. */
static int read_verdict(struct reader *r, const char *word, char **save, u32 from, u32 to)
{
	struct expectation e = {.accept = word && !strcmp(word, "accept")};

	if (!e.accept) {
		char *name = strtok_r(NULL, " ", save);

		e.err = word && !strcmp(word, "refuse") && name ? errno_of(name) : -1;
		if (e.err < 0)
			return mistake(r, "verdict", "accept or refuse ERRNO");
	}
	for (u32 i = from; i <= to; i++)
		r->c->expect[i] = e;
	return 0;
}

static int copy_text(struct reader *r, char *to, size_t size, const char *from)
{
	if (strlen(from) >= size)
		return mistake(r, "too long", from);
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

static int read_header(struct reader *r, char *line)
{
	struct test_case *c = r->c;
	char *save, *word = strtok_r(line, " ", &save), *rest = save;
	u32 flag;

	if (!strcmp(word, "prog"))
		return NAMED(prog_types, strtok_r(NULL, " ", &save), &c->type) ? 0 : mistake(r, "program type", rest);
	if (!strcmp(word, "attach"))
		return NAMED(attach_types, strtok_r(NULL, " ", &save), &c->attach_type)
			   ? 0
			   : mistake(r, "attach type", rest);
	if (!strcmp(word, "flags")) {
		for (char *w; (w = strtok_r(NULL, " ", &save)); c->flags |= flag)
			if (!NAMED(prog_flags, w, &flag))
				return mistake(r, "flag", w);
		return 0;
	}
	if (!strcmp(word, "license"))
		return copy_text(r, c->license, sizeof(c->license), rest);
	if (!strcmp(word, "map"))
		return read_map(r, &save);
	if (!strcmp(word, "set"))
		return read_set(r, &save);
	if (!strcmp(word, "msg"))
		return c->msg_cnt == CASE_MSGS ? mistake(r, "too many", "msg")
					       : copy_text(r, c->msgs[c->msg_cnt++], sizeof(c->msgs[0]), rest);
	if (!strcmp(word, "ret")) {
		c->has_ret = true;
		c->ret = (u32)strtoll(rest, NULL, 0);
		return 0;
	}
	if (!strcmp(word, "data"))
		return read_hex(rest, c->data, sizeof(c->data), &c->data_len) ? 0 : mistake(r, "data", rest);
	if (!strcmp(word, "same") && !strcmp(rest, "log")) {
		c->same_log = true;
		return 0;
	}
	if (!strcmp(word, "btf") || !strcmp(word, "quiet")) {
		*(*word == 'b' ? &c->btf : &c->quiet) = true;
		return 0;
	}
	if (!strcmp(word, "kernel") || !strcmp(word, "user")) {
		u32 side = *word == 'u';

		c->differs = true;
		word = strtok_r(NULL, " ", &save);
		return read_verdict(r, word, &save, side, side);
	}
	if (!strcmp(word, "because"))
		return copy_text(r, c->because, sizeof(c->because), rest);
	c->decided = true;
	return read_verdict(r, word, &save, 0, 1);
}

static void new_case(struct test_case *c)
{
	struct strbuf code = c->code;

	strbuf_reset(&code);
	*c = (struct test_case){.type = BPF_PROG_TYPE_SOCKET_FILTER, .license = "GPL", .data_len = 64, .code = code};
}

static int finish(struct reader *r)
{
	struct test_case *c = r->c;

	if (!c->name[0])
		return 0;
	if (!c->decided || !c->code.len)
		return mistake(r, "case without verdict or program", c->name);
	if (c->differs && !c->because[0])
		return mistake(r, "no reason is given for a difference", c->name);
	return r->fn(c, r->ctx);
}

static int read_line(struct reader *r, char *line, bool *in_code)
{
	int err;

	if (!strncmp(line, "== ", 3)) {
		err = finish(r);
		new_case(r->c);
		r->c->line = r->line;
		*in_code = false;
		return err ?: copy_text(r, r->c->name, sizeof(r->c->name), line + 3);
	}
	if (line[0] == '#' || (!*in_code && !line[0]))
		return 0;
	if (!*in_code && !strcmp(line, "--")) {
		*in_code = true;
		return 0;
	}
	if (!r->c->name[0])
		return mistake(r, "before the first case", line);
	if (!*in_code)
		return read_header(r, line);
	strbuf_addf(&r->c->code, "%s\n", line);
	return 0;
}

int cases_read(const char *path, int (*fn)(const struct test_case *c, void *ctx), void *ctx)
{
	struct test_case c = {0};
	struct reader r = {.path = path, .c = &c, .fn = fn, .ctx = ctx};
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	bool in_code = false;
	ssize_t n;
	int err = 0;

	if (!f) {
		perror(path);
		return -1;
	}
	while (!err && (n = getline(&line, &cap, f)) >= 0) {
		r.line++;
		while (n && isspace((unsigned char)line[n - 1]))
			line[--n] = 0;
		err = read_line(&r, line, &in_code);
	}
	if (!err)
		err = finish(&r);
	fclose(f);
	free(line);
	strbuf_free(&c.code);
	return err;
}
