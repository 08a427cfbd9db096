/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiling BPF C with our headers; needs clang. */
#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <skep/skep.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/skep-test-XXXXXX";

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	return setenv("XDG_CACHE_HOME", dir, 1);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int teardown(void **state)
{
	return nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *write_source(const char *text)
{
	static char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/prog.bpf.c", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
	return path;
}

/* Compiles, and opens the result. */
static struct skep_object *compile(const char *text, const struct skep_compile_opts *opts)
{
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = NULL;
	void *image;
	size_t len;

	if (skep_compile_file(write_source(text), opts, &image, &len, err))
		fail_msg("%s\n%s", skep_error_text(err), skep_error_log(err) ? skep_error_log(err) : "");
	obj = skep_object_open_mem(image, len, NULL, err);
	if (!obj)
		fail_msg("%s", skep_error_text(err));
	free(image);
	skep_error_free(err);
	return obj;
}

static const char everything[] =
	"#include \"vmlinux.h\"\n"
	"#include <bpf/bpf_helpers.h>\n"
	"#include <bpf/bpf_tracing.h>\n"
	"#include <bpf/bpf_core_read.h>\n"
	"#include <bpf/bpf_endian.h>\n"
	"struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, u32); __type(value, u64);\n"
	"	__ulong(map_extra, 3); } m SEC(\".maps\");\n"
	"extern int LINUX_KERNEL_VERSION __kconfig;\n"
	"SEC(\"tp_btf/sched_process_exec\")\n"
	"int BPF_PROG(on_exec, struct task_struct *p, pid_t old, struct linux_binprm *b)\n"
	"{ bpf_printk(\"%d %d\", BPF_CORE_READ(p, real_parent, tgid), old);\n"
	"  bpf_printk(\"%d %d %d %d\", 1, 2, 3, LINUX_KERNEL_VERSION); return 0; }\n"
	"SEC(\"kprobe/do_unlinkat\")\n"
	"int BPF_KPROBE(on_unlink, int dfd, struct filename *name)\n"
	"{ char s[16]; bpf_probe_read_kernel_str(s, sizeof(s), BPF_CORE_READ(name, name)); return s[0] + dfd; }\n"
	"SEC(\"kretprobe/do_unlinkat\")\n"
	"int BPF_KRETPROBE(on_return, long ret) { return ret; }\n"
	"SEC(\"ksyscall/openat\")\n"
	"int BPF_KSYSCALL(on_openat, int dfd, const char *path, int flags) { return dfd + flags + !path; }\n"
	"SEC(\"xdp\")\n"
	"int on_packet(struct xdp_md *ctx)\n"
	"{ struct ethhdr *eth = (void *)(long)ctx->data; u32 n = 0, i;\n"
	"  if ((void *)(eth + 1) > (void *)(long)ctx->data_end) return XDP_PASS;\n"
	"  bpf_for(i, 0, 10) n += i;\n"
	"  bpf_repeat(3) n++;\n"
	"  return eth->h_proto == bpf_htons(0x0800) && n ? XDP_PASS : XDP_DROP; }\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n";

static void programs_as_people_write_them_compile(void **state)
{
	static const char *const flags[] = {"-Wall", "-Werror", NULL};
	struct skep_compile_opts opts = {.sz = sizeof(opts), .flags = flags, .collect = true};
	struct skep_object *obj;
	struct skep_program *p = NULL;
	int n = 0;

	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		fprintf(stderr, "SKIPPED: this kernel shows no types\n");
		skip();
	}
	obj = compile(everything, &opts);
	while ((p = skep_object_next_program(obj, p)))
		n++;
	assert_int_equal(n, 5);
	assert_non_null(skep_object_find_map(obj, ".kconfig"));
	skep_object_close(obj);
}

static const char plain[] = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
			    "SEC(\"socket\") int keep(struct __sk_buff *ctx) { return bpf_get_smp_processor_id() + EXTRA; }\n";

static void flags_are_passed_on(void **state)
{
	static const char *const flags[] = {"-DEXTRA=1", NULL};
	struct skep_compile_opts opts = {.sz = sizeof(opts), .flags = flags, .collect = true};

	skep_object_close(compile(plain, &opts));
}

static void errors_are_the_compilers_own(void **state)
{
	struct skep_compile_opts opts = {.sz = sizeof(opts), .collect = true};
	struct skep_error *err = skep_error_new();
	void *image;
	size_t len;

	assert_int_equal(skep_compile_file(write_source(plain), &opts, &image, &len, err), -EINVAL);
	assert_int_equal(skep_error_status(err), SKEP_BAD_OBJECT);
	assert_non_null(strstr(skep_error_log(err), "prog.bpf.c:3:"));
	assert_non_null(strstr(skep_error_log(err), "EXTRA"));
	assert_null(image);
	skep_error_free(err);
}

static const char collides[] = "#include \"vmlinux.h\"\n#include <bpf/bpf_helpers.h>\n"
			       "int config; struct data_t { long mine; }; enum { SEEN = 7 };\n"
			       "SEC(\"socket\") int keep(void *ctx) { struct data_t d = {.mine = SEEN}; return d.mine + config + KEPT; }\n";

static const char loops[] = "#include \"vmlinux.h\"\n#include <bpf/bpf_helpers.h>\n"
			    "SEC(\"socket\") int keep(void *ctx) { u32 n = 0, i; bpf_for(i, 0, 10) n += i; bpf_repeat(3) n++; return n; }\n";

/* Types of a kernel that knows no bpf_iter_num. */
static void loops_compile_against_kernels_without_them(void **state)
{
	static const char *const flags[] = {"-Wall", "-Werror", NULL};
	char include[64], path[80];
	struct skep_compile_opts opts = {.sz = sizeof(opts), .include_dir = include, .flags = flags, .collect = true};
	FILE *f;

	snprintf(include, sizeof(include), "%s/older", dir);
	assert_int_equal(mkdir(include, 0700), 0);
	snprintf(path, sizeof(path), "%s/vmlinux.h", include);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("typedef unsigned int u32; typedef unsigned int __u32; typedef unsigned long long __u64; typedef unsigned short __u16;\n"
	      "typedef unsigned char __u8; typedef int __s32; typedef long long __s64; typedef __u16 __be16; typedef __u32 __be32; typedef __u32 __wsum;\n",
	      f);
	fclose(f);
	skep_object_close(compile(loops, &opts));
}

static void names_of_the_kernel_give_way_to_the_sources(void **state)
{
	char include[64], path[80];
	struct skep_compile_opts opts = {.sz = sizeof(opts), .include_dir = include, .collect = true};
	FILE *f;

	snprintf(include, sizeof(include), "%s/include", dir);
	assert_int_equal(mkdir(include, 0700), 0);
	snprintf(path, sizeof(path), "%s/vmlinux.h", include);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("#ifndef V\n#define V\n#include <linux/bpf.h>\ntypedef struct config_s config;\nstruct data_t { int kernel; };\nenum { SEEN = 1, KEPT };\n"
	      "config *first(struct data_t *d);\n#endif\n",
	      f);
	fclose(f);
	skep_object_close(compile(collides, &opts));
}

static const char types_alone[] = "#include \"vmlinux.h\"\nstruct only_there x;\n"
				  "int __attribute__((section(\"socket\"))) keep(void *ctx) { return x.field; }\n";

/* As the image of a kernel: an ELF file with types. One without is refused by name. */
static void types_come_out_of_elf_files_too(void **state)
{
	static const char source[] = "struct only_there { int field; } y;\nint __attribute__((section(\"socket\"))) keep(void *ctx) { return y.field; }\n";
	struct skep_compile_opts plain_opts = {.sz = sizeof(plain_opts), .collect = true};
	char path[80];
	struct skep_compile_opts opts = {.sz = sizeof(opts), .btf = path, .collect = true};
	struct skep_error *err = skep_error_new();
	void *image;
	size_t len;
	FILE *f;

	assert_int_equal(skep_compile_file(write_source(source), &plain_opts, &image, &len, err), 0);
	snprintf(path, sizeof(path), "%s/types.o", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(image, 1, len, f), len);
	fclose(f);
	free(image);
	skep_object_close(compile(types_alone, &opts));
	opts.btf = "/proc/self/exe";
	assert_true(skep_compile_file(write_source(types_alone), &opts, &image, &len, err) < 0);
	assert_int_equal(skep_error_status(err), SKEP_BAD_OBJECT);
	assert_non_null(strstr(skep_error_text(err), "/proc/self/exe"));
	skep_error_free(err);
}

static void a_missing_compiler_is_said(void **state)
{
	struct skep_compile_opts opts = {.sz = sizeof(opts), .clang = "no-such-clang"};
	struct skep_error *err = skep_error_new();
	void *image;
	size_t len;

	assert_int_equal(skep_compile_file(write_source(plain), &opts, &image, &len, err), -ENOENT);
	assert_non_null(strstr(skep_error_text(err), "no-such-clang"));
	assert_non_null(strstr(skep_error_text(err), "SKEP_CLANG"));
	assert_int_equal(skep_compile_file("/no/such/file.c", NULL, &image, &len, err), -ENOENT);
	skep_error_free(err);
}

/* A home that is not there, or cannot be written: headers go to a place of their own that is gone afterwards. */
static void no_cache_is_no_trouble(void **state)
{
	static const char *const flags[] = {"-DEXTRA=1", NULL};
	struct skep_compile_opts opts = {.sz = sizeof(opts), .flags = flags, .collect = true};

	setenv("XDG_CACHE_HOME", "/proc/self/no", 1);
	skep_object_close(compile(plain, &opts));
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	setenv("TMPDIR", dir, 1);
	skep_object_close(compile(plain, &opts));
	unsetenv("TMPDIR");
	setenv("XDG_CACHE_HOME", dir, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_as_people_write_them_compile),
		cmocka_unit_test(flags_are_passed_on),
		cmocka_unit_test(errors_are_the_compilers_own),
		cmocka_unit_test(names_of_the_kernel_give_way_to_the_sources),
		cmocka_unit_test(loops_compile_against_kernels_without_them),
		cmocka_unit_test(types_come_out_of_elf_files_too),
		cmocka_unit_test(a_missing_compiler_is_said),
		cmocka_unit_test(no_cache_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
