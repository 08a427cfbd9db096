/* SPDX-License-Identifier: BSD-2-Clause */
/* Every kind of BTF that a compiler makes. Compiled by clang -target bpf in the tests of common/btf. */
struct __attribute__((btf_decl_tag("tag \"quoted\""))) tagged {
	int a : 3;
	unsigned long b : 7;
	char c[3];
	float f;
	double d;
} __attribute__((packed));

enum e32 { A = 1, B = -1, C = 0x7fffffff };
enum u32 { U = 0xffffffffU };
enum u64 { L = 0x123456789abcULL };
enum s64 { M = -0x123456789abcLL };

struct tagged x = {};
enum e32 e32 = A;
enum u32 u32;
enum u64 u64;
enum s64 s64;
static volatile const int q = 3;
extern int ext;
extern const void kernel_symbol __attribute__((weak, section(".ksyms")));

struct forward;
union forward_u;
struct forward *p;
union forward_u *pu;
int __attribute__((btf_type_tag("user"))) *tagged_pointer;
int *restrict rp;
_Bool flag;
int (*variadic)(int, ...);
const volatile int cv[2][3];

extern int kfunc(int) __attribute__((section(".ksyms")));

__attribute__((noinline)) static int local(int a, const char *fmt, ...)
{
	return a + q;
}

__attribute__((section("tp/x"))) int program(void *ctx __attribute__((btf_decl_tag("arg"))))
{
	return local((long)ctx, "") + ext + kfunc(3) + (long)&kernel_symbol + q;
}
