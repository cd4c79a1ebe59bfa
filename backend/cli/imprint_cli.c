/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl imprint, schema, json: schemas and templates, offline. Answers are JSON on standard output; what went
 * wrong is also said in words on standard error when a person is looking. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/imprint_cmd.h"
#include "cli/imprint_two.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "imprint/imprint.h"

#define INPUT_BYTES_MAX ((size_t)64 << 20)

static int
usage(const char *verb, const char *why)
{
	cli_usage(verb, why);
	return RC_USAGE;
}

static int
load_text(struct cli *c, const char *path, const char **text, size_t *n)
{
	struct err err;
	char *p;
	int rc = path && strcmp(path, "-") != 0 ? file_load(c->a, path, INPUT_BYTES_MAX, &p, n, &err)
	                                         : fd_read_all(c->a, STDIN_FILENO, INPUT_BYTES_MAX, &p, n, &err);
	if (rc < 0) {
		cli_fail(c, &err);
		return -1;
	}
	*text = p;
	return 0;
}

static int
load_json(struct cli *c, const char *path, const struct jx **out)
{
	struct jx_options opt = {.bytes_max = INPUT_BYTES_MAX, .depth_max = 1000, .allow_nul = true};
	const char *text;
	struct err err;
	struct jx *v;
	size_t n;

	if (load_text(c, path, &text, &n) < 0)
		return -1;
	if (jx_parse(c->a, text, n, &opt, &v, &err) < 0) {
		err_wrap(&err, "'%s'", path ? path : "-");
		cli_fail(c, &err);
		return -1;
	}
	*out = v;
	return 0;
}

/* Diagnostics in words, for a person at a terminal. */
static void
say(struct cli *c, const struct buf *out)
{
	struct err err;
	struct jx *v;

	if (c->is_json || !isatty(STDERR_FILENO) || jx_parse(c->a, out->p, out->len, NULL, &v, &err) < 0)
		return;
	const struct jx *list = jx_find(v, "diagnostics");
	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *d = jx_at(list, i), *near = jx_find(d, "nearest");
		struct buf b;
		buf_init(&b, c->a);
		buf_printf(&b, "%s at '%s': %s", jx_str(jx_find(d, "code"), jx_str(jx_find(d, "keyword"), "")), jx_str(jx_find(d, "pointer"), ""),
		    jx_str(jx_find(d, "message"), ""));
		if (jx_find(d, "expected"))
			buf_printf(&b, " (expected %s, found %s)", jx_str(jx_find(d, "expected"), "?"), jx_str(jx_find(d, "got"), "?"));
		if (near) {
			struct jw w;
			buf_str(&b, "; nearest: ");
			jw_init(&w, &b);
			jw_value(&w, NULL, near);
		}
		fprintf(stderr, "%s\n", b.p);
	}
}

/* What was mended, a line each, with its place in the text. */
static void
say_repairs(struct cli *c, const struct buf *repairs, const struct imp_args *g)
{
	struct err err;
	struct jx *list;

	if (jx_parse(c->a, repairs->p, repairs->len, NULL, &list, &err) < 0)
		return;
	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *r = jx_at(list, i);
		size_t at = (size_t)jx_int(jx_find(r, "offset"), 0), line = 1, column = 1;
		for (size_t k = 0; k < at && k < g->text_bytes; k++) {
			column = g->text[k] == '\n' ? 1 : column + (((unsigned char)g->text[k] & 0xC0) != 0x80);
			line += g->text[k] == '\n';
		}
		fprintf(stderr, "mended %zu:%zu %s: %s", line, column, jx_str(jx_find(r, "code"), ""), jx_str(jx_find(r, "note"), ""));
		if (jx_find(r, "pointer"))
			fprintf(stderr, " (%s)", jx_str(jx_find(r, "pointer"), ""));
		fputc('\n', stderr);
	}
}

static int
print(struct cli *c, enum imp_cmd cmd, struct imp_args *g)
{
	struct buf out, repairs;

	buf_init(&out, c->a);
	buf_init(&repairs, c->a);
	if (g->is_lenient)
		g->repairs = &repairs;
	int rc = imp_command(cmd, g, NULL, c->a, &out);
	if (repairs.len > 2)
		say_repairs(c, &repairs, g);
	if (rc != RC_OK)
		say(c, &out);
	fwrite(out.p, 1, out.len, stdout);
	if (!g->out_is_text || rc != RC_OK)
		putchar('\n');
	return fflush(stdout) == 0 ? rc : CLI_FAILED;
}

/* Options that every command about a schema takes. */
static int
common(struct imp_args *g, int *argc, char **argv)
{
	const char *max = cli_option(argc, argv, "max-bytes");

	g->op = cli_option(argc, argv, "op");
	g->direction = cli_option(argc, argv, "direction");
	g->base = cli_option(argc, argv, "base");
	g->content_type = cli_option(argc, argv, "content-type");
	g->dialect = cli_option(argc, argv, "dialect");
	g->zoom = cli_option(argc, argv, "zoom");
	g->is_open = cli_flag(argc, argv, "open");
	g->is_quiet = cli_flag(argc, argv, "quiet");
	g->is_lenient = cli_flag(argc, argv, "lenient");
	struct err err;
	uint64_t n = 0;
	if (max && (num_u64(max, strlen(max), 1u << 30, &n, &err) < 0 || n < 64)) {
		fprintf(stderr, "forgectl imprint: --max-bytes is a number from 64 to 1073741824, not '%.60s'\n", max);
		return -1;
	}
	g->max_bytes = (size_t)n;
	struct stat st;
	if (g->base && (stat(g->base, &st) < 0 || !S_ISDIR(st.st_mode))) {
		fprintf(stderr, "forgectl imprint: --base '%.200s' is not a folder\n", g->base);
		return -1;
	}
	if (g->direction && strcmp(g->direction, "request") != 0 && strcmp(g->direction, "response") != 0) {
		fprintf(stderr, "forgectl imprint: --direction is request or response, not '%.60s'\n", g->direction);
		return -1;
	}
	return 0;
}

static int
schema_argument(struct cli *c, struct imp_args *g, const char *path)
{
	if (path && strcmp(path, "-") != 0) {
		g->schema_path = path;
		return 0;
	}
	return load_text(c, path, &g->schema_text, &g->schema_text_bytes);
}

static int
arguments(int argc, int min, int max, char **argv, const char *verb)
{
	return cli_arguments(argc, argv, min, max, verb) == CLI_OK ? RC_OK : RC_USAGE;
}

static int
about_schema(struct cli *c, int argc, char **argv, enum imp_cmd cmd)
{
	struct imp_args g = {0};

	if (common(&g, &argc, argv) < 0 || arguments(argc, 0, 1, argv, "imprint") != RC_OK)
		return RC_USAGE;
	if ((cmd == CMD_ENCODE_ALL || cmd == CMD_OPS || cmd == CMD_CHECK) && g.op)
		return usage("imprint", "--op belongs to encode, decode and sidecar: this command takes every operation");
	if (schema_argument(c, &g, argc > 1 ? argv[1] : NULL) < 0)
		return RC_USAGE;
	return print(c, cmd, &g);
}

/* --part POINTER=FILE, as often as wanted. */
static int
parts(struct cli *c, struct imp_args *g, int *argc, char **argv)
{
	struct imprint_part *list = ARENA_ARRAY(c->a, (size_t)*argc, struct imprint_part);
	const char *text;

	while ((text = cli_option(argc, argv, "part"))) {
		const char *eq = strrchr(text, '=');
		if (!eq) {
			usage("imprint", "--part takes POINTER=FILE");
			return -1;
		}
		list[g->n_parts].pointer = arena_dup(c->a, text, (size_t)(eq - text));
		if (load_json(c, eq + 1, &list[g->n_parts].filled) < 0)
			return -1;
		g->n_parts++;
	}
	g->parts = list;
	return 0;
}

static int
decode(struct cli *c, int argc, char **argv)
{
	struct imp_args g = {0};
	const char *schema = cli_option(&argc, argv, "schema");

	if (common(&g, &argc, argv) < 0)
		return RC_USAGE;
	if (parts(c, &g, &argc, argv) < 0)
		return RC_USAGE;
	if (!schema)
		return usage("imprint", "decode needs --schema FILE");
	if (arguments(argc, 0, 1, argv, "imprint") != RC_OK)
		return RC_USAGE;
	if (schema_argument(c, &g, schema) < 0)
		return RC_USAGE;
	if (!g.schema_path && (argc < 2 || strcmp(argv[1], "-") == 0))
		return usage("imprint", "the schema and the filled document cannot both be standard input");
	if (load_text(c, argc > 1 ? argv[1] : NULL, &g.text, &g.text_bytes) < 0)
		return RC_USAGE;
	return print(c, CMD_DECODE, &g);
}

/* A token as editors and shells give it: with a line end, or as the JSON string that it is. */
static void
token_text_of(struct cli *c, struct imp_args *g)
{
	struct err err;
	struct jx *v;

	if (g->text_bytes && g->text[g->text_bytes - 1] == '\n')
		g->text_bytes--;
	if (g->text_bytes && g->text[0] == '"' && jx_parse(c->a, g->text, g->text_bytes, NULL, &v, &err) == 0 && v->type == JX_STRING) {
		g->text = v->u.text.p;
		g->text_bytes = v->u.text.n;
	}
}

static int
text_command(struct cli *c, int argc, char **argv, enum imp_cmd cmd)
{
	struct imp_args g = {.is_strict = cli_flag(&argc, argv, "strict"), .is_planner = cli_flag(&argc, argv, "planner")};
	const char *schema = cli_option(&argc, argv, "schema");

	if (arguments(argc, 0, 1, argv, "imprint") != RC_OK)
		return RC_USAGE;
	if (schema && load_json(c, schema, &g.schema) < 0)
		return RC_USAGE;
	if (load_text(c, argc > 1 ? argv[1] : NULL, &g.text, &g.text_bytes) < 0)
		return RC_USAGE;
	if (cmd == CMD_TOKEN)
		token_text_of(c, &g);
	return print(c, cmd, &g);
}

static int
word_encode(struct cli *c, int argc, char **argv)
{
	return about_schema(c, argc, argv, CMD_ENCODE);
}

static int
word_check(struct cli *c, int argc, char **argv)
{
	return about_schema(c, argc, argv, CMD_CHECK);
}

static int
word_side(struct cli *c, int argc, char **argv)
{
	return about_schema(c, argc, argv, CMD_MAP);
}

static int
word_ops(struct cli *c, int argc, char **argv)
{
	return about_schema(c, argc, argv, CMD_OPS);
}

static int
word_all(struct cli *c, int argc, char **argv)
{
	return about_schema(c, argc, argv, CMD_ENCODE_ALL);
}

static int
word_token(struct cli *c, int argc, char **argv)
{
	return text_command(c, argc, argv, CMD_TOKEN);
}

static int
word_parse(struct cli *c, int argc, char **argv)
{
	return text_command(c, argc, argv, CMD_PARSE);
}

static const struct {
	const char *word;
	int (*fn)(struct cli *c, int argc, char **argv);
} imprint_words[] = {
	{"encode", word_encode}, {"check", word_check}, {"decode", decode}, {"operations", word_ops}, {"ops", word_ops}, {"encode-all", word_all},
	{"map", imprint_word_map}, {"diff", imprint_word_diff}, {"template", imprint_word_template},
	{"sidecar", word_side}, {"token", word_token}, {"parse", word_parse},
};

int
verb_imprint(struct cli *c, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return usage("imprint", "see `forgectl help imprint`");
	for (size_t i = 0; argc > 1 && i < sizeof(imprint_words) / sizeof(imprint_words[0]); i++)
		if (strcmp(argv[1], imprint_words[i].word) == 0)
			return imprint_words[i].fn(c, argc - 1, argv + 1);
	if (argc > 1)
		fprintf(stderr, "forgectl imprint: there is no '%.60s'\n", argv[1]);
	return usage("imprint", "the first word says what; see `forgectl help imprint`");
}

int
verb_schema(struct cli *c, int argc, char **argv)
{
	struct imp_args g = {0};

	if (argc < 2 || strcmp(argv[1], "validate") != 0)
		return usage("schema", "the first word says what: validate");
	argc--;
	argv++;
	const char *schema = cli_option(&argc, argv, "schema"), *remotes = cli_option(&argc, argv, "remotes");
	g.formats = cli_flag(&argc, argv, "assert-format");
	if (common(&g, &argc, argv) < 0)
		return RC_USAGE;
	if (!schema)
		return usage("schema", "validate needs --schema FILE");
	if (arguments(argc, 0, 1, argv, "schema") != RC_OK)
		return RC_USAGE;
	if (remotes && load_json(c, remotes, &g.remotes) < 0)
		return RC_USAGE;
	g.schema_path = schema;
	if (load_text(c, argc > 1 ? argv[1] : NULL, &g.text, &g.text_bytes) < 0)
		return RC_USAGE;
	return print(c, CMD_VALIDATE, &g);
}

int
verb_json(struct cli *c, int argc, char **argv)
{
	struct imp_args g = {0};

	if (argc > 1 && strcmp(argv[1], "canon") == 0)
		return verb_canon(c, argc - 1, argv + 1);
	if (argc < 2 || strcmp(argv[1], "patch") != 0)
		return usage("json", "the first word says what: canon, patch");
	if (arguments(argc - 1, 2, 2, argv + 1, "json") != RC_OK)
		return RC_USAGE;
	if (load_json(c, argv[2], &g.value) < 0 || load_json(c, argv[3], &g.patch) < 0)
		return RC_REJECTED;
	return print(c, CMD_PATCH, &g);
}
