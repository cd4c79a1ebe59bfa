/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_DETECT_H
#define COMPILER_DETECT_H
/*
 * Which entity a file has. A file has an entity when its header holds every required column under its
 * exact name; whether its values and keys hold, too, is file_check's business. Nothing is guessed: a
 * synonym or a near name is a finding with a way out, not a match.
 */
#include "types/kind.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct catalog;
struct compile;
struct entity;
struct file_facts;

enum column_match { COLUMN_MISSING, COLUMN_EXACT, COLUMN_RENAMED };

struct entity_match {
	const struct entity *entity;
	const struct file_facts *file;
	const enum column_match *how; /* [entity->ncolumns] */
	const char *const *found;     /* [entity->ncolumns] the file's column, NULL when missing */
	size_t nrequired;
	size_t nexact;   /* of the required ones */
	size_t nrenamed; /* of the required ones */
	size_t nmatched; /* of all columns, exactly */
};

/* entity_compare - hold a file's columns against an entity's. Cost: columns × columns. */
void entity_compare(struct arena *a, const struct file_facts *file, const struct entity *entity,
    struct entity_match *out);
/* entity_is_full - every required column is there by its exact name, and there is at least one. */
bool entity_is_full(const struct entity_match *m);
/*
 * entity_detect - the entity that the file's header says it has; NULL when none or when two fit equally
 * well. Entities without columns are never detected. For lists of files; plans use bindings.
 */
const struct entity *entity_detect(struct arena *a, const struct catalog *catalog,
    const struct file_facts *file);

/*
 * file_check - is this file what the plan needs? Queues a finding for everything that is not so.
 *
 * entity: NULL: any
 * kinds:  [nkinds] accepted
 * Returns true when nothing was found. Asks the port for rows only when the profile says no.
 */
bool file_check(struct compile *c, const struct file_facts *file, const struct entity *entity,
    const enum kind *kinds, size_t nkinds);
/* file_base - the last part of a path. */
const char *file_base(const char *path);
/* kinds_words - "`table.csv` or `table.tsv`". */
const char *kinds_words(struct arena *a, const enum kind *kinds, size_t n);
#endif
