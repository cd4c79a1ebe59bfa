/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl route: which domain and which workflow an objective belongs to, and why. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "compiler/route.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "pack/pack.h"

#define EVIDENCE_SHOWN 6
#define RANKS_SHOWN 5
#define TEXT_BYTES_MAX ((size_t)16 << 20)

struct router {
	struct cli *c;
	const struct route_index *domains, *workflows;
};

static void
print_text(const struct router *r, const char *title, const struct route *route)
{
	printf("%s%s\n", title, route->nranks == 0 ? ": none" : route->is_clear ? "" : " (not clear: nothing is far enough ahead)");
	for (size_t i = 0; i < route->nranks && i < RANKS_SHOWN; i++)
		printf("  %zu. %-24s %s\n", i + 1, route->ranks[i].pack->id,
		    route_says(r->c->a, &route->ranks[i], EVIDENCE_SHOWN));
	if (route->nranks > RANKS_SHOWN)
		printf("  and %zu more\n", route->nranks - RANKS_SHOWN);
}

/* One objective; as JSON, one object a line. */
static void
route_one(const struct router *r, const char *text, size_t n)
{
	struct route domains, workflows;
	struct buf b;
	struct jw w;

	route_objective(r->c->a, r->domains, text, n, &domains);
	route_objective(r->c->a, r->workflows, text, n, &workflows);
	if (!r->c->is_json) {
		print_text(r, "domain", &domains);
		print_text(r, "workflow", &workflows);
		return;
	}
	buf_init(&b, r->c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.route.v1");
	route_json(&domains, "domains", &w);
	route_json(&workflows, "workflows", &w);
	jw_end(&w);
	printf("%s\n", b.p);
}

static int
read_input(struct cli *c, char **text, size_t *n, struct err *err)
{
	struct buf b;
	char part[65536];
	size_t got;

	buf_init(&b, c->a);
	while ((got = fread(part, 1, sizeof part, stdin)) > 0 && b.len <= TEXT_BYTES_MAX)
		buf_add(&b, part, got);
	if (b.len > TEXT_BYTES_MAX)
		return err_set(err, E_TOO_LARGE, "more than %zu bytes on standard input", TEXT_BYTES_MAX);
	*n = b.len;
	*text = b.p ? buf_take(&b) : arena_str(c->a, "");
	return 0;
}

int
verb_route(struct cli *c, int argc, char **argv)
{
	const char *packs = cli_option(&argc, argv, "packs");
	bool is_lines = cli_flag(&argc, argv, "lines");
	const struct catalog *catalog;
	struct router r = {.c = c};
	struct err err;
	char *text;
	size_t n;

	if (cli_arguments(argc, argv, is_lines ? 0 : 1, is_lines ? 0 : 1, "route") != CLI_OK)
		return CLI_USAGE;
	if (catalog_load_over(c->a, packs_folder(c, NULL), packs_folder(c, packs), &catalog, &err) < 0)
		return cli_fail(c, &err);
	r.domains = route_index_new(c->a, catalog);
	r.workflows = route_index_workflows(c->a, catalog);
	if (!is_lines && strcmp(argv[1], "-") != 0) {
		route_one(&r, argv[1], strlen(argv[1]));
		return CLI_OK;
	}
	if (read_input(c, &text, &n, &err) < 0)
		return cli_fail(c, &err);
	if (!is_lines) {
		route_one(&r, text, n);
		return CLI_OK;
	}
	for (size_t from = 0; from < n;) {
		const char *end = memchr(text + from, '\n', n - from);
		size_t line = end ? (size_t)(end - text) - from : n - from;

		route_one(&r, text + from, line);
		from += line + 1;
	}
	return CLI_OK;
}
