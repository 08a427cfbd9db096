/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's tracefs is the kernel's: every event of both has the same format text, but for its id. */
#include <errno.h>
#include <fcntl.h>
#include <skep/engine.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/hooks/events.h"
#include "tests/unit/unit.h"

#define KERNEL_TRACEFS "/sys/kernel/tracing"

static char *slurp(int fd)
{
	char *s = calloc(1, 65536);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && len < 65535 && (n = read(fd, s + len, 65535 - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	return s;
}

/* Blank the number after "ID: ". */
static void blank_id(char *format)
{
	char *id = strstr(format, "\nID: ");

	if (id)
		memset(id + 5, '#', strspn(id + 5, "0123456789"));
}

static void squeeze(char *s)
{
	char *out = s;

	for (; *s; s++)
		if (*s != '#' || out[-1] != '#')
			*out++ = *s;
	*out = '\0';
}

static void formats_are_the_kernels(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	int compared = 0, missing = 0;

	for (u32 id = event_next(0); id; id = event_next(id)) {
		struct strbuf path = STRBUF_INIT;
		char *ours, *theirs;
		int fd;

		strbuf_addf(&path, KERNEL_TRACEFS "/events/%s/", event_system(id));
		event_add_name(id, &path);
		strbuf_adds(&path, "/format");
		ours = slurp(skep_engine_open(engine, strbuf_str(&path), O_RDONLY));
		fd = open(strbuf_str(&path), O_RDONLY | O_CLOEXEC);
		theirs = slurp(fd);
		assert_true(*ours);
		if (fd >= 0) {
			blank_id(ours);
			blank_id(theirs);
			squeeze(ours);
			squeeze(theirs);
			assert_string_equal(ours, theirs);
			compared++;
		} else {
			missing++; /* a system call that this kernel is built without */
		}
		free(ours);
		free(theirs);
		strbuf_free(&path);
	}
	skep_engine_free(engine);
	print_message("%d formats compared, %d events that this kernel has not\n", compared, missing);
	assert_true(compared > 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(formats_are_the_kernels)};

	if (access(KERNEL_TRACEFS "/events/syscalls/sys_enter_openat/format", R_OK)) {
		fprintf(stderr, "SKIP: no tracefs at " KERNEL_TRACEFS " that this user can read\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
