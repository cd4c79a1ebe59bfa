/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_JSCHEMA_H
#define TYPES_JSCHEMA_H
/*
 * JSON Schema, the part of 2020-12 that contracts and packs use now. A keyword that is not known
 * here is refused when the schema is compiled, never ignored, so a schema cannot promise what is
 * not checked. Numbers are compared as decimals by their lexemes, never as doubles.
 *
 * Asserted: type enum const · minimum maximum exclusiveMinimum exclusiveMaximum · minLength
 * maxLength pattern format(date, date-time, decimal) · items minItems maxItems uniqueItems · properties
 * required additionalProperties minProperties maxProperties · anyOf oneOf allOf not · $ref (local)
 * · true and false. Read and not asserted: title description default examples $schema $id
 * $comment $defs definitions.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct err;
struct jschema;
struct jx;

struct jschema_error {
	const char *pointer;  /* into the instance, RFC 6901; "" is the whole */
	const char *schema_pointer; /* the keyword that refused it */
	const char *expected; /* in words */
	const char *found;    /* in words, values cut at 40 code points */
	uint32_t line;        /* of the instance text */
	uint32_t column;
};

/*
 * jschema_compile - check a schema and make it ready.
 *
 * schema: parsed; must outlive *out
 * Returns 0 and *out in a, or -1: E_SCHEMA "schema /properties/x: unknown keyword 'foo'", also for
 * wrong keyword values, patterns that do not compile, $ref that points nowhere or only at itself.
 */
int jschema_compile(struct arena *a, const struct jx *schema, struct jschema **out,
    struct err *err);
/*
 * jschema_validate - hold an instance against it.
 *
 * errors_max: stop after that many findings (>= 1)
 * errors:     *errors is [*n] in a, in document order
 * Returns true when the instance is valid. A check that runs into a limit (pattern matching,
 * nesting) is a finding, not a pass.
 */
bool jschema_validate(const struct jschema *s, struct arena *a, const struct jx *instance,
    size_t errors_max, const struct jschema_error **errors, size_t *n);
#endif
