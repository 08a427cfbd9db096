/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture through an XDP program by BPF_PROG_TEST_RUN: how the kernel is asked the same question as the user engine. */
#include <errno.h>
#include <skep/door.h>
#include <string.h>

#include "cli/run.h"
#include "common/uapi/bpf.h"

struct test {
	struct skep_door *door;
	int prog_fd;
};

/* The packet is written back in place: TEST_RUN's output may be longer than what went in, by what the buffer has to spare. */
static int fire(void *cookie, struct skep_packet *packet, uint64_t *run_ns)
{
	struct test *test = cookie;
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (u32)test->prog_fd;
	attr.test.data_in = attr.test.data_out = ptr_to_u64(packet->buf + packet->data);
	attr.test.data_size_in = packet->len;
	attr.test.data_size_out = packet->size - packet->data;
	attr.test.repeat = 1;
	err = skep_bpf(test->door, BPF_PROG_TEST_RUN, &attr, sizeof(attr.test));
	if (err < 0)
		return err;
	packet->len = attr.test.data_size_out;
	*run_ns += attr.test.duration;
	return (int)attr.test.retval;
}

static const struct skep_program *first_xdp(const struct run *run)
{
	struct skep_program *prog = NULL;

	while ((prog = skep_object_next_program(run->obj, prog)))
		if (skep_program_type(prog) == BPF_PROG_TYPE_XDP && skep_program_fd(prog) >= 0)
			return prog;
	return NULL;
}

int run_pcap_by_test(struct run *run)
{
	const struct skep_program *prog = first_xdp(run);
	struct test test = {.door = run->door};
	struct skep_pcap_opts opts = {
		.sz = sizeof(opts),
		.in = run->pcap,
		.out = run->pcap_out,
		.repeat = run->repeat,
		.fire = fire,
		.cookie = &test,
	};
	char why[512] = "";
	int err;

	if (!prog)
		return cli_fail(run->cli, SKEP_NOT_ATTACHED, "%s: no XDP program in it for the packets of %s", run->file, run->pcap);
	test.prog_fd = skep_program_fd(prog);
	err = skep_pcap_run(&opts, &run->pcap_stats, why, sizeof(why));
	if (err)
		return cli_fail(run->cli, SKEP_FAILED, "%s", *why ? why : strerror(-err));
	run->have_pcap = true;
	return SKEP_OK;
}
