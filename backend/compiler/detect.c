/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/detect.h"

#include <inttypes.h>
#include <string.h>

#include "compiler/adapt.h"
#include "compiler/document.h"
#include "compiler/words.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "pack/document.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

const char *
file_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *
kinds_words(struct arena *a, const enum kind *kinds, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s`%s`", i == 0 ? "" : i + 1 == n ? " or " : ", ",
		    kind_name(kinds[i]));
	return b.p ? buf_take(&b) : "";
}

static bool
is_other_name(const struct column *c, const char *name)
{
	if (name_equal(c->name, name))
		return true;
	for (size_t i = 0; i < c->nsynonyms; i++)
		if (name_equal(c->synonyms[i], name))
			return true;
	return false;
}

/* A file column that is another entity column's exact name is never taken as a synonym. */
static bool
is_claimed(const struct entity *e, const char *name)
{
	for (size_t i = 0; i < e->ncolumns; i++)
		if (strcmp(e->columns[i].name, name) == 0)
			return true;
	return false;
}

void
entity_compare(struct arena *a, const struct file_facts *file, const struct entity *entity,
    struct entity_match *out)
{
	const struct artifact_profile *p = file->profile;
	size_t n = entity->ncolumns;
	enum column_match *how = ARENA_ARRAY(a, n, enum column_match);
	const char **found = ARENA_ARRAY(a, n, const char *);

	*out = (struct entity_match){.entity = entity, .file = file, .how = how, .found = found};
	for (size_t i = 0; i < n; i++) {
		const struct column *c = &entity->columns[i];

		if (profile_column(p, c->name)) {
			how[i] = COLUMN_EXACT;
			found[i] = c->name;
		}
		for (size_t k = 0; how[i] == COLUMN_MISSING && k < p->ncolumns; k++) {
			const char *name = p->columns[k].name;

			if (!is_claimed(entity, name) && is_other_name(c, name)) {
				how[i] = COLUMN_RENAMED;
				found[i] = name;
			}
		}
		out->nmatched += how[i] == COLUMN_EXACT;
		if (!c->is_required)
			continue;
		out->nrequired++;
		out->nexact += how[i] == COLUMN_EXACT;
		out->nrenamed += how[i] == COLUMN_RENAMED;
	}
}

bool
entity_is_full(const struct entity_match *m)
{
	return m->nrequired > 0 && m->nexact == m->nrequired;
}

const struct entity *
entity_detect(struct arena *a, const struct catalog *catalog, const struct file_facts *file)
{
	const struct entity *best = NULL;
	size_t best_matched = 0;
	bool is_tied = false;

	if (!file->profile->parse_ok || file->profile->ncolumns == 0)
		return NULL;
	for (size_t p = 0; p < catalog->npacks; p++)
		for (size_t i = 0; i < catalog->packs[p].nentities; i++) {
			struct entity_match m;

			entity_compare(a, file, &catalog->packs[p].entities[i], &m);
			if (!entity_is_full(&m) || m.nmatched < best_matched)
				continue;
			is_tied = best && m.nmatched == best_matched;
			best = m.entity;
			best_matched = m.nmatched;
		}
	return is_tied ? NULL : best;
}

/* --- findings --------------------------------------------------------------------------------- */

struct check {
	struct compile *c;
	const struct file_facts *file;
	const struct entity *entity;
	struct entity_match match;
};

static bool
has_header(const struct file_facts *f)
{
	return f->profile->kind == KIND_TABLE_CSV || f->profile->kind == KIND_TABLE_TSV;
}

static struct diag *
file_say(struct check *k, enum diag_code code, uint64_t row, uint32_t column, const char *message)
{
	struct diag *g = diag_add(k->c->diags, code, "%s", message);

	g->place.file = k->file->path;
	g->place.row = row;
	g->place.column = column;
	return g;
}

/* Column number from 1, 0 if the file has no such column. */
static uint32_t
column_number(const struct artifact_profile *p, const char *name)
{
	for (size_t i = 0; i < p->ncolumns; i++)
		if (strcmp(p->columns[i].name, name) == 0)
			return (uint32_t)i + 1;
	return 0;
}

/* The header as a source line, with one column underlined (none when name is NULL). */
static void
header_source(struct check *k, struct diag *g, const char *name, const char *label)
{
	const struct artifact_profile *p = k->file->profile;
	uint32_t at = 0, n = 0;
	struct buf b;

	if (!has_header(k->file))
		return;
	buf_init(&b, k->c->a);
	for (size_t i = 0; i < p->ncolumns; i++) {
		if (i > 0)
			buf_char(&b, p->kind == KIND_TABLE_TSV ? '\t' : ',');
		if (name && strcmp(p->columns[i].name, name) == 0) {
			for (size_t j = 0; j < b.len; j++)
				at += ((unsigned char)b.p[j] & 0xc0) != 0x80;
			for (const char *s = name; *s; s++)
				n += ((unsigned char)*s & 0xc0) != 0x80;
		}
		buf_str(&b, p->columns[i].name);
	}
	if (b.p)
		diag_source(k->c->diags, g, 1, b.p, at, n)->label = label;
}

/* Text that a person could have meant as the kind, so that the mistake is inside the file. */
static bool
is_textual(enum format f)
{
	return f == FORMAT_TEXT || f == FORMAT_MARKDOWN || f == FORMAT_CSV || f == FORMAT_TSV ||
	    f == FORMAT_JSON || f == FORMAT_JSON_ROWS || f == FORMAT_YAML;
}

static enum diag_code
fault_code(const struct artifact_profile *p)
{
	if (p->bytes == 0 || p->sniffed == FORMAT_EMPTY)
		return FC0304;
	if (p->sniffed == FORMAT_UTF16 || p->sniffed == FORMAT_UTF32 || p->sniffed == FORMAT_LATIN1)
		return FC0306;
	if (!is_textual(kind_format(p->kind)) || !is_textual(p->sniffed))
		return FC0307;
	/* The first bytes were text; the fault says what was wrong further on. */
	return strstr(p->fault.message, "UTF-8") ? FC0306 : FC0305;
}

static bool
check_parse(struct check *k)
{
	const struct artifact_profile *p = k->file->profile;
	const struct fault *f = &p->fault;
	enum diag_code code;
	struct diag *g;

	if (p->parse_ok)
		return true;
	code = fault_code(p);
	g = file_say(k, code, f->row, (uint32_t)f->column,
	    arena_printf(k->c->a, "%s: %s", file_base(k->file->path), f->message));
	if (code == FC0304)
		diag_help(k->c->diags, g, "upload the file again; if it is meant to be empty, take it "
		    "out and change the objective");
	else if (code == FC0306)
		diag_help(k->c->diags, g, "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\") and "
		    "upload it again");
	else if (code == FC0307)
		diag_help(k->c->diags, g, "its content is %s; export it as %s, or give it the "
		    "extension of what it is", format_words(p->sniffed),
		    format_words(kind_format(p->kind)));
	else
		diag_help(k->c->diags, g, "mend that place and upload the file again; nothing has "
		    "run yet");
	return false;
}

static bool
check_kind(struct check *k, const enum kind *kinds, size_t n)
{
	enum kind kind = k->file->profile->kind;
	struct diag *g;

	for (size_t i = 0; i < n; i++)
		if (kinds[i] == kind)
			return true;
	g = file_say(k, FC0310, 0, 0, arena_printf(k->c->a, "%s is `%s`, and %s is needed",
	    file_base(k->file->path), kind_name(kind), kinds_words(k->c->a, kinds, n)));
	diag_help(k->c->diags, g, "convert the file to %s and upload it again",
	    kinds_words(k->c->a, kinds, n));
	return false;
}

/* All columns that the file has under other names, as one finding: they are mended together. */
static void
say_all_renamed(struct check *k, size_t n)
{
	struct diags *d = k->c->diags;
	struct diag *g = NULL;
	struct buf b;

	buf_init(&b, k->c->a);
	for (size_t i = 0, said = 0; i < k->entity->ncolumns; i++) {
		const struct column *c = &k->entity->columns[i];
		const char *found = k->match.found[i];

		if (k->match.how[i] != COLUMN_RENAMED || !c->is_required)
			continue;
		if (!g) {
			g = file_say(k, FC0303, has_header(k->file) ? 1 : 0, column_number(k->file->profile, found),
			    arena_printf(k->c->a, "%s has %zu columns under other names", file_base(k->file->path), n));
			header_source(k, g, found, arena_printf(k->c->a, "another name for `%s`", c->name));
		} else {
			diag_label(d, g, k->file->path, has_header(k->file) ? 1 : 0, column_number(k->file->profile, found),
			    "`%s` is another name for `%s`", found, c->name);
		}
		buf_printf(&b, "%s`%s` to `%s`", said == 0 ? "" : said + 1 == n ? " and " : ", ", found, c->name);
		said++;
	}
	diag_help(d, g, "rename %s, and upload the file again", buf_take(&b));
}

static void
say_renamed(struct check *k, const struct column *c, const char *found)
{
	struct diags *d = k->c->diags;
	struct diag *g = file_say(k, FC0303, has_header(k->file) ? 1 : 0,
	    column_number(k->file->profile, found),
	    arena_printf(k->c->a, "%s has `%s` where `%s` is needed", file_base(k->file->path),
		found, c->name));

	header_source(k, g, found,
	    arena_printf(k->c->a, "another name for `%s`", c->name));
	diag_help(d, g, "rename the column `%s` to `%s` and upload the file again", found, c->name);
}

/* The column of the file that is nearest to c and not taken by another column. */
static const char *
nearest_column(struct check *k, const struct column *c)
{
	const struct artifact_profile *p = k->file->profile;
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	for (size_t i = 0; i < p->ncolumns; i++) {
		const char *name = p->columns[i].name;
		bool is_within = name_contains(k->c->a, name, c->name);
		size_t distance = is_within ? 1 : name_distance(k->c->a, c->name, name);
		bool is_taken = is_claimed(k->entity, name);

		for (size_t j = 0; j < k->entity->ncolumns; j++)
			is_taken = is_taken ||
			    (k->match.found[j] && strcmp(k->match.found[j], name) == 0);
		if (is_taken || distance >= best_distance ||
		    (!is_within && !name_is_near(c->name, distance)))
			continue;
		best = name;
		best_distance = distance;
	}
	return best;
}

static void
say_missing(struct check *k, const struct column *c)
{
	struct diags *d = k->c->diags;
	const char *near = nearest_column(k, c);
	struct diag *g = file_say(k, FC0302, has_header(k->file) ? 1 : 0,
	    near ? column_number(k->file->profile, near) : 0,
	    arena_printf(k->c->a, "%s has no column `%s`", file_base(k->file->path), c->name));

	header_source(k, g, near,
	    near ? arena_printf(k->c->a, "`%s` is the nearest", near) : NULL);
	if (!has_header(k->file))
		diag_note(d, g, "its fields: %s", k->file->profile->ncolumns == 0 ? "none"
		    : near ? arena_printf(k->c->a, "`%s` is the nearest", near)
			   : "none is near that name");
	if (near)
		diag_help(d, g, "if `%s` is that column, rename it to `%s`; if not, add the column "
		    "(type %s) and upload the file again", near, c->name, c->type);
	else
		diag_help(d, g, "add the column `%s` (type %s) and upload the file again", c->name,
		    c->type);
}

/* A table saved with another separator has one long column: one message says it better than one per column. */
static bool
is_other_separator(struct check *k)
{
	const struct artifact_profile *p = k->file->profile;
	const char *name = p->ncolumns == 1 && p->kind == KIND_TABLE_CSV ? p->columns[0].name : "";
	const char *found = strpbrk(name, ";\t|");
	struct diag *g;

	if (!found)
		return false;
	g = file_say(k, FC0302, 1, 1, arena_printf(k->c->a, "%s has one column only: its fields are separated by %s, not by commas",
	    file_base(k->file->path), *found == '\t' ? "tabs" : *found == ';' ? "`;`" : "`|`"));
	diag_help(k->c->diags, g, "save it as CSV with commas (in a spreadsheet: export, separator comma) and upload it again");
	return true;
}

static bool
check_columns(struct check *k)
{
	size_t nrenamed = 0;
	bool is_ok = true;

	if (is_other_separator(k))
		return false;
	for (size_t i = 0; i < k->entity->ncolumns; i++)
		nrenamed += k->match.how[i] == COLUMN_RENAMED && k->entity->columns[i].is_required;
	if (nrenamed > 1)
		say_all_renamed(k, nrenamed);
	for (size_t i = 0; i < k->entity->ncolumns; i++) {
		const struct column *c = &k->entity->columns[i];

		if (k->match.how[i] == COLUMN_EXACT || !c->is_required)
			continue;
		is_ok = false;
		if (k->match.how[i] == COLUMN_MISSING)
			say_missing(k, c);
		else if (nrenamed == 1)
			say_renamed(k, c, k->match.found[i]);
	}
	return is_ok;
}

static bool
check_rows(struct check *k)
{
	struct diag *g;

	if (!kind_is_table(k->file->profile->kind) || k->file->profile->rows != 0)
		return true;
	g = file_say(k, FC0304, has_header(k->file) ? 2 : 1, 0,
	    arena_printf(k->c->a, "%s has %s", file_base(k->file->path),
		has_header(k->file) ? "a header and no rows" : "no rows"));
	diag_help(k->c->diags, g, "put the rows in and upload the file again");
	return false;
}

/* One finding per column: the first wrong value with its place, the next ones as labels. */
static void
say_value(struct check *k, const struct column *c, uint64_t row, const char *value,
    const char *expected, struct diag **g)
{
	struct compile *w = k->c;
	uint32_t number = column_number(k->file->profile, c->name);
	const char *lead;
	uint32_t lead_n;

	if (*g) {
		diag_label(w->diags, *g, k->file->path, row, number, value ? "`%s`" : "empty",
		    value);
		return;
	}
	if (value)
		*g = file_say(k, FC0308, row, number,
		    arena_printf(w->a, "row %" PRIu64 " of %s: `%s` is `%s`, expected %s", row,
			file_base(k->file->path), c->name, value, expected));
	else
		*g = file_say(k, FC0308, row, number,
		    arena_printf(w->a, "row %" PRIu64 " of %s: `%s` is empty", row,
			file_base(k->file->path), c->name));
	lead = arena_printf(w->a, "%s = ", c->name);
	lead_n = (uint32_t)strlen(lead);
	(void)diag_source(w->diags, *g, row, arena_printf(w->a, "%s%s", lead, value ? value : "(empty)"),
	    lead_n, value ? (uint32_t)strlen(value) : 7);
	diag_help(w->diags, *g, "mend the value%s and upload the file again",
	    value ? "" : " (or take the row out)");
}

static enum coltype
column_type(const struct column *c)
{
	enum coltype type = COL_TEXT;

	INVARIANT(coltype_find(c->type, &type)); /* the pack's schema has the same list */
	return type;
}

/* What a tolerant column lets through is said in the plan: somebody downstream has to deal with it. */
static void
note_tolerated(struct check *k, const struct column *c, const struct column_profile *p)
{
	struct value_place place = {.row = 0};
	char reason[256];

	if (p->type != COL_EMPTY &&
	    profile_column_fits(p, column_type(c), c->values, c->nvalues, &place, reason) == KEY_NO)
		note_add(k->c, "Row %" PRIu64 " of %s has `%s` in `%s`, expected %s; the pack lets such "
		    "values through to its steps.", place.row, k->file->path, place.value, c->name,
		    reason);
	if (p->nulls > 0 && c->is_required && !c->is_nullable)
		note_add(k->c, "`%s` is empty in %s row%s of %s; the pack lets such values "
		    "through to its steps.", c->name, diag_count(k->c->diags, p->nulls),
		    p->nulls == 1 ? "" : "s", k->file->path);
}

/* Which columns the profile cannot clear: [ncolumns] of bool, true: look closer. */
static size_t
doubtful_columns(struct check *k, bool *doubt, struct value_place *places, char (*reasons)[256])
{
	size_t n = 0;

	for (size_t i = 0; i < k->entity->ncolumns; i++) {
		const struct column *c = &k->entity->columns[i];
		const struct column_profile *p = profile_column(k->file->profile, c->name);
		enum key_verdict fits;

		if (p && c->is_tolerant)
			note_tolerated(k, c, p);
		if (!p || c->is_tolerant)
			continue;
		fits = p->type == COL_EMPTY ? KEY_YES
		    : profile_column_fits(p, column_type(c), c->values, c->nvalues, &places[i],
			reasons[i]);
		doubt[i] = fits != KEY_YES ||
		    (p->nulls > 0 && c->is_required && !c->is_nullable);
		n += doubt[i];
	}
	return n;
}

/* All wrong rows, by the port. -1: it failed, c->err is filled. */
static int
values_by_port(struct check *k, const bool *doubt, struct diag **said)
{
	const struct file_port *port = k->c->in->port;
	const struct entity *e = k->entity;
	struct column_spec *specs = ARENA_ARRAY(k->c->a, e->ncolumns, struct column_spec);
	struct table_check *t = ARENA_NEW(k->c->a, struct table_check);
	size_t n = 0;

	for (size_t i = 0; i < e->ncolumns; i++)
		if (doubt[i])
			specs[n++] = (struct column_spec){
			    .name = e->columns[i].name,
			    .type = column_type(&e->columns[i]),
			    .is_required = e->columns[i].is_required && !e->columns[i].is_nullable,
			    .values = e->columns[i].values,
			    .nvalues = e->columns[i].nvalues,
			};
	if (port->check_values(port->arg, k->c->a, k->file, specs, n, t, k->c->err) < 0) {
		k->c->has_failed = true;
		return -1;
	}
	for (size_t p = 0; p < t->nproblems; p++) {
		const struct table_problem *q = &t->problems[p];

		for (size_t i = 0; i < e->ncolumns; i++)
			if (strcmp(e->columns[i].name, q->name) == 0 &&
			    q->class != PROBLEM_MISSING_COLUMN)
				say_value(k, &e->columns[i], q->row,
				    q->class == PROBLEM_NULL ? NULL : q->value, q->expected, &said[i]);
	}
	if (t->nulls + t->bad_values > t->nproblems)
		for (size_t i = 0; i < e->ncolumns; i++)
			if (said[i])
				diag_note(k->c->diags, said[i], "%s values in %s do not fit in all; "
				    "the first ones are listed",
				    diag_count(k->c->diags, t->nulls + t->bad_values),
				    file_base(k->file->path));
	return 0;
}

/* The first wrong value of each column, from the profile alone. */
static void
values_by_profile(struct check *k, const bool *doubt, const struct value_place *places,
    char (*reasons)[256], struct diag **said)
{
	for (size_t i = 0; i < k->entity->ncolumns; i++) {
		const struct column *c = &k->entity->columns[i];
		const struct column_profile *p = profile_column(k->file->profile, c->name);
		struct diag *g;

		if (!doubt[i] || said[i])
			continue;
		if (places[i].row > 0)
			say_value(k, c, places[i].row, places[i].value, reasons[i], &said[i]);
		if (p->nulls == 0 || !c->is_required || c->is_nullable)
			continue;
		g = file_say(k, FC0308, 0, column_number(k->file->profile, c->name),
		    arena_printf(k->c->a, "`%s` is empty in %s row%s of %s", c->name,
			diag_count(k->c->diags, p->nulls), p->nulls == 1 ? "" : "s",
			file_base(k->file->path)));
		diag_help(k->c->diags, g, "fill in the values or take the rows out, and upload the "
		    "file again");
		said[i] = g;
	}
}

/* Dates of which nobody can tell which they are: one finding for the column, and none for its values. */
static bool
date_orders_known(struct check *k, bool *doubt)
{
	bool is_ok = true;

	for (size_t i = 0; i < k->entity->ncolumns; i++) {
		const struct column *c = &k->entity->columns[i];
		const struct column_profile *p = profile_column(k->file->profile, c->name);

		if (!doubt[i] || strcmp(c->type, "date") != 0 || !p->date_format || strcmp(p->date_format, "ambiguous") != 0)
			continue;
		(void)say_date_order(k->c, NULL, NULL, k->file, c->name, p);
		doubt[i] = is_ok = false;
	}
	return is_ok;
}

static bool
check_values(struct check *k)
{
	size_t n = k->entity->ncolumns;
	bool *doubt = ARENA_ARRAY(k->c->a, n, bool), is_ok = true;
	struct value_place *places = ARENA_ARRAY(k->c->a, n, struct value_place);
	char(*reasons)[256] = arena_array(k->c->a, n, sizeof *reasons);
	struct diag **said = ARENA_ARRAY(k->c->a, n, struct diag *);

	if (doubtful_columns(k, doubt, places, reasons) == 0)
		return true;
	is_ok = date_orders_known(k, doubt);
	if (k->c->in->port && k->c->in->port->check_values && values_by_port(k, doubt, said) < 0)
		return false;
	/* Of the columns that the port's list did not get to, too, the first wrong value is known. */
	values_by_profile(k, doubt, places, reasons, said);
	for (size_t i = 0; i < n; i++)
		is_ok = is_ok && !said[i];
	return is_ok;
}

static bool
check_key(struct check *k)
{
	const struct entity *e = k->entity;
	const struct file_port *port = k->c->in->port;
	struct key_check found = {.verdict = KEY_UNDECIDED};
	const char *columns = list_words(k->c->a, e->key, e->nkey, 8);
	enum key_verdict verdict;
	struct diag *g;

	for (size_t i = 0; i < e->nkey; i++)
		for (size_t j = 0; j < e->ncolumns; j++)
			if (strcmp(e->key[i], e->columns[j].name) == 0 && e->columns[j].is_tolerant)
				return true;
	verdict = e->nkey > 0 ? profile_key(k->file->profile, e->key, e->nkey) : KEY_YES;
	if (verdict == KEY_YES)
		return true;
	if (port && port->check_key &&
	    port->check_key(port->arg, k->c->a, k->file, e->key, e->nkey, &found, k->c->err) < 0) {
		k->c->has_failed = true;
		return false;
	}
	if (found.verdict != KEY_UNDECIDED)
		verdict = found.verdict;
	if (verdict != KEY_NO)
		return true; /* undecided at this size; the runtime's key criteria look at every row */
	g = file_say(k, FC0402, found.duplicate_row, 0,
	    found.duplicate_row > 0
		? arena_printf(k->c->a, "rows %" PRIu64 " and %" PRIu64 " of %s have the same %s: `%s`",
		      found.first_row, found.duplicate_row, file_base(k->file->path), columns,
		      found.duplicate_value ? found.duplicate_value : "")
		: arena_printf(k->c->a, "%s %s not identify a row of %s", columns,
		      e->nkey == 1 ? "does" : "do", file_base(k->file->path)));
	diag_note(k->c->diags, g, "%s is the key of %s: each row has its own", columns, e->label);
	diag_help(k->c->diags, g, "take the repeated rows out or mend their key, and upload the file "
	    "again");
	return false;
}

static struct checked_file *
checked_find(struct compile *c, const struct file_facts *file, const struct entity *entity)
{
	for (size_t i = 0; i < c->nchecked; i++)
		if (c->checked[i].file == file && c->checked[i].entity == entity)
			return &c->checked[i];
	return NULL;
}

static bool
checked_add(struct compile *c, const struct file_facts *file, const struct entity *entity,
    bool is_ok)
{
	if (c->nchecked == c->checked_cap) {
		size_t cap = c->checked_cap ? c->checked_cap * 2 : 16;
		struct checked_file *at = ARENA_ARRAY(c->a, cap, struct checked_file);

		if (c->nchecked > 0)
			memcpy(at, c->checked, c->nchecked * sizeof *at);
		c->checked = at;
		c->checked_cap = cap;
	}
	c->checked[c->nchecked++] = (struct checked_file){file, entity, is_ok};
	return is_ok;
}

bool
file_check(struct compile *c, const struct file_facts *file, const struct entity *entity,
    const enum kind *kinds, size_t nkinds)
{
	struct check k = {.c = c, .file = file, .entity = entity};
	const struct checked_file *before = checked_find(c, file, NULL);

	/* Entity NULL stands for: it can be read and has rows. Each is said once. */
	if (!before) {
		(void)checked_add(c, file, NULL, check_parse(&k) && check_rows(&k));
		before = checked_find(c, file, NULL);
	}
	if (!before->is_ok || !check_kind(&k, kinds, nkinds))
		return false;
	if (!entity)
		return true;
	before = checked_find(c, file, entity);
	if (before)
		return before->is_ok;
	if (document_applies(entity, file->profile->kind))
		return checked_add(c, file, entity, file_document_check(c, file, entity));
	if (entity->ncolumns == 0)
		return true;
	entity_compare(c->a, file, entity, &k.match);
	return checked_add(c, file, entity,
	    check_columns(&k) && check_values(&k) && check_key(&k));
}
