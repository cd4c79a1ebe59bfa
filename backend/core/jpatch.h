/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_JPATCH_H
#define CORE_JPATCH_H
/* JSON Patch (RFC 6902). Documents are read-only trees; applying shares what did not change. */
#include <stddef.h>
struct arena;
struct err;
struct jx;
/*
 * jpatch_apply - apply all operations or none.
 *
 * Returns 0 and the new document in a (unchanged parts are shared with doc), or -1: E_SCHEMA for a
 * malformed patch, E_NOT_FOUND / E_CONFLICT (a failed test, an index out of range) with the number
 * of the operation and its path. Cost: O(touched paths × width).
 */
int jpatch_apply(struct arena *a, const struct jx *doc, const struct jx *patch, const struct jx **out,
    struct err *err);
/* jx_equal - equal as JSON values: 1 equals 1.0, members in any order. */
#include <stdbool.h>
bool jx_equal(const struct jx *a, const struct jx *b);
#endif
