/* SPDX-License-Identifier: BSD-2-Clause */
/* Pins: the engine's bpffs, a table of absolute paths that hold references. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/object/table.h"

struct pin {
	char *path;
	struct obj *obj;
	struct pin *next;
};

struct pin_table {
	pthread_mutex_t lock;
	struct pin *pins;
};

struct pin_table *pin_table_new(void)
{
	struct pin_table *table = calloc(1, sizeof(*table));

	if (table)
		pthread_mutex_init(&table->lock, NULL);
	return table;
}

static void pin_free(struct pin *pin)
{
	struct obj *obj = pin->obj;

	free(pin->path);
	free(pin);
	if (obj)
		obj_user_put(obj);
}

void pin_table_drop(struct pin_table *table)
{
	struct pin *pins;

	pthread_mutex_lock(&table->lock);
	pins = table->pins;
	table->pins = NULL;
	pthread_mutex_unlock(&table->lock);
	while (pins) {
		struct pin *pin = pins;

		pins = pin->next;
		pin_free(pin);
	}
}

void pin_table_free(struct pin_table *table)
{
	if (!table)
		return;
	pin_table_drop(table);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* Where the path's pin is linked, or the end of the list. */
static struct pin **pin_find(struct pin_table *table, const char *path)
{
	struct pin **p = &table->pins;

	while (*p && strcmp((*p)->path, path))
		p = &(*p)->next;
	return p;
}

int pin_add(struct skep_engine *engine, const char *path, struct obj *obj)
{
	struct pin_table *table = engine->pins;
	struct pin *pin = calloc(1, sizeof(*pin)), **at;
	int err = 0;

	if (pin)
		pin->path = strdup(path);
	if (!pin || !pin->path) {
		free(pin);
		return -ENOMEM;
	}
	pthread_mutex_lock(&table->lock);
	at = pin_find(table, path);
	if (*at) {
		err = -EEXIST;
	} else {
		obj_user_get(obj);
		pin->obj = obj;
		*at = pin;
	}
	pthread_mutex_unlock(&table->lock);
	if (err)
		pin_free(pin);
	return err;
}

struct obj *pin_get(struct skep_engine *engine, const char *path)
{
	struct pin_table *table = engine->pins;
	struct obj *obj = NULL;
	struct pin *pin;

	pthread_mutex_lock(&table->lock);
	pin = *pin_find(table, path);
	if (pin) {
		obj = pin->obj;
		obj_get(obj);
	}
	pthread_mutex_unlock(&table->lock);
	if (!obj)
		errno = ENOENT;
	return obj;
}

int pin_remove(struct skep_engine *engine, const char *path)
{
	struct pin_table *table = engine->pins;
	struct pin **at, *pin;

	pthread_mutex_lock(&table->lock);
	at = pin_find(table, path);
	pin = *at;
	if (pin)
		*at = pin->next;
	pthread_mutex_unlock(&table->lock);
	if (!pin)
		return -ENOENT;
	pin_free(pin);
	return 0;
}
