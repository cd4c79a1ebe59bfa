/* SPDX-License-Identifier: Apache-2.0 */
/* Cells as values that can be compared and reckoned with. */
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/rational.h"
#include "pack/rules_work.h"
#include "types/value.h"

#define EXPECTED_PLACES 4 /* digits behind the point of what a message says */
#define INSTANT_BYTES 64

/* --- rows -------------------------------------------------------------------------------------------- */

static struct cell
cell_of(const struct jx *v)
{
	switch (v->type) {
	case JX_STRING: return (struct cell){v->u.text.p, v->u.text.n, v->u.text.n ? CELL_TEXT : CELL_NULL};
	case JX_NUMBER: return (struct cell){v->u.text.p, v->u.text.n, CELL_NUMBER};
	case JX_BOOL: return (struct cell){v->u.boolean ? "true" : "false", v->u.boolean ? 4 : 5, CELL_BOOL};
	case JX_NULL: return (struct cell){"", 0, CELL_NULL};
	case JX_ARRAY:
	case JX_OBJECT:
	case JX__COUNT: break;
	}
	return (struct cell){"", 0, CELL_JSON};
}

int
source_open(struct arena *a, const struct rules_table *t, struct source *out, struct err *err)
{
	*out = (struct source){.object = t->object};
	if (t->object) {
		size_t n = jx_size(t->object);

		out->cells = ARENA_ARRAY(a, n, struct cell);
		for (size_t i = 0; jx_is(t->object, JX_OBJECT) && i < n; i++)
			out->cells[i] = cell_of(t->object->u.object.at[i].value);
		out->row = (struct row){.cells = out->cells, .ncells = jx_is(t->object, JX_OBJECT) ? n : 0};
		return 0;
	}
	out->rows = rows_new(a, t->fd, t->format);
	switch (rows_open(out->rows, err)) {
	case ROWS_ROW:
	case ROWS_END: return 0;
	case ROWS_FAULT:
		(void)err_set(err, E_SCHEMA, "%s: %s", t->path, rows_fault(out->rows)->message);
		break;
	case ROWS_ERR: break;
	}
	source_close(out);
	return -1;
}

int
source_next(struct source *s, const struct rules_table *t, const struct row **out, struct err *err)
{
	if (s->object) {
		*out = &s->row;
		if (s->is_spent)
			return 0;
		s->is_spent = true;
		return 1;
	}
	switch (rows_next(s->rows, out, err)) {
	case ROWS_ROW: return 1;
	case ROWS_END: return 0;
	case ROWS_FAULT: return err_set(err, E_SCHEMA, "%s: %s", t->path, rows_fault(s->rows)->message);
	case ROWS_ERR: break;
	}
	return -1;
}

void
source_close(struct source *s)
{
	if (s->rows)
		rows_release(s->rows);
	s->rows = NULL;
}

struct place
place_of(const struct entity *e, const char *name)
{
	const struct column *c = name && e ? entity_field(e, name) : NULL;

	return (struct place){.name = name, .column = c, .class = c ? class_of_type(c->type) : CLASS_TEXT, .at = -1};
}

static int
source_column(const struct source *s, const char *name)
{
	if (s->rows)
		return rows_find_column(s->rows, name);
	for (size_t i = 0; i < s->row.ncells; i++)
		if (strcmp(s->object->u.object.at[i].key, name) == 0)
			return (int)i;
	return -1;
}

const struct cell *
place_cell(struct source *s, struct place *p, const struct row *row)
{
	const struct cell *c;

	if (p->at < 0) /* JSON rows may show a column late */
		p->at = source_column(s, p->name);
	if (p->at < 0 || (size_t)p->at >= row->ncells)
		return NULL;
	c = &row->cells[p->at];
	return c->type == CELL_MISSING || c->type == CELL_NULL || c->n == 0 ? NULL : c;
}

/* --- values ------------------------------------------------------------------------------------------ */

enum class
class_of_type(const char *type)
{
	static const struct {
		const char *type;
		enum class class;
	} table[] = {{"integer", CLASS_NUMBER}, {"decimal", CLASS_NUMBER}, {"money", CLASS_NUMBER},
	    {"date", CLASS_DATE}, {"timestamp", CLASS_TIME}, {"boolean", CLASS_BOOLEAN}};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i].type, type) == 0)
			return table[i].class;
	return CLASS_TEXT;
}

static int64_t
digits(const char *p, size_t n)
{
	int64_t v = 0;

	while (n-- > 0)
		v = v * 10 + (*p++ - '0');
	return v;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t
days_of(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static const char *
day_text(struct arena *a, int64_t z)
{
	int64_t era, doe, yoe, doy, mp, m;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	m = mp < 10 ? mp + 3 : mp - 9;
	return arena_printf(a, "%04lld-%02lld-%02lld", (long long)(yoe + era * 400 + (m <= 2)), (long long)m,
	    (long long)(doy - (153 * mp + 2) / 5 + 1));
}

/* Seconds since some day before all years, as decimal text. p is a timestamp as types/value.h takes it:
 * YYYY-MM-DDThh:mm[:ss[.f…]][zone] */
static size_t
instant(const char *p, size_t n, char text[INSTANT_BYTES])
{
	int64_t s = days_of(digits(p, 4), digits(p + 5, 2), digits(p + 8, 2)) * 86400 + digits(p + 11, 2) * 3600 +
	    digits(p + 14, 2) * 60;
	size_t i = 16, fraction = 0;

	if (n > 16 && p[16] == ':') {
		s += digits(p + 17, 2);
		i = 19;
		if (i < n && p[i] == '.')
			while (i + 1 + fraction < n && p[i + 1 + fraction] >= '0' && p[i + 1 + fraction] <= '9')
				fraction++;
	}
	if (n - i >= 6 && (p[n - 6] == '+' || p[n - 6] == '-')) {
		int64_t offset = digits(p + n - 5, 2) * 3600 + digits(p + n - 2, 2) * 60;

		s += p[n - 6] == '+' ? -offset : offset;
	}
	/* only compared, so all may be moved by the same amount: no year is before 1, and this is positive */
	return (size_t)snprintf(text, INSTANT_BYTES, "%lld.%.*s0", (long long)s + 70000000000, (int)fraction,
	    fraction ? p + i + 1 : "");
}

static unsigned
types_of(const char *p, size_t n)
{
	return value_types(CELL_TEXT, p, n);
}

bool
value_number(enum class class, const char *p, size_t n, struct rational *out)
{
	char text[INSTANT_BYTES];

	switch (class) {
	case CLASS_NUMBER: return rational_set(out, p, n);
	case CLASS_DATE:
		if (!(types_of(p, n) & COL_BIT(COL_DATE)))
			return false;
		rational_set_int(out, days_of(digits(p, 4), digits(p + 5, 2), digits(p + 8, 2)));
		return true;
	case CLASS_TIME:
		if (!(types_of(p, n) & COL_BIT(COL_TIMESTAMP)))
			return false;
		INVARIANT(rational_set(out, text, instant(p, n, text)));
		return true;
	case CLASS_TEXT:
	case CLASS_BOOLEAN: break;
	}
	NEVER("text is no number");
}

/* "true" or "false"; NULL when it is neither. */
static const char *
truth(const char *p, size_t n)
{
	if (!(types_of(p, n) & COL_BIT(COL_BOOLEAN)))
		return NULL;
	return *p == 't' || *p == 'T' || *p == 'y' || *p == 'Y' || *p == '1' ? "true" : "false";
}

bool
value_key(enum class class, const char *p, size_t n, struct buf *b)
{
	char text[INSTANT_BYTES];
	const char *t;

	switch (class) {
	case CLASS_NUMBER:
		if (!decimal_check(p, n))
			return false;
		decimal_normal(b, p, n);
		return true;
	case CLASS_BOOLEAN:
		t = truth(p, n);
		if (t)
			buf_str(b, t);
		return t != NULL;
	case CLASS_TIME:
		if (!(types_of(p, n) & COL_BIT(COL_TIMESTAMP)))
			return false;
		decimal_normal(b, text, instant(p, n, text));
		return true;
	case CLASS_DATE:
		if (!(types_of(p, n) & COL_BIT(COL_DATE)))
			return false;
		break;
	case CLASS_TEXT: break;
	}
	/* lengths in front, so that ("ab", "c") is not ("a", "bc") */
	buf_printf(b, "%zu:", n);
	buf_add(b, p, n);
	return true;
}

const char *
number_words(struct arena *a, enum class class, const struct rational *v)
{
	const char *text = rational_text(a, v, EXPECTED_PLACES);

	if (class == CLASS_DATE && strlen(text) < 12 && !strchr(text, '.')) {
		bool is_negative = *text == '-';
		int64_t days = digits(text + is_negative, strlen(text) - is_negative);

		return day_text(a, is_negative ? -days : days);
	}
	return text;
}

/* --- operands ---------------------------------------------------------------------------------------- */

/* Recursion: packs are at most PACK_DEPTH_MAX deep. */
void
node_make(struct arena *a, const struct entity *e, const struct operand *o, struct node *out)
{
	*out = (struct node){.op = o->op, .class = CLASS_NUMBER, .text = o->text, .nargs = o->nargs,
	    .value = rational_new(a)};
	if (o->op == OPERAND_COLUMN) {
		out->place = place_of(e, o->text);
		out->class = out->place.class;
	} else if (o->op == OPERAND_CONST) {
		unsigned types = types_of(o->text, strlen(o->text));

		out->class = decimal_check(o->text, strlen(o->text)) ? CLASS_NUMBER
		    : types & COL_BIT(COL_DATE)		     ? CLASS_DATE
		    : types & COL_BIT(COL_TIMESTAMP)	     ? CLASS_TIME
							     : CLASS_TEXT;
		if (out->class != CLASS_TEXT)
			(void)value_number(out->class, o->text, strlen(o->text), out->value);
	}
	out->args = ARENA_ARRAY(a, o->nargs, struct node);
	for (size_t i = 0; i < o->nargs; i++)
		node_make(a, e, &o->args[i], &out->args[i]);
	/* a date and a number of days make a date; two dates, less one another, a number of days */
	if (o->nargs > 0 && out->args[0].class == CLASS_DATE && (o->op == OPERAND_ADD || o->op == OPERAND_SUB))
		out->class = CLASS_DATE;
	for (size_t i = 1; out->class == CLASS_DATE && i < o->nargs; i++)
		if (out->args[i].class == CLASS_DATE)
			out->class = CLASS_NUMBER;
}

enum reading
node_value(struct source *s, struct node *n, const struct row *row)
{
	const struct cell *c;

	if (n->op == OPERAND_CONST)
		return READ_OK;
	if (n->op == OPERAND_COLUMN) {
		c = place_cell(s, &n->place, row);
		if (!c)
			return READ_EMPTY;
		if (n->class == CLASS_TEXT || n->class == CLASS_BOOLEAN)
			return READ_BAD;
		return c->type != CELL_JSON && value_number(n->class, c->p, c->n, n->value) ? READ_OK : READ_BAD;
	}
	for (size_t i = 0; i < n->nargs; i++) {
		enum reading r = node_value(s, &n->args[i], row);

		if (r != READ_OK)
			return r;
		if (i == 0)
			rational_copy(n->value, n->args[0].value);
		else if (n->op == OPERAND_ADD)
			rational_add(n->value, n->value, n->args[i].value);
		else if (n->op == OPERAND_SUB)
			rational_sub(n->value, n->value, n->args[i].value);
		else if (n->op == OPERAND_MUL)
			rational_mul(n->value, n->value, n->args[i].value);
		else if (!rational_div(n->value, n->value, n->args[i].value))
			return READ_BAD;
	}
	return READ_OK;
}

/* --- conditions -------------------------------------------------------------------------------------- */

void
condition_make(struct arena *a, const struct entity *e, const struct when *w, struct condition *out)
{
	*out = (struct condition){.when = w};
	if (w->op == WHEN_ALWAYS)
		return;
	out->place = place_of(e, w->column);
	out->left = rational_new(a);
	out->right = rational_new(a);
}

static bool
is_value(struct condition *c, enum class class, const struct cell *cell, const char *want)
{
	size_t n = strlen(want);
	const char *x, *y;

	if (class == CLASS_BOOLEAN) {
		x = truth(cell->p, cell->n);
		y = truth(want, n);
		return x && y && *x == *y;
	}
	if (class != CLASS_TEXT && value_number(class, cell->p, cell->n, c->left) && value_number(class, want, n, c->right))
		return rational_compare(c->left, c->right) == 0;
	return cell->n == n && memcmp(cell->p, want, n) == 0;
}

bool
condition_holds(struct source *s, struct condition *c, const struct row *row)
{
	const struct cell *cell;
	enum class class;
	bool is_one = false;

	if (c->when->op == WHEN_ALWAYS)
		return true;
	cell = place_cell(s, &c->place, row);
	if (c->when->op == WHEN_SET || c->when->op == WHEN_EMPTY)
		return (cell != NULL) == (c->when->op == WHEN_SET);
	if (!cell)
		return false;
	class = c->place.class;
	for (size_t i = 0; i < c->when->nvalues && !is_one; i++)
		is_one = is_value(c, class, cell, c->when->values[i]);
	return is_one == (c->when->op == WHEN_IS);
}
