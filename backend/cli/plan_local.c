/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler without server or database: compile, explain. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "compiler/compile.h"
#include "compiler/diag.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/diag.h"
#include "pack/pack.h"
#include "pack/workspace.h"

#define DOCUMENT_BYTES_MAX ((size_t)16 << 20)

const char *
packs_folder(const struct cli *c, const char *given)
{
	const char *env = getenv("FORGE_PACKS");

	return given ? given : env ? env : arena_printf(c->a, "%s/packs", c->root);
}

struct compile_options {
	const char *objective;
	const char *workspace;
	const char *profile;
	const char *packs;
	const char *out;
	const char *candidate;
};

static int
choose_profile(struct cli *c, const struct catalog *catalog, const char *given, const struct profile **out, struct err *err)
{
	struct profile *own;
	struct jx *document;

	*out = catalog_profile(catalog, given ? given : "standard");
	if (*out)
		return 0;
	own = ARENA_NEW(c->a, struct profile);
	if (jx_load(c->a, given, NULL, &document, err) < 0 || profile_parse(c->a, catalog, document, own, err) < 0)
		return err_wrap(err, "--profile");
	*out = own;
	return 0;
}

static int
load_input(struct cli *c, const struct compile_options *o, struct compile_input *in, struct workspace *ws,
    struct file_port *port, struct err *err)
{
	char *text;

	if (catalog_load_over(c->a, packs_folder(c, NULL), packs_folder(c, o->packs), &in->catalog, err) < 0 ||
	    choose_profile(c, in->catalog, o->profile, &in->profile, err) < 0)
		return -1;
	in->objective = "";
	if (o->objective && access(o->objective, F_OK) == 0) {
		if (file_load(c->a, o->objective, COMPILE_OBJECTIVE_BYTES_MAX, &text, &in->objective_bytes, err) < 0)
			return -1;
		in->objective = text;
	} else if (o->objective) {
		in->objective = o->objective;
		in->objective_bytes = strlen(o->objective);
	}
	if (o->candidate) {
		if (file_load(c->a, o->candidate, DOCUMENT_BYTES_MAX, &text, &in->candidate_bytes, err) < 0)
			return -1;
		in->candidate = text;
		in->candidate_name = o->candidate;
	}
	if (!o->workspace)
		return 0;
	if (workspace_load(c->a, o->workspace, ws, err) < 0)
		return -1;
	in->files = ws->files;
	in->nfiles = ws->n;
	*port = workspace_port(ws);
	in->port = port;
	return 0;
}

static void
print_refusal(const struct cli *c, const struct compile_result *r)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	if (!c->is_json) {
		diags_text(&b, &r->diags, isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL);
		fprintf(stderr, "%s", b.p);
		return;
	}
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", false);
	diags_json(&w, "diagnostics", &r->diags);
	jw_end(&w);
	printf("%s\n", b.p);
}

/* Warnings come with a plan; they go to standard error, the plan does not. */
static void
print_warnings(const struct cli *c, const struct compile_result *r)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	if (c->is_json) {
		jw_init(&w, &b);
		diags_json(&w, NULL, &r->diags);
		buf_char(&b, '\n');
	} else {
		diags_text(&b, &r->diags, isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL);
	}
	fprintf(stderr, "%s", b.p);
}

static int
deliver(const struct cli *c, const struct compile_options *o, const struct compile_result *r, struct err *err)
{
	if (o->out)
		return file_save(o->out, r->plan_text, r->plan_bytes, 0644, err);
	if (c->is_json) {
		printf("%s\n", r->plan_text);
		return 0;
	}
	for (size_t i = 0; i < jx_size(jx_find(r->plan, "steps")); i++) {
		const struct jx *s = jx_at(jx_find(r->plan, "steps"), i);
		printf("%-36s %s\n", jx_str(jx_find(s, "step_id"), "?"), jx_str(jx_find(s, "contract_hash"), "?"));
	}
	printf("plan hash                            %s\n", r->plan_hash);
	return 0;
}

int
verb_compile(struct cli *c, int argc, char **argv)
{
	struct compile_options o = {.objective = cli_option(&argc, argv, "objective"),
	    .workspace = cli_option(&argc, argv, "workspace"), .profile = cli_option(&argc, argv, "profile"),
	    .packs = cli_option(&argc, argv, "packs"), .out = cli_option(&argc, argv, "out")};
	struct compile_input in = {.nfiles = 0};
	struct compile_result r;
	struct workspace ws;
	struct file_port port;
	struct err err;

	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "-o") == 0) {
			o.out = argv[i + 1];
			memmove(argv + i, argv + i + 2, (size_t)(argc - i - 1) * sizeof *argv);
			argc -= 2;
		}
	if (cli_arguments(argc, argv, 0, 1, "compile") != CLI_OK)
		return CLI_USAGE;
	o.candidate = argc > 1 ? argv[1] : NULL;
	if (!o.candidate && !o.objective)
		return cli_usage("compile", "give a candidate, or --objective and --workspace");
	if (load_input(c, &o, &in, &ws, &port, &err) < 0 || compile_run(c->a, &in, NULL, NULL, &r, &err) < 0)
		return cli_fail(c, &err);
	if (!r.is_ok) {
		print_refusal(c, &r);
		return CLI_FAILED;
	}
	if (r.diags.n > 0)
		print_warnings(c, &r);
	return deliver(c, &o, &r, &err) < 0 ? cli_fail(c, &err) : CLI_OK;
}

static int
explain_imprint(struct cli *c, enum imp_code code)
{
	struct buf b;
	struct jw w;

	if (!c->is_json) {
		printf("%s: %s\n\n%s\n\nAn example of each stands in docs/IMPRINT.md.\n", imp_code_name(code), imp_code_meaning(code), imp_code_way_out(code));
		return CLI_OK;
	}
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "code", imp_code_name(code));
	jw_str(&w, "meaning", imp_code_meaning(code));
	jw_str(&w, "text", imp_code_way_out(code));
	jw_end(&w);
	printf("%s\n", b.p);
	return CLI_OK;
}

int
verb_explain(struct cli *c, int argc, char **argv)
{
	const char *text;
	struct err err;

	if (cli_arguments(argc, argv, 1, 1, "explain") != CLI_OK)
		return CLI_USAGE;
	for (char *p = argv[1]; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	enum imp_code imp = imp_code_find(argv[1]);
	if (imp != IMP__COUNT)
		return explain_imprint(c, imp);
	text = diag_explain(argv[1]);
	if (!text) {
		err_set(&err, E_NOT_FOUND, "there is no diagnostic '%s'; codes look like FC0401 or IMP_ENUM", argv[1]);
		return cli_fail(c, &err);
	}
	if (c->is_json) {
		struct buf b;
		struct jw w;
		buf_init(&b, c->a);
		jw_init(&w, &b);
		jw_object(&w, NULL);
		jw_str(&w, "code", argv[1]);
		jw_str(&w, "text", text);
		jw_end(&w);
		printf("%s\n", b.p);
	} else {
		printf("%s: %s\n\n%s\n", argv[1], diag_code_title(diag_find(argv[1])), text);
	}
	return CLI_OK;
}
