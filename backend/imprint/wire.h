/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_WIRE_H
#define IMPRINT_WIRE_H
/* A decoded operation as it travels: path, query, headers, cookies, body text, exact to the byte
 * (OpenAPI 3.1.2 "Style Examples", Swagger 2 collectionFormat, RFC 3986, RFC 7578). */
#include <stddef.h>
#include "imprint/diag.h"
struct arena;
struct buf;
struct jx;
struct operation;
/*
 * wire_write - append {"method","path","query","headers","cookies","content_type","params","body","body_text"} to b.
 *
 * payload: what decode_filled gave for op->root ({_path:…, …})
 * pointer: prefix of every pointer, as in decode_options; NULL: ""
 * Returns 0, or -1 with IMP_PARAM at /_path/name and the like.
 * Cost: O(payload).
 */
int wire_write(const struct operation *op, const struct jx *payload, const char *pointer, struct arena *a, struct buf *b,
    struct imp_diags *d);
/* wire_look - after a refusal: what in the filled document could not travel either, so that everything is said at once.
 * Looks at plain texts in _path and _header only. */
void wire_look(const struct operation *op, const struct jx *filled, const char *pointer, struct imp_diags *d);
#endif
