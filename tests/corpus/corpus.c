/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A corpus of programs that others wrote, against the kernel: corpus load OBJECT ... loads every program of every object by
 * itself and compares with what its source says of it (tags test_expect_success, test_expect_failure of the kernel's selftests).
 * corpus core PROGRAM.o TARGET.o ... loads PROGRAM.o against the types of each TARGET.o; a target with "___err" in its name must not do.
 * corpus compile OUTDIR FLAGS ... -- SOURCE ... compiles. Prints what disagrees, and a line of counts. Exit status 1 when anything disagrees.
 */
#include <dirent.h>
#include <errno.h>
#include <skep/skep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/btf/btf.h"
#include "common/uapi/bpf.h"

enum expectation { EXPECT_NOTHING, EXPECT_SUCCESS, EXPECT_FAILURE };

static const char *base_name(const char *path)
{
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

struct tags {
	enum expectation expect;
	bool auxiliary;
	u32 flags;
};

static u32 parse_flag(const char *s)
{
	static const struct {
		const char *name;
		u32 flag;
	} flags[] = {
		{"BPF_F_STRICT_ALIGNMENT", BPF_F_STRICT_ALIGNMENT}, {"BPF_F_ANY_ALIGNMENT", BPF_F_ANY_ALIGNMENT},
		{"BPF_F_TEST_RND_HI32", BPF_F_TEST_RND_HI32},	    {"BPF_F_TEST_STATE_FREQ", BPF_F_TEST_STATE_FREQ},
		{"BPF_F_SLEEPABLE", BPF_F_SLEEPABLE},		    {"BPF_F_XDP_HAS_FRAGS", BPF_F_XDP_HAS_FRAGS},
		{"BPF_F_TEST_REG_INVARIANTS", BPF_F_TEST_REG_INVARIANTS},
	};

	if (*s >= '0' && *s <= '9')
		return (u32)strtoul(s, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (!strcmp(s, flags[i].name))
			return flags[i].flag;
	return 0;
}

static struct tags read_tags(const struct btf *btf, const char *func)
{
	struct tags tags = {};
	s32 id = btf ? btf_find(btf, func, BTF_KIND_FUNC) : -1;

	for (u32 i = 1; id > 0 && i < btf_count(btf); i++) {
		const struct btf_type *t = btf_type(btf, i);
		const char *s;

		if (btf_kind(t) != BTF_KIND_DECL_TAG || t->type != (u32)id || *(const s32 *)btf_payload(t) != -1)
			continue;
		s = btf_name(btf, i);
		if (!strcmp(s, "comment:test_expect_success"))
			tags.expect = EXPECT_SUCCESS;
		else if (!strcmp(s, "comment:test_expect_failure"))
			tags.expect = EXPECT_FAILURE;
		else if (!strcmp(s, "comment:test_auxiliary"))
			tags.auxiliary = true;
		else if (!strncmp(s, "comment:test_prog_flags=", 24))
			tags.flags |= s[24] == '!' ? 0 : parse_flag(s + 24);
	}
	return tags;
}

/* Maps that programs want pinned go to a place of our own, which is empty again after each program. */
static char pins[64];

static void remove_pins(void)
{
	DIR *dir = opendir(pins);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}

struct counts {
	unsigned int objects, unopened, agree, disagree, no_oracle, loaded, refused;
};

/* Load one program of an object by itself. */
static void try_program(const char *path, struct skep_door *door, const char *name, struct tags tags, struct counts *counts)
{
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = skep_object_open_file(path, NULL, err);
	struct skep_object_load_opts opts = {.sz = sizeof(opts), .pin_root = pins};
	struct skep_program *p = NULL;
	int ret;

	if (!obj)
		return;
	while ((p = skep_object_next_program(obj, p))) {
		struct tags other = read_tags(skep_object_btf(obj), skep_program_name(p));

		skep_program_set_autoload(p, !strcmp(skep_program_name(p), name) || other.auxiliary);
		if (!strcmp(skep_program_name(p), name))
			skep_program_set_flags(p, skep_program_flags(p) | tags.flags);
	}
	ret = skep_object_load(obj, door, &opts, err);
	if (tags.expect == EXPECT_NOTHING) {
		*(ret ? &counts->refused : &counts->loaded) += 1;
		if (ret)
			printf("refused %s %s: %s\n", base_name(path), name, skep_error_text(err));
	} else if (ret && (skep_error_code(err) == -EPERM || skep_error_status(err) != SKEP_REFUSED)) {
		counts->no_oracle++; /* the machine's policy, or kernel functions that this kernel has not */
		if (skep_error_code(err) != -EPERM)
			printf("no oracle %s %s: %s\n", base_name(path), name, skep_error_text(err));
	} else if (!ret == (tags.expect == EXPECT_SUCCESS)) {
		counts->agree++;
	} else {
		counts->disagree++;
		printf("DISAGREE %s %s: %s\n", base_name(path), name, ret ? skep_error_text(err) : "loaded, expected a refusal");
	}
	skep_object_close(obj);
	skep_error_free(err);
	remove_pins();
}

static void try_object(const char *path, struct skep_door *door, struct counts *counts)
{
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = skep_object_open_file(path, NULL, err);
	struct skep_program *p = NULL;

	counts->objects++;
	if (!obj) {
		counts->unopened++;
		printf("unopened %s\n", skep_error_text(err));
	}
	while (obj && (p = skep_object_next_program(obj, p))) {
		struct tags tags = read_tags(skep_object_btf(obj), skep_program_name(p));

		if (!tags.auxiliary)
			try_program(path, door, skep_program_name(p), tags, counts);
	}
	skep_object_close(obj);
	skep_error_free(err);
	fflush(stdout);
}

static int load(char **paths)
{
	struct skep_door *door = skep_door_kernel();
	struct counts c = {};

	snprintf(pins, sizeof(pins), "/sys/fs/bpf/skep-corpus-%d", getpid());
	mkdir(pins, 0700);
	for (; *paths; paths++)
		try_object(*paths, door, &c);
	printf("%u objects, %u not opened; tagged programs: %u agree, %u disagree, %u have no oracle; others: %u loaded, %u refused\n", c.objects,
	       c.unopened, c.agree, c.disagree, c.no_oracle, c.loaded, c.refused);
	rmdir(pins);
	skep_door_free(door);
	return c.disagree > 0;
}

/* The programs of this corpus declare what they need with these sections; only CO-RE is at stake here. */
static int core(const char *program, char **targets)
{
	struct skep_door *door = skep_door_kernel();
	unsigned int agree = 0, disagree = 0;

	for (; *targets; targets++) {
		struct skep_error *err = skep_error_new();
		struct skep_object *obj = skep_object_open_file(program, NULL, err);
		struct skep_object_load_opts opts = {.sz = sizeof(opts), .target_btf = *targets};
		bool expected = !strstr(*targets, "___err");
		int ret = obj ? skep_object_load(obj, door, &opts, err) : -1;

		if (!ret == expected) {
			agree++;
		} else {
			disagree++;
			printf("DISAGREE %s on %s: %s\n", base_name(program), base_name(*targets), ret ? skep_error_text(err) : "loaded");
		}
		skep_object_close(obj);
		skep_error_free(err);
	}
	printf("%s: %u agree, %u disagree\n", base_name(program), agree, disagree);
	skep_door_free(door);
	return disagree > 0;
}

static int compile(char **args)
{
	const char *flags[32] = {}, *outdir = *args++;
	struct skep_compile_opts opts = {.sz = sizeof(opts), .flags = flags, .collect = true};
	struct skep_error *err = skep_error_new();
	unsigned int done = 0, failed = 0;

	for (size_t n = 0; *args && strcmp(*args, "--") && n + 1 < ARRAY_SIZE(flags); n++)
		flags[n] = *args++;
	for (args += *args != NULL; *args; args++) {
		char out[4096];
		void *object;
		size_t len;
		FILE *f;

		if (skep_compile_file(*args, &opts, &object, &len, err)) {
			const char *why = skep_error_log(err) ? strstr(skep_error_log(err), "error: ") : NULL;

			printf("not compiled %s: %.*s\n", base_name(*args), why ? (int)strcspn(why, "\n") : 0, why ? why : "");
			failed++;
			continue;
		}
		snprintf(out, sizeof(out), "%s/%.*s.o", outdir, (int)(strlen(base_name(*args)) - 2), base_name(*args));
		f = fopen(out, "we");
		if (f) {
			done += fwrite(object, 1, len, f) == len;
			fclose(f);
		}
		free(object);
	}
	printf("%u compiled, %u not\n", done, failed);
	skep_error_free(err);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "load"))
		return load(argv + 2);
	if (argc > 3 && !strcmp(argv[1], "core"))
		return core(argv[2], argv + 3);
	if (argc > 3 && !strcmp(argv[1], "compile"))
		return compile(argv + 2);
	fprintf(stderr, "usage: corpus load OBJECT ... | core PROGRAM TARGET ... | compile OUTDIR FLAGS ... -- SOURCE ...\n");
	return 2;
}
