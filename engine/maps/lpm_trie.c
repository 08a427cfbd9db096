/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_LPM_TRIE: the longest prefix that matches. A binary trie without chains: a node stands for a prefix, its children
 * go on with a 0 or a 1; a node of no element ("fork") always has both. Nodes are numbered from 1.
 *
 * Writers hold the lock and keep `version` odd while they change anything; a reader that finds it odd, or changed after its walk,
 * walks again (and takes the lock after some tries). Every word of a node is written with release and read with acquire, so
 * a reader that saw a change sees the version of it too.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/maps/attr.h"
#include "engine/maps/copy.h"

#define KEY_HEADER 4 /* u32 prefixlen */
#define DATA_MAX 256
#define VALUE_MAX (4U << 20)
#define LOCKLESS_TRIES 8

struct lpm_node {
	u32 child[2];
	u32 prefixlen;
	u32 is_elem; /* else a fork; of a free node: the next one */
	u8 data[];   /* padded to 8, then the value */
};

struct lpm {
	map_lock_t lock;
	atomic_uint version;
	u32 root;
	u32 count;      /* elements */
	u32 free;       /* chain of free nodes */
	u32 untouched;  /* nodes above this one were never used */
	u32 data_size;
	u32 value_off;
	size_t node_size;
};

/* A key, padded. */
struct lpm_key {
	u32 prefixlen;
	u8 data[DATA_MAX];
};

static int lpm_alloc_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || !(attr->map_flags & BPF_F_NO_PREALLOC) ||
	    (attr->map_flags & ~(u32)(BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS)) || !map_access_flags_ok(attr->map_flags) ||
	    attr->key_size < KEY_HEADER + 1 || attr->key_size > KEY_HEADER + DATA_MAX || !attr->value_size || attr->value_size > VALUE_MAX)
		return -EINVAL;
	return 0;
}

static int lpm_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	struct lpm *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	if (map->max_entries > 0x7ffffff0U) {
		free(t);
		return -ENOMEM;
	}
	t->data_size = map->key_size - KEY_HEADER;
	t->value_off = (u32)(sizeof(struct lpm_node) + round_up_u64(t->data_size, 8));
	t->node_size = t->value_off + round_up_u64(map->value_size, 8);
	/* A fork for each element but one; node 0 is none; a replaced element needs both nodes at once. */
	err = map_alloc_segment(map, (2 * (size_t)map->max_entries + 2) * t->node_size, false);
	if (err)
		free(t);
	else
		map->priv = t;
	return err;
}

static void lpm_free(struct bpf_map *map)
{
	free(map->priv);
	map->priv = NULL;
	map_free_segment(map);
}

static struct lpm_node *node_at(const struct bpf_map *map, u32 i)
{
	const struct lpm *t = map->priv;

	return (struct lpm_node *)((char *)map->mem + i * t->node_size);
}

static void *node_value(const struct bpf_map *map, struct lpm_node *n)
{
	return (char *)n + ((const struct lpm *)map->priv)->value_off;
}

static u32 get(const u32 *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void set(u32 *word, u32 v)
{
	__atomic_store_n(word, v, __ATOMIC_RELEASE);
}

static u32 data_word(const struct lpm_node *n, u32 i)
{
	return __builtin_bswap32(get((const u32 *)(const void *)n->data + i));
}

static u32 key_word(const struct lpm_key *key, u32 i)
{
	u32 w;

	memcpy(&w, key->data + i * 4, 4);
	return __builtin_bswap32(w);
}

static void read_key(const struct bpf_map *map, const void *raw, struct lpm_key *key)
{
	const struct lpm *t = map->priv;

	memset(key, 0, sizeof(*key));
	memcpy(&key->prefixlen, raw, KEY_HEADER);
	memcpy(key->data, (const char *)raw + KEY_HEADER, t->data_size);
}

static u32 max_prefixlen(const struct bpf_map *map)
{
	return ((const struct lpm *)map->priv)->data_size * 8;
}

static u32 key_bit(const struct lpm_key *key, u32 i)
{
	return key->data[i / 8] >> (7 - i % 8) & 1;
}

/* Bits that key and node have in common, no more than either's prefix has. */
static u32 match(const struct lpm_node *n, const struct lpm_key *key)
{
	u32 limit = min_of(get(&n->prefixlen), key->prefixlen);

	for (u32 i = 0; i * 32 < limit; i++) {
		u32 differ = data_word(n, i) ^ key_word(key, i);

		if (differ)
			return min_of(limit, i * 32 + (u32)__builtin_clz(differ));
	}
	return limit;
}

static struct lpm_node *walk(const struct bpf_map *map, const struct lpm_key *key)
{
	const struct lpm *t = map->priv;
	u32 i = get(&t->root), max = max_prefixlen(map);
	struct lpm_node *found = NULL;

	/* No path is longer than the key has bits, but one that changes meanwhile may seem so. */
	for (u32 steps = 0; i && steps <= max; steps++) {
		struct lpm_node *n = node_at(map, i);
		u32 len = get(&n->prefixlen);

		if (match(n, key) < len)
			break;
		if (get(&n->is_elem))
			found = n;
		if (len >= max)
			break;
		i = get(&n->child[key_bit(key, len)]);
	}
	return found;
}

static void *lpm_lookup(struct bpf_map *map, const void *raw)
{
	struct lpm *t = map->priv;
	struct lpm_node *n = NULL;
	struct lpm_key key;
	bool sure = false;

	read_key(map, raw, &key);
	if (key.prefixlen > max_prefixlen(map))
		return NULL;
	for (u32 i = 0; !sure && i < LOCKLESS_TRIES; i++) {
		u32 version = atomic_load_explicit(&t->version, memory_order_acquire);

		n = walk(map, &key);
		sure = !(version & 1) && atomic_load_explicit(&t->version, memory_order_relaxed) == version;
	}
	if (!sure) {
		map_lock(&t->lock);
		n = walk(map, &key);
		map_unlock(&t->lock);
	}
	return n ? node_value(map, n) : NULL;
}

static int lpm_user_lookup(struct bpf_map *map, const void *raw, void *value, u64 flags)
{
	struct lpm *t = map->priv;
	struct lpm_node *n = NULL;
	struct lpm_key key;

	read_key(map, raw, &key);
	map_lock(&t->lock);
	if (key.prefixlen <= max_prefixlen(map))
		n = walk(map, &key);
	if (n)
		map_load(value, node_value(map, n), map->value_size);
	map_unlock(&t->lock);
	return n ? 0 : -ENOENT;
}

static void change_begin(struct lpm *t)
{
	map_lock(&t->lock);
	atomic_store_explicit(&t->version, atomic_load_explicit(&t->version, memory_order_relaxed) + 1, memory_order_relaxed);
}

static void change_end(struct lpm *t)
{
	atomic_store_explicit(&t->version, atomic_load_explicit(&t->version, memory_order_relaxed) + 1, memory_order_release);
	map_unlock(&t->lock);
}

static u32 node_new(struct bpf_map *map)
{
	struct lpm *t = map->priv;
	u32 i = t->free;

	if (i)
		t->free = get(&node_at(map, i)->is_elem);
	else
		i = ++t->untouched;
	return i;
}

static void node_free(struct bpf_map *map, u32 i)
{
	struct lpm *t = map->priv;

	set(&node_at(map, i)->is_elem, t->free);
	t->free = i;
}

static void node_fill(struct bpf_map *map, u32 i, const struct lpm_key *key, u32 prefixlen, const void *value)
{
	const struct lpm *t = map->priv;
	struct lpm_node *n = node_at(map, i);

	set(&n->child[0], 0);
	set(&n->child[1], 0);
	set(&n->prefixlen, prefixlen);
	for (u32 w = 0; w * 4 < t->data_size; w++)
		set((u32 *)(void *)n->data + w, __builtin_bswap32(key_word(key, w)));
	if (value)
		map_store(node_value(map, n), value, map->value_size);
	set(&n->is_elem, value != NULL);
}

/* The place in the trie where the key's prefix is or would be: the link that leads there, with *len bits matched there. */
static u32 *find_place(struct bpf_map *map, const struct lpm_key *key, u32 *len)
{
	struct lpm *t = map->priv;
	u32 *link = &t->root;

	*len = 0;
	while (*link) {
		struct lpm_node *n = node_at(map, *link);

		*len = match(n, key);
		if (*len != n->prefixlen || n->prefixlen == key->prefixlen)
			break;
		link = &n->child[key_bit(key, n->prefixlen)];
	}
	return link;
}

static int put_at(struct bpf_map *map, u32 *link, u32 len, const struct lpm_key *key, const void *value, u64 flags)
{
	struct lpm *t = map->priv;
	u32 there = *link, fresh, fork;
	struct lpm_node *n = there ? node_at(map, there) : NULL;
	bool exact = n && n->prefixlen == key->prefixlen && len == key->prefixlen;
	bool exists = exact && n->is_elem;

	if (exists && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!exists && flags == BPF_EXIST)
		return -ENOENT;
	if (!exists && t->count == map->max_entries)
		return -ENOSPC;
	t->count += !exists;
	fresh = node_new(map);
	node_fill(map, fresh, key, key->prefixlen, value);
	if (exact) {
		set(&node_at(map, fresh)->child[0], n->child[0]);
		set(&node_at(map, fresh)->child[1], n->child[1]);
		set(link, fresh);
		node_free(map, there);
	} else if (!n) {
		set(link, fresh);
	} else if (len == key->prefixlen) {
		set(&node_at(map, fresh)->child[n->data[len / 8] >> (7 - len % 8) & 1], there);
		set(link, fresh);
	} else {
		u32 bit = key_bit(key, len);

		fork = node_new(map);
		node_fill(map, fork, key, len, NULL);
		set(&node_at(map, fork)->child[bit], fresh);
		set(&node_at(map, fork)->child[!bit], there);
		set(link, fork);
	}
	return 0;
}

static int lpm_update(struct bpf_map *map, const void *raw, const void *value, u64 flags)
{
	struct lpm *t = map->priv;
	struct lpm_key key;
	u32 *link, len;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	read_key(map, raw, &key);
	if (key.prefixlen > max_prefixlen(map))
		return -EINVAL;
	change_begin(t);
	link = find_place(map, &key, &len);
	err = put_at(map, link, len, &key, value, flags);
	change_end(t);
	return err;
}

/* Take out the element at *link, whose parent stands at *parent_link (NULL: the root has none). */
static void remove_at(struct bpf_map *map, u32 *link, u32 *parent_link)
{
	u32 i = *link;
	struct lpm_node *n = node_at(map, i);

	if (n->child[0] && n->child[1]) {
		set(&n->is_elem, 0); /* it becomes a fork */
		return;
	}
	if (parent_link && !n->child[0] && !n->child[1] && !node_at(map, *parent_link)->is_elem) {
		u32 fork = *parent_link;
		struct lpm_node *f = node_at(map, fork);

		set(parent_link, f->child[0] == i ? f->child[1] : f->child[0]);
		node_free(map, fork);
	} else {
		set(link, n->child[0] ? n->child[0] : n->child[1]);
	}
	node_free(map, i);
}

static int lpm_delete(struct bpf_map *map, const void *raw)
{
	struct lpm *t = map->priv;
	u32 *link = &t->root, *parent = NULL;
	struct lpm_key key;
	int err = -ENOENT;

	read_key(map, raw, &key);
	if (key.prefixlen > max_prefixlen(map))
		return -EINVAL;
	change_begin(t);
	while (*link) {
		struct lpm_node *n = node_at(map, *link);
		u32 len = match(n, &key);

		if (len != n->prefixlen)
			break;
		if (n->prefixlen == key.prefixlen) {
			err = n->is_elem ? 0 : -ENOENT;
			break;
		}
		parent = link;
		link = &n->child[key_bit(&key, n->prefixlen)];
	}
	if (!err) {
		t->count--;
		remove_at(map, link, parent);
	}
	change_end(t);
	return err;
}

/* The first node in the order of get_next_key (children before their parent, 0 before 1) from node i down; 0 when i is 0. */
static u32 first_below(const struct bpf_map *map, u32 i)
{
	while (i) {
		const struct lpm_node *n = node_at(map, i);
		u32 next = n->child[0] ? n->child[0] : n->child[1];

		if (!next)
			break;
		i = next;
	}
	return i;
}

/* The element after the key's, or the first when the key is of none; 0: no more. With the lock held. */
static u32 next_elem(const struct bpf_map *map, const struct lpm_key *key)
{
	const struct lpm *t = map->priv;
	u32 path[DATA_MAX * 8 + 2], depth = 0, i = t->root;

	while (i) {
		const struct lpm_node *n = node_at(map, i);

		if (match(n, key) != n->prefixlen)
			return first_below(map, t->root);
		path[depth++] = i;
		if (n->prefixlen == key->prefixlen)
			break;
		i = n->child[key_bit(key, n->prefixlen)];
	}
	if (!i || !node_at(map, i)->is_elem)
		return first_below(map, t->root);
	while (--depth) {
		const struct lpm_node *parent = node_at(map, path[depth - 1]);

		if (path[depth] == parent->child[0] && parent->child[1])
			return first_below(map, parent->child[1]);
		if (parent->is_elem)
			return path[depth - 1];
	}
	return 0;
}

static int lpm_next_key(struct bpf_map *map, const void *raw, void *next_key)
{
	struct lpm *t = map->priv;
	struct lpm_key key = {0};
	u32 i;

	if (raw)
		read_key(map, raw, &key);
	map_lock(&t->lock);
	i = !raw || key.prefixlen > max_prefixlen(map) ? first_below(map, t->root) : next_elem(map, &key);
	if (i) {
		memcpy(next_key, &node_at(map, i)->prefixlen, KEY_HEADER);
		memcpy((char *)next_key + KEY_HEADER, node_at(map, i)->data, t->data_size);
	}
	map_unlock(&t->lock);
	return i ? 0 : -ENOENT;
}

const struct map_ops lpm_trie_map_ops = {
	.alloc_check = lpm_alloc_check,
	.alloc = lpm_alloc,
	.free = lpm_free,
	.lookup = lpm_lookup,
	.update = lpm_update,
	.delete = lpm_delete,
	.next_key = lpm_next_key,
	.user_lookup = lpm_user_lookup,
};
