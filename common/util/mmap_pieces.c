/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/util/mmap_pieces.h"

#include <errno.h>
#include <sys/mman.h>

void *mmap_pieces(size_t length, int prot, const struct map_piece *pieces, int n)
{
	char *base;

	for (int i = 0; i < n; i++)
		if (pieces[i].at > length || pieces[i].len > length - pieces[i].at) {
			errno = EINVAL;
			return NULL;
		}
	base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	for (int i = 0; i < n; i++) {
		if (mmap(base + pieces[i].at, pieces[i].len, prot, MAP_SHARED | MAP_FIXED, pieces[i].fd, pieces[i].segment_offset) ==
		    MAP_FAILED) {
			int err = errno;

			munmap(base, length);
			errno = err;
			return NULL;
		}
	}
	return base;
}
