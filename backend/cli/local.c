/* SPDX-License-Identifier: Apache-2.0 */
/* Offline verbs that need neither a server nor a database: canon, hash, json, batch. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"

#define INPUT_BYTES_MAX ((size_t)64 << 20)
#define LINE_BYTES_MAX ((size_t)128 << 20)
/* Return codes of the batch protocol, beside 0 and 1. */
enum { BATCH_USAGE = 64 };

/* FILE or "-" (or nothing): standard input. */
static int
load(struct cli *c, const char *path, char **text, size_t *n, struct err *err)
{
	if (!path || strcmp(path, "-") == 0)
		return fd_read_all(c->a, STDIN_FILENO, INPUT_BYTES_MAX, text, n, err);
	return file_load(c->a, path, INPUT_BYTES_MAX, text, n, err);
}

int
verb_canon(struct cli *c, int argc, char **argv)
{
	char *text, *out;
	size_t n, out_bytes;
	struct err err;

	if (cli_arguments(argc, argv, 0, 1, "canon") != CLI_OK)
		return CLI_USAGE;
	if (load(c, argv[1], &text, &n, &err) < 0 || jw_canonical_text(c->a, text, n, &out, &out_bytes, &err) < 0)
		return cli_fail(c, &err);
	return fwrite(out, 1, out_bytes, stdout) == out_bytes ? CLI_OK : CLI_FAILED;
}

static int
hash_one(struct cli *c, const char *path, bool is_json_file, struct err *err)
{
	char hex[SHA256_HEX], *text;
	size_t n;

	if (load(c, path, &text, &n, err) < 0)
		return -1;
	if (is_json_file && jw_canonical_text(c->a, text, n, &text, &n, err) < 0)
		return err_wrap(err, "'%s'", path ? path : "-");
	sha256_hex(text, n, hex);
	if (!c->is_json) {
		printf("%s  %s\n", hex, path ? path : "-");
		return 0;
	}
	struct buf b;
	struct jw w;
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "path", path ? path : "-");
	jw_str(&w, "sha256", hex);
	jw_uint(&w, "bytes", n);
	jw_end(&w);
	printf("%s\n", b.p);
	return 0;
}

int
verb_hash(struct cli *c, int argc, char **argv)
{
	bool is_canonical = cli_flag(&argc, argv, "canon");
	struct err err;

	if (cli_arguments(argc, argv, 0, 10000, "hash") != CLI_OK)
		return CLI_USAGE;
	for (int i = 1; i < argc || i == 1; i++)
		if (hash_one(c, argc > 1 ? argv[i] : NULL, is_canonical, &err) < 0)
			return cli_fail(c, &err);
	return CLI_OK;
}

int
verb_json(struct cli *c, int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "canon") != 0)
		return cli_usage("json", "the first word says what: canon");
	return verb_canon(c, argc - 1, argv + 1);
}

/* ---- batch: one command a line, one answer a line ---------------------------------------------- */

struct answer {
	int rc;
	const char *out;      /* JSON text, or NULL */
	const char *out_text; /* exact bytes, or NULL */
	size_t out_text_bytes;
};

static void
answer_error(struct arena *a, struct answer *ans, int rc, const struct err *err)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", false);
	jw_array(&w, "diagnostics");
	jw_object(&w, NULL);
	jw_str(&w, "code", err_name(err->code));
	jw_str(&w, "message", err->msg);
	jw_end(&w);
	jw_end(&w);
	jw_end(&w);
	ans->rc = rc;
	ans->out = b.p;
}

static void
batch_canon(struct arena *a, const struct jx *req, struct answer *ans)
{
	const struct jx *text = jx_find(req, "text");
	struct err err;
	char *out;

	if (!jx_is(text, JX_STRING)) {
		err_set(&err, E_USAGE, "json.canon takes {\"text\": \"…\"}");
		answer_error(a, ans, BATCH_USAGE, &err);
		return;
	}
	if (jw_canonical_text(a, text->u.text.p, text->u.text.n, &out, &ans->out_text_bytes, &err) < 0)
		answer_error(a, ans, CLI_FAILED, &err);
	else
		ans->out_text = out;
}

static void
batch_answer(struct arena *a, const char *line, size_t n, struct buf *out)
{
	static const struct jx_options opt = {.allow_nul = true, .bytes_max = LINE_BYTES_MAX, .depth_max = 1024};
	struct answer ans = {.rc = CLI_OK};
	const struct jx *id;
	const char *cmd;
	struct jx *req;
	struct err err;
	struct jw w;

	if (jx_parse(a, line, n, &opt, &req, &err) < 0) {
		answer_error(a, &ans, BATCH_USAGE, &err);
		id = NULL;
	} else {
		id = jx_find(req, "id");
		cmd = jx_str(jx_find(req, "cmd"), "");
		if (strcmp(cmd, "ping") == 0) {
			ans.out = "\"pong\"";
		} else if (strcmp(cmd, "json.canon") == 0) {
			batch_canon(a, req, &ans);
		} else {
			err_set(&err, E_USAGE, "unknown command '%s'; known: ping, json.canon", cmd);
			answer_error(a, &ans, BATCH_USAGE, &err);
		}
	}
	buf_init(out, a);
	jw_init(&w, out);
	jw_object(&w, NULL);
	if (id)
		jw_value(&w, "id", id);
	jw_int(&w, "rc", ans.rc);
	if (ans.out)
		jw_raw(&w, "out", ans.out);
	if (ans.out_text)
		jw_strn(&w, "out_text", ans.out_text, ans.out_text_bytes);
	jw_end(&w);
	buf_char(out, '\n');
}

int
verb_batch(struct cli *c, int argc, char **argv)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	struct arena *a = arena_new((size_t)2 << 30);
	struct buf out;

	(void)c;
	if (cli_arguments(argc, argv, 0, 0, "batch") != CLI_OK)
		return CLI_USAGE;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		batch_answer(a, line, (size_t)n, &out);
		if (fwrite(out.p, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
			break;
		arena_clear(a);
	}
	free(line);
	arena_free(a);
	return CLI_OK;
}
