/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/encode_parts.h"

#include "core/err.h"
#include "core/jx.h"
#include "imprint/token.h"
#include "schema/format.h"

/* --- the way from the root ------------------------------------------------------------------------------------- */

static size_t
index_text(size_t v, char *out)
{
	char text[24];
	size_t i = sizeof text, n;

	do {
		text[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	n = sizeof text - i;
	memcpy(out, text + i, n);
	return n;
}

/* Written from its end: the way is known from the leaf up. */
char *
enc_pointer(struct arena *a, const struct frame *f)
{
	size_t n = 0;
	char *text, number[24];

	for (const struct frame *g = f; g->up; g = g->up) {
		n++;
		if (!g->key) {
			n += index_text(g->index, number);
			continue;
		}
		n += g->key_bytes;
		for (size_t i = 0; i < g->key_bytes; i++)
			n += g->key[i] == '~' || g->key[i] == '/';
	}
	text = arena_alloc(a, n + 1);
	for (const struct frame *g = f; g->up; g = g->up) {
		if (!g->key) {
			size_t k = index_text(g->index, number);
			n -= k;
			memcpy(text + n, number, k);
		}
		for (size_t i = g->key ? g->key_bytes : 0; i-- > 0;) {
			char c = g->key[i];
			if (c == '~' || c == '/') {
				text[--n] = c == '~' ? '0' : '1';
				c = '~';
			}
			text[--n] = c;
		}
		text[--n] = '/';
	}
	INVARIANT(n == 0);
	return text;
}

/* Where shape was entered on the way here, or NULL. */
static const struct frame *
entered(const struct frame *f, const struct shape *shape)
{
	for (f = f->up; f; f = f->up)
		if (f->shape == shape)
			return f;
	return NULL;
}

/* --- tokens ---------------------------------------------------------------------------------------------------- */

static void
token_out(struct enc *e)
{
	enc_quote(&e->out, e->token.p, e->token.len);
	e->is_over = e->is_over || e->out.len > e->bytes_max;
}

static void
leaf_out(struct enc *e, bool is_required)
{
	token_out(e);
	e->leaves++;
	e->required += is_required;
}

bool
enc_is_auto(const struct enc *e, const struct shape *shape, const struct slot *slot)
{
	if (!shape->readonly || slot->kind != SLOT_MEMBER || slot->is_text)
		return false;
	switch (e->direction) {
	case DIRECTION_REQUEST: return true;
	case DIRECTION_NONE: return !slot->is_required;
	case DIRECTION_RESPONSE: return false;
	}
	return false;
}

static void
format_tell(struct enc *e, const struct shape *shape, const struct frame *f)
{
	for (size_t i = 0; i < shape->n_formats; i++) {
		const char *name = shape->formats[i];
		size_t k = 0;

		if (!name[0] || format_find(name, strlen(name)) >= 0)
			continue;
		while (k < e->n_formats_told && strcmp(e->formats_told[k], name) != 0)
			k++;
		if (k < e->n_formats_told || k >= ENC_FORMATS_TOLD)
			continue;
		e->formats_told[e->n_formats_told++] = name;
		(void)imp_add(&e->warnings, IMP_W_FORMAT_UNKNOWN, enc_pointer(e->a, f),
		    "the format '%s' is not one that is known; it is shown and not checked", name);
	}
}

static void
scalar_value(struct enc *e, struct shape *shape, const struct slot *slot, const struct frame *f)
{
	bool is_required;

	enc_token(e, shape, slot, &is_required);
	leaf_out(e, is_required);
	if (!e->is_collecting)
		return;
	if (shape->n_formats && (shape->types & (T_STRING | T_NUMERIC)))
		format_tell(e, shape, f);
	if (shape->values && shape->n_values > e->values_max)
		(void)imp_add(&e->warnings, IMP_W_ENUM_MORE, enc_pointer(e->a, f),
		    "%zu of %zu values are listed; decoding enforces all of them", e->values_max, shape->n_values);
}

static void
circular_value(struct enc *e, const struct shape *shape, const struct slot *slot, const struct frame *f,
    const struct frame *first)
{
	const char *at = enc_pointer(e->a, first);

	if (!at[0])
		at = "/";
	enc_ref(e, shape, slot, at);
	leaf_out(e, false);
	if (e->map)
		enc_map_ref(e, f, "circular", at);
}

static void
folded_value(struct enc *e, const struct shape *shape, const struct slot *slot, const struct frame *f)
{
	enc_ref(e, shape, slot, NULL);
	leaf_out(e, false);
	e->folded++;
	if (e->is_collecting && e->folded <= ENC_FOLDS_TOLD)
		(void)imp_add(&e->warnings, IMP_W_FOLDED, enc_pointer(e->a, f),
		    "this part is folded to stay within the limit; ask for it by its pointer (zoom) to fill it");
	if (e->map)
		enc_map_ref(e, f, "depth", NULL);
}

/* --- containers ------------------------------------------------------------------------------------------------ */

struct list { bool has_item; };

static void
comma(struct enc *e, struct list *l)
{
	if (l->has_item)
		ENC_LIT(&e->out, ",");
	l->has_item = true;
}

static bool
is_scalar(const struct shape *shape)
{
	return shape->show == SHOW_TOKEN && !shape->has_child;
}

void
enc_array_plan(struct enc *e, struct shape *shape, const struct slot *slot, struct array_plan *plan)
{
	bool is_cut = false;

	*plan = (struct array_plan){.items = shape->items};
	while (plan->n_prefix < shape->n_prefix && !is_cut) {
		struct shape *at = shape_prefix(e->s, shape, plan->n_prefix);

		is_cut = shape_check(e->s, at) != SAT_YES;
		plan->is_dangling = is_cut && shape_check(e->s, at) == SAT_REF;
		plan->n_prefix += !is_cut;
	}
	if (shape->has_rest && !is_cut) {
		plan->rest = shape_rest(e->s, shape);
		if (shape_check(e->s, plan->rest) != SAT_YES) {
			plan->is_dangling = shape_check(e->s, plan->rest) == SAT_REF;
			plan->rest = NULL;
			is_cut = true;
		}
	}
	if (is_cut && (!plan->items.has_max || plan->items.max > plan->n_prefix)) {
		plan->items.has_max = true; /* nothing can stand behind: say so */
		plan->items.max = plan->n_prefix;
	}
	plan->has_meta = plan->n_prefix > 0 || plan->items.min > 0 || plan->items.has_max || shape->unique ||
	    !plan->rest || !is_scalar(plan->rest) || enc_is_meta_due(shape, slot) ||
	    (!plan->rest->is_any && !plan->rest->values && (plan->rest->types & T_CONTAINER));
}

static void
array_value(struct enc *e, struct shape *shape, const struct slot *slot, const struct frame *f)
{
	struct list list = {0};
	struct array_plan plan;
	size_t at = 0;

	enc_array_plan(e, shape, slot, &plan);
	if (plan.is_dangling && e->is_collecting)
		(void)imp_add(&e->warnings, IMP_W_REF, enc_pointer(e->a, f),
		    "element %zu and those behind it are not on the menu: a reference in their schema leads nowhere", plan.n_prefix);
	ENC_LIT(&e->out, "[");
	if (plan.has_meta) {
		enc_meta_array(e, shape, slot, &plan.items, plan.n_prefix);
		comma(e, &list);
		token_out(e);
		at = 1;
	}
	for (size_t i = 0; i < plan.n_prefix + (plan.rest != NULL) && !e->is_over; i++) {
		struct shape *element = i < plan.n_prefix ? shape_prefix(e->s, shape, i) : plan.rest;
		struct slot inner = {.kind = SLOT_ELEMENT, .is_required = slot->is_required || !is_scalar(element),
		    .may_be_left = i >= plan.items.min};
		struct frame frame = {.up = f, .index = at + i, .depth = f->depth + 1};

		comma(e, &list);
		enc_value(e, element, &inner, &frame);
	}
	ENC_LIT(&e->out, "]");
}

static void
name_out(struct enc *e, const struct shape_member *m, struct frame *frame)
{
	struct buf escaped;

	frame->key = m->name;
	frame->key_bytes = m->name_bytes;
	if (m->name_bytes && (m->name[0] == '{' || m->name[0] == '\\')) {
		buf_init(&escaped, e->a);
		token_escape(&escaped, m->name, m->name_bytes);
		frame->key = escaped.p;
		frame->key_bytes = escaped.len;
	}
	enc_quote(&e->out, frame->key, frame->key_bytes);
	ENC_LIT(&e->out, ":");
}

static void
dropped_tell(struct enc *e, struct shape *shape, size_t i, const struct frame *f)
{
	const struct shape_member *m = &shape->members[i];
	const struct shape *value = shape_member(e->s, shape, i);
	enum sat sat = shape_check(e->s, shape_member(e->s, shape, i));

	if (sat == SAT_REF)
		(void)imp_add(&e->warnings, IMP_W_REF, imp_join(e->a, enc_pointer(e->a, f), m->name, m->name_bytes),
		    "'%.*s' is not on the menu: %s", (int)(m->name_bytes < 80 ? m->name_bytes : 80), m->name,
		    value->why_ ? value->why_ : "a reference in it leads nowhere");
	if (e->map)
		enc_map_dropped(e, m->name, m->name_bytes, f,
		    sat == SAT_REF ? "dangling" : sat == SAT_LOOP ? "endless" : "unsatisfiable");
}

static void
members_out(struct enc *e, struct shape *shape, const struct frame *f, struct list *list)
{
	size_t n_optional = 0, n_left_out = 0;

	for (size_t i = 0; i < shape->n_members && !e->is_over; i++) {
		const struct shape_member *m = &shape->members[i];
		struct slot inner = {.kind = SLOT_MEMBER, .is_required = m->is_required, .may_be_left = !m->is_required};
		struct frame frame = {.up = f, .depth = f->depth + 1};
		struct shape *value;

		if (!m->is_required && n_optional >= e->optional_max) {
			n_left_out++;
			continue;
		}
		if (shape_member_is_dropped(e->s, shape, i)) {
			if (e->is_collecting)
				dropped_tell(e, shape, i, f);
			continue;
		}
		value = shape_member(e->s, shape, i);
		if (value->writeonly && e->direction == DIRECTION_RESPONSE)
			continue;
		n_optional += !m->is_required;
		comma(e, list);
		name_out(e, &shape->members[i], &frame);
		enc_value(e, value, &inner, &frame);
	}
	e->n_cut += n_left_out;
	if (n_left_out && e->is_collecting)
		(void)imp_add(&e->warnings, IMP_W_FOLDED, enc_pointer(e->a, f),
		    "%zu optional members are left out here to stay within the limit", n_left_out);
}

/* Key tokens with the same text would be one member twice; the first one stays. */
struct seen { const char **at; size_t cap; };

static bool
seen_add(struct seen *seen, const char *text)
{
	size_t i = 1469598103u;

	for (const char *p = text; *p; p++)
		i = (i ^ (unsigned char)*p) * 1099511628211u;
	for (i &= seen->cap - 1; seen->at[i]; i = (i + 1) & (seen->cap - 1))
		if (strcmp(seen->at[i], text) == 0)
			return false;
	seen->at[i] = text;
	return true;
}

static void
keys_out(struct enc *e, struct shape *shape, const struct frame *f, struct list *list)
{
	struct seen seen = {.cap = 4};

	if (shape->n_keys == 0)
		return;
	while (seen.cap < 2 * shape->n_keys)
		seen.cap *= 2;
	seen.at = ARENA_ARRAY(e->a, seen.cap, const char *);
	for (size_t i = 0; i < shape->n_keys && !e->is_over; i++) {
		struct shape *value = shape_keys_value(e->s, shape, i);
		struct slot inner = {.kind = SLOT_KEY, .is_required = true};
		struct frame frame = {.up = f, .depth = f->depth + 1};

		if (shape_check(e->s, value) != SAT_YES) {
			if (e->is_collecting && shape_check(e->s, value) == SAT_REF)
				(void)imp_add(&e->warnings, IMP_W_REF, enc_pointer(e->a, f),
				    "further members are not on the menu: a reference in their schema leads nowhere");
			continue;
		}
		enc_key_token(e, shape, i);
		frame.key = arena_dup(e->a, e->token.p, e->token.len);
		frame.key_bytes = e->token.len;
		if (!seen_add(&seen, frame.key))
			continue;
		comma(e, list);
		token_out(e);
		ENC_LIT(&e->out, ":");
		enc_value(e, value, &inner, &frame);
	}
}

static void
object_value(struct enc *e, struct shape *shape, const struct slot *slot, const struct frame *f)
{
	struct list list = {0};

	ENC_LIT(&e->out, "{");
	if (!slot->is_required || shape->props.min > 0 || shape->props.has_max ||
	    enc_is_meta_due(shape, slot)) {
		enc_meta(e, shape, slot, false);
		comma(e, &list);
		token_out(e);
		ENC_LIT(&e->out, ":\"\"");
	}
	members_out(e, shape, f, &list);
	keys_out(e, shape, f, &list);
	ENC_LIT(&e->out, "}");
}

static void
choice_value(struct enc *e, struct shape *shape, const struct slot *slot, const struct frame *f)
{
	ENC_LIT(&e->out, "{\"{ONE_OF}\":");
	enc_selector(e, shape, slot);
	leaf_out(e, slot->is_required);
	for (size_t i = 0; i < shape->choice->n && !e->is_over; i++) {
		const struct shape_branch *branch = &shape->choice->branches[i];
		struct slot inner = {.kind = SLOT_BRANCH, .is_required = true};
		struct frame frame = {.up = f, .depth = f->depth + 1};
		struct shape_member name = {.name = branch->name, .name_bytes = strlen(branch->name)};

		ENC_LIT(&e->out, ",");
		name_out(e, &name, &frame);
		enc_value(e, branch->shape, &inner, &frame);
	}
	ENC_LIT(&e->out, "}");
}

/* Would a REF be shorter? Not for what holds one scalar at most. */
static bool
is_small(struct enc *e, struct shape *shape)
{
	switch (shape->show) {
	case SHOW_TOKEN: return true;
	case SHOW_ARRAY: return shape->n_prefix == 0 && (!shape->has_rest || is_scalar(shape_rest(e->s, shape)));
	case SHOW_MAP:
	case SHOW_OBJECT:
		return shape->n_members == 0 &&
		    (shape->n_keys == 0 || (shape->n_keys == 1 && is_scalar(shape_keys_value(e->s, shape, 0))));
	case SHOW_CHOICE: return false;
	}
	return false;
}

static bool
is_folded(struct enc *e, struct shape *shape, const struct slot *slot, const struct frame *f)
{
	bool is_optional = slot->may_be_left || slot->kind == SLOT_KEY;

	if (f->depth == 0)
		return false;
	if (f->depth >= ENC_DEPTH_MAX)
		return true;
	if (f->depth <= (is_optional ? e->depth_optional : e->depth_required))
		return false;
	return !is_small(e, shape);
}

static void
container_value(struct enc *e, struct shape *shape, const struct slot *slot, struct frame *f)
{
	const struct frame *first = entered(f, shape);

	if (first) {
		circular_value(e, shape, slot, f, first);
		return;
	}
	if (is_folded(e, shape, slot, f)) {
		folded_value(e, shape, slot, f);
		return;
	}
	f->shape = shape;
	switch (shape->show) {
	case SHOW_OBJECT:
	case SHOW_MAP: object_value(e, shape, slot, f); break;
	case SHOW_ARRAY: array_value(e, shape, slot, f); break;
	case SHOW_CHOICE: choice_value(e, shape, slot, f); break;
	case SHOW_TOKEN: NEVER("a token is not a container");
	}
}

void
enc_value(struct enc *e, struct shape *shape, const struct slot *slot, struct frame *f)
{
	if (e->is_over)
		return;
	if (e->map)
		enc_map_value(e, shape, slot, f);
	if (enc_is_auto(e, shape, slot)) {
		if (shape->show == SHOW_TOKEN) {
			scalar_value(e, shape, slot, f);
			return;
		}
		enc_meta(e, shape, slot, true);
		leaf_out(e, false);
		return;
	}
	if (e->is_collecting && (shape->n_rules || shape->choice || shape->has_child))
		enc_rules(e, shape, f);
	if (e->is_collecting && shape_dangling(shape))
		(void)imp_add(&e->warnings, IMP_W_REF, enc_pointer(e->a, f),
		    "alternatives that are not on the menu because a reference in them leads nowhere: %zu",
		    shape_dangling(shape));
	if (shape->has_child && !shape->values && !slot->is_text) {
		struct slot inner = *slot;

		inner.is_text = true;
		inner.or_null = (shape->types & T_NULL) != 0;
		enc_value(e, shape_child(e->s, shape), &inner, f);
		return;
	}
	if (shape->show == SHOW_TOKEN)
		scalar_value(e, shape, slot, f);
	else
		container_value(e, shape, slot, f);
}
