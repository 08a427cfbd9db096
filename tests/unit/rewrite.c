/* SPDX-License-Identifier: BSD-2-Clause */
/* The patch engine and each rewrite: what they make, and that it computes the same. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "common/isa/asm.h"
#include "common/isa/disasm.h"
#include "engine/interp/interp.h"
#include "engine/maps/map.h"
#include "engine/rewrite/passes.h"
#include "engine/rewrite/patch.h"
#include "engine/rewrite/rewrite.h"
#include "engine/types/skb.h"
#include "engine/verifier/insn_aux.h"

static const struct prog_type_ops plain_ops;

/* A program as the verifier leaves it when every instruction was seen. */
static struct bpf_prog *prog_of(const char *text)
{
	struct bpf_prog *prog = calloc(1, sizeof(*prog));
	struct asm_error err = {0};

	assert_non_null(prog);
	if (asm_text(text, NULL, &prog->insns, &prog->insn_cnt, &err))
		fail_msg("line %u: %s", err.line, err.text);
	prog->aux = calloc(prog->insn_cnt, sizeof(*prog->aux));
	prog->ops = &plain_ops;
	for (u32 i = 0; i < prog->insn_cnt; i++) {
		prog->aux[i].seen = true;
		prog->aux[i].orig_idx = i;
	}
	return prog;
}

static void add_subprogs(struct bpf_prog *prog, u32 n, const u32 *starts)
{
	prog->subprogs = calloc(n, sizeof(*prog->subprogs));
	prog->func_info = calloc(n, sizeof(*prog->func_info));
	prog->subprog_cnt = prog->func_info_cnt = n;
	for (u32 i = 0; i < n; i++) {
		prog->subprogs[i].start = prog->func_info[i].insn_off = starts[i];
		prog->subprogs[i].end = i + 1 < n ? starts[i + 1] : prog->insn_cnt;
		prog->func_info[i].type_id = 100 + i;
	}
}

static void add_lines(struct bpf_prog *prog, u32 n, const u32 *offs)
{
	prog->line_info = calloc(n, sizeof(*prog->line_info));
	prog->line_info_cnt = n;
	for (u32 i = 0; i < n; i++)
		prog->line_info[i] = (struct bpf_line_info){.insn_off = offs[i], .line_col = 100 + i};
}

static void prog_done(struct bpf_prog *prog)
{
	free(prog->insns);
	free(prog->aux);
	free(prog->subprogs);
	free(prog->func_info);
	free(prog->line_info);
	free(prog->calls);
	free(prog);
}

static void dead(struct bpf_prog *prog, u32 from, u32 n)
{
	for (u32 i = from; i < from + n; i++)
		prog->aux[i].seen = false;
}

/* The program's text must be this, one instruction a line. */
static void expect_text(const struct bpf_prog *prog, const char *text)
{
	struct disasm_opts opts = disasm_for_asm;
	struct strbuf sb = STRBUF_INIT;

	opts.no_opcode = true;
	for (u32 i = 0; i < prog->insn_cnt; i += insn_slots(&prog->insns[i])) {
		disasm_insn(&sb, &prog->insns[i], &opts);
		strbuf_addc(&sb, '\n');
	}
	assert_string_equal(strbuf_str(&sb), text);
	strbuf_free(&sb);
}

static const struct bpf_insn nop = {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 3, .src_reg = 3};

static void jumps_calls_and_references_follow(void **state)
{
	struct bpf_prog *prog = prog_of("r1 = 1\n"
					"if r1 == 1 goto over\n"
					"back: r2 = 0x123456789 ll\n"
					"call sub\n"
					"r3 = func sub\n"
					"if r1 > 9 goto back\n"
					"over: gotol end\n"
					"end: exit\n"
					"sub: r0 = 0\n"
					"exit\n");
	struct patch_list list = PATCH_LIST(prog);
	const u32 starts[] = {0, 10};
	struct bpf_insn three[3] = {nop, nop, prog->insns[1]};

	add_subprogs(prog, 2, starts);
	patch_replace(&list, 1, three, 3, 2);
	patch_replace(&list, 2, &nop, 1, PATCH_KEEP_NONE);
	patch_replace(&list, 10, three, 2, PATCH_KEEP_NONE);
	assert_int_equal(patches_apply(&list), 0);
	expect_text(prog, "r1 = 1\n"
			  "r3 = r3\n"
			  "r3 = r3\n"
			  "if r1 == 0x1 goto pc+5\n"
			  "r3 = r3\n"
			  "call pc+5\n"
			  "r3 = func pc+4\n"
			  "if r1 > 0x9 goto pc-5\n"
			  "gotol pc+0\n"
			  "exit\n"
			  "r3 = r3\n"
			  "r3 = r3\n"
			  "exit\n");
	assert_int_equal(prog->subprogs[1].start, 11);
	assert_int_equal(prog->subprogs[1].end, 14);
	assert_int_equal(prog->func_info[1].insn_off, 11);
	assert_int_equal(prog->aux[3].orig_idx, 1);
	prog_done(prog);
}

static void a_jump_that_becomes_too_far_is_an_error(void **state)
{
	struct bpf_prog *prog = prog_of("if r1 == 0 goto end\nr2 = r2\nend: exit\n");
	struct patch_list list = PATCH_LIST(prog);
	struct bpf_insn *many = calloc(40000, sizeof(*many));

	for (u32 i = 0; i < 40000; i++)
		many[i] = nop;
	patch_replace(&list, 1, many, 32767, PATCH_KEEP_NONE);
	assert_int_equal(patches_apply(&list), 0);
	assert_int_equal(prog->insns[0].off, 32767);
	patch_replace(&list, 1, many, 2, PATCH_KEEP_NONE);
	assert_int_equal(patches_apply(&list), -ERANGE);
	assert_int_equal(prog->insn_cnt, 32769); /* as it was */
	free(many);
	prog_done(prog);
}

static void patches_come_in_order(void **state)
{
	struct bpf_prog *prog = prog_of("r1 = 1\nr2 = 2\nexit\n");
	struct patch_list list = PATCH_LIST(prog);

	patch_replace(&list, 1, &nop, 1, PATCH_KEEP_NONE);
	patch_replace(&list, 0, &nop, 1, PATCH_KEEP_NONE);
	assert_int_equal(patches_apply(&list), -EINVAL);
	patch_remove(&list, 2, 2);
	assert_int_equal(patches_apply(&list), -EINVAL);
	expect_text(prog, "r1 = 1\nr2 = 2\nexit\n");
	prog_done(prog);
}

static void lines_move_to_what_is_left_of_them(void **state)
{
	struct bpf_prog *prog = prog_of("r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\nexit\nr0 = 0\nexit\n");
	const u32 starts[] = {0, 6}, lines[] = {0, 1, 2, 4, 5, 6};
	struct patch_list list = PATCH_LIST(prog);

	add_subprogs(prog, 2, starts);
	add_lines(prog, 6, lines);
	patch_remove(&list, 1, 2); /* the second of these lines still has instruction 3 */
	patch_remove(&list, 4, 1); /* its line has nothing left */
	assert_int_equal(patches_apply(&list), 0);
	assert_int_equal(prog->line_info_cnt, 4);
	assert_int_equal(prog->line_info[0].line_col, 100);
	assert_int_equal(prog->line_info[1].line_col, 102);
	assert_int_equal(prog->line_info[1].insn_off, 1);
	assert_int_equal(prog->line_info[2].line_col, 104);
	assert_int_equal(prog->line_info[2].insn_off, 2);
	assert_int_equal(prog->line_info[3].line_col, 105);
	assert_int_equal(prog->line_info[3].insn_off, 3);
	prog_done(prog);
}

static void dead_code_goes_with_its_function(void **state)
{
	struct bpf_prog *prog = prog_of("r0 = 0\n"
					"if r0 == 0 goto live\n"
					"call unused\n"
					"r1 = 0x1 ll\n"
					"live: call used\n"
					"if r0 != 0 goto no\n"
					"exit\n"
					"no: r0 = 7\n"
					"exit\n"
					"unused: r0 = 1\n"
					"exit\n"
					"used: r0 = 2\n"
					"exit\n");
	const u32 starts[] = {0, 10, 12}, lines[] = {0, 2, 5, 8, 10, 12};

	add_subprogs(prog, 3, starts);
	add_lines(prog, 6, lines);
	prog->aux[5].subprog = 2;
	dead(prog, 2, 3);
	dead(prog, 8, 4);
	assert_int_equal(rewrite_prog(prog), 0);
	expect_text(prog, "r0 = 0\n"
			  "call pc+1\n"
			  "exit\n"
			  "r0 = 2\n"
			  "exit\n");
	assert_int_equal(prog->subprog_cnt, 2);
	assert_int_equal(prog->subprogs[1].start, 3);
	assert_int_equal(prog->func_info_cnt, 2);
	assert_int_equal(prog->func_info[1].type_id, 102);
	assert_int_equal(prog->aux[1].subprog, 1);
	assert_int_equal(prog->line_info_cnt, 3);
	assert_int_equal(prog->line_info[2].line_col, 105);
	prog_done(prog);
}

static void a_function_that_nothing_enters_leaves_no_address(void **state)
{
	struct bpf_prog *prog = prog_of("r2 = func unused\n"
					"r3 = func used\n"
					"r0 = 0\n"
					"exit\n"
					"unused: r0 = 1\n"
					"exit\n"
					"used: r0 = 2\n"
					"exit\n");
	const u32 starts[] = {0, 6, 8};

	add_subprogs(prog, 3, starts);
	prog->aux[2].subprog = 2;
	dead(prog, 6, 2);
	assert_int_equal(rewrite_prog(prog), 0);
	expect_text(prog, "r2 = 0x0\n"
			  "r3 = func pc+3\n"
			  "r0 = 0\n"
			  "exit\n"
			  "r0 = 2\n"
			  "exit\n");
	assert_int_equal(prog->aux[2].subprog, 1);
	prog_done(prog);
}

/* A type whose context fields lie elsewhere: an 8-byte field at 0 is at 16, a 4-byte field at 8 at 4. */
static u32 moved_convert(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
			 struct bpf_prog *prog, u32 *target_size)
{
	assert_int_equal(BPF_MODE(insn->code), BPF_MEM);
	out[0] = nop;
	out[1] = *insn;
	out[1].off = insn->off == 0 ? 16 : 4;
	*target_size = insn->off == 0 ? 8 : 4;
	return 2;
}

static const struct prog_type_ops moved_ops = {.convert_ctx_access = moved_convert};

static u64 run_checked(const struct bpf_prog *prog, void *mem, size_t len)
{
	struct strbuf err = STRBUF_INIT;
	u64 r0 = 0;

	if (interp_run_checked(prog->insns, prog->insn_cnt, mem, len, 100000, &r0, &err))
		fail_msg("%s", strbuf_str(&err));
	strbuf_free(&err);
	return r0;
}

static void parts_of_context_fields_are_loaded(void **state)
{
	static const struct {
		const char *text;
		u32 field;
		u64 r0;
	} cases[] = {
	    {"r0 = *(u64 *)(r1 + 0)\nexit\n", 8, 0x8877665544332211},
	    {"r0 = *(u32 *)(r1 + 0)\nexit\n", 8, 0x44332211},
	    {"r0 = *(u32 *)(r1 + 4)\nexit\n", 8, 0x88776655},
	    {"r0 = *(u16 *)(r1 + 6)\nexit\n", 8, 0x8877},
	    {"r0 = *(u8 *)(r1 + 3)\nexit\n", 8, 0x44},
	    {"r0 = *(u32 *)(r1 + 8)\nexit\n", 4, 0xccddeeff},
	    {"r0 = *(u16 *)(r1 + 10)\nexit\n", 4, 0xccdd},
	    {"r0 = *(u8 *)(r1 + 9)\nexit\n", 4, 0xee},
	    {"r0 = *(s32 *)(r1 + 8)\nexit\n", 4, 0xffffffffccddeeff},
	    {"r0 = *(s8 *)(r1 + 11)\nexit\n", 4, 0xffffffffffffffcc},
	    {"r0 = *(s16 *)(r1 + 0)\nexit\n", 8, 0x2211},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u8 mem[24] = {0, 0, 0, 0, 0xff, 0xee, 0xdd, 0xcc, 0,	0,    0,    0,
			      0, 0, 0, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
		struct bpf_prog *prog = prog_of(cases[i].text);

		prog->ops = &moved_ops;
		prog->aux[0].ptr_type = PTR_TO_CTX;
		prog->aux[0].ctx_field_size = cases[i].field;
		assert_int_equal(rewrite_prog(prog), 0);
		assert_int_equal(run_checked(prog, mem, sizeof(mem)), cases[i].r0);
		prog_done(prog);
	}
}

static void context_stores_are_converted(void **state)
{
	struct bpf_prog *prog = prog_of("*(u32 *)(r1 + 8) = 7\nr0 = 0\nexit\n");
	u32 mem[6] = {0};

	prog->ops = &moved_ops;
	prog->aux[0].ptr_type = PTR_TO_CTX;
	assert_int_equal(rewrite_prog(prog), 0);
	run_checked(prog, mem, sizeof(mem));
	assert_int_equal(mem[1], 7);
	prog_done(prog);
}

static int direct_value(struct bpf_map *map, u64 *addr, u32 off)
{
	*addr = 0x1122334400000000 + off;
	return 0;
}

static void immediates_become_addresses(void **state)
{
	struct bpf_prog *prog =
	    prog_of("r1 = map_fd 3\nr2 = map_value 3+4\nr3 = btf_id 9\nr4 = 0x5 ll\nr0 = 0\nexit\n");
	const struct map_ops ops = {.direct_value = direct_value};
	struct bpf_map map = {.ops = &ops};

	prog->aux[0].map = prog->aux[2].map = &map;
	prog->aux[2].map_off = 4;
	prog->aux[4].const_value = 0xdead0000beef;
	assert_int_equal(rewrite_prog(prog), 0);
	assert_int_equal(insn_imm64(&prog->insns[0]), ptr_to_u64(&map));
	assert_int_equal(prog->insns[0].src_reg, BPF_PSEUDO_MAP_FD);
	assert_int_equal(insn_imm64(&prog->insns[2]), 0x1122334400000004);
	assert_int_equal(insn_imm64(&prog->insns[4]), 0xdead0000beef);
	assert_int_equal(insn_imm64(&prog->insns[6]), 5);
	prog_done(prog);
}

static u64 fn_a(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return 1;
}
static u64 fn_b(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return 2;
}

static void call_targets_are_listed_once(void **state)
{
	struct bpf_prog *prog = prog_of("call 7\ncall 5\ncall 7\ncall 12\nr0 = 0\nexit\n");
	const struct bpf_func_proto a = {.fn = fn_a}, b = {.fn = fn_b};

	prog->aux[0].proto = prog->aux[2].proto = &a;
	prog->aux[1].proto = &b;
	assert_int_equal(rewrite_prog(prog), 0);
	assert_int_equal(prog->call_cnt, 2);
	assert_int_equal(prog->insns[0].imm, 0);
	assert_int_equal(prog->insns[1].imm, 1);
	assert_int_equal(prog->insns[2].imm, 0);
	assert_ptr_equal(prog->calls[1].fn, fn_b);
	assert_int_equal(prog->calls[1].id, 5);
	assert_int_equal(prog->insns[3].code, BPF_JMP | BPF_TAIL_CALL);
	prog_done(prog);
}

static void what_has_no_body_is_refused(void **state)
{
	struct bpf_prog *helper = prog_of("call 7\nexit\n"), *kfunc = prog_of("call kfunc#0\nexit\n"), *sock;

	assert_int_equal(rewrite_prog(helper), -EOPNOTSUPP);
	assert_int_equal(rewrite_prog(kfunc), -EOPNOTSUPP);
	sock = prog_of("r0 = *(u32 *)(r1 + 0)\nexit\n");
	sock->aux[0].ptr_type = PTR_TO_TCP_SOCK;
	assert_int_equal(rewrite_prog(sock), -EOPNOTSUPP);
	prog_done(helper);
	prog_done(kfunc);
	prog_done(sock);
}

static void stale_pointers_are_probed(void **state)
{
	struct bpf_prog *prog = prog_of("r0 = *(u32 *)(r1 + 8)\nr2 = *(s8 *)(r1 + 8)\nr3 = *(u32 *)(r1 + 8)\nexit\n");

	prog->aux[0].probe_mem = prog->aux[1].probe_mem = true;
	assert_int_equal(rewrite_prog(prog), 0);
	assert_int_equal(prog->insns[0].code, BPF_LDX | BPF_PROBE_MEM | BPF_W);
	assert_int_equal(prog->insns[1].code, BPF_LDX | BPF_PROBE_MEMSX | BPF_B);
	assert_int_equal(prog->insns[2].code, BPF_LDX | BPF_MEM | BPF_W);
	prog_done(prog);
}

/* Run `r6 = r1; r7 = 7; LOAD; r0 += 0; exit` on a packet of 8 bytes behind a link header of 4. */
static u64 packet_load(const char *load)
{
	static u8 frame[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct bpf_skb skb = {.skb = {.head = frame, .data = frame + 4, .len = 8, .network_header = 6}};
	char text[200];
	struct bpf_prog *prog;
	struct interp_prog *code;
	u64 r0;

	snprintf(text, sizeof(text), "r6 = r1\nr7 = 4294967297 ll\n%s\nr0 += 100000\nexit\n", load);
	prog = prog_of(text);
	assert_int_equal(rewrite_prog(prog), 0);
	code = interp_compile(prog);
	assert_non_null(code);
	r0 = interp_run(code, &skb.skb);
	interp_free(code);
	prog_done(prog);
	return r0;
}

static void packet_loads_read_the_packet_or_end(void **state)
{
	assert_int_equal(packet_load("r0 = *(u8 *)skb[7]"), 100012);
	assert_int_equal(packet_load("r0 = *(u16 *)skb[6]"), 100000 + 0x0b0c);
	assert_int_equal(packet_load("r0 = *(u32 *)skb[0]"), 100000 + 0x05060708);
	assert_int_equal(packet_load("r0 = *(u8 *)skb[8]"), 0);
	assert_int_equal(packet_load("r0 = *(u32 *)skb[5]"), 0);
	assert_int_equal(packet_load("r0 = *(u8 *)skb[2147483647]"), 0);
	assert_int_equal(packet_load("r0 = *(u8 *)skb[r7 + 1]"), 100007); /* 32 bits of r7 count */
	assert_int_equal(packet_load("r0 = *(u8 *)skb[-1]"), 0);
	assert_int_equal(packet_load("r0 = *(u8 *)skb[-1048575]"), 100008); /* SKF_NET_OFF + 1 */
	assert_int_equal(packet_load("r0 = *(u8 *)skb[-2097152]"), 100001); /* SKF_LL_OFF */
}

static u64 seed = 88172645463325252ULL;

static u32 rnd(u32 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u32)(seed >> 33) % n;
}

/* Forward jumps and arithmetic on r0. */
static struct bpf_prog *random_prog(void)
{
	u32 n = 5 + rnd(40);
	struct strbuf sb = STRBUF_INIT;
	struct bpf_prog *prog;

	strbuf_adds(&sb, "r0 = 1\n");
	for (u32 i = 1; i < n; i++)
		switch (rnd(4)) {
		case 0:
			strbuf_addf(&sb, "if w0 & %u goto pc+%u\n", 1U << rnd(8), rnd(n - i));
			break;
		case 1:
			strbuf_addf(&sb, "r0 ^= %u\n", rnd(1000));
			break;
		default:
			strbuf_addf(&sb, "r0 *= %u\n", 2 * rnd(1000) + 1);
		}
	strbuf_adds(&sb, "r0 ^= 9\nexit\n");
	prog = prog_of(strbuf_str(&sb));
	strbuf_free(&sb);
	return prog;
}

static void many_patches_keep_the_meaning(void **state)
{
	for (u32 round = 0; round < 2000; round++) {
		struct bpf_prog *prog = random_prog();
		struct patch_list list = PATCH_LIST(prog);
		u64 before = run_checked(prog, NULL, 0);

		for (u32 i = 0; i < prog->insn_cnt; i++) {
			struct bpf_insn out[8];
			u32 n = rnd(6), keep = rnd(n + 1);

			if (rnd(2))
				continue;
			for (u32 j = 0; j <= n; j++)
				out[j] = j == keep ? prog->insns[i] : nop;
			patch_replace(&list, i, out, n + 1, keep);
		}
		assert_int_equal(patches_apply(&list), 0);
		assert_int_equal(run_checked(prog, NULL, 0), before);
		for (u32 i = 0; i < prog->insn_cnt; i++) /* and what does nothing can go again */
			if (!memcmp(&prog->insns[i], &nop, sizeof(nop)) && rnd(3))
				patch_remove(&list, i, 1);
		assert_int_equal(patches_apply(&list), 0);
		assert_int_equal(rewrite_nops(prog), 0);
		assert_int_equal(run_checked(prog, NULL, 0), before);
		prog_done(prog);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(jumps_calls_and_references_follow),
	    cmocka_unit_test(a_jump_that_becomes_too_far_is_an_error),
	    cmocka_unit_test(patches_come_in_order),
	    cmocka_unit_test(lines_move_to_what_is_left_of_them),
	    cmocka_unit_test(dead_code_goes_with_its_function),
		cmocka_unit_test(a_function_that_nothing_enters_leaves_no_address),
	    cmocka_unit_test(parts_of_context_fields_are_loaded),
	    cmocka_unit_test(context_stores_are_converted),
	    cmocka_unit_test(immediates_become_addresses),
	    cmocka_unit_test(call_targets_are_listed_once),
	    cmocka_unit_test(what_has_no_body_is_refused),
	    cmocka_unit_test(stale_pointers_are_probed),
	    cmocka_unit_test(packet_loads_read_the_packet_or_end),
	    cmocka_unit_test(many_patches_keep_the_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
