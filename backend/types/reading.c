/* SPDX-License-Identifier: Apache-2.0 */
#include "types/reading.h"

#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/profiler.h"

#define NEARLY_VALUES_MIN 10 /* so many values fitted before one that did not is worth telling */
#define FRACTION_OF_MONEY_MAX 4

void
reading_init(struct reading *r)
{
	*r = (struct reading){.open = (1u << READ_NUMBER) | (1u << READ_DATE),
	    .styles = STYLE_POINT | STYLE_COMMA,
	    .orders = ~0u};
}

static struct value_place
place_at(struct arena *a, uint64_t row, const char *p, size_t n)
{
	char text[VALUE_SHOW_BYTES];

	value_show(p, n, text);
	return (struct value_place){row, arena_str(a, text)};
}

static void
spoil(struct reading *r, struct arena *a, enum reading_class class, uint64_t row, const char *p, size_t n, uint64_t before)
{
	r->open &= ~(1u << class);
	r->spoiled[class] = place_at(a, row, p, n);
	r->spoiled_after[class] = before;
}

static void
take_currency(struct reading *r, struct arena *a, uint64_t row, const char *p, size_t n, const struct number_text *t,
    uint64_t before)
{
	r->is_shared_sign = r->is_shared_sign || t->is_shared_sign;
	if (before == 0)
		r->currency = t->currency;
	if (r->other_currency.row)
		return;
	if (t->currency != r->currency && (!t->currency || !r->currency || strcmp(t->currency, r->currency) != 0)) {
		r->other_currency = place_at(a, row, p, n);
		r->other_name = t->currency ? t->currency : r->currency;
		r->has_bare_currency = !t->currency || !r->currency;
		r->currency = r->currency ? r->currency : t->currency;
	}
}

/* False when the value is no number, or not one that goes with those before. */
static bool
take_number(struct reading *r, struct arena *a, uint64_t row, enum cell_type cell, const char *p, size_t n, uint64_t before)
{
	struct number_text t;

	if (!number_text_read(p, n, &t))
		return false;
	if (cell == CELL_NUMBER) { /* of JSON: its point is one, whatever the texts beside it are written like */
		t.has_mark = false;
		t.styles = STYLE_POINT | STYLE_COMMA;
		t.fraction_styles = memchr(p, '.', n) ? t.styles : 0;
	}
	if (!(r->styles & t.styles))
		return false;
	if (r->has_unit_known && strcmp(r->unit, t.unit) != 0)
		return false;
	memcpy(r->unit, t.unit, sizeof r->unit);
	r->has_unit_known = true;
	r->styles &= t.styles;
	if (t.has_mark && !r->marked.row)
		r->marked = place_at(a, row, p, n);
	r->fraction_styles |= t.fraction_styles;
	r->fraction = t.fraction > r->fraction ? t.fraction : r->fraction;
	r->has_parens = r->has_parens || t.has_parens;
	r->has_minus_sign = r->has_minus_sign || t.has_minus_sign;
	r->has_unparenthesized = r->has_unparenthesized || !t.has_parens;
	take_currency(r, a, row, p, n, &t, before);
	return true;
}

static bool
take_date(struct reading *r, const char *p, size_t n)
{
	struct date_text t;

	if (!date_text_read(p, n, &t) || !(r->orders & t.orders) ||
	    (r->has_date && (r->has_time != t.has_time || r->is_short_year != t.is_short_year)))
		return false;
	r->has_date = true;
	r->orders &= t.orders;
	r->has_time = t.has_time;
	r->is_short_year = t.is_short_year;
	r->is_half_day = r->is_half_day || t.is_half_day;
	r->is_named_zone = r->is_named_zone || t.is_named_zone;
	return true;
}

/* Of values of these types nothing more can be learned. */
static unsigned
quiet_types(const struct reading *r)
{
	bool is_number = r->open & (1u << READ_NUMBER), is_date = r->open & (1u << READ_DATE);

	if (is_number && !is_date && !*r->unit && r->has_unparenthesized && (!r->currency || r->other_currency.row)) {
		bool is_point = (r->fraction_styles & r->styles) && !(r->styles & STYLE_COMMA);
		/* not COL_DECIMAL: 1e5 is one, and ends the reading */
		return COL_BIT(COL_INTEGER) | (is_point ? COL_BIT(COL_MONEY) : 0);
	}
	if (is_date && !is_number && !(r->orders & ~(WRITTEN_ISO | WRITTEN_YMD)))
		return r->has_time ? COL_BIT(COL_TIMESTAMP) : COL_BIT(COL_DATE);
	return 0;
}

void
reading_take(struct reading *r, struct arena *a, uint64_t row, enum cell_type cell, const char *p, size_t n, uint64_t before)
{
	bool is_text = cell == CELL_TEXT;

	if ((r->open & (1u << READ_NUMBER)) && (!(is_text || cell == CELL_NUMBER) || !take_number(r, a, row, cell, p, n, before)))
		spoil(r, a, READ_NUMBER, row, p, n, before);
	if ((r->open & (1u << READ_DATE)) && (!is_text || !take_date(r, p, n)))
		spoil(r, a, READ_DATE, row, p, n, before);
	r->quiet = quiet_types(r);
}

/* ---- what it comes to ---- */

static bool
has_word(const char *name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}
#define HAS_WORD(name, words) has_word(name, words, sizeof(words) / sizeof *(words))

/* Columns whose digits are no quantities. */
static bool
is_label_name(const char *name)
{
	static const char *const words[] = {"phone", "tel", "fax", "mobile", "zip", "postal", "postcode", "plz", "iban",
	    "account", "sku", "isbn", "version", "ssn", "serial"};

	return HAS_WORD(name, words) || is_id_name(name);
}

static bool
is_date_name(const char *name)
{
	static const char *const words[] = {"date", "day", "datum", "_on", "_at", "time", "due", "dob", "born", "valid", "until", "expir"};

	return HAS_WORD(name, words);
}

static bool
is_flag_name(const char *name)
{
	static const char *const words[] = {"is_", "has_", "can_", "was_", "may_", "allow", "flag", "enabled", "disabled", "active",
	    "deleted", "approved", "billable", "paid", "valid", "verified", "optional", "required", "_yn", "yes", "bool"};

	return HAS_WORD(name, words) || (strncmp(name, "is", 2) == 0 && name[2] >= 'A' && name[2] <= 'Z');
}

static const char *
style_name(const struct reading *r)
{
	if (!r->marked.row)
		return NULL;
	if (!(r->styles & ~(STYLE_SWISS_POINT | STYLE_SWISS_COMMA)))
		return r->styles & STYLE_SWISS_POINT ? "swiss" : "swiss-comma";
	if (!(r->styles & ~(STYLE_SPACE_POINT | STYLE_SPACE_COMMA)))
		return r->styles & STYLE_SPACE_COMMA ? "space" : "space-point";
	if (!(r->styles & STYLE_COMMA))
		return "us";
	return r->styles & STYLE_POINT ? "ambiguous" : "eu";
}

/* Does the style leave open what the number is? Blanks and apostrophes only part thousands. */
static bool
is_number_open(const struct reading *r)
{
	return r->marked.row && (r->styles & STYLE_US) && (r->styles & STYLE_COMMA);
}

static void
note_currency(struct profiler *p, const struct reading *r, const struct column_profile *c)
{
	if (r->other_currency.row && r->has_bare_currency)
		profiler_note(p, "Column '%s': some amounts carry a currency (%s) and others none; row %" PRIu64 " holds '%s'.",
		    c->name, r->currency, r->other_currency.row, r->other_currency.value);
	else if (r->other_currency.row)
		profiler_note(p, "Column '%s': amounts in more than one currency: %s, and in row %" PRIu64 " '%s' (%s).", c->name,
		    r->currency, r->other_currency.row, r->other_currency.value, r->other_name);
	else if (r->is_shared_sign)
		profiler_note(p, "Column '%s': the currency sign is read as %s; other currencies are written with it too.",
		    c->name, r->currency);
}

static bool
read_number(struct profiler *p, const struct gauge *g, struct column_profile *c)
{
	const struct reading *r = &g->reading;
	bool is_open = is_number_open(r);

	if (!(r->open & (1u << READ_NUMBER)) || !r->has_unparenthesized ||
	    (!r->currency && !*r->unit && !r->has_parens && (is_label_name(c->name) || (!r->marked.row && !r->has_minus_sign))))
		return false;
	if (c->type == COL_ID && !r->currency && is_id_name(c->name))
		return false;
	c->number_style = style_name(r);
	c->unit = *r->unit ? arena_str(p->a, r->unit) : NULL;
	if (r->currency) {
		c->reading = COL_MONEY;
		c->currency = r->other_currency.row ? "mixed" : r->currency;
		note_currency(p, r, c);
	} else if (!c->unit && is_money_name(c->name) && r->fraction <= FRACTION_OF_MONEY_MAX) {
		c->reading = COL_MONEY;
	} else {
		c->reading = (r->fraction_styles & r->styles) || is_open ? COL_DECIMAL : COL_INTEGER;
	}
	if (is_open)
		profiler_note(p,
		    "Column '%s': no value decides whether '%s' has a thousands mark or a decimal mark; write numbers as 1234.5.",
		    c->name, r->marked.value);
	return true;
}

static const char *
written_name(unsigned orders, bool is_short_year)
{
	static const struct {
		unsigned order;
		const char *name, *short_name;
	} names[] = {{WRITTEN_ISO, "iso", "iso"}, {WRITTEN_YMD, "ymd", "ymd-yy"}, {WRITTEN_DMY, "dmy", "dmy-yy"},
	    {WRITTEN_MDY, "mdy", "mdy-yy"}, {WRITTEN_DMON, "dmonY", "dmonY-yy"}, {WRITTEN_MOND, "mondY", "mondY-yy"},
	    {WRITTEN_YMON, "Ymond", "Ymond"}};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (orders == names[i].order)
			return is_short_year ? names[i].short_name : names[i].name;
	return is_short_year ? "ambiguous-yy" : "ambiguous";
}

static bool
read_date(struct profiler *p, const struct gauge *g, struct column_profile *c)
{
	const struct reading *r = &g->reading;
	unsigned orders = r->orders & WRITTEN_ISO ? WRITTEN_ISO : r->orders;
	bool is_ambiguous = (orders & (orders - 1)) != 0;

	if (!(r->open & (1u << READ_DATE)) || !r->has_date || (c->type == COL_ID && is_id_name(c->name)))
		return false;
	c->reading = r->has_time ? COL_TIMESTAMP : COL_DATE;
	c->date_style = written_name(orders, r->is_short_year);
	if (is_ambiguous)
		profiler_note(p, "Column '%s': no value decides the order of day, month%s; write dates as YYYY-MM-DD.", c->name,
		    r->is_short_year ? " and year" : "");
	if (r->is_short_year)
		profiler_note(p, "Column '%s': its years have two digits ('%s'); which century is meant is not said.", c->name,
		    c->first.value);
	if (r->is_half_day)
		profiler_note(p, "Column '%s': its times are written with AM and PM.", c->name);
	if (r->is_named_zone)
		profiler_note(p, "Column '%s': its time zones are named ('%s'); names are not unique, write them as +01:00.",
		    c->name, c->first.value);
	return true;
}

/* Two words for yes and no, in any case; one of them alone when the column's name asks a question. */
static bool
read_boolean(const struct gauge *g, struct column_profile *c)
{
	static const char *const pairs[][2] = {{"y", "n"}, {"t", "f"}, {"on", "off"}, {"1", "0"}};

	if (g->is_many || g->is_capped || g->nfew == 0)
		return false;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		bool has[2] = {false, false};
		size_t hits = 0;
		for (size_t k = 0; k < g->nfew; k++)
			for (unsigned side = 0; side < 2; side++)
				if (strcasecmp(g->few[k], pairs[i][side]) == 0) {
					has[side] = true;
					hits++;
				}
		if (hits == g->nfew && ((has[0] && has[1]) || (is_flag_name(c->name) && !is_money_name(c->name)))) {
			c->reading = COL_BOOLEAN;
			return true;
		}
	}
	return false;
}

static bool
between(const struct edge *least, const struct edge *most, int64_t from, int64_t to)
{
	return least->is_set && most->is_set && least->is_scaled && most->is_scaled && least->scaled >= from * 1000000 &&
	       most->scaled <= to * 1000000;
}

/* Whole numbers that a name calls dates: 20260331 is one, 46112 and 1774915200 may be. */
static void
read_integer(struct profiler *p, const struct gauge *g, struct column_profile *c)
{
	if (read_boolean(g, c))
		return;
	if (is_id_name(c->name)) {
		c->reading = COL_ID;
		return;
	}
	if (!is_date_name(c->name))
		return;
	if (g->is_compact_date) {
		c->reading = COL_DATE;
		c->date_style = "compact";
	} else if (between(&g->number_min, &g->number_max, 20000, 70000)) {
		profiler_note(p,
		    "Column '%s': its whole numbers may be dates as spreadsheets count them (46112 is 2026-03-31); export dates as YYYY-MM-DD.",
		    c->name);
	} else if (between(&g->number_min, &g->number_max, 946684800, 4102444800) ||
		   between(&g->number_min, &g->number_max, 946684800000, 999999999999)) {
		profiler_note(p, "Column '%s': its whole numbers may be seconds or milliseconds since 1970.", c->name);
	}
}

/* Which reading went on longest before a value ended it. */
static void
tell_nearly(struct profiler *p, const struct gauge *g, struct column_profile *c)
{
	const struct reading *r = &g->reading;
	enum reading_class class =
	    r->spoiled_after[READ_DATE] > r->spoiled_after[READ_NUMBER] ? READ_DATE : READ_NUMBER;
	bool is_plain;

	if (!r->spoiled[class].row || r->spoiled_after[class] < NEARLY_VALUES_MIN)
		return;
	c->nearly = class == READ_DATE ? (r->has_time ? COL_TIMESTAMP : COL_DATE)
		    : r->currency      ? COL_MONEY
				       : COL_DECIMAL;
	c->nearly_spoiled = r->spoiled[class];
	c->nearly_after = r->spoiled_after[class];
	/* Where the values before were plain, the strict type says it already. */
	is_plain = class == READ_NUMBER && !r->currency && !*r->unit && r->styles == (STYLE_POINT | STYLE_COMMA);
	for (unsigned t = COL_INTEGER; t <= COL_TIMESTAMP; t++)
		is_plain = is_plain || c->refuted[t].row == c->nearly_spoiled.row;
	if (!is_plain)
		profiler_note(p,
		    "Column '%s': row %" PRIu64 " holds '%s', the first value that does not read as %s like the %" PRIu64
		    " before it%s%s%s.",
		    c->name, c->nearly_spoiled.row, c->nearly_spoiled.value,
		    class == READ_DATE ? "a date" : r->currency ? "an amount" : "a number", c->nearly_after,
		    *r->unit ? " (unit " : "", r->unit, *r->unit ? ")" : "");
}

void
reading_finish(struct profiler *p, const struct gauge *g, struct column_profile *c)
{
	bool is_textual = c->type == COL_TEXT || c->type == COL_ID || c->type == COL_ENUM;

	c->reading = c->type;
	c->nearly = c->type;
	if (g->values == 0)
		return;
	if (c->type == COL_DATE && c->date_format && strcmp(c->date_format, "iso") != 0)
		c->date_style = c->date_format;
	if (c->type == COL_INTEGER)
		read_integer(p, g, c);
	if (!is_textual)
		return;
	if (!read_date(p, g, c) && !read_number(p, g, c) && !read_boolean(g, c))
		tell_nearly(p, g, c);
}
