/* SPDX-License-Identifier: Apache-2.0 */
/* Entities: the older form with columns, and the form with a JSON Schema whose properties are the columns. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/jx.h"
#include "pack/internal.h"

#define ENUM_COMPARED_MAX 1000 /* each value with each other */

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

const struct column *
entity_field(const struct entity *e, const char *name)
{
	for (size_t i = 0; i < e->nfields; i++)
		if (strcmp(e->fields[i].name, name) == 0)
			return &e->fields[i];
	return NULL;
}

const char *
entity_form_name(enum entity_form form)
{
	return form == ENTITY_ROWS ? "rows" : form == ENTITY_OBJECT ? "object" : "text";
}

/* What is wrong with one entity, and where it stands in the document. */
struct reading {
	struct loader *l;
	const char *file;
	const struct jx *doc; /* the entity */
	const char *pointer;  /* of the entity in its file */
	struct entity *e;
};

#define FIND(r, below, ...)                                                                                    \
	pack_find_add((r)->l, (r)->file, arena_printf((r)->l->a, "%s%s", (r)->pointer, (below)),               \
	    line_of((r), (below)), __VA_ARGS__)

static uint32_t
line_of(const struct reading *r, const char *below)
{
	char *at = arena_str(r->l->a, below);

	for (;;) {
		const struct jx *node = jx_pointer(r->doc, at);
		char *slash = strrchr(at, '/');

		if (node)
			return node->line;
		if (!slash)
			return r->doc->line;
		*slash = '\0';
	}
}

static const char *
place_of(const struct reading *r, size_t index)
{
	return r->e->schema ? arena_printf(r->l->a, "/schema/properties/%s",
	    pointer_part(r->l->a, r->e->fields[index].name)) : arena_printf(r->l->a, "/columns/%zu", index);
}

/* Every name that a column answers to. */
struct name {
	const char *normal; /* lower case, letters and digits only */
	const char *text;
	size_t column;
	bool is_synonym;
};

static int
by_normal(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->normal, y->normal);

	return order != 0 ? order : (x->column > y->column) - (x->column < y->column);
}

static struct name
name_of(struct arena *a, const char *text, size_t column, bool is_synonym)
{
	char *normal = arena_str(a, text), *to = normal;

	for (const char *p = text; *p; p++)
		if (is_word_byte(*p))
			*to++ = (char)tolower((unsigned char)*p);
	*to = '\0';
	return (struct name){.normal = normal, .text = text, .column = column, .is_synonym = is_synonym};
}

static void
name_say(struct reading *r, const struct name *first, const struct name *n)
{
	const char *where = place_of(r, n->column);
	const char *one = r->e->fields[first->column].name, *other = r->e->fields[n->column].name;

	if (!first->is_synonym && !n->is_synonym)
		FIND(r, where, "two columns named '%s'", other);
	else if (!first->is_synonym)
		FIND(r, where, "the synonym '%s' of '%s' is another column's name", n->text, other);
	else if (!n->is_synonym)
		FIND(r, where, "'%s' is a synonym of column '%s'", other, one);
	else
		FIND(r, where, "the synonym '%s' stands for both '%s' and '%s'", n->text, one, other);
}

/* One name means one column, whether it is the column's own or a synonym. */
static void
names_check(struct reading *r)
{
	struct name *names;
	size_t n = 0, first = 0;

	for (size_t i = 0; i < r->e->nfields; i++)
		n += 1 + r->e->fields[i].nsynonyms;
	names = ARENA_ARRAY(r->l->a, n, struct name);
	n = 0;
	for (size_t i = 0; i < r->e->nfields; i++) {
		const struct column *c = &r->e->fields[i];

		names[n++] = name_of(r->l->a, c->name, i, false);
		for (size_t k = 0; k < c->nsynonyms; k++)
			names[n++] = name_of(r->l->a, c->synonyms[k], i, true);
	}
	if (n > 1)
		qsort(names, n, sizeof *names, by_normal);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(names[first].normal, names[i].normal) != 0)
			first = i;
		else if (names[first].column != names[i].column)
			name_say(r, &names[first], &names[i]);
	}
}

static void
key_check(struct reading *r)
{
	for (size_t k = 0; k < r->e->nkey; k++) {
		const struct column *c = entity_field(r->e, r->e->key[k]);
		const char *where = arena_printf(r->l->a, "/key/%zu", k);
		const char *wrong = !c ? "is not one of its columns" :
		    !c->is_required    ? "is not required" :
		    c->is_nullable && !c->is_tolerant ? "may be null" : NULL;

		if (wrong)
			FIND(r, where, "key column '%s' of %s %s", r->e->key[k], r->e->id, wrong);
		for (size_t i = 0; i < k; i++)
			if (strcmp(r->e->key[i], r->e->key[k]) == 0)
				FIND(r, where, "key column '%s' of %s stands twice", r->e->key[k], r->e->id);
	}
}

/* --- the older form ---------------------------------------------------------------------------- */

static void
columns_read(struct reading *r)
{
	const struct jx *columns = jx_find(r->doc, "columns");
	size_t n = jx_size(columns);
	struct column *c = ARENA_ARRAY(r->l->a, n, struct column);

	for (size_t i = 0; i < n; i++) {
		const struct jx *d = jx_at(columns, i);

		c[i] = (struct column){
		    .name = jx_str(jx_find(d, "name"), ""),
		    .type = jx_str(jx_find(d, "type"), ""),
		    .unit = jx_str(jx_find(d, "unit"), NULL),
		    .says = jx_str(jx_find(d, "purpose"), NULL),
		    .is_required = jx_bool(jx_find(d, "required"), false),
		    .is_tolerant = jx_bool(jx_find(d, "tolerant"), false),
		    .is_nullable = jx_bool(jx_find(d, "nullable"), false),
		};
		c[i].synonyms = strings_read(r->l->a, jx_find(d, "synonyms"), &c[i].nsynonyms);
		c[i].values = strings_read(r->l->a, jx_find(d, "values"), &c[i].nvalues);
		if ((strcmp(c[i].type, "enum") == 0) != (c[i].nvalues > 0))
			FIND(r, arena_printf(r->l->a, "/columns/%zu", i),
			    "column '%s': `values` goes with type enum, and only with it", c[i].name);
	}
	r->e->form = n > 0 ? ENTITY_ROWS : ENTITY_OBJECT;
	r->e->fields = r->e->columns = c;
	r->e->nfields = r->e->ncolumns = n;
}

/* --- the form with a schema -------------------------------------------------------------------- */

static bool
has_type(const struct jx *schema, const char *name)
{
	const struct jx *type = jx_find(schema, "type");

	for (size_t i = 0; i < jx_size(type); i++)
		if (jx_is_str(jx_at(type, i), name))
			return true;
	return jx_is_str(type, name);
}

/* What the JSON Schema of a column of each type must say. */
static const struct form_of {
	const char *type, *json; /* json: the type it must allow */
	const char *others;      /* types that may stand beside it, and null always may */
	const char *format, *why;
} forms[] = {
    {"id", "string", "integer", NULL, "an id is text"},
    {"text", "string", "", NULL, "text is a string"},
    {"enum", "string", "", NULL, "an enum is one of its strings"},
    {"integer", "integer", "string", NULL, "an integer is a JSON integer"},
    {"decimal", "string", "integer number", NULL, "decimals travel as text"},
    {"money", "string", "integer number", NULL, "money travels as text"},
    {"date", "string", "", "date", "a date is text"},
    {"timestamp", "string", "", "date-time", "a timestamp is text"},
    {"boolean", "boolean", "string", NULL, "a boolean is true or false"},
};

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static void
json_type_check(struct reading *r, const struct column *c, const char *where)
{
	static const char *const all[] = {"string", "integer", "number", "boolean", "array", "object"};
	const struct form_of *f = NULL;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (strcmp(forms[i].type, c->type) == 0)
			f = &forms[i];
	INVARIANT(f);
	if (!has_type(c->schema, f->json)) {
		FIND(r, where, "column '%s': %s, so `type` must be or hold \"%s\"", c->name, f->why, f->json);
		return;
	}
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (has_type(c->schema, all[i]) && strcmp(all[i], f->json) != 0 && !has_word(f->others, all[i]))
			FIND(r, where, "column '%s': x-type %s does not go with `type` \"%s\"", c->name, c->type,
			    all[i]);
	if (f->format && !jx_is_str(jx_find(c->schema, "format"), f->format))
		FIND(r, where, "column '%s': x-type %s goes with `format` \"%s\"", c->name, c->type, f->format);
	if ((strcmp(c->type, "enum") == 0) != (c->nvalues > 0))
		FIND(r, where, "column '%s': a list `enum` goes with x-type enum, and only with it", c->name);
	for (size_t i = 0; c->nvalues <= ENUM_COMPARED_MAX && i < c->nvalues; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->values[i], c->values[k]) == 0)
				FIND(r, where, "column '%s': the value '%s' stands there twice", c->name, c->values[i]);
}

static void
currency_check(struct reading *r, const struct column *c, const char *where)
{
	const struct column *from = c->currency_from ? entity_field(r->e, c->currency_from) : NULL;

	if (strcmp(c->type, "money") != 0) {
		if (c->currency || c->currency_from)
			FIND(r, where, "column '%s': only money has a currency, and this is %s", c->name, c->type);
		return;
	}
	if (!c->currency == !c->currency_from)
		FIND(r, where, "column '%s' is money: say x-currency or x-currency-from, one of them", c->name);
	else if (c->currency_from && !from)
		FIND(r, where, "column '%s': x-currency-from names '%s', which is not a column of %s", c->name,
		    c->currency_from, r->e->id);
	else if (from && strcmp(from->type, "text") != 0 && strcmp(from->type, "enum") != 0 &&
	    strcmp(from->type, "id") != 0)
		FIND(r, where, "column '%s': x-currency-from names '%s', which is %s and not text", c->name,
		    c->currency_from, from->type);
}

/* The strings of an enum; null may stand among them. */
static const char *const *
enum_values(struct arena *a, const struct jx *list, size_t *n)
{
	const char **out = ARENA_ARRAY(a, jx_size(list), const char *);

	*n = 0;
	for (size_t i = 0; i < jx_size(list); i++)
		if (jx_is(jx_at(list, i), JX_STRING))
			out[(*n)++] = jx_str(jx_at(list, i), "");
	return out;
}

static void
field_read(struct reading *r, const struct jx_member *m, struct column *out)
{
	const struct jx *required = jx_pointer(r->doc, "/schema/required"), *d = m->value;

	*out = (struct column){
	    .name = m->key,
	    .type = jx_str(jx_find(d, "x-type"), ""),
	    .unit = jx_str(jx_find(d, "x-unit"), NULL),
	    .currency = jx_str(jx_find(d, "x-currency"), NULL),
	    .currency_from = jx_str(jx_find(d, "x-currency-from"), NULL),
	    .says = jx_str(jx_find(d, "description"), NULL),
	    .schema = d,
	    .is_tolerant = jx_bool(jx_find(d, "x-tolerant"), false),
	    .is_nullable = has_type(d, "null"),
	};
	for (size_t i = 0; i < jx_size(required); i++)
		out->is_required = out->is_required || jx_is_str(jx_at(required, i), m->key);
	out->synonyms = strings_read(r->l->a, jx_find(d, "x-synonyms"), &out->nsynonyms);
	if (strcmp(out->type, "enum") == 0 || jx_find(d, "enum"))
		out->values = enum_values(r->l->a, jx_find(d, "enum"), &out->nvalues);
}

static bool
is_plain(const struct jx *property)
{
	const char *type = jx_str(jx_find(property, "x-type"), "");

	return type[0] && strcmp(type, "list") != 0 && strcmp(type, "object") != 0;
}

static enum entity_form
form_of(const struct entity *e, const struct jx *doc)
{
	const char *said = jx_str(jx_find(doc, "form"), NULL);
	const struct jx *properties = jx_find(e->schema, "properties");
	bool all_plain = jx_size(properties) > 0;

	for (size_t i = 0; i < jx_size(properties); i++)
		all_plain = all_plain && is_plain(properties->u.object.at[i].value);
	if (said)
		return strcmp(said, "rows") == 0 ? ENTITY_ROWS :
		    strcmp(said, "object") == 0  ? ENTITY_OBJECT : ENTITY_TEXT;
	if (jx_is_str(jx_find(e->schema, "type"), "string"))
		return ENTITY_TEXT;
	return e->nkey == 0 && !all_plain ? ENTITY_OBJECT : ENTITY_ROWS;
}

static void
fields_read(struct reading *r)
{
	const struct jx *properties = jx_find(r->e->schema, "properties");
	size_t n = jx_size(properties);
	struct column *c = ARENA_ARRAY(r->l->a, n, struct column);

	r->e->fields = c;
	for (size_t i = 0; i < n; i++) {
		const struct jx_member *m = &properties->u.object.at[i];

		if (is_plain(m->value))
			field_read(r, m, &c[r->e->nfields++]);
		else if (r->e->form == ENTITY_ROWS && !jx_find(m->value, "x-type"))
			FIND(r, arena_printf(r->l->a, "/schema/properties/%s", pointer_part(r->l->a, m->key)),
			    "column '%s' has no x-type", m->key);
	}
	if (r->e->form != ENTITY_ROWS)
		return;
	r->e->columns = c;
	r->e->ncolumns = r->e->nfields;
}

static void
fields_check(struct reading *r)
{
	const struct jx *required = jx_find(r->e->schema, "required");
	const struct jx *properties = jx_find(r->e->schema, "properties");
	bool is_closed = !jx_bool(jx_find(r->e->schema, "additionalProperties"), true);

	for (size_t i = 0; i < r->e->nfields; i++) {
		const struct column *c = &r->e->fields[i];
		const char *where = place_of(r, i);

		json_type_check(r, c, where);
		currency_check(r, c, where);
	}
	for (size_t i = 0; i < jx_size(required); i++)
		if (is_closed && !jx_find(properties, jx_str(jx_at(required, i), "")))
			FIND(r, arena_printf(r->l->a, "/schema/required/%zu", i),
			    "'%s' is required, and no property allows it", jx_str(jx_at(required, i), ""));
	if (r->e->form == ENTITY_ROWS && !jx_is_str(jx_find(r->e->schema, "type"), "object"))
		FIND(r, "/schema/type", "a row is an object; %s says \"%s\"", r->e->id,
		    jx_str(jx_find(r->e->schema, "type"), ""));
	else if (r->e->form == ENTITY_ROWS && r->e->ncolumns == 0 && is_closed)
		FIND(r, "/schema", "%s holds rows, and its schema allows no column", r->e->id);
}

static void
schema_read(struct reading *r)
{
	r->e->schema = jx_find(r->doc, "schema");
	r->e->form = form_of(r->e, r->doc);
	fields_read(r);
	fields_check(r);
	entity_schema_check(r->l, r->file, r->doc, r->pointer, r->e);
}

static void
entity_references_read(struct reading *r)
{
	const struct jx *list = jx_find(r->doc, "references");
	size_t n = jx_size(list);
	struct reference *out = ARENA_ARRAY(r->l->a, n, struct reference);

	for (size_t i = 0; i < n; i++) {
		const struct jx *d = jx_at(list, i);
		size_t to;

		out[i].columns = strings_read(r->l->a, jx_find(d, "columns"), &out[i].n);
		out[i].entity = jx_str(jx_find(d, "entity"), "");
		out[i].to = strings_read(r->l->a, jx_find(d, "to"), &to);
		out[i].says = jx_str(jx_find(d, "says"), NULL);
		if (to == out[i].n)
			continue;
		FIND(r, arena_printf(r->l->a, "/references/%zu/to", i),
		    "%zu column%s refer%s to %zu; a reference pairs them", out[i].n, out[i].n == 1 ? "" : "s",
		    out[i].n == 1 ? "s" : "", to);
		out[i].n = to < out[i].n ? to : out[i].n;
	}
	r->e->references = out;
	r->e->nreferences = n;
}

void
entity_read(struct loader *l, const char *file, const struct jx *doc, const char *pointer, struct entity *out)
{
	struct reading r = {.l = l, .file = file, .doc = doc, .pointer = pointer, .e = out};

	out->id = jx_str(jx_find(doc, "id"), "");
	out->label = jx_str(jx_find(doc, "label"), "");
	out->purpose = jx_str(jx_find(doc, "purpose"), NULL);
	out->key = strings_read(l->a, jx_find(doc, "key"), &out->nkey);
	if (!jx_find(doc, "schema") == !jx_find(doc, "columns"))
		FIND(&r, "", "%s needs `schema` or (the older form) `columns`, one of them", out->id);
	else if (jx_find(doc, "schema"))
		schema_read(&r);
	else
		columns_read(&r);
	names_check(&r);
	key_check(&r);
	entity_references_read(&r);
}

int
entity_parse(struct arena *a, const struct jx *document, struct entity *out, struct err *err)
{
	struct loader l = {.a = a};
	struct entity e = {0};

	entity_read(&l, "", document, "", &e);
	if (l.n > 0)
		return err_set(err, E_SCHEMA, "entity, line %u, %s: %s", l.findings[0].line, l.findings[0].pointer,
		    l.findings[0].message);
	*out = e;
	return 0;
}
