/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs a fuzz target without libFuzzer: the files that are named, or inputs made from its seeds by a fixed generator, so
 * that every run is the same; --write-seeds puts the seeds into a directory for libFuzzer.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MAX_INPUT 4096

static uint64_t random_state;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static size_t below(size_t n)
{
	return n ? (size_t)(next_random() % n) : 0;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t seed_count(void)
{
	size_t n = 0;

	while (fuzz_seeds[n].data)
		n++;
	return n;
}

/* One change: a byte, a copied, removed or repeated stretch. The new size. */
static size_t mutate(uint8_t *buf, size_t size)
{
	static const uint8_t interesting[] = {0, 1, 7, 8, 0x18, 0x20, 0x7f, 0x80, 0x95, 0xb7, 0xff, '-', '(', '0', '\n'};
	/* Records of eight bytes are common: half of the stretches are made of them. */
	size_t grain = next_random() & 1 ? 8 : 1;
	size_t at = below(size) / grain * grain, len = below(min_size(16, size - at) + 1) / grain * grain, to;

	if (!size)
		return 0;
	switch (next_random() % 6) {
	case 0:
		buf[at] = (uint8_t)next_random();
		return size;
	case 1:
		buf[at] = interesting[below(sizeof(interesting))];
		return size;
	case 2:
		buf[at] ^= (uint8_t)(1 << below(8));
		return size;
	case 3:
		to = below(size - len + 1) / grain * grain;
		memmove(buf + to, buf + at, len);
		return size;
	case 4:
		memmove(buf + at, buf + at + len, size - at - len);
		return size - len;
	default:
		if (size + len > MAX_INPUT)
			return size;
		memmove(buf + at + len, buf + at, size - at);
		return size + len;
	}
}

static size_t make_input(uint8_t *buf)
{
	size_t seeds = seed_count(), which = below(seeds + 1), size;

	if (which == seeds) {
		size = below(256);
		for (size_t i = 0; i < size; i++)
			buf[i] = (uint8_t)next_random();
		return size;
	}
	size = min_size(fuzz_seeds[which].size, MAX_INPUT);
	memcpy(buf, fuzz_seeds[which].data, size);
	for (size_t n = 1 + below(4); n; n--)
		size = mutate(buf, size);
	return size;
}

/* An input in memory of exactly its size, so that a sanitizer sees one byte too many. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *buf = NULL;
	size_t size = 0, cap = 0, n;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	do {
		cap += 65536;
		buf = realloc(buf, cap);
		if (!buf)
			abort();
		n = fread(buf + size, 1, cap - size, f);
		size += n;
	} while (n && size == cap);
	fclose(f);
	run(buf, size);
	free(buf);
	return 0;
}

static int write_seeds(const char *dir)
{
	for (size_t i = 0; fuzz_seeds[i].data; i++) {
		char path[512];
		FILE *f;

		snprintf(path, sizeof(path), "%s/seed-%zu", dir, i);
		f = fopen(path, "wb");
		if (!f || fwrite(fuzz_seeds[i].data, 1, fuzz_seeds[i].size, f) != fuzz_seeds[i].size || fclose(f)) {
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static uint8_t buf[MAX_INPUT];
	unsigned long runs = 10000;
	bool replayed = false;

	random_state = 0x9e3779b97f4a7c15;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--write-seeds") == 0 && i + 1 < argc)
			return write_seeds(argv[i + 1]);
		if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
			runs = strtoul(argv[++i], NULL, 0);
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			random_state = strtoull(argv[++i], NULL, 0) * 2 + 1;
		else if (replay(argv[i]))
			return 1;
		else
			replayed = true;
	}
	if (replayed)
		return 0;
	for (size_t i = 0; fuzz_seeds[i].data; i++)
		run(fuzz_seeds[i].data, fuzz_seeds[i].size);
	for (unsigned long i = 0; i < runs; i++)
		run(buf, make_input(buf));
	return 0;
}
