/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/adapt.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/detect.h"
#include "compiler/words.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "pack/detect.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

/* A name that is merely near is taken only when little else could be meant; by values alone it never is. */
#define SIMILAR_SCORE_MIN 800

const struct detection *
adapt_detection(struct compile *c, const struct file_facts *f)
{
	size_t i = (size_t)(f - c->in->files);

	if (!c->detect_index) {
		c->detect_index = detect_index_new(c->a, c->in->catalog);
		c->detections = ARENA_ARRAY(c->a, c->in->nfiles, struct detection);
		c->is_detected = ARENA_ARRAY(c->a, c->in->nfiles, bool);
	}
	INVARIANT(i < c->in->nfiles);
	if (!c->is_detected[i])
		detect_file(c->a, c->detect_index, f, &c->detections[i]);
	c->is_detected[i] = true;
	return &c->detections[i];
}

/* --- day and month --------------------------------------------------------------------------------- */

const char *
adapt_date_order(const char *text)
{
	static const char *const dmy[] = {"day first", "day-first", "day before month", "day before the month", "dd/mm",
	    "dd.mm", "dd-mm", "d/m/y", "dmy", "day/month"};
	static const char *const mdy[] = {"month first", "month-first", "month before day", "month before the day", "mm/dd",
	    "mm-dd", "m/d/y", "mdy", "month/day"};
	bool is_dmy = false, is_mdy = false;

	for (size_t i = 0; i < sizeof dmy / sizeof *dmy; i++)
		is_dmy = is_dmy || word_find(text, dmy[i]);
	for (size_t i = 0; i < sizeof mdy / sizeof *mdy; i++)
		is_mdy = is_mdy || word_find(text, mdy[i]);
	return is_dmy == is_mdy ? NULL : is_dmy ? "dmy" : "mdy";
}

/* "3 April 2026" of two numbers and the rest of the value; NULL when they are none. */
static const char *
reading_words(struct compile *c, const char *value, bool day_first)
{
	static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August",
	    "September", "October", "November", "December"};
	char *end, *rest;
	unsigned long x = isdigit((unsigned char)value[0]) ? strtoul(value, &end, 10) : 0, y, month, year;

	if (x == 0 || !*end || !isdigit((unsigned char)end[1]))
		return NULL;
	y = strtoul(end + 1, &rest, 10);
	if (!*rest || !isdigit((unsigned char)rest[1]))
		return NULL;
	month = day_first ? y : x;
	year = strtoul(rest + 1, NULL, 10);
	if (month < 1 || month > 12)
		return NULL;
	return arena_printf(c->a, "%lu %s %lu", day_first ? x : y, months[month - 1], year);
}

struct diag *
say_date_order(struct compile *c, const struct cstep *s, const struct cinput *in, const struct file_facts *f,
    const char *name, const struct column_profile *p)
{
	const char *message = arena_printf(c->a, "in `%s` of %s nothing tells the day from the month", name,
	    file_base(f->path));
	struct diag *g = s ? say(c, FC0316, s, in->at, in->pointer, "%s", message)
			   : diag_add(c->diags, FC0316, "%s", message);
	const char *day = p->first.row > 0 ? reading_words(c, p->first.value, true) : NULL;
	const char *month = p->first.row > 0 ? reading_words(c, p->first.value, false) : NULL;

	if (!s) {
		g->place.file = f->path;
		g->place.row = p->first.row;
	}
	if (p->first.row > 0)
		diag_label(c->diags, g, f->path, p->first.row, (uint32_t)(p - f->profile->columns) + 1, "`%s`%s%s%s%s",
		    p->first.value, day && month ? " is " : "", day && month ? day : "", day && month ? " or " : "",
		    day && month ? month : "");
	diag_note(c->diags, g, "every value of the column is a date both ways; a wrong guess would move each of them");
	if (!s || s->policy->refuses_date_order || !s->policy->allow_normalizers)
		diag_help(c->diags, g, "write the dates as YYYY-MM-DD and upload the file again");
	else if (c->playbook)
		diag_help(c->diags, g, "say which it is in a sentence of the objective (`Dates are day first.` or "
		    "`Dates are month first.`); or write the dates as YYYY-MM-DD");
	else
		diag_help(c->diags, g, "say which it is: \"date_order\": \"dmy\" or \"mdy\" at the input, or a sentence of the "
		    "objective (\"Dates are day first.\"); or write the dates as YYYY-MM-DD");
	return g;
}

/* --- mapping --------------------------------------------------------------------------------------- */

struct mapping {
	struct compile *c;
	const struct cstep *s;
	const struct cinput *in;
	const struct file_facts *f;
	const struct detect_rank *rank;
	struct adapt_line *lines;
	size_t n;
	bool changes;
	bool is_refused;
	const char *why; /* it is unclear */
};

static const struct detect_rank *
rank_of(const struct detection *d, const struct entity *e)
{
	for (size_t i = 0; i < d->nranks; i++)
		if (d->ranks[i].entity == e)
			return &d->ranks[i];
	return NULL;
}

static bool
is_named_clearly(const struct detect_column *d)
{
	return d->how == DETECT_EXACT || d->how == DETECT_CASE || d->how == DETECT_SYNONYM ||
	    (d->how == DETECT_SIMILAR && d->score >= SIMILAR_SCORE_MIN);
}

/* The order that the values are read in: stated, or not to be had. */
static const char *
date_order(struct mapping *m, const char *convert, const struct column_profile *p)
{
	const char *order = m->in->date_order ? m->in->date_order : m->c->date_order;
	const char *at = strstr(convert, "ambiguous"); /* of "date:ambiguous", "timestamp:ambiguous:Z" */
	struct diag *g;

	if (!order || m->s->policy->refuses_date_order) {
		(void)say_date_order(m->c, m->s, m->in, m->f, p->name, p);
		m->is_refused = true;
		return NULL;
	}
	g = say(m->c, FC0317, m->s, m->in->at, m->in->pointer, "the dates in `%s` of %s are read %s because %s says so",
	    p->name, file_base(m->f->path), strcmp(order, "dmy") == 0 ? "day first" : "month first",
	    m->in->date_order ? "the input" : "the objective");
	if (p->first.row > 0 && reading_words(m->c, p->first.value, strcmp(order, "dmy") == 0))
		diag_label(m->c->diags, g, m->f->path, p->first.row, (uint32_t)(p - m->f->profile->columns) + 1,
		    "`%s` becomes %s", p->first.value, reading_words(m->c, p->first.value, strcmp(order, "dmy") == 0));
	diag_help(m->c->diags, g, "look at one or two values that you know; nothing in the file can confirm it");
	note_add(m->c, "The dates in `%s` of %s are read %s because %s says so; nothing in the file confirms it.", p->name,
	    m->f->path, strcmp(order, "dmy") == 0 ? "day first" : "month first",
	    m->in->date_order ? "the candidate" : "the objective");
	return arena_printf(m->c->a, "%.*s%s%s", (int)(at - convert), convert, order, at + strlen("ambiguous"));
}

static const char *
how_words(const struct detect_column *d)
{
	switch (d->how) {
	case DETECT_EXACT: return "its own name";
	case DETECT_CASE: return "the same name in another spelling";
	case DETECT_SYNONYM: return "another name that the pack knows";
	case DETECT_SIMILAR: return "a name that is near";
	case DETECT_NONE:
	case DETECT_VALUES: break;
	}
	return "its values";
}

/* What a conversion needs to know besides: the legal values, the column that gets the currency. */
static void
write_more(struct jw *w, const struct adapt_line *l)
{
	const char *style = l->convert && strncmp(l->convert, "money:", 6) == 0 ? l->convert + 6 : NULL;

	if (l->convert && strcmp(l->convert, "enum:case") == 0) {
		jw_array(w, "values");
		for (size_t i = 0; i < l->column->nvalues; i++)
			jw_str(w, NULL, l->column->values[i]);
		jw_end(w);
	}
	if (style && !strchr(style, ':') && l->column->currency_from)
		jw_str(w, "currency", l->column->currency_from);
}

/* Money of one currency is never taken for money of another. */
static bool
is_other_currency(const struct column *k, const char *convert)
{
	const char *style = convert && strncmp(convert, "money:", 6) == 0 ? strchr(convert + 6, ':') : NULL;

	return style && k->currency && strcmp(style + 1, k->currency) != 0;
}

/* What would have to be known to read the column: "date:ambiguous" where only the order of day and month is open. */
static const char *
wanted_convert(struct mapping *m, const struct detect_column *d, const struct column_profile *p)
{
	const char *style = p->date_style ? p->date_style : p->date_format;

	if (d->fits || d->convert || !style || strncmp(style, "ambiguous", 9) != 0 ||
	    (strcmp(d->column->type, "date") != 0 && strcmp(d->column->type, "timestamp") != 0))
		return d->fits_reading ? d->convert : NULL;
	return arena_printf(m->c->a, "%s:ambiguous%s", d->column->type, strstr(style, "-yy") ? ":30" : "");
}

/* One column of the entity. false: it stops here. */
static bool
line_add(struct mapping *m, const struct detect_column *d)
{
	const struct column *k = d->column;
	const struct column_profile *p = d->from < 0 ? NULL : &m->f->profile->columns[d->from];
	const char *convert = NULL;
	bool is_needed = k->is_required || (p && d->how == DETECT_EXACT);

	if (!p) {
		if (k->is_required)
			m->why = arena_printf(m->c->a, "no column is clearly `%s`", k->name);
		return !k->is_required;
	}
	if (!is_named_clearly(d)) {
		if (k->is_required)
			m->why = arena_printf(m->c->a, "`%s` could be `%s`, and only %s say so", p->name, k->name,
			    d->how == DETECT_VALUES ? "its values" : "some letters of its name");
		return !k->is_required;
	}
	convert = d->fits ? NULL : wanted_convert(m, d, p);
	if (convert) {
		if (strstr(convert, ":ambiguous") && strncmp(convert, "number", 6) != 0 && m->s->policy->allow_normalizers)
			convert = date_order(m, convert, p);
		else if (strstr(convert, ":ambiguous") && strncmp(convert, "number", 6) != 0)
			m->why = arena_printf(m->c->a, "in `%s` nothing tells the day from the month", p->name);
		else if (strstr(convert, ":ambiguous"))
			m->why = arena_printf(m->c->a, "in `%s` a comma could end the thousands or begin the decimals", p->name);
		if (m->is_refused || m->why)
			return m->is_refused; /* all columns whose dates are in doubt are said at once */
	} else if (!d->fits && !k->is_tolerant) {
		if (is_needed)
			m->why = d->says ? d->says : arena_printf(m->c->a, "the values of `%s` are not of type %s", p->name, k->type);
		return !is_needed;
	}
	if (is_other_currency(k, convert)) {
		m->why = arena_printf(m->c->a, "`%s` holds %s, and `%s` is in %s", p->name, strchr(convert + 6, ':') + 1, k->name,
		    k->currency);
		return !k->is_required;
	}
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->lines[i].from, p->name) == 0) {
			m->why = arena_printf(m->c->a, "`%s` could be `%s` and `%s`", p->name, m->lines[i].to, k->name);
			return !k->is_required;
		}
	m->changes = m->changes || convert || strcmp(p->name, k->name) != 0;
	m->lines[m->n++] =
	    (struct adapt_line){.from = p->name, .to = k->name, .convert = convert, .why = how_words(d), .column = k};
	return true;
}

static const char *
map_text(struct compile *c, const struct mapping *m)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_array(&w, NULL);
	for (size_t i = 0; i < m->n; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "from", m->lines[i].from);
		jw_str(&w, "to", m->lines[i].to);
		jw_str(&w, "convert", m->lines[i].convert);
		write_more(&w, &m->lines[i]);
		jw_end(&w);
	}
	jw_end(&w);
	return buf_take(&b);
}

/* The file as it is: every required column under its name, and no value that has to be read anew. */
static bool
is_as_it_should_be(struct compile *c, const struct file_facts *f, const struct entity *e)
{
	struct entity_match m;

	entity_compare(c->a, f, e, &m);
	if (!entity_is_full(&m))
		return false;
	for (size_t i = 0; i < e->ncolumns; i++) {
		const struct column_profile *p = profile_column(f->profile, e->columns[i].name);
		enum coltype type = COL_TEXT;
		struct value_place place;
		char reason[256];

		if (!p || p->type == COL_EMPTY || !coltype_find(e->columns[i].type, &type))
			continue;
		if (profile_column_fits(p, type, e->columns[i].values, e->columns[i].nvalues, &place, reason) == KEY_NO)
			return false;
	}
	return true;
}

/* What was found for a file and an entity, so that nothing is said twice. */
struct mapped_file {
	const struct file_facts *file;
	const struct entity *entity;
	const struct policy *policy;
	const char *order;
	enum columns_verdict verdict;
	const struct adapt_map *map;
	const char *why;
};

static struct mapped_file *
mapped_find(struct compile *c, const struct mapped_file *want)
{
	for (size_t i = 0; i < c->nmapped; i++) {
		struct mapped_file *m = &c->mapped[i];

		if (m->file == want->file && m->entity == want->entity && m->policy == want->policy &&
		    !m->order == !want->order && (!m->order || strcmp(m->order, want->order) == 0))
			return m;
	}
	return NULL;
}

static struct mapped_file *
mapped_add(struct compile *c, const struct mapped_file *one)
{
	if (c->nmapped == c->mapped_cap) {
		size_t cap = c->mapped_cap ? c->mapped_cap * 2 : 16;
		struct mapped_file *at = ARENA_ARRAY(c->a, cap, struct mapped_file);

		if (c->nmapped > 0)
			memcpy(at, c->mapped, c->nmapped * sizeof *at);
		c->mapped = at;
		c->mapped_cap = cap;
	}
	c->mapped[c->nmapped] = *one;
	return &c->mapped[c->nmapped++];
}

static enum columns_verdict
map_make(struct compile *c, const struct cstep *s, const struct cinput *in, const struct file_facts *f,
    const struct entity *e, const struct adapt_map **map, const char **why)
{
	struct mapping m = {.c = c, .s = s, .in = in, .f = f};
	struct adapt_map *out;
	bool is_clear = true;

	if (!e || e->ncolumns == 0 || !f->profile->parse_ok || f->profile->ncolumns == 0 || f->profile->rows == 0 ||
	    is_as_it_should_be(c, f, e))
		return COLUMNS_AS_THEY_ARE;
	m.rank = rank_of(adapt_detection(c, f), e);
	if (!m.rank)
		return COLUMNS_UNCLEAR;
	m.lines = ARENA_ARRAY(c->a, e->ncolumns, struct adapt_line);
	for (size_t i = 0; i < e->ncolumns && is_clear; i++)
		is_clear = line_add(&m, &m.rank->columns[i]);
	if (m.is_refused)
		return COLUMNS_REFUSED;
	*why = m.why;
	if (!is_clear || m.why || !m.changes)
		return COLUMNS_UNCLEAR;
	out = ARENA_NEW(c->a, struct adapt_map);
	*out = (struct adapt_map){.lines = m.lines, .n = m.n, .text = map_text(c, &m)};
	*map = out;
	return COLUMNS_MAPPED;
}

enum columns_verdict
adapt_columns(struct compile *c, const struct cstep *s, const struct cinput *in, const struct file_facts *f,
    const struct entity *e, const struct adapt_map **map, const char **why)
{
	struct mapped_file one = {.file = f, .entity = e, .policy = s->policy, .order = in->date_order};
	struct mapped_file *m = mapped_find(c, &one);

	if (!m) {
		one.verdict = map_make(c, s, in, f, e, &one.map, &one.why);
		m = mapped_add(c, &one);
	}
	*map = m->map;
	*why = m->why;
	return m->verdict;
}
