/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables that an engine keeps of its objects: made and freed with the engine (sys/engine.c). */
#ifndef SKEP_OBJECT_TABLE_H
#define SKEP_OBJECT_TABLE_H

#include "engine/object/object.h"

struct handle_table;
struct object_table;
struct pin_table;

/* NULL with errno. */
struct object_table *object_table_new(void);
void object_table_free(struct object_table *table);

struct handle_table *handle_table_new(void);
/* Close the kept ends and drop the references; descriptors of callers become inert. */
void handle_table_drop(struct handle_table *table);
void handle_table_free(struct handle_table *table);
int handle_table_reap_fd(const struct handle_table *table);
/* Drop the references of handles whose descriptors were closed everywhere. */
void handle_reap(struct skep_engine *engine);

/* Pins: what a bpffs holds. Paths are absolute and compared as text. 0, -EEXIST or -ENOMEM; a reference is taken. */
struct pin_table *pin_table_new(void);
void pin_table_drop(struct pin_table *table); /* remove all pins */
void pin_table_free(struct pin_table *table);
int pin_add(struct skep_engine *engine, const char *path, struct obj *obj);
/* The object with a reference, or NULL with errno ENOENT. */
struct obj *pin_get(struct skep_engine *engine, const char *path);
int pin_remove(struct skep_engine *engine, const char *path); /* 0 or -ENOENT */

/* References as handles and pins hold them: when the last goes, ops->release runs. */
void obj_user_get(struct obj *obj);
void obj_user_put(struct obj *obj);

#endif
