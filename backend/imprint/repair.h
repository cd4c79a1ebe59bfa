/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_REPAIR_H
#define IMPRINT_REPAIR_H
/*
 * Reading JSON as models write it: strict first, then lenient in reading and strict in meaning. Each
 * repair is recorded with its place; where two readings are possible the text is refused. Linear time.
 */
#include <stdbool.h>
#include <stddef.h>
#include "imprint/diag.h"
struct arena;
struct buf;
struct jw;
struct jx;
struct shape;
struct shapes;

struct repair { /* one thing that was mended */
	const char *code; /* "FIX_FENCE", "FIX_COMMA", … static */
	size_t offset;    /* bytes into the text */
	size_t bytes;     /* of the text it covers */
	const char *note; /* a few words */
	const char *pointer; /* of the value, where it was mended by its schema (repair_values); else NULL */
};
struct repaired {
	struct jx *value;
	bool is_complete; /* false: the text was cut off; for display only, never for decoding */
	const struct repair *repairs;
	size_t n_repairs; /* 0: strict JSON */
};
struct repair_options {
	bool is_strict;          /* no repairs: RFC 8259 */
	bool allow_duplicates;   /* strict parsing only: as RFC 8259 leaves it; the last one wins and is flagged */
	const struct jx *schema; /* for callers; reading goes by the text alone, repair_values mends under a schema */
	size_t bytes_max;        /* 0: 64 MiB */
	unsigned depth_max;      /* 0: 512 */
};
/*
 * repair_parse - read n bytes of model output.
 *
 * Returns true and *out (in a), or false with diagnostics (IMP_PARSE, IMP_DUPKEY, IMP_DEPTH) in d.
 * Cost: O(n).
 */
bool repair_parse(struct arena *a, const char *text, size_t n, const struct repair_options *opt,
    struct repaired *out, struct imp_diags *d);
/*
 * repair_values - mend values that a schema leaves one reading for: "42" where only a number is legal, "True" where
 * only a boolean is, "Active" where exactly one listed value is spelt so in another case. For text that was read
 * leniently and nothing else: decoding itself never coerces.
 *
 * r: changed: value (unchanged parts are shared) and repairs (FIX_NUMBER, FIX_BOOLEAN, FIX_ENUM_CASE, with pointer)
 * Cost: O(document), times the length of a list for each value that is listed.
 */
void repair_values(struct shapes *s, struct shape *root, struct arena *a, struct repaired *r);
/* repair_array - the repairs as a JSON array [{"code","offset","bytes","note","pointer"?}] under key. */
void repair_array(struct jw *w, const char *key, const struct repaired *r);
/*
 * repair_json - repair_parse, and the answer as JSON appended to out: {"value","complete","repairs":[{"code","offset",
 * "bytes","note"}]} and true, or {"ok":false,"diagnostics":[…]} and false. Numbers keep their lexemes.
 */
bool repair_json(struct arena *a, const char *text, size_t n, const struct repair_options *opt, struct buf *out);
#endif
