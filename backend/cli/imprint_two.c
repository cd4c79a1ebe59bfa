/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/imprint_two.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/imprint_cmd.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/apimap.h"
#include "imprint/diff.h"
#include "imprint/imprint.h"
#include "imprint/role.h"

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

static int
refuse(struct cli *c, const struct imp_diags *d)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", false);
	imp_diags_json(&w, "diagnostics", d);
	jw_end(&w);
	(void)print(&b, true);
	for (size_t i = 0; !c->is_json && i < d->n; i++)
		fprintf(stderr, "%s: %s\n", imp_code_name(d->at[i].code), d->at[i].message);
	return d->n > 0 && strncmp(imp_code_name(d->at[0].code), "IMP_E_", 6) == 0 ? RC_SCHEMA : RC_REJECTED;
}

static int
open_two(struct cli *c, char **argv, enum direction direction, struct imprint *out[2], struct imp_diags *d)
{
	for (int i = 0; i < 2; i++) {
		struct imprint_source src = {.path = argv[1 + i], .name = argv[1 + i], .direction = direction};

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

/* {"ok","payload","diagnostics"}; what could not be carried is never left unsaid. */
static int
map_apply(struct cli *c, const struct apimap_set *set, const char *path, struct imp_diags *d)
{
	const struct jx *out;
	struct buf b;
	struct jx *payload;
	struct jw w;
	struct err err;
	int rc;

	if (set->n != 1)
		return usage("map --apply needs one map: name the operations or the entity");
	if (jx_load(c->a, path, NULL, &payload, &err) < 0)
		return cli_fail(c, &err);
	rc = apimap_apply(c->a, &set->at[0], payload, &out, d);
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", rc == 0);
	jw_value(&w, "payload", out);
	imp_diags_json(&w, "diagnostics", d);
	jw_end(&w);
	return print(&b, true) != RC_OK || rc < 0 ? RC_REJECTED : RC_OK;
}

int
imprint_word_map(struct cli *c, int argc, char **argv)
{
	const char *packs = packs_dir(c, &argc, argv), *apply = cli_option(&argc, argv, "apply");
	struct apimap_request r = {
	    .entity = cli_option(&argc, argv, "entity"),
	    .op_a = cli_option(&argc, argv, "op-a"),
	    .op_b = cli_option(&argc, argv, "op-b"),
	};
	bool is_text = cli_flag(&argc, argv, "text");
	struct apimap_words words;
	struct apimap_set set;
	struct imprint *two[2];
	struct imp_diags d;
	struct buf out;
	struct err err;

	imp_diags_init(&d, c->a);
	if (cli_arguments(argc, argv, 2, 2, "imprint") != CLI_OK)
		return RC_USAGE;
	if (apimap_words_load(c->a, packs, &words, &err) < 0)
		return cli_fail(c, &err);
	if (open_two(c, argv, DIRECTION_NONE, two, &d) < 0)
		return refuse(c, &d);
	r.a = two[0];
	r.b = two[1];
	r.name_a = argv[1];
	r.name_b = argv[2];
	r.words = &words;
	if (apimap_documents(c->a, &r, &set, &d) < 0)
		return refuse(c, &d);
	if (apply)
		return map_apply(c, &set, apply, &d);
	buf_init(&out, c->a);
	maps_write(&out, &set, is_text);
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

	imp_diags_init(&d, c->a);
	if (way && strcmp(way, "response") != 0 && strcmp(way, "request") != 0)
		return usage("--direction is request or response");
	if (cli_arguments(argc, argv, 2, 2, "imprint") != CLI_OK)
		return RC_USAGE;
	if (open_two(c, argv, direction, two, &d) < 0 || diff_documents(c->a, two[0], two[1], &opt, &report, &d) < 0)
		return refuse(c, &d);
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
	struct imp_diags d;
	struct err err;
	struct buf out;

	imp_diags_init(&d, c->a);
	if (cli_arguments(argc, argv, 1, 1, "imprint") != CLI_OK)
		return RC_USAGE;
	role = imprint_role_find(argv[1]);
	if (role == ROLE__COUNT)
		return usage("template is one of planner, intent, skills, executor, evaluator");
	if (choices_path && jx_load(c->a, choices_path, NULL, &choices, &err) < 0)
		return cli_fail(c, &err);
	buf_init(&out, c->a);
	if (imprint_role_template(c->a, packs, role, choices, NULL, &out, &d) < 0)
		return refuse(c, &d);
	return print(&out, true);
}
