/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes in during a run: records of ring and perf buffers (shown by their type), bpf_printk lines, the end of the command or
 * of the capture, signals.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/run.h"
#include "common/btf/value.h"
#include "common/uapi/bpf.h"

#define HELPER_CALL (BPF_JMP | BPF_CALL)
#define PRINTK_MARK "bpf_trace_printk: "

/* ---- records ---- */

static void add_hex(struct strbuf *out, const u8 *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		strbuf_addf(out, "%s%02x", i ? " " : "", data[i]);
}

static void record_as_json(struct run_buffer *b, const struct btf *btf, u32 type, const void *data, size_t size, struct strbuf *out)
{
	struct json j = {.out = out};

	json_begin(&j, '{');
	json_key_str(&j, "event", "record");
	json_key_str(&j, "map", skep_map_name(b->map));
	json_key(&j, "data");
	if (btf) {
		btf_value_json(btf, type, data, size, BTF_VALUE_JSON, &j);
	} else {
		struct strbuf hex = STRBUF_INIT;

		add_hex(&hex, data, size);
		json_str(&j, strbuf_str(&hex));
		strbuf_free(&hex);
	}
	json_end(&j, '}');
}

static int show_record(struct run_buffer *b, const void *data, size_t size)
{
	struct run *run = b->run;
	struct strbuf line = STRBUF_INIT;
	const struct btf *btf = NULL;
	u32 type = 0;

	b->records++;
	if (run->quiet)
		return 0;
	if (skep_object_record_type(run->obj, size, b->perf != NULL, &btf, &type))
		btf = NULL;
	if (run->cli->json) {
		record_as_json(b, btf, type, data, size, &line);
	} else {
		strbuf_addf(&line, "%s: ", skep_map_name(b->map));
		if (btf)
			btf_value_text(btf, type, data, size, BTF_TEXT_FIELDS, &line);
		else
			add_hex(&line, data, size);
	}
	puts(strbuf_str(&line));
	strbuf_free(&line);
	return 0;
}

static int on_record(void *ctx, const void *data, size_t size)
{
	return show_record(ctx, data, size);
}

static int on_sample(void *ctx, int cpu, const void *data, size_t size)
{
	return show_record(ctx, data, size);
}

static void on_lost(void *ctx, int cpu, uint64_t count)
{
	/* Counted by the buffer; the summary says how many. */
}

static void on_printk(void *ctx, const char *text)
{
	struct run *run = ctx;
	const char *mark = strstr(text, PRINTK_MARK);
	const char *said = mark ? mark + strlen(PRINTK_MARK) : text;
	struct strbuf line = STRBUF_INIT;

	if (run->quiet)
		return;
	if (run->cli->json) {
		struct json j = {.out = &line};

		json_begin(&j, '{');
		json_key_str(&j, "event", "printk");
		json_key_str(&j, "text", said);
		json_end(&j, '}');
	} else {
		strbuf_addf(&line, "printk: %s", said);
	}
	puts(strbuf_str(&line));
	strbuf_free(&line);
}

/* ---- opening and closing ---- */

static bool program_prints(const struct skep_program *prog)
{
	size_t n;
	const struct bpf_insn *insns = skep_program_insns(prog, &n);

	for (size_t i = 0; i < n; i++)
		if (insns[i].code == HELPER_CALL && !insns[i].src_reg &&
		    (insns[i].imm == BPF_FUNC_trace_printk || insns[i].imm == BPF_FUNC_trace_vprintk))
			return true;
	return false;
}

static void open_trace(struct run *run)
{
	struct skep_program *prog = NULL;

	while ((prog = skep_object_next_program(run->obj, prog)))
		if (program_prints(prog)) {
			run->trace = skep_trace_pipe_open(run->door);
			return;
		}
}

static int open_buffer(struct run *run, struct skep_map *map)
{
	struct skep_perf_buffer_opts opts = {.sz = sizeof(opts), .pages = run->pages};
	bool perf = skep_map_type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
	struct run_buffer *b = &run->buffers[run->buffer_cnt];
	int err = 0;

	if (run->buffer_cnt == RUN_MAX_BUFFERS)
		return cli_fail(run->cli, SKEP_FAILED, "%s: more than %d buffers to read", run->file, RUN_MAX_BUFFERS);
	*b = (struct run_buffer){.run = run, .map = map};
	if (perf) {
		b->perf = skep_perf_buffer_new(run->door, skep_map_fd(map), on_sample, on_lost, b, &opts);
		err = b->perf ? 0 : -errno;
	} else {
		if (!run->rings)
			run->rings = skep_ring_buffer_new(run->door);
		err = run->rings ? skep_ring_buffer_add(run->rings, skep_map_fd(map), on_record, b) : -errno;
	}
	if (err)
		return cli_fail(run->cli, SKEP_FAILED, "map %s: cannot be read: %s", skep_map_name(map), strerror(-err));
	run->buffer_cnt++;
	return SKEP_OK;
}

int run_open_buffers(struct run *run)
{
	struct skep_map *map = NULL;

	while ((map = skep_object_next_map(run->obj, map))) {
		u32 type = skep_map_type(map);
		int status;

		if ((type != BPF_MAP_TYPE_RINGBUF && type != BPF_MAP_TYPE_PERF_EVENT_ARRAY) || skep_map_fd(map) < 0)
			continue;
		status = open_buffer(run, map);
		if (status)
			return status;
	}
	open_trace(run);
	return SKEP_OK;
}

void run_close_buffers(struct run *run)
{
	for (u32 i = 0; i < run->buffer_cnt; i++)
		skep_perf_buffer_free(run->buffers[i].perf);
	skep_ring_buffer_free(run->rings);
	skep_trace_pipe_close(run->trace);
	if (run->signals >= 0) {
		close(run->signals);
		sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
	}
}

void run_drain(struct run *run)
{
	if (run->rings)
		skep_ring_buffer_consume(run->rings);
	for (u32 i = 0; i < run->buffer_cnt; i++)
		if (run->buffers[i].perf)
			skep_perf_buffer_consume(run->buffers[i].perf);
	if (run->trace)
		skep_trace_pipe_read(run->trace, on_printk, run);
	fflush(stdout);
}

/* ---- the loop ---- */

static int on_report(struct run *run)
{
	struct instance_report report;

	if (!instance_read(&run->instance, &report))
		return cli_fail(run->cli, SKEP_FAILED, "the user engine ended unexpectedly");
	switch (report.kind) {
	case REPORT_STARTED:
		run->command_pid = report.pid;
		break;
	case REPORT_DONE:
		run->done = true;
		run->status = report.status;
		run->have_pcap = run->pcap;
		run->pcap_stats = report.pcap;
		break;
	case REPORT_FAILED:
		if (run->command)
			return cli_fail(run->cli, report.err == -ENOENT ? 127 : 126, "%s", report.text);
		return cli_fail(run->cli, SKEP_FAILED, "%s", *report.text ? report.text : strerror(-report.err));
	case REPORT_READY:
		break;
	}
	return SKEP_OK;
}

static void on_child(struct run *run)
{
	if (run->spawned && waitpid(run->spawn.pid, &run->status, WNOHANG) == run->spawn.pid)
		run->done = true;
}

/*
 * The first signal asks the command to end (the terminal's own Ctrl-C has reached it already) and waits for it; the second
 * does not wait any longer.
 */
static void on_signal(struct run *run)
{
	struct signalfd_siginfo si;

	if (read(run->signals, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGCHLD) {
		on_child(run);
		return;
	}
	if (run->command_pid && !run->interrupted) {
		if (si.ssi_code != SI_KERNEL)
			kill(run->command_pid, (int)si.ssi_signo);
		run->interrupted = (int)si.ssi_signo;
		return;
	}
	if (run->command_pid)
		kill(run->command_pid, SIGKILL);
	run->interrupted = (int)si.ssi_signo;
	run->done |= !run->command_pid;
}

static bool take_signals(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (run->spawned)
		sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &run->old_mask);
	run->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (run->spawned)
		on_child(run); /* it may have ended before SIGCHLD was ours */
	return run->signals >= 0;
}

enum { FD_SIGNALS, FD_REPORTS, FD_RINGS, FD_TRACE, FD_PERF };

int run_events(struct run *run)
{
	struct pollfd fds[FD_PERF + RUN_MAX_BUFFERS];
	int status = SKEP_OK;

	if (!take_signals(run))
		return cli_fail(run->cli, SKEP_FAILED, "cannot take signals: %m");
	fds[FD_SIGNALS] = (struct pollfd){.fd = run->signals, .events = POLLIN};
	fds[FD_REPORTS] = (struct pollfd){.fd = run->instance.control, .events = POLLIN};
	fds[FD_RINGS] = (struct pollfd){.fd = run->rings ? skep_ring_buffer_epoll_fd(run->rings) : -1, .events = POLLIN};
	fds[FD_TRACE] = (struct pollfd){.fd = run->trace ? skep_trace_pipe_fd(run->trace) : -1, .events = POLLIN};
	for (u32 i = 0; i < run->buffer_cnt; i++) {
		struct skep_perf_buffer *perf = run->buffers[i].perf;

		fds[FD_PERF + i] = (struct pollfd){.fd = perf ? skep_perf_buffer_epoll_fd(perf) : -1, .events = POLLIN};
	}
	while (!run->done && !status) {
		if (poll(fds, FD_PERF + run->buffer_cnt, -1) < 0 && errno != EINTR)
			return cli_fail(run->cli, SKEP_FAILED, "cannot wait for events: %m");
		if (fds[FD_RINGS].revents)
			skep_ring_buffer_poll(run->rings, 0);
		for (u32 i = 0; i < run->buffer_cnt; i++)
			if (fds[FD_PERF + i].revents)
				skep_perf_buffer_poll(run->buffers[i].perf, 0);
		if (fds[FD_TRACE].revents)
			skep_trace_pipe_read(run->trace, on_printk, run);
		fflush(stdout);
		if (fds[FD_SIGNALS].revents)
			on_signal(run);
		if (fds[FD_REPORTS].revents)
			status = on_report(run);
	}
	return status;
}
