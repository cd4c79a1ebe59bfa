/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl batch: one command a line from standard input, one answer a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "cli/cli.h"
#include "cli/imprint_cmd.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"

#define LINE_BYTES_MAX ((size_t)128 << 20)
#define REMOTES_BYTES_MAX ((size_t)16 << 20)

static const struct {
	const char *name;
	enum imp_cmd cmd;
} commands[] = {
	{"imprint.check", CMD_CHECK}, {"imprint.encode", CMD_ENCODE}, {"imprint.decode", CMD_DECODE}, {"imprint.map", CMD_MAP},
	{"imprint.ops", CMD_OPS}, {"imprint.encode_all", CMD_ENCODE_ALL}, {"imprint.token", CMD_TOKEN},
	{"imprint.parse", CMD_PARSE}, {"schema.validate", CMD_VALIDATE}, {"json.patch", CMD_PATCH}, {"json.canon", CMD_CANON},
};

static const char *
text_of(const struct jx *req, const char *key, size_t *n)
{
	const struct jx *v = jx_find(req, key);
	if (!jx_is(v, JX_STRING))
		return NULL;
	*n = v->u.text.n;
	return v->u.text.p;
}

static const char *
unbase64(struct arena *a, const struct jx *v, size_t *n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = arena_alloc(a, v->u.text.n + 1);
	unsigned bits = 0, have = 0;
	size_t k = 0;

	for (size_t i = 0; i < v->u.text.n && v->u.text.p[i] != '='; i++) {
		const char *at = strchr(set, v->u.text.p[i]);
		if (!at || !*at)
			return NULL;
		bits = bits << 6 | (unsigned)(at - set);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[k++] = (char)(bits >> have & 0xFF);
		}
	}
	*n = k;
	return out;
}

/* The second document of a command: parsed in the request, as text, or as base64 of bytes. */
static int
fill_document(struct arena *a, const struct jx *req, enum imp_cmd cmd, struct imp_args *g)
{
	const struct jx *b64 = jx_find(req, "b64");

	switch ((int)cmd) {
	case CMD_DECODE:
		g->value = jx_find(req, "filled");
		g->text = text_of(req, "filled_text", &g->text_bytes);
		break;
	case CMD_VALIDATE:
		g->value = jx_find(req, "instance");
		g->text = text_of(req, "instance_text", &g->text_bytes);
		break;
	case CMD_TOKEN: g->text = text_of(req, "token", &g->text_bytes); break;
	case CMD_PATCH: g->value = jx_find(req, "doc"); break;
	default: g->text = text_of(req, "text", &g->text_bytes); break;
	}
	if (jx_is(b64, JX_STRING) && !(g->text = unbase64(a, b64, &g->text_bytes)))
		return -1;
	return 0;
}

static int
run(struct arena *a, const struct jx *req, struct imp_cache *cache, struct imp_args *g, struct buf *repairs, struct buf *out, struct err *err)
{
	const char *name = jx_str(jx_find(req, "cmd"), "");
	const char *remotes = jx_str(jx_find(req, "remotes"), NULL);
	struct jx *loaded;
	size_t i;

	if (strcmp(name, "ping") == 0) {
		buf_str(out, "\"pong\"");
		return RC_OK;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]) && strcmp(commands[i].name, name) != 0; i++)
		;
	if (i == sizeof(commands) / sizeof(commands[0])) {
		err_set(err, E_USAGE, "unknown command '%s'; known: ping imprint.check imprint.encode imprint.decode imprint.map imprint.ops "
		    "imprint.encode_all imprint.token imprint.parse schema.validate json.patch json.canon", name);
		return RC_USAGE;
	}
	*g = (struct imp_args){
	    .schema_path = jx_str(jx_find(req, "schema_path"), NULL), .schema = jx_find(req, "schema"),
	    .op = jx_str(jx_find(req, "op"), NULL), .direction = jx_str(jx_find(req, "direction"), NULL),
	    .base = jx_str(jx_find(req, "base"), NULL), .content_type = jx_str(jx_find(req, "content_type"), NULL),
	    .dialect = jx_str(jx_find(req, "dialect"), NULL), .zoom = jx_str(jx_find(req, "zoom"), NULL),
	    .max_bytes = (size_t)jx_int(jx_find(req, "max_bytes"), 0), .patch = jx_find(req, "patch"),
	    .is_open = jx_bool(jx_find(req, "open"), false), .is_strict = jx_bool(jx_find(req, "strict"), false),
	    .is_lenient = jx_bool(jx_find(req, "lenient"), false), .is_quiet = jx_bool(jx_find(req, "quiet"), false),
	    .is_reload = jx_bool(jx_find(req, "reload"), false), .formats = jx_bool(jx_find(req, "formats"), false),
	    .is_planner = jx_bool(jx_find(req, "planner"), false),
	    .repairs = repairs};
	g->schema_text = text_of(req, "schema_text", &g->schema_text_bytes);
	if (remotes) {
		struct jx_options opt = {.bytes_max = REMOTES_BYTES_MAX, .depth_max = 1000};
		if (jx_load(a, remotes, &opt, &loaded, err) < 0)
			return RC_USAGE;
		g->remotes = loaded;
	}
	if (fill_document(a, req, commands[i].cmd, g) < 0) {
		err_set(err, E_USAGE, "b64 is not base64");
		return RC_USAGE;
	}
	return imp_command(commands[i].cmd, g, cache, a, out);
}

static void
answer(struct arena *a, const char *line, size_t n, struct imp_cache *cache, FILE *to)
{
	static const struct jx_options opt = {.allow_nul = true, .allow_surrogates = true, .bytes_max = LINE_BYTES_MAX, .depth_max = 2048};
	struct imp_args g = {0};
	const struct jx *id = NULL;
	struct buf out, head, repairs;
	struct err err = {0};
	struct jx *req;
	struct jw w;
	int rc = RC_USAGE;

	buf_init(&out, a);
	buf_init(&repairs, a);
	if (jx_parse(a, line, n, &opt, &req, &err) == 0) {
		id = jx_find(req, "id");
		rc = run(a, req, cache, &g, &repairs, &out, &err);
	}
	if (err.msg[0]) {
		buf_clear(&out);
		jw_init(&w, &out);
		jw_object(&w, NULL);
		jw_bool(&w, "ok", false);
		jw_array(&w, "diagnostics");
		jw_object(&w, NULL);
		jw_str(&w, "code", err_name(err.code));
		jw_str(&w, "message", err.msg);
		jw_end(&w);
		jw_end(&w);
		jw_end(&w);
	}
	buf_init(&head, a);
	jw_init(&w, &head);
	jw_object(&w, NULL);
	if (id)
		jw_value(&w, "id", id);
	jw_int(&w, "rc", rc);
	if (g.out_is_text && rc == RC_OK)
		jw_strn(&w, "out_text", out.p, out.len);
	else
		jw_raw(&w, "out", out.len ? out.p : "null");
	if (repairs.len)
		jw_raw(&w, "repairs", repairs.p);
	jw_end(&w);
	buf_char(&head, '\n');
	fwrite(head.p, 1, head.len, to);
}

int
verb_batch(struct cli *c, int argc, char **argv)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	struct arena *a = arena_new((size_t)2 << 30);
	struct arena *keep = arena_new(0);
	struct imp_cache *cache = imp_cache_new(keep);

	(void)c;
	if (cli_arguments(argc, argv, 0, 0, "batch") != CLI_OK)
		return CLI_USAGE;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		answer(a, line, (size_t)n, cache, stdout);
		if (fflush(stdout) != 0)
			break;
		arena_clear(a);
	}
	free(line);
	imp_cache_free(cache);
	arena_free(keep);
	arena_free(a);
	return CLI_OK;
}
