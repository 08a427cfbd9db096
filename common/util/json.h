/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing JSON into a strbuf: compact, or indented the way that bpftool -p does, so that scripts that read either find the
 * text that they know. The caller keeps begin and end in balance; inside an object every value follows a json_key.
 */
#ifndef SKEP_JSON_H
#define SKEP_JSON_H

#include "common/util/strbuf.h"
#include "common/util/util.h"

struct json {
	struct strbuf *out;
	bool pretty;
	bool comma; /* something stands before in this object or array */
	int depth;
};

void json_begin(struct json *j, char c); /* '{' or '[' */
void json_end(struct json *j, char c);   /* '}' or ']' */
void json_key(struct json *j, const char *name);
void json_str(struct json *j, const char *s);
void json_strn(struct json *j, const char *s, size_t len);
void json_uint(struct json *j, u64 v);
void json_int(struct json *j, s64 v);
void json_bool(struct json *j, bool v);
void json_raw(struct json *j, const char *text); /* a value already in JSON: "null", a number */

static inline void json_key_str(struct json *j, const char *name, const char *s)
{
	json_key(j, name);
	json_str(j, s);
}
static inline void json_key_uint(struct json *j, const char *name, u64 v)
{
	json_key(j, name);
	json_uint(j, v);
}
static inline void json_key_int(struct json *j, const char *name, s64 v)
{
	json_key(j, name);
	json_int(j, v);
}
static inline void json_key_bool(struct json *j, const char *name, bool v)
{
	json_key(j, name);
	json_bool(j, v);
}
static inline void json_key_begin(struct json *j, const char *name, char c)
{
	json_key(j, name);
	json_begin(j, c);
}

#endif
