/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_JSCHEMA_NODE_H
#define TYPES_JSCHEMA_NODE_H
/* A compiled schema, between jschema.c (which makes it) and jschema_check.c. Inside types/ only. */
#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/jx.h"
struct arena;

#define JSCHEMA_DEPTH_MAX 128u /* of schemas in schemas, of $ref chains, of instance levels */

struct property {
	const char *name;
	struct jschema *schema;
};
struct jschema {
	const char *pointer; /* in the schema document */
	bool is_false;
	unsigned types; /* bit per enum jx_type, and TYPE_INTEGER; 0: any */
	const struct jx *enumeration;
	const struct jx *constant;
	const struct jx *minimum, *maximum;
	const struct jx *above, *below;  /* exclusiveMinimum, exclusiveMaximum */
	int64_t length_min, length_max;  /* -1: none */
	int64_t items_min, items_max;
	int64_t members_min, members_max;
	bool is_unique;
	pcre2_code *pattern;
	const char *pattern_text;
	const char *format; /* "date" or "date-time" */
	struct jschema *items;
	const struct property *properties; /* [nproperties] */
	size_t nproperties;
	struct jschema *additional;  /* NULL: anything */
	const char *const *required; /* [nrequired] */
	size_t nrequired;
	struct jschema *const *any_of, *const *one_of, *const *all_of;
	size_t nany_of, none_of, nall_of;
	struct jschema *not_;
	struct jschema *ref;
	unsigned char mark; /* while loops are searched: 1 on the way, 2 done */
};
#define TYPE_INTEGER (1u << JX__COUNT)

/* jschema_pointer - pointer + "/" + key, escaped as RFC 6901 asks. */
const char *jschema_pointer(struct arena *a, const char *pointer, const char *key);
#endif
