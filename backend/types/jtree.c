/* SPDX-License-Identifier: Apache-2.0 */
#include "types/jtree.h"

#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "types/mem.h"

struct frame {
	struct jx *node;
	size_t from; /* its members or items begin here */
};
struct jtree {
	struct mem members; /* struct jx_member, of all that is open; items have no key */
	size_t n;
	struct frame open[JSCAN_DEPTH_MAX];
	unsigned depth;
	struct jx_member key; /* that waits for its value */
};

struct jtree *
jtree_new(struct arena *a)
{
	struct jtree *b = ARENA_NEW(a, struct jtree);

	mem_init(&b->members, a);
	return b;
}

static struct jx *
leaf(struct arena *a, struct jscan *j, enum jscan_type t, const struct jscan_token *token)
{
	struct jx *v = ARENA_NEW(a, struct jx);
	uint64_t line, column;

	jscan_place(j, &line, &column);
	v->line = (uint32_t)line;
	v->column = (uint32_t)column;
	v->offset = (size_t)token->offset;
	v->type = t == JSCAN_OBJECT   ? JX_OBJECT
		  : t == JSCAN_ARRAY  ? JX_ARRAY
		  : t == JSCAN_STRING ? JX_STRING
		  : t == JSCAN_NUMBER ? JX_NUMBER
		  : t == JSCAN_NULL   ? JX_NULL
				      : JX_BOOL;
	if (t == JSCAN_STRING || t == JSCAN_NUMBER) {
		v->u.text.p = arena_dup(a, token->p, token->n);
		v->u.text.n = token->n;
	} else if (v->type == JX_BOOL) {
		v->u.boolean = t == JSCAN_TRUE;
	}
	return v;
}

/* A value is complete: it goes into what is open around it. */
static void
put(struct jtree *b, struct jx *v)
{
	struct jx_member *at;

	mem_reserve(&b->members, (b->n + 1) * sizeof *at, b->n * sizeof *at);
	at = b->members.p;
	at[b->n] = b->key;
	at[b->n++].value = v;
	b->key = (struct jx_member){0};
}

static struct jx *
close_frame(struct jtree *b, struct arena *a)
{
	struct frame *f = &b->open[--b->depth];
	const struct jx_member *from = (const struct jx_member *)b->members.p + f->from;
	size_t n = b->n - f->from;

	b->n = f->from;
	if (f->node->type == JX_OBJECT) {
		f->node->u.object.at = ARENA_ARRAY(a, n, struct jx_member);
		f->node->u.object.n = n;
		if (n)
			memcpy(f->node->u.object.at, from, n * sizeof *from);
		return f->node;
	}
	f->node->u.array.at = ARENA_ARRAY(a, n, struct jx *);
	f->node->u.array.n = n;
	for (size_t i = 0; i < n; i++)
		f->node->u.array.at[i] = from[i].value;
	return f->node;
}

/* Members wait with the key of their own; a frame that opens keeps the key it stands under. */
static void
open_frame(struct jtree *b, struct jx *v)
{
	put(b, v);
	b->open[b->depth++] = (struct frame){v, b->n};
}

enum jscan_type
jtree_read(struct jtree *b, struct arena *a, struct jscan *j, enum jscan_type t, const struct jscan_token *first,
    struct jx **out, struct err *err)
{
	struct jscan_token token = *first;

	b->n = 0;
	b->depth = 0;
	b->key = (struct jx_member){0};
	for (;;) {
		if (t == JSCAN_FAULT || t == JSCAN_ERR)
			return t;
		if (t == JSCAN_KEY)
			b->key = (struct jx_member){.key = arena_dup(a, token.p, token.n), .key_bytes = token.n};
		else if (t == JSCAN_OBJECT || t == JSCAN_ARRAY)
			open_frame(b, leaf(a, j, t, &token));
		else if (t == JSCAN_OBJECT_END || t == JSCAN_ARRAY_END)
			(void)close_frame(b, a);
		else
			put(b, leaf(a, j, t, &token));
		if (b->depth == 0)
			break;
		if (arena_used(a) + b->members.cap > JTREE_BYTES_MAX)
			return jscan_refuse(j, "one row takes more than %zu MiB, which is the limit", JTREE_BYTES_MAX >> 20);
		t = jscan_next(j, &token, err);
	}
	*out = ((struct jx_member *)b->members.p)[0].value;
	return JSCAN_END;
}
