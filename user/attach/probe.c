/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes on functions: of the kernel (kprobe, ksyscall), and of programs and libraries (uprobe), through the PMUs of those names. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/attach/attach.h"
#include "user/door/sys.h"
#include "user/object/object.h"

/* Which bit of config asks for the return: the PMU's format says ("config:0"), and has always said the same. */
#define RETPROBE 1ULL

struct probe {
	const char *pmu; /* "kprobe", "uprobe" */
	bool ret;
	const char *where; /* function, or file */
	u64 offset;
	pid_t pid;
};

/* A perf event, or -errno; -ENODEV when the engine has no such PMU. */
static int open_probe(struct skep_door *door, const struct probe *p)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .config1 = ptr_to_u64(p->where), .config2 = p->offset};
	char path[96];
	u32 type;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", p->pmu);
	if (door_read_number(door, path, &type))
		return -ENODEV;
	attr.type = type;
	attr.config = p->ret ? RETPROBE : 0;
	return door->ops->perf_event_open(door, &attr, p->pid > 0 ? p->pid : -1, p->pid > 0 ? -1 : 0, -1, PERF_FLAG_FD_CLOEXEC);
}

static struct skep_link *attach_probe(const struct skep_program *prog, const struct skep_attach_opts *opts, const struct probe *p, const char *target,
				      int fd, struct skep_error *err)
{
	struct skep_link *link;

	if (fd == -ENODEV)
		return attach_fail(NULL, prog, err, -ENOENT, "%ss are not built into this kernel", p->pmu);
	if (fd == -ENOENT)
		return attach_fail(NULL, prog, err, fd, "this engine has no function %s to probe", target);
	if (fd < 0)
		return attach_fail(NULL, prog, err, fd, "cannot probe %s: %s", target, error_str(fd));
	link = attach_link_new(prog, target, err);
	if (!link) {
		close(fd);
		return NULL;
	}
	return attach_event(link, fd, prog, opts, err);
}

static bool is_return(const struct skep_program *prog)
{
	return !strncmp(prog->section, "kret", 4) || !strncmp(prog->section, "uret", 4);
}

/* Splits "name+0x10" in place; false when what follows the '+' is no number. */
static bool split_offset(char *s, u64 *offset)
{
	char *plus = strrchr(s, '+'), *end;

	*offset = 0;
	if (!plus)
		return true;
	*plus = '\0';
	*offset = strtoull(plus + 1, &end, 0);
	return plus[1] && !*end;
}

struct skep_link *attach_kprobe(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	_cleanup_free_ char *name = strdup(attach_target(prog, opts));
	struct probe p = {.pmu = "kprobe", .ret = is_return(prog), .where = name};

	if (!name)
		return attach_fail(NULL, prog, err, -ENOMEM, "out of memory");
	if (!*name || !split_offset(name, &p.offset))
		return attach_fail(NULL, prog, err, -EINVAL, "no function is named: write SEC(\"kprobe/FUNCTION\")");
	return attach_probe(prog, opts, &p, name, open_probe(prog->door, &p), err);
}

/* The kernel's entry function of a system call has its architecture's prefix, except in old kernels. */
struct skep_link *attach_ksyscall(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
#if defined(__x86_64__)
	static const char *const prefixes[] = {"__x64_sys_", "__se_sys_", "sys_"};
#elif defined(__aarch64__)
	static const char *const prefixes[] = {"__arm64_sys_", "__se_sys_", "sys_"};
#else
	static const char *const prefixes[] = {"__riscv_sys_", "__se_sys_", "sys_"};
#endif
	const char *target = attach_target(prog, opts);
	struct probe p = {.pmu = "kprobe", .ret = is_return(prog)};
	char name[128];
	int fd = -ENOENT;

	if (!*target)
		return attach_fail(NULL, prog, err, -EINVAL, "no system call is named: write SEC(\"ksyscall/execve\")");
	for (size_t i = 0; i < ARRAY_SIZE(prefixes) && fd == -ENOENT; i++) {
		snprintf(name, sizeof(name), "%s%s", prefixes[i], target);
		p.where = name;
		fd = open_probe(prog->door, &p);
	}
	if (fd == -ENOENT)
		return attach_fail(NULL, prog, err, fd, "this engine has no system call %s", target);
	return attach_probe(prog, opts, &p, name, fd, err);
}

/* Where in the file an address of the image lies. */
static bool file_offset(Elf *elf, u64 addr, u64 *offset)
{
	size_t n;
	GElf_Phdr ph;

	if (elf_getphdrnum(elf, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && addr >= ph.p_vaddr && addr - ph.p_vaddr < ph.p_filesz) {
			*offset = addr - ph.p_vaddr + ph.p_offset;
			return true;
		}
	return false;
}

static bool find_in_table(Elf *elf, Elf_Scn *scn, const char *symbol, u64 *addr)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Shdr sh;
	GElf_Sym sym;

	if (!data || !gelf_getshdr(scn, &sh) || !sh.sh_entsize)
		return false;
	for (int i = 0; (u64)i < sh.sh_size / sh.sh_entsize && gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(elf, sh.sh_link, sym.st_name);

		/* Versioned names (malloc@@GLIBC_2.2.5) are asked for without their version. */
		if (!name || GELF_ST_TYPE(sym.st_info) != STT_FUNC || !sym.st_value || strncmp(name, symbol, strlen(symbol)) ||
		    (name[strlen(symbol)] && name[strlen(symbol)] != '@'))
			continue;
		*addr = sym.st_value;
		return true;
	}
	return false;
}

static int find_symbol(const char *path, const char *symbol, u64 *offset)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -ENOENT;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	Elf *elf;
	u64 addr;

	if (fd < 0)
		return -errno;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while (elf && ret && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &sh) && (sh.sh_type == SHT_SYMTAB || sh.sh_type == SHT_DYNSYM) && find_in_table(elf, scn, symbol, &addr))
			ret = file_offset(elf, addr, offset) ? 0 : -EINVAL;
	elf_end(elf);
	close(fd);
	return ret;
}

/* A name without '/' is looked for where the linker and the shell would. */
static bool find_file(const char *name, char *path, size_t size)
{
	static const char *const dirs[] = {"/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
					   "/usr/lib/aarch64-linux-gnu", "/lib", "/usr/lib", "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"};

	if (strchr(name, '/'))
		return (size_t)snprintf(path, size, "%s", name) < size;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if ((size_t)snprintf(path, size, "%s/%s", dirs[i], name) < size && !access(path, R_OK))
			return true;
	return false;
}

struct skep_link *attach_uprobe(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	_cleanup_free_ char *spec = strdup(attach_target(prog, opts));
	char *colon = spec ? strrchr(spec, ':') : NULL, path[4096];
	struct probe p = {.pmu = "uprobe", .ret = is_return(prog), .where = path, .pid = opts->pid};
	const char *target = attach_target(prog, opts);
	u64 offset = 0;
	int ret;

	if (!colon || !split_offset(colon + 1, &p.offset))
		return attach_fail(NULL, prog, err, -EINVAL, "no function is named: write SEC(\"uprobe/FILE:FUNCTION\")");
	*colon = '\0';
	if (!find_file(spec, path, sizeof(path)))
		return attach_fail(NULL, prog, err, -ENOENT, "no file %s", spec);
	ret = find_symbol(path, colon + 1, &offset);
	if (ret)
		return attach_fail(NULL, prog, err, ret, ret == -ENOENT ? "%s has no function %s" : "%s: %s: %s", path, colon + 1, error_str(ret));
	p.offset += offset;
	return attach_probe(prog, opts, &p, target, open_probe(prog->door, &p), err);
}
