/* SPDX-License-Identifier: BSD-2-Clause */
/* Layouts that are hard to say in C from BTF alone. Compiled by clang -target bpf in the tests of common/btf. */
struct packed2 {
	char a;
	long b;
} __attribute__((packed, aligned(2)));
struct packed_bits {
	char a : 5;
	char b : 5;
	int c : 20;
	long d : 50;
	char e;
} __attribute__((packed));
struct packed_hole {
	char a;
	int b;
	int c __attribute__((aligned(4)));
	long d;
} __attribute__((packed));
struct tail {
	char c;
} __attribute__((aligned(32)));
struct holds_tail {
	char a;
	struct tail t;
	char b;
	struct packed2 p;
};
union wide {
	char c;
	short s;
} __attribute__((aligned(16)));
union packed_union {
	int a;
	struct {
		char x;
		long y;
	} __attribute__((packed)) s;
} __attribute__((packed));
struct nothing {
	int : 32;
	int : 5;
};
struct bits_then {
	unsigned a : 4;
	char b;
	unsigned c : 4;
	short d;
	unsigned : 3;
	unsigned e : 7;
	unsigned long f : 1;
	unsigned long : 0;
	unsigned long g : 2;
	int h;
};
enum __attribute__((packed)) e8 { X1, X2 };
enum __attribute__((packed)) e16 { Y1 = 300 };
enum e64 { Z = 1ULL << 40 };
struct enums {
	enum e8 a;
	enum e16 b;
	enum e64 c;
	enum e8 d : 3;
	enum e64 e : 41;
};
struct __int128_holder {
	char c;
	__int128 i;
	unsigned __int128 u;
};

struct packed2 g1;
struct packed_bits g2;
struct packed_hole g3;
struct tail g4;
struct holds_tail g5;
union wide g6;
union packed_union g7;
struct nothing g8;
struct bits_then g9;
struct enums g10;
struct __int128_holder g11;
