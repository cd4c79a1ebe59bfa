/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of a kind that says what its rows are: each row against the kind's schema, one at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "schema/validate.h"
#include "types/jtree.h"
#include "types/keyset.h"
#include "types/kind_schema.h"
#include "types/measure.h"
#include "types/names.h"
#include "types/profiler.h"
#include "types/tally.h"

#define IDS_BYTES_MAX ((size_t)16 << 20)
#define COUNTED_MAX 8
#define VALUES_MAX 32

struct counted {
	const char *member;
	struct tally values;
	uint64_t sum;
	bool is_sum_known;
	uint64_t seen;
};
struct check {
	struct profiler *p;
	const struct jx *schema;
	struct validator *row, *head;
	const char *rows_member; /* NULL: none */
	struct jscan *j;
	struct jtree *tree;
	struct arena *one; /* of a row, cleared for the next */
	uint64_t rows;
	struct budget budget;
	struct keyset ids;
	bool is_ids_full;
	struct counted by[COUNTED_MAX], sums[COUNTED_MAX];
	size_t nby, nsums;
};

static bool
has_form(const struct check *c, const char *form)
{
	const struct jx *forms = jx_find(c->schema, "x-forge-forms");

	for (size_t i = 0; i < jx_size(forms); i++)
		if (jx_is_str(jx_at(forms, i), form))
			return true;
	return false;
}

/* ---- faults ---- */

/* What the schema says of the value that it refused: the description beside the keyword, or of the missing member. */
static const char *
meaning(const struct check *c, const struct validate_error *e)
{
	const char *hash = strchr(e->schema_pointer, '#'), *slash, *name = strrchr(e->pointer, '/');
	const struct jx *at;
	char *above;

	if (!hash || !(slash = strrchr(hash, '/')))
		return NULL;
	above = arena_dup(c->one, hash + 1, (size_t)(slash - hash) - 1);
	at = jx_pointer(c->schema, above);
	if (strcmp(e->keyword, "required") == 0 && name && jx_find(jx_find(at, "properties"), name + 1))
		at = jx_find(jx_find(at, "properties"), name + 1);
	return jx_str(jx_find(at, "description"), NULL);
}

static void
place_fault(struct check *c, const struct jx *v, uint64_t row, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	measure_fault(c->p, v->line, v->column, v->offset, "%s", words);
	c->p->out->fault.row = row;
}

/* base: the pointer of the row in the file. */
static void
schema_fault(struct check *c, const struct validate_error *e, const char *base, uint64_t row)
{
	const char *says = meaning(c, e);
	bool is_choice = strcmp(e->keyword, "anyOf") == 0 && says;
	char *where = row ? arena_printf(c->one, "row %" PRIu64 ", ", row) : arena_str(c->one, "");

	if (is_choice)
		place_fault(c, e->instance, row, "%s%.80s%.80s: a row of %s must say %s", where, base, e->pointer,
		    kind_name(c->p->out->kind), says);
	else
		place_fault(c, e->instance, row, "%s%.80s%.80s: expected %.120s, found %.80s%s%.120s", where, base,
		    e->pointer, e->expected, e->found, says ? "; this is " : "", says ? says : "");
}

static bool
holds(struct check *c, struct validator *v, const struct jx *instance, const char *base, uint64_t row)
{
	const struct validate_error *errors;
	size_t n;

	if (!v || validator_run(v, NULL, instance, 0, NULL, NULL))
		return true;
	(void)validator_run(v, c->one, instance, 4, &errors, &n);
	INVARIANT(n > 0);
	schema_fault(c, &errors[0], base, row);
	return false;
}

/* ---- rows ---- */

/* A member's text: of a string, or a number's lexeme; NULL for others. */
static const char *
text_of(const struct jx *row, const char *member, size_t *n)
{
	const struct jx *v = jx_find(row, member);

	if (!jx_is(v, JX_STRING) && !jx_is(v, JX_NUMBER))
		return NULL;
	*n = v->u.text.n;
	return v->u.text.p;
}

/* Which member names the row, and as what. */
static const char *
id_of(const struct check *c, const struct jx *row, const char **member, size_t *n)
{
	const struct jx *names = jx_find(c->schema, "x-forge-unique");

	for (size_t i = 0; i < jx_size(names); i++) {
		const char *text;
		*member = jx_str(jx_at(names, i), "");
		if ((text = text_of(row, *member, n)))
			return text;
	}
	return NULL;
}

static bool
check_id(struct check *c, const struct jx *row, const char *base)
{
	const char *member, *id;
	enum keyset_result r;
	size_t n;

	id = c->is_ids_full ? NULL : id_of(c, row, &member, &n);
	if (!id)
		return true;
	r = keyset_add(&c->ids, hash_bytes(&c->p->keys[0], id, n));
	c->is_ids_full |= r == KEYSET_FULL;
	if (r != KEYSET_SEEN)
		return true;
	place_fault(c, jx_find(row, member), c->rows,
	    "row %" PRIu64 ", %.80s/%s: '%.*s' stands in a row before this one; each may stand once", c->rows, base,
	    member, n > 120 ? 120 : (int)n, id);
	return false;
}

static bool
check_paths(struct check *c, const struct jx *row, const char *base)
{
	const struct jx *names = jx_find(c->schema, "x-forge-paths");

	for (size_t i = 0; i < jx_size(names); i++) {
		const char *member = jx_str(jx_at(names, i), ""), *path, *why;
		size_t n;
		path = text_of(row, member, &n);
		why = path ? name_fault(path, n) : NULL;
		if (!why)
			continue;
		place_fault(c, jx_find(row, member), c->rows,
		    "row %" PRIu64 ", %.80s/%s: the path '%.*s' %s; name files by their path in the folder", c->rows,
		    base, member, n > 120 ? 120 : (int)n, path, why);
		return false;
	}
	return true;
}

static void
count_row(struct check *c, const struct jx *row)
{
	for (size_t i = 0; i < c->nby; i++) {
		const struct jx *v = jx_find(row, c->by[i].member);
		size_t n;
		const char *text = text_of(row, c->by[i].member, &n);
		if (!text && jx_is(v, JX_BOOL)) {
			text = v->u.boolean ? "true" : "false";
			n = strlen(text);
		}
		if (text)
			tally_add(&c->by[i].values, text, n, 1, 0);
	}
	for (size_t i = 0; i < c->nsums; i++) {
		size_t n;
		const char *text = text_of(row, c->sums[i].member, &n);
		uint64_t v;
		if (!text)
			continue;
		c->sums[i].seen++;
		if (num_u64(text, n, UINT64_MAX / 4, &v, NULL) < 0 || c->sums[i].sum > UINT64_MAX / 4)
			c->sums[i].is_sum_known = false;
		else
			c->sums[i].sum += v;
	}
}

/* The row whose first token is t. base: "" or "/entries". */
static enum jscan_type
take_row(struct check *c, enum jscan_type t, const struct jscan_token *token, const char *base, struct err *err)
{
	char pointer[96];
	struct jx *row;

	arena_clear(c->one);
	t = jtree_read(c->tree, c->one, c->j, t, token, &row, err);
	if (t != JSCAN_END)
		return t;
	c->rows++;
	(void)snprintf(pointer, sizeof pointer, "%s/%" PRIu64, base, c->rows - 1);
	if (!holds(c, c->row, row, base[0] == '-' ? "" : pointer, c->rows) ||
	    !check_id(c, row, base[0] == '-' ? "" : pointer) || !check_paths(c, row, base[0] == '-' ? "" : pointer))
		return JSCAN_END;
	count_row(c, row);
	return JSCAN_END;
}

/* The items of the array that has begun. JSCAN_END when they are through, or one was refused. */
static enum jscan_type
take_rows(struct check *c, const char *base, struct err *err)
{
	struct jscan_token token;
	enum jscan_type t;

	while ((t = jscan_next(c->j, &token, err)) != JSCAN_ARRAY_END) {
		if (t == JSCAN_FAULT || t == JSCAN_ERR)
			return t;
		t = take_row(c, t, &token, base, err);
		if (t != JSCAN_END || !c->p->out->parse_ok)
			return t;
	}
	return JSCAN_END;
}

/* An object with the rows in it: its other members make the head, with an empty list in the rows' place. */
static enum jscan_type
take_head(struct check *c, struct jx *head, struct err *err)
{
	struct arena *a = arena_new(0);
	struct jtree *tree = jtree_new(a);
	struct jx_member members[32];
	struct jscan_token token;
	enum jscan_type t;
	size_t n = 0;

	while ((t = jscan_next(c->j, &token, err)) == JSCAN_KEY) {
		bool is_rows = strlen(c->rows_member) == token.n && memcmp(c->rows_member, token.p, token.n) == 0;
		struct jx_member m = {.key = arena_dup(a, token.p, token.n), .key_bytes = token.n};
		t = jscan_next(c->j, &token, err);
		if (t == JSCAN_FAULT || t == JSCAN_ERR)
			break;
		if (is_rows && t == JSCAN_ARRAY) {
			m.value = ARENA_NEW(a, struct jx);
			*m.value = (struct jx){
			    .type = JX_ARRAY, .line = head->line, .column = head->column, .offset = head->offset};
			t = take_rows(c, arena_printf(a, "/%s", c->rows_member), err);
		} else {
			t = jtree_read(tree, a, c->j, t, &token, &m.value, err);
		}
		if (t != JSCAN_END || !c->p->out->parse_ok)
			break;
		if (n < sizeof members / sizeof *members)
			members[n++] = m;
	}
	if (t == JSCAN_OBJECT_END) {
		head->u.object.at = members;
		head->u.object.n = n;
		arena_clear(c->one);
		(void)holds(c, c->head, head, "", 0);
		t = JSCAN_END;
	}
	arena_free(a);
	return t;
}

static enum jscan_type
take_document(struct check *c, struct err *err)
{
	struct jscan_token token;
	enum jscan_type t = jscan_next(c->j, &token, err);
	struct jx top = {.type = JX_OBJECT, .line = 1, .column = 1, .offset = (size_t)token.offset};

	if (t == JSCAN_FAULT || t == JSCAN_ERR)
		return t;
	if (t == JSCAN_ARRAY && has_form(c, "array"))
		return take_rows(c, "", err);
	if (t == JSCAN_OBJECT && has_form(c, "head"))
		return take_head(c, &top, err);
	if (t == JSCAN_OBJECT && has_form(c, "row"))
		return take_row(c, t, &token, "-", err);
	place_fault(c, &top, 0,
	    "a %s is %s%s%s; this file is another kind of JSON: give it as object.json, or export it again",
	    kind_name(c->p->out->kind), has_form(c, "array") ? "an array of rows" : "",
	    c->rows_member       ? " or an object with the member "
	    : has_form(c, "row") ? " or one object"
				 : "",
	    c->rows_member ? c->rows_member : "");
	return JSCAN_END;
}

/* ---- before and after ---- */

static void
list_counted(struct check *c, const char *member, struct counted *to, size_t *n)
{
	const struct jx *names = jx_find(c->schema, member);

	for (size_t i = 0; i < jx_size(names) && i < COUNTED_MAX; i++) {
		to[i] = (struct counted){.member = jx_str(jx_at(names, i), ""), .is_sum_known = true};
		tally_init(&to[i].values, c->p->a, VALUES_MAX);
		*n = i + 1;
	}
}

static int
compile(struct check *c, const char *text, size_t n, struct err *err)
{
	struct registry *reg = registry_new(c->p->a, NULL);
	const struct validate_options opt = {.formats = true, .own_formats = true};
	const struct jx *defs;
	struct jx *schema;
	struct sloc root;

	if (jx_parse(c->p->a, text, n, NULL, &schema, err) < 0)
		return err_wrap(err, "schema of %s", kind_name(c->p->out->kind));
	c->schema = schema;
	defs = jx_find(schema, "$defs");
	c->rows_member = jx_str(jx_find(schema, "x-forge-rows"), NULL);
	if (registry_add(reg, schema, NULL, DIALECT_2020, &root, err) < 0 ||
	    validator_compile(reg, registry_enter(reg, root, jx_find(defs, "row")), &opt, &c->row, err) < 0 ||
	    (c->rows_member &&
		validator_compile(reg, registry_enter(reg, root, jx_find(defs, "head")), &opt, &c->head, err) < 0))
		return err_wrap(err, "schema of %s", kind_name(c->p->out->kind));
	list_counted(c, "x-forge-count_by", c->by, &c->nby);
	list_counted(c, "x-forge-sum", c->sums, &c->nsums);
	return 0;
}

static void
summarize(struct check *c)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_uint(&w, "rows", c->rows);
	jw_object(&w, "counts");
	for (size_t i = 0; i < c->nby; i++)
		if (c->by[i].values.n)
			tally_write(&c->by[i].values, c->by[i].member, &w);
	jw_end(&w);
	jw_object(&w, "sums");
	for (size_t i = 0; i < c->nsums; i++)
		if (c->sums[i].seen && c->sums[i].is_sum_known)
			jw_str(&w, c->sums[i].member, arena_printf(c->p->a, "%" PRIu64, c->sums[i].sum));
	jw_end(&w);
	jw_end(&w);
	measure_summary(c->p, &b);
}

int
measure_kind_rows(struct profiler *p, struct err *err)
{
	struct check *c;
	enum jscan_type t;
	size_t n;
	const char *text = kind_schema(p->out->kind, &n);

	if (!text || !p->out->parse_ok)
		return 0;
	c = ARENA_NEW(p->a, struct check);
	c->p = p;
	c->budget.max_bytes = IDS_BYTES_MAX;
	keyset_init(&c->ids, p->a, &c->budget, false);
	if (compile(c, text, n, err) < 0)
		return -1;
	c->tree = jtree_new(p->a);
	c->one = arena_new(0);
	c->j = jscan_new_fd(p->a, p->fd);
	t = take_document(c, err);
	if (t == JSCAN_FAULT) {
		p->out->parse_ok = false;
		p->out->fault = *jscan_fault(c->j);
	}
	if (p->out->parse_ok && t != JSCAN_ERR) {
		summarize(c);
		if (c->is_ids_full)
			profiler_note(p,
			    "There are more ids than fit into %zu MiB; whether the others repeat was not decided.",
			    IDS_BYTES_MAX >> 20);
	}
	if (!p->out->parse_ok)
		p->out->summary = NULL;
	jscan_release(c->j);
	keyset_release(&c->ids);
	arena_free(c->one);
	return t == JSCAN_ERR ? -1 : 0;
}
