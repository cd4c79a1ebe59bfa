/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl packs pack, upload, enable, disable, uses: packs of one's own, from the folder to the workspace. */
#include <string.h>

#include "cli/cli.h"
#include "cli/http.h"
#include "cli/packs_cmd.h"
#include "cli/remote.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/bundle.h"
#include "pack/pack.h"

static void
print_json(const struct cli *c, const struct jx *v)
{
	struct buf b;

	buf_init(&b, c->a);
	jw_pretty(&b, v);
	printf("%s\n", b.p);
}

/* --- pack ------------------------------------------------------------------------------------------------- */

static int
say_findings(const struct cli *c, const char *dir, const struct pack_finding *f, size_t n)
{
	const char *prefix = arena_printf(c->a, "%s/", dir);

	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s%s%s%s%s: %s\n", strncmp(f[i].file, prefix, strlen(prefix)) == 0 ? "" : prefix, f[i].file,
		    f[i].line ? arena_printf(c->a, ", line %u", f[i].line) : "", *f[i].pointer ? ", " : "", f[i].pointer,
		    f[i].message);
	fprintf(stderr, "%zu finding%s; nothing was written\n", n, n == 1 ? "" : "s");
	return CLI_FAILED;
}

static int
write_archive(struct cli *c, const struct bundle *b, const struct pack *p, const char *to)
{
	struct err err;
	struct buf out;
	char sha256[SHA256_HEX], *zip;
	struct jw w;
	size_t n;

	if (bundle_zip(c->a, b, &zip, &n, &err) < 0 || file_save(to, zip, n, 0644, &err) < 0)
		return cli_fail(c, &err);
	sha256_hex(zip, n, sha256);
	if (!c->is_json) {
		printf("%s: %s %s, %zu files, %zu bytes\n", to, p->id, p->version, b->nfiles, n);
		return CLI_OK;
	}
	buf_init(&out, c->a);
	jw_init(&w, &out);
	jw_object(&w, NULL);
	jw_str(&w, "file", to);
	jw_str(&w, "id", p->id);
	jw_str(&w, "version", p->version);
	jw_uint(&w, "files", b->nfiles);
	jw_uint(&w, "bytes", n);
	jw_str(&w, "sha256", sha256);
	jw_end(&w);
	printf("%s\n", out.p);
	return CLI_OK;
}

int
packs_pack(struct cli *c, int argc, char **argv)
{
	const char *to = cli_option(&argc, argv, "out"), *dir;
	const struct pack_finding *f = NULL;
	const struct catalog *base, *full = NULL;
	struct bundle b;
	struct err err;
	size_t n = 0;

	for (int i = 1; !to && i + 1 < argc; i++)
		if (strcmp(argv[i], "-o") == 0) {
			to = argv[i + 1];
			memmove(&argv[i], &argv[i + 2], (size_t)(argc - i - 2) * sizeof *argv);
			argc -= 2;
		}
	if (cli_arguments(argc, argv, 1, 1, "packs") != CLI_OK)
		return CLI_USAGE;
	if (!to)
		return cli_usage("packs", "say where to: packs pack DIR -o FILE.zip");
	dir = argv[1];
	if (catalog_load(c->a, packs_folder(c, NULL), &base, &err) < 0 ||
	    bundle_take(c->a, dir, dir, &b, &f, &n, &err) < 0)
		return cli_fail(c, &err);
	if (n == 0 && catalog_extend(c->a, base, &b, 1, &full, &f, &n, &err) < 0)
		return cli_fail(c, &err);
	if (n > 0)
		return say_findings(c, dir, f, n);
	return write_archive(c, &b, &full->packs[full->npacks - 1], to);
}

/* --- the server's side --------------------------------------------------------------------------------------- */

struct place {
	struct http *h;
	const char *packs; /* "/workspaces/w_…/packs" */
};

static int
begin(struct cli *c, const char *workspace, struct place *out, struct err *err)
{
	const char *ws;

	if (remote_open(c, &out->h, err) < 0 || remote_workspace(c, out->h, workspace, &ws, err) < 0)
		return -1;
	out->packs = arena_printf(c->a, "/workspaces/%s/packs", ws);
	return 0;
}

/* A refusal with everything that was found. */
static int
fail(struct cli *c, const struct place *at, const struct err *err)
{
	const struct jx *list = jx_find(http_problem(at->h), "findings");

	if (c->is_json && jx_size(list) > 0) {
		print_json(c, http_problem(at->h));
		return CLI_FAILED;
	}
	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *f = jx_at(list, i);

		const char *pointer = jx_str(jx_find(f, "pointer"), "");
		long long line = (long long)jx_int(jx_find(f, "line"), 0);

		fprintf(stderr, "%s%s%s%s: %s\n", jx_str(jx_find(f, "file"), ""),
		    line ? arena_printf(c->a, ", line %lld", line) : "", *pointer ? ", " : "", pointer,
		    jx_str(jx_find(f, "message"), ""));
	}
	return cli_fail(c, err);
}

static void
say_pack(const struct cli *c, const struct jx *v)
{
	if (c->is_json)
		print_json(c, v);
	else
		printf("%s %s  %s\n", jx_str(jx_find(v, "id"), ""), jx_str(jx_find(v, "version"), ""),
		    jx_bool(jx_find(v, "enabled"), false) ? "on" : "off");
}

/* What came may be another version than the one that is on. */
static void
say_uploaded(const struct cli *c, const struct jx *v)
{
	const char *came = jx_str(jx_find(v, "uploaded"), ""), *has = jx_str(jx_find(v, "version"), "");
	bool is_on = jx_bool(jx_find(v, "enabled"), false);

	if (c->is_json)
		print_json(c, v);
	else if (is_on && strcmp(came, has) != 0)
		printf("%s %s  is there; %s is on\n", jx_str(jx_find(v, "id"), ""), came, has);
	else
		printf("%s %s  %s\n", jx_str(jx_find(v, "id"), ""), came, is_on ? "on" : "off");
}

int
packs_upload(struct cli *c, int argc, char **argv)
{
	const char *workspace = cli_option(&argc, argv, "workspace");
	const struct jx *v;
	struct place at = {0};
	struct err err;

	if (cli_arguments(argc, argv, 1, 1, "packs") != CLI_OK)
		return CLI_USAGE;
	if (begin(c, workspace, &at, &err) < 0)
		return cli_fail(c, &err);
	if (http_send_file(at.h, "POST", at.packs, argv[1], &v, &err) < 0)
		return fail(c, &at, &err);
	say_uploaded(c, v);
	for (size_t i = 0; !c->is_json && i < jx_size(jx_find(v, "ignored")); i++)
		printf("left out: %s\n", jx_str(jx_at(jx_find(v, "ignored"), i), ""));
	return CLI_OK;
}

static int
switch_pack(struct cli *c, int argc, char **argv, bool is_enabled)
{
	const char *workspace = cli_option(&argc, argv, "workspace"), *version = cli_option(&argc, argv, "version");
	struct place at = {0};
	const struct jx *v;
	struct err err;
	struct buf b;
	struct jw w;

	if (cli_arguments(argc, argv, 1, 1, "packs") != CLI_OK)
		return CLI_USAGE;
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "enabled", is_enabled);
	if (version)
		jw_str(&w, "version", version);
	jw_end(&w);
	if (begin(c, workspace, &at, &err) < 0)
		return cli_fail(c, &err);
	if (http_json(at.h, &(struct http_call){.method = "PUT",
		.path = arena_printf(c->a, "%s/%s", at.packs, http_escape(c->a, argv[1])), .body = b.p}, &v, &err) < 0)
		return fail(c, &at, &err);
	say_pack(c, v);
	return CLI_OK;
}

int
packs_enable(struct cli *c, int argc, char **argv)
{
	return switch_pack(c, argc, argv, true);
}

int
packs_disable(struct cli *c, int argc, char **argv)
{
	return switch_pack(c, argc, argv, false);
}

static void
say_uses(const struct jx *v)
{
	const struct jx *counts = jx_find(v, "counts"), *packs = jx_find(v, "packs");
	static const struct {
		const char *list, *id, *says;
	} lists[] = {{"plans", "id", "objective"}, {"runs", "id", "state"}, {"files", "path", "entity"}};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct jx *list = jx_find(v, lists[i].list);

		long long n = (long long)jx_int(jx_find(counts, lists[i].list), 0);

		printf("%lld %.*s\n", n, (int)strlen(lists[i].list) - (n == 1), lists[i].list);
		for (size_t k = 0; k < jx_size(list); k++)
			printf("  %s  %s\n", jx_str(jx_find(jx_at(list, k), lists[i].id), ""),
			    jx_str(jx_find(jx_at(list, k), lists[i].says), ""));
	}
	printf("%zu pack%s\n", jx_size(packs), jx_size(packs) == 1 ? "" : "s");
	for (size_t k = 0; k < jx_size(packs); k++)
		printf("  %s  %s\n", jx_str(jx_find(jx_at(packs, k), "id"), ""), jx_str(jx_find(jx_at(packs, k), "says"), ""));
}

int
packs_uses(struct cli *c, int argc, char **argv)
{
	const char *workspace = cli_option(&argc, argv, "workspace");
	struct place at = {0};
	const struct jx *v;
	struct err err;

	if (cli_arguments(argc, argv, 1, 1, "packs") != CLI_OK)
		return CLI_USAGE;
	if (begin(c, workspace, &at, &err) < 0)
		return cli_fail(c, &err);
	if (http_get(at.h, arena_printf(c->a, "%s/%s/uses", at.packs, http_escape(c->a, argv[1])), &v, &err) < 0)
		return fail(c, &at, &err);
	if (c->is_json)
		print_json(c, v);
	else
		say_uses(v);
	return CLI_OK;
}
