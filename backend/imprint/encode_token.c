/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/encode_parts.h"

#include <stdio.h>

#include "core/decimal.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/token.h"
#include "schema/format.h"

/* --- JSON text ------------------------------------------------------------------------------------------------ */

/* Does any of 8 bytes need an escape (below 0x20, '"' or '\\')? Exact: each term's high bit is set only where so. */
static bool
needs_escape(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u, low = 0x7f7f7f7f7f7f7f7fu;
	uint64_t w, quote, slash;

	memcpy(&w, p, sizeof w);
	quote = w ^ (ones * '"');
	slash = w ^ (ones * '\\');
	/* (x & 0x7f…) + 0x7f… has the high bit where x's low bits are not 0; x's own high bit says the same */
	return (~(((quote & low) + low) | quote) & high) || (~(((slash & low) + low) | slash) & high) ||
	    (~(((w & low) + ones * (0x80 - 0x20)) | w) & high);
}

void
enc_quote(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	ENC_LIT(b, "\"");
	for (size_t i = 0; i < n; i++) {
		unsigned char c;
		char u[6] = {'\\', 'u', '0', '0', 0, 0};

		while (i + 8 <= n && !needs_escape(s + i))
			i += 8;
		if (i == n)
			break;
		c = (unsigned char)s[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		enc_put(b, s + from, i - from);
		from = i + 1;
		switch (c) {
		case '\n': ENC_LIT(b, "\\n"); break;
		case '\r': ENC_LIT(b, "\\r"); break;
		case '\t': ENC_LIT(b, "\\t"); break;
		case '"': ENC_LIT(b, "\\\""); break;
		case '\\': ENC_LIT(b, "\\\\"); break;
		default:
			u[4] = hex[c >> 4];
			u[5] = hex[c & 15];
			enc_put(b, u, sizeof u);
		}
	}
	enc_put(b, s + from, n - from);
	ENC_LIT(b, "\"");
}

static void
json_at(struct buf *b, const struct jx *v, unsigned depth)
{
	INVARIANT(depth < 4096); /* documents are read with a lower limit */
	switch (v->type) {
	case JX_NULL: ENC_LIT(b, "null"); break;
	case JX_BOOL: buf_str(b, v->u.boolean ? "true" : "false"); break;
	case JX_NUMBER: enc_put(b, v->u.text.p, v->u.text.n); break;
	case JX_STRING: enc_quote(b, v->u.text.p, v->u.text.n); break;
	case JX_ARRAY:
		ENC_LIT(b, "[");
		for (size_t i = 0; i < v->u.array.n; i++) {
			if (i)
				ENC_LIT(b, ",");
			json_at(b, v->u.array.at[i], depth + 1);
		}
		ENC_LIT(b, "]");
		break;
	case JX_OBJECT:
		ENC_LIT(b, "{");
		for (size_t i = 0; i < v->u.object.n; i++) {
			const struct jx_member *m = &v->u.object.at[i];
			if (i)
				ENC_LIT(b, ",");
			enc_quote(b, m->key, m->key_bytes);
			ENC_LIT(b, ":");
			json_at(b, m->value, depth + 1);
		}
		ENC_LIT(b, "}");
		break;
	case JX__COUNT: NEVER("not a type");
	}
}

void
enc_json(struct buf *b, const struct jx *v)
{
	json_at(b, v, 0);
}

/* --- constraints ---------------------------------------------------------------------------------------------- */

static void
types_write(struct buf *t, unsigned types, bool is_any)
{
	static const struct { unsigned bit; const char *name; } order[] = {
		{T_STRING, "string"}, {T_INTEGER, "integer"}, {T_NUMBER, "number"}, {T_BOOLEAN, "boolean"},
		{T_OBJECT, "object"}, {T_ARRAY, "array"}, {T_NULL, "null"},
	};
	bool is_first = true;

	if (is_any || types == 0) {
		ENC_LIT(t, "any");
		return;
	}
	if (types & T_NUMBER)
		types &= ~(unsigned)T_INTEGER;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		if (!(types & order[i].bit))
			continue;
		if (!is_first)
			ENC_LIT(t, "/");
		buf_str(t, order[i].name);
		is_first = false;
	}
}

static void
number_write(struct buf *t, uint64_t v)
{
	char text[24];
	size_t i = sizeof text;

	do {
		text[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	enc_put(t, text + i, sizeof text - i);
}

/* "|len:2-5"; nothing when nothing is bounded. */
static void
span_write(struct buf *t, const char *name, const struct span *span)
{
	if (span->min == 0 && !span->has_max)
		return;
	ENC_LIT(t, "|");
	buf_str(t, name);
	ENC_LIT(t, ":");
	if (span->min > 0)
		number_write(t, span->min);
	ENC_LIT(t, "-");
	if (span->has_max)
		number_write(t, span->max);
}

static bool
is_plain_integer(const struct lexeme *x)
{
	if (x->n == 0 || (x->n > 1 && x->p[0] == '0'))
		return false;
	for (size_t i = 0; i < x->n; i++)
		if (x->p[i] < '0' || x->p[i] > '9')
			return false;
	return true;
}

static void
range_write(struct buf *t, const struct shape *shape)
{
	bool has_min = shape->min.p != NULL, has_max = shape->max.p != NULL;

	if (!has_min && !has_max)
		return;
	ENC_LIT(t, "|range:");
	if (has_min && has_max && !shape->min_exclusive && !shape->max_exclusive && is_plain_integer(&shape->min) &&
	    is_plain_integer(&shape->max)) {
		enc_put(t, shape->min.p, shape->min.n);
		ENC_LIT(t, "-");
		enc_put(t, shape->max.p, shape->max.n);
		return;
	}
	buf_char(t, has_min && shape->min_exclusive ? '(' : '[');
	if (has_min)
		enc_put(t, shape->min.p, shape->min.n);
	ENC_LIT(t, ",");
	if (has_max)
		enc_put(t, shape->max.p, shape->max.n);
	buf_char(t, has_max && shape->max_exclusive ? ')' : ']');
}

static void
pattern_write(struct buf *t, const struct shape_pattern *p)
{
	ENC_LIT(t, "|pattern:");
	if (p->name) {
		buf_str(t, p->name);
		return;
	}
	ENC_LIT(t, "/");
	token_text(t, p->source, p->n);
	ENC_LIT(t, "/");
}

static void
formats_write(struct buf *t, const struct shape *shape)
{
	for (size_t i = 0; i < shape->n_formats; i++) {
		if (!shape->formats[i][0])
			continue;
		ENC_LIT(t, "|format:");
		token_text(t, shape->formats[i], strlen(shape->formats[i]));
	}
}

static void
value_constraints(struct buf *t, const struct shape *shape, unsigned types)
{
	if (types & (T_STRING | T_NUMERIC)) /* int32 is a format as well */
		formats_write(t, shape);
	if (types & T_STRING) {
		for (size_t i = 0; i < shape->n_patterns; i++)
			pattern_write(t, &shape->patterns[i]);
		span_write(t, "len", &shape->len);
	}
	if (types & T_NUMERIC) {
		range_write(t, shape);
		for (size_t i = 0; i < shape->n_multiples; i++) {
			ENC_LIT(t, "|multiple:");
			enc_put(t, shape->multiples[i].p, shape->multiples[i].n);
		}
	}
}

/* Is the JSON text of v at most max code points? Stops early. */
static bool
text_is_short(struct enc *e, const struct jx *v, size_t max)
{
	struct buf b;
	size_t n = 0;

	if (v->type == JX_STRING || v->type == JX_NUMBER) {
		if (v->u.text.n > 6 * max)
			return false;
		if (v->u.text.n <= max / 6)
			return true;
	}
	if (v->type == JX_NULL || v->type == JX_BOOL)
		return true;
	if (jx_size(v) > max)
		return false;
	buf_init(&b, e->a);
	enc_json(&b, v);
	for (size_t i = 0; i < b.len; i++)
		n += ((unsigned char)b.p[i] & 0xc0) != 0x80;
	return n <= max;
}

static void
default_write(struct enc *e, const struct shape *shape)
{
	if (!shape->dflt || !text_is_short(e, shape->dflt, ENC_DEFAULT_MAX))
		return;
	ENC_LIT(&e->token, "|default:");
	token_value(&e->token, shape->dflt);
}

static void
flags_write(struct buf *t, const struct shape *shape)
{
	if (shape->readonly)
		ENC_LIT(t, "|readonly");
	if (shape->deprecated)
		ENC_LIT(t, "|deprecated");
}

/* --- tokens --------------------------------------------------------------------------------------------------- */

static unsigned
value_bits(const struct jx *v)
{
	switch (v->type) {
	case JX_NULL: return T_NULL;
	case JX_BOOL: return T_BOOLEAN;
	case JX_NUMBER: return decimal_is_integer(v->u.text.p, v->u.text.n) ? T_INTEGER : T_NUMBER;
	case JX_STRING: return T_STRING;
	case JX_ARRAY: return T_ARRAY;
	case JX_OBJECT: return T_OBJECT;
	case JX__COUNT: break;
	}
	NEVER("not a type");
}

unsigned
enc_types_shown(const struct shape *shape)
{
	unsigned types = 0, null = shape->is_any ? 0 : shape->types & T_NULL;

	switch (shape->show) { /* what says nothing of its type and has members is meant as an object */
	case SHOW_OBJECT:
	case SHOW_MAP: return T_OBJECT | null;
	case SHOW_ARRAY: return T_ARRAY | null;
	case SHOW_CHOICE: return shape->types;
	case SHOW_TOKEN: break;
	}
	if (!shape->values)
		return shape->types;
	for (size_t i = 0; i < shape->n_values; i++)
		types |= value_bits(shape->values[i]);
	return types;
}

bool
enc_is_constant(const struct shape *shape, const struct slot *slot)
{
	return shape->is_const && shape->n_values == 1 && !slot->is_text &&
	    (slot->kind == SLOT_ROOT || (slot->kind == SLOT_MEMBER && slot->is_required));
}

static void
more_tell(struct enc *e, size_t more)
{
	ENC_LIT(&e->token, "|more:");
	number_write(&e->token, more);
}

/* "||" stands before the first constraint of an enum: the name of each begins with one "|". */
static void
enum_write(struct enc *e, const struct shape *shape, const struct slot *slot)
{
	struct buf *t = &e->token;
	size_t n = shape->n_values < e->values_max ? shape->n_values : e->values_max, mark;

	if (slot->is_required)
		ENC_LIT(t, "{FILL_ENUM");
	else
		ENC_LIT(t, "{OPTIONAL_ENUM");
	for (size_t i = 0; i < n; i++) {
		ENC_LIT(t, "|");
		token_value(t, shape->values[i]);
	}
	ENC_LIT(t, "|");
	mark = t->len;
	if (shape->n_values > n)
		more_tell(e, shape->n_values - n);
	if (slot->is_text)
		ENC_LIT(t, "|enc:json");
	default_write(e, shape);
	flags_write(t, shape);
	if (t->len == mark)
		t->len--;
	ENC_LIT(t, "}");
}

static void
constant_write(struct enc *e, const struct shape *shape)
{
	struct buf *t = &e->token;

	ENC_LIT(t, "{AUTO|");
	types_write(t, value_bits(shape->values[0]), false);
	if (text_is_short(e, shape->values[0], ENC_CONST_MAX)) {
		ENC_LIT(t, "|const:");
		token_value(t, shape->values[0]);
	}
	flags_write(t, shape);
	ENC_LIT(t, "}");
}

void
enc_token(struct enc *e, const struct shape *shape, const struct slot *slot, bool *is_required)
{
	struct buf *t = &e->token;
	bool is_auto = enc_is_auto(e, shape, slot);
	unsigned types = enc_types_shown(shape);

	buf_clear(t);
	*is_required = false;
	if (!is_auto && enc_is_constant(shape, slot)) {
		constant_write(e, shape);
		return;
	}
	if (!is_auto && shape->values) {
		*is_required = slot->is_required;
		enum_write(e, shape, slot);
		return;
	}
	if (is_auto)
		ENC_LIT(t, "{AUTO|");
	else if (slot->is_required)
		ENC_LIT(t, "{FILL|");
	else
		ENC_LIT(t, "{OPTIONAL|");
	*is_required = !is_auto && slot->is_required;
	if (slot->or_null && !shape->is_any)
		types |= T_NULL;
	types_write(t, types, shape->is_any && !shape->values);
	if (!shape->values) {
		value_constraints(t, shape, types);
		if (types & T_ARRAY)
			span_write(t, "items", &shape->items);
		if (types & T_OBJECT)
			span_write(t, "props", &shape->props);
		if ((types & T_ARRAY) && shape->unique)
			ENC_LIT(t, "|unique");
	}
	if (slot->is_text)
		ENC_LIT(t, "|enc:json");
	if (!is_auto)
		default_write(e, shape);
	flags_write(t, shape);
	ENC_LIT(t, "}");
}

/* An empty default of a container says nothing that its absence does not say. */
static bool
has_telling_default(const struct shape *shape)
{
	const struct jx *v = shape->dflt;

	return v && !((v->type == JX_ARRAY || v->type == JX_OBJECT) && jx_size(v) == 0);
}

bool
enc_is_meta_due(const struct shape *shape, const struct slot *slot)
{
	return (!shape->is_any && shape->types & T_NULL) || slot->is_text || shape->readonly || shape->deprecated || has_telling_default(shape);
}

static void
meta_open(struct enc *e, const struct shape *shape, const struct slot *slot, bool is_auto)
{
	unsigned types = enc_types_shown(shape) | (slot->or_null ? (unsigned)T_NULL : 0);

	buf_clear(&e->token);
	if (is_auto)
		ENC_LIT(&e->token, "{AUTO|");
	else if (slot->is_required)
		ENC_LIT(&e->token, "{FILL|");
	else
		ENC_LIT(&e->token, "{OPTIONAL|");
	types_write(&e->token, types, false);
}

static void
meta_close(struct enc *e, const struct shape *shape, const struct slot *slot, bool is_auto)
{
	if (slot->is_text)
		ENC_LIT(&e->token, "|enc:json");
	if (!is_auto)
		default_write(e, shape);
	flags_write(&e->token, shape);
	ENC_LIT(&e->token, "}");
}

void
enc_meta(struct enc *e, const struct shape *shape, const struct slot *slot, bool is_auto)
{
	meta_open(e, shape, slot, is_auto);
	if (!is_auto)
		span_write(&e->token, "props", &shape->props);
	meta_close(e, shape, slot, is_auto);
}

void
enc_meta_array(struct enc *e, const struct shape *shape, const struct slot *slot, const struct span *items, size_t tuple)
{
	meta_open(e, shape, slot, false);
	span_write(&e->token, "items", items);
	if (shape->unique)
		ENC_LIT(&e->token, "|unique");
	if (tuple) {
		ENC_LIT(&e->token, "|tuple:");
		number_write(&e->token, tuple);
	}
	meta_close(e, shape, slot, false);
}

void
enc_selector(struct enc *e, const struct shape *shape, const struct slot *slot)
{
	struct buf *t = &e->token;
	size_t mark;

	buf_clear(t);
	if (slot->is_required)
		ENC_LIT(t, "{FILL_ENUM");
	else
		ENC_LIT(t, "{OPTIONAL_ENUM");
	for (size_t i = 0; i < shape->choice->n; i++) {
		const char *name = shape->choice->branches[i].name;
		ENC_LIT(t, "|");
		token_text(t, name, strlen(name));
	}
	ENC_LIT(t, "|");
	mark = t->len;
	if (slot->is_text)
		ENC_LIT(t, "|enc:json");
	flags_write(t, shape);
	if (t->len == mark)
		t->len--;
	ENC_LIT(t, "}");
}

void
enc_ref(struct enc *e, const struct shape *shape, const struct slot *slot, const char *at)
{
	unsigned types = enc_types_shown(shape) | (slot->or_null ? (unsigned)T_NULL : 0);
	struct buf *t = &e->token;

	buf_clear(t);
	if (at)
		ENC_LIT(t, "{REF: circular|");
	else
		ENC_LIT(t, "{REF: depth|");
	types_write(t, types, false);
	if (at) {
		ENC_LIT(t, "|at:");
		token_text(t, at, strlen(at));
	}
	if (slot->is_text)
		ENC_LIT(t, "|enc:json");
	if (slot->may_be_left)
		ENC_LIT(t, "|optional");
	ENC_LIT(t, "}");
}

/* Listed names as one pattern: "|pattern:/^(?:a|b)$/". */
static void
names_write(struct buf *t, const struct shape *shape)
{
	static const char special[] = "\\^$.|?*+()[]{}";
	bool is_first = true;

	ENC_LIT(t, "|pattern:/^(?:");
	for (size_t i = 0; i < shape->n_names; i++) {
		const struct jx *v = shape->names[i];

		if (v->type != JX_STRING)
			continue;
		if (!is_first)
			ENC_LIT(t, "\\|");
		is_first = false;
		for (size_t k = 0; k < v->u.text.n; k++) {
			if (v->u.text.p[k] && strchr(special, v->u.text.p[k]))
				ENC_LIT(t, "\\\\");
			token_text(t, v->u.text.p + k, 1);
		}
	}
	ENC_LIT(t, ")$/");
}

void
enc_key_token(struct enc *e, const struct shape *shape, size_t i)
{
	struct buf *t = &e->token;

	buf_clear(t);
	ENC_LIT(t, "{OPTIONAL|key");
	if (shape->keys[i].pattern)
		pattern_write(t, shape->keys[i].pattern);
	for (size_t k = 0; k < shape->n_name_patterns; k++)
		pattern_write(t, &shape->name_patterns[k]);
	if (shape->names && shape->n_names <= e->values_max)
		names_write(t, shape);
	span_write(t, "len", &shape->name_len);
	ENC_LIT(t, "}");
}
