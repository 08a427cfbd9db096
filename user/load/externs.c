/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an object expects from outside. .kconfig: variables named as the kernel's configuration options, and LINUX_KERNEL_VERSION,
 * LINUX_HAS_SYSCALL_WRAPPER, LINUX_HAS_BPF_COOKIE, which describe the engine. .ksyms: functions and variables of the kernel.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "user/load/load.h"

static u32 kernel_version(void)
{
	unsigned int major = 0, minor = 0, patch = 0;
	struct utsname u;

	if (uname(&u))
		return 0;
	sscanf(u.release, "%u.%u.%u", &major, &minor, &patch);
	return major << 16 | minor << 8 | min_of(patch, 255U);
}

/* Whether the engine's system calls take their registers from one pt_regs argument: its entry functions' names tell. */
static bool has_syscall_wrapper(struct load *l)
{
	const struct btf *vmlinux = load_vmlinux(l);

#if defined(__x86_64__)
	return !vmlinux || btf_find(vmlinux, "__x64_sys_openat", BTF_KIND_FUNC) >= 0 || btf_find(vmlinux, "sys_openat", BTF_KIND_FUNC) < 0;
#else
	return !vmlinux || btf_find(vmlinux, "sys_openat", BTF_KIND_FUNC) < 0;
#endif
}

static bool has_cookies(struct load *l)
{
	const struct btf *vmlinux = load_vmlinux(l);
	s32 id = vmlinux ? btf_find(vmlinux, "bpf_trace_run_ctx", BTF_KIND_STRUCT) : -1;

	return id >= 0 || !strcmp(l->door->ops->name, "user");
}

/* The kernel's configuration, as text, from where it is to be found; empty when it is nowhere. */
static void read_config(struct strbuf *out)
{
	struct utsname u;
	char path[sizeof(u.release) + 16], chunk[8192];
	gzFile gz = NULL;
	int n;

	if (!uname(&u)) {
		snprintf(path, sizeof(path), "/boot/config-%s", u.release);
		gz = gzopen(path, "re");
	}
	if (!gz)
		gz = gzopen("/proc/config.gz", "re");
	if (!gz)
		return;
	while ((n = gzread(gz, chunk, sizeof(chunk))) > 0)
		strbuf_add(out, chunk, (size_t)n);
	gzclose(gz);
}

/* The text after "NAME=", up to the end of the line; NULL when the option is not set. */
static const char *find_option(const char *config, const char *name, size_t *len)
{
	size_t n = strlen(name);

	for (const char *s = config; s && *s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : NULL)
		if (!strncmp(s, name, n) && s[n] == '=') {
			*len = strcspn(s + n + 1, "\n");
			return s + n + 1;
		}
	return NULL;
}

static int store_number(struct load *l, const struct extern_sym *e, void *at, u64 value)
{
	bool fits = e->size == 8 || value < 1ULL << (e->size * 8) || (s64)value >= -(s64)(1ULL << (e->size * 8 - 1));

	if (e->size > 8 || (e->size & (e->size - 1)) || !fits)
		return error_set(l->err, SKEP_BAD_OBJECT, -ERANGE, "%s: extern %s: %llu does not fit in %u bytes", l->obj->name, e->name,
				 (unsigned long long)value, e->size);
	memcpy(at, &value, e->size); /* little-endian hosts only; the others have their low bytes last */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	memcpy(at, (const char *)&value + 8 - e->size, e->size);
#endif
	return 0;
}

/* y, m, n are 'y', 'm', 'n' in a char, true or false in a bool, TRI_YES, TRI_MODULE, TRI_NO (1, 2, 0) in an enum libbpf_tristate. */
static int store_tristate(struct load *l, const struct extern_sym *e, const struct btf_type *t, void *at, char value)
{
	const struct btf *btf = l->obj->btf;

	if (btf_kind(t) == BTF_KIND_ENUM && !strcmp(btf_str(btf, t->name_off), "libbpf_tristate"))
		return store_number(l, e, at, value == 'y' ? 1 : value == 'm' ? 2 : 0);
	if (btf_kind(t) == BTF_KIND_INT && BTF_INT_ENCODING(btf_int_info(t)) & BTF_INT_BOOL) {
		if (value == 'm')
			return error_set(l->err, SKEP_BAD_OBJECT, -EINVAL, "%s: extern %s is a module here, which a bool cannot say: make it an enum libbpf_tristate",
					 l->obj->name, e->name);
		return store_number(l, e, at, value == 'y');
	}
	if (e->size == 1)
		return store_number(l, e, at, (u64)value);
	return error_set(l->err, SKEP_BAD_OBJECT, -EINVAL, "%s: extern %s is '%c' here, its type has no place for that: make it a bool or an enum libbpf_tristate",
			 l->obj->name, e->name, value);
}

static int store_string(struct load *l, const struct extern_sym *e, const struct btf_type *t, char *at, const char *value, size_t len)
{
	if (btf_kind(t) != BTF_KIND_ARRAY)
		return error_set(l->err, SKEP_BAD_OBJECT, -EINVAL, "%s: extern %s is a string here: make it an array of char", l->obj->name, e->name);
	if (len && value[0] == '"') {
		value++;
		len -= 1 + (len > 1);
	}
	len = min_of(len, (size_t)e->size - 1);
	memset(at, 0, e->size);
	memcpy(at, value, len);
	return 0;
}

static int store_option(struct load *l, const struct extern_sym *e, void *at, const char *value, size_t len)
{
	const struct btf_type *t = btf_resolve(l->obj->btf, btf_type(l->obj->btf, e->btf_id)->type, NULL);
	char number[32] = "", *end;
	u64 n;

	if (len == 1 && strchr("ymn", value[0]))
		return store_tristate(l, e, t, at, value[0]);
	if (!isdigit((unsigned char)value[0]) && value[0] != '-')
		return store_string(l, e, t, at, value, len);
	memcpy(number, value, min_of(len, sizeof(number) - 1));
	n = number[0] == '-' ? (u64)strtoll(number, &end, 0) : strtoull(number, &end, 0);
	return store_number(l, e, at, n);
}

static int fill_kconfig(struct load *l, struct skep_map *map)
{
	struct strbuf config = STRBUF_INIT;
	bool have = false;
	int ret = 0;

	for (u32 i = 0; i < l->obj->nr_externs && !ret; i++) {
		const struct extern_sym *e = &l->obj->externs[i];
		char *at = (char *)map->data + e->off;
		const char *value;
		size_t len;

		if (e->kind != EXTERN_KCONFIG)
			continue;
		if (!strcmp(e->name, "LINUX_KERNEL_VERSION")) {
			ret = store_number(l, e, at, kernel_version());
		} else if (!strcmp(e->name, "LINUX_HAS_SYSCALL_WRAPPER")) {
			ret = store_number(l, e, at, has_syscall_wrapper(l));
		} else if (!strcmp(e->name, "LINUX_HAS_BPF_COOKIE")) {
			ret = store_number(l, e, at, has_cookies(l));
		} else {
			if (!have)
				read_config(&config);
			have = true;
			value = find_option(strbuf_str(&config), e->name, &len);
			if (value)
				ret = store_option(l, e, at, value, len);
			else if (!e->weak && !config.len)
				ret = error_set(l->err, SKEP_BAD_OBJECT, -ENOENT, "%s: extern %s: no kernel configuration in /proc/config.gz or /boot: mark it __weak",
						l->obj->name, e->name);
			else if (!e->weak && strncmp(e->name, "CONFIG_", 7))
				ret = error_set(l->err, SKEP_BAD_OBJECT, -ENOENT, "%s: extern %s: not known: mark it __weak", l->obj->name, e->name);
		}
	}
	strbuf_free(&config);
	return ret;
}

static bool is_typeless(const struct load *l, const struct extern_sym *e)
{
	const struct btf_type *var = btf_type(l->obj->btf, e->btf_id);

	return !btf_resolve(l->obj->btf, var->type, NULL); /* extern const void NAME __ksym */
}

/* Addresses of kernel symbols, for the few programs that want no more than that. */
static int find_addresses(struct load *l)
{
	struct strbuf text = STRBUF_INIT;
	int ret = door_read_file(l->door, "/proc/kallsyms", &text);

	for (char *s = text.s; !ret && s && *s;) {
		char *end = strchr(s, '\n'), *name;
		unsigned long long addr;
		char type;
		int at = 0;

		if (end)
			*end = '\0';
		if (sscanf(s, "%llx %c %n", &addr, &type, &at) == 2 && at) {
			name = s + at;
			name[strcspn(name, "\t ")] = '\0';
			for (u32 i = 0; i < l->obj->nr_externs; i++) {
				struct extern_sym *e = &l->obj->externs[i];

				if (e->kind == EXTERN_KSYM_VAR && !e->found && is_typeless(l, e) && !strcmp(e->name, name)) {
					e->found = true;
					e->addr = addr;
				}
			}
		}
		s = end ? end + 1 : NULL;
	}
	strbuf_free(&text);
	return 0;
}

/* Kfuncs may be named with a flavour (NAME___v1), as types may. */
static s32 find_ksym(const struct btf *vmlinux, const char *name, u32 kind)
{
	const char *flavour = strstr(name, "___");
	char essential[256];
	s32 id = btf_find(vmlinux, name, kind);

	if (id >= 0 || !flavour || flavour == name || (size_t)(flavour - name) >= sizeof(essential))
		return id;
	memcpy(essential, name, (size_t)(flavour - name));
	essential[flavour - name] = '\0';
	return btf_find(vmlinux, essential, kind);
}

static int find_ksyms(struct load *l)
{
	bool addresses = false;

	for (u32 i = 0; i < l->obj->nr_externs; i++) {
		struct extern_sym *e = &l->obj->externs[i];
		const struct btf *vmlinux;
		s32 id;

		if (e->kind == EXTERN_KCONFIG)
			continue;
		e->found = false;
		e->target_btf_id = 0;
		e->addr = 0;
		if (e->kind == EXTERN_KSYM_VAR && is_typeless(l, e)) {
			addresses = true;
			continue;
		}
		vmlinux = load_vmlinux(l);
		if (!vmlinux)
			return -EINVAL;
		id = find_ksym(vmlinux, e->name, e->kind == EXTERN_KSYM_FUNC ? BTF_KIND_FUNC : BTF_KIND_VAR);
		if (id >= 0) {
			e->found = true;
			e->target_btf_id = (u32)id;
		}
	}
	return addresses ? find_addresses(l) : 0;
}

int load_externs(struct load *l)
{
	struct skep_object *obj = l->obj;
	int ret = obj->kconfig_map >= 0 ? fill_kconfig(l, &obj->maps[obj->kconfig_map]) : 0;

	if (!ret)
		ret = find_ksyms(l);
	for (u32 i = 0; i < obj->nr_externs && !ret; i++) {
		const struct extern_sym *e = &obj->externs[i];

		/* A missing function matters only where a program gets to its call. */
		if (e->kind == EXTERN_KSYM_VAR && !e->found && !e->weak)
			ret = error_set(l->err, SKEP_BAD_OBJECT, -ESRCH, "%s: extern %s: this engine has no such kernel variable: mark it __weak, or drop it",
					obj->name, e->name);
	}
	return ret;
}
