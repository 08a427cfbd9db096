/* SPDX-License-Identifier: BSD-2-Clause */
/* A map whose values have every type that a value can have. Compiled by clang -target bpf in the tests of common/btf. */
#define SEC(n) __attribute__((section(n), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) __typeof__(val) *name

typedef unsigned int u32;
typedef int (*fn_t)(int);

enum color { RED, GREEN = 5, NEG = -3 };
enum big { SMALL = 1, BIG = 0x123456789abcULL };

struct in {
	int x;
	char c;
};

struct key {
	u32 pid;
	char comm[16];
};

struct val {
	char ch;
	signed char sch;
	unsigned char uch;
	short sh;
	unsigned short ush;
	int i;
	u32 u;
	long l;
	unsigned long ul;
	_Bool b;
	char str[8];
	unsigned char bytes[4];
	int arr[3];
	struct in in;
	struct in ins[2];
	union {
		int ua;
		struct in ub;
	};
	void *p;
	fn_t fp;
	enum color col;
	enum color col2;
	enum big big;
	int b1 : 3;
	unsigned b2 : 5;
	unsigned long b3 : 40;
	const char *s;
	int m[2][2];
	__int128 i128;
	unsigned __int128 u128;
	struct {
		int anon;
	};
	char empty[0];
	struct {
	} es;
	volatile const int cv;
	char two[2][4];
};

struct {
	__uint(type, 1);
	__uint(max_entries, 64);
	__type(key, struct key);
	__type(value, struct val);
} values SEC(".maps");

char _license[] SEC("license") = "GPL";

static void *(*bpf_map_lookup_elem)(void *, const void *) = (void *)1;

SEC("socket") int program(void *ctx)
{
	struct key k = {};

	return bpf_map_lookup_elem(&values, &k) != 0;
}
