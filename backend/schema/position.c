/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/position.h"

#include <stdbool.h>
#include <string.h>

#include "schema/keyword.h"

static bool
is(const char *key, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(key, word, n) == 0;
}

enum position
position_root(enum dialect d)
{
	return d == DIALECT_OAS30 || d == DIALECT_OAS31 || d == DIALECT_SWAGGER2 ? POSITION_API
										: POSITION_SCHEMA;
}

enum position
position_below(enum dialect d, enum position p, const char *key, size_t n)
{
	switch (p) {
	case POSITION_MAP: return key ? POSITION_SCHEMA : POSITION_NONE;
	case POSITION_LIST: return key ? POSITION_NONE : POSITION_SCHEMA;
	case POSITION_ONE_OR_LIST:
		if (!key)
			return POSITION_SCHEMA;
		break; /* an object: the schema itself */
	case POSITION_COMPONENTS:
		return key && is(key, n, "schemas") ? POSITION_MAP : POSITION_API;
	case POSITION_API:
		if (!key)
			return POSITION_API;
		if (is(key, n, "components"))
			return POSITION_COMPONENTS;
		if (is(key, n, "schema"))
			return POSITION_SCHEMA;
		if (is(key, n, "definitions"))
			return POSITION_MAP;
		return is(key, n, "example") || is(key, n, "examples") ? POSITION_NONE : POSITION_API;
	case POSITION_SCHEMA: break;
	case POSITION_NONE: return POSITION_NONE;
	}
	if (!key)
		return POSITION_NONE;
	switch (keyword_form(keyword_find(d, key, n))) {
	case FORM_SCHEMA: return POSITION_SCHEMA;
	case FORM_LIST: return POSITION_LIST;
	case FORM_MAP:
	case FORM_DEPENDENCIES: return POSITION_MAP;
	case FORM_ITEMS: return POSITION_ONE_OR_LIST;
	case FORM_ANY:
	case FORM_NAME_LISTS:
	case FORM_REQUIRED:
	case FORM_TYPE:
	case FORM_ENUM:
	case FORM_STRING:
	case FORM_BOOLEAN:
	case FORM_COUNT:
	case FORM_NUMBER:
	case FORM_POSITIVE:
	case FORM_BOUND: break;
	}
	return POSITION_NONE;
}
