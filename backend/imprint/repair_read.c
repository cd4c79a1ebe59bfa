/* SPDX-License-Identifier: Apache-2.0 */
/* Objects and arrays, and the reader's bookkeeping. Depth is bounded by depth_max. */
#include "imprint/repair_read.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"

/* --- bookkeeping ------------------------------------------------------------------------------------ */

static size_t
offset_of(const struct repair_reader *r, const char *at)
{
	size_t i = (size_t)(at - r->start);

	if (!r->map)
		return (size_t)(at - r->given);
	return at < r->end ? r->map[i] : r->given_bytes;
}

/* Line and column of an offset; cheap when offsets grow. */
static void
place(struct repair_reader *r, size_t offset)
{
	const char *at = r->given + offset;

	if (at < r->counted || r->line == 0) {
		r->counted = r->given;
		r->line = r->column = 1;
	}
	for (; r->counted < at; r->counted++) {
		if (*r->counted == '\n') {
			r->line++;
			r->column = 1;
		} else if (((unsigned char)*r->counted & 0xc0) != 0x80) {
			r->column++;
		}
	}
}

void
repair_fix(struct repair_reader *r, const char *code, const char *at, size_t bytes, const char *note)
{
	if (r->n_fixes >= REPAIRS_MAX) {
		/* The list says what was done, not how often beyond all measure: the last entry takes the rest. */
		r->fixes[REPAIRS_MAX - 1] = (struct repair){.code = code, .offset = offset_of(r, at), .bytes = bytes, .note = "this and all before it, of every kind"};
		return;
	}
	if (r->n_fixes == r->cap_fixes) {
		size_t cap = r->cap_fixes ? r->cap_fixes * 2 : 8;
		struct repair *more = ARENA_ARRAY(r->a, cap, struct repair);
		if (r->n_fixes)
			memcpy(more, r->fixes, r->n_fixes * sizeof *more);
		r->fixes = more;
		r->cap_fixes = cap;
	}
	r->fixes[r->n_fixes++] = (struct repair){
	    .code = code, .offset = offset_of(r, at), .bytes = bytes, .note = note};
}

static const char *
pointer_of(const struct repair_reader *r)
{
	const struct repair_frame *f;
	const char **parts;
	size_t n = 0;
	const char *p = "";

	for (f = r->frame; f; f = f->up)
		n++;
	parts = ARENA_ARRAY(r->a, n, const char *);
	for (f = r->frame; f; f = f->up)
		parts[--n] = f->kind == '[' ? imp_join_index(r->a, "", f->index)
			     : f->key       ? imp_join(r->a, "", f->key, f->key_bytes)
					    : "";
	for (f = r->frame; f; f = f->up)
		p = arena_printf(r->a, "%s%s", p, parts[n++]);
	return p;
}

bool
repair_refuse(struct repair_reader *r, enum imp_code code, const char *at, const char *why, ...)
{
	struct imp_diag *g;
	const char *message;
	va_list ap;

	if (r->has_failed)
		return false;
	r->has_failed = true;
	va_start(ap, why);
	message = arena_vprintf(r->a, why, ap);
	va_end(ap);
	place(r, offset_of(r, at));
	g = imp_add(r->d, code, pointer_of(r), "line %u, column %u: %s", r->line, r->column, message);
	g->line = r->line;
	g->column = r->column;
	return false;
}

struct jx *
repair_node(struct repair_reader *r, const char *at)
{
	struct jx *v = ARENA_NEW(r->a, struct jx);

	v->offset = offset_of(r, at);
	place(r, v->offset);
	v->line = r->line;
	v->column = r->column;
	return v;
}

bool
repair_skip(struct repair_reader *r)
{
	bool line = false;
	size_t n;

	while (r->p < r->end) {
		char c = *r->p;
		if (c == '\n' || c == '\r') {
			line = true;
			r->p++;
		} else if (c == ' ' || c == '\t') {
			r->p++;
		} else if ((c == '/' || c == '#') && (n = repair_comment(r->p, r->end)) > 0) {
			repair_fix(r, "FIX_COMMENT", r->p, n, "a comment");
			r->comment = r->p;
			for (const char *q = r->p; q < r->p + n; q++)
				r->quotes += *q == '"';
			r->p += n;
			r->comment_end = r->p;
		} else if (((unsigned char)c >= 0x80 || c == '\v' || c == '\f') &&
			   (n = repair_odd_space(r->p, r->end)) > 0) {
			repair_fix(r, "FIX_SPACE", r->p, n, "white space that JSON does not have");
			r->p += n;
		} else {
			break;
		}
	}
	return line;
}

static void
push_item(struct repair_reader *r, struct jx *v)
{
	if (r->n_items == r->cap_items) {
		size_t cap = r->cap_items ? r->cap_items * 2 : 64;
		struct jx **more = ARENA_ARRAY(r->a, cap, struct jx *);
		if (r->n_items)
			memcpy(more, r->items, r->n_items * sizeof *more);
		r->items = more;
		r->cap_items = cap;
	}
	r->items[r->n_items++] = v;
}

static void
push_member(struct repair_reader *r, const char *key, size_t key_bytes, struct jx *v)
{
	if (r->n_members == r->cap_members) {
		size_t cap = r->cap_members ? r->cap_members * 2 : 64;
		struct jx_member *more = ARENA_ARRAY(r->a, cap, struct jx_member);
		if (r->n_members)
			memcpy(more, r->members, r->n_members * sizeof *more);
		r->members = more;
		r->cap_members = cap;
	}
	r->members[r->n_members++] = (struct jx_member){.key = key, .key_bytes = key_bytes, .value = v};
}

/* --- ends of containers ------------------------------------------------------------------------------- */

/* Nothing but closers, commas and fences up to the end? Looked at once: the answer ends the reading either way. */
static bool
only_closers(const char *p, const char *end)
{
	bool line = false;

	for (p = repair_blank(p, end, &line); p < end; p = repair_blank(p, end, &line)) {
		if (repair_fence(p, end))
			return true;
		if (!repair_is(*p, "]}),;"))
			return false;
		p++;
	}
	return true;
}

/* Do the closers that are missing stand in the comment that ends the text? */
static bool
comment_closes(const struct repair_reader *r)
{
	long closers = 0;

	if (!r->comment || r->comment_end != r->end)
		return false;
	for (const char *p = r->comment; p < r->comment_end; p++)
		closers += (*p == '}' || *p == ']') - (*p == '{' || *p == '[');
	return closers >= (long)(r->open_objects + r->open_arrays);
}

/* Returns false when refused. */
static bool
end_of_text(struct repair_reader *r)
{
	if (!r->is_cut && comment_closes(r)) {
		if (*r->comment == '#')
			return repair_refuse(r, IMP_PARSE, r->comment, "the closers stand behind a '#': a comment, or where does it end?");
		repair_fix(r, "FIX_CLOSER", r->end, 0, "the closers stand in a comment");
		r->p = r->end;
		return true;
	}
	if (!r->is_cut)
		repair_fix(r, "FIX_CUT", r->p, 0, "the text ends before its last closer");
	r->is_cut = true;
	return true;
}

enum closer { CLOSER_NONE, CLOSER_MINE, CLOSER_OUTER, CLOSER_BAD };
/* A closer at r->p, seen from a container of kind. Takes its own one; leaves one that an outer container needs. */
static enum closer
closer(struct repair_reader *r, char kind)
{
	char mine = kind == '{' ? '}' : ']', other = kind == '{' ? ']' : '}';

	if (*r->p == mine) {
		r->p++;
		return CLOSER_MINE;
	}
	if (*r->p != other)
		return CLOSER_NONE;
	if (kind == '{' ? r->open_arrays : r->open_objects) {
		repair_fix(r, "FIX_CLOSER", r->p, 0, kind == '{' ? "a missing }" : "a missing ]");
		r->missing++;
		return CLOSER_OUTER;
	}
	if (!only_closers(r->p + 1, r->end)) {
		repair_refuse(r, IMP_PARSE, r->p, "expected '%c', found '%c'", mine, other);
		return CLOSER_BAD;
	}
	repair_fix(r, "FIX_CLOSER", r->p, 1, kind == '{' ? "] in place of }" : "} in place of ]");
	r->p++;
	return CLOSER_MINE;
}

static const char *
found(const struct repair_reader *r)
{
	if (r->p >= r->end)
		return "the end of the text";
	if ((unsigned char)*r->p < 0x20 || (unsigned char)*r->p >= 0x7f)
		return arena_printf(r->a, "byte 0x%02x", (unsigned char)*r->p);
	return arena_printf(r->a, "'%c'", *r->p);
}

/* --- objects ----------------------------------------------------------------------------------------- */

static bool
is_key_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    repair_is(c, "_$.-@+*/ ") || (c & 0x80);
}

/* A name without quotation marks, or without the first one: name": */
static enum repair_got
bare_key(struct repair_reader *r, const char **key, size_t *n)
{
	const char *from = r->p, *stop;
	bool line = false;
	size_t mark = 0;
	char kind;

	if (*r->p == 'u' && r->end - r->p > 1 && r->p[1] == '\'') {
		repair_fix(r, "FIX_QUOTE", r->p, 1, "a prefix in front of a quotation mark");
		r->p++;
		return repair_string(r, PLACE_KEY, key, n);
	}
	while (r->p < r->end && is_key_byte(*r->p)) {
		mark = (unsigned char)*r->p >= 0x80 ? repair_quote(r->p, r->end, &kind) : 0;
		if (mark || ((unsigned char)*r->p >= 0x80 && repair_odd_space(r->p, r->end)))
			break;
		r->p++;
	}
	for (stop = r->p; stop > from && stop[-1] == ' '; stop--)
		;
	if (stop == from) {
		repair_refuse(r, IMP_PARSE, r->p, "expected a member name, found %s", found(r));
		return GOT_FAILED;
	}
	*n = (size_t)(stop - from);
	*key = arena_dup(r->a, from, *n);
	if (!mark)
		mark = repair_quote(r->p, r->end, &kind);
	if (mark && r->p == stop) {
		const char *c = repair_blank(r->p + mark, r->end, &line);
		if (c == r->end || *c == ':') {
			repair_fix(r, "FIX_QUOTE", from, 0, "the opening quotation mark was missing");
			r->quotes += kind == '"';
			r->p += mark;
			return GOT_VALUE;
		}
	}
	repair_fix(r, "FIX_KEY", from, *n, "a member name without quotation marks");
	return GOT_VALUE;
}

/* The ':' between name and value. */
static enum repair_got
colon(struct repair_reader *r, const char *key_end, bool was_quoted)
{
	char kind;
	size_t left;

	repair_skip(r);
	left = (size_t)(r->end - r->p);
	if (left == 0 || (r->is_fenced && repair_fence(r->p, r->end))) {
		r->is_cut = true;
		return GOT_NOTHING;
	}
	if (*r->p == ':') {
		r->p++;
	} else if (*r->p == '=' && left > 1 && r->p[1] != '=') {
		size_t bytes = r->p[1] == '>' ? 2 : 1;
		repair_fix(r, "FIX_COLON", r->p, bytes, "'=' in place of ':'");
		r->p += bytes;
	} else if (was_quoted && (repair_quote(r->p, r->end, &kind) || *r->p == '{' || *r->p == '[' ||
		       repair_number(r->p, r->end) || (left >= 4 && (memcmp(r->p, "true", 4) == 0 ||
		       memcmp(r->p, "null", 4) == 0)) || (left >= 5 && memcmp(r->p, "false", 5) == 0))) {
		repair_fix(r, "FIX_COLON", key_end, 0, "a missing ':'");
	} else {
		repair_refuse(r, IMP_PARSE, r->p, "expected ':' behind a member name, found %s", found(r));
		return GOT_FAILED;
	}
	repair_skip(r);
	if (r->p == r->end || (r->is_fenced && repair_fence(r->p, r->end))) {
		r->is_cut = true;
		return GOT_NOTHING;
	}
	return GOT_VALUE;
}

static bool
same_key(const struct jx_member *a, const struct jx_member *b)
{
	return a->key_bytes == b->key_bytes && memcmp(a->key, b->key, a->key_bytes) == 0;
}

/* A member that was cut off: leaving it out must not hide a duplicate. */
static enum repair_got
dropped(struct repair_reader *r, const char *at, size_t base, const char *key, size_t key_bytes)
{
	struct jx_member m = {.key = key, .key_bytes = key_bytes};

	for (size_t i = base; key && i < r->n_members; i++)
		if (same_key(&r->members[i], &m)) {
			repair_refuse(r, IMP_DUPKEY, at, "'%.80s' stands twice in one object", key);
			return GOT_FAILED;
		}
	if (!r->is_fenced)
		r->p = r->end;
	repair_fix(r, "FIX_CUT", at, (size_t)(r->p - at), "a member that was cut off is left out");
	r->is_cut = r->is_dropped = true;
	return GOT_NOTHING;
}

static enum repair_got
member(struct repair_reader *r, struct repair_frame *f, size_t base)
{
	const char *at = r->p, *key = NULL;
	size_t n = 0;
	struct jx *v = NULL;
	char kind;
	bool was_quoted = repair_quote(r->p, r->end, &kind) > 0;
	enum repair_got got = was_quoted ? repair_string(r, PLACE_KEY, &key, &n) : bare_key(r, &key, &n);

	f->key = NULL;
	if (got == GOT_VALUE) {
		f->key = key;
		f->key_bytes = n;
		got = colon(r, r->p, was_quoted);
	}
	if (got == GOT_VALUE)
		got = repair_value(r, PLACE_VALUE, &v);
	if (got == GOT_NOTHING)
		return dropped(r, at, base, key, n);
	if (got == GOT_FAILED)
		return GOT_FAILED;
	push_member(r, key, n, v);
	return GOT_VALUE;
}

static int
by_key(const void *x, const void *y)
{
	const struct jx_member *const *a = x, *const *b = y;
	size_t n = (*a)->key_bytes < (*b)->key_bytes ? (*a)->key_bytes : (*b)->key_bytes;
	int c = memcmp((*a)->key, (*b)->key, n);

	if (c == 0)
		c = ((*a)->key_bytes > (*b)->key_bytes) - ((*a)->key_bytes < (*b)->key_bytes);
	return c ? c : (*a > *b) - (*a < *b);
}

/* Two members of one name: refused, or with allow_duplicates the last one stays. */
static bool
duplicate(struct repair_reader *r, struct repair_frame *f, struct jx_member *first, const struct jx_member *second)
{
	const char *at = r->map ? r->p : r->given + second->value->offset;

	f->key = second->key;
	f->key_bytes = second->key_bytes;
	if (!r->allow_duplicates)
		return repair_refuse(r, IMP_DUPKEY, at, "'%.80s' stands twice in one object", second->key);
	repair_fix(r, "FIX_DUPLICATE", at, 0, "the same name stands twice; the last one counts");
	first->value = NULL;
	return true;
}

static bool
check_unique(struct repair_reader *r, struct repair_frame *f, struct jx_member *m, size_t n)
{
	struct jx_member **sorted;

	if (n <= 8) {
		for (size_t i = 1; i < n; i++)
			for (size_t k = 0; k < i; k++)
				if (m[k].value && same_key(&m[k], &m[i]) && !duplicate(r, f, &m[k], &m[i]))
					return false;
		return true;
	}
	sorted = ARENA_ARRAY(r->a, n, struct jx_member *);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &m[i];
	qsort(sorted, n, sizeof *sorted, by_key);
	for (size_t i = 1; i < n; i++)
		if (same_key(sorted[i - 1], sorted[i]) && !duplicate(r, f, sorted[i - 1], sorted[i]))
			return false;
	return true;
}

static bool
finish_object(struct repair_reader *r, struct repair_frame *f, size_t base, struct jx *v)
{
	size_t n = r->n_members - base, kept = 0;

	v->type = JX_OBJECT;
	v->u.object.at = ARENA_ARRAY(r->a, n, struct jx_member);
	if (n)
		memcpy(v->u.object.at, r->members + base, n * sizeof *v->u.object.at);
	r->n_members = base;
	if (!check_unique(r, f, v->u.object.at, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (v->u.object.at[i].value)
			v->u.object.at[kept++] = v->u.object.at[i];
	v->u.object.n = kept;
	return true;
}

/* One step between members or elements: 1 something stands here, 0 the container ended, -1 refused, 2 go on. */
static int
between(struct repair_reader *r, char kind, bool *has_item, bool *has_comma, size_t *n_commas)
{
	size_t dots;
	bool is_open;

	repair_skip(r);
	if (r->p >= r->end || (r->is_fenced && repair_fence(r->p, r->end)))
		return end_of_text(r) ? 0 : -1;
	switch (closer(r, kind)) {
	case CLOSER_BAD: return -1;
	case CLOSER_MINE:
		if (*has_comma)
			repair_fix(r, "FIX_TRAILING_COMMA", r->p - 1, 0, "a comma in front of the closer");
		return 0;
	case CLOSER_OUTER: return 0;
	case CLOSER_NONE: break;
	}
	if (*r->p == ',' || *r->p == ';') {
		if (*r->p == ';')
			repair_fix(r, "FIX_COMMA", r->p, 1, "';' in place of ','");
		else if (!*has_item)
			repair_fix(r, "FIX_COMMA", r->p, 1, "a comma with nothing in front of it");
		if (kind == '[' && !*has_item && *n_commas) {
			repair_refuse(r, IMP_PARSE, r->p, "two commas: is an element missing here?");
			return -1;
		}
		*has_item = false;
		*has_comma = true;
		++*n_commas;
		r->p++;
		return 2;
	}
	dots = repair_dots(r->p, r->end);
	is_open = r->end - r->p > (long)dots && !repair_is(r->p[dots], ",]} \t\r\n/");
	if (dots && !is_open) {
		repair_fix(r, "FIX_ELLIPSIS", r->p, dots, "an ellipsis, not a value");
		r->p += dots;
		*has_item = true;
		*has_comma = false;
		return 2;
	}
	return 1;
}

static bool
object(struct repair_reader *r, struct jx *v)
{
	struct repair_frame f = {.up = r->frame, .kind = '{'};
	size_t base = r->n_members, n_commas = 0;
	bool has_item = false, has_comma = false, ok = true;
	int step;

	r->frame = &f;
	r->open_objects++;
	r->p++;
	while ((step = between(r, '{', &has_item, &has_comma, &n_commas)) > 0) {
		if (step == 2)
			continue;
		if ((has_item || has_comma) && *r->p == '{' && f.up && f.up->kind == '[') {
			repair_fix(r, "FIX_CLOSER", r->p, 0, "a missing }");
			r->missing++;
			break;
		}
		if (has_item)
			repair_fix(r, "FIX_COMMA", r->p, 0, "a missing comma");
		if (member(r, &f, base) == GOT_FAILED) {
			step = -1;
			break;
		}
		f.key = NULL;
		has_item = true;
		has_comma = false;
	}
	r->open_objects--;
	ok = step >= 0 && finish_object(r, &f, base, v);
	r->frame = f.up;
	return ok;
}

static bool
array(struct repair_reader *r, struct jx *v)
{
	struct repair_frame f = {.up = r->frame, .kind = '['};
	size_t base = r->n_items, n_commas = 0;
	bool has_item = false, has_comma = false;
	enum repair_got got = GOT_VALUE;
	const char *behind = r->p; /* the last element */
	struct jx *item;
	int step;

	r->frame = &f;
	r->open_arrays++;
	r->p++;
	while ((step = between(r, '[', &has_item, &has_comma, &n_commas)) > 0) {
		const char *at = r->p;
		char kind;
		if (step == 2)
			continue;
		if (has_item)
			repair_fix(r, "FIX_COMMA", r->p, 0, "a missing comma");
		got = repair_value(r, PLACE_ELEMENT, &item);
		if (got == GOT_VALUE && has_item && item->type == JX_STRING && !repair_quote(at, r->end, &kind) &&
		    !memchr(behind, '\n', (size_t)(at - behind))) {
			repair_refuse(r, IMP_PARSE, at, "words behind an element: an element that lacks its comma, or none?");
			got = GOT_FAILED;
		}
		if (got == GOT_FAILED)
			break;
		behind = r->p;
		if (got == GOT_VALUE) {
			push_item(r, item);
			f.index++;
		} else {
			if (!r->is_fenced)
				r->p = r->end;
			repair_fix(r, "FIX_CUT", at, (size_t)(r->p - at), "an element that was cut off is left out");
			r->is_cut = r->is_dropped = true;
		}
		has_item = true;
		has_comma = false;
	}
	r->open_arrays--;
	r->frame = f.up;
	v->type = JX_ARRAY;
	v->u.array.n = r->n_items - base;
	v->u.array.at = ARENA_ARRAY(r->a, v->u.array.n, struct jx *);
	if (v->u.array.n)
		memcpy(v->u.array.at, r->items + base, v->u.array.n * sizeof *v->u.array.at);
	r->n_items = base;
	return step >= 0 && got != GOT_FAILED;
}

enum repair_got
repair_value(struct repair_reader *r, enum repair_place where, struct jx **out)
{
	struct jx *v;
	bool ok;
	char kind;

	if (*r->p == '{' || *r->p == '[') {
		v = repair_node(r, r->p);
		if (r->depth >= r->depth_max) {
			repair_refuse(r, IMP_DEPTH, r->p, "nested deeper than %u levels", r->depth_max);
			return GOT_FAILED;
		}
		r->depth++;
		ok = *r->p == '{' ? object(r, v) : array(r, v);
		r->depth--;
		*out = v;
		return ok ? GOT_VALUE : GOT_FAILED;
	}
	if (repair_quote(r->p, r->end, &kind)) {
		v = repair_node(r, r->p);
		v->type = JX_STRING;
		*out = v;
		return repair_text(r, where, &v->u.text.p, &v->u.text.n);
	}
	return repair_bare(r, where, out);
}
