/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <skep/engine.h>
#include <skep/hook.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct process_title process_title;

/* The instance's own side. */
struct host {
	struct skep_engine *engine;
	struct skep_process *process; /* JOB_COMMAND, once it was begun */
	int control, listener;
	char path[108];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool go, orphaned;
};

static void send_report(struct host *h, const struct instance_report *report)
{
	/* The starter may be gone: then nobody wants to know. */
	while (send(h->control, report, sizeof(*report), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

__attribute__((format(printf, 3, 4))) static void report_failure(struct host *h, int err, const char *fmt, ...)
{
	struct instance_report report = {.kind = REPORT_FAILED, .err = err};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(report.text, sizeof(report.text), fmt, ap);
	va_end(ap);
	send_report(h, &report);
}

/* The job's words, in memory that the title does not overwrite. */
static bool copy_job(struct instance_job *job)
{
	size_t n = 0;
	char **argv;

	if (job->pcap)
		job->pcap = strdup(job->pcap);
	if (job->pcap_out)
		job->pcap_out = strdup(job->pcap_out);
	if (!job->argv)
		return true;
	while (job->argv[n])
		n++;
	argv = calloc(n + 1, sizeof(*argv));
	for (size_t i = 0; argv && i < n; i++)
		if (!(argv[i] = strdup(job->argv[i])))
			return false;
	job->argv = argv;
	return argv;
}

/* So that `pkill skep` takes the commands that people started, and not what keeps a traced tree alive. */
static void set_title(pid_t starter)
{
	char title[64];
	int n = snprintf(title, sizeof(title), "engine of %d", starter);

	prctl(PR_SET_NAME, "engine", 0, 0, 0);
	if (!process_title.start || process_title.size <= (size_t)n)
		return;
	memset(process_title.start, 0, process_title.size);
	memcpy(process_title.start, title, (size_t)n);
}

struct connection {
	struct skep_engine *engine;
	int fd;
};

static void *serve(void *arg)
{
	struct connection c = *(struct connection *)arg;

	free(arg);
	skep_engine_serve(c.engine, c.fd);
	return NULL;
}

static bool start_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, arg))
		return false;
	pthread_detach(thread);
	return true;
}

static void accept_one(struct host *h)
{
	int fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
	struct connection *c;

	if (fd < 0)
		return;
	c = malloc(sizeof(*c));
	if (c) {
		*c = (struct connection){.engine = h->engine, .fd = fd};
		if (start_thread(serve, c))
			return;
	}
	free(c);
	close(fd);
}

static void become_orphan(struct host *h)
{
	unlink(h->path);
	close(h->listener);
	pthread_mutex_lock(&h->lock);
	h->orphaned = true;
	if (h->process)
		skep_process_abandon(h->process);
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

/* Connections, the starter's word to begin, its end, and handles that were closed. */
static void *attend(void *arg)
{
	struct host *h = arg;
	struct pollfd fds[3] = {
		{.fd = h->control, .events = POLLIN},
		{.fd = h->listener, .events = POLLIN},
		{.fd = skep_engine_reap_fd(h->engine), .events = POLLIN},
	};

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[2].revents)
			skep_engine_reap(h->engine);
		if (fds[1].revents)
			accept_one(h);
		if (fds[0].revents) {
			char word;

			if (recv(h->control, &word, 1, 0) <= 0)
				break;
			pthread_mutex_lock(&h->lock);
			h->go = true;
			pthread_cond_broadcast(&h->changed);
			pthread_mutex_unlock(&h->lock);
		}
	}
	become_orphan(h);
	for (;;) { /* what clients that lived on let go of */
		fds[2].fd = skep_engine_reap_fd(h->engine);
		if (poll(&fds[2], 1, -1) > 0)
			skep_engine_reap(h->engine);
	}
	return NULL;
}

static bool wait_until(struct host *h, const bool *flag)
{
	bool orphan;

	pthread_mutex_lock(&h->lock);
	while (!*flag && !h->orphaned)
		pthread_cond_wait(&h->changed, &h->lock);
	orphan = h->orphaned;
	pthread_mutex_unlock(&h->lock);
	return !orphan;
}

/* The command has its own copies of the terminal or pipes; a process that may outlive the starter must not hold them open. */
static void let_go_of_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* A file for each task of the tree, and one for each handle of each client. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool command_exited(void *cookie, int status)
{
	send_report(cookie, &(struct instance_report){.kind = REPORT_DONE, .status = status});
	return false;
}

static void run_command(struct host *h, const struct instance_job *job)
{
	struct skep_process *process = skep_process_new(h->engine, job->argv);
	int status, err;

	if (!process) {
		report_failure(h, -errno, "%s: %s", job->argv[0], errno == ENOENT ? "command not found" : strerror(errno));
		return;
	}
	let_go_of_stdio();
	raise_file_limit(); /* not before: the command keeps its own */
	pthread_mutex_lock(&h->lock);
	h->process = process;
	if (h->orphaned)
		skep_process_abandon(process);
	pthread_mutex_unlock(&h->lock);
	send_report(h, &(struct instance_report){.kind = REPORT_STARTED, .pid = skep_process_pid(process)});
	err = skep_process_run(process, &status, command_exited, h);
	if (err)
		report_failure(h, err, "%s: %s", job->argv[0], strerror(-err));
}

static int fire_xdp(void *cookie, struct skep_packet *packet, uint64_t *run_ns)
{
	return skep_fire_xdp(cookie, packet, NULL);
}

static void run_pcap(struct host *h, const struct instance_job *job)
{
	struct instance_report report = {.kind = REPORT_DONE};
	struct skep_pcap_opts opts = {
		.sz = sizeof(opts),
		.in = job->pcap,
		.out = job->pcap_out,
		.repeat = job->repeat,
		.ifindex = PCAP_IFINDEX,
		.fire = fire_xdp,
		.cookie = h->engine,
	};

	report.err = skep_pcap_run(&opts, &report.pcap, report.text, sizeof(report.text));
	if (report.err)
		report.kind = REPORT_FAILED;
	send_report(h, &report);
}

static int open_engine(struct host *h, pid_t starter)
{
	int err;

	h->engine = skep_engine_new(NULL);
	if (!h->engine)
		return -errno;
	err = skep_device_add(h->engine, PCAP_IFINDEX, "pcap0");
	if (!err)
		err = skep_instance_path(starter, h->path, sizeof(h->path));
	if (err)
		return err;
	h->listener = skep_engine_listen(h->engine, h->path);
	return h->listener < 0 ? h->listener : 0;
}

static void __attribute__((noreturn)) host_main(const struct instance_job *job, int control, pid_t starter)
{
	struct host h = {.control = control, .listener = -1, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	struct instance_report ready = {.kind = REPORT_READY};
	/* Signals of the terminal are for the command and for the starter, who decide when it is over. Blocked, not ignored: the command
	 * inherits what is ignored. */
	static const int blocked[] = {SIGCHLD, SIGUSR1, SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE};
	sigset_t block;
	int err;

	sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(blocked); i++)
		sigaddset(&block, blocked[i]);
	sigprocmask(SIG_BLOCK, &block, NULL);
	err = open_engine(&h, starter);
	if (err) {
		report_failure(&h, err, "the user engine does not start%s%s: %s", *h.path ? ": cannot listen at " : "", h.path, strerror(-err));
		_exit(1);
	}
	if (!start_thread(attend, &h)) {
		report_failure(&h, -EAGAIN, "the user engine does not start: no thread can be made");
		_exit(1);
	}
	snprintf(ready.text, sizeof(ready.text), "%s", h.path);
	send_report(&h, &ready);
	if (wait_until(&h, &h.go)) {
		if (job->kind == JOB_COMMAND)
			run_command(&h, job);
		else if (job->kind == JOB_PCAP)
			run_pcap(&h, job);
	}
	wait_until(&h, &h.orphaned);
	_exit(0);
}

int instance_start(struct instance *in, const struct instance_job *job, char *path, size_t path_size, char *why, size_t why_size)
{
	struct instance_report report;
	int sockets[2];
	pid_t starter = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	fflush(NULL);
	in->pid = fork();
	if (in->pid < 0) {
		close(sockets[0]);
		close(sockets[1]);
		return -errno;
	}
	if (!in->pid) {
		struct instance_job own = *job;

		close(sockets[0]);
		if (!copy_job(&own))
			_exit(1);
		set_title(starter);
		host_main(&own, sockets[1], starter);
	}
	close(sockets[1]);
	in->control = sockets[0];
	if (!instance_read(in, &report))
		report = (struct instance_report){.kind = REPORT_FAILED, .err = -EIO, .text = "the user engine does not start"};
	if (report.kind != REPORT_READY) {
		snprintf(why, why_size, "%s", report.text);
		instance_release(in);
		return report.err;
	}
	snprintf(path, path_size, "%s", report.text);
	return 0;
}

int instance_go(struct instance *in)
{
	return send(in->control, "g", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

bool instance_read(struct instance *in, struct instance_report *report)
{
	ssize_t n;

	do
		n = recv(in->control, report, sizeof(*report), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*report);
}

void instance_release(struct instance *in)
{
	struct pollfd gone;

	if (in->control < 0)
		return;
	close(in->control);
	in->control = -1;
	/* It ends at once unless it has a tree to keep; waiting a little leaves nothing behind in the usual case. */
	gone = (struct pollfd){.fd = -1};
	for (int i = 0; i < 100 && !waitpid(in->pid, NULL, WNOHANG); i++)
		poll(&gone, 1, 2);
}
