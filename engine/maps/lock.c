/* SPDX-License-Identifier: BSD-2-Clause */
/* The slow paths of lock.h: spinning shortly, sleeping on the futex, taking over from a dead owner. */
#include "engine/maps/lock.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SPINS 64
#define OWNER_CHECK_NS 20000000

__thread u32 map_lock_tid __attribute__((tls_model("initial-exec")));

u32 map_lock_set_tid(void)
{
	return map_lock_tid = (u32)gettid();
}

static void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static bool owner_died(u32 word)
{
	return kill((pid_t)(word & ~MAP_LOCK_WAITERS), 0) && errno == ESRCH;
}

static bool try_lock(map_lock_t *lock, u32 from, u32 to)
{
	return atomic_compare_exchange_strong_explicit(lock, &from, to, memory_order_acquire, memory_order_relaxed);
}

void map_lock_slow(map_lock_t *lock, u32 tid)
{
	const struct timespec timeout = {.tv_nsec = OWNER_CHECK_NS};
	u32 word;

	for (int i = 0; i < SPINS; i++) {
		if (!atomic_load_explicit(lock, memory_order_relaxed) && try_lock(lock, 0, tid))
			return;
		cpu_relax();
	}
	/* From here on the lock is taken with the waiters' bit: others may sleep too, and waking none too many is cheap. */
	for (;;) {
		word = atomic_load_explicit(lock, memory_order_relaxed);
		if (!word) {
			if (try_lock(lock, 0, tid | MAP_LOCK_WAITERS))
				return;
			continue;
		}
		if (!(word & MAP_LOCK_WAITERS)) {
			if (!atomic_compare_exchange_strong_explicit(lock, &word, word | MAP_LOCK_WAITERS, memory_order_relaxed,
								     memory_order_relaxed))
				continue;
			word |= MAP_LOCK_WAITERS;
		}
		if (syscall(SYS_futex, lock, FUTEX_WAIT, word, &timeout, NULL, 0) && errno == ETIMEDOUT && owner_died(word) &&
		    try_lock(lock, word, tid | MAP_LOCK_WAITERS))
			return;
	}
}

void map_unlock_wake(map_lock_t *lock)
{
	syscall(SYS_futex, lock, FUTEX_WAKE, 1, NULL, NULL, 0);
}
