/* SPDX-License-Identifier: BSD-2-Clause */
/* PROG_LOAD and what is told of programs: attributes, names, BTF, func_info and line_info, info structs, tags. */
#include "tests/engine/both.h"

static const struct bpf_insn ret0[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
	{.code = BPF_JMP | BPF_EXIT},
};

static union bpf_attr load_attr(u32 type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = ptr_to_u64(ret0);
	attr.insn_cnt = ARRAY_SIZE(ret0);
	attr.license = ptr_to_u64("GPL");
	return attr;
}

static int load(struct both *t, union bpf_attr *attr)
{
	return T_bpf(t, BPF_PROG_LOAD, attr, sizeof(*attr));
}

static const u32 types[] = {
#define PROG_TYPE_OPS(name, ops) BPF_PROG_TYPE_##name,
#include "engine/types/types.def"
#undef PROG_TYPE_OPS
};

static void flags(struct both *t)
{
	for (u32 bit = 0; bit < 32; bit++) {
		union bpf_attr attr = load_attr(BPF_PROG_TYPE_SOCKET_FILTER);
		char label[32];

		if (1U << bit == BPF_F_TOKEN_FD)
			continue;
		attr.prog_flags = 1U << bit;
		snprintf(label, sizeof(label), "flag %#x", 1U << bit);
		T_NOTE_FD(t, label, load(t, &attr));
	}
}

/* Only some types may sleep, and one must; the log says so. */
static void sleeping(struct both *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (int sleepable = 0; sleepable < 2; sleepable++) {
			union bpf_attr attr = load_attr(types[i]);
			char log[4096] = "", label[4200];
			int fd;

			if (types[i] == BPF_PROG_TYPE_LSM || types[i] == BPF_PROG_TYPE_EXT || types[i] == BPF_PROG_TYPE_TRACING ||
			    types[i] == BPF_PROG_TYPE_STRUCT_OPS)
				continue;
			attr.prog_flags = sleepable ? BPF_F_SLEEPABLE : 0;
			attr.log_level = 1;
			attr.log_buf = ptr_to_u64(log);
			attr.log_size = sizeof(log);
			fd = load(t, &attr);
			snprintf(label, sizeof(label), "type %u: %s", types[i], fd < 0 ? log : "");
			T_NOTE_FD(t, label, fd);
		}
}

static void attach_types(struct both *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (u32 at = 0; at <= __MAX_BPF_ATTACH_TYPE + 2; at++) {
			union bpf_attr attr = load_attr(types[i]);

			/* What the running kernel's policy refuses tells nothing of attributes. */
			if (types[i] == BPF_PROG_TYPE_LSM || types[i] == BPF_PROG_TYPE_EXT || types[i] == BPF_PROG_TYPE_TRACING)
				continue;
			attr.expected_attach_type = at;
			T_NOTE(t, "type %u attach type %u", types[i], at);
			T_NOTE_FD(t, "load", load(t, &attr));
		}
}

static void odd_fields(struct both *t)
{
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);

	for (int i = 0; i < 23; i++) {
		union bpf_attr attr = load_attr(BPF_PROG_TYPE_SOCKET_FILTER);

		switch (i) {
		case 0:
			attr.prog_type = 0;
			break;
		case 1:
			attr.prog_type = 33;
			break;
		case 2:
			attr.prog_type = 0xffffffff;
			break;
		case 3:
			attr.insn_cnt = 0;
			break;
		case 4:
			attr.insn_cnt = 1000001;
			break;
		case 5:
			attr.license = 0;
			break;
		case 6:
			attr.insns = 0;
			break;
		case 7:
			attr.kern_version = 12345;
			break;
		case 8:
			attr.prog_ifindex = 1000000;
			break;
		case 9:
			attr.attach_btf_id = 1;
			break;
		case 10:
			attr.attach_prog_fd = (u32)map;
			break;
		case 11:
			attr.attach_prog_fd = 9999;
			break;
		case 12:
			attr.prog_btf_fd = 9999; /* nothing asks for it */
			break;
		case 13:
			attr.func_info_cnt = 1;
			break;
		case 14:
			attr.func_info_cnt = 1;
			attr.prog_btf_fd = (u32)map;
			break;
		case 15:
			attr.line_info_cnt = 1;
			break;
		case 16:
			attr.func_info_rec_size = 8;
			break;
		case 17:
			attr.log_level = 16;
			break;
		case 18:
			attr.log_size = 100;
			break;
		case 19:
			attr.log_buf = ptr_to_u64(&attr);
			break;
		case 20:
			attr.license = ptr_to_u64("a licence that is longer than the hundred and twenty-eight characters that the kernel "
						  "is willing to look at, which it cuts off without a word about it");
			break;
		case 21:
			attr.prog_type = BPF_PROG_TYPE_TRACING;
			break;
		case 22:
			attr.attach_btf_id = 0x100000;
			attr.prog_type = BPF_PROG_TYPE_TRACING;
			break;
		}
		T_NOTE(t, "%d", i);
		T_NOTE_FD(t, "load", load(t, &attr));
	}
	close(map);
}

static void names(struct both *t)
{
	static const char *const given[] = {"a", "a.b_C9", "fifteen_letters", "a b", "a-b", ""};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		union bpf_attr attr = load_attr(BPF_PROG_TYPE_XDP);
		struct bpf_prog_info info = {0};
		int fd;

		memcpy(attr.prog_name, given[i], strlen(given[i]));
		fd = load(t, &attr);
		if (fd >= 0 && !T_info(t, fd, &info, sizeof(info)))
			T_NOTE(t, "named '%s'", info.name);
		T_NOTE_FD(t, given[i], fd);
	}
}

static void licences(struct both *t)
{
	static const char *const given[] = {"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
					    "Proprietary", "", "gpl", "GPL ", "BSD", "MIT", "GPL v3", "GPLv2", "Apache-2.0"};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		union bpf_attr attr = load_attr(BPF_PROG_TYPE_SOCKET_FILTER);
		struct bpf_prog_info info = {0};
		int fd;

		attr.license = ptr_to_u64(given[i]);
		fd = load(t, &attr);
		T_IS(t, T_info(t, fd, &info, sizeof(info)), 0);
		T_NOTE(t, "'%s' gpl %d", given[i], info.gpl_compatible);
		close(fd);
	}
}

static void info_fields(struct both *t)
{
	union bpf_attr attr = load_attr(BPF_PROG_TYPE_XDP);
	struct bpf_prog_info info;
	struct bpf_insn insns[4];
	u8 tags[2][8] = {{0}};
	int fd;

	memcpy(attr.prog_name, "two_insns", 10);
	fd = load(t, &attr);
	if (!T_TRUE(t, fd >= 0))
		return;
	memset(&info, 0, sizeof(info));
	info.xlated_prog_len = sizeof(insns);
	info.xlated_prog_insns = ptr_to_u64(insns);
	info.nr_prog_tags = 2;
	info.prog_tags = ptr_to_u64(tags);
	T_IS(t, T_info(t, fd, &info, sizeof(info)), 0);
	T_TRUE(t, info.id > 0 && info.load_time > 0);
	T_NOTE(t, "type %u name %s tag %02x%02x%02x%02x%02x%02x%02x%02x xlated %u maps %u uid %u if %u gpl %d btf %u", info.type,
	       info.name, info.tag[0], info.tag[1], info.tag[2], info.tag[3], info.tag[4], info.tag[5], info.tag[6], info.tag[7],
	       info.xlated_prog_len, info.nr_map_ids, info.created_by_uid, info.ifindex, info.gpl_compatible, info.btf_id);
	T_NOTE(t, "func %u/%u line %u/%u jited rec %u tags %u runs %llu %llu %llu verified %u attach %u %u netns %llu", info.nr_func_info,
	       info.func_info_rec_size, info.nr_line_info, info.line_info_rec_size, info.jited_line_info_rec_size, info.nr_prog_tags,
	       (unsigned long long)info.run_time_ns, (unsigned long long)info.run_cnt, (unsigned long long)info.recursion_misses,
	       info.verified_insns, info.attach_btf_obj_id, info.attach_btf_id, (unsigned long long)info.netns_ino);
	T_NOTE(t, "insns %02x %02x, tag of the function %02x%02x", insns[0].code, insns[1].code, tags[0][0], tags[0][1]);
	for (u32 rec = 0; rec <= 24; rec += 8)
		for (u32 n = 0; n < 2; n++) {
			memset(&info, 0, sizeof(info));
			info.func_info_rec_size = rec;
			info.nr_func_info = n;
			T_NOTE(t, "func_info %u x %u: %d", n, rec, T_info(t, fd, &info, sizeof(info)));
			memset(&info, 0, sizeof(info));
			info.line_info_rec_size = rec;
			info.nr_line_info = n;
			T_NOTE(t, "line_info %u x %u: %d", n, rec, T_info(t, fd, &info, sizeof(info)));
		}
	for (u32 room = 0; room < 260; room += 4) {
		union bpf_attr ask;

		memset(&ask, 0, sizeof(ask));
		memset(&info, 0, sizeof(info));
		ask.info.bpf_fd = (u32)fd;
		ask.info.info_len = min_of(room, (u32)sizeof(info));
		ask.info.info = ptr_to_u64(&info);
		T_NOTE(t, "room %u: %d says %u", room, T_bpf(t, BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)), ask.info.info_len);
	}
	close(fd);
}

/* Types: 1 int, 2 int(void), 3 FUNC "main", 4 FUNC "sub". Strings: 1 int, 5 main, 10 sub, 14 a line. */
static int func_btf(struct both *t)
{
	static const char strings[] = "\0int\0main\0sub\0return 0;";
	static const u32 body[] = {
		1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, 0, BTF_KIND_FUNC_PROTO << 24, 1,
		5, BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL, 2, 10, BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC, 2,
	};
	struct {
		struct btf_header h;
		u32 body[ARRAY_SIZE(body)];
		char strings[sizeof(strings)];
	} raw = {.h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(raw.h), .type_len = sizeof(body),
		       .str_off = sizeof(body), .str_len = sizeof(strings)}};
	union bpf_attr attr;

	memcpy(raw.body, body, sizeof(body));
	memcpy(raw.strings, strings, sizeof(strings));
	memset(&attr, 0, sizeof(attr));
	attr.btf = ptr_to_u64(&raw);
	attr.btf_size = sizeof(raw.h) + sizeof(body) + sizeof(strings);
	return T_bpf(t, BPF_BTF_LOAD, &attr, sizeof(attr));
}

static const struct bpf_insn with_sub[] = {
	{.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 1},
	{.code = BPF_JMP | BPF_EXIT},
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 7},
	{.code = BPF_JMP | BPF_EXIT},
};

struct info_case {
	const char *name;
	struct bpf_func_info funcs[3];
	u32 nr_funcs;
	struct bpf_line_info lines[3];
	u32 nr_lines;
	u32 func_size, line_size; /* 0: right */
};

static const struct info_case info_cases[] = {
	{"right", {{0, 3}, {2, 4}}, 2, {{0, 14, 14, 1024}, {2, 14, 14, 2048}}, 2, 0, 0},
	{"functions only", {{0, 3}, {2, 4}}, 2, {{0}}, 0, 0, 0},
	{"lines only", {{0}}, 0, {{0, 14, 14, 1024}, {2, 14, 14, 2048}}, 2, 0, 0},
	{"one function", {{0, 3}}, 1, {{0}}, 0, 0, 0},
	{"three functions", {{0, 3}, {2, 4}, {3, 4}}, 3, {{0}}, 0, 0, 0},
	{"first not at 0", {{1, 3}, {2, 4}}, 2, {{0}}, 0, 0, 0},
	{"same offset", {{0, 3}, {0, 4}}, 2, {{0}}, 0, 0, 0},
	{"other offset", {{0, 3}, {3, 4}}, 2, {{0}}, 0, 0, 0},
	{"no such type", {{0, 3}, {2, 40}}, 2, {{0}}, 0, 0, 0},
	{"not a function", {{0, 3}, {2, 1}}, 2, {{0}}, 0, 0, 0},
	{"small records", {{0, 3}, {2, 4}}, 2, {{0}}, 0, 4, 0},
	{"odd records", {{0, 3}, {2, 4}}, 2, {{0}}, 0, 10, 0},
	{"large records", {{0, 3}, {2, 4}}, 2, {{0}}, 0, 256, 0},
	{"unknown tail", {{0, 3}, {2, 4}}, 2, {{0}}, 0, 12, 0},
	{"line twice", {{0, 3}, {2, 4}}, 2, {{0, 14, 14, 1}, {0, 14, 14, 1}}, 2, 0, 0},
	{"line beyond", {{0, 3}, {2, 4}}, 2, {{0, 14, 14, 1}, {2, 14, 14, 1}, {4, 14, 14, 1}}, 3, 0, 0},
	{"no line of sub", {{0, 3}, {2, 4}}, 2, {{0, 14, 14, 1}, {3, 14, 14, 1}}, 2, 0, 0},
	{"no line of main", {{0, 3}, {2, 4}}, 2, {{1, 14, 14, 1}, {2, 14, 14, 1}}, 2, 0, 0},
	{"no line at all behind", {{0, 3}, {2, 4}}, 2, {{0, 14, 14, 1}}, 1, 0, 0},
	{"no such string", {{0, 3}, {2, 4}}, 2, {{0, 14, 140, 1}, {2, 14, 14, 1}}, 2, 0, 0},
	{"no such file", {{0, 3}, {2, 4}}, 2, {{0, 140, 14, 1}, {2, 14, 14, 1}}, 2, 0, 0},
	{"small lines", {{0, 3}, {2, 4}}, 2, {{0, 14, 14, 1}, {2, 14, 14, 1}}, 2, 0, 12},
	{"unknown tail of lines", {{0, 3}, {2, 4}}, 2, {{0, 14, 14, 1}, {2, 14, 14, 1}}, 2, 0, 20},
};

static void func_and_line_info(struct both *t)
{
	int btf = func_btf(t);

	T_TRUE(t, btf >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(info_cases); i++) {
		const struct info_case *c = &info_cases[i];
		union bpf_attr attr = load_attr(BPF_PROG_TYPE_SOCKET_FILTER);
		struct bpf_prog_info info = {0};
		char log[4096] = "";
		int fd;

		attr.insns = ptr_to_u64(with_sub);
		attr.insn_cnt = ARRAY_SIZE(with_sub);
		attr.prog_btf_fd = (u32)btf;
		attr.func_info = ptr_to_u64(c->funcs);
		attr.func_info_cnt = c->nr_funcs;
		attr.func_info_rec_size = c->func_size ? c->func_size : sizeof(c->funcs[0]);
		attr.line_info = ptr_to_u64(c->lines);
		attr.line_info_cnt = c->nr_lines;
		attr.line_info_rec_size = c->line_size ? c->line_size : sizeof(c->lines[0]);
		attr.log_level = 1;
		attr.log_buf = ptr_to_u64(log);
		attr.log_size = sizeof(log);
		fd = load(t, &attr);
		if (fd < 0) {
			T_NOTE(t, "%s: %d func %u line %u log %s", c->name, fd, attr.func_info_rec_size, attr.line_info_rec_size, log);
			continue;
		}
		T_IS(t, T_info(t, fd, &info, sizeof(info)), 0);
		T_NOTE(t, "%s: loads, %u functions %u lines btf %d tags %u", c->name, info.nr_func_info, info.nr_line_info,
		       info.btf_id != 0, info.nr_prog_tags);
		close(fd);
	}
	close(btf);
}

/* The tag does not depend on descriptors; the dump names maps by id. */
static void tags_and_dumps(struct both *t)
{
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0), high = dup2(map, 150);
	struct bpf_map_info map_info = {0};

	T_IS(t, T_info(t, map, &map_info, sizeof(map_info)), 0);
	for (int i = 0; i < 2; i++) {
		const struct bpf_insn insns[] = {
			{.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = i ? high : map},
			{0},
			{.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_2, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = i ? high : map},
			{.imm = 4},
			{.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_0, .imm = 0x11223344},
			{.imm = 0},
			{.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_2},
			{.code = BPF_JMP | BPF_EXIT},
		};
		union bpf_attr attr = load_attr(BPF_PROG_TYPE_SOCKET_FILTER);
		struct bpf_insn dump[16] = {{0}};
		struct bpf_prog_info info = {0};
		u32 id = 0;
		int fd;

		attr.insns = ptr_to_u64(insns);
		attr.insn_cnt = ARRAY_SIZE(insns);
		fd = load(t, &attr);
		if (!T_TRUE(t, fd >= 0))
			break;
		info.xlated_prog_len = sizeof(dump);
		info.xlated_prog_insns = ptr_to_u64(dump);
		info.nr_map_ids = 1;
		info.map_ids = ptr_to_u64(&id);
		T_IS(t, T_info(t, fd, &info, sizeof(info)), 0);
		T_NOTE(t, "tag %02x%02x%02x%02x%02x%02x%02x%02x length %u maps %u", info.tag[0], info.tag[1], info.tag[2], info.tag[3],
		       info.tag[4], info.tag[5], info.tag[6], info.tag[7], info.xlated_prog_len, info.nr_map_ids);
		T_IS(t, id, map_info.id);
		T_IS(t, dump[0].imm, map_info.id);
		T_IS(t, dump[2].imm, map_info.id);
		T_NOTE(t, "map: src %u, %d; value: src %u, %d; plain: %#x", dump[0].src_reg, dump[1].imm, dump[2].src_reg, dump[3].imm,
		       dump[4].imm);
		close(fd);
	}
	close(map);
	close(high);
}

static void holding_maps(struct both *t)
{
	union bpf_attr attr = load_attr(BPF_PROG_TYPE_SOCKET_FILTER);
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), prog = load(t, &attr);
	struct bpf_map_info map_info = {0};
	struct bpf_prog_info info = {0};
	u32 ids[4] = {0};

	T_IS(t, T_info(t, map, &map_info, sizeof(map_info)), 0);
	for (int again = 0; again < 2; again++) {
		memset(&attr, 0, sizeof(attr));
		attr.prog_bind_map.prog_fd = (u32)prog;
		attr.prog_bind_map.map_fd = (u32)map;
		T_IS(t, T_bpf(t, BPF_PROG_BIND_MAP, &attr, sizeof(attr)), 0);
	}
	attr.prog_bind_map.flags = 1;
	T_IS(t, T_bpf(t, BPF_PROG_BIND_MAP, &attr, sizeof(attr)), -EINVAL);
	attr.prog_bind_map.flags = 0;
	attr.prog_bind_map.map_fd = (u32)prog;
	T_IS(t, T_bpf(t, BPF_PROG_BIND_MAP, &attr, sizeof(attr)), -EINVAL);
	info.nr_map_ids = 4;
	info.map_ids = ptr_to_u64(ids);
	T_IS(t, T_info(t, prog, &info, sizeof(info)), 0);
	T_IS(t, info.nr_map_ids, 1);
	T_IS(t, ids[0], map_info.id);
	close(map);
	memset(&attr, 0, sizeof(attr));
	attr.map_id = map_info.id;
	map = T_bpf(t, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	T_TRUE(t, map >= 0); /* the program holds it */
	close(map);
	close(prog);
}

static void statistics(struct both *t)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.enable_stats.type = 1;
	T_IS(t, T_bpf(t, BPF_ENABLE_STATS, &attr, sizeof(attr)), -EINVAL);
	attr.enable_stats.type = BPF_STATS_RUN_TIME;
	fd = T_bpf(t, BPF_ENABLE_STATS, &attr, sizeof(attr));
	T_TRUE(t, fd >= 0);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)fd;
	T_IS(t, T_bpf(t, BPF_MAP_FREEZE, &attr, 4), -EINVAL);
	close(fd);
}

static const struct both_case cases[] = {
	BOTH(flags), BOTH(sleeping), BOTH(attach_types), BOTH(odd_fields), BOTH(names), BOTH(licences),
	BOTH(info_fields), BOTH(func_and_line_info), BOTH(holding_maps), BOTH(tags_and_dumps), BOTH(statistics),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}
