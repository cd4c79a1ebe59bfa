/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_JTREE_H
#define TYPES_JTREE_H
/* One value of a JSON stream as a tree, so that a row can be looked at whole. Inside types/ only. */
#include <stddef.h>
#include "types/jscan.h"
struct arena;
struct err;
struct jx;

#define JTREE_BYTES_MAX ((size_t)16 << 20) /* memory of one value */

struct jtree; /* room that is used again for every value */
struct jtree *jtree_new(struct arena *a);
/*
 * jtree_read - the value whose first token is t (not a key, not an end), into *out, in a.
 * Returns JSCAN_END when it was read; JSCAN_FAULT, also for a value that takes more
 * than JTREE_BYTES_MAX; JSCAN_ERR.
 */
enum jscan_type jtree_read(struct jtree *b, struct arena *a, struct jscan *j, enum jscan_type t,
    const struct jscan_token *token, struct jx **out, struct err *err);
#endif
