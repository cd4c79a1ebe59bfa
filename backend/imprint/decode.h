/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_DECODE_H
#define IMPRINT_DECODE_H
/* Filled template to payload, or to findings with places. Adds required constants and nothing else; never
 * coerces, trims, defaults, drops nulls or merges (design 1.1, 1.4). */
#include <stdbool.h>
#include <stddef.h>
#include "imprint/diag.h"
struct arena;
struct jx;
struct shape;
struct shapes;

struct decode_options {
	bool is_open; /* members that are not on the menu are kept where the schema allows them */
	const char *pointer; /* prefix of every pointer ("/template" when an envelope was given); NULL: "" */
};
/*
 * decode_filled - hold a filled document against shape and make the payload.
 *
 * filled: parsed (strictly, or repaired and complete); must outlive *payload, which shares its scalars
 * d:      findings in document order, each at its exact place in filled, with code, what was expected and
 *         found, the nearest legal value, and a fix patch where there is one remedy
 * Returns 0 and *payload in a, or -1 with at least one finding. With warnings only it is 0.
 * Cost: O(filled), times the number of branches where a choice was filled without its selector.
 */
int decode_filled(struct shapes *s, struct shape *root, const struct jx *filled, const struct decode_options *opt,
    struct arena *a, const struct jx **payload, struct imp_diags *d);
#endif
