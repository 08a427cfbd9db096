/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TEST_RUN of XDP programs. A frame has 256 bytes of headroom; up to 3,520 bytes lie in one piece, the rest in pages
 * behind. In a context of the caller, data is the length of the metadata that the input begins with, and data_end the
 * length of the linear part.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>

#include "engine/engine.h"
#include "engine/hooks/device.h"
#include "engine/object/kmem.h"
#include "engine/sys/caller.h"
#include "engine/types/test_run.h"
#include "engine/types/xdp.h"

#define LINEAR_MAX (TEST_FRAME_SIZE - XDP_PACKET_HEADROOM - TEST_TAIL_RESERVE)

/* Everything that a run needs, in kmem. */
struct xdp_test {
	struct bpf_xdp ctx;
	struct net_device loopback;
	u8 page[TEST_FRAME_SIZE];
	u8 frags[];
};

struct xdp_layout {
	u32 meta;   /* length of metadata */
	u32 linear; /* length of data in the first page */
	u32 frags;
};

static int check_ctx(const struct skep_engine *engine, const struct xdp_md *md, u32 size)
{
	if (md->data_meta || md->data > md->data_end || md->data_end > size || md->data % 4 ||
	    md->data > XDP_PACKET_HEADROOM - XDP_FRAME_RESERVE || md->egress_ifindex)
		return -EINVAL;
	if (!md->ingress_ifindex)
		return md->rx_queue_index ? -EINVAL : 0;
	if (!test_device_exists(engine, md->ingress_ifindex))
		return -ENODEV;
	return md->rx_queue_index ? -EINVAL : 0; /* devices here have one queue */
}

static int lay_out(const struct skep_engine *engine, const union bpf_attr *attr, const struct xdp_md *md,
		   struct xdp_layout *layout)
{
	u32 size = attr->test.data_size_in;
	int err = md ? check_ctx(engine, md, size) : 0;

	if (err)
		return err;
	layout->meta = md ? md->data : 0;
	if (size < layout->meta + ETH_HLEN)
		return -EINVAL;
	layout->linear = min_of(md ? md->data_end - md->data : size, (u32)LINEAR_MAX);
	layout->frags = size - layout->meta - layout->linear;
	return layout->frags > TEST_FRAGS_MAX * XDP_FRAG_SIZE ? -ENOMEM : 0;
}

static int fill(struct xdp_test *test, struct caller *caller, const union bpf_attr *attr,
		const struct xdp_layout *layout)
{
	struct bpf_xdp *x = &test->ctx;
	u32 first = layout->meta + layout->linear;

	test->loopback = (struct net_device){.ifindex = TEST_LOOPBACK_IFINDEX, .name = "lo", .num_rx_queues = 1};
	x->rxq.dev = x->txq.dev = &test->loopback;
	x->xdp.rxq = &x->rxq;
	x->xdp.txq = &x->txq;
	x->xdp.frame_sz = TEST_FRAME_SIZE;
	x->xdp.data_hard_start = test->page;
	x->xdp.data_meta = test->page + XDP_PACKET_HEADROOM - layout->meta;
	x->xdp.data = test->page + XDP_PACKET_HEADROOM;
	x->xdp.data_end = (u8 *)x->xdp.data + layout->linear;
	x->end = test->page + TEST_FRAME_SIZE - TEST_TAIL_RESERVE;
	x->frags = test->frags;
	x->frags_len = layout->frags;
	if (copy_from_caller(caller, x->xdp.data_meta, attr->test.data_in, first))
		return -EFAULT;
	return copy_from_caller(caller, test->frags, attr->test.data_in + first, layout->frags);
}

static int finish(const struct bpf_xdp *x, struct caller *caller, const union bpf_attr *attr, union bpf_attr *uattr,
		  struct xdp_md *md, const struct test_result *result)
{
	struct test_output out = {.data = x->xdp.data_meta, .frags = x->frags, .frags_len = x->frags_len};
	int err;

	out.len = (u32)((u8 *)x->xdp.data_end - (u8 *)x->xdp.data_meta);
	err = test_finish(caller, attr, uattr, &out, result);
	if (err || !md)
		return err;
	md->data = (u32)((u8 *)x->xdp.data - (u8 *)x->xdp.data_meta);
	md->data_end = out.len;
	return test_ctx_out(caller, attr, uattr, md, sizeof(*md));
}

int xdp_test_run(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr, struct caller *caller)
{
	struct skep_engine *engine = prog->obj.engine;
	struct run_ctx run = {0};
	struct xdp_layout layout;
	struct test_result result;
	struct xdp_md md = {0};
	struct xdp_test *test;
	struct device *device;
	int err, has_ctx;

	if (attr->test.flags & ~(u32)BPF_F_TEST_XDP_LIVE_FRAMES)
		return -EINVAL;
	if (prog->expected_attach_type == BPF_XDP_DEVMAP || prog->expected_attach_type == BPF_XDP_CPUMAP)
		return -EINVAL;
	if (attr->test.flags & BPF_F_TEST_XDP_LIVE_FRAMES)
		return -EOPNOTSUPP;
	if (attr->test.batch_size)
		return -EINVAL;
	has_ctx = test_ctx_in(caller, attr, &md, sizeof(md));
	if (has_ctx < 0)
		return has_ctx;
	err = lay_out(engine, attr, has_ctx ? &md : NULL, &layout);
	if (err)
		return err;
	test = kmem_alloc(engine->kmem, sizeof(*test) + round_up_u64(layout.frags, XDP_FRAG_SIZE));
	if (!test)
		return -ENOMEM;
	err = fill(test, caller, attr, &layout);
	if (!err) {
		device = md.ingress_ifindex ? device_find(engine, md.ingress_ifindex) : NULL;
		if (device)
			test->ctx.rxq.dev = device->dev;
		run.packet = &test->ctx;
		result = test_repeat(prog, &test->ctx.xdp, &run, attr->test.repeat);
		err = finish(&test->ctx, caller, attr, uattr, has_ctx ? &md : NULL, &result);
	}
	kmem_free(engine->kmem, test);
	return err;
}
