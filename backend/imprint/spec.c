/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/spec.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/spec_work.h"

static const struct { const char *key, *name; } methods[] = {
	{"get", "GET"}, {"put", "PUT"}, {"post", "POST"}, {"delete", "DELETE"},
	{"patch", "PATCH"}, {"head", "HEAD"}, {"options", "OPTIONS"}, {"trace", "TRACE"}, {"query", "QUERY"} /* OpenAPI 3.2 */};
#define N_METHODS (sizeof methods / sizeof *methods)

struct spec_reader
spec_reader_at(struct shapes *s, struct sloc root, struct arena *a, struct imp_diags *d)
{
	return (struct spec_reader){.s = s, .reg = shapes_registry(s), .a = a, .root = root, .d = d,
	    .is_swagger = dialect_detect(root.node) == DIALECT_SWAGGER2, .method = "", .path = ""};
}

bool
spec_is(struct sloc root)
{
	enum dialect d = jx_is(root.node, JX_OBJECT) ? dialect_detect(root.node) : DIALECT_AUTO;

	return d == DIALECT_OAS30 || d == DIALECT_OAS31 || d == DIALECT_SWAGGER2;
}

struct sloc
spec_child(struct sloc parent, const struct jx *node)
{
	return (struct sloc){.node = node, .res = parent.res};
}

int
spec_refuse(struct spec_reader *r, enum imp_code code, struct sloc at, const char *message, ...)
{
	struct imp_diags *list = r->warnings && imp_is_warning(code) ? r->warnings : r->d;
	struct imp_diag *g;
	const char *text;
	va_list ap;

	va_start(ap, message);
	text = arena_vprintf(list->a, message, ap);
	va_end(ap);
	if (r->method[0])
		g = imp_add(list, code, "", "%s %s: %s", r->method, r->path, text);
	else
		g = imp_add(list, code, "", "%s", text);
	if (at.res)
		g->schema_pointer = registry_pointer(r->reg, list->a, at);
	return -1;
}

/* A reference object's target, or NULL. A member $ref that is not a string is no reference. */
static const struct jx *
ref_of(const struct jx *node)
{
	const struct jx *ref = jx_find(node, "$ref");

	return jx_is(ref, JX_STRING) ? ref : NULL;
}

int
spec_follow(struct spec_reader *r, struct sloc at, struct sloc *out, enum imp_code *code, struct err *err)
{
	const struct jx *ref;

	for (unsigned i = 0; (ref = ref_of(at.node)) != NULL; i++) {
		if (i == SPEC_REFS_MAX) {
			*code = IMP_E_LOOP;
			return err_set(err, E_LIMIT, "references follow one another without end: '%s'", ref->u.text.p);
		}
		if (registry_resolve(r->reg, at, ref->u.text.p, ref->u.text.n, &at, err) < 0) {
			*code = err->code == E_NOT_FOUND ? IMP_E_REF : err->code == E_EGRESS ? IMP_E_REF_REMOTE : IMP_E_SCHEMA;
			return -1;
		}
	}
	*out = at;
	return 0;
}

/* --- walking over all operations ------------------------------------------------------------------------ */

struct walk {
	struct spec_reader *r;
	struct sloc paths;
	size_t path;   /* index of the next path */
	size_t method; /* next method of the current item; N_METHODS: go on to the next path */
	struct sloc outer, item; /* the path item as it stands, and what its $ref means (else the same) */
	const char *name;
	bool is_quiet; /* dangling path items are not reported */
};

static int
walk_start(struct walk *k, struct spec_reader *r, bool is_quiet)
{
	struct sloc paths = spec_child(r->root, jx_find(r->root.node, "paths"));
	enum imp_code code;
	struct err err;

	*k = (struct walk){.r = r, .paths = paths, .method = N_METHODS, .is_quiet = is_quiet};
	if (!paths.node && dialect_detect(r->root.node) == DIALECT_OAS31)
		return 0;
	if (spec_follow(r, paths, &k->paths, &code, &err) < 0)
		return spec_refuse(r, code, paths, "the paths cannot be read: %s", err.msg);
	if (!jx_is(k->paths.node, JX_OBJECT))
		return spec_refuse(r, IMP_E_SCHEMA, r->root, "'paths' must be an object, found %s",
		    k->paths.node ? jx_type_name(k->paths.node->type) : "nothing");
	return 0;
}

/* An operation may stand behind a $ref too, in descriptions that are cut into files: no OpenAPI version allows it, and
 * large ones do it. One that dangles stays as it stands and is refused when it is read. */
static void
operation_at(struct spec_reader *r, struct operation_name *out, const char *method, const char *path, struct sloc item,
    const struct jx *node)
{
	enum imp_code code;
	struct err err;

	*out = (struct operation_name){.method = method, .path = path, .item = item, .at = spec_child(item, node)};
	(void)spec_follow(r, out->at, &out->at, &code, &err);
	node = out->at.node;
	if (node->type != JX_OBJECT)
		return;
	for (size_t i = 0; i < node->u.object.n; i++) {
		const struct jx_member *m = &node->u.object.at[i];
		if (m->key_bytes == 11 && memcmp(m->key, "operationId", 11) == 0)
			out->id = jx_str(m->value, NULL);
		else if (m->key_bytes == 7 && memcmp(m->key, "summary", 7) == 0)
			out->summary = jx_str(m->value, NULL);
		else if (m->key_bytes == 4 && memcmp(m->key, "tags", 4) == 0)
			out->tag = jx_str(jx_at(m->value, 0), NULL);
		else if (m->key_bytes == 10 && memcmp(m->key, "deprecated", 10) == 0)
			out->is_deprecated = jx_bool(m->value, false);
	}
}

/* A method of an item: the referenced one's, else one that stands beside the $ref. */
static bool
item_method(struct spec_reader *r, struct sloc outer, struct sloc item, size_t method, const char *path,
    struct operation_name *out)
{
	const struct jx *op = jx_find(item.node, methods[method].key);

	if ((!op || op->type == JX_NULL) && outer.node != item.node) {
		item = outer;
		op = jx_find(item.node, methods[method].key);
	}
	if (!op || op->type == JX_NULL)
		return false;
	operation_at(r, out, methods[method].name, path, item, op);
	return true;
}

static bool
walk_item(struct walk *k)
{
	while (k->paths.node && k->path < k->paths.node->u.object.n) {
		const struct jx_member *m = &k->paths.node->u.object.at[k->path++];
		enum imp_code code;
		struct err err;

		if (m->key[0] == 'x' && m->key[1] == '-')
			continue;
		k->outer = spec_child(k->paths, m->value);
		k->name = m->key;
		k->method = 0;
		if (spec_follow(k->r, k->outer, &k->item, &code, &err) == 0)
			return true;
		if (!k->is_quiet)
			(void)spec_refuse(k->r, IMP_W_REF, k->outer, "the path '%s' was left out: %s", m->key, err.msg);
		k->item = k->outer;
		return true;
	}
	return false;
}

static bool
walk_next(struct walk *k, struct operation_name *out)
{
	for (;;) {
		while (k->method < N_METHODS)
			if (item_method(k->r, k->outer, k->item, k->method++, k->name, out))
				return true;
		if (!walk_item(k))
			return false;
	}
}

int
spec_list(struct shapes *s, struct sloc root, struct arena *a, struct operation_name **out, size_t *n, struct imp_diags *d)
{
	struct spec_reader r = spec_reader_at(s, root, a, d);
	struct operation_name *at = NULL, op;
	size_t used = 0, cap = 0;
	struct walk k;

	if (walk_start(&k, &r, false) < 0)
		return -1;
	while (walk_next(&k, &op)) {
		if (used == cap) {
			struct operation_name *more;
			cap = cap ? cap * 2 : jx_size(k.paths.node) * 2 + 8;
			more = ARENA_ARRAY(a, cap, struct operation_name);
			if (used)
				memcpy(more, at, used * sizeof *at);
			at = more;
		}
		at[used++] = op;
	}
	*out = at;
	*n = used;
	return 0;
}

/* --- finding one ------------------------------------------------------------------------------------------ */

enum { NAME_BYTES_MAX = 200 }; /* of names that are compared for likeness */

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edit distance, letters without case, at most limit (then limit + 1). */
static unsigned
distance(const char *a, const char *b, unsigned limit)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned row[NAME_BYTES_MAX + 1];

	if (na > NAME_BYTES_MAX || nb > NAME_BYTES_MAX || (na > nb ? na - nb : nb - na) > limit)
		return limit + 1;
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned corner = row[0], smallest;
		smallest = row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned up = row[j];
			unsigned same = corner + (unsigned)(strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
			row[j] = least(same, least(up, row[j - 1]) + 1);
			smallest = least(smallest, row[j]);
			corner = up;
		}
		if (smallest > limit)
			return limit + 1;
	}
	return row[nb];
}

static int
no_operation(struct spec_reader *r, const char *name)
{
	unsigned best = (unsigned)strlen(name) / 2 + 2;
	const char *nearest = NULL;
	struct operation_name op;
	struct imp_diag *g;
	struct walk k;
	size_t n = 0;

	if (walk_start(&k, r, true) < 0)
		return -1;
	while (walk_next(&k, &op)) {
		const char *full = arena_printf(r->a, "%s %s", op.method, op.path);
		unsigned by_path = distance(name, full, best), by_id = op.id ? distance(name, op.id, best) : best + 1;
		n++;
		if (by_path < best) {
			best = by_path;
			nearest = full;
		}
		if (by_id < best) {
			best = by_id;
			nearest = op.id;
		}
	}
	g = imp_add(r->d, IMP_E_OP, "", "there is no operation '%.200s' among the %zu of this description%s%s%s", name, n,
	    nearest ? "; the nearest is '" : "; list them with 'imprint operations'", nearest ? nearest : "",
	    nearest ? "'" : "");
	g->expected = "\"METHOD /path\" or an operationId";
	g->got = arena_printf(r->d->a, "'%.200s'", name);
	if (nearest) {
		struct buf b;
		struct jw w;
		buf_init(&b, r->d->a);
		jw_init(&w, &b);
		jw_str(&w, NULL, nearest);
		g->nearest = buf_take(&b);
	}
	return -1;
}

/* "METHOD /path". 1: found, 0: not of this form or not there, -1: the path item cannot be read. */
static int
find_by_path(struct spec_reader *r, struct sloc where, const char *name, struct operation_name *out)
{
	const struct jx *paths = where.node;
	const char *space = strchr(name, ' ');
	size_t method = 0, n = space ? (size_t)(space - name) : 0;

	while (method < N_METHODS && (strncasecmp(methods[method].key, name, n) != 0 || methods[method].key[n]))
		method++;
	if (!space || method == N_METHODS || !jx_is(paths, JX_OBJECT))
		return 0;
	while (*space == ' ')
		space++;
	for (size_t i = 0; i < paths->u.object.n; i++) {
		const struct jx_member *m = &paths->u.object.at[i];
		struct sloc outer = spec_child(where, m->value), item;
		enum imp_code code;
		struct err err;

		if (strcmp(m->key, space) != 0)
			continue;
		if (spec_follow(r, outer, &item, &code, &err) < 0)
			return spec_refuse(r, code, outer, "the path '%s' cannot be read: %s", m->key, err.msg);
		if (item_method(r, outer, item, method, m->key, out))
			return 1;
	}
	return 0;
}

int
spec_find(struct shapes *s, struct sloc root, const char *name, struct arena *a, struct operation_name *out, struct imp_diags *d)
{
	struct spec_reader r = spec_reader_at(s, root, a, d);
	struct walk k;
	int found;

	if (walk_start(&k, &r, true) < 0)
		return -1;
	found = find_by_path(&r, k.paths, name, out);
	if (found != 0)
		return found < 0 ? -1 : 0;
	while (walk_next(&k, out))
		if (out->id && strcmp(out->id, name) == 0)
			return 0;
	return no_operation(&r, name);
}

/* --- reading one ------------------------------------------------------------------------------------------ */

static void
read_words(struct spec_reader *r, struct operation *op)
{
	const struct jx *tags = jx_find(op->at.node, "tags");
	const char **at;

	op->description = jx_str(jx_find(op->at.node, "description"), NULL);
	if (!jx_is(tags, JX_ARRAY) || tags->u.array.n == 0)
		return;
	at = ARENA_ARRAY(r->a, tags->u.array.n, const char *);
	for (size_t i = 0; i < tags->u.array.n; i++)
		if (jx_is(tags->u.array.at[i], JX_STRING))
			at[op->n_tags++] = tags->u.array.at[i]->u.text.p;
	op->tags = at;
}

static bool
is_reserved_header(const char *name)
{
	return strcasecmp(name, "accept") == 0 || strcasecmp(name, "content-type") == 0 ||
	    strcasecmp(name, "authorization") == 0;
}

/* One section of the root, when it has members. */
static void
add_section(struct spec_reader *r, const struct operation *op, enum param_in in, const char *name,
    struct shape_part *parts, struct shape_part *sections, size_t *n_sections)
{
	struct shape_part *section = &sections[*n_sections];
	size_t n = 0;

	*section = (struct shape_part){.name = name};
	for (size_t i = 0; i < op->n_params; i++) {
		const struct param *p = &op->params[i];
		if (p->in != in || (in == IN_HEADER && is_reserved_header(p->name)))
			continue;
		parts[n++] = (struct shape_part){.name = p->name, .shape = p->shape, .is_required = p->is_required};
		section->is_required |= p->is_required;
	}
	if (n == 0)
		return;
	section->shape = shape_record(r->s, parts, n);
	(*n_sections)++;
}

static void
make_root(struct spec_reader *r, struct operation *op)
{
	struct shape_part *parts = ARENA_ARRAY(r->a, op->n_params + 1, struct shape_part), sections[5];
	size_t n = 0;

	add_section(r, op, IN_PATH, "_path", parts, sections, &n);
	add_section(r, op, IN_QUERY, "_query", parts, sections, &n);
	add_section(r, op, IN_HEADER, "_header", parts, sections, &n);
	add_section(r, op, IN_COOKIE, "_cookie", parts, sections, &n);
	if (op->has_body)
		sections[n++] = (struct shape_part){.name = "_body", .shape = op->body, .is_required = op->body_required};
	op->root = shape_record(r->s, sections, n);
}

int
spec_operation(struct shapes *s, struct sloc root, const struct operation_name *name, const char *content_type,
    struct arena *a, struct operation *out, struct imp_diags *d)
{
	struct spec_reader r = spec_reader_at(s, root, a, d);
	struct operation op = {.method = name->method, .path = name->path, .id = name->id, .summary = name->summary,
	    .is_deprecated = name->is_deprecated, .at = name->at, .shapes = s};
	enum imp_code code;
	struct err err;

	imp_diags_init(&op.warnings, a);
	r.warnings = &op.warnings;
	r.method = name->method;
	r.path = name->path;
	if (spec_follow(&r, op.at, &op.at, &code, &err) < 0)
		return spec_refuse(&r, code, name->at, "the operation cannot be read: %s", err.msg);
	if (!jx_is(op.at.node, JX_OBJECT))
		return spec_refuse(&r, IMP_E_SCHEMA, op.at, "the operation must be an object, found %s",
		    jx_type_name(op.at.node->type));
	read_words(&r, &op);
	if (spec_params(&r, name, &op) < 0 || spec_body(&r, content_type, &op) < 0)
		return -1;
	make_root(&r, &op);
	*out = op;
	return 0;
}
