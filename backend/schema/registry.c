/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/registry.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "schema/registry_impl.h"
#include "schema/uri.h"

#define NEAREST_BYTES_MAX 64

/* ---- hash maps ---- */

static uint64_t
hash_of(const void *owner, const char *text, size_t n)
{
	uint64_t h = (uint64_t)(uintptr_t)owner * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

struct map_entry *
map_find(const struct map *m, const void *owner, const char *text, size_t n)
{
	uint64_t h = hash_of(owner, text, n);

	for (size_t i = (size_t)h; m->cap; i++) {
		struct map_entry *e = &m->at[i & (m->cap - 1)];
		if (!e->value)
			return NULL;
		if (e->hash == h && e->owner == owner && e->n == n &&
		    (n == 0 || memcmp(e->text, text, n) == 0))
			return e;
	}
	return NULL;
}

static void
map_grow(struct arena *a, struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : 32;
	m->at = ARENA_ARRAY(a, m->cap, struct map_entry);
	for (size_t i = 0; i < old.cap; i++) {
		size_t at = (size_t)old.at[i].hash;
		if (!old.at[i].value)
			continue;
		while (m->at[at & (m->cap - 1)].value)
			at++;
		m->at[at & (m->cap - 1)] = old.at[i];
	}
}

struct map_entry *
map_put(struct arena *a, struct map *m, const void *owner, const char *text, size_t n)
{
	struct map_entry *e = map_find(m, owner, text, n);
	uint64_t h = hash_of(owner, text, n);
	size_t at = (size_t)h;

	if (e)
		return e;
	if (m->n * 2 >= m->cap)
		map_grow(a, m);
	while (m->at[at & (m->cap - 1)].value)
		at++;
	e = &m->at[at & (m->cap - 1)];
	*e = (struct map_entry){.owner = owner, .text = text, .n = n, .hash = h};
	m->n++;
	return e;
}

/* ---- dialects ---- */

static const struct {
	const char *name, *words;
} dialects[DIALECT__COUNT] = {[DIALECT_AUTO] = {"auto", "by what the document says"},
    [DIALECT_4] = {"draft4", "draft 4"}, [DIALECT_6] = {"draft6", "draft 6"},
    [DIALECT_7] = {"draft7", "draft 7"}, [DIALECT_2019] = {"2019-09", "2019-09"},
    [DIALECT_2020] = {"2020-12", "2020-12"}, [DIALECT_OAS30] = {"oas30", "OpenAPI 3.0"},
    [DIALECT_OAS31] = {"oas31", "OpenAPI 3.1"}, [DIALECT_SWAGGER2] = {"swagger2", "Swagger 2.0"}};

const char *
dialect_name(enum dialect d)
{
	return dialects[d].words;
}

enum dialect
dialect_from_name(const char *name)
{
	for (int d = 0; d < DIALECT__COUNT; d++)
		if (strcmp(dialects[d].name, name) == 0)
			return (enum dialect)d;
	return DIALECT__COUNT;
}

/* What a $schema says; DIALECT_AUTO when it is not one of the published ones. */
static enum dialect
dialect_of_uri(const char *s)
{
	static const struct {
		const char *part;
		enum dialect d;
	} parts[] = {{"draft-03/", DIALECT_4}, {"draft-04/", DIALECT_4}, {"draft-06/", DIALECT_6},
	    {"draft-07/", DIALECT_7}, {"draft/2019-09/", DIALECT_2019},
	    {"draft/2020-12/", DIALECT_2020}};
	const char *host = strstr(s, "json-schema.org/");

	if (strstr(s, "spec.openapis.org/oas/3.1"))
		return DIALECT_OAS31;
	if (!host)
		return DIALECT_AUTO;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strncmp(host + strlen("json-schema.org/"), parts[i].part, strlen(parts[i].part)) == 0)
			return parts[i].d;
	return DIALECT_2020;
}

static enum dialect
dialect_said(const struct jx *root)
{
	const char *openapi = jx_str(jx_find(root, "openapi"), NULL);
	const char *schema = jx_str(jx_find(root, "$schema"), NULL);

	if (jx_is(jx_find(root, "swagger"), JX_STRING))
		return DIALECT_SWAGGER2;
	if (openapi)
		return strncmp(openapi, "3.0", 3) == 0 ? DIALECT_OAS30 : DIALECT_OAS31;
	return schema ? dialect_of_uri(schema) : DIALECT_AUTO;
}

enum dialect
dialect_detect(const struct jx *root)
{
	enum dialect d = dialect_said(root);

	return d == DIALECT_AUTO ? DIALECT_2020 : d;
}

static bool
knows_ids(enum dialect d)
{
	return d != DIALECT_OAS30 && d != DIALECT_SWAGGER2;
}

static bool
ref_hides_siblings(enum dialect d)
{
	return d == DIALECT_4 || d == DIALECT_6 || d == DIALECT_7;
}

/* ---- the registry and its documents ---- */

static const struct {
	const char *name;
	unsigned bit;
} vocabularies[] = {{"core", 0}, {"applicator", VOCABULARY_APPLICATOR},
    {"unevaluated", VOCABULARY_UNEVALUATED}, {"validation", VOCABULARY_VALIDATION},
    {"meta-data", 0}, {"format", VOCABULARY_FORMAT}, {"format-annotation", 0},
    {"format-assertion", VOCABULARY_FORMAT}, {"content", 0}};

static void
release(void *arg)
{
	struct registry *reg = arg;

	if (reg->base_fd >= 0)
		(void)close(reg->base_fd);
}

struct registry *
registry_new(struct arena *a, const struct registry_options *opt)
{
	struct registry *reg = ARENA_NEW(a, struct registry);
	char real[PATH_MAX];

	reg->a = a;
	reg->base_fd = -1;
	reg->tail = &reg->documents;
	if (opt)
		reg->opt = *opt;
	if (reg->opt.document_bytes_max == 0)
		reg->opt.document_bytes_max = (size_t)64 << 20;
	if (reg->opt.documents_max == 0)
		reg->opt.documents_max = 4096;
	if (reg->opt.depth_max == 0)
		reg->opt.depth_max = 1024;
	if (reg->opt.base_dir && realpath(reg->opt.base_dir, real))
		reg->base = arena_str(a, real);
	arena_defer(a, release, reg);
	return reg;
}

unsigned
registry_documents(const struct registry *reg)
{
	return reg->n_documents;
}

struct arena *
registry_arena(const struct registry *reg)
{
	return reg->a;
}

enum dialect
resource_dialect(const struct resource *res)
{
	return res->dialect;
}
unsigned
resource_vocabulary(const struct resource *res)
{
	return res->vocabulary;
}
const struct jx *
resource_document(const struct resource *res)
{
	return res->doc->root;
}
const struct jx *
resource_root(const struct resource *res)
{
	return res->root;
}

void
schema_identity(enum dialect d, const struct jx *node, struct identity *out)
{
	*out = (struct identity){0};
	if (!jx_is(node, JX_OBJECT))
		return;
	for (size_t i = 0; i < node->u.object.n; i++) {
		const struct jx_member *m = &node->u.object.at[i];
		const struct jx *v = m->value;
		if (m->key[0] != '$') {
			if (d == DIALECT_4 && m->key[0] == 'i' && strcmp(m->key, "id") == 0 &&
			    v->type == JX_STRING)
				out->id = v;
		} else if (strcmp(m->key, "$recursiveAnchor") == 0) {
			out->recursive = v->type == JX_BOOL && v->u.boolean ? v : NULL;
		} else if (v->type != JX_STRING) {
			continue;
		} else if (strcmp(m->key, "$ref") == 0) {
			out->ref = v;
		} else if (strcmp(m->key, "$id") == 0 && d != DIALECT_4) {
			out->id = v;
		} else if (strcmp(m->key, "$schema") == 0) {
			out->schema = v;
		} else if (strcmp(m->key, "$anchor") == 0) {
			out->anchor = v;
		} else if (strcmp(m->key, "$dynamicAnchor") == 0) {
			out->dynamic = v;
		}
	}
}

struct resource *
resource_new(struct document *doc, const struct resource *parent, const struct jx *root,
    const char *id, size_t id_bytes, enum dialect dialect)
{
	struct registry *reg = doc->reg;
	struct resource *res = ARENA_NEW(reg->a, struct resource);
	const char *hash = id ? memchr(id, '#', id_bytes) : NULL;
	struct map_entry *e;

	*res = (struct resource){.doc = doc, .root = root, .dialect = dialect, .uri = ""};
	res->vocabulary = parent ? parent->vocabulary : VOCABULARY_ALL;
	if (hash)
		id_bytes = (size_t)(hash - id);
	if (id)
		res->uri = uri_resolve(reg->a, parent ? parent->uri : "", id, id_bytes);
	if (*res->uri) {
		e = map_put(reg->a, &reg->uris, NULL, res->uri, strlen(res->uri));
		if (!e->value)
			e->value = res;
	}
	return res;
}

/* A metaschema of somebody's own: the dialect it is written in and the vocabularies it asks for. */
static enum dialect
custom_dialect(struct registry *reg, const struct jx *root, unsigned *vocabulary)
{
	const char *uri = jx_str(jx_find(root, "$schema"), NULL);
	enum dialect d = uri ? dialect_of_uri(uri) : DIALECT_AUTO;
	struct document *meta = NULL;
	struct map_entry *e;
	const struct jx *list;
	struct err err;
	size_t n;

	if (!uri || d != DIALECT_AUTO || reg->n_meta_depth >= 8)
		return d;
	n = strcspn(uri, "#");
	uri = arena_dup(reg->a, uri, n);
	e = map_find(&reg->uris, NULL, uri, n);
	reg->n_meta_depth++;
	if (e)
		meta = ((const struct resource *)e->value)->doc;
	else if (!uri_has_scheme(uri, n) || document_find(reg, NULL, uri, uri, n, &meta, &err) < 0)
		meta = NULL;
	reg->n_meta_depth--;
	if (!meta)
		return DIALECT_AUTO;
	list = jx_find(meta->root, "$vocabulary");
	if (jx_is(list, JX_OBJECT))
		*vocabulary = 0;
	for (size_t i = 0; i < jx_size(list) && jx_is(list, JX_OBJECT); i++) {
		const char *name = strstr(list->u.object.at[i].key, "/vocab/");
		for (size_t k = 0; name && k < sizeof vocabularies / sizeof *vocabularies; k++)
			if (strcmp(vocabularies[k].name, name + strlen("/vocab/")) == 0 &&
			    (vocabularies[k].bit != VOCABULARY_FORMAT ||
				meta->dialect != DIALECT_2019 ||
				jx_bool(list->u.object.at[i].value, false)))
				*vocabulary |= vocabularies[k].bit;
	}
	if (meta->dialect == DIALECT_2019 && *vocabulary & VOCABULARY_APPLICATOR)
		*vocabulary |= VOCABULARY_UNEVALUATED;
	return meta->dialect;
}

int
document_add(struct registry *reg, const struct jx *root, const char *uri, const char *label,
    enum dialect dialect, bool is_explicit, struct document **out, struct err *err)
{
	struct document *doc;
	unsigned vocabulary = VOCABULARY_ALL;
	enum dialect said;
	struct identity id;
	struct resource *retrieved;
	struct map_entry *e;

	if (!jx_is(root, JX_OBJECT) && !jx_is(root, JX_BOOL))
		return err_set(err, E_SCHEMA, "a schema is an object, true or false; found %s",
		    jx_type_name(root->type));
	if (reg->n_documents >= reg->opt.documents_max)
		return err_set(err, E_LIMIT, "more than %u documents", reg->opt.documents_max);
	if (uri && map_find(&reg->uris, NULL, uri, strlen(uri)))
		return err_set(err, E_CONFLICT, "a document with the URI '%.200s' is known already", uri);
	said = dialect_said(root);
	if (said == DIALECT_AUTO)
		said = custom_dialect(reg, root, &vocabulary);
	if (!is_explicit && said != DIALECT_AUTO)
		dialect = said;
	if (dialect == DIALECT_AUTO)
		dialect = DIALECT_2020;
	doc = ARENA_NEW(reg->a, struct document);
	*doc = (struct document){.reg = reg, .root = root, .dialect = dialect, .label = label};
	doc->is_indexed = !knows_ids(dialect) || jx_is(root, JX_BOOL);
	reg->n_documents++;
	*reg->tail = doc;
	reg->tail = &doc->next;
	retrieved = resource_new(doc, NULL, root, uri, uri ? strlen(uri) : 0, dialect);
	retrieved->vocabulary = vocabulary;
	doc->main = retrieved;
	schema_identity(dialect, root, &id);
	if (knows_ids(dialect) && id.id && id.id->u.text.n && id.id->u.text.p[0] != '#') {
		/* One resource under two names. */
		struct resource *named = resource_new(
		    doc, retrieved, root, id.id->u.text.p, id.id->u.text.n, dialect);
		retrieved->uri = named->uri;
		e = map_find(&reg->uris, NULL, named->uri, strlen(named->uri));
		if (e && e->value == named)
			e->value = retrieved;
	}
	e = map_put(reg->a, &reg->resources, root, NULL, 0);
	e->value = retrieved;
	*out = doc;
	return 0;
}

int
registry_add(struct registry *reg, const struct jx *root, const char *uri, enum dialect dialect,
    struct sloc *out, struct err *err)
{
	const char *full = uri ? uri_resolve(reg->a, "", uri, strcspn(uri, "#")) : NULL;
	struct document *doc;

	if (!uri && reg->base)
		full = arena_printf(reg->a, "file://%s/;%u", uri_encode_path(reg->a, reg->base),
		    reg->n_documents);
	else if (!uri)
		full = arena_printf(reg->a, "schema:///root;%u", reg->n_documents);
	else if (!uri_has_scheme(full, strlen(full)))
		full = full[0] == '/' || !reg->base
			   ? arena_printf(reg->a, "file://%s%s", full[0] == '/' ? "" : "/", full)
			   : arena_printf(reg->a, "file://%s/%s", uri_encode_path(reg->a, reg->base), full);
	if (document_add(reg, root, full, reg->n_documents && uri ? uri : "", dialect,
		dialect != DIALECT_AUTO, &doc, err) < 0)
		return -1;
	*out = (struct sloc){root, doc->main};
	return 0;
}

int
registry_add_as(struct registry *reg, const struct sloc *root, const char *uri, struct err *err)
{
	const char *full = uri_resolve(reg->a, "", uri, strcspn(uri, "#"));
	struct map_entry *e = map_put(reg->a, &reg->uris, NULL, full, strlen(full));

	if (e->value && e->value != root->res)
		return err_set(err, E_CONFLICT, "a document with the URI '%.200s' is known already", uri);
	e->value = root->res;
	return 0;
}

/* ---- places ---- */

static struct sloc
enter_identified(struct registry *reg, struct sloc parent, const struct jx *child,
    const struct identity *id)
{
	struct map_entry *e;
	enum dialect d = parent.res->dialect, said;

	said = id->schema ? dialect_of_uri(id->schema->u.text.p) : DIALECT_AUTO;
	if (!id->id || id->id->u.text.n == 0 || id->id->u.text.p[0] == '#' ||
	    (id->ref && ref_hides_siblings(d)))
		return (struct sloc){child, parent.res};
	e = map_put(reg->a, &reg->resources, child, NULL, 0);
	if (!e->value) {
		/* resource_new puts into other maps only, so e stays. */
		e->value = resource_new(parent.res->doc, parent.res, child, id->id->u.text.p,
		    id->id->u.text.n, said == DIALECT_AUTO ? d : said);
	}
	return (struct sloc){child, (struct resource *)(uintptr_t)e->value};
}

struct sloc
registry_enter(struct registry *reg, struct sloc parent, const struct jx *child)
{
	struct identity id;

	if (!knows_ids(parent.res->dialect) || child->type != JX_OBJECT ||
	    child == parent.res->root)
		return (struct sloc){child, parent.res};
	schema_identity(parent.res->dialect, child, &id);
	if (!id.id && id.schema && dialect_of_uri(id.schema->u.text.p) == DIALECT_4)
		schema_identity(DIALECT_4, child, &id);
	return enter_identified(reg, parent, child, &id);
}

static void
put_anchor(struct registry *reg, struct map *m, struct sloc at, const char *name, size_t n)
{
	struct map_entry *e = map_put(reg->a, m, at.res, name, n);

	if (e->value)
		return;
	e->value = at.node;
	e->more = at.res;
}

static void
index_schema(struct registry *reg, struct sloc at)
{
	struct identity id;

	schema_identity(at.res->dialect, at.node, &id);
	if (ref_hides_siblings(at.res->dialect) || at.res->dialect == DIALECT_4) {
		const char *hash = id.id ? memchr(id.id->u.text.p, '#', id.id->u.text.n) : NULL;
		if (!id.ref && hash && hash[1])
			put_anchor(reg, &reg->anchors, at, hash + 1, strlen(hash + 1));
		return;
	}
	if (id.anchor)
		put_anchor(reg, &reg->anchors, at, id.anchor->u.text.p, id.anchor->u.text.n);
	if (id.dynamic && at.res->dialect != DIALECT_2019) {
		put_anchor(reg, &reg->anchors, at, id.dynamic->u.text.p, id.dynamic->u.text.n);
		put_anchor(reg, &reg->dynamics, at, id.dynamic->u.text.p, id.dynamic->u.text.n);
	}
	if (id.recursive && at.node == at.res->root)
		at.res->has_recursive_anchor = true;
}

struct pending {
	const struct jx *node;
	struct resource *res;
	enum position position;
};
struct stack {
	struct pending *at;
	size_t n, cap;
};

static void
push(struct arena *a, struct stack *s, struct pending p)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;
		struct pending *at = ARENA_ARRAY(a, cap, struct pending);
		if (s->n)
			memcpy(at, s->at, s->n * sizeof *at);
		s->at = at;
		s->cap = cap;
	}
	s->at[s->n++] = p;
}

void
document_index(struct document *doc)
{
	struct registry *reg = doc->reg;
	struct arena *own;
	struct stack s = {0};

	if (doc->is_indexed)
		return;
	doc->is_indexed = true;
	own = arena_new(0);
	push(own, &s, (struct pending){doc->root, doc->main, position_root(doc->dialect)});
	while (s.n) {
		struct pending p = s.at[--s.n];
		const struct jx *v = p.node;
		if (p.position == POSITION_ONE_OR_LIST)
			p.position = v->type == JX_ARRAY ? POSITION_LIST : POSITION_SCHEMA;
		if (p.position == POSITION_SCHEMA && v->type == JX_OBJECT) {
			struct sloc at =
			    registry_enter(reg, (struct sloc){doc->root, p.res}, v);
			p.res = at.res;
			index_schema(reg, at);
		}
		/* Pushed last to first, so that the first of two equal names is the one that counts. */
		for (size_t i = jx_size(v); i-- > 0;) {
			bool is_object = v->type == JX_OBJECT;
			const struct jx_member *m = is_object ? &v->u.object.at[i] : NULL;
			const struct jx *child = is_object ? m->value : v->u.array.at[i];
			enum position below;
			if (child->type != JX_OBJECT && child->type != JX_ARRAY)
				continue;
			below = position_below(p.res->dialect, p.position, is_object ? m->key : NULL,
			    is_object ? m->key_bytes : 0);
			if (below != POSITION_NONE)
				push(own, &s, (struct pending){child, p.res, below});
		}
	}
	arena_free(own);
}

/* One reference token, unescaped; returns its end. */
static const char *
next_token(const char *p, const char *end, struct buf *b)
{
	buf_clear(b);
	for (; p < end && *p != '/'; p++) {
		if (*p == '~' && p + 1 < end && (p[1] == '0' || p[1] == '1')) {
			buf_char(b, p[1] == '0' ? '~' : '/');
			p++;
		} else {
			buf_char(b, *p);
		}
	}
	return p;
}

static const struct jx *
child_of(const struct jx *v, const char *token, size_t n)
{
	size_t index = 0;

	if (v->type == JX_OBJECT) {
		for (size_t i = 0; i < v->u.object.n; i++)
			if (v->u.object.at[i].key_bytes == n &&
			    memcmp(v->u.object.at[i].key, token, n) == 0)
				return v->u.object.at[i].value;
		return NULL;
	}
	if (v->type != JX_ARRAY || n == 0 || n > 9 || (n > 1 && token[0] == '0'))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (token[i] < '0' || token[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(token[i] - '0');
	}
	return jx_at(v, index);
}

bool
registry_walk(struct registry *reg, struct resource *res, const char *pointer, size_t n,
    struct sloc *out, size_t *missing, const struct jx **missing_in)
{
	struct sloc at = {res->root, res};
	enum position position =
	    res->root == res->doc->root ? position_root(res->doc->dialect) : POSITION_SCHEMA;
	const char *p = pointer, *end = pointer + n;
	struct buf token;

	buf_init(&token, reg->a);
	while (p < end) {
		const char *from = p;
		const struct jx *next;
		bool is_object = at.node->type == JX_OBJECT;
		p = next_token(p + 1, end, &token);
		next = child_of(at.node, token.p, token.len);
		if (!next) {
			*missing = (size_t)(from - pointer);
			*missing_in = at.node;
			return false;
		}
		if (position == POSITION_ONE_OR_LIST)
			position = is_object ? POSITION_SCHEMA : POSITION_LIST;
		position = position_below(
		    at.res->dialect, position, is_object ? token.p : NULL, is_object ? token.len : 0);
		at.node = next;
		if (next->type == JX_OBJECT &&
		    (position == POSITION_SCHEMA || position == POSITION_ONE_OR_LIST || p == end))
			at = registry_enter(reg, at, next);
	}
	*out = at;
	return true;
}

/* ---- references ---- */

/* Levenshtein distance of short names; names above the limit are far apart. */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[NEAREST_BYTES_MAX + 1];

	if (na > NEAREST_BYTES_MAX || nb > NEAREST_BYTES_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

static int
fail_pointer(struct registry *reg, const char *ref, size_t ref_bytes, const char *pointer, size_t n,
    size_t missing, const struct jx *in, struct err *err)
{
	struct buf token;
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	buf_init(&token, reg->a);
	(void)next_token(pointer + missing + 1, pointer + n, &token);
	for (size_t i = 0; in->type == JX_OBJECT && i < in->u.object.n && i < 10000; i++) {
		const struct jx_member *m = &in->u.object.at[i];
		size_t d = distance(token.p, token.len, m->key, m->key_bytes);
		if (d < best && d <= token.len / 3 + 1) {
			best = d;
			nearest = m->key;
		}
	}
	return err_set(err, E_NOT_FOUND, "reference '%.*s' points nowhere: %s'%.*s' has no %s '%.80s'%s%.80s%s",
	    (int)(ref_bytes < 160 ? ref_bytes : 160), ref, missing ? "" : "the root ",
	    (int)(missing < 120 ? missing : 120), pointer, in->type == JX_ARRAY ? "element" : "member",
	    token.p, nearest ? "; the nearest is '" : "", nearest ? nearest : "", nearest ? "'" : "");
}

/* The resource that ref (without its fragment) names. */
static int
find_resource(struct registry *reg, const struct resource *from, const char *ref, size_t n,
    const char *whole, size_t whole_bytes, struct resource **out, struct err *err)
{
	const char *uri = uri_resolve(reg->a, from->uri, ref, n);
	struct map_entry *e = map_find(&reg->uris, NULL, uri, strlen(uri));
	struct document *doc;

	/* An $id somewhere in a document that was not searched yet? */
	for (doc = reg->documents; doc && !e; doc = doc->next)
		if (!doc->is_indexed) {
			document_index(doc);
			e = map_find(&reg->uris, NULL, uri, strlen(uri));
		}
	if (e) {
		*out = (struct resource *)(uintptr_t)e->value;
		return 0;
	}
	if (document_find(reg, from, uri, whole, whole_bytes, &doc, err) < 0)
		return -1;
	if (!doc) {
		bool is_local = strncmp(uri, "schema:", 7) == 0 || strncmp(uri, "file:", 5) == 0;
		return err_set(err, is_local || strncmp(uri, "urn:", 4) == 0 ? E_NOT_FOUND : E_EGRESS,
		    "reference '%.*s' leads to '%.160s', which is not among the known documents; %s",
		    (int)(whole_bytes < 160 ? whole_bytes : 160), whole, uri,
		    is_local ? "no folder for files was given"
			     : "references are never followed over a network");
	}
	*out = doc->main;
	return 0;
}

static int
resolve(struct registry *reg, struct sloc at, const char *ref, size_t n, struct sloc *out,
    struct err *err)
{
	const char *hash = memchr(ref, '#', n), *fragment;
	size_t base_bytes = hash ? (size_t)(hash - ref) : n, fragment_bytes = 0, missing;
	struct resource *res = at.res;
	struct map_entry *e;
	const struct jx *in;

	if (base_bytes && find_resource(reg, at.res, ref, base_bytes, ref, n, &res, err) < 0)
		return -1;
	fragment = hash ? uri_decode(reg->a, hash + 1, n - base_bytes - 1, &fragment_bytes) : "";
	if (fragment_bytes == 0) {
		*out = (struct sloc){res->root, res};
		return 0;
	}
	if (fragment[0] == '/') {
		if (registry_walk(reg, res, fragment, fragment_bytes, out, &missing, &in))
			return 0;
		return fail_pointer(reg, ref, n, fragment, fragment_bytes, missing, in, err);
	}
	document_index(res->doc);
	e = map_find(&reg->anchors, res, fragment, fragment_bytes);
	if (!e)
		return err_set(err, E_NOT_FOUND, "reference '%.*s' points nowhere: there is no anchor '%.120s'",
		    (int)(n < 200 ? n : 200), ref, fragment);
	*out = (struct sloc){e->value, (struct resource *)(uintptr_t)e->more};
	return 0;
}

int
registry_resolve(struct registry *reg, struct sloc at, const char *ref, size_t ref_bytes,
    struct sloc *out, struct err *err)
{
	struct map_entry *e = map_find(&reg->resolved, at.res, ref, ref_bytes);
	struct sloc found;

	if (e) {
		*out = (struct sloc){e->value, (struct resource *)(uintptr_t)e->more};
		return 0;
	}
	if (resolve(reg, at, ref, ref_bytes, &found, err) < 0)
		return -1;
	e = map_put(reg->a, &reg->resolved, at.res, arena_dup(reg->a, ref, ref_bytes), ref_bytes);
	e->value = found.node;
	e->more = found.res;
	*out = found;
	return 0;
}

bool
registry_dynamic(struct registry *reg, struct resource *res, const char *name, size_t name_bytes,
    struct sloc *out)
{
	struct map_entry *e;

	document_index(res->doc);
	if (!name) {
		*out = (struct sloc){res->root, res};
		return res->has_recursive_anchor;
	}
	e = map_find(&reg->dynamics, res, name, name_bytes);
	if (!e)
		return false;
	*out = (struct sloc){e->value, (struct resource *)(uintptr_t)e->more};
	return true;
}
