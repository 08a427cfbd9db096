/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, random numbers, CPU and node. */
#include <time.h>

#include "engine/engine.h"
#include "engine/helpers/helper.h"

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

HELPER(ktime_get_ns, .ret_type = RET_INTEGER)
{
	return clock_ns(CLOCK_MONOTONIC);
}

HELPER(ktime_get_boot_ns, .ret_type = RET_INTEGER)
{
	return clock_ns(CLOCK_BOOTTIME);
}

HELPER(ktime_get_coarse_ns, .ret_type = RET_INTEGER)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

HELPER(ktime_get_tai_ns, .ret_type = RET_INTEGER)
{
	return clock_ns(CLOCK_TAI);
}

/* The engine's tick is 4 ms (CONFIG_HZ=250); as in the kernel, the count begins five minutes before it overflows 32 bits. */
#define TICK_NS 4000000
#define TICKS_AT_BOOT ((u64)(u32)(-300 * (1000000000 / TICK_NS)))

HELPER(jiffies64, .ret_type = RET_INTEGER)
{
	return TICKS_AT_BOOT + clock_ns(CLOCK_MONOTONIC) / TICK_NS;
}

/* xoshiro128++ (Blackman and Vigna, public domain), seeded by the clock on first use: a state for each CPU. */
static u32 rotl(u32 x, int k)
{
	return x << k | x >> (32 - k);
}

static void prandom_seed(u32 s[4], u32 cpu)
{
	u64 x = clock_ns(CLOCK_MONOTONIC) ^ (u64)cpu << 56;

	for (int i = 0; i < 4; i++) {
		u64 z = x += 0x9e3779b97f4a7c15;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		s[i] = (u32)(z >> 32) | 1;
	}
}

HELPER(get_prandom_u32, .ret_type = RET_INTEGER)
{
	u32 *s = run_current->engine->cpus[run_current->cpu].prandom;
	u32 result, t;

	if (unlikely(!s[0] && !s[1] && !s[2] && !s[3]))
		prandom_seed(s, run_current->cpu);
	result = rotl(s[0] + s[3], 7) + s[0];
	t = s[1] << 9;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 11);
	return result;
}

HELPER(get_smp_processor_id, .ret_type = RET_INTEGER)
{
	return run_current->cpu;
}

/* The engine has one memory node. */
HELPER(get_numa_node_id, .ret_type = RET_INTEGER)
{
	return 0;
}
