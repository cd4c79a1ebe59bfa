/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/imprint_two.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/imprint_cmd.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/apimap.h"
#include "imprint/diff.h"
#include "imprint/imprint.h"
#include "imprint/role.h"

#define INPUT_BYTES_MAX ((size_t)64 << 20)

static int
usage(const char *why)
{
	cli_usage("imprint", why);
	return RC_USAGE;
}

static int
print(const struct buf *out, bool is_line)
{
	fwrite(out->p, 1, out->len, stdout);
	if (is_line)
		putchar('\n');
	return fflush(stdout) == 0 ? RC_OK : RC_REJECTED;
}

/* Findings in words: a line each, with its place. */
static void
say_findings(FILE *to, const struct imp_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		fprintf(to, "%s%s%s: %s\n", imp_code_name(d->at[i].code), d->at[i].pointer[0] ? " at " : "", d->at[i].pointer,
		    d->at[i].message);
	if (d->n < d->n_all)
		fprintf(to, "… and %zu more\n", d->n_all - d->n);
}

/* In one place: JSON on standard output, or with is_text words on standard error. */
static int
refuse(struct cli *c, const struct imp_diags *d, bool is_text)
{
	struct buf b;
	struct jw w;

	if (is_text) {
		say_findings(stderr, d);
	} else {
		buf_init(&b, c->a);
		jw_init(&w, &b);
		jw_object(&w, NULL);
		jw_bool(&w, "ok", false);
		imp_diags_json(&w, "diagnostics", d);
		jw_end(&w);
		(void)print(&b, true);
	}
	return d->n > 0 && strncmp(imp_code_name(d->at[0].code), "IMP_E_", 6) == 0 ? RC_SCHEMA : RC_REJECTED;
}

static bool
is_input(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* What cannot be read at all is a mistake of the call. */
static int
load_text(struct cli *c, const char *path, const char **text, size_t *n)
{
	struct err err;
	char *p;
	int rc = is_input(path) ? fd_read_all(c->a, STDIN_FILENO, INPUT_BYTES_MAX, &p, n, &err)
				: file_load(c->a, path, INPUT_BYTES_MAX, &p, n, &err);

	if (rc < 0) {
		(void)cli_fail(c, &err);
		return -1;
	}
	*text = p;
	return 0;
}

/* 0, RC_USAGE, or -1 with findings in d. */
static int
open_two(struct cli *c, char **argv, enum direction direction, struct imprint *out[2], struct imp_diags *d)
{
	for (int i = 0; i < 2; i++) {
		struct imprint_source src = {.direction = direction}; /* findings name a path themselves */

		if (!is_input(argv[1 + i])) {
			src.path = argv[1 + i];
		} else if (load_text(c, argv[1 + i], &src.text, &src.text_bytes) < 0) {
			return RC_USAGE;
		} else {
			src.name = "standard input";
			src.base_dir = "."; /* references are looked for where one stands */
		}
		if (imprint_open(c->a, &src, &out[i], d) < 0)
			return -1;
	}
	return 0;
}

static const char *
packs_dir(struct cli *c, int *argc, char **argv)
{
	const char *packs = cli_option(argc, argv, "packs");

	return packs ? packs : arena_printf(c->a, "%s/packs", c->root);
}

static int
no_packs(struct cli *c, const struct err *err)
{
	struct err said;

	(void)err_set(&said, err->code, "%s; --packs DIR names the folder of the packs, or FORGE_ROOT the one above it", err->msg);
	(void)cli_fail(c, &said);
	return RC_USAGE;
}

static void
maps_write(struct buf *out, const struct apimap_set *set, bool is_text)
{
	struct jw w;

	if (is_text) {
		for (size_t i = 0; i < set->n; i++)
			apimap_text(out, &set->at[i]);
		return;
	}
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_array(&w, "maps");
	for (size_t i = 0; i < set->n; i++)
		apimap_json(&w, NULL, &set->at[i]);
	jw_end(&w);
	jw_end(&w);
	buf_char(out, '\n');
}

struct map_args {
	const char *packs, *apply;
	bool is_text, is_payload, may_drop;
};

/* Members without a place, out of the findings: they are listed, and do not refuse the payload. */
static void
unplaced_split(struct imp_diags *d, struct imp_diags *unplaced)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (d->at[i].code != IMP_UNKNOWN_KEY) {
			d->at[n++] = d->at[i];
			continue;
		}
		*imp_add(unplaced, IMP_UNKNOWN_KEY, d->at[i].pointer, "%s", d->at[i].message) = d->at[i];
	}
	d->n_all -= d->n - n; /* what was not kept may be anything, and counts */
	d->n = n;
}

static int
apply_print(struct cli *c, const struct map_args *g, const struct jx *payload, const struct imp_diags *d,
    const struct imp_diags *unplaced)
{
	bool ok = d->n_all == 0;
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	if (g->is_payload) {
		say_findings(stderr, d);
		say_findings(stderr, unplaced);
		if (!ok)
			return RC_REJECTED;
		jw_value(&w, NULL, payload);
		return print(&b, true);
	}
	jw_object(&w, NULL);
	jw_bool(&w, "ok", ok);
	jw_value(&w, "payload", payload);
	imp_diags_json(&w, "diagnostics", d);
	if (g->may_drop)
		imp_diags_json(&w, "unplaced", unplaced);
	jw_end(&w);
	return print(&b, true) != RC_OK || !ok ? RC_REJECTED : RC_OK;
}

/* {"ok","payload","diagnostics"}; what could not be carried is never left unsaid. */
static int
map_apply(struct cli *c, const struct map_args *g, const struct apimap_set *set)
{
	struct jx_options opt = {.bytes_max = INPUT_BYTES_MAX, .depth_max = 1000, .allow_nul = true};
	struct imp_diags d, unplaced;
	const struct jx *out = NULL;
	const char *text;
	struct jx *payload;
	struct err err;
	size_t n;

	if (set->n != 1)
		return usage("map --apply needs one map: name the operations (--op-a, --op-b) or the entity (--entity)");
	if (load_text(c, g->apply, &text, &n) < 0)
		return RC_USAGE;
	imp_diags_init(&d, c->a);
	imp_diags_init(&unplaced, c->a);
	if (jx_parse(c->a, text, n, &opt, &payload, &err) < 0) {
		(void)imp_add(&d, IMP_PARSE, "", "%s: %s", is_input(g->apply) ? "standard input" : g->apply, arena_str(c->a, err.msg));
		return refuse(c, &d, g->is_payload);
	}
	(void)apimap_apply(c->a, &set->at[0], payload, &out, &d);
	if (g->may_drop)
		unplaced_split(&d, &unplaced);
	return apply_print(c, g, out, &d, &unplaced);
}

static int
map_usage(const struct map_args *g, char **argv)
{
	if (is_input(argv[1]) + is_input(argv[2]) + is_input(g->apply) > 1)
		return usage("only one of the documents and the payload can be standard input");
	if (!g->apply && (g->is_payload || g->may_drop))
		return usage("--payload and --allow-unplaced belong to --apply PAYLOAD");
	if (g->apply && g->is_text)
		return usage("--text shows the map; with --apply, --payload prints the payload alone and says the rest in words");
	return RC_OK;
}

int
imprint_word_map(struct cli *c, int argc, char **argv)
{
	struct map_args g = {
	    .packs = packs_dir(c, &argc, argv),
	    .apply = cli_option(&argc, argv, "apply"),
	    .is_text = cli_flag(&argc, argv, "text"),
	    .is_payload = cli_flag(&argc, argv, "payload"),
	    .may_drop = cli_flag(&argc, argv, "allow-unplaced"),
	};
	struct apimap_request r = {
	    .entity = cli_option(&argc, argv, "entity"),
	    .op_a = cli_option(&argc, argv, "op-a"),
	    .op_b = cli_option(&argc, argv, "op-b"),
	};
	bool in_words = g.is_text || g.is_payload;
	struct apimap_words words;
	struct apimap_set set;
	struct imprint *two[2];
	struct imp_diags d;
	struct buf out;
	struct err err;
	int rc;

	imp_diags_init(&d, c->a);
	if (cli_arguments(argc, argv, 2, 2, "imprint") != CLI_OK || map_usage(&g, argv) != RC_OK)
		return RC_USAGE;
	if (apimap_words_load(c->a, g.packs, &words, &err) < 0)
		return no_packs(c, &err);
	if ((rc = open_two(c, argv, DIRECTION_NONE, two, &d)) != 0)
		return rc < 0 ? refuse(c, &d, in_words) : rc;
	r.a = two[0];
	r.b = two[1];
	r.name_a = is_input(argv[1]) ? "standard input" : argv[1];
	r.name_b = is_input(argv[2]) ? "standard input" : argv[2];
	r.words = &words;
	if (apimap_entity_check(c->a, &r, &d) < 0)
		return usage(arena_printf(c->a, "--entity: %s", d.at[0].message));
	if ((r.op_a && !imprint_is_api(r.a)) || (r.op_b && !imprint_is_api(r.b)))
		return usage(arena_printf(c->a, "%s: %s is a schema and has no operations", r.op_a && !imprint_is_api(r.a) ? "--op-a" : "--op-b",
		    r.op_a && !imprint_is_api(r.a) ? r.name_a : r.name_b));
	if (apimap_documents(c->a, &r, &set, &d) < 0)
		return refuse(c, &d, in_words);
	if (g.apply)
		return map_apply(c, &g, &set);
	buf_init(&out, c->a);
	maps_write(&out, &set, g.is_text);
	return print(&out, false);
}

int
imprint_word_diff(struct cli *c, int argc, char **argv)
{
	struct diff_options opt = {.requests_only = cli_flag(&argc, argv, "requests-only")};
	bool allow_unclear = cli_flag(&argc, argv, "allow-unclear"), is_text = cli_flag(&argc, argv, "text");
	const char *way = cli_option(&argc, argv, "direction");
	enum direction direction = way && strcmp(way, "response") == 0 ? DIRECTION_RESPONSE : DIRECTION_NONE;
	struct diff_report report;
	struct imprint *two[2];
	struct imp_diags d;
	struct buf out;
	struct jw w;
	int rc;

	imp_diags_init(&d, c->a);
	if (way && strcmp(way, "response") != 0 && strcmp(way, "request") != 0)
		return usage(arena_printf(c->a, "--direction is request or response, not '%.60s'", way));
	if (cli_arguments(argc, argv, 2, 2, "imprint") != CLI_OK)
		return RC_USAGE;
	if (is_input(argv[1]) && is_input(argv[2]))
		return usage("only one of the two versions can be standard input");
	if ((rc = open_two(c, argv, direction, two, &d)) != 0)
		return rc < 0 ? refuse(c, &d, is_text) : rc;
	if (opt.requests_only && !imprint_is_api(two[0]))
		return usage("--requests-only is about API descriptions; of a schema --direction says which way it travels");
	if (way && imprint_is_api(two[0]))
		return usage("--direction is about schemas; an API description has requests and answers (--requests-only leaves the answers out)");
	if (diff_documents(c->a, two[0], two[1], &opt, &report, &d) < 0)
		return refuse(c, &d, is_text);
	buf_init(&out, c->a);
	jw_init(&w, &out);
	if (is_text)
		diff_text(&out, &report);
	else
		diff_json(&w, NULL, &report);
	return print(&out, !is_text) == RC_OK ? diff_exit(&report, allow_unclear) : RC_REJECTED;
}

int
imprint_word_template(struct cli *c, int argc, char **argv)
{
	const char *packs = packs_dir(c, &argc, argv), *choices_path = cli_option(&argc, argv, "choices");
	struct jx *choices = NULL;
	enum imprint_role role;
	const char *text;
	size_t n;
	struct imp_diags d;
	struct err err;
	struct buf out;

	imp_diags_init(&d, c->a);
	if (cli_arguments(argc, argv, 1, 1, "imprint") != CLI_OK)
		return RC_USAGE;
	role = imprint_role_find(argv[1]);
	if (role == ROLE__COUNT)
		return usage("template is one of planner, intent, skills, executor, evaluator");
	if (choices_path) {
		if (load_text(c, choices_path, &text, &n) < 0)
			return RC_USAGE;
		if (jx_parse(c->a, text, n, NULL, &choices, &err) < 0) {
			err_wrap(&err, "'%s'", choices_path);
			(void)cli_fail(c, &err);
			return RC_USAGE;
		}
	}
	if (access(packs, R_OK | X_OK) < 0) {
		err_sys(&err, E_IO, "the packs folder '%s'", packs);
		return no_packs(c, &err);
	}
	buf_init(&out, c->a);
	if (imprint_role_template(c->a, packs, role, choices, NULL, &out, &d) < 0)
		return refuse(c, &d, false);
	return print(&out, true);
}
