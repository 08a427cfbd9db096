/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices: what skep_device_add made. They stay as long as the engine does. */
#ifndef SKEP_HOOKS_DEVICE_H
#define SKEP_HOOKS_DEVICE_H

#include "engine/hooks/hooks.h"
#include "engine/kernel/net.h"
#include "engine/types/xdp.h"

struct device {
	u32 ifindex;
	struct hook *hook;
	struct net_device *dev;     /* in kmem */
	struct bpf_xdp **frames;    /* by CPU slot, in kmem: the context of a packet under way */
};

/* NULL: no such device. Never blocks. */
struct device *device_find(const struct skep_engine *engine, u32 ifindex);

#endif
