/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices and their XDP hooks: packets through a program, one by one. */
#include "engine/hooks/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_arp.h>
#include <linux/if_ether.h>

#include "engine/hooks/fire.h"
#include "engine/object/kmem.h"

#define VERDICTS (XDP_REDIRECT + 1)

static u32 slot_of(u32 ifindex, u32 probe)
{
	return (ifindex + probe) % DEVICES_MAX;
}

struct device *device_find(const struct skep_engine *engine, u32 ifindex)
{
	for (u32 probe = 0; probe < DEVICES_MAX; probe++) {
		struct device *device =
			atomic_load_explicit(&engine->hooks->devices[slot_of(ifindex, probe)], memory_order_acquire);

		if (!device || device->ifindex == ifindex)
			return device;
	}
	return NULL;
}

struct hook *device_hook(struct skep_engine *engine, u32 ifindex)
{
	struct device *device = device_find(engine, ifindex);

	if (!device)
		errno = ENODEV;
	return device ? device->hook : NULL;
}

static void device_free(struct skep_engine *engine, struct device *device)
{
	if (!device)
		return;
	for (u32 i = 0; device->frames && i < engine->nr_cpus; i++)
		if (device->frames[i])
			kmem_free(engine->kmem, device->frames[i]);
	free(device->frames);
	if (device->dev)
		kmem_free(engine->kmem, device->dev);
	free(device);
}

void devices_free(struct skep_engine *engine, struct hook_table *table)
{
	for (u32 i = 0; i < DEVICES_MAX; i++)
		device_free(engine, table->devices[i]);
}

static struct device *device_new(struct skep_engine *engine, u32 ifindex, const char *name)
{
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->ifindex = ifindex;
	device->dev = kmem_alloc(engine->kmem, sizeof(*device->dev));
	device->frames = calloc(engine->nr_cpus, sizeof(*device->frames));
	if (!device->dev || !device->frames)
		goto fail;
	device->dev->ifindex = (int)ifindex;
	device->dev->type = ARPHRD_ETHER;
	device->dev->addr_len = ETH_ALEN;
	device->dev->mtu = ETH_DATA_LEN;
	device->dev->hard_header_len = ETH_HLEN;
	device->dev->num_rx_queues = device->dev->num_tx_queues = 1;
	strncat(device->dev->name, name, sizeof(device->dev->name) - 1);
	for (u32 i = 0; i < engine->nr_cpus; i++) {
		struct bpf_xdp *frame = kmem_alloc(engine->kmem, sizeof(*frame));

		if (!frame)
			goto fail;
		device->frames[i] = frame;
		frame->xdp.rxq = &frame->rxq;
		frame->xdp.txq = &frame->txq;
		frame->rxq.dev = frame->txq.dev = device->dev;
	}
	return device;
fail:
	device_free(engine, device);
	return NULL;
}

/* Put it into the table; 0, -EEXIST or -ENOSPC. */
static int device_publish(struct skep_engine *engine, struct device *device)
{
	struct hook_table *table = engine->hooks;
	u32 probe = 0, slot;

	while (probe < DEVICES_MAX && table->devices[slot_of(device->ifindex, probe)]) {
		struct device *other = table->devices[slot_of(device->ifindex, probe)];

		if (other->ifindex == device->ifindex)
			return -EEXIST;
		probe++;
	}
	if (probe == DEVICES_MAX)
		return -ENOSPC;
	slot = slot_of(device->ifindex, probe);
	device->hook = hook_find(engine, HOOK_XDP, slot);
	if (!device->hook)
		return -ENOMEM;
	atomic_store_explicit(&table->devices[slot], device, memory_order_release);
	return 0;
}

int skep_device_add(struct skep_engine *engine, uint32_t ifindex, const char *name)
{
	struct device *device;
	int err;

	if (!ifindex || !name || !*name || strlen(name) >= IFNAMSIZ_KERNEL)
		return -EINVAL;
	device = device_new(engine, ifindex, name);
	if (!device)
		return -ENOMEM;
	pthread_mutex_lock(&engine->lock);
	err = device_publish(engine, device);
	pthread_mutex_unlock(&engine->lock);
	if (err)
		device_free(engine, device);
	return err;
}

static __attribute__((noinline)) int run_packet(struct skep_engine *engine, struct device *device,
						struct skep_packet *packet, u32 *redirect_ifindex)
{
	struct run_ctx run = {0};
	struct bpf_xdp *frame;
	u64 verdict;

	if (!fire_begin(engine, &run))
		return XDP_PASS;
	frame = device->frames[run.cpu];
	frame->xdp.data_hard_start = packet->buf;
	frame->xdp.data = frame->xdp.data_meta = packet->buf + packet->data;
	frame->xdp.data_end = packet->buf + packet->data + packet->len;
	frame->xdp.frame_sz = packet->size;
	frame->end = packet->buf + packet->size;
	frame->rxq.queue_index = packet->rx_queue;
	frame->redirect_ifindex = 0;
	run.packet = frame;
	verdict = (u32)hook_run(device->hook, &frame->xdp, &run);
	packet->data = (u32)((u8 *)frame->xdp.data - packet->buf);
	packet->len = (u32)((u8 *)frame->xdp.data_end - (u8 *)frame->xdp.data);
	if (redirect_ifindex)
		*redirect_ifindex = frame->redirect_ifindex;
	fire_end(&run);
	return (int)min_of(verdict, (u64)VERDICTS);
}

int skep_fire_xdp(struct skep_engine *engine, struct skep_packet *packet, uint32_t *redirect_ifindex)
{
	struct device *device = device_find(engine, packet->ifindex);

	if (unlikely(!device))
		return -ENODEV;
	if (unlikely(packet->data > packet->size || packet->len > packet->size - packet->data))
		return -EINVAL;
	return hook_active(device->hook) ? run_packet(engine, device, packet, redirect_ifindex) : XDP_PASS;
}
