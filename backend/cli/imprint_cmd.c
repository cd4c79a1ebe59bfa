/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/imprint_cmd.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/imprint.h"
#include "imprint/repair.h"
#include "imprint/spec.h"
#include "imprint/token.h"
#include "schema/validate.h"
#include "schema/yaml.h"

#define ERRORS_MAX 100
#define SCHEMA_DEPTH_MAX 1000u

struct imp_cache {
	struct arena *a;
	struct imprint *im;
	char *key;
	struct timespec mtime;
	off_t bytes;
};

struct imp_cache *
imp_cache_new(struct arena *a)
{
	return ARENA_NEW(a, struct imp_cache);
}

static void
cache_drop(struct imp_cache *c)
{
	arena_free(c->a);
	c->a = NULL;
	c->im = NULL;
	c->key = NULL;
}

void
imp_cache_free(struct imp_cache *c)
{
	cache_drop(c);
}

static void
write_diags(struct buf *out, const struct imp_diags *d)
{
	struct jw w;
	struct buf fixes;

	buf_init(&fixes, d->a);
	buf_clear(out);
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", false);
	imp_diags_json(&w, "diagnostics", d);
	if (imp_diags_fixes(&fixes, d))
		jw_raw(&w, "fixes", fixes.p);
	jw_end(&w);
}

static int
write_error(struct arena *a, struct buf *out, enum imp_code code, const char *message, int rc)
{
	struct imp_diags d;

	imp_diags_init(&d, a);
	imp_add(&d, code, "", "%s", message);
	write_diags(out, &d);
	return rc;
}

/* Diagnostics about the schema give 3; about the filled document 1. */
static int
rc_of(const struct imp_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (strncmp(imp_code_name(d->at[i].code), "IMP_E_", 6) == 0)
			return RC_SCHEMA;
	return RC_REJECTED;
}

static enum direction
direction_of(const char *name)
{
	if (name && strcmp(name, "request") == 0)
		return DIRECTION_REQUEST;
	if (name && strcmp(name, "response") == 0)
		return DIRECTION_RESPONSE;
	return DIRECTION_NONE;
}

static int
open_schema(struct imp_args *g, struct imp_cache *cache, struct arena *a, struct imprint **im, struct imp_diags *d)
{
	struct imprint_source src = {.path = g->schema_path, .base_dir = g->base, .direction = direction_of(g->direction), .remotes = g->remotes};
	struct stat st;

	if (!src.path && g->schema_text) {
		src.text = g->schema_text;
		src.text_bytes = g->schema_text_bytes;
	} else if (!src.path) {
		src.root = g->schema;
	}
	if (g->dialect)
		src.dialect = dialect_from_name(g->dialect);
	if (!cache || !src.path || g->remotes || stat(src.path, &st) != 0)
		return imprint_open(a, &src, im, d);
	const char *key = arena_printf(a, "%s\n%s\n%s\n%s", src.path, g->base ? g->base : "", g->direction ? g->direction : "", g->dialect ? g->dialect : "");
	if (!g->is_reload && cache->im && imprint_documents(cache->im) == 1 && strcmp(cache->key, key) == 0 && cache->bytes == st.st_size &&
	    cache->mtime.tv_sec == st.st_mtim.tv_sec && cache->mtime.tv_nsec == st.st_mtim.tv_nsec) {
		*im = cache->im;
		return 0;
	}
	cache_drop(cache);
	cache->a = arena_new((size_t)2 << 30);
	cache->key = arena_str(cache->a, key);
	src.path = arena_str(cache->a, src.path);
	src.base_dir = g->base ? arena_str(cache->a, g->base) : NULL;
	cache->bytes = st.st_size;
	cache->mtime = st.st_mtim;
	if (imprint_open(cache->a, &src, im, d) < 0) {
		for (size_t i = 0; i < d->n; i++) /* texts may live in the arena that goes */
			d->at[i].message = arena_str(a, d->at[i].message);
		cache_drop(cache);
		return -1;
	}
	cache->im = *im;
	return 0;
}

/* 0, also when something is refused: rc_of_check says. */
static int
check(struct imprint *im, struct buf *out, struct imp_diags *d)
{
	struct buf template;
	struct jw w;

	if (imprint_is_api(im))
		return imprint_encode_all(im, false, out, d);
	buf_init(&template, d->a);
	struct encode_options quiet = {.quiet = true};
	if (imprint_encode(im, NULL, NULL, &quiet, &template, d) < 0)
		return -1;
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", true);
	jw_uint(&w, "bytes", template.len);
	jw_end(&w);
	return 0;
}

static bool
has_refused(struct arena *a, const struct buf *out)
{
	struct jx_options opt = {.bytes_max = out->len + 1};
	struct jx *v;
	struct err err;

	return jx_parse(a, out->p, out->len, &opt, &v, &err) == 0 && jx_int(jx_find(v, "refused"), 0) > 0;
}

static int
decode(struct imprint *im, struct imp_args *g, struct buf *out, struct imp_diags *d)
{
	const struct jx *filled = g->value;

	if (!filled && imprint_read(im, g->op, g->content_type, g->zoom, g->text, g->text_bytes, g->is_lenient, &filled, g->repairs, d) < 0)
		return -1;
	if (g->n_parts && imprint_compose(filled, g->parts, g->n_parts, &filled, d) < 0)
		return -1;
	if (g->zoom)
		return imprint_decode_part(im, g->op, g->content_type, g->zoom, filled, g->is_open, out, d);
	return imprint_decode(im, g->op, g->content_type, filled, g->is_open, out, d);
}

static int
with_schema(enum imp_cmd cmd, struct imp_args *g, struct imp_cache *cache, struct arena *a, struct buf *out)
{
	struct encode_options opt = {.bytes_max = g->max_bytes, .zoom = g->zoom};
	struct imprint *im;
	struct imp_diags d;
	int rc = -1;

	imp_diags_init(&d, a);
	if (!g->schema_path && !g->schema_text && !g->schema)
		return write_error(a, out, IMP_E_SCHEMA, "no schema was given", RC_USAGE);
	if (g->dialect && dialect_from_name(g->dialect) == DIALECT__COUNT)
		return write_error(a, out, IMP_E_SCHEMA, "unknown dialect; known: 2020-12 2019-09 draft7 draft6 draft4 oas31 oas30 swagger2", RC_USAGE);
	if (g->direction && direction_of(g->direction) == DIRECTION_NONE)
		return write_error(a, out, IMP_E_SCHEMA, "--direction is request or response", RC_USAGE);
	if (open_schema(g, cache, a, &im, &d) < 0)
		goto out;
	if (imprint_is_api(im) && direction_of(g->direction) == DIRECTION_RESPONSE && cmd != CMD_OPS) {
		imp_add(&d, IMP_E_OP, "", "an operation's template is its request; for a response name the schema, as in FILE#/components/schemas/NAME");
		goto out;
	}
	switch ((int)cmd) {
	case CMD_ENCODE: rc = imprint_encode(im, g->op, g->content_type, &opt, out, &d); break;
	case CMD_MAP: rc = imprint_map(im, g->op, g->content_type, &opt, out, &d); break;
	case CMD_OPS: rc = imprint_ops(im, out, &d); break;
	case CMD_ENCODE_ALL:
		rc = imprint_encode_all(im, g->is_quiet, out, &d);
		break;
	case CMD_CHECK: rc = check(im, out, &d); break;
	case CMD_DECODE:
		if (!g->value && !g->text)
			return write_error(a, out, IMP_PARSE, "no filled document was given", RC_USAGE);
		rc = decode(im, g, out, &d);
		break;
	default: NEVER("not a command about a schema");
	}
out:
	if (rc == 0)
		return cmd == CMD_CHECK && has_refused(a, out) ? RC_REJECTED : RC_OK;
	write_diags(out, &d);
	return rc_of(&d);
}

static int
validate(struct imp_args *g, struct arena *a, struct buf *out)
{
	static const struct jx_options text_opt = {.depth_max = SCHEMA_DEPTH_MAX, .allow_nul = true, .allow_surrogates = true};
	struct registry_options ropt = {.remotes = g->remotes, .base_dir = g->base, .depth_max = SCHEMA_DEPTH_MAX};
	struct validate_options opt = {.formats = g->formats, .direction = direction_of(g->direction)};
	enum dialect dialect = g->dialect ? dialect_from_name(g->dialect) : DIALECT_AUTO;
	const struct jx *instance = g->value;
	const struct validate_error *errors = NULL;
	struct registry *reg;
	struct validator *v;
	struct sloc root;
	struct err err;
	struct jx *parsed;
	struct jw w;
	size_t n = 0;
	int rc;

	if (dialect == DIALECT__COUNT)
		return write_error(a, out, IMP_E_SCHEMA, "unknown dialect; known: 2020-12 2019-09 draft7 draft6 draft4 oas31 oas30 swagger2", RC_USAGE);
	if ((!g->schema_path && !g->schema_text && !g->schema) || (!instance && !g->text))
		return write_error(a, out, IMP_E_SCHEMA, "a schema and an instance are needed", RC_USAGE);
	reg = registry_new(a, &ropt);
	const char *path = g->schema_path, *part = path ? strchr(path, '#') : NULL;
	if (part && access(path, F_OK) != 0)
		path = arena_dup(a, path, (size_t)(part - path)); /* FILE#/pointer */
	else
		part = NULL;
	if (path)
		rc = registry_load(reg, path, dialect, &root, &err);
	else if (g->schema_text)
		rc = (text_parse(a, g->schema_text, g->schema_text_bytes, &text_opt, &parsed, &err) < 0)
		    ? -1 : registry_add(reg, parsed, NULL, dialect, &root, &err);
	else
		rc = registry_add(reg, g->schema, NULL, dialect, &root, &err);
	if (rc == 0 && part)
		rc = registry_resolve(reg, root, part, strlen(part), &root, &err);
	if (rc == 0 && !part && spec_is(root))
		return write_error(a, out, IMP_E_SCHEMA, "an API description is not a schema: name one inside it (\"file.json#/components/schemas/Order\"), "
		    "or decode a request with `imprint decode --op`", RC_SCHEMA);
	if (rc < 0 || validator_compile(reg, root, &opt, &v, &err) < 0)
		return write_error(a, out, err.code == E_EGRESS ? IMP_E_REF_REMOTE : err.code == E_NOT_FOUND ? IMP_E_REF : IMP_E_SCHEMA,
		    arena_str(a, err.msg), RC_SCHEMA);
	if (!instance) {
		if (jx_parse(a, g->text, g->text_bytes, &text_opt, &parsed, &err) < 0)
			return write_error(a, out, IMP_PARSE, arena_str(a, err.msg), RC_REJECTED);
		instance = parsed;
	}
	bool is_valid = validator_run(v, a, instance, ERRORS_MAX, &errors, &n);
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", is_valid);
	if (!is_valid) {
		jw_array(&w, "diagnostics");
		for (size_t i = 0; i < n; i++) {
			jw_object(&w, NULL);
			jw_str(&w, "code", "SCHEMA");
			jw_str(&w, "keyword", errors[i].keyword);
			jw_str(&w, "pointer", errors[i].pointer);
			jw_str(&w, "schema_pointer", errors[i].schema_pointer);
			jw_str(&w, "expected", errors[i].expected);
			jw_str(&w, "got", errors[i].found);
			jw_end(&w);
		}
		jw_end(&w);
	}
	jw_end(&w);
	return is_valid ? RC_OK : RC_REJECTED;
}

static int
patch(struct imp_args *g, struct arena *a, struct buf *out)
{
	const struct jx *doc;
	struct err err;
	struct jw w;

	if (jx_is(g->patch, JX_OBJECT) && jx_is(jx_find(g->patch, "fixes"), JX_ARRAY))
		g->patch = jx_find(g->patch, "fixes"); /* what decode said, as it is */
	if (!g->value || !g->patch)
		return write_error(a, out, IMP_PARSE, "a document and a patch are needed", RC_USAGE);
	if (jpatch_apply(a, g->value, g->patch, &doc, &err) < 0)
		return write_error(a, out, IMP_RULE, arena_str(a, err.msg), RC_REJECTED);
	jw_init(&w, out);
	jw_value(&w, NULL, doc);
	return RC_OK;
}

static int
canon(struct imp_args *g, struct arena *a, struct buf *out)
{
	struct err err;
	char *text;
	size_t n;

	if (!g->text)
		return write_error(a, out, IMP_PARSE, "no text was given", RC_USAGE);
	if (jw_canonical_text(a, g->text, g->text_bytes, &text, &n, &err) < 0)
		return write_error(a, out, IMP_PARSE, arena_str(a, err.msg), RC_REJECTED);
	buf_add(out, text, n);
	g->out_is_text = true;
	return RC_OK;
}

static int
token(struct imp_args *g, struct arena *a, struct buf *out)
{
	struct token t;
	struct err err;

	if (!g->text)
		return write_error(a, out, IMP_TOKEN, "no token was given", RC_USAGE);
	if (token_parse(a, g->text, g->text_bytes, g->is_planner, &t, &err) < 0)
		return write_error(a, out, IMP_TOKEN, arena_str(a, err.msg), RC_REJECTED);
	token_json(out, &t);
	return RC_OK;
}

int
imp_command(enum imp_cmd cmd, struct imp_args *g, struct imp_cache *cache, struct arena *a, struct buf *out)
{
	g->out_is_text = false;
	switch ((int)cmd) {
	case CMD_TOKEN: return token(g, a, out);
	case CMD_CANON: return canon(g, a, out);
	case CMD_PATCH: return patch(g, a, out);
	case CMD_VALIDATE: return validate(g, a, out);
	case CMD_PARSE: {
		struct repair_options opt = {.is_strict = g->is_strict, .allow_duplicates = g->is_strict, .schema = g->schema};
		if (!g->text)
			return write_error(a, out, IMP_PARSE, "no text was given", RC_USAGE);
		return repair_json(a, g->text, g->text_bytes, &opt, out) ? RC_OK : RC_REJECTED;
	}
	default: return with_schema(cmd, g, cache, a, out);
	}
}
