/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_VALIDATE_H
#define SCHEMA_VALIDATE_H
/*
 * JSON Schema validation: drafts 4, 6, 7, 2019-09, 2020-12 and the schema objects of OpenAPI 3.0,
 * 3.1 and Swagger 2. A schema is compiled once into a compact program that shares compiled
 * subschemas through the registry; running it neither allocates nor recurses beyond the instance's
 * depth on the fast path. Numbers are compared as decimals by their lexemes. Patterns run under a
 * budget: running out is an error of its own, never a pass.
 */
#include <stdbool.h>
#include <stddef.h>
#include "schema/registry.h"
struct arena;
struct err;
struct jx;
struct validator;

enum direction { DIRECTION_NONE, DIRECTION_REQUEST, DIRECTION_RESPONSE };

struct validate_options {
	bool formats; /* assert format */
	bool own_formats; /* as Forge's own documents are held: a date-time has a T between date and time (validators take a
	                     blank too), and text of the format decimal is a decimal (validators take anything) */
	enum direction direction; /* request: required readOnly properties are not missed (OpenAPI);
	                             response: the same for writeOnly */
	bool lenient_refs; /* a reference that leads nowhere (or out) accepts anything instead of failing to compile, in API
	                      descriptions a schema of a wrong form too; among the forms of a oneOf such a reference is none.
	                      Templates leave such optional parts out, and the rest of the payload is still held against the
	                      schema */
	bool discriminator; /* a oneOf with a discriminator beside it is selected by it: branches may overlap */
};

struct validate_error {
	const char *keyword; /* "required", "type", … ; "false" for a false schema; static */
	const char *pointer; /* of the instance, RFC 6901, in the caller's arena; a missing member's own */
	const struct jx *instance; /* the value that was refused (the parent for a missing member) */
	const char *schema_pointer; /* as registry_pointer gives, to the keyword */
	const char *expected; /* in words */
	const char *found;    /* in words, values cut at 40 code points */
	bool is_budget;       /* a pattern or nesting limit was hit */
	bool is_conditional;  /* asked for because of other parts of the instance: below then, else, dependentSchemas, unevaluated… */
};

/*
 * validator_compile - make a schema ready.
 *
 * at: the schema in place; its registry must outlive *out
 * Returns 0 and *out (in the registry's arena), or -1: E_SCHEMA "schema '#/properties/x': …" for a keyword of
 * the wrong type, a pattern that does not compile; E_NOT_FOUND / E_EGRESS for references; E_LIMIT.
 * Cost: O(reachable schema).
 */
int validator_compile(struct registry *reg, struct sloc at, const struct validate_options *opt,
    struct validator **out, struct err *err);
/* validator_loop - is there a schema, among all that were compiled with v, that is applied to the same value again
 * and again ($ref to itself, two that refer to each other, …)? Then *at; running into it ends as a limit. */
bool validator_loop(struct validator *v, struct sloc *at);
/*
 * validator_run - hold an instance against it.
 *
 * a:          for errors only; may be NULL when errors_max is 0
 * errors_max: 0: only yes or no (the fast path, stops at the first failure)
 * errors:     *errors is [*n], document order; for anyOf/oneOf that failed, the errors of the branch that
 *             came nearest follow the keyword's own
 * Returns true when the instance is valid.
 */
bool validator_run(struct validator *v, struct arena *a, const struct jx *instance, size_t errors_max,
    const struct validate_error **errors, size_t *n);
#endif
