/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes are opened as an object or refused with one line; what was opened loads, through a door that takes everything, or is
 * refused with one line. Input: an ELF file, or edits of one that the tests compile (4 bytes each: how, where, where, what).
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <skep/skep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/uapi/bpf.h"
#include "user/door/door.h"

static const unsigned char nothing[] = {0, 0, 0, 0};
static const unsigned char flips[] = {1, 0x10, 0, 0xff, 5, 0x01, 0x12, 8, 9, 0x20, 0x07, 0x80};
static const unsigned char cut[] = {2, 0x20, 0, 0};
static const unsigned char word[] = {3, 0x04, 0x40, 0xff, 7, 0x14, 0x04, 1};

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_BYTES(nothing), FUZZ_BYTES(flips), FUZZ_BYTES(cut), FUZZ_BYTES(word), {NULL, 0},
};

static int take_bpf(struct skep_door *door, int cmd, union bpf_attr *attr, unsigned int size)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	case BPF_OBJ_GET:
		return -ENOENT;
	default:
		return 0;
	}
}

static void *take_mmap(struct skep_door *door, size_t length, int prot, int flags, int fd, off_t offset)
{
	errno = ENODEV;
	return NULL;
}

static int take_open(struct skep_door *door, const char *path, int flags)
{
	return strstr(path, "btf/vmlinux") ? open(FIXTURES "/vmlinux.btf", O_RDONLY | O_CLOEXEC) : -ENOENT;
}

static const struct door_ops ops = {.name = "any", .bpf = take_bpf, .mmap = take_mmap, .open = take_open};

static unsigned char *base;
static size_t base_len;

__attribute__((constructor)) static void read_base(void)
{
	FILE *f = fopen(FIXTURES "/core.bpf.o", "re");
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) <= 0)
		abort();
	rewind(f);
	base_len = (size_t)len;
	base = malloc(base_len);
	if (!base || fread(base, 1, base_len, f) != base_len)
		abort();
	fclose(f);
}

static unsigned char *edited(const uint8_t *edits, size_t size, size_t *len)
{
	unsigned char *image = malloc(base_len);

	*len = base_len;
	if (!image)
		return NULL;
	memcpy(image, base, base_len);
	for (; size >= 4; edits += 4, size -= 4) {
		size_t at = (size_t)(edits[1] | edits[2] << 8) % base_len;

		switch (edits[0] % 4) {
		case 0:
			image[at] ^= edits[3];
			break;
		case 1:
			image[at] = edits[3];
			break;
		case 2: /* cut off; rarely near the start */
			*len = at > base_len / 2 ? at : base_len;
			break;
		case 3: /* the word there, smaller or larger */
			for (size_t i = at & ~(size_t)3; i < (at & ~(size_t)3) + 4 && i < base_len; i++)
				image[i] = i % 4 ? (edits[3] & 1 ? 0xff : 0) : edits[3];
			break;
		}
	}
	return image;
}

static void check_line(const struct skep_error *err)
{
	if (skep_error_code(err) >= 0 || !*skep_error_text(err) || strchr(skep_error_text(err), '\n'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct skep_object_load_opts load = {.sz = sizeof(load), .target_btf = FIXTURES "/core_target.bpf.o"};
	struct skep_door door = {.ops = &ops};
	struct skep_error *err = skep_error_new();
	unsigned char *image = NULL;
	struct skep_program *p = NULL;
	struct skep_object *obj;
	size_t len = size;

	if (size < 4 || memcmp(data, "\177ELF", 4) != 0)
		image = edited(data, size, &len);
	obj = skep_object_open_mem(image ? image : data, len, NULL, err);
	if (!obj)
		check_line(err);
	while (obj && (p = skep_object_next_program(obj, p)))
		skep_program_set_autoload(p, true);
	if (obj && skep_object_load(obj, &door, &load, err))
		check_line(err);
	skep_object_close(obj);
	skep_error_free(err);
	free(image);
	return 0;
}
