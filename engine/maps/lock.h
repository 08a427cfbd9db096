/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock of a bucket and of a value's bpf_spin_lock: one futex word in the segment, held for a few memory accesses. The word
 * is the owner's thread id, so that a waiter can see that the owner died and take the lock over. Zero: free.
 */
#ifndef SKEP_MAP_LOCK_H
#define SKEP_MAP_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/util/util.h"

typedef atomic_uint map_lock_t;

#define MAP_LOCK_WAITERS 0x80000000U

extern __thread u32 map_lock_tid __attribute__((tls_model("initial-exec")));
u32 map_lock_set_tid(void);
void map_lock_slow(map_lock_t *lock, u32 tid);
void map_unlock_wake(map_lock_t *lock);

static inline void map_lock(map_lock_t *lock)
{
	u32 tid = likely(map_lock_tid) ? map_lock_tid : map_lock_set_tid();
	u32 zero = 0;

	if (unlikely(!atomic_compare_exchange_strong_explicit(lock, &zero, tid, memory_order_acquire, memory_order_relaxed)))
		map_lock_slow(lock, tid);
}

static inline void map_unlock(map_lock_t *lock)
{
	if (unlikely(atomic_exchange_explicit(lock, 0, memory_order_release) & MAP_LOCK_WAITERS))
		map_unlock_wake(lock);
}

#endif
