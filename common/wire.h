/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol by which an engine serves other processes (Unix stream socket, host byte order, one machine, one user).
 *
 * The client sends a request and then answers what the engine asks back (memory of the client, its descriptors) until the
 * reply comes; nothing else is ever sent to a client that is not waiting. A message is a struct wire_msg, `len` bytes of
 * payload, and `nr_fds` descriptors (SCM_RIGHTS) that come with the first byte. Lengths are bounded; whoever sees a message
 * that breaks a rule closes the connection.
 *
 *   client                          engine
 *   HELLO version               ->
 *                               <-  HELLO version
 *   BPF cmd, size, addr; attr   ->                      guesses at what will be wanted come along: chunks of memory, the descriptor
 *                               <-  READ addr, len      of what the guesses did not cover
 *   DATA                        ->
 *                               <-  WRITE addr; bytes   not answered: the client applies it; a failure makes the result -EFAULT
 *                               <-  REPLY ret [fd]
 */
#ifndef SKEP_WIRE_H
#define SKEP_WIRE_H

#include "common/util/util.h"

#define WIRE_MAGIC    0x70656b73U /* "skep" */
#define WIRE_VERSION  1
#define WIRE_MAX_LEN  (1U << 20) /* of a payload; longer memory goes in several READs and WRITEs */
#define WIRE_MAX_FDS  4
#define WIRE_MAX_PATH 4096

enum wire_op {
	/* client to engine; a[] as listed */
	WIRE_HELLO = 1,       /* version */
	WIRE_BPF,             /* cmd, size, addr of attr, length of attr's bytes in the payload, number of the descriptor that comes along; chunks follow attr */
	WIRE_PERF_EVENT_OPEN, /* addr of attr, pid, cpu, group_fd, flags */
	WIRE_IOCTL,           /* fd, request, arg */
	WIRE_MMAP,            /* length, prot, flags, fd, offset */
	WIRE_OPEN,            /* flags; payload: path */
	WIRE_UNLINK,          /* payload: path */
	/* engine to client */
	WIRE_READ = 32,       /* addr, len: answer DATA */
	WIRE_WRITE,           /* addr; payload: bytes */
	WIRE_TAKE,            /* fd: answer FD */
	WIRE_REPLY,           /* ret; a[0]: a descriptor comes along and is the result. MMAP: payload of struct wire_piece, one descriptor each */
	/* answers */
	WIRE_DATA = 64,       /* ret 0 and the bytes, or -EFAULT */
	WIRE_FD,              /* ret 0 and the descriptor, or -EBADF */
};

struct wire_msg {
	u32 magic;
	u32 op;
	u32 len;
	u32 nr_fds;
	s64 ret;
	u64 a[5];
};

/* Memory that a BPF request brings along, behind attr, each padded to eight bytes. */
struct wire_chunk {
	u64 addr;
	u32 len;
	u32 pad;
};
#define WIRE_MAX_CHUNKS 4

/* A piece of a mapping. */
struct wire_piece {
	u64 at;
	u64 len;
	u64 offset;
};

/*
 * Send one message; payload and fds may be NULL. 0 or -errno (-EPIPE when the other side is gone).
 * msg->len and msg->nr_fds say how much; magic is filled in.
 */
int wire_send(int sock, struct wire_msg *msg, const void *payload, const int *fds);
/* Receive a header and its descriptors (at most WIRE_MAX_FDS, which the caller owns). 0; -EPIPE at the end of the stream; -EPROTO for a
 * message that breaks the rules; -errno. */
int wire_recv(int sock, struct wire_msg *msg, int fds[WIRE_MAX_FDS]);
/* Receive n bytes of payload. */
int wire_recv_payload(int sock, void *dst, size_t n);
void wire_close_fds(const struct wire_msg *msg, const int *fds);

#endif
