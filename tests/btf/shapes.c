/* SPDX-License-Identifier: BSD-2-Clause */
/* Shapes of declarations that a C dump must give back. Compiled by clang -target bpf in the tests of common/btf. */
struct list {
	struct list *next, *prev;
};
struct b;
typedef struct b b_t;
typedef int (*cb_t)(struct b *, const char *, ...);
typedef unsigned int u32;
typedef struct {
	int a;
	union {
		int x;
		float y;
	};
	struct {
		int z : 3;
		int : 4;
		unsigned w : 9;
	} named;
} anon_td;

struct b {
	b_t *self;
	cb_t cb;
	struct list l;
	anon_td t;
	void (*arr[4])(int);
	int (*(*pp)(int))[3];
	const char *const name;
	volatile u32 v;
	int m[2][3];
	int flex[];
};

struct s {
	int *restrict *rr;
	const int *const volatile *cvp;
	int (*fparr[2][3])(void);
	void (*(*sigp)(int, void (*)(int)))(int);
	const volatile int cv;
	int (*parr)[4];
	const int carr[3];
	int *const cp[2];
	const char *const *const cc;
	struct {
		int a;
	} *anonp;
	enum { EA, EB } en;
	struct {
		int q;
	} aarr[2];
	union {
		int u;
	} *const *cu[3];
	int (*noargs)();
	int (*va)(int, ...);
	void *v;
	struct s *(*ret)(struct s *, const struct s);
	char pk;
	struct {
		char c;
		int i;
	} __attribute__((packed)) pin;
	int last;
};

typedef int (*ret_t)(void (*cb)(int a, char b), int (*arr)[3], int (*)[4]);
typedef const struct s cs_t;
typedef struct {
	int a;
} *anon_ptr_t;
typedef __builtin_va_list va;
typedef struct list list;
typedef int arr_t[5];
typedef void fn_t(int, arr_t *);
typedef enum { TA, TB } te;

enum named { NA = -1, NB };
struct packed {
	char a;
	int b;
	short c;
} __attribute__((packed));
struct aligned {
	int a;
	long b __attribute__((aligned(32)));
};
struct bf {
	int a : 3;
	long b : 40;
	int c : 1;
	char d;
	unsigned e : 31;
	long long f : 3;
	_Bool g : 1;
};
struct bits {
	unsigned a : 1;
	unsigned : 0;
	unsigned b : 1;
	unsigned long c : 33;
	char d : 2;
	short e : 9;
	_Bool f : 1;
	unsigned long g : 41;
};
struct empty {};
struct hole {
	char a;
	struct empty e;
	char b[0];
	long c;
};
union uu {
	int a;
	struct {
		char x, y;
	} s;
	struct b *bp;
};
struct flexible {
	int n;
	struct {
		char x;
		int y;
	} items[];
};
struct selfref {
	struct selfref *a;
	struct other *b;
	struct selfref *(*f)(struct other2 *);
};
typedef struct later later_t;
struct uses_later {
	later_t *l;
};
struct later {
	struct uses_later u;
	later_t *n;
};

struct b gb, gbb = {.name = 0};
struct s gs;
ret_t r;
cs_t *pcs;
anon_ptr_t ap;
va gva;
te gt;
enum named en;
struct packed gp;
struct aligned ga;
struct bf gbf;
struct bits gbits;
struct empty ge;
struct hole gh;
union uu gu;
fn_t *gfn;
arr_t garr;
__int128 gi;
list *gl;
struct flexible *gflex;
struct selfref gsr;
struct later glater;

int fn(struct in_proto *p)
{
	return 0;
}
