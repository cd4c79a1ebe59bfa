/* SPDX-License-Identifier: Apache-2.0 */
/* What the values of a file's column say about its being a certain column of an entity. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/num.h"
#include "pack/detect_work.h"
#include "pack/pack.h"
#include "types/profile.h"

#define UNIX_FROM 315532800LL  /* 1980-01-01 */
#define UNIX_TO 4102444800LL   /* 2100-01-01 */

struct judge {
	struct arena *a;
	const struct column *c;
	const struct column_profile *p;
	enum coltype type; /* declared */
	struct value_says out;
};

static const char *
type_words(enum coltype t)
{
	return t == COL_ID ? "an id" : t == COL_INTEGER ? "a whole number" : t == COL_DECIMAL ? "a number" :
	    t == COL_MONEY ? "an amount" : t == COL_DATE ? "a date" : t == COL_TIMESTAMP ? "a date and time" :
	    t == COL_BOOLEAN ? "yes or no" : t == COL_ENUM ? "one of its values" : "text";
}

static bool
is_number(enum coltype t)
{
	return t == COL_INTEGER || t == COL_DECIMAL || t == COL_MONEY;
}

static const char *
name_of(const struct judge *j)
{
	return j->p->name;
}

/* The first value against the declared type, with its row; "" where the profile does not know it. */
static const char *
place_words(const struct judge *j, const struct value_place *place)
{
	return place->row ? arena_printf(j->a, " (`%s` in row %" PRIu64 ")", place->value, place->row) : "";
}

static const char *
order_words(const char *style)
{
	return strncmp(style, "dmon", 4) == 0 || strncmp(style, "mond", 4) == 0 || strncmp(style, "Ymon", 4) == 0
	    ? "with the month as a word"
	    : strncmp(style, "dmy", 3) == 0 ? "day first"
	    : strncmp(style, "mdy", 3) == 0 ? "month first"
	    : strcmp(style, "compact") == 0 ? "written as 20260331" : "year first";
}

/* "date:dmy"; NULL: nothing decides. kind: "date" or "timestamp". */
static const char *
date_convert(struct arena *a, const char *kind, const char *style)
{
	bool is_short = strstr(style, "-yy") != NULL;
	const char *order = strncmp(style, "dmy", 3) == 0 ? "dmy" : strncmp(style, "mdy", 3) == 0 ? "mdy" :
	    strncmp(style, "ymd", 3) == 0 || strcmp(style, "compact") == 0 || strcmp(style, "iso") == 0 ? "ymd" :
	    strncmp(style, "ambiguous", 9) == 0 ? NULL : is_short || strcmp(kind, "date") != 0 ? "dmy" : "name";

	return order ? arena_printf(a, "%s:%s%s", kind, order, is_short ? ":30" : "") : NULL;
}

static void
say_read(struct judge *j, const char *convert, const char *says)
{
	j->out = (struct value_says){.verdict = VALUES_READ, .is_telling = true, .convert = convert, .says = says};
}

static bool
judge_time(struct judge *j)
{
	const char *kind = j->type == COL_DATE ? "date" : "timestamp", *style = j->p->date_style, *convert;

	if (!style && j->p->type == COL_DATE)
		style = j->p->date_format;
	if (j->type == COL_TIMESTAMP && j->p->type == COL_INTEGER && j->p->min && j->p->max) {
		int64_t min = 0, max = 0;

		if (num_parse(j->p->min, strlen(j->p->min), INT64_MIN, INT64_MAX, &min, NULL) < 0 ||
		    num_parse(j->p->max, strlen(j->p->max), INT64_MIN, INT64_MAX, &max, NULL) < 0)
			return false;
		if (min >= UNIX_FROM && max <= UNIX_TO)
			say_read(j, "timestamp:unix", arena_printf(j->a, "`%s` reads as seconds since 1970", name_of(j)));
		else if (min >= UNIX_FROM * 1000 && max <= UNIX_TO * 1000)
			say_read(j, "timestamp:unix_ms", arena_printf(j->a, "`%s` reads as milliseconds since 1970", name_of(j)));
		return j->out.verdict == VALUES_READ;
	}
	if (j->p->reading != j->type && j->p->type != j->type)
		return false;
	if (!style)
		return false;
	convert = date_convert(j->a, kind, style);
	if (convert) {
		say_read(j, convert, arena_printf(j->a, "`%s` reads as %ss, %s", name_of(j), kind, order_words(style)));
		return true;
	}
	j->out = (struct value_says){.verdict = VALUES_AMBIGUOUS, .is_telling = true,
	    .says = arena_printf(j->a, "`%s` reads as %ss, and nothing tells the day from the month%s", name_of(j), kind,
		place_words(j, &j->p->first))};
	return true;
}

static const char *
number_words(const struct judge *j)
{
	static const char *const styles[][2] = {{"us", ", written as 1,234.5"}, {"eu", ", written as 1.234,5"},
	    {"swiss", ", written as 1'234.5"}, {"swiss-comma", ", written as 1'234,5"}, {"space", ", written as 1 234,5"},
	    {"space-point", ", written as 1 234.5"}};
	const struct column_profile *p = j->p;
	const char *shown = "";

	for (size_t i = 0; p->number_style && i < sizeof styles / sizeof *styles; i++)
		if (strcmp(styles[i][0], p->number_style) == 0)
			shown = styles[i][1];
	if (p->currency)
		return arena_printf(j->a, "`%s` reads as amounts in %s%s", name_of(j),
		    strcmp(p->currency, "mixed") == 0 ? "several currencies" : p->currency, shown);
	return arena_printf(j->a, "`%s` reads as numbers%s%s%s", name_of(j), shown, p->unit ? ", each with " : "",
	    p->unit ? p->unit : "");
}

static bool
has_word(const char *list, const char *word)
{
	return list && strcasestr(list, word) != NULL;
}

static const char *
unit_convert(const struct judge *j, const char *style)
{
	const char *unit = j->p->unit;
	bool is_us = strcmp(style, "us") == 0;

	if (strcmp(unit, "%") == 0 && !has_word(j->c->unit, "percent") && !has_word(j->c->name, "percent") &&
	    !has_word(j->c->name, "pct") && has_word(j->c->unit, "fraction"))
		return is_us ? "unit:percent" : arena_printf(j->a, "unit:percent:%s", style);
	if (strcmp(unit, "h") == 0 && has_word(j->c->unit, "hour"))
		return is_us ? "unit:hours" : arena_printf(j->a, "unit:hours:%s", style);
	return is_us ? arena_printf(j->a, "unit:drop:%s", unit) : NULL;
}

static bool
judge_number(struct judge *j)
{
	const struct column_profile *p = j->p;
	const char *style = p->number_style ? p->number_style : "us";

	if (!is_number(p->reading) || (j->type == COL_INTEGER && p->reading != COL_INTEGER &&
	    !(p->reading == COL_MONEY && p->currency)))
		return false;
	if (p->reading == p->type && !p->currency && !p->unit && !p->number_style)
		return false;
	if (p->currency && (j->c->unit || has_word(j->c->name, "hours")) && j->type != COL_MONEY)
		return false; /* amounts of money are no hours */
	if (strcmp(style, "ambiguous") == 0) {
		j->out = (struct value_says){.verdict = VALUES_AMBIGUOUS, .is_telling = true, .says = arena_printf(j->a,
		    "`%s` reads as numbers, and nothing tells the mark of thousands from that of decimals%s", name_of(j),
		    place_words(j, &p->first))};
		return true;
	}
	if (p->currency && strcmp(p->currency, "mixed") == 0)
		say_read(j, arena_printf(j->a, "money:%s", style), number_words(j));
	else if (p->currency)
		say_read(j, arena_printf(j->a, "money:%s:%s", style, p->currency), number_words(j));
	else if (p->unit)
		say_read(j, unit_convert(j, style), number_words(j));
	else
		say_read(j, arena_printf(j->a, "number:%s", style), number_words(j));
	if (p->currency && j->c->currency && strcmp(p->currency, j->c->currency) != 0) {
		j->out.verdict = VALUES_ODD;
		j->out.convert = NULL;
		j->out.says = arena_printf(j->a, "`%s` holds amounts in %s, and `%s` is in %s%s", name_of(j),
		    strcmp(p->currency, "mixed") == 0 ? "several currencies" : p->currency, j->c->name, j->c->currency,
		    place_words(j, &p->first));
	}
	return true;
}

static bool
is_among(const char *value, const char *const *list, size_t n, bool any_case)
{
	for (size_t i = 0; i < n; i++)
		if (any_case ? strcasecmp(value, list[i]) == 0 : strcmp(value, list[i]) == 0)
			return true;
	return false;
}

static void
judge_enum(struct judge *j)
{
	const struct column_profile *p = j->p;
	size_t exact = 0, any = 0;
	const char *other = NULL;

	if (!p->values || p->nvalues == 0) {
		if (p->distinct > j->c->nvalues)
			j->out = (struct value_says){.verdict = VALUES_AGAINST, .says = arena_printf(j->a,
			    "`%s` has %" PRIu64 " different values, and `%s` knows %zu%s", name_of(j), p->distinct, j->c->name,
			    j->c->nvalues, place_words(j, &p->first))};
		return;
	}
	for (size_t i = 0; i < p->nvalues; i++) {
		exact += is_among(p->values[i], j->c->values, j->c->nvalues, false);
		if (is_among(p->values[i], j->c->values, j->c->nvalues, true))
			any++;
		else if (!other)
			other = p->values[i];
	}
	if (any == p->nvalues) {
		const char *says = arena_printf(j->a, "%s value%s of `%s` %s among those of `%s`",
		    p->nvalues == 1 ? "the one" : arena_printf(j->a, "all %zu", p->nvalues), p->nvalues == 1 ? "" : "s",
		    name_of(j), p->nvalues == 1 ? "is" : "are", j->c->name);

		j->out = (struct value_says){.verdict = exact == any ? VALUES_FIT : VALUES_READ, .is_telling = any > 1,
		    .convert = exact == any ? NULL : "enum:case", .says = says};
		return;
	}
	j->out = (struct value_says){.verdict = VALUES_AGAINST, .is_mostly = any > 0,
	    .says = arena_printf(j->a, "`%s` holds `%s`, which is none of the values of `%s`", name_of(j), other, j->c->name)};
}

static bool
judge_boolean(struct judge *j)
{
	static const char *const words[] = {"true", "false", "yes", "no", "y", "n", "t", "f", "1", "0", "on", "off"};
	const struct column_profile *p = j->p;

	if (!p->values || p->nvalues == 0 || p->nvalues > 4)
		return false;
	for (size_t i = 0; i < p->nvalues; i++)
		if (!is_among(p->values[i], words, sizeof words / sizeof *words, true))
			return false;
	say_read(j, "boolean", arena_printf(j->a, "`%s` says yes or no", name_of(j)));
	return true;
}

/* Blanks at an end are all that keeps the first value against an id from being one. */
static bool
judge_blanks(struct judge *j)
{
	const struct value_place *place = &j->p->refuted[COL_ID];
	const char *v = place->row ? place->value : j->p->first.value;
	size_t n = v ? strlen(v) : 0;

	if (j->type != COL_ID || n == 0 || n > 64 || (v[0] != ' ' && v[n - 1] != ' '))
		return false;
	say_read(j, "trim", arena_printf(j->a, "`%s` has blanks around its values%s", name_of(j), place_words(j, place)));
	j->out.is_telling = false;
	return true;
}

/* A text column takes anything; yet one that holds nothing but dates or amounts is seldom one. */
static void
judge_text(struct judge *j)
{
	enum coltype t = j->p->reading != COL_TEXT ? j->p->reading : j->p->type;

	if (t == COL_DATE || t == COL_TIMESTAMP || (t == COL_MONEY && j->p->currency) || t == COL_DECIMAL)
		j->out = (struct value_says){.verdict = VALUES_ODD, .says = arena_printf(j->a,
		    "every value of `%s` is %s, and `%s` is %s%s", name_of(j), type_words(t), j->c->name, type_words(j->type),
		    place_words(j, &j->p->first))};
}

static void
judge_against(struct judge *j, const struct value_place *place)
{
	const struct column_profile *p = j->p;
	const struct value_place *at = place->row ? place : &p->first;

	j->out = (struct value_says){.verdict = VALUES_AGAINST,
	    .is_mostly = p->nearly == j->type || (is_number(p->nearly) && is_number(j->type)) ||
		(at->row > p->first.row && at->row > 10),
	    .says = at->row ? arena_printf(j->a, "`%s` is `%s` in row %" PRIu64 ", and `%s` is %s", name_of(j), at->value,
		at->row, j->c->name, type_words(j->type))
			    : arena_printf(j->a, "the values of `%s` are not %s, as `%s` is", name_of(j), type_words(j->type),
		j->c->name)};
}

struct value_says
values_judge(struct arena *a, const struct column *c, const struct column_profile *p)
{
	struct judge j = {.a = a, .c = c, .p = p};
	struct value_place place = {0};
	char reason[256];
	enum key_verdict fits;

	if (p->type == COL_EMPTY || !coltype_find(c->type, &j.type))
		return j.out;
	if (j.type == COL_ENUM) {
		judge_enum(&j);
		return j.out;
	}
	if (j.type == COL_TEXT) {
		judge_text(&j);
		return j.out;
	}
	if (p->type == COL_JSON) {
		judge_against(&j, &place);
		return j.out;
	}
	fits = profile_column_fits(p, j.type, c->values, c->nvalues, &place, reason);
	if (fits == KEY_YES && j.type == COL_ID) {
		judge_text(&j);
		return j.out;
	}
	if (fits == KEY_YES) {
		j.out.verdict = VALUES_FIT;
		j.out.is_telling = j.type == COL_DATE || j.type == COL_TIMESTAMP || (j.type == COL_BOOLEAN && p->type != COL_INTEGER);
		if (j.out.is_telling)
			j.out.says = arena_printf(a, "every value of `%s` is %s", p->name, type_words(j.type));
		return j.out;
	}
	if ((j.type == COL_DATE || j.type == COL_TIMESTAMP) && judge_time(&j))
		return j.out;
	if (is_number(j.type) && judge_number(&j))
		return j.out;
	if ((j.type == COL_BOOLEAN && judge_boolean(&j)) || judge_blanks(&j))
		return j.out;
	if (fits == KEY_NO)
		judge_against(&j, &place);
	return j.out;
}
