/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/decimal.h"
#include "types/profiler.h"

/* Slots: half a MiB, about what a cache holds for one column. */
#define QUEUED_SIZE_MIN ((size_t)1 << 16)
/* So many values must conform before the first one against the type is worth a note. */
#define NEARLY_VALUES_MIN 10

/* ---- taking values ---- */

/* JSON rows may bring a column late: every row before it lacked the value. */
static struct gauge *
gauge_at(struct profiler *p, size_t index)
{
	while (p->ngauges <= index) {
		struct gauge *g = ARENA_NEW(p->a, struct gauge);
		if (p->ngauges == p->gauges_cap) {
			size_t cap = p->gauges_cap ? p->gauges_cap * 2 : 32;
			struct gauge **more = ARENA_ARRAY(p->a, cap, struct gauge *);
			if (p->ngauges)
				memcpy(more, p->gauges, p->ngauges * sizeof *more);
			p->gauges = more;
			p->gauges_cap = cap;
		}
		g->conforms = ~0u;
		g->orders = ~0u;
		g->is_cents = g->is_numbered = g->is_compact_date = true;
		reading_init(&g->reading);
		g->nulls = g->missing = p->nrows ? p->nrows - 1 : 0;
		keyset_init(&g->seen, p->a, &p->budget, false);
		p->gauges[p->ngauges++] = g;
	}
	return p->gauges[index];
}

static const char *
shown(struct arena *a, const struct cell *c)
{
	char text[VALUE_SHOW_BYTES];

	value_show(c->p, c->n, text);
	return arena_str(a, text);
}

static bool
is_open_key(const struct gauge *g)
{
	return !g->is_repeated && g->nulls == 0 && !g->is_key_unknown;
}

bool
columns_is_key(const struct gauge *g)
{
	return is_open_key(g) && g->values > 0;
}

/* Stop counting a column. What was counted so far stays as a lower bound. */
static void
give_up(struct gauge *g)
{
	if (is_open_key(g))
		g->is_key_unknown = true;
	g->is_capped = true;
	keyset_release(&g->seen);
}

/* A possible key needs room: the largest count that is only a count has to go. */
static bool
make_room(struct profiler *p)
{
	struct gauge *largest = NULL;

	for (size_t i = 0; i < p->ngauges; i++) {
		struct gauge *g = p->gauges[i];
		if (!g->is_capped && !is_open_key(g) && g->seen.size &&
		    (!largest || g->seen.size > largest->seen.size))
			largest = g;
	}
	if (largest)
		give_up(largest);
	return largest != NULL;
}

/* What adding to the set said. */
static void
heed(struct profiler *p, struct gauge *g, enum keyset_result r)
{
	if (r == KEYSET_SEEN)
		g->is_repeated = true;
	if (r == KEYSET_FULL || (g->seen.n > p->distinct_max && !is_open_key(g)))
		give_up(g);
}

static void
flush(struct profiler *p, struct gauge *g)
{
	while (g->seen.nqueued > 0) {
		enum keyset_result r = keyset_flush(&g->seen);
		if (r == KEYSET_FULL && is_open_key(g) && make_room(p))
			continue;
		heed(p, g, r);
	}
}

/*
 * Count a value. True when it is known to have been seen before, so that nothing about it is news.
 * Large sets, which only possible keys have, are filled by way of their queue: there a repeat shows
 * later, and taking its value once more does no harm.
 */
static bool
was_seen(struct profiler *p, struct gauge *g, const struct cell *c)
{
	uint64_t hash;
	enum keyset_result r;

	if (g->is_capped)
		return false;
	hash = hash_bytes(&p->keys[c->type], c->p, c->n);
	if (g->seen.size >= QUEUED_SIZE_MIN && is_open_key(g)) {
		r = keyset_queue(&g->seen, hash);
		g->is_repeated = r == KEYSET_SEEN;
		if (r != KEYSET_NEW)
			flush(p, g);
		return false;
	}
	r = keyset_add(&g->seen, hash);
	while (r == KEYSET_FULL && is_open_key(g) && make_room(p))
		r = keyset_add(&g->seen, hash);
	heed(p, g, r);
	return r == KEYSET_SEEN;
}

static uint64_t
prefix_of(const char *p, size_t n)
{
	unsigned char bytes[8] = {0};
	uint64_t v = 0;

	memcpy(bytes, p, n < 8 ? n : 8);
	for (int i = 0; i < 8; i++)
		v = v << 8 | bytes[i];
	return v;
}

static void
set_edge(struct edge *e, const char *p, size_t n, uint64_t prefix)
{
	memcpy(e->p, p, n);
	e->p[n] = '\0';
	e->n = n;
	e->prefix = prefix;
	e->is_set = true;
}

static int
compare_text(const struct edge *e, const char *p, size_t n, uint64_t prefix)
{
	int c;

	if (prefix != e->prefix)
		return prefix < e->prefix ? -1 : 1;
	c = memcmp(p, e->p, n < e->n ? n : e->n);
	return c ? c : (n > e->n) - (n < e->n);
}

static void
take_text_edges(struct gauge *g, const struct cell *c)
{
	size_t n = c->n < EDGE_BYTES ? c->n : EDGE_BYTES;
	uint64_t prefix = prefix_of(c->p, n);

	if (!g->text_min.is_set || compare_text(&g->text_min, c->p, n, prefix) < 0)
		set_edge(&g->text_min, c->p, n, prefix);
	if (!g->text_max.is_set || compare_text(&g->text_max, c->p, n, prefix) > 0)
		set_edge(&g->text_max, c->p, n, prefix);
}

/* A number as millionths, when it has at most 12 digits before and 6 behind the point. */
static bool
scale(const char *p, size_t n, int64_t *out)
{
	size_t i = n && (p[0] == '-' || p[0] == '+'), whole = 0, fraction = 0;
	int64_t v = 0;

	for (; i < n && p[i] >= '0' && p[i] <= '9'; i++, whole++)
		if (whole < 12)
			v = v * 10 + (p[i] - '0');
	if (i < n && p[i] == '.')
		for (i++; i < n && p[i] >= '0' && p[i] <= '9'; i++, fraction++)
			if (fraction < 6)
				v = v * 10 + (p[i] - '0');
	if (i < n || whole > 12 || fraction > 6)
		return false;
	for (; fraction < 6; fraction++)
		v *= 10;
	*out = p[0] == '-' ? -v : v;
	return true;
}

static int
compare_number(const struct edge *e, const struct cell *c, bool is_scaled, int64_t scaled)
{
	if (is_scaled && e->is_scaled)
		return (scaled > e->scaled) - (scaled < e->scaled);
	return decimal_compare(c->p, c->n, e->p, e->n);
}

static void
take_number_edges(struct gauge *g, const struct cell *c)
{
	int64_t scaled = 0;
	bool is_scaled = scale(c->p, c->n, &scaled);

	INVARIANT(c->n <= EDGE_BYTES); /* value_types allows no longer numbers */
	if (!g->number_min.is_set || compare_number(&g->number_min, c, is_scaled, scaled) < 0) {
		set_edge(&g->number_min, c->p, c->n, 0);
		g->number_min.is_scaled = is_scaled;
		g->number_min.scaled = scaled;
	}
	if (!g->number_max.is_set || compare_number(&g->number_max, c, is_scaled, scaled) > 0) {
		set_edge(&g->number_max, c->p, c->n, 0);
		g->number_max.is_scaled = is_scaled;
		g->number_max.scaled = scaled;
	}
}

static void
take_types(struct profiler *p, struct gauge *g, const struct row *row, const struct cell *c)
{
	unsigned types = value_types(c->type, c->p, c->n), lost = g->conforms & ~types;

	g->any |= types;
	if (g->reading.open && !(types & g->reading.quiet))
		reading_take(&g->reading, p->a, row->row, c->type, c->p, c->n, g->values);
	if (g->orders)
		g->orders &= c->type == CELL_TEXT ? date_orders(c->p, c->n) : 0;
	if (!g->first.row) {
		g->first = (struct value_place){row->row, shown(p->a, c)};
		g->conforms = types;
		return;
	}
	for (unsigned t = 0; lost && t < COL__COUNT; t++)
		if (lost & COL_BIT(t)) {
			g->refuted[t] = (struct value_place){row->row, shown(p->a, c)};
			g->refuted_after[t] = g->values;
			lost &= ~COL_BIT(t);
		}
	g->conforms &= types;
}

/* Identifiers are made of letters, digits and . : _ - and mostly hold a digit. */
static void
take_token_looks(struct gauge *g, const struct cell *c)
{
	bool has_digit = false;

	for (size_t i = 0; i < c->n; i++) {
		char b = c->p[i];
		if (b >= '0' && b <= '9')
			has_digit = true;
		else if (!((b | 32) >= 'a' && (b | 32) <= 'z') && b != '.' && b != ':' &&
			 b != '_' && b != '-')
			g->has_odd = true;
	}
	g->is_numbered = g->is_numbered && has_digit;
}

/* YYYYMMDD of a whole number. */
static bool
is_compact_date(const char *p, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n && n == 8; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(p[i] - '0');
	}
	return n == 8 && v / 10000 >= 1800 && v / 10000 < 2200 && date_exists(v / 10000, v / 100 % 100, v % 100);
}

static void
take_looks(struct gauge *g, const struct cell *c)
{
	if (g->conforms & COL_BIT(COL_DECIMAL)) {
		g->is_cents = g->is_cents && c->n > 3 && c->p[c->n - 3] == '.';
		g->is_compact_date = g->is_compact_date && is_compact_date(c->p, c->n);
		take_number_edges(g, c);
	} else if (!g->has_odd) {
		take_token_looks(g, c);
	}
	take_text_edges(g, c);
}

static void
keep_few(struct profiler *p, struct gauge *g, const struct cell *c)
{
	if (g->is_many)
		return;
	if (g->nfew == PROFILE_VALUES_MAX || c->n > LISTED_BYTES_MAX || c->type == CELL_JSON) {
		g->is_many = true;
		return;
	}
	g->few[g->nfew++] = arena_dup(p->a, c->p, c->n);
}

static void
take_null(struct profiler *p, struct gauge *g, bool is_missing)
{
	if (g->seen.nqueued)
		flush(p, g);
	g->nulls++;
	g->missing += is_missing;
	if (g->is_capped)
		g->is_key_unknown = false; /* a null decides it: no key */
	else if (g->seen.n > p->distinct_max)
		give_up(g);
}

void
columns_take(struct profiler *p, const struct row *row)
{
	p->nrows++;
	for (size_t i = 0; i < row->ncells; i++) {
		struct gauge *g = i < p->ngauges ? p->gauges[i] : gauge_at(p, i);
		const struct cell *c = &row->cells[i];
		if (c->type == CELL_NULL || c->type == CELL_MISSING) {
			take_null(p, g, c->type == CELL_MISSING);
			continue;
		}
		if (!was_seen(p, g, c)) {
			take_types(p, g, row, c);
			take_looks(g, c);
			keep_few(p, g, c);
		}
		g->values++;
	}
}

/* ---- what a column is ---- */

static bool
ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n >= m && strcmp(name + n - m, ending) == 0;
}

bool
is_id_name(const char *name)
{
	static const char *const endings[] = {
	    "_id", "_ref", "_key", "_code", "_no", "_number", "_uuid", "_ID", " ID", "Id", "Ref"};

	if (strcasecmp(name, "id") == 0 || strcasecmp(name, "key") == 0 ||
	    strcasecmp(name, "uuid") == 0)
		return true;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (ends_with(name, endings[i]))
			return true;
	return false;
}

bool
is_money_name(const char *name)
{
	static const char *const words[] = {"amount", "price", "total", "cost", "fee", "rate",
	    "salary", "revenue", "balance", "payment", "charge", "budget", "usd", "eur"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

/* Text comes as ids, as one of few words, or as prose. */
static enum coltype
text_type(const struct gauge *g, const char *name)
{
	bool is_token = (g->conforms & COL_BIT(COL_ID)) && !g->has_odd;
	bool is_numbered_key = columns_is_key(g) && g->is_numbered && g->values > 1 &&
			       !(g->any & (COL_BIT(COL_DATE) | COL_BIT(COL_TIMESTAMP)));

	if (is_token && (is_id_name(name) || is_numbered_key))
		return COL_ID;
	if (!g->is_many && g->values >= 4 && g->nfew * 2 <= g->values)
		return COL_ENUM;
	return COL_TEXT;
}

static enum coltype
best_type(const struct gauge *g, const char *name)
{
	static const enum coltype order[] = {
	    COL_JSON, COL_INTEGER, COL_DECIMAL, COL_DATE, COL_TIMESTAMP, COL_BOOLEAN};

	if (g->values == 0)
		return COL_EMPTY;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		if (!(g->conforms & COL_BIT(order[i])))
			continue;
		if (order[i] == COL_DECIMAL && g->is_cents && is_money_name(name) &&
		    (g->conforms & COL_BIT(COL_MONEY)))
			return COL_MONEY;
		return order[i];
	}
	if (g->orders)
		return COL_DATE;
	return text_type(g, name);
}

static const char *
date_format(unsigned orders)
{
	if (orders & DATE_ISO)
		return "iso";
	if (orders & DATE_YMD)
		return "ymd";
	if ((orders & DATE_DMY) && (orders & DATE_MDY))
		return "ambiguous";
	return orders & DATE_DMY ? "dmy" : "mdy";
}

/* The kept bytes as text; a sequence that the cut halved is left out. */
static const char *
edge_text(struct arena *a, const struct edge *e)
{
	size_t n = e->n;

	if (!e->is_set)
		return NULL;
	if (n == EDGE_BYTES) {
		while (n && ((unsigned char)e->p[n - 1] & 0xc0) == 0x80)
			n--;
		n -= n && (unsigned char)e->p[n - 1] >= 0xc0;
	}
	return arena_dup(a, e->p, n);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
finish_column(struct profiler *p, struct gauge *g, const char *name, struct column_profile *out)
{
	bool is_number, is_foreign_date;

	*out = (struct column_profile){.name = name,
	    .type = best_type(g, name),
	    .nulls = g->nulls,
	    .missing = g->missing,
	    .distinct = g->seen.n,
	    .distinct_exact = !g->is_capped,
	    .first = g->first};
	is_number = out->type == COL_INTEGER || out->type == COL_DECIMAL || out->type == COL_MONEY;
	out->conforms = g->values ? g->conforms : 0;
	out->date_format = out->type == COL_DATE ? date_format(g->orders) : NULL;
	is_foreign_date = out->date_format && strcmp(out->date_format, "iso") != 0;
	if (!is_foreign_date && out->type != COL_JSON) {
		out->min = edge_text(p->a, is_number ? &g->number_min : &g->text_min);
		out->max = edge_text(p->a, is_number ? &g->number_max : &g->text_max);
	}
	memcpy(out->refuted, g->refuted, sizeof out->refuted);
	if (!g->is_many && !g->is_capped && g->nfew) {
		qsort(g->few, g->nfew, sizeof *g->few, by_text);
		out->values = g->few;
		out->nvalues = g->nfew;
	}
}

/* A column that was of one type for long, until one value: most often that value is the mistake. */
static void
note_nearly(struct profiler *p, const struct gauge *g, const struct column_profile *c)
{
	static const struct {
		enum coltype type;
		const char *words;
	} types[] = {{COL_INTEGER, "a whole number"}, {COL_DECIMAL, "a number"},
	    {COL_DATE, "a date as YYYY-MM-DD"}, {COL_TIMESTAMP, "a timestamp"}};
	const struct value_place *place = NULL;
	const char *words = NULL;
	uint64_t longest = NEARLY_VALUES_MIN - 1;

	if (c->type != COL_TEXT && c->type != COL_ID && c->type != COL_ENUM)
		return;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (c->refuted[types[i].type].row && g->refuted_after[types[i].type] > longest) {
			longest = g->refuted_after[types[i].type];
			place = &c->refuted[types[i].type];
			words = types[i].words;
		}
	if (place)
		profiler_note(p,
		    "Column '%s': row %" PRIu64 " holds '%s', the first value that is not %s.",
		    c->name, place->row, place->value, words);
}

static void
note_column(struct profiler *p, const struct gauge *g, const struct column_profile *c)
{
	size_t n = strlen(c->name);

	if (c->date_format && strcmp(c->date_format, "ambiguous") == 0)
		profiler_note(p,
		    "Column '%s': its dates can be read as day/month or month/day, and no value decides which; "
		    "write them as YYYY-MM-DD.",
		    c->name);
	else if (c->date_format && strcmp(c->date_format, "iso") != 0)
		profiler_note(p, "Column '%s': its dates are written %s; write them as YYYY-MM-DD.",
		    c->name,
		    strcmp(c->date_format, "dmy") == 0   ? "day, month, year"
		    : strcmp(c->date_format, "mdy") == 0 ? "month, day, year"
							 : "year, month, day without hyphens");
	if (c->type == COL_TEXT && g->values && !(c->conforms & COL_BIT(COL_TEXT)) &&
	    c->refuted[COL_TEXT].row)
		profiler_note(p,
		    "Column '%s': row %" PRIu64 " holds '%s', which is not plain text.", c->name,
		    c->refuted[COL_TEXT].row, c->refuted[COL_TEXT].value);
	if (c->name[0] == ' ' || c->name[n - 1] == ' ')
		profiler_note(p,
		    "The column name '%s' has blanks at its ends; they are part of the name.",
		    c->name);
	note_nearly(p, g, c);
}

void
columns_flush(struct profiler *p)
{
	for (size_t i = 0; i < p->ngauges; i++)
		flush(p, p->gauges[i]);
}

void
columns_finish(struct profiler *p)
{
	struct artifact_profile *out = p->out;
	struct column_profile *columns;

	for (size_t i = 0; i < rows_columns(p->rows); i++)
		(void)gauge_at(p, i); /* a header without rows */
	columns = ARENA_ARRAY(p->a, p->ngauges, struct column_profile);
	for (size_t i = 0; i < p->ngauges; i++) {
		finish_column(p, p->gauges[i], rows_column(p->rows, i), &columns[i]);
		reading_finish(p, p->gauges[i], &columns[i]);
		note_column(p, p->gauges[i], &columns[i]);
	}
	out->columns = columns;
	out->ncolumns = p->ngauges;
	out->rows = (int64_t)p->nrows;
}
