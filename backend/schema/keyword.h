/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_KEYWORD_H
#define SCHEMA_KEYWORD_H
/* The keywords that something is done with, one place for all who read schemas. */
#include <stddef.h>
#include "schema/registry.h"
enum keyword {
	KEYWORD_NONE, /* not one of ours, or unknown to the dialect */
#define K(id, name, since, until, form, group) KEYWORD_##id,
#include "schema/keywords.def"
#undef K
	KEYWORD__COUNT
};
/* What a value must be. */
enum form {
	FORM_ANY,
	FORM_SCHEMA,
	FORM_LIST,  /* of schemas, one at least */
	FORM_MAP,   /* of schemas */
	FORM_ITEMS, /* a schema or a list of them */
	FORM_DEPENDENCIES, /* a map of schemas or lists of names */
	FORM_NAME_LISTS,
	FORM_REQUIRED, /* a list of names */
	FORM_TYPE,
	FORM_ENUM,
	FORM_STRING,
	FORM_BOOLEAN,
	FORM_COUNT,
	FORM_NUMBER,
	FORM_POSITIVE,
	FORM_BOUND /* a number; in draft 4 and OpenAPI 3.0 a boolean */
};
/* keyword_find - what key means in a dialect. Cost: a handful of comparisons. */
enum keyword keyword_find(enum dialect d, const char *key, size_t n);
const char *keyword_name(enum keyword k);
enum form keyword_form(enum keyword k);
/* keyword_vocabulary - the VOCABULARY_ bit without which it says nothing; 0: it always does. */
unsigned keyword_vocabulary(enum keyword k);
/* dialect_age - 4 6 7 8 9, as in keywords.def. */
unsigned dialect_age(enum dialect d);
/* dialect_is_api - an OpenAPI or Swagger document? */
int dialect_is_api(enum dialect d);
/* dialect_ref_is_alone - are the members beside a $ref ignored? */
int dialect_ref_is_alone(enum dialect d);
#endif
