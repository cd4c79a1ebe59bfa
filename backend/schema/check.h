/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_CHECK_H
#define SCHEMA_CHECK_H
#include "schema/registry.h"
struct err;
/*
 * schema_check - are the keywords of one schema object of the right form for its dialect? Subschemas are not
 * visited, unknown keywords and x- keys may be anything, what stands beside a $ref is not looked at where it
 * counts for nothing. Patterns are not compiled.
 *
 * Real documents are met half way where their meaning is plain: in OpenAPI and Swagger a `required` that is not a
 * list (draft 3's boolean) says nothing, exclusiveMinimum may be a boolean or a number, and `items` may be a list in
 * every dialect (2020-12 calls that prefixItems).
 * Returns 0, or -1: E_SCHEMA "schema '#/properties/x/minLength': must be …; found …".
 * Cost: O(keywords), plus the names in required and type.
 */
int schema_check(struct registry *reg, struct sloc at, struct err *err);
#endif
