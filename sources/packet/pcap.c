/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures through an XDP hook: packets are read in batches, so that the clock is asked once a batch and ns per packet is the
 * hook's time, not the file's.
 */
#include <errno.h>
#include <pcap/pcap.h>
#include <skep/hook.h>
#include <skep/source.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/util/util.h"

#define BATCH 64
#define HEADROOM 256U     /* XDP_PACKET_HEADROOM */
#define TAILROOM 512U     /* what adjust_tail may grow into */
#define MAX_FRAME 262144U /* libpcap's own limit on a record */
#define VERDICTS ARRAY_SIZE(((struct skep_pcap_stats *)0)->verdict)

enum { VERDICT_PASS = 2, VERDICT_TX = 3, VERDICT_REDIRECT = 4 }; /* enum xdp_action */

struct frame {
	struct pcap_pkthdr header;
	struct skep_packet packet;
	u32 capacity;
	int verdict;
};

struct capture {
	const struct skep_pcap_opts *opts;
	pcap_t *in;
	pcap_t *out_format;
	pcap_dumper_t *out;
	struct frame frames[BATCH];
	char *err;
	size_t err_size;
};

__attribute__((format(printf, 3, 4))) static int fail(struct capture *c, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->err, c->err_size, fmt, ap);
	va_end(ap);
	return code;
}

static int open_input(struct capture *c)
{
	char why[PCAP_ERRBUF_SIZE];

	if (c->in)
		pcap_close(c->in);
	c->in = pcap_open_offline_with_tstamp_precision(c->opts->in, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!c->in) {
		bool named = strstr(why, c->opts->in);

		return fail(c, -EINVAL, "%s%s%s", named ? "" : c->opts->in, named ? "" : ": ", why);
	}
	if (pcap_datalink(c->in) != DLT_EN10MB) {
		const char *name = pcap_datalink_val_to_name(pcap_datalink(c->in));

		return fail(c, -EINVAL, "%s: link type is %s; an XDP program sees Ethernet frames (EN10MB)", c->opts->in,
			    name ? name : "unknown");
	}
	return 0;
}

static int open_output(struct capture *c)
{
	if (!c->opts->out)
		return 0;
	c->out_format = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)MAX_FRAME, PCAP_TSTAMP_PRECISION_NANO);
	if (!c->out_format)
		return -ENOMEM;
	c->out = pcap_dump_open(c->out_format, c->opts->out);
	if (!c->out)
		return fail(c, -EIO, "%s", pcap_geterr(c->out_format));
	return 0;
}

static int take_frame(struct capture *c, struct frame *f, const struct pcap_pkthdr *header, const u_char *data)
{
	u32 need = HEADROOM + header->caplen + TAILROOM;

	if (f->capacity < need) {
		u8 *buf = realloc(f->packet.buf, need);

		if (!buf)
			return fail(c, -ENOMEM, "%s: no memory for a packet of %u bytes", c->opts->in, header->caplen);
		f->packet.buf = buf;
		f->capacity = need;
	}
	f->header = *header;
	f->packet = (struct skep_packet){
		.sz = sizeof(f->packet),
		.buf = f->packet.buf,
		.size = need,
		.data = HEADROOM,
		.len = header->caplen,
		.ifindex = c->opts->ifindex,
	};
	/* A program that moves the ends sees zeros there, as with the kernel's TEST_RUN: not what an earlier packet left. */
	memset(f->packet.buf, 0, HEADROOM);
	memcpy(f->packet.buf + HEADROOM, data, header->caplen);
	memset(f->packet.buf + HEADROOM + header->caplen, 0, TAILROOM);
	return 0;
}

/* Up to BATCH frames; their number, 0 at the end, or -errno. */
static int read_batch(struct capture *c)
{
	int n = 0;

	while (n < BATCH) {
		struct pcap_pkthdr *header;
		const u_char *data;
		int got = pcap_next_ex(c->in, &header, &data);
		int err;

		if (got == PCAP_ERROR_BREAK)
			break;
		if (got < 0)
			return fail(c, -EINVAL, "%s: %s", c->opts->in, pcap_geterr(c->in));
		if (!got)
			continue;
		err = take_frame(c, &c->frames[n], header, data);
		if (err)
			return err;
		n++;
	}
	return n;
}

static u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static int run_batch(struct capture *c, int n, struct skep_pcap_stats *stats)
{
	uint64_t measured = 0;
	u64 start = now();

	for (int i = 0; i < n; i++) {
		c->frames[i].verdict = c->opts->fire(c->opts->cookie, &c->frames[i].packet, &measured);
		if (c->frames[i].verdict < 0)
			return fail(c, c->frames[i].verdict, "%s: packet %llu: %s", c->opts->in,
				    (unsigned long long)stats->packets + (u64)i + 1, strerror(-c->frames[i].verdict));
	}
	stats->run_ns += measured ? measured : now() - start;
	for (int i = 0; i < n; i++) {
		u32 verdict = (u32)c->frames[i].verdict;

		stats->packets++;
		stats->bytes += c->frames[i].header.caplen;
		stats->verdict[min_of(verdict, (u32)VERDICTS - 1)]++;
	}
	return 0;
}

static void write_batch(struct capture *c, int n)
{
	for (int i = 0; i < n; i++) {
		struct frame *f = &c->frames[i];

		if (f->verdict < VERDICT_PASS || f->verdict > VERDICT_REDIRECT)
			continue;
		/* What the capture itself had cut off stays cut off. */
		f->header.len = f->header.len - f->header.caplen + f->packet.len;
		f->header.caplen = f->packet.len;
		pcap_dump((u_char *)c->out, &f->header, f->packet.buf + f->packet.data);
	}
}

static int run_round(struct capture *c, bool write, struct skep_pcap_stats *stats)
{
	int n, err;

	while ((n = read_batch(c)) > 0) {
		err = run_batch(c, n, stats);
		if (err)
			return err;
		if (write)
			write_batch(c, n);
	}
	return n;
}

int skep_pcap_run(const struct skep_pcap_opts *opts, struct skep_pcap_stats *stats, char *err, size_t err_size)
{
	struct capture *c = calloc(1, sizeof(*c));
	int ret;

	*stats = (struct skep_pcap_stats){0};
	if (!c)
		return -ENOMEM;
	c->opts = opts;
	c->err = err;
	c->err_size = err_size;
	ret = open_input(c);
	if (!ret)
		ret = open_output(c);
	for (u32 i = 0; !ret && i < max_of(opts->repeat, 1U); i++) {
		if (i)
			ret = open_input(c);
		if (!ret)
			ret = run_round(c, c->out && !i, stats);
	}
	if (c->out) {
		if (!ret && (pcap_dump_flush(c->out) || ferror(pcap_dump_file(c->out))))
			ret = fail(c, -EIO, "%s: cannot write: %s", opts->out, strerror(errno));
		pcap_dump_close(c->out);
	}
	if (c->out_format)
		pcap_close(c->out_format);
	if (c->in)
		pcap_close(c->in);
	for (u32 i = 0; i < BATCH; i++)
		free(c->frames[i].packet.buf);
	free(c);
	return ret;
}
