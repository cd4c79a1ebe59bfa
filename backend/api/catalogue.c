/* SPDX-License-Identifier: Apache-2.0 */
#include "api/catalogue.h"

#include <string.h>

#include "api/catalogue_work.h"
#include "api/example.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/utf8.h"
#include "imprint/shape.h"
#include "imprint/spec.h"
#include "schema/registry.h"
#include "schema/yaml.h"

#define DEPTH_MAX 512
#define PROBLEMS_MAX 50
#define SLUG_BYTES_MAX 60
#define PATH_BYTES_MAX 4000

const struct imp_diag *
first_error(const struct imp_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!imp_is_warning(d->at[i].code))
			return &d->at[i];
	return NULL;
}

/* --- opening ---------------------------------------------------------------------------------------------- */

/* "an object with the members 'a', 'b' and 3 more" and the like. */
static const char *
what_it_is(struct arena *a, const struct jx *root)
{
	struct buf b;
	size_t n = jx_size(root);

	if (jx_is(root, JX_ARRAY))
		return arena_printf(a, "a list of %zu elements", n);
	if (!jx_is(root, JX_OBJECT))
		return arena_printf(a, "%s and nothing else", jx_type_name(root->type));
	if (jx_find(root, "$schema") || (jx_find(root, "type") && jx_find(root, "properties")))
		return "a JSON Schema, which describes data and no operations";
	if (n == 0)
		return "an empty object";
	buf_init(&b, a);
	buf_str(&b, "an object with ");
	for (size_t i = 0; i < n && i < 5; i++) {
		const struct jx_member *m = &root->u.object.at[i];
		size_t keep = utf8_check(m->key, m->key_bytes < 40 ? m->key_bytes : 40);
		buf_str(&b, i == 0 ? "" : i + 1 == n ? " and " : ", ");
		buf_printf(&b, "'%.*s'", (int)keep, m->key);
	}
	if (n > 5)
		buf_printf(&b, " and %zu more", n - 5);
	return buf_take(&b);
}

/* The version that a description claims: "3.0.3"; a YAML number will do. NULL: it claims none. */
static const char *
version_of(const struct jx *root)
{
	const struct jx *v = jx_find(root, "openapi");

	v = v ? v : jx_find(root, "swagger");
	return v && (v->type == JX_STRING || v->type == JX_NUMBER) ? v->u.text.p : NULL;
}

static bool
is_read(const struct jx *root, const char *version)
{
	return jx_find(root, "openapi") ? strncmp(version, "3.0", 3) == 0 || strncmp(version, "3.1", 3) == 0 :
	    strncmp(version, "2.0", 3) == 0;
}

#define NEEDED "an API description says `openapi: 3.0.x`, `openapi: 3.1.x` or `swagger: \"2.0\"` at its top, and has `paths`"

int
description_open(struct arena *a, const struct catalogue_work *work, int fd, struct description *out,
    struct err *err)
{
	const struct jx_options opt = {.bytes_max = CATALOGUE_BYTES_MAX, .depth_max = DEPTH_MAX};
	struct imprint_source src = {.name = work->path};
	const struct imp_diag *first;
	const char *version;
	struct jx *root;
	char *text;
	size_t n;

	if (fd_read_all(a, fd, CATALOGUE_BYTES_MAX, &text, &n, err) < 0)
		return err_wrap(err, "'%s'", work->path);
	if (text_parse(a, text, n, &opt, &root, err) < 0)
		return err_wrap(err, "'%s' cannot be read as JSON or YAML", work->path);
	version = version_of(root);
	if (!version)
		return err_set(err, E_SCHEMA, "'%s' is %s; " NEEDED, work->path, what_it_is(a, root));
	if (!is_read(root, version))
		return err_set(err, E_SCHEMA, "'%s' is an API description of version %.20s, which is not read; " NEEDED,
		    work->path, version);
	imp_diags_init(&out->warnings, a);
	src.root = out->root = root;
	if (imprint_open(a, &src, &out->im, &out->warnings) < 0) {
		first = first_error(&out->warnings);
		return err_set(err, E_SCHEMA, "'%s' is no API description that can be read: %s; " NEEDED, work->path,
		    first ? first->message : "no reason was given");
	}
	if (!imprint_is_api(out->im))
		return err_set(err, E_SCHEMA, "'%s' is %s; " NEEDED, work->path, what_it_is(a, root));
	return 0;
}

int
envelope_make(struct arena *a, struct description *desc, const char *operation, const char *content_type,
    struct envelope *out, struct imp_diags *d, struct err *err)
{
	const struct jx_options opt = {.depth_max = 1024, .allow_surrogates = true};
	const struct encode_options encode = {0};
	struct jx *document, *tree;
	struct buf b;

	buf_init(&b, a);
	if (imprint_encode(desc->im, operation, content_type, &encode, &b, d) < 0)
		return -1;
	if (jx_parse(a, b.p, b.len, &opt, &document, err) < 0)
		return (void)err_wrap(err, "the template of %s", operation), -2;
	tree = (struct jx *)(uintptr_t)jx_find(document, "template");
	INVARIANT(tree != NULL);
	/* The template is the envelope's last member: its text goes up to the closing brace. */
	INVARIANT(tree == document->u.object.at[document->u.object.n - 1].value);
	out->document = document;
	out->tree = tree;
	out->template = b.p + tree->offset;
	out->template_bytes = strrchr(b.p, '}') - out->template < 0 ? 0 : (size_t)(strrchr(b.p, '}') - out->template);
	while (out->template_bytes > 0 && strchr(" \n\r\t", out->template[out->template_bytes - 1]))
		out->template_bytes--;
	return 0;
}

/* --- import ----------------------------------------------------------------------------------------------- */

/* text cut to at most n characters' worth of bytes, at a character. */
static const char *
cut(struct arena *a, const char *text, size_t n)
{
	size_t have = strlen(text);

	return have <= n ? text : arena_dup(a, text, utf8_check(text, n));
}

/* "op-17-list-pets": the number makes it the only one, the rest says what it is. */
static const char *
make_key(struct arena *a, size_t no, const struct operation_name *name)
{
	const char *from = name->id && *name->id ? name->id : arena_printf(a, "%s %s", name->method, name->path);
	struct buf b;
	size_t start;
	char last = '-';

	buf_init(&b, a);
	buf_printf(&b, "op-%zu-", no);
	start = b.len;
	for (const char *p = from; *p && b.len - start < SLUG_BYTES_MAX; p++) {
		bool is_upper = *p >= 'A' && *p <= 'Z', is_small = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
		char c = is_upper ? (char)(*p - 'A' + 'a') : is_small ? *p : '-';
		bool is_seam = is_upper && p > from && p[-1] >= 'a' && p[-1] <= 'z';
		if (is_seam && last != '-')
			buf_char(&b, '-');
		if (c != '-' || last != '-')
			buf_char(&b, c);
		last = c;
	}
	while (b.len > 0 && b.p[b.len - 1] == '-')
		b.p[--b.len] = '\0';
	return buf_take(&b);
}

/* The base address: servers[0] with its variables' defaults, or Swagger's scheme, host and base path. */
static const char *
server_of(struct arena *a, const struct jx *root)
{
	const struct jx *server = jx_at(jx_find(root, "servers"), 0), *vars = jx_find(server, "variables");
	const char *url = jx_str(jx_find(server, "url"), ""), *host = jx_str(jx_find(root, "host"), NULL);
	struct buf b;

	buf_init(&b, a);
	if (jx_find(root, "swagger")) {
		if (host)
			buf_printf(&b, "%s://%s", jx_str(jx_at(jx_find(root, "schemes"), 0), "https"), host);
		buf_str(&b, jx_str(jx_find(root, "basePath"), ""));
	}
	while (*url) {
		const char *end = *url == '{' ? strchr(url, '}') : NULL;
		const char *name = end ? arena_dup(a, url + 1, (size_t)(end - url - 1)) : NULL;
		const char *dflt = name ? jx_str(jx_find(jx_find(vars, name), "default"), NULL) : NULL;
		if (dflt) {
			buf_str(&b, dflt);
			url = end + 1;
		} else {
			buf_char(&b, *url++);
		}
	}
	while (b.len > 0 && b.p[b.len - 1] == '/')
		b.p[--b.len] = '\0';
	return cut(a, buf_take(&b), 2000);
}

static void
refusal_json(struct jw *w, struct arena *a, const struct imp_diags *d)
{
	const struct imp_diag *first = first_error(d);

	jw_null(w, "template_sha256");
	jw_null(w, "template_bytes");
	jw_null(w, "leaves");
	jw_null(w, "required");
	jw_int(w, "warnings", 0);
	jw_str(w, "refused_code", first ? imp_code_name(first->code) : "IMP_E_OP");
	jw_str(w, "refused_says", cut(a, !first ? "it cannot be made into a template" :
	    first->schema_pointer && *first->schema_pointer ?
	    arena_printf(a, "%s (%s)", first->message, first->schema_pointer) : first->message, 1000));
}

/* scratch: for this operation alone */
static int
operation_json(struct arena *scratch, struct description *desc, const struct operation_name *name, size_t no,
    struct jw *w, struct err *err)
{
	char sha256[SHA256_HEX];
	struct imp_diags d;
	struct envelope e;
	int rc;

	imp_diags_init(&d, scratch);
	jw_object(w, NULL);
	jw_uint(w, "no", no);
	jw_str(w, "key", make_key(scratch, no, name));
	jw_str(w, "method", name->method);
	jw_str(w, "path", name->path);
	jw_str(w, "operation_id", name->id ? cut(scratch, name->id, 1000) : NULL);
	jw_str(w, "summary", name->summary ? cut(scratch, name->summary, 1000) : "");
	jw_str(w, "tag", name->tag ? cut(scratch, name->tag, 200) : "");
	jw_bool(w, "deprecated", name->is_deprecated);
	rc = envelope_make(scratch, desc, arena_printf(scratch, "%s %s", name->method, name->path), NULL, &e, &d, err);
	if (rc == -2)
		return -1;
	if (rc < 0) {
		refusal_json(w, scratch, &d);
	} else {
		const struct jx *counts = jx_pointer(e.document, "/imprint/counts");
		sha256_hex(e.template, e.template_bytes, sha256);
		jw_str(w, "template_sha256", sha256);
		jw_uint(w, "template_bytes", e.template_bytes);
		jw_int(w, "leaves", jx_int(jx_find(counts, "leaves"), 0));
		jw_uint(w, "required", template_needs(scratch, e.tree));
		jw_uint(w, "warnings", jx_size(jx_pointer(e.document, "/imprint/warnings")));
		jw_null(w, "refused_code");
		jw_null(w, "refused_says");
	}
	jw_end(w);
	return 0;
}

static int
operations_json(struct arena *a, struct description *desc, struct jw *w, struct imp_diags *d, struct err *err)
{
	struct arena *scratch = arena_new(0);
	struct operation_name *names;
	const struct imp_diag *first;
	size_t n;
	int rc = 0;

	if (spec_list(imprint_shapes(desc->im), imprint_root(desc->im), a, &names, &n, d) < 0) {
		first = first_error(d);
		return err_set(err, E_SCHEMA, "the description's operations cannot be listed: %s",
		    first ? first->message : "no reason was given");
	}
	if (n > CATALOGUE_OPERATIONS_MAX)
		return err_set(err, E_LIMIT, "the description has %zu operations; at most %d are taken", n,
		    CATALOGUE_OPERATIONS_MAX);
	jw_array(w, "operations");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (strlen(names[i].path) > PATH_BYTES_MAX)
			rc = err_set(err, E_LIMIT, "the path of operation %zu has more than %d bytes", i + 1, PATH_BYTES_MAX);
		else
			rc = operation_json(scratch, desc, &names[i], i + 1, w, err);
		arena_clear(scratch);
	}
	jw_end(w);
	arena_free(scratch);
	return rc;
}

int
catalogue_import(struct arena *a, void *arg, int fd, struct buf *out, struct err *err)
{
	const struct catalogue_work *work = arg;
	struct description desc;
	const struct jx *info;
	struct jw w;

	if (description_open(a, work, fd, &desc, err) < 0)
		return -1;
	info = jx_find(desc.root, "info");
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_str(&w, "dialect", dialect_name(dialect_detect(desc.root)));
	jw_str(&w, "title", cut(a, jx_str(jx_find(info, "title"), work->path), 400));
	jw_str(&w, "version", cut(a, jx_str(jx_find(info, "version"), ""), 200));
	jw_str(&w, "server", server_of(a, desc.root));
	if (operations_json(a, &desc, &w, &desc.warnings, err) < 0)
		return err_wrap(err, "'%s'", work->path);
	if (desc.warnings.n > PROBLEMS_MAX)
		desc.warnings.n = PROBLEMS_MAX;
	imp_diags_json(&w, "problems", &desc.warnings);
	jw_end(&w);
	return 0;
}
