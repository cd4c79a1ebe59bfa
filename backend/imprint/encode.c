/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/encode.h"

#include "core/err.h"
#include "imprint/encode_parts.h"
#include "imprint/token.h"

#define BYTES_MAX_DEFAULT 262144u

/* --- one walk -------------------------------------------------------------------------------------------------- */

static void
walk(struct enc *e, struct shape *root)
{
	static const struct slot slot = {.kind = SLOT_ROOT, .is_required = true};
	struct frame frame = {.depth = 0};

	buf_clear(&e->out);
	e->is_over = false;
	e->leaves = e->required = e->folded = 0;
	e->n_cut = 0;
	e->n_rules = e->n_rules_all = 0;
	e->n_formats_told = 0;
	imp_diags_init(&e->warnings, e->a);
	if (e->map) {
		buf_clear(e->map);
		buf_clear(&e->refs);
		e->cap_first = e->n_first = 0;
	}
	enc_value(e, root, &slot, &frame);
	e->is_over = e->is_over || e->out.len > e->bytes_max; /* closing brackets count too */
}

/* Does it fit with these limits? Nothing is taken down. */
static bool
fits(struct enc *e, struct shape *root)
{
	bool is_collecting = e->is_collecting;
	struct buf *map = e->map;

	e->is_collecting = false;
	e->map = NULL;
	walk(e, root);
	e->is_collecting = is_collecting;
	e->map = map;
	return !e->is_over;
}

/* Sets *limit to the greatest value in [0, max] that fits; false (and 0) when not even 0 does. Doubles first, because
 * walks with a low limit are cheap. */
static bool
search(struct enc *e, struct shape *root, unsigned *limit, unsigned max)
{
	unsigned low, high = 1;

	*limit = 0;
	if (!fits(e, root))
		return false;
	for (low = 0; high <= max; high *= 2) {
		*limit = high;
		if (!fits(e, root))
			break;
		low = high;
	}
	if (high > max)
		high = max + 1;
	while (high - low > 1) {
		unsigned mid = low + (high - low) / 2;

		*limit = mid;
		if (fits(e, root))
			low = mid;
		else
			high = mid;
	}
	*limit = low;
	return true;
}

/* Optional members beyond the n-th of each object go, as many as must. */
static bool
cut(struct enc *e, struct shape *root)
{
	size_t low = 0, high = 1;

	e->optional_max = 0;
	if (!fits(e, root))
		return false;
	for (; high < 1u << 20; high *= 2) {
		e->optional_max = high;
		if (!fits(e, root))
			break;
		low = high;
	}
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		e->optional_max = mid;
		if (fits(e, root))
			low = mid;
		else
			high = mid;
	}
	e->optional_max = low;
	return true;
}

/* What is optional folds first and evenly; then what is required; then lists of values; then members are left out. */
static bool
fold(struct enc *e, struct shape *root, unsigned depth_max)
{
	unsigned depth;

	if (search(e, root, &e->depth_optional, depth_max))
		return true;
	if (search(e, root, &e->depth_required, depth_max)) {
		depth = e->depth_required;
		return search(e, root, &e->depth_optional, depth);
	}
	for (; e->values_max > 8; e->values_max /= 4)
		if (fits(e, root))
			return true;
	return cut(e, root);
}

int
enc_run(struct enc *e, struct shape *root, const struct encode_options *opt, struct imp_diags *d)
{
	unsigned depth_max = opt->depth_max && opt->depth_max < ENC_DEPTH_MAX ? opt->depth_max : ENC_DEPTH_MAX;

	e->bytes_max = opt->bytes_max ? opt->bytes_max : BYTES_MAX_DEFAULT;
	e->depth_optional = e->depth_required = depth_max;
	e->values_max = ENC_VALUES_MAX;
	e->optional_max = SIZE_MAX;
	walk(e, root);
	if (!e->is_over)
		return 0;
	if (!fold(e, root, depth_max)) {
		e->bytes_max = SIZE_MAX;
		walk(e, root);
		(void)imp_add(d, IMP_E_SCHEMA, "",
		    "the required members alone take %zu bytes of template, and the limit is %zu; raise the limit",
		    e->out.len, opt->bytes_max ? opt->bytes_max : (size_t)BYTES_MAX_DEFAULT);
		return -1;
	}
	walk(e, root);
	INVARIANT(!e->is_over);
	if (e->is_collecting && e->folded > ENC_FOLDS_TOLD)
		(void)imp_add(&e->warnings, IMP_W_FOLDED, "", "%u parts are folded in all; the first %u are listed",
		    e->folded, ENC_FOLDS_TOLD);
	return 0;
}

/* --- zoom ------------------------------------------------------------------------------------------------------ */

/* One step of a template pointer; NULL when there is no such part. */
static struct shape *
zoom_object(struct enc *e, struct shape *shape, const char *name, size_t n)
{
	const char *literal;
	size_t literal_bytes;
	struct shape *extra;
	bool is_shown = false;
	long i;

	if (token_is_like(name, n)) {
		for (size_t k = 0; k < shape->n_keys; k++) {
			enc_key_token(e, shape, k);
			if (e->token.len == n && memcmp(e->token.p, name, n) == 0)
				return shape_keys_value(e->s, shape, k);
		}
		return NULL;
	}
	literal = token_unescape(name, n, &literal_bytes);
	i = shape_member_find(e->s, shape, literal, literal_bytes);
	if (i >= 0)
		return shape_member_is_dropped(e->s, shape, (size_t)i) ? NULL : shape_member(e->s, shape, (size_t)i);
	extra = shape_extra(e->s, shape, literal, literal_bytes, &is_shown);
	return is_shown ? extra : NULL;
}

static struct shape *
zoom_array(struct enc *e, struct shape *shape, const char *name, size_t n)
{
	static const struct slot slot = {.kind = SLOT_ROOT, .is_required = true};
	struct array_plan plan;
	size_t index = 0;

	for (size_t i = 0; i < n; i++) {
		if (name[i] < '0' || name[i] > '9' || i > 8)
			return NULL;
		index = index * 10 + (size_t)(name[i] - '0');
	}
	enc_array_plan(e, shape, &slot, &plan);
	if (n == 0 || (plan.has_meta && index == 0))
		return NULL;
	index -= plan.has_meta;
	return index < plan.n_prefix ? shape_prefix(e->s, shape, index) : plan.rest;
}

static struct shape *
zoom_step(struct enc *e, struct shape *shape, const char *name, size_t n)
{
	size_t literal_bytes;
	const char *literal;

	switch (shape->show) {
	case SHOW_OBJECT:
	case SHOW_MAP: return zoom_object(e, shape, name, n);
	case SHOW_ARRAY: return zoom_array(e, shape, name, n);
	case SHOW_CHOICE:
		literal = token_unescape(name, n, &literal_bytes);
		for (size_t i = 0; i < shape->choice->n; i++) {
			const char *branch = shape->choice->branches[i].name;
			if (strlen(branch) == literal_bytes && memcmp(branch, literal, literal_bytes) == 0)
				return shape->choice->branches[i].shape;
		}
		return NULL;
	case SHOW_TOKEN: return NULL;
	}
	return NULL;
}

int
enc_zoom(struct enc *e, struct shape *root, const char *pointer, struct shape **out, struct imp_diags *d)
{
	struct shape *shape = root;
	const char *p = pointer;

	while (*p == '/' && shape) {
		struct buf name;
		const char *end = p + 1 + strcspn(p + 1, "/");

		buf_init(&name, e->a);
		for (p++; p < end; p++) {
			bool is_escape = *p == '~' && p + 1 < end && (p[1] == '0' || p[1] == '1');

			buf_char(&name, is_escape ? (p[1] == '0' ? '~' : '/') : *p);
			p += is_escape;
		}
		if (shape->has_child)
			shape = shape_child(e->s, shape);
		shape = zoom_step(e, shape, name.p, name.len);
	}
	if (!shape || *p) {
		(void)imp_add(d, IMP_E_OP, pointer,
		    "there is no part '%.200s' in this template; take the pointer of a folded part from its warnings",
		    pointer);
		return -1;
	}
	*out = shape;
	return 0;
}

struct shape *
encode_zoom(struct shapes *s, struct shape *root, const char *pointer, struct imp_diags *d)
{
	struct enc e = {.s = s, .a = d->a, .direction = shapes_direction(s)};

	buf_init(&e.out, d->a);
	buf_init(&e.token, d->a);
	return enc_zoom(&e, root, pointer, &root, d) < 0 ? NULL : root;
}

/* --- the front ------------------------------------------------------------------------------------------------- */

int
encode_template(struct shapes *s, struct shape *root, const struct encode_options *opt,
    const struct encode_title *title, struct arena *a, struct encoded *out, struct imp_diags *d)
{
	static const struct encode_options plain;
	struct enc e = {.s = s, .a = a, .direction = shapes_direction(s)};
	const char *told[ENC_FORMATS_TOLD];

	opt = opt ? opt : &plain;
	buf_init(&e.out, a);
	buf_init(&e.token, a);
	e.formats_told = told;
	e.is_collecting = !opt->quiet;
	if (opt->zoom && opt->zoom[0] && enc_zoom(&e, root, opt->zoom, &root, d) < 0)
		return -1;
	if (shape_check(s, root) != SAT_YES) {
		shape_refusal(s, root, d);
		return -1;
	}
	if (enc_run(&e, root, opt, d) < 0)
		return -1;
	*out = (struct encoded){.template_bytes = e.out.len, .leaves = e.leaves, .required = e.required,
	    .rules = e.rules, .n_rules = e.n_rules, .warnings = e.warnings, .folded = e.folded};
	if (!opt->quiet)
		enc_head(&e, root, title, e.out.len, out->head);
	out->template = buf_take(&e.out);
	return 0;
}
