/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_DECODE_WORK_H
#define IMPRINT_DECODE_WORK_H
/*
 * Private to decode*.c and fix.c. One walk over the filled document with the shape beside it builds
 * the payload. A choice that was filled without its selector is tried branch by branch in quiet
 * walks, which only count and weigh findings; the loud walk then speaks about the nearest branch.
 * Each (node, choice) is tried once (memo), and all walks together have a budget of visits.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/jx.h"
#include "imprint/decode.h"
#include "imprint/shape.h"
struct memo_bare;

#define DECODE_DEPTH_MAX 512u
#define DECODE_VISITS_BASE                                                                         \
	1000000u /* branch trials in small documents: 300 branches × 3,000 nodes */
#define DECODE_TRIAL_BYTES ((size_t)256 << 20) /* what one trial may hold until its end is known   \
						*/
#define DECODE_NEAREST_MAX                                                                         \
	400000u                /* names and values compared for "did you mean", in one document */
#define DECODE_VISITS_EACH 20u /* more of them for each node of the document */

enum slot_at {
	AT_ROOT,
	AT_MEMBER,   /* a required member */
	AT_OPTIONAL, /* a member that may be absent */
	AT_ELEMENT,
	AT_KEY, /* value of a member that a key token or the open rest allows */
	AT_BRANCH
};
enum got {
	GOT_VALUE,
	GOT_NONE, /* left as printed: not part of the payload */
	GOT_BAD   /* findings were added */
};
/* One step of the way from the root, in the coordinates of the filled document; on the C stack. */
struct place {
	const struct place *up;
	const char *key; /* as written (escaped); NULL: index */
	size_t key_bytes;
	size_t index;
};
/* A text that is being read as JSON; on the C stack. */
struct text_read {
	const struct text_read *up;
	const struct jx *v;
	const struct shape *sh;
};
struct decoder {
	struct shapes *s;
	struct arena *a;       /* where nodes are made: keep, or scratch inside a trial */
	struct arena *keep;    /* the payload's */
	struct arena *scratch; /* trials; cleared behind each. NULL until there is one */
	struct imp_diags *d;
	const char *prefix;
	bool is_open;
	bool checks_formats;
	enum direction direction;
	unsigned depth;
	unsigned quiet;  /* > 0: inside a trial */
	size_t n_found;  /* findings so far, quiet ones included */
	size_t score;    /* their weight */
	size_t injected; /* constants put in so far */
	size_t visits_left, touches_left, nearest_left;
	bool is_exhausted;
	const struct text_read *reading;
	unsigned char *seen; /* stack of "member was there" marks */
	size_t n_seen, cap_seen;
	struct memo_bare **memo;
	size_t n_memo, cap_memo;
};

/* decode_value.c */
enum got dec_value(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p,
    enum slot_at at, struct jx **out);
struct jx *dec_copy(struct decoder *c, const struct jx *v);
unsigned dec_type(const struct jx *v);
/* dec_constant - the one value that the platform puts in, or NULL. */
const struct jx *dec_constant(const struct shape *sh);
/* dec_is_token - a string that begins as a token does. dec_is_meta - the token names `type` first
 * ("object"). */
bool dec_is_token(const struct jx *v);
bool dec_token_names(const char *s, size_t n, const char *type);
/* dec_is_untouched - every leaf inside is still a token. */
bool dec_is_untouched(struct decoder *c, const struct jx *v, unsigned depth);
/* dec_is_left - an optional container as printed, with its marker still there. */
bool dec_is_left(struct decoder *c, const struct jx *v);
enum got dec_token(struct decoder *c, struct shape *sh, const struct jx *v, const struct place *p,
    enum slot_at at, struct jx **out);

/* decode_check.c: the constraints on scalars. */
enum got dec_string(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p);
enum got dec_number(struct decoder *c, struct shape *sh, const struct jx *v, const struct place *p);
bool dec_name_fits(
    struct decoder *c, struct shape *sh, const char *name, size_t n, const struct place *p);
size_t dec_points(const char *s, size_t n);

/* decode_object.c, decode_array.c, decode_choice.c */
enum got dec_object(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out);
enum got dec_array(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out);
enum got dec_choice(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p,
    enum slot_at at, struct jx **out);
/* dec_selector - the member "{ONE_OF}", or NULL. */
const struct jx_member *dec_selector(const struct jx *v);
/* dec_branch - index of the branch called name (unescaped), or -1. */
long dec_branch(const struct shape *sh, const char *name, size_t n);

/* decode_wall.c */
void dec_wall(
    struct decoder *c, struct shape *root, const struct jx *filled, const struct jx *payload);

/* fix.c: findings, their words and their patches. */
/* dec_hush - in a trial: weigh the finding and say true. Else false: the caller words it. */
bool dec_hush(struct decoder *c, enum imp_code code);
const char *dec_pointer(struct decoder *c, const struct place *p);
struct imp_diag *dec_find(struct decoder *c, enum imp_code code, const struct place *p,
    const struct jx *v, const struct shape *sh, const char *message, ...)
    __attribute__((format(printf, 6, 7)));
const char *dec_types_words(struct arena *a, unsigned types);
const char *dec_json(struct arena *a, const struct jx *v);
/* A literal as it is written in a filled document (token-like text gets its backslash). */
const char *dec_literal(struct arena *a, const struct jx *v);
const char *dec_text_json(struct arena *a, const char *s, size_t n);
const char *fix_replace(struct arena *a, const char *pointer, const char *json);
const char *fix_remove(struct arena *a, const char *pointer);
const char *fix_move(struct arena *a, const char *from, const char *to);
/* dec_near_value - nearest of the legal values: sets g->nearest, and g->fix when it is the only
 * one. */
void dec_near_value(
    struct decoder *c, struct imp_diag *g, const struct shape *sh, const struct jx *v);
/* dec_near_member - the member that name was probably meant to be, not among those of v; -1: none.
 */
long dec_near_member(struct decoder *c, struct shape *sh, const struct jx *v, const char *name,
    size_t n, bool *is_unique);
/* dec_near_key - the unknown member of v that was probably meant to be member i; NULL: none. */
const struct jx_member *dec_near_key(
    struct decoder *c, struct shape *sh, const struct jx *v, size_t i);
#endif
