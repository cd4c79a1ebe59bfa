/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl go DIR: a workspace from a folder, plan, run, deliverables, in one command. */
#include "cli/go.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/http.h"
#include "cli/remote.h"
#include "cli/stack.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"

#define FILES_MAX 1000
#define DEPTH_MAX 8

struct paths {
	const char *at[FILES_MAX]; /* relative to the folder, sorted */
	size_t n;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_wanted(const struct go *g, const char *name)
{
	for (size_t i = 0; g->only && g->only[i]; i++)
		if (strcmp(g->only[i], name) == 0)
			return true;
	return g->only == NULL;
}

/* Hidden files, the objective and earlier deliverables stay out. Depth is bounded by DEPTH_MAX. */
static int
collect(struct cli *c, const struct go *g, const char *rel, unsigned depth, struct paths *out, struct err *err)
{
	DIR *d = opendir(*rel ? arena_printf(c->a, "%s/%s", g->folder, rel) : g->folder);
	struct dirent *e;
	int rc = 0;

	if (!d)
		return err_sys(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open folder '%s%s%s'", g->folder, *rel ? "/" : "", rel);
	while (rc == 0 && (e = readdir(d)) != NULL) {
		const char *path = *rel ? arena_printf(c->a, "%s/%s", rel, e->d_name) : arena_str(c->a, e->d_name);
		const char *full = arena_printf(c->a, "%s/%s", g->folder, path);
		struct stat st, skip;
		if (e->d_name[0] == '.' || stat(full, &st) < 0)
			continue;
		if (g->objective_path && stat(g->objective_path, &skip) == 0 && skip.st_ino == st.st_ino && skip.st_dev == st.st_dev)
			continue;
		if (g->out && stat(g->out, &skip) == 0 && skip.st_ino == st.st_ino && skip.st_dev == st.st_dev)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			rc = collect(c, g, path, depth + 1, out, err);
		else if (S_ISREG(st.st_mode) && !is_wanted(g, e->d_name))
			continue;
		else if (S_ISREG(st.st_mode) && out->n == FILES_MAX)
			rc = err_set(err, E_LIMIT, "'%s' holds more than %d files", g->folder, FILES_MAX);
		else if (S_ISREG(st.st_mode))
			out->at[out->n++] = path;
	}
	(void)closedir(d);
	return rc;
}

/* A file of a flat folder goes to attachments/, as it would in the browser; folders are kept. */
static const char *
workspace_path(struct cli *c, const char *rel)
{
	return strchr(rel, '/') ? rel : arena_printf(c->a, "attachments/%s", rel);
}

/* Two files of the folder must not become one of the workspace. */
static int
check_apart(struct cli *c, const struct paths *files, struct err *err)
{
	for (size_t i = 0; i < files->n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(workspace_path(c, files->at[i]), workspace_path(c, files->at[k])) == 0)
				return err_set(err, E_CONFLICT, "'%s' and '%s' would both become '%s'; move or rename one of them",
				    files->at[k], files->at[i], workspace_path(c, files->at[i]));
	return 0;
}

static int
list_files(struct cli *c, const struct go *g, struct paths *files, struct err *err)
{
	if (g->may_be_empty && access(g->folder, F_OK) != 0)
		return 0;
	if (collect(c, g, "", 0, files, err) < 0)
		return -1;
	if (files->n == 0 && !g->may_be_empty)
		return err_set(err, E_NOT_FOUND, "'%s' holds no files", g->folder);
	qsort(files->at, files->n, sizeof *files->at, by_text);
	return check_apart(c, files, err);
}

static int
upload_all(struct cli *c, const struct go *g, const struct paths *files, struct http *h, const char *ws, struct err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *as = workspace_path(c, files->at[i]);
		const struct jx *v, *parse;
		if (http_upload(h, arena_printf(c->a, "/workspaces/%s/files/%s", ws, http_escape(c->a, as)),
			arena_printf(c->a, "%s/%s", g->folder, files->at[i]), &v, err) < 0)
			return -1;
		parse = jx_find(v, "parse");
		if (!c->is_json)
			printf("  %-40s %10lld bytes  %s\n", as, (long long)jx_int(jx_find(v, "bytes"), -1),
			    jx_bool(jx_find(parse, "ok"), true) ? jx_str(jx_find(v, "kind"), "") : jx_str(jx_find(parse, "detail"), "does not parse"));
	}
	return 0;
}

static int
make_workspace(struct cli *c, struct http *h, const char *name, const char **ws, struct err *err)
{
	const struct jx *v;
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "name", name);
	jw_end(&w);
	if (http_json(h, &(struct http_call){.method = "POST", .path = "/workspaces", .body = b.p}, &v, err) < 0)
		return err_wrap(err, "making a workspace");
	return jx_get_str(v, "id", ws, err);
}

static void
say(struct cli *c, const char *what)
{
	if (!c->is_json)
		printf("%s\n", what);
	(void)fflush(stdout);
}

int
go_session(struct cli *c, struct http **h, struct err *err)
{
	struct stack_state s;

	if (remote_open(c, h, err) == 0)
		return 0;
	if (err->code != E_UNAUTHENTICATED || geteuid() != 0 || getenv("FORGE_URL"))
		return -1;
	if (stack_up(c, NULL, &s, err) < 0)
		return -1;
	return remote_open(c, h, err);
}

int
go_run(struct cli *c, struct http *h, const struct go *g, struct go_result *r, struct err *err)
{
	const char *ws, *run_id;
	struct paths files = {.n = 0};
	int64_t t0;

	/* Whatever is wrong with the folder is said before a workspace is made of it. */
	if (list_files(c, g, &files, err) < 0)
		return -1;
	if (g->workspace)
		ws = g->workspace;
	else if (make_workspace(c, h, g->name, &ws, err) < 0)
		return -1;
	r->workspace = ws;
	say(c, "Files");
	if (upload_all(c, g, &files, h, ws, err) < 0)
		return -1;
	t0 = clock_mono_us();
	say(c, "Plan");
	if (remote_compile(c, h, ws, g->objective, g->profile, &r->plan, &r->refused, err) < 0)
		return -1;
	r->plan_id = jx_str(jx_find(r->plan, "id"), "");
	if (!c->is_json)
		printf("  plan hash %s\n", jx_str(jx_find(r->plan, "plan_hash"), "?"));
	say(c, "Run");
	if (remote_start(c, h, ws, r->plan_id, &run_id, err) < 0 || remote_watch(c, h, ws, run_id, &r->run, err) < 0)
		return -1;
	r->wall_ms = (clock_mono_us() - t0) / 1000;
	if (remote_fetch(c, h, ws, r->run, g->out, err) < 0)
		return -1;
	return remote_result(c, h, ws, r->run, r->plan_id, g->out, &r->json, &r->is_whole, &r->harness_ms, err);
}

static int
finish(struct cli *c, const struct go *g, const struct go_result *r)
{
	const struct jx *list = jx_find(r->run, "deliverables");

	if (c->is_json) {
		/* The result's object, with the wall time in front of its members. */
		printf("{\"wall_ms\":%lld,%s\n", (long long)r->wall_ms, r->json + 1);
		return r->is_whole ? CLI_OK : CLI_FAILED;
	}
	printf("%s in %.2f s\n", jx_str(jx_find(r->run, "state"), "?"), (double)r->wall_ms / 1000);
	for (size_t i = 0; i < jx_size(list); i++)
		if (jx_str(jx_find(jx_at(list, i), "sha256"), NULL))
			printf("  %s/%s\n", g->out, jx_str(jx_find(jx_at(list, i), "path"), "?"));
	return r->is_whole ? CLI_OK : CLI_FAILED;
}

static int
load_words(struct cli *c, const char *given, struct go *g, struct err *err)
{
	char *text;
	size_t n;

	if (access(given, F_OK) != 0) {
		if (strchr(given, ' ') == NULL)
			return err_set(err, E_NOT_FOUND, "there is no file '%s'; give the objective's file, or its words in quotes", given);
		g->objective = given;
		return 0;
	}
	if (file_load(c->a, given, 1 << 20, &text, &n, err) < 0)
		return err_wrap(err, "the objective");
	g->objective = text;
	g->objective_path = given;
	return 0;
}

static int
check_folder(const char *folder, struct err *err)
{
	struct stat st;

	if (stat(folder, &st) < 0)
		return err_sys(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot look at '%s'", folder);
	return S_ISDIR(st.st_mode) ? 0 : err_set(err, E_USAGE, "'%s' is not a folder", folder);
}

int
verb_go(struct cli *c, int argc, char **argv)
{
	const char *objective = cli_option(&argc, argv, "objective"), *out = cli_option(&argc, argv, "out");
	struct go g = {.out = out, .profile = cli_option(&argc, argv, "profile")};
	struct go_result r = {.wall_ms = 0};
	struct http *h;
	struct err err;
	char *end;

	if (cli_arguments(argc, argv, 1, 1, "go") != CLI_OK)
		return CLI_USAGE;
	if (!objective)
		return cli_usage("go", "--objective FILE is missing");
	g.folder = arena_str(c->a, argv[1]);
	for (end = argv[1] + strlen(argv[1]); end > argv[1] + 1 && end[-1] == '/'; end--)
		end[-1] = '\0';
	g.folder = argv[1];
	g.name = strrchr(argv[1], '/') && strrchr(argv[1], '/')[1] ? strrchr(argv[1], '/') + 1 : argv[1];
	if (!g.out)
		g.out = arena_printf(c->a, "%s/forge-out", g.folder);
	if (load_words(c, objective, &g, &err) < 0 || check_folder(g.folder, &err) < 0 || dir_make(g.out, 0755, &err) < 0 ||
	    go_session(c, &h, &err) < 0)
		return cli_fail(c, &err);
	if (go_run(c, h, &g, &r, &err) < 0) {
		if (r.refused && c->is_json) {
			struct buf b;
			buf_init(&b, c->a);
			jw_pretty(&b, r.refused);
			printf("%s", b.p);
			return CLI_FAILED;
		}
		return cli_fail(c, &err);
	}
	return finish(c, &g, &r);
}
