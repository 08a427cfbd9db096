/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run says at its end: programs (runs, time, losses), the capture's verdicts, and what is in the maps. */
#include <skep/door.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/objects.h"
#include "cli/run.h"
#include "common/btf/value.h"
#include "common/uapi/bpf.h"

struct prog_figures {
	u64 runs, ns, lost;
};

static u32 map_id(struct run *run, const struct skep_map *map)
{
	struct bpf_map_info info;

	memset(&info, 0, sizeof(info));
	return object_info(run->door, skep_map_fd(map), &info, sizeof(info)) ? 0 : info.id;
}

/* Samples that the perf buffers which this program writes to have lost. */
static u64 lost_of(struct run *run, const u32 *map_ids, u32 n)
{
	u64 lost = 0;

	for (u32 i = 0; i < run->buffer_cnt; i++) {
		u32 id = run->buffers[i].perf ? map_id(run, run->buffers[i].map) : 0;

		for (u32 k = 0; id && k < n; k++)
			if (map_ids[k] == id)
				lost += skep_perf_buffer_lost(run->buffers[i].perf);
	}
	return lost;
}

static struct prog_figures figures(struct run *run, const struct skep_program *prog)
{
	struct prog_figures f = {0};
	struct bpf_prog_info info;
	u32 ids[64];

	memset(&info, 0, sizeof(info));
	info.map_ids = ptr_to_u64(ids);
	info.nr_map_ids = ARRAY_SIZE(ids);
	if (object_info(run->door, skep_program_fd(prog), &info, sizeof(info)))
		return f;
	f.runs = info.run_cnt;
	f.ns = info.run_time_ns;
	f.lost = lost_of(run, ids, min_of(info.nr_map_ids, (u32)ARRAY_SIZE(ids)));
	return f;
}

static void programs(struct run *run, struct json *j)
{
	struct skep_program *prog = NULL;

	if (j)
		json_key_begin(j, "programs", '[');
	else
		printf("\n%-24s %10s %10s %10s\n", "program", "runs", "ns/run", "lost");
	while ((prog = skep_object_next_program(run->obj, prog))) {
		struct prog_figures f;

		if (skep_program_fd(prog) < 0)
			continue;
		f = figures(run, prog);
		if (j) {
			json_begin(j, '{');
			json_key_str(j, "name", skep_program_name(prog));
			json_key_uint(j, "runs", f.runs);
			json_key_uint(j, "run_time_ns", f.ns);
			json_key_uint(j, "lost", f.lost);
			json_end(j, '}');
		} else {
			printf("%-24s %10llu %10llu %10llu\n", skep_program_name(prog), (unsigned long long)f.runs,
			       (unsigned long long)(f.runs ? f.ns / f.runs : 0), (unsigned long long)f.lost);
		}
	}
	if (j)
		json_end(j, ']');
}

static const char *const verdict_names[] = {"aborted", "dropped", "passed", "sent back", "redirected", "other"};
static const char *const verdict_keys[] = {"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT", "other"};

static void capture(struct run *run, struct json *j)
{
	const struct skep_pcap_stats *s = &run->pcap_stats;
	u64 each = s->packets ? s->run_ns / s->packets : 0;

	if (j) {
		json_key_begin(j, "capture", '{');
		json_key_uint(j, "packets", s->packets);
		json_key_uint(j, "bytes", s->bytes);
		json_key_uint(j, "ns_per_packet", each);
		json_key_begin(j, "verdicts", '{');
		for (size_t i = 0; i < ARRAY_SIZE(verdict_keys); i++)
			json_key_uint(j, verdict_keys[i], s->verdict[i]);
		json_end(j, '}');
		json_end(j, '}');
		return;
	}
	printf("\n%s: %llu packets, %llu bytes, %llu ns/packet\n", run->pcap, (unsigned long long)s->packets,
	       (unsigned long long)s->bytes, (unsigned long long)each);
	for (size_t i = 0; i < ARRAY_SIZE(verdict_names); i++)
		if (s->verdict[i])
			printf("  %-12s %-10s %10llu\n", verdict_keys[i], verdict_names[i], (unsigned long long)s->verdict[i]);
}

/* ---- maps ---- */

struct map_print {
	struct run *run;
	const struct skep_map *map;
	const struct btf *btf;
	u32 key_type, value_type;
	struct json *j;
	u64 shown, more;
};

static bool is_per_cpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static void add_value(const struct map_print *p, u32 type, const void *data, size_t size, struct strbuf *out)
{
	if (p->btf && type) {
		btf_value_text(p->btf, type, data, size, BTF_TEXT_VALUE, out);
		return;
	}
	for (size_t i = 0; i < size; i++)
		strbuf_addf(out, "%s%02x", i ? " " : "", ((const u8 *)data)[i]);
}

static void json_value(const struct map_print *p, u32 type, const void *data, size_t size)
{
	if (p->btf && type) {
		btf_value_json(p->btf, type, data, size, BTF_VALUE_JSON, p->j);
		return;
	}
	json_begin(p->j, '[');
	for (size_t i = 0; i < size; i++)
		json_uint(p->j, ((const u8 *)data)[i]);
	json_end(p->j, ']');
}

static bool all_zero(const u8 *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i])
			return false;
	return true;
}

static void text_per_cpu(const struct map_print *p, const u8 *value, struct strbuf *line)
{
	u32 size = skep_map_value_size(p->map), step = (size + 7) & ~7U;
	bool any = false;

	for (int cpu = 0; cpu < skep_nr_possible_cpus(); cpu++) {
		if (all_zero(value + (size_t)cpu * step, size))
			continue;
		strbuf_addf(line, "%scpu %d: ", any ? "; " : "", cpu);
		add_value(p, p->value_type, value + (size_t)cpu * step, size, line);
		any = true;
	}
	if (!any)
		strbuf_adds(line, "0 on every cpu");
}

static void json_element(const struct map_print *p, const void *key, const u8 *value)
{
	u32 size = skep_map_value_size(p->map), step = (size + 7) & ~7U;

	json_begin(p->j, '{');
	json_key(p->j, "key");
	json_value(p, p->key_type, key, skep_map_key_size(p->map));
	if (!is_per_cpu(skep_map_type(p->map))) {
		json_key(p->j, "value");
		json_value(p, p->value_type, value, size);
	} else {
		json_key_begin(p->j, "values", '[');
		for (int cpu = 0; cpu < skep_nr_possible_cpus(); cpu++) {
			json_begin(p->j, '{');
			json_key_int(p->j, "cpu", cpu);
			json_key(p->j, "value");
			json_value(p, p->value_type, value + (size_t)cpu * step, size);
			json_end(p->j, '}');
		}
		json_end(p->j, ']');
	}
	json_end(p->j, '}');
}

/* Global variables: one a line, as `name = value`. */
static void text_variables(const struct map_print *p, const void *value)
{
	const struct btf_type *t = btf_type(p->btf, p->value_type);
	u32 size = skep_map_value_size(p->map);

	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *v = &btf_secinfos(t)[i];
		const struct btf_type *var = btf_type(p->btf, v->type);
		struct strbuf line = STRBUF_INIT;

		if (v->offset > size || v->size > size - v->offset || btf_kind(var) != BTF_KIND_VAR)
			continue;
		strbuf_addf(&line, "  %s = ", btf_name(p->btf, v->type));
		btf_value_text(p->btf, var->type, (const u8 *)value + v->offset, v->size, BTF_TEXT_VALUE, &line);
		puts(strbuf_str(&line));
		strbuf_free(&line);
	}
}

static bool has_variables(const struct map_print *p)
{
	const struct btf_type *t = p->btf ? btf_type(p->btf, p->value_type) : NULL;

	return t && btf_kind(t) == BTF_KIND_DATASEC;
}

static int print_element(void *ctx, const void *key, const void *value)
{
	struct map_print *p = ctx;
	struct strbuf line = STRBUF_INIT;

	if (p->shown == p->run->map_entries) {
		p->more++;
		return 0;
	}
	p->shown++;
	if (p->j) {
		json_element(p, key, value);
		return 0;
	}
	if (has_variables(p)) {
		text_variables(p, value);
		return 0;
	}
	strbuf_adds(&line, "  ");
	if (!skep_map_is_internal(p->map)) {
		add_value(p, p->key_type, key, skep_map_key_size(p->map), &line);
		strbuf_adds(&line, " -> ");
	}
	if (is_per_cpu(skep_map_type(p->map)))
		text_per_cpu(p, value, &line);
	else
		add_value(p, p->value_type, value, skep_map_value_size(p->map), &line);
	puts(strbuf_str(&line));
	strbuf_free(&line);
	return 0;
}

/* Maps whose elements are values that programs left, rather than buffers, programs, other maps, or constants. */
static bool has_elements(const struct skep_map *map)
{
	switch (skep_map_type(map)) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		return skep_map_fd(map) >= 0 && strncmp(skep_map_name(map), ".rodata", 7) && strcmp(skep_map_name(map), ".kconfig");
	default:
		return false;
	}
}

/* Where variables lie in a data map is settled when the object is loaded: the engine's types know, the object's do not. */
static struct btf *loaded_types(struct run *run, const struct skep_map *map, u32 *value_type)
{
	struct bpf_map_info info;

	memset(&info, 0, sizeof(info));
	if (!skep_map_is_internal(map) || object_info(run->door, skep_map_fd(map), &info, sizeof(info)) || !info.btf_id)
		return NULL;
	*value_type = info.btf_value_type_id;
	return object_btf(run->door, info.btf_id);
}

static void one_map(struct run *run, const struct skep_map *map, struct json *j)
{
	struct map_print p = {
		.run = run,
		.map = map,
		.btf = skep_object_btf(run->obj),
		.key_type = skep_map_btf_key_type(map),
		.value_type = skep_map_btf_value_type(map),
		.j = j,
	};
	struct btf *loaded = loaded_types(run, map, &p.value_type);

	if (j) {
		json_begin(j, '{');
		json_key_str(j, "name", skep_map_name(map));
		json_key_str(j, "type", map_type_name(skep_map_type(map)));
		json_key_begin(j, "elements", '[');
	} else {
		printf("\nmap %s (%s)\n", skep_map_name(map), map_type_name(skep_map_type(map)));
	}
	if (loaded)
		p.btf = loaded;
	skep_map_for_each(map, print_element, &p);
	btf_free(loaded);
	if (j) {
		json_end(j, ']');
		json_key_uint(j, "not_shown", p.more);
		json_end(j, '}');
	} else if (p.more) {
		printf("  ... and %llu more (--entries N)\n", (unsigned long long)p.more);
	} else if (!p.shown) {
		puts("  empty");
	}
}

static void maps(struct run *run, struct json *j)
{
	struct skep_map *map = NULL;

	if (j)
		json_key_begin(j, "maps", '[');
	while ((map = skep_object_next_map(run->obj, map)))
		if (has_elements(map))
			one_map(run, map, j);
	if (j)
		json_end(j, ']');
}

void run_summary(struct run *run)
{
	struct strbuf text = STRBUF_INIT;
	struct json json = {.out = &text, .pretty = run->cli->pretty}, *j = run->cli->json ? &json : NULL;

	if (j) {
		json_begin(j, '{');
		json_key_str(j, "event", "summary");
		json_key_uint(j, "version", 1);
	}
	programs(run, j);
	if (run->have_pcap)
		capture(run, j);
	maps(run, j);
	if (j) {
		json_end(j, '}');
		puts(strbuf_str(&text));
	}
	strbuf_free(&text);
}
