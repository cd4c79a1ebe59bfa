/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_REPAIR_READ_H
#define IMPRINT_REPAIR_READ_H
/*
 * Private to repair*.c: the tolerant reader. One pass, forward only; every look ahead is bounded, or covers bytes
 * that no other look ahead covers. What it mends it records; what reads two ways it refuses.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "imprint/diag.h"
#include "imprint/repair.h"
struct arena;
struct jx;
struct jx_member;

#define LOOK_MAX 256 /* bytes of a look ahead that may be repeated */

struct repair_frame { /* where the reader is, for pointers */
	const struct repair_frame *up;
	char kind; /* '{' or '[' */
	const char *key;
	size_t key_bytes;
	size_t index;
};
#define REPAIRS_MAX 4096u /* of one text that are listed */
struct repair_reader {
	struct arena *a;
	const char *start, *p, *end;
	const char *given;   /* the text as it came */
	const uint32_t *map; /* offsets in given of the bytes in start…end, when those were unescaped; else NULL */
	size_t given_bytes;
	const char *counted; /* line and column hold for here (in given) */
	uint32_t line, column;
	struct repair *fixes;
	size_t n_fixes, cap_fixes;
	struct jx **items; /* elements of open arrays, innermost last */
	size_t n_items, cap_items;
	struct jx_member *members;
	size_t n_members, cap_members;
	const struct repair_frame *frame;
	unsigned depth, depth_max, open_objects, open_arrays;
	bool allow_duplicates;
	bool is_fenced;  /* inside a code fence: its end is the end */
	bool is_cut;     /* the end came too early */
	bool is_dropped; /* and something unfinished was left out */
	size_t missing;  /* closers that had to be added */
	size_t quotes;   /* double quotes met; an odd number says that one is missing */
	const char *comment, *comment_end; /* the last one */
	struct imp_diags *d;
	bool has_failed;
};
enum repair_place { PLACE_KEY, PLACE_VALUE, PLACE_ELEMENT, PLACE_ROOT, PLACE_ARGUMENT };
enum repair_got { GOT_FAILED, GOT_VALUE, GOT_NOTHING }; /* nothing: cut off before it meant anything */

void repair_fix(struct repair_reader *r, const char *code, const char *at, size_t bytes, const char *note);
/* repair_refuse - one diagnostic, the first one only; returns false. */
bool repair_refuse(struct repair_reader *r, enum imp_code code, const char *at, const char *why, ...)
    __attribute__((format(printf, 4, 5)));
struct jx *repair_node(struct repair_reader *r, const char *at);

/* repair_is - is c one of set? NUL never is. */
static inline bool
repair_is(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Looking, repair_look.c. */
/* repair_odd_space - bytes of white space that JSON does not know (U+00A0, U+FEFF …) at p, or 0. */
size_t repair_odd_space(const char *p, const char *end);
/* repair_comment - bytes of the comment at p, or 0. */
size_t repair_comment(const char *p, const char *end);
/* repair_blank - behind white space and comments; *line is set when a line ended there. */
const char *repair_blank(const char *p, const char *end, bool *line);
/* repair_quote - bytes of a quotation mark at p, or 0; *kind '"' or '\''. */
size_t repair_quote(const char *p, const char *end, char *kind);
/* repair_key_follows - a key and its colon, within LOOK_MAX bytes. */
bool repair_key_follows(const char *p, const char *end);
/* repair_number - bytes of a strict JSON number at p, or 0. */
size_t repair_number(const char *p, const char *end);
bool repair_fence(const char *p, const char *end);
size_t repair_dots(const char *p, const char *end); /* "..." or "…" */
/* repair_ends - may a number or literal end here? */
bool repair_ends(const char *p, const char *end);

/* Reading. */
/* repair_skip - as repair_blank, recording what JSON does not have. Returns whether a line ended. */
bool repair_skip(struct repair_reader *r);
/* repair_string - the string at r->p. GOT_NOTHING when it was cut off (a key), else its text. */
enum repair_got repair_string(struct repair_reader *r, enum repair_place place, const char **text, size_t *n);
/* repair_text - a string, or several joined by +. */
enum repair_got repair_text(struct repair_reader *r, enum repair_place place, const char **text, size_t *n);
/* repair_bare - a value without quotes: numbers, literals, words. */
enum repair_got repair_bare(struct repair_reader *r, enum repair_place place, struct jx **out);
/* repair_value - any value at r->p (no blank there). */
enum repair_got repair_value(struct repair_reader *r, enum repair_place place, struct jx **out);
/* repair_find - the value in a text with fences, prose and wrappers around it. */
bool repair_find(struct repair_reader *r, struct jx **out);
#endif
