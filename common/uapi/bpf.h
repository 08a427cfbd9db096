/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bpf(2) UAPI: constants, enums and layouts as the newest kernel that this project knows has them (6.18), so that a
 * build does not depend on the age of the installed <linux/bpf.h>. Names and values are facts of the UAPI; the enums are
 * made from the X-macro lists beside this file, which are the only place where commands, types and helpers are listed.
 *
 * It stands in for <linux/bpf.h>: the guard below makes a later inclusion of that header empty.
 */
#ifndef SKEP_UAPI_BPF_H
#define SKEP_UAPI_BPF_H

#if defined(__LINUX_BPF_H__)
#error "include uapi/bpf.h instead of <linux/bpf.h>"
#endif
#define __LINUX_BPF_H__

#include <linux/types.h>
#include <linux/bpf_common.h>

/* Instruction fields beyond those of <linux/bpf_common.h> (RFC 9669, sections 3 to 5). */
#define BPF_JMP32 0x06
#define BPF_ALU64 0x07
#define BPF_DW 0x18
#define BPF_MEMSX 0x80
#define BPF_ATOMIC 0xc0
#define BPF_XADD 0xc0
#define BPF_MOV 0xb0
#define BPF_ARSH 0xc0
#define BPF_END 0xd0
#define BPF_TO_LE 0x00
#define BPF_TO_BE 0x08
#define BPF_FROM_LE BPF_TO_LE
#define BPF_FROM_BE BPF_TO_BE
#define BPF_JNE 0x50
#define BPF_JLT 0xa0
#define BPF_JLE 0xb0
#define BPF_JSGT 0x60
#define BPF_JSGE 0x70
#define BPF_JSLT 0xc0
#define BPF_JSLE 0xd0
#define BPF_JCOND 0xe0
#define BPF_CALL 0x80
#define BPF_EXIT 0x90
#define BPF_FETCH 0x01
#define BPF_XCHG (0xe0 | BPF_FETCH)
#define BPF_CMPXCHG (0xf0 | BPF_FETCH)
#define BPF_LOAD_ACQ 0x100
#define BPF_STORE_REL 0x110

enum {
	BPF_REG_0,
	BPF_REG_1,
	BPF_REG_2,
	BPF_REG_3,
	BPF_REG_4,
	BPF_REG_5,
	BPF_REG_6,
	BPF_REG_7,
	BPF_REG_8,
	BPF_REG_9,
	BPF_REG_10,
	__MAX_BPF_REG,
};
#define MAX_BPF_REG __MAX_BPF_REG

/* One instruction slot: 8 bytes (RFC 9669, section 3). */
struct bpf_insn {
	__u8 code;
	__u8 dst_reg : 4;
	__u8 src_reg : 4;
	__s16 off;
	__s32 imm;
};

/* src_reg of a 64-bit immediate load, and of a call. */
#define BPF_PSEUDO_MAP_FD 1
#define BPF_PSEUDO_MAP_VALUE 2
#define BPF_PSEUDO_BTF_ID 3
#define BPF_PSEUDO_FUNC 4
#define BPF_PSEUDO_MAP_IDX 5
#define BPF_PSEUDO_MAP_IDX_VALUE 6
#define BPF_PSEUDO_CALL 1
#define BPF_PSEUDO_KFUNC_CALL 2

enum bpf_cmd {
#define BPF_COMMAND(name, value, text) BPF_##name = value,
#include "common/uapi/commands.def"
#undef BPF_COMMAND
	__MAX_BPF_CMD,
	BPF_PROG_RUN = BPF_PROG_TEST_RUN,
};

enum bpf_map_type {
#define BPF_MAP_TYPE(name, value, text) BPF_MAP_TYPE_##name = value,
#include "common/uapi/map_types.def"
#undef BPF_MAP_TYPE
	__MAX_BPF_MAP_TYPE,
};

enum bpf_prog_type {
#define BPF_PROG_TYPE(name, value, text) BPF_PROG_TYPE_##name = value,
#include "common/uapi/prog_types.def"
#undef BPF_PROG_TYPE
	__MAX_BPF_PROG_TYPE,
};

enum bpf_attach_type {
#define BPF_ATTACH_TYPE(name, value, text) BPF_##name = value,
#include "common/uapi/attach_types.def"
#undef BPF_ATTACH_TYPE
	__MAX_BPF_ATTACH_TYPE,
};
#define MAX_BPF_ATTACH_TYPE __MAX_BPF_ATTACH_TYPE

enum bpf_link_type {
#define BPF_LINK_TYPE(name, value, text) BPF_LINK_TYPE_##name = value,
#include "common/uapi/link_types.def"
#undef BPF_LINK_TYPE
	__MAX_BPF_LINK_TYPE,
};
#define MAX_BPF_LINK_TYPE __MAX_BPF_LINK_TYPE

enum bpf_func_id {
	BPF_FUNC_unspec = 0,
#define BPF_HELPER(name, id, ret, params) BPF_FUNC_##name = id,
#include "common/uapi/helpers.def"
#undef BPF_HELPER
	__BPF_FUNC_MAX_ID,
};

/* prog_flags of BPF_PROG_LOAD */
#define BPF_F_STRICT_ALIGNMENT (1U << 0)
#define BPF_F_ANY_ALIGNMENT (1U << 1)
#define BPF_F_TEST_RND_HI32 (1U << 2)
#define BPF_F_TEST_STATE_FREQ (1U << 3)
#define BPF_F_SLEEPABLE (1U << 4)
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#define BPF_F_XDP_DEV_BOUND_ONLY (1U << 6)
#define BPF_F_TEST_REG_INVARIANTS (1U << 7)

/* attach and query flags */
#define BPF_F_ALLOW_OVERRIDE (1U << 0)
#define BPF_F_ALLOW_MULTI (1U << 1)
#define BPF_F_REPLACE (1U << 2)
#define BPF_F_BEFORE (1U << 3)
#define BPF_F_AFTER (1U << 4)
#define BPF_F_ID (1U << 5)
#define BPF_F_PREORDER (1U << 6)
#define BPF_F_QUERY_EFFECTIVE (1U << 0)

/* flags of BPF_PROG_TEST_RUN */
#define BPF_F_TEST_RUN_ON_CPU (1U << 0)
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#define BPF_F_TEST_SKB_CHECKSUM_COMPLETE (1U << 2)

#define BPF_F_NETFILTER_IP_DEFRAG (1U << 0)

#define BPF_OBJ_NAME_LEN 16U
#define BPF_TAG_SIZE 8
#define BPF_BUILD_ID_SIZE 20
#define BPF_COMPLEXITY_LIMIT_INSNS 1000000
#define BPF_MAXINSNS 4096
#define MAX_BPF_STACK 512
#define MAX_TAIL_CALL_CNT 33
#define XDP_PACKET_HEADROOM 256
#define BPF_LINE_INFO_LINE_NUM(line_col) ((line_col) >> 10)
#define BPF_LINE_INFO_LINE_COL(line_col) ((line_col)&0x3ff)

/* element update flags */
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
	BPF_F_LOCK = 4,
};

/* map creation flags; BPF_F_RDONLY, BPF_F_WRONLY also open flags */
enum {
	BPF_F_NO_PREALLOC = 1,
	BPF_F_NO_COMMON_LRU = 2,
	BPF_F_NUMA_NODE = 4,
	BPF_F_RDONLY = 8,
	BPF_F_WRONLY = 16,
	BPF_F_STACK_BUILD_ID = 32,
	BPF_F_ZERO_SEED = 64,
	BPF_F_RDONLY_PROG = 128,
	BPF_F_WRONLY_PROG = 256,
	BPF_F_CLONE = 512,
	BPF_F_MMAPABLE = 1024,
	BPF_F_PRESERVE_ELEMS = 2048,
	BPF_F_INNER_MAP = 4096,
	BPF_F_LINK = 8192,
	BPF_F_PATH_FD = 16384,
	BPF_F_VTYPE_BTF_OBJ_FD = 32768,
	BPF_F_TOKEN_FD = 65536,
	BPF_F_SEGV_ON_FAULT = 131072,
	BPF_F_NO_USER_CONV = 262144,
};

/* bpf_perf_event_output and bpf_perf_event_read flags */
enum {
	BPF_F_INDEX_MASK = 4294967295ULL,
	BPF_F_CURRENT_CPU = 4294967295ULL,
	BPF_F_CTXLEN_MASK = 4503595332403200ULL,
};

/* bpf_ringbuf_* wakeup flags */
enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

/* bpf_ringbuf_query flags */
enum {
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_RING_SIZE = 1,
	BPF_RB_CONS_POS = 2,
	BPF_RB_PROD_POS = 3,
};

/* ring buffer record header */
enum {
	BPF_RINGBUF_BUSY_BIT = 2147483648,
	BPF_RINGBUF_DISCARD_BIT = 1073741824,
	BPF_RINGBUF_HDR_SZ = 8,
};

/* local storage flags */
enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
	BPF_SK_STORAGE_GET_F_CREATE = 1,
};

/* redirect flags */
enum {
	BPF_F_INGRESS = 1,
	BPF_F_BROADCAST = 8,
	BPF_F_EXCLUDE_INGRESS = 16,
};

/* bpf_get_stack and bpf_get_stackid flags */
enum {
	BPF_F_SKIP_FIELD_MASK = 255,
	BPF_F_USER_STACK = 256,
	BPF_F_FAST_STACK_CMP = 512,
	BPF_F_REUSE_STACKID = 1024,
	BPF_F_USER_BUILD_ID = 2048,
};

/* kprobe_multi link flags */
enum {
	BPF_F_KPROBE_MULTI_RETURN = 1,
};

/* uprobe_multi link flags */
enum {
	BPF_F_UPROBE_MULTI_RETURN = 1,
};

/* bpf_timer_start flags */
enum {
	BPF_F_TIMER_ABS = 1,
	BPF_F_TIMER_CPU_PIN = 2,
};

/* bpf_sysctl_get_name flags */
enum {
	BPF_F_SYSCTL_BASE_NAME = 1,
};

/* bpf_skb_store_bytes flags */
enum {
	BPF_F_RECOMPUTE_CSUM = 1,
	BPF_F_INVALIDATE_HASH = 2,
};

/* csum replace flags */
enum {
	BPF_F_HDR_FIELD_MASK = 15,
};

/* bpf_l4_csum_replace flags */
enum {
	BPF_F_PSEUDO_HDR = 16,
	BPF_F_MARK_MANGLED_0 = 32,
	BPF_F_MARK_ENFORCE = 64,
	BPF_F_IPV6 = 128,
};

/* bpf_loop limits */
enum {
	BPF_MAX_LOOPS = 8388608,
	BPF_MAX_TIMED_LOOPS = 65535,
};

/* bpf_fib_lookup flags */
enum {
	BPF_FIB_LOOKUP_DIRECT = 1,
	BPF_FIB_LOOKUP_OUTPUT = 2,
	BPF_FIB_LOOKUP_SKIP_NEIGH = 4,
	BPF_FIB_LOOKUP_TBID = 8,
	BPF_FIB_LOOKUP_SRC = 16,
	BPF_FIB_LOOKUP_MARK = 32,
};

/* bpf_csum_level */
enum {
	BPF_CSUM_LEVEL_QUERY = 0,
	BPF_CSUM_LEVEL_INC = 1,
	BPF_CSUM_LEVEL_DEC = 2,
	BPF_CSUM_LEVEL_RESET = 3,
};

/* bpf_skb_adjust_room flags */
enum {
	BPF_F_ADJ_ROOM_FIXED_GSO = 1,
	BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 = 2,
	BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 = 4,
	BPF_F_ADJ_ROOM_ENCAP_L4_GRE = 8,
	BPF_F_ADJ_ROOM_ENCAP_L4_UDP = 16,
	BPF_F_ADJ_ROOM_NO_CSUM_RESET = 32,
	BPF_F_ADJ_ROOM_ENCAP_L2_ETH = 64,
	BPF_F_ADJ_ROOM_DECAP_L3_IPV4 = 128,
	BPF_F_ADJ_ROOM_DECAP_L3_IPV6 = 256,
};


#include "common/uapi/bpf_attr.h"
#include "common/uapi/bpf_structs.h"

#endif
