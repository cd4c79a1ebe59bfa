/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl discover: what a workspace's catalog has for a few words, with the scores that put it there. */
#include <string.h>

#include "cli/cli.h"
#include "cli/http.h"
#include "cli/remote.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"

/* A query parameter: everything but letters and digits is escaped. */
static void
parameter(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(b, "%c%s=", strchr(b->p, '?') ? '&' : '?', name);
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		bool is_plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');

		if (is_plain)
			buf_char(b, (char)*p);
		else
			buf_printf(b, "%%%02X", *p);
	}
}

static const char *
rank_words(struct arena *a, const struct jx *hit, const char *by)
{
	const struct jx *rank = jx_find(jx_find(hit, by), "rank");

	return jx_is(rank, JX_NUMBER) ? arena_printf(a, "%s %lld", by, (long long)jx_int(rank, 0)) : NULL;
}

static void
show(struct cli *c, const struct jx *answer)
{
	static const char *const by[] = {"text", "trigram", "vector"};
	const struct jx *items = jx_find(answer, "items");

	for (size_t i = 0; i < jx_size(items); i++) {
		const struct jx *h = jx_at(items, i);
		const char *says = jx_str(jx_find(h, "says"), "");
		const char *sep = "";

		printf("%-9s %-34s %s\n", jx_str(jx_find(h, "type"), ""), jx_str(jx_find(h, "id"), ""),
		    jx_str(jx_find(h, "label"), ""));
		printf("          score %lld.%03lld (", (long long)jx_int(jx_find(h, "score"), 0) / 1000,
		    (long long)jx_int(jx_find(h, "score"), 0) % 1000);
		for (size_t k = 0; k < sizeof by / sizeof *by; k++) {
			const char *words = rank_words(c->a, h, by[k]);

			if (words)
				printf("%s%s", sep, words);
			sep = words ? ", " : sep;
		}
		printf(")%s%s\n", *says ? "  " : "", says);
	}
	if (jx_size(items) == 0)
		printf("nothing found; other words may help, or `forgectl packs list`\n");
}

int
verb_discover(struct cli *c, int argc, char **argv)
{
	const char *asked = cli_option(&argc, argv, "workspace"), *type = cli_option(&argc, argv, "type");
	const char *profile = cli_option(&argc, argv, "profile"), *limit = cli_option(&argc, argv, "limit"), *ws;
	const struct jx *answer;
	struct http *h;
	struct err err;
	struct buf b;

	if (cli_arguments(argc, argv, 1, 1, "discover") != CLI_OK)
		return CLI_USAGE;
	if (remote_open(c, &h, &err) < 0 || remote_workspace(c, h, asked, &ws, &err) < 0)
		return cli_fail(c, &err);
	buf_init(&b, c->a);
	buf_printf(&b, "/workspaces/%s/discover", ws);
	parameter(&b, "q", argv[1]);
	parameter(&b, "type", type);
	parameter(&b, "profile", profile);
	parameter(&b, "limit", limit);
	if (http_get(h, b.p, &answer, &err) < 0)
		return cli_fail(c, &err);
	if (!c->is_json) {
		show(c, answer);
		return CLI_OK;
	}
	buf_clear(&b);
	if (jw_canonical(&b, answer, &err) < 0)
		return cli_fail(c, &err);
	printf("%s\n", b.p);
	return CLI_OK;
}
