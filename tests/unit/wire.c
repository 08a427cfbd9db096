/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving an engine: clients that break the rules, clients that go away, engines that go away, many threads at once. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <signal.h>
#include <skep/door.h>
#include <skep/engine.h>
#include <skep/skep.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/uapi/bpf.h"
#include "common/wire.h"

struct server {
	struct skep_engine *engine;
	int sock;
	int result;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct server *s = arg;

	s->result = skep_engine_serve(s->engine, s->sock);
	close(s->sock);
	return NULL;
}

/* The client's end of a connection that a thread serves. */
static int serve_begin(struct server *s, struct skep_engine *engine)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	s->engine = engine;
	s->sock = pair[0];
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	return pair[1];
}

static int serve_end(struct server *s)
{
	pthread_join(s->thread, NULL);
	return s->result;
}

static u64 rnd(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void garbage_closes_the_connection(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	u64 seed = 88172645463325252ULL;

	for (int i = 0; i < 300; i++) {
		struct server s;
		int sock = serve_begin(&s, engine);
		u8 junk[200];

		for (size_t b = 0; b < sizeof(junk); b++)
			junk[b] = (u8)rnd(&seed);
		send(sock, junk, 1 + rnd(&seed) % sizeof(junk), MSG_NOSIGNAL);
		shutdown(sock, SHUT_WR);
		/* A message that stops short is an end; any other junk breaks the rules. */
		serve_end(&s);
		assert_true(s.result == -EPROTO || s.result == 0);
		close(sock);
	}
	skep_engine_free(engine);
}

/* Well-formed headers with any contents; what the engine asks back is answered with nonsense too. */
static void nonsense_is_survived(void **state)
{
	static const u32 ops[] = {WIRE_HELLO, WIRE_BPF, WIRE_PERF_EVENT_OPEN, WIRE_IOCTL, WIRE_MMAP, WIRE_OPEN,
				  WIRE_UNLINK, WIRE_READ, WIRE_DATA, WIRE_FD, WIRE_REPLY, 0, 77};
	struct skep_engine *engine = skep_engine_new(NULL);
	u64 seed = 1234567;

	for (int i = 0; i < 2000; i++) {
		struct server s;
		int sock = serve_begin(&s, engine), null = open("/dev/null", O_RDWR);

		for (int m = 0; m < 4; m++) {
			struct wire_msg msg = {.op = ops[rnd(&seed) % ARRAY_SIZE(ops)]};
			int fds[WIRE_MAX_FDS] = {null, null, null, null};
			u8 payload[256];

			msg.len = (u32)(rnd(&seed) % 5 ? rnd(&seed) % sizeof(payload) : 0);
			msg.nr_fds = (u32)(rnd(&seed) % 4 ? 0 : rnd(&seed) % (WIRE_MAX_FDS + 1));
			for (size_t a = 0; a < ARRAY_SIZE(msg.a); a++)
				msg.a[a] = rnd(&seed) % 3 ? rnd(&seed) % 300 : rnd(&seed);
			for (size_t b = 0; b < sizeof(payload); b++)
				payload[b] = (u8)(rnd(&seed) % 3 ? 0 : rnd(&seed));
			if (wire_send(sock, &msg, payload, fds))
				break;
		}
		shutdown(sock, SHUT_WR);
		serve_end(&s);
		close(null);
		close(sock);
	}
	skep_engine_free(engine);
}

static void huge_lengths_are_refused(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	struct wire_msg msg = {.magic = WIRE_MAGIC, .op = WIRE_OPEN, .len = 0xfffffff0};
	struct server s;
	int sock = serve_begin(&s, engine);

	assert_int_equal(send(sock, &msg, sizeof(msg), MSG_NOSIGNAL), sizeof(msg));
	assert_int_equal(serve_end(&s), -EPROTO);
	close(sock);
	skep_engine_free(engine);
}

struct instance {
	char dir[32], path[64];
	struct skep_engine *engine;
	int listener;
	pthread_t thread;
};

static void *serve_all(void *arg)
{
	struct instance *in = arg;
	struct server *servers = calloc(64, sizeof(*servers));
	int n = 0, fd;

	while (n < 64 && (fd = accept4(in->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		servers[n] = (struct server){.engine = in->engine, .sock = fd};
		if (pthread_create(&servers[n].thread, NULL, serve, &servers[n]))
			break;
		n++;
	}
	for (int i = 0; i < n; i++)
		pthread_join(servers[i].thread, NULL);
	free(servers);
	return NULL;
}

static void instance_begin(struct instance *in)
{
	snprintf(in->dir, sizeof(in->dir), "/tmp/skep-wire-XXXXXX");
	assert_non_null(mkdtemp(in->dir));
	snprintf(in->path, sizeof(in->path), "%s/engine.sock", in->dir);
	in->engine = skep_engine_new(NULL);
	in->listener = skep_engine_listen(in->engine, in->path);
	assert_true(in->listener >= 0);
	assert_int_equal(pthread_create(&in->thread, NULL, serve_all, in), 0);
}

static void instance_end(struct instance *in)
{
	shutdown(in->listener, SHUT_RDWR);
	pthread_join(in->thread, NULL);
	close(in->listener);
	unlink(in->path);
	rmdir(in->dir);
	skep_engine_free(in->engine);
}

static int create_map(struct skep_door *door, u32 type, u32 entries)
{
	union bpf_attr attr = {.map_type = type, .key_size = 4, .value_size = 8, .max_entries = entries};

	return skep_bpf(door, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int element(struct skep_door *door, int cmd, int map, const void *key, void *value)
{
	union bpf_attr attr = {0};

	attr.map_fd = (u32)map;
	attr.key = ptr_to_u64(key);
	attr.value = ptr_to_u64(value);
	return skep_bpf(door, cmd, &attr, 32);
}

struct worker {
	struct instance *in;
	u32 number;
	int failures;
};

/* Each thread has a door of its own and its own keys in one shared map, which it finds by id. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct skep_door *door = skep_door_connect(w->in->path);
	union bpf_attr attr = {.map_id = 1};
	int map;

	if (!door || (map = skep_bpf(door, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr))) < 0) {
		w->failures = 1000000;
		return NULL;
	}
	for (u32 i = 0; i < 200; i++) {
		u32 key = w->number * 1000 + i;
		u64 value = key * 3ULL, got = 0;
		int own = create_map(door, BPF_MAP_TYPE_HASH, 4);

		w->failures += own < 0;
		w->failures += element(door, BPF_MAP_UPDATE_ELEM, map, &key, &value) != 0;
		w->failures += element(door, BPF_MAP_LOOKUP_ELEM, map, &key, &got) != 0 || got != value;
		w->failures += element(door, BPF_MAP_DELETE_ELEM, own, &key, NULL) != -ENOENT;
		close(own);
	}
	close(map);
	skep_door_free(door);
	return NULL;
}

static void many_clients_at_once(void **state)
{
	struct worker workers[4];
	struct instance in;
	pthread_t threads[4];
	struct skep_door *door;
	union bpf_attr attr = {.start_id = 1};
	int map;

	instance_begin(&in);
	door = skep_door_connect(in.path);
	assert_non_null(door);
	map = create_map(door, BPF_MAP_TYPE_HASH, 4096);
	assert_true(map >= 0);
	for (u32 i = 0; i < 4; i++) {
		workers[i] = (struct worker){.in = &in, .number = i};
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (u32 i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].failures, 0);
	}
	/* Theirs go as soon as the server sees that they were closed. */
	for (int i = 0; i < 200 && skep_bpf(door, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr)) != -ENOENT; i++) {
		usleep(10000);
		attr.start_id = 1;
	}
	attr.start_id = 1;
	assert_int_equal(skep_bpf(door, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr)), -ENOENT);
	close(map);
	skep_door_free(door);
	instance_end(&in);
}

static void bad_addresses_are_errors(void **state)
{
	struct skep_door *door;
	struct instance in;
	u32 key = 1;
	u64 value = 2;
	int map;

	instance_begin(&in);
	door = skep_door_connect(in.path);
	assert_non_null(door);
	map = create_map(door, BPF_MAP_TYPE_HASH, 4);
	assert_int_equal(element(door, BPF_MAP_UPDATE_ELEM, map, &key, &value), 0);
	assert_int_equal(element(door, BPF_MAP_UPDATE_ELEM, map, (void *)0x10000, &value), -EFAULT);
	assert_int_equal(element(door, BPF_MAP_LOOKUP_ELEM, map, &key, (void *)0x10000), -EFAULT);
	assert_int_equal(skep_bpf(door, BPF_MAP_LOOKUP_ELEM, (union bpf_attr *)0x10000, 32), -EFAULT);
	assert_int_equal(element(door, BPF_MAP_LOOKUP_ELEM, map, &key, &value), 0); /* the connection goes on */
	close(map);
	skep_door_free(door);
	instance_end(&in);
}

static void a_ring_that_is_mapped_over_the_wire(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = (u32)page};
	struct skep_door *door;
	struct instance in;
	u64 *consumer;
	int map;

	instance_begin(&in);
	door = skep_door_connect(in.path);
	assert_non_null(door);
	map = skep_bpf(door, BPF_MAP_CREATE, &attr, sizeof(attr));
	assert_true(map >= 0);
	consumer = skep_mmap(door, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	assert_non_null(consumer);
	assert_int_equal(*consumer, 0);
	assert_null(skep_mmap(door, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, map, (off_t)page));
	assert_int_equal(errno, EPERM);
	munmap(consumer, page);
	consumer = skep_mmap(door, 3 * page, PROT_READ, MAP_SHARED, map, (off_t)page);
	assert_non_null(consumer);
	munmap(consumer, 3 * page);
	close(map);
	skep_door_free(door);
	instance_end(&in);
}

static void an_engine_that_dies_is_noticed(void **state)
{
	struct skep_door *door;
	char dir[] = "/tmp/skep-wire-XXXXXX", path[64];
	int ready[2];
	pid_t pid;
	u8 byte;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/engine.sock", dir);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct skep_engine *engine = skep_engine_new(NULL);
		int listener = skep_engine_listen(engine, path);

		if (listener < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		skep_engine_serve(engine, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	door = skep_door_connect(path);
	assert_non_null(door);
	assert_true(create_map(door, BPF_MAP_TYPE_HASH, 4) >= 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(create_map(door, BPF_MAP_TYPE_HASH, 4), -ENOTCONN);
	skep_door_free(door);
	/* Its socket is stale: nobody answers, and another engine takes the place. */
	assert_null(skep_door_connect(path));
	assert_int_equal(errno, ECONNREFUSED);
	{
		struct skep_engine *engine = skep_engine_new(NULL);
		int listener = skep_engine_listen(engine, path);

		assert_true(listener >= 0);
		assert_int_equal(skep_engine_listen(engine, path), -EADDRINUSE);
		close(listener);
		skep_engine_free(engine);
	}
	unlink(path);
	rmdir(dir);
	close(ready[0]);
	close(ready[1]);
}

static void instances_are_listed_newest_first(void **state)
{
	char dir[] = "/tmp/skep-run-XXXXXX", first[108], second[108], stale[108], sub[64];
	struct skep_engine *engine = skep_engine_new(NULL);
	struct skep_instance *list;
	struct stat st;
	int a, b, c;

	assert_non_null(mkdtemp(dir));
	setenv("XDG_RUNTIME_DIR", dir, 1);
	assert_int_equal(skep_instance_path(11, first, sizeof(first)), 0);
	assert_int_equal(skep_instance_path(12, stale, sizeof(stale)), 0);
	assert_int_equal(skep_instance_path(13, second, sizeof(second)), 0);
	a = skep_engine_listen(engine, first);
	c = skep_engine_listen(engine, stale);
	close(c);
	usleep(20000);
	b = skep_engine_listen(engine, second);
	assert_true(a >= 0 && b >= 0);
	snprintf(sub, sizeof(sub), "%s/skep", dir);
	assert_int_equal(stat(sub, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(first, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(skep_instances(&list) >= 2); /* others of this user may run */
	assert_int_equal(list[0].pid, 13);
	assert_string_equal(list[0].path, second);
	assert_int_equal(list[1].pid, 11);
	assert_int_equal(access(stale, F_OK), -1);
	free(list);
	/* A directory that others can enter is no place for a socket. */
	chmod(sub, 0755);
	assert_int_equal(skep_engine_listen(engine, stale), -EPERM);
	close(a);
	close(b);
	unlink(first);
	unlink(second);
	rmdir(sub);
	rmdir(dir);
	unsetenv("XDG_RUNTIME_DIR");
	skep_engine_free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_closes_the_connection),
		cmocka_unit_test(nonsense_is_survived),
		cmocka_unit_test(huge_lengths_are_refused),
		cmocka_unit_test(many_clients_at_once),
		cmocka_unit_test(bad_addresses_are_errors),
		cmocka_unit_test(a_ring_that_is_mapped_over_the_wire),
		cmocka_unit_test(an_engine_that_dies_is_noticed),
		cmocka_unit_test(instances_are_listed_newest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
