/* SPDX-License-Identifier: Apache-2.0 */
/* What it takes to turn a value of one field into one of another, and doing it to the digit. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jx.h"
#include "core/num.h"
#include "imprint/apiwords.h"
#include "imprint/shape.h"

#define STEPS_MAX 4
#define SCALE_DIGITS_MAX 400
#define SCALE_EXTRA_MAX 18
#define CENTS_DECIMALS 2

/* --- exact decimal scaling --- */

struct digits {
	unsigned char at[SCALE_DIGITS_MAX + 64]; /* most significant first */
	size_t n;
	size_t decimals; /* of them behind the point */
	bool is_negative;
};

static bool
digits_read(const char *p, size_t n, struct digits *out)
{
	bool has_point = false;

	*out = (struct digits){0};
	for (size_t i = 0; i < n; i++) {
		if (i == 0 && p[i] == '-') {
			out->is_negative = true;
		} else if (p[i] == '.' && !has_point) {
			has_point = true;
		} else if (p[i] >= '0' && p[i] <= '9' && out->n < SCALE_DIGITS_MAX) {
			out->at[out->n++] = (unsigned char)(p[i] - '0');
			out->decimals += has_point;
		} else {
			return false; /* an exponent: nobody writes amounts so */
		}
	}
	return out->n > 0;
}

static void
digits_multiply(struct digits *d, uint32_t by)
{
	uint64_t carry = 0;
	unsigned char extra[12];
	size_t n = 0;

	for (size_t i = d->n; i-- > 0;) {
		carry += (uint64_t)d->at[i] * by;
		d->at[i] = (unsigned char)(carry % 10);
		carry /= 10;
	}
	for (; carry; carry /= 10)
		extra[n++] = (unsigned char)(carry % 10);
	memmove(d->at + n, d->at, d->n);
	for (size_t i = 0; i < n; i++)
		d->at[i] = extra[n - 1 - i];
	d->n += n;
}

static bool
digits_divide(struct digits *d, uint32_t by)
{
	uint64_t rest = 0;
	size_t extra = 0;

	for (size_t i = 0; i < d->n; i++) {
		rest = rest * 10 + d->at[i];
		d->at[i] = (unsigned char)(rest / by);
		rest %= by;
	}
	for (; rest && extra < SCALE_EXTRA_MAX; extra++) {
		rest *= 10;
		d->at[d->n++] = (unsigned char)(rest / by);
		d->decimals++;
		rest %= by;
	}
	return rest == 0;
}

/* Without superfluous zeros; at least min_decimals behind the point. */
static const char *
digits_text(struct arena *a, const struct digits *d, size_t min_decimals)
{
	struct buf b;
	size_t from = 0, decimals = d->decimals, whole = d->n - d->decimals, end = d->n;

	while (decimals > min_decimals && d->at[end - 1] == 0) {
		end--;
		decimals--;
	}
	while (from + 1 < whole && d->at[from] == 0)
		from++;
	buf_init(&b, a);
	if (d->is_negative)
		buf_char(&b, '-');
	if (whole == 0)
		buf_char(&b, '0');
	for (size_t i = from; i < end; i++) {
		if (i == whole)
			buf_char(&b, '.');
		buf_char(&b, (char)('0' + d->at[i]));
	}
	if (min_decimals > 0 && decimals == 0)
		buf_char(&b, '.');
	for (; decimals < min_decimals; decimals++)
		buf_char(&b, '0');
	return b.p;
}

static const char *
scale_text(struct arena *a, const char *p, size_t n, uint32_t num, uint32_t den, size_t min_decimals)
{
	struct digits d;

	if (!digits_read(p, n, &d))
		return NULL;
	if (d.n == d.decimals) { /* room for a leading zero: ".5" never comes in, "0.5" has it */
		memmove(d.at + 1, d.at, d.n);
		d.at[0] = 0;
		d.n++;
	}
	digits_multiply(&d, num);
	return digits_divide(&d, den) ? digits_text(a, &d, min_decimals) : NULL;
}

/* --- dates --- */

struct moment {
	int year, month, day, hour, minute, second, offset; /* offset in minutes */
	bool has_time;
	const char *fraction; /* digits, NUL-terminated; NULL: none */
};

/* Layouts of dates as people write them into descriptions. */
static const char *const layouts[] = {"YYYY-MM-DD", "MM/DD/YYYY", "DD/MM/YYYY", "DD.MM.YYYY", "YYYY/MM/DD", "DD-MM-YYYY",
    "MM-DD-YYYY", "YYYYMMDD"};
#define LAYOUT_ISO "YYYY-MM-DD"
#define LAYOUT_TIME "date-time"
#define LAYOUT_UNIX "seconds since 1970"
#define LAYOUT_UNIX_MS "milliseconds since 1970"

static bool
holds_nocase(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (; s && *s; s++)
		if (strncasecmp(s, what, n) == 0)
			return true;
	return false;
}

/* The layout that a field's schema says, or NULL. */
static const char *
layout_of(const struct apimap_field *f, const struct name *name)
{
	const char *found = NULL;

	if (f->types & T_STRING) {
		if (f->format && strcmp(f->format, "date") == 0)
			return LAYOUT_ISO;
		if (f->format && (strcmp(f->format, "date-time") == 0 || strcmp(f->format, "datetime") == 0))
			return LAYOUT_TIME;
		for (size_t i = 0; f->description && i < sizeof layouts / sizeof *layouts; i++)
			if (strstr(f->description, layouts[i])) {
				if (found)
					return NULL; /* it speaks of two */
				found = layouts[i];
			}
		return found;
	}
	if (!(f->types & T_NUMERIC))
		return NULL;
	if ((f->format && strncmp(f->format, "unix", 4) == 0) || name_has(name, "unix") || name_has(name, "epoch")
	    || name_has(name, "timestamp") || holds_nocase(f->description, "unix time")
	    || holds_nocase(f->description, "since the epoch") || holds_nocase(f->description, "unix epoch"))
		return name_has(name, "ms") || name_has(name, "millis") || holds_nocase(f->description, "millisecond")
		    ? LAYOUT_UNIX_MS
		    : LAYOUT_UNIX;
	return NULL;
}

static bool
digits_take(const char **p, int n, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if ((*p)[i] < '0' || (*p)[i] > '9')
			return false;
		v = v * 10 + ((*p)[i] - '0');
	}
	*p += n;
	*out = v;
	return true;
}

static int
month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : days[month - 1];
}

static bool
moment_is_real(const struct moment *m)
{
	return m->month >= 1 && m->month <= 12 && m->day >= 1 && m->day <= month_days(m->year, m->month) && m->hour < 24
	    && m->minute < 60 && m->second < 60;
}

static bool
layout_read(const char *layout, const char *s, struct moment *out)
{
	const char *p = s;

	*out = (struct moment){0};
	for (const char *l = layout; *l;) {
		if (strncmp(l, "YYYY", 4) == 0) {
			if (!digits_take(&p, 4, &out->year))
				return false;
			l += 4;
		} else if (strncmp(l, "MM", 2) == 0 || strncmp(l, "DD", 2) == 0) {
			if (!digits_take(&p, 2, *l == 'M' ? &out->month : &out->day))
				return false;
			l += 2;
		} else if (*p++ != *l++) {
			return false;
		}
	}
	return *p == '\0' && moment_is_real(out);
}

static bool
rfc3339_read(struct arena *a, const char *s, struct moment *out)
{
	const char *p = s;
	int hours = 0, minutes = 0;
	bool is_west;

	*out = (struct moment){.has_time = true};
	if (!digits_take(&p, 4, &out->year) || *p++ != '-' || !digits_take(&p, 2, &out->month) || *p++ != '-'
	    || !digits_take(&p, 2, &out->day) || (*p != 'T' && *p != 't' && *p != ' '))
		return false;
	p++;
	if (!digits_take(&p, 2, &out->hour) || *p++ != ':' || !digits_take(&p, 2, &out->minute) || *p++ != ':'
	    || !digits_take(&p, 2, &out->second))
		return false;
	if (*p == '.') {
		size_t n = strspn(p + 1, "0123456789");

		if (n == 0)
			return false;
		out->fraction = strspn(p + 1, "0") < n ? arena_dup(a, p + 1, n) : NULL;
		p += n + 1;
	}
	if (*p == 'Z' || *p == 'z')
		return p[1] == '\0' && moment_is_real(out);
	is_west = *p == '-';
	if ((*p != '+' && *p != '-') || !digits_take((p++, &p), 2, &hours) || *p++ != ':' || !digits_take(&p, 2, &minutes))
		return false;
	out->offset = (is_west ? -1 : 1) * (hours * 60 + minutes);
	return *p == '\0' && moment_is_real(out);
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar, and back (Hinnant's algorithms). */
static int64_t
days_of(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
days_split(int64_t days, struct moment *out)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	out->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	out->year = (int)(yoe + era * 400 + (out->month <= 2));
}

static bool
unix_read(struct arena *a, const char *p, size_t n, bool is_ms, struct moment *out)
{
	int64_t v, day;

	*out = (struct moment){.has_time = true};
	/* The years 0001 to 9999 in milliseconds fit easily. */
	if (num_parse(p, n, -62135596800000, 253402300799999, &v, NULL) < 0)
		return false;
	if (is_ms) {
		int64_t ms = (v % 1000 + 1000) % 1000;

		if (ms)
			out->fraction = arena_printf(a, "%03" PRId64, ms);
		v = (v - ms) / 1000;
	}
	if (v < -62135596800 || v > 253402300799)
		return false;
	day = v / 86400 - (v % 86400 < 0);
	v -= day * 86400;
	days_split(day, out);
	out->hour = (int)(v / 3600);
	out->minute = (int)(v / 60 % 60);
	out->second = (int)(v % 60);
	return true;
}

static const char *
layout_write(struct arena *a, const char *layout, const struct moment *m)
{
	struct buf b;

	buf_init(&b, a);
	for (const char *l = layout; *l;) {
		if (*l == 'Y') {
			buf_printf(&b, "%04d", m->year);
			l += 4;
		} else if (*l == 'M' || *l == 'D') {
			buf_printf(&b, "%02d", *l == 'M' ? m->month : m->day);
			l += 2;
		} else {
			buf_char(&b, *l++);
		}
	}
	return b.p;
}

/* *is_number: the result is a number. NULL with *why when the moment cannot be said exactly in the layout. */
static const char *
moment_write(struct arena *a, const char *layout, const struct moment *m, bool *is_number, const char **why)
{
	int64_t seconds, ms = 0;
	size_t n;

	*is_number = false;
	if (strcmp(layout, LAYOUT_TIME) == 0) {
		if (!m->has_time) {
			*why = "a date says no time of day, and none is made up";
			return NULL;
		}
		return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d%s%sZ", m->year, m->month, m->day, m->hour, m->minute,
		    m->second, m->fraction ? "." : "", m->fraction ? m->fraction : "");
	}
	if (strcmp(layout, LAYOUT_UNIX) != 0 && strcmp(layout, LAYOUT_UNIX_MS) != 0) {
		if (m->has_time && (m->hour || m->minute || m->second || m->fraction || m->offset)) {
			*why = "a date would lose the time of day";
			return NULL;
		}
		return layout_write(a, layout, m);
	}
	if (!m->has_time) {
		*why = "a date says no time of day, and none is made up";
		return NULL;
	}
	seconds = days_of(m->year, m->month, m->day) * 86400 + m->hour * 3600 + m->minute * 60 + m->second
	    - (int64_t)m->offset * 60;
	*is_number = true;
	if (strcmp(layout, LAYOUT_UNIX) == 0) {
		*why = "whole seconds would lose the fraction";
		return m->fraction ? NULL : arena_printf(a, "%" PRId64, seconds);
	}
	*why = "milliseconds would lose digits of the fraction";
	n = m->fraction ? strlen(m->fraction) : 0;
	if (n > 3 && m->fraction[3 + strspn(m->fraction + 3, "0")] != '\0')
		return NULL;
	for (size_t i = 0; i < 3; i++)
		ms = ms * 10 + (i < n ? m->fraction[i] - '0' : 0);
	return arena_printf(a, "%" PRId64, seconds * 1000 + ms);
}

/* --- which steps --- */

static const char *
value_text(const struct jx *v, size_t *n)
{
	if (!jx_is(v, JX_STRING) && !jx_is(v, JX_NUMBER))
		return NULL;
	*n = v->u.text.n;
	return v->u.text.p;
}

/* A value as a word of the vocabulary: texts, numbers, and booleans by their names. */
static const char *
value_word(const struct jx *v)
{
	size_t n;

	return jx_is(v, JX_BOOL) ? (v->u.boolean ? "true" : "false") : value_text(v, &n);
}

struct listed { /* the values that a field takes, where they can be counted */
	const struct jx *const *at;
	size_t n;
};

/* A boolean takes two, whether they are listed or not. */
static struct listed
values_of(const struct apimap_field *f)
{
	static const struct jx yes = {.type = JX_BOOL, .u.boolean = true}, no = {.type = JX_BOOL, .u.boolean = false};
	static const struct jx *const both[] = {&yes, &no};

	if (f->n_values == 0 && (f->types & ~(unsigned)T_NULL) == T_BOOLEAN)
		return (struct listed){both, 2};
	return (struct listed){f->values, f->n_values};
}

static const struct jx *
counterpart(struct arena *a, const struct apimap_words *w, const struct jx *v, struct listed y, bool *is_same)
{
	const struct jx *found = NULL;
	const char *p = value_word(v), *q;

	*is_same = true;
	for (size_t i = 0; i < y.n; i++)
		if (jx_equal(v, y.at[i]))
			return y.at[i];
	*is_same = false;
	for (size_t i = 0; p && i < y.n; i++) {
		q = value_word(y.at[i]);
		if (!q || !value_same(a, w, p, q))
			continue;
		if (found)
			return NULL; /* two fit: none is taken */
		found = y.at[i];
	}
	return found;
}

/* Does y take every text and number that x allows? False where that is not seen at once. */
static bool
span_holds(const struct span *outer, const struct span *inner)
{
	return outer->min <= inner->min && (!outer->has_max || (inner->has_max && inner->max <= outer->max));
}

static bool
texts_fit(const struct apimap_field *x, const struct apimap_field *y)
{
	const struct shape *sx = x->shape, *sy = y->shape;

	if ((y->format && !(x->format && strcmp(x->format, y->format) == 0))
	    || (y->pattern && !(x->pattern && strcmp(x->pattern, y->pattern) == 0)))
		return false;
	if (!sx || !sy)
		return true;
	return span_holds(&sy->len, &sx->len) && sy->n_patterns <= 1 && sy->n_formats <= 1;
}

static bool
numbers_fit(const struct apimap_field *x, const struct apimap_field *y)
{
	const struct shape *sx = x->shape, *sy = y->shape;
	int order;

	if (y->format && !(x->format && (strcmp(x->format, y->format) == 0 || strcmp(x->format, "int32") == 0)))
		return false;
	if (!sx || !sy)
		return true;
	if (sy->min.p) {
		order = sx->min.p ? decimal_compare(sx->min.p, sx->min.n, sy->min.p, sy->min.n) : -1;
		if (order < 0 || (order == 0 && sy->min_exclusive && !sx->min_exclusive))
			return false;
	}
	if (sy->max.p) {
		order = sx->max.p ? decimal_compare(sx->max.p, sx->max.n, sy->max.p, sy->max.n) : 1;
		if (order > 0 || (order == 0 && sy->max_exclusive && !sx->max_exclusive))
			return false;
	}
	return sy->n_multiples == 0
	    || (sy->n_multiples == 1 && sx->n_multiples == 1
		&& decimal_compare(sx->multiples[0].p, sx->multiples[0].n, sy->multiples[0].p, sy->multiples[0].n) == 0);
}

static bool
copies_fit(const struct apimap_field *x, const struct apimap_field *y)
{
	if (y->n_values > 0)
		return x->n_values > 0; /* where both list theirs, each has its own: table_steps saw to it */
	return (!(x->types & T_STRING) || texts_fit(x, y)) && (!(x->types & T_NUMERIC) || numbers_fit(x, y));
}

/* Does y take any text at all? For numbers and booleans that become texts. */
static bool
takes_any_text(const struct apimap_field *y)
{
	return y->n_values == 0 && !y->format && !y->pattern && (!y->shape || (y->shape->len.min == 0 && !y->shape->len.has_max));
}

static struct apimap_step *
step_add(struct apimap_step *steps, size_t *n, enum apimap_how how, bool is_lossless, const char *says)
{
	struct apimap_step *s = &steps[*n];

	INVARIANT(*n < STEPS_MAX);
	(*n)++;
	*s = (struct apimap_step){.how = how, .is_lossless = is_lossless, .says = says};
	return s;
}

/* Both sides list their values: a table where they differ. 1: added, 0: nothing to do, -1: none has a counterpart and the
 * types differ. */
static int
table_steps(struct arena *a, const struct apimap_words *w, const struct apimap_field *x, const struct apimap_field *y,
    struct apimap_step *steps, size_t *n)
{
	struct listed vx = values_of(x), vy = values_of(y);
	struct apimap_pair *table = ARENA_ARRAY(a, vx.n, struct apimap_pair);
	bool drops_null = (x->types & T_NULL) && !(y->types & T_NULL);
	struct apimap_step *s;
	size_t lost = 0, moved = 0;

	if (vx.n == 0 || vy.n == 0)
		return 0;
	for (size_t i = 0; i < vx.n; i++) {
		bool is_same;

		table[i].from = vx.at[i];
		table[i].to = counterpart(a, w, vx.at[i], vy, &is_same);
		lost += table[i].to == NULL;
		moved += !is_same;
	}
	if (moved == 0)
		return 0;
	if (lost == vx.n && !((x->types & y->types) & ~(unsigned)T_NULL))
		return -1;
	s = step_add(steps, n, APIMAP_TABLE, lost == 0 && !drops_null,
	    lost	 ? arena_printf(a, "%zu of the %zu values have no counterpart", lost, vx.n)
	    : drops_null ? "each value has its counterpart; null has none"
			 : "each value has its counterpart");
	s->table = table;
	s->n_table = vx.n;
	return 1;
}

static uint64_t
gcd(uint64_t x, uint64_t y)
{
	while (y) {
		uint64_t t = x % y;

		x = y;
		y = t;
	}
	return x;
}

/* A side whose unit is not said: a step of 0.01 can only be whole units of money. */
static bool
is_major(const struct apimap_field *f, const struct apimap_unit *other)
{
	return f->is_cents_step && strcmp(other->dimension, "money") == 0;
}

static const struct apimap_unit major_money = {.word = "whole units", .dimension = "money", .num = 100, .den = 1};

static bool
unit_step(struct arena *a, const struct apimap_words *w, const struct apimap_field *x, const struct apimap_field *y,
    const struct name *nx, const struct name *ny, struct apimap_step *steps, size_t *n)
{
	const struct apimap_unit *ux = apimap_unit_of(w, nx, x->description), *uy = apimap_unit_of(w, ny, y->description);
	bool to_string = !(y->types & T_NUMERIC) && (y->types & T_STRING);
	struct apimap_step *s;
	uint64_t num, den, by;

	if (((x->types | y->types) & ~(unsigned)(T_NUMERIC | T_STRING | T_NULL)) || !((x->types | y->types) & T_NUMERIC))
		return false;
	if (ux && !uy && is_major(y, ux))
		uy = &major_money;
	if (uy && !ux && is_major(x, uy))
		ux = &major_money;
	if (!ux && !uy)
		return false;
	if (!ux || !uy || ux->is_vague || uy->is_vague || strcmp(ux->dimension, uy->dimension) != 0) {
		if (ux && uy && strcmp(ux->word, uy->word) == 0)
			return false;
		s = step_add(steps, n, APIMAP_SCALE, false,
		    !ux || !uy ? arena_printf(a, "one side counts in %s, the other does not say its unit", ux ? ux->word : uy->word)
			       : arena_printf(a, "%s and %s cannot be converted without knowing more", ux->word, uy->word));
		s->from = ux ? ux->word : NULL;
		s->to = uy ? uy->word : NULL;
		return true; /* num 0: refused when applied */
	}
	num = (uint64_t)ux->num * uy->den;
	den = (uint64_t)ux->den * uy->num;
	by = gcd(num, den);
	num /= by;
	den /= by;
	if (num == den || num > UINT32_MAX || den > UINT32_MAX)
		return false;
	s = step_add(steps, n, APIMAP_SCALE, den == 1 || (y->types & T_NUMBER) || to_string,
	    arena_printf(a, "%s to %s: times %" PRIu64 "/%" PRIu64 ", exactly or not at all", ux->word, uy->word, num, den));
	s->from = ux->word;
	s->to = uy->word;
	s->num = (uint32_t)num;
	s->den = (uint32_t)den;
	s->to_string = to_string;
	return true;
}

static bool
type_steps(struct arena *a, const struct apimap_field *x, const struct apimap_field *y, struct apimap_step *steps, size_t *n)
{
	unsigned tx = x->types & ~(unsigned)T_NULL, ty = y->types & ~(unsigned)T_NULL;
	bool drops_null = (x->types & T_NULL) && !(y->types & T_NULL);
	const char *null_says = drops_null ? "; null has no place on the other side" : "";

	if (!tx || !ty)
		return tx == ty;
	if ((tx & ~ty) == 0) {
		bool fits = copies_fit(x, y);

		(void)step_add(steps, n, APIMAP_COPY, !drops_null && fits,
		    arena_printf(a, "as it is%s%s", fits ? "" : ", where the bounds of the other side allow it", null_says));
	} else if ((tx & ~(unsigned)T_NUMERIC) == 0 && (ty & T_NUMERIC)) {
		(void)step_add(steps, n, APIMAP_COPY, false, "as it is where it is a whole number");
	} else if ((tx & ~(unsigned)T_NUMERIC) == 0 && (ty & T_STRING)) {
		(void)step_add(steps, n, APIMAP_NUMBER_TO_STRING, !drops_null && takes_any_text(y),
		    arena_printf(a, "the number as text, digit for digit%s", null_says));
	} else if (tx == T_STRING && (ty & T_NUMERIC)) {
		(void)step_add(steps, n, APIMAP_STRING_TO_NUMBER, false,
		    ty & T_NUMBER ? "the text as a number, where it is one" : "the text as a whole number, where it is one");
	} else if (tx == T_BOOLEAN && (ty & T_STRING)) {
		(void)step_add(steps, n, APIMAP_BOOL_TO_STRING, !drops_null && takes_any_text(y), "true and false as texts");
	} else if (tx == T_STRING && ty == T_BOOLEAN) {
		(void)step_add(steps, n, APIMAP_STRING_TO_BOOL, false, "the texts true and false");
	} else {
		return false;
	}
	return true;
}

bool
apimap_steps(struct arena *a, const struct apimap_words *w, const struct apimap_field *x, const struct apimap_field *y,
    const struct name *nx, const struct name *ny, struct apimap_link *out)
{
	struct apimap_step *steps = ARENA_ARRAY(a, STEPS_MAX, struct apimap_step);
	const char *lx, *ly;
	size_t n = 0;
	int table;

	if (x->is_opaque || y->is_opaque)
		return false;
	lx = layout_of(x, nx);
	ly = layout_of(y, ny);
	if ((table = table_steps(a, w, x, y, steps, &n)) < 0)
		return false;
	if (table > 0) {
		;
	} else if (lx && ly && strcmp(lx, ly) != 0) {
		struct apimap_step *s = step_add(steps, &n, APIMAP_DATE,
		    ly[0] != 's' && ly[0] != 'm' && lx[0] != 'd' && strcmp(ly, LAYOUT_TIME) != 0 && lx[0] != 's' && lx[0] != 'm',
		    arena_printf(a, "from %s to %s", lx, ly));

		s->from = lx;
		s->to = ly;
		if (lx[0] == 's' || lx[0] == 'm') /* a moment is said exactly by a date-time */
			s->is_lossless = strcmp(ly, LAYOUT_TIME) == 0 || (lx[0] == 's' && ly[0] == 'm');
	} else if (!unit_step(a, w, x, y, nx, ny, steps, &n) && !type_steps(a, x, y, steps, &n)) {
		return false;
	}
	out->steps = steps;
	out->n_steps = n;
	return true;
}

/* --- doing it --- */

static struct jx *
made(struct arena *a, const struct jx *from, enum jx_type type, const char *text)
{
	struct jx *v = ARENA_NEW(a, struct jx);

	v->type = type;
	v->line = from->line;
	v->column = from->column;
	v->offset = from->offset;
	if (text) {
		v->u.text.p = text;
		v->u.text.n = strlen(text);
	}
	return v;
}

/* A number as JSON writes it; for texts that are to become numbers. */
static bool
is_json_number(const char *p, size_t n)
{
	size_t i = n > 0 && p[0] == '-';

	return decimal_check(p, n) && p[0] != '+' && p[i] != '.' && !(p[i] == '0' && i + 1 < n && p[i + 1] >= '0' && p[i + 1] <= '9');
}

static const struct jx *
date_convert(struct arena *a, const struct apimap_step *s, const struct jx *v, const char **why)
{
	bool is_unix = s->from[0] == 's' || s->from[0] == 'm', is_number, ok;
	const char *text;
	struct moment m;
	size_t n;
	const char *p = value_text(v, &n);

	*why = arena_printf(a, "it is not written as %s", s->from);
	if (!p || jx_is(v, is_unix ? JX_STRING : JX_NUMBER))
		return NULL;
	ok = is_unix ? unix_read(a, p, n, s->from[0] == 'm', &m)
	    : strcmp(s->from, LAYOUT_TIME) == 0 ? rfc3339_read(a, p, &m)
						: layout_read(s->from, p, &m);
	if (!ok)
		return NULL;
	text = moment_write(a, s->to, &m, &is_number, why);
	return text ? made(a, v, is_number ? JX_NUMBER : JX_STRING, text) : NULL;
}

static const struct jx *
scale_convert(struct arena *a, const struct apimap_step *s, const struct apimap_field *to, const struct jx *v,
    enum imp_code *code, const char **why)
{
	const char *text;
	size_t n;
	const char *p = value_text(v, &n);
	bool is_money = s->num < s->den;

	*code = IMP_AMBIGUOUS;
	*why = s->says;
	if (s->num == 0)
		return NULL;
	*code = IMP_TYPE;
	*why = "it is not a number";
	if (!p || !is_json_number(p, n))
		return NULL;
	*code = IMP_MULTIPLE;
	*why = arena_printf(a, "times %u/%u it cannot be said exactly", s->num, s->den);
	text = scale_text(a, p, n, s->num, s->den, s->to_string && is_money ? CENTS_DECIMALS : 0);
	if (!text)
		return NULL;
	if (!s->to_string && !(to->types & T_NUMBER) && !decimal_is_integer(text, strlen(text))) {
		*why = arena_printf(a, "in %s it is %s, and only whole numbers are taken", s->to, text);
		return NULL;
	}
	return made(a, v, s->to_string ? JX_STRING : JX_NUMBER, text);
}

static const struct jx *
step_convert(struct arena *a, const struct apimap_link *l, const struct apimap_step *s, const struct jx *v,
    enum imp_code *code, const char **why)
{
	size_t n = 0;
	const char *p = value_text(v, &n);
	struct jx *out;

	*code = IMP_TYPE;
	switch (s->how) {
	case APIMAP_COPY:
		return v;
	case APIMAP_NUMBER_TO_STRING:
		*why = "it is not a number";
		return jx_is(v, JX_NUMBER) ? made(a, v, JX_STRING, p) : NULL;
	case APIMAP_STRING_TO_NUMBER:
		*why = "the text is not written as a JSON number";
		return jx_is(v, JX_STRING) && is_json_number(p, n) ? made(a, v, JX_NUMBER, p) : NULL;
	case APIMAP_BOOL_TO_STRING:
		*why = "it is neither true nor false";
		return jx_is(v, JX_BOOL) ? made(a, v, JX_STRING, v->u.boolean ? "true" : "false") : NULL;
	case APIMAP_STRING_TO_BOOL:
		*why = "the text is neither 'true' nor 'false'";
		if (!jx_is_str(v, "true") && !jx_is_str(v, "false"))
			return NULL;
		out = made(a, v, JX_BOOL, NULL);
		out->u.boolean = p[0] == 't';
		return out;
	case APIMAP_DATE:
		*code = IMP_FORMAT;
		return date_convert(a, s, v, why);
	case APIMAP_SCALE:
		return scale_convert(a, s, l->b, v, code, why);
	case APIMAP_TABLE:
		*code = IMP_ENUM;
		*why = "the other side has no such value";
		for (size_t i = 0; i < s->n_table; i++)
			if (jx_equal(v, s->table[i].from))
				return s->table[i].to;
		return NULL;
	case APIMAP__HOW:
		break;
	}
	NEVER("a step without a kind");
}

static unsigned
type_bit(const struct jx *v)
{
	switch (v->type) {
	case JX_NULL:
		return T_NULL;
	case JX_BOOL:
		return T_BOOLEAN;
	case JX_NUMBER:
		return decimal_is_integer(v->u.text.p, v->u.text.n) ? T_INTEGER : T_NUMBER;
	case JX_STRING:
		return T_STRING;
	case JX_ARRAY:
		return T_ARRAY;
	case JX_OBJECT:
		return T_OBJECT;
	case JX__COUNT:
		break;
	}
	NEVER("a value without a type");
}

const struct jx *
apimap_convert(struct arena *a, const struct apimap_link *l, const struct jx *v, enum imp_code *code, const char **why)
{
	bool is_listed = l->b->n_values == 0;

	*code = IMP_TYPE;
	*why = "its own side takes no value of this type";
	if (!(type_bit(v) & l->a->types))
		return NULL;
	if (!jx_is(v, JX_NULL))
		for (size_t i = 0; i < l->n_steps; i++)
			if ((v = step_convert(a, l, &l->steps[i], v, code, why)) == NULL)
				return NULL;
	*code = IMP_TYPE;
	*why = "the other side takes no value of this type";
	if (!(type_bit(v) & l->b->types))
		return NULL;
	*code = IMP_ENUM;
	*why = "the other side has no such value";
	for (size_t i = 0; !is_listed && i < l->b->n_values; i++)
		is_listed = jx_equal(v, l->b->values[i]);
	return is_listed ? v : NULL;
}
