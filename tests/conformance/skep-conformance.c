/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interpreter as a program, in the form in which conformance suites of the instruction set drive an implementation:
 * bytecode in hexadecimal on stdin (or as --program), memory in hexadecimal as the first argument, r0 in hexadecimal on stdout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/interp/interp.h"

#define MAX_TEXT (64U << 20)
#define DEFAULT_MAX_INSNS (1ULL << 28)

static const char usage[] =
	"usage: skep-conformance [MEMORY-HEX] [--program HEX] [--max-insns N] < PROGRAM-HEX\n"
	"Runs the eBPF bytecode with r1 = the memory and r2 = its length (both 0 without memory) and prints r0 in hexadecimal.\n";

static int fail(const char *text)
{
	fprintf(stderr, "skep-conformance: %s\n", text);
	return 1;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Bytes of a hexadecimal text with white space anywhere; NULL with *why set. */
static u8 *parse_hex(const char *text, size_t *len, const char **why)
{
	u8 *bytes = malloc(strlen(text) / 2 + 1);
	size_t digits = 0;

	*why = "out of memory";
	if (!bytes)
		return NULL;
	for (; *text; text++) {
		if (is_space(*text))
			continue;
		if (hex_digit(*text) < 0) {
			*why = "not a hexadecimal digit";
			free(bytes);
			return NULL;
		}
		bytes[digits / 2] = (u8)((digits & 1 ? bytes[digits / 2] << 4 : 0) | hex_digit(*text));
		digits++;
	}
	if (digits & 1) {
		*why = "an odd number of hexadecimal digits";
		free(bytes);
		return NULL;
	}
	*len = digits / 2;
	return bytes;
}

static char *read_stdin(void)
{
	struct strbuf sb = STRBUF_INIT;
	char buf[65536];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0 && sb.len < MAX_TEXT)
		strbuf_add(&sb, buf, n);
	strbuf_addc(&sb, '\n');
	return strbuf_detach(&sb);
}

static int run(const char *program, const char *memory, u64 max_insns)
{
	struct strbuf err = STRBUF_INIT;
	u8 *code = NULL, *mem = NULL;
	size_t code_len = 0, mem_len = 0;
	const char *why;
	u64 r0 = 0;
	int ret = 1;

	mem = parse_hex(memory, &mem_len, &why);
	if (!mem) {
		fprintf(stderr, "skep-conformance: memory: %s\n", why);
		goto out;
	}
	code = parse_hex(program, &code_len, &why);
	if (!code) {
		fprintf(stderr, "skep-conformance: program: %s\n", why);
		goto out;
	}
	if (code_len % sizeof(struct bpf_insn) || code_len / sizeof(struct bpf_insn) > UINT32_MAX) {
		fail("program: not a whole number of 8-byte instructions");
		goto out;
	}
	if (interp_run_checked((const struct bpf_insn *)code, (u32)(code_len / sizeof(struct bpf_insn)), mem, mem_len, max_insns, &r0,
			       &err) == 0) {
		printf("%llx\n", r0);
		ret = fflush(stdout) == 0 ? 0 : fail("cannot write the result");
	} else {
		fail(strbuf_str(&err));
	}
out:
	strbuf_free(&err);
	free(mem);
	free(code);
	return ret;
}

int main(int argc, char **argv)
{
	const char *memory = NULL, *program = NULL;
	u64 max_insns = DEFAULT_MAX_INSNS;
	_cleanup_free_ char *input = NULL;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			fputs(usage, stdout);
			return 0;
		}
		if (strcmp(argv[i], "--program") == 0 && i + 1 < argc) {
			program = argv[++i];
		} else if (strcmp(argv[i], "--max-insns") == 0 && i + 1 < argc) {
			char *end;

			max_insns = strtoull(argv[++i], &end, 0);
			if (*end || end == argv[i] || argv[i][0] == '-')
				return fail("--max-insns takes a number");
		} else if (argv[i][0] != '-' && !memory) {
			memory = argv[i];
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!program) {
		program = input = read_stdin();
		if (!input)
			return fail("out of memory");
	}
	return run(program, memory ? memory : "", max_insns);
}
