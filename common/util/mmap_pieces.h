/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings that consist of pieces of files, next to each other in memory: ring buffers show their data twice. */
#ifndef SKEP_MMAP_PIECES_H
#define SKEP_MMAP_PIECES_H

#include <stddef.h>
#include <sys/types.h>

/* `len` bytes from `segment_offset` of the file `fd` (not owned) stand `at` bytes from the mapping's start. */
struct map_piece {
	int fd;
	size_t at;
	size_t len;
	off_t segment_offset;
};
#define MAP_MAX_PIECES 4

/* Map the pieces, shared; bytes in none of them cannot be accessed. To be unmapped with munmap(p, length). NULL with errno; EINVAL
 * when a piece lies outside the length. */
void *mmap_pieces(size_t length, int prot, const struct map_piece *pieces, int n);

#endif
