/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_POSITION_H
#define SCHEMA_POSITION_H
/* Where schemas may stand inside a document: an $id in an enum is data, one below `properties` is a
 * name, one in a subschema identifies. */
#include <stddef.h>
#include "schema/registry.h"
enum position {
	POSITION_NONE,       /* data, or a keyword nobody knows */
	POSITION_SCHEMA,
	POSITION_MAP,        /* an object whose values are schemas */
	POSITION_LIST,       /* an array of schemas */
	POSITION_ONE_OR_LIST,/* a schema or an array of them (items) */
	POSITION_API,        /* OpenAPI outside schemas */
	POSITION_COMPONENTS  /* OpenAPI components */
};
/* position_root - of a document in this dialect. */
enum position position_root(enum dialect d);
/* position_below - of the member key (or, for arrays, key NULL) of something at p. */
enum position position_below(enum dialect d, enum position p, const char *key, size_t n);
#endif
