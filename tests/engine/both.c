/* SPDX-License-Identifier: BSD-2-Clause */
/* One test text, both engines: running the cases and comparing what they saw. */
#include "tests/engine/both.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static int ret_of(long ret)
{
	return ret < 0 ? -errno : (int)ret;
}

int T_bpf(struct both *t, int cmd, union bpf_attr *attr, unsigned int size)
{
	if (t->door)
		return skep_bpf(t->door, cmd, attr, size);
	if (t->engine)
		return skep_engine_bpf(t->engine, cmd, attr, size);
	return ret_of(syscall(SYS_bpf, cmd, attr, size));
}

int T_perf_event_open(struct both *t, struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags)
{
	if (t->door)
		return skep_perf_event_open(t->door, attr, pid, cpu, group, flags);
	if (t->engine)
		return skep_engine_perf_event_open(t->engine, attr, pid, cpu, group, flags);
	return ret_of(syscall(SYS_perf_event_open, attr, pid, cpu, group, flags));
}

int T_ioctl(struct both *t, int fd, unsigned long request, unsigned long arg)
{
	if (t->door)
		return skep_ioctl(t->door, fd, request, arg);
	if (t->engine)
		return skep_engine_ioctl(t->engine, fd, request, arg);
	return ret_of(ioctl(fd, request, arg));
}

void *T_mmap(struct both *t, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *p;

	if (t->door)
		return skep_mmap(t->door, length, prot, flags, fd, offset);
	if (t->engine)
		return skep_engine_mmap(t->engine, length, prot, flags, fd, offset);
	p = mmap(NULL, length, prot, flags, fd, offset);
	return p == MAP_FAILED ? NULL : p;
}

int T_open(struct both *t, const char *path)
{
	if (t->door)
		return skep_open(t->door, path, O_RDONLY | O_CLOEXEC);
	if (t->engine)
		return skep_engine_open(t->engine, path, O_RDONLY | O_CLOEXEC);
	return ret_of(open(path, O_RDONLY | O_CLOEXEC));
}

int T_nr_cpus(void)
{
	unsigned int first, last = 0;
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");

	if (f) {
		if (fscanf(f, "%u-%u", &first, &last) < 2)
			last = 0;
		fclose(f);
	}
	return (int)last + 1;
}

void both_note(struct both *t, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	strbuf_addf(&t->notes, "%s:%d: ", file, line);
	va_start(ap, fmt);
	strbuf_vaddf(&t->notes, fmt, ap);
	va_end(ap);
	strbuf_addc(&t->notes, '\n');
}

void both_note_fd(struct both *t, const char *file, int line, const char *label, int ret)
{
	if (ret < 0) {
		both_note(t, file, line, "%s: %d (%s)", label, ret, strerror(-ret));
	} else {
		both_note(t, file, line, "%s: fd", label);
		close(ret);
	}
}

bool both_is(struct both *t, const char *file, int line, const char *what, long long value, long long expected)
{
	if (value == expected)
		return true;
	fprintf(stderr, "%s:%d: %s on the %s: %s is %lld, expected %lld\n", file, line, t->name,
		t->door ? "engine over a socket" : t->engine ? "engine" : "kernel", what, value, expected);
	t->failures++;
	return false;
}

int T_map(struct both *t, u32 type, u32 key, u32 value, u32 entries, u32 flags)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = entries, .map_flags = flags};

	return T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int element(struct both *t, int cmd, int map, const void *key, void *value, u64 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)map;
	attr.key = ptr_to_u64(key);
	attr.value = ptr_to_u64(value);
	attr.flags = flags;
	return T_bpf(t, cmd, &attr, sizeof(attr));
}

int T_lookup(struct both *t, int map, const void *key, void *value, u64 flags)
{
	return element(t, BPF_MAP_LOOKUP_ELEM, map, key, value, flags);
}

int T_update(struct both *t, int map, const void *key, const void *value, u64 flags)
{
	return element(t, BPF_MAP_UPDATE_ELEM, map, key, (void *)(uintptr_t)value, flags);
}

int T_delete(struct both *t, int map, const void *key)
{
	return element(t, BPF_MAP_DELETE_ELEM, map, key, NULL, 0);
}

int T_next_key(struct both *t, int map, const void *key, void *next)
{
	return element(t, BPF_MAP_GET_NEXT_KEY, map, key, next, 0);
}

int T_prog(struct both *t, u32 type, const struct bpf_insn *insns, u32 n, char *log, u32 log_size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = n;
	attr.license = ptr_to_u64("GPL");
	attr.log_buf = ptr_to_u64(log);
	attr.log_size = log ? log_size : 0;
	attr.log_level = log ? 1 : 0;
	return T_bpf(t, BPF_PROG_LOAD, &attr, sizeof(attr));
}

int T_info(struct both *t, int fd, void *info, u32 size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (u32)fd;
	attr.info.info = ptr_to_u64(info);
	attr.info.info_len = size;
	return T_bpf(t, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
}

static bool kernel_lets_us(void)
{
	struct both kernel = {.name = "probe"};
	int fd = T_map(&kernel, BPF_MAP_TYPE_HASH, 4, 4, 1, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

#define SHOW_MAX 40

/* The lines in which two runs differ. */
static void show_difference(const char *name, const char *kernel, const char *engine)
{
	int shown = 0;

	while ((*kernel || *engine) && shown < SHOW_MAX) {
		size_t nk = strcspn(kernel, "\n"), ne = strcspn(engine, "\n");

		if (nk != ne || memcmp(kernel, engine, nk)) {
			fprintf(stderr, "  %s: expected: %.*s\n  %s:      got: %.*s\n", name, (int)nk, kernel,
				name, (int)ne, engine);
			shown++;
		}
		kernel += nk + (kernel[nk] == '\n');
		engine += ne + (engine[ne] == '\n');
	}
}

/* An engine that a thread of this process serves. */
struct served {
	char dir[32], path[64];
	struct skep_engine *engine;
	int listener;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct served *s = arg;
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		skep_engine_serve(s->engine, fd);
		close(fd);
	}
	return NULL;
}

static struct skep_door *serve_begin(struct served *s)
{
	struct skep_door *door;

	snprintf(s->dir, sizeof(s->dir), "/tmp/skep-test-XXXXXX");
	if (!mkdtemp(s->dir))
		return NULL;
	snprintf(s->path, sizeof(s->path), "%s/sock", s->dir);
	s->engine = skep_engine_new(NULL);
	s->listener = s->engine ? skep_engine_listen(s->engine, s->path) : -1;
	if (s->listener < 0 || pthread_create(&s->thread, NULL, serve, s))
		return NULL;
	door = skep_door_connect(s->path);
	if (!door)
		abort(); /* the thread would wait for ever */
	return door;
}

static void serve_end(struct served *s, struct skep_door *door)
{
	skep_door_free(door);
	pthread_join(s->thread, NULL);
	close(s->listener);
	unlink(s->path);
	rmdir(s->dir);
	skep_engine_free(s->engine);
}

static int compare(const char *name, const char *what, const struct both *reference, const struct both *run)
{
	if (run->skipped || !strcmp(strbuf_str(&reference->notes), strbuf_str(&run->notes)))
		return 0;
	fprintf(stderr, "%s: the %s sees something else\n", name, what);
	show_difference(name, strbuf_str(&reference->notes), strbuf_str(&run->notes));
	return 1;
}

static int run_case(const struct both_case *c, bool kernel_too)
{
	struct both kernel = {.name = c->name}, engine = {.name = c->name}, wire = {.name = c->name};
	struct served served;
	int failures;

	engine.engine = skep_engine_new(NULL);
	wire.door = serve_begin(&served);
	if (!engine.engine || !wire.door) {
		fprintf(stderr, "%s: no engine: %s\n", c->name, strerror(errno));
		return 1;
	}
	c->fn(&engine);
	skep_engine_free(engine.engine);
	wire.engine = served.engine;
	c->fn(&wire);
	serve_end(&served, wire.door);
	failures = compare(c->name, "engine over a socket", &engine, &wire);
	if (kernel_too) {
		c->fn(&kernel);
		failures += compare(c->name, "engine", &kernel, &engine);
	}
	failures += kernel.failures + engine.failures + wire.failures;
	strbuf_free(&kernel.notes);
	strbuf_free(&engine.notes);
	strbuf_free(&wire.notes);
	return failures;
}

int both_main(const struct both_case *cases, size_t n, int argc, char **argv)
{
	bool kernel_too = kernel_lets_us();
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		if (argc > 1 && !strstr(cases[i].name, argv[1]))
			continue;
		if (run_case(&cases[i], kernel_too)) {
			printf("FAILED %s\n", cases[i].name);
			failed++;
		} else {
			printf("ok     %s\n", cases[i].name);
		}
	}
	if (!kernel_too)
		fprintf(stderr, "SKIPPED the kernel's half: bpf(2) is refused here; only our engine was tested\n");
	return failed ? 1 : kernel_too ? 0 : 77;
}
