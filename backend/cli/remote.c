/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/http.h"
#include "cli/stack.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/rnd.h"

static const char *
login_path(struct cli *c)
{
	const char *given = getenv("FORGE_LOGIN"), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (given)
		return given;
	if (config)
		return arena_printf(c->a, "%s/forge/login.json", config);
	return arena_printf(c->a, "%s/.config/forge/login.json", home ? home : "");
}

int
remote_login(struct http *h, const char *email, const char *password, const struct jx **user, struct err *err)
{
	struct arena *a = arena_new(1 << 20); /* the password's copies go with it */
	struct buf b;
	struct jw w;
	const struct jx *v;
	const char *csrf;
	int rc;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "email", email);
	jw_str(&w, "password", password);
	jw_end(&w);
	rc = http_json(h, &(struct http_call){.method = "POST", .path = "/session", .body = b.p}, &v, err);
	explicit_bzero(b.p, b.len);
	arena_free(a);
	if (rc < 0)
		return -1;
	if (jx_get_str(v, "csrf", &csrf, err) < 0)
		return err_wrap(err, "the server's answer to the log-in");
	http_session(h, http_cookie(h), csrf, NULL);
	if (user)
		*user = v;
	return 0;
}

/* A saved session; a stale one is found by its first 401. */
static int
open_saved(struct cli *c, const char *path, struct http **out, struct err *err)
{
	struct jx *v;
	const char *url, *cookie, *csrf;
	const struct jx *who;

	if (jx_load(c->a, path, NULL, &v, err) < 0 || jx_check_schema(v, "forge.login.v1", err) < 0 ||
	    jx_get_str(v, "url", &url, err) < 0 || jx_get_str(v, "cookie", &cookie, err) < 0 ||
	    jx_get_str(v, "csrf", &csrf, err) < 0)
		return err_wrap(err, "the saved log-in");
	*out = http_open(c->a, url);
	http_session(*out, cookie, csrf, NULL);
	if (http_get(*out, "/session", &who, err) < 0)
		return err->code == E_UNAUTHENTICATED
		           ? err_set(err, E_UNAUTHENTICATED, "your session at %s has ended; `forgectl login` starts a new one", url)
		           : -1;
	return 0;
}

static int
open_embedded(struct cli *c, const char *path, struct http **out, struct err *err)
{
	struct stack_state s;
	struct jx *v;
	const char *email, *password;

	if (stack_load(c, &s, err) < 0)
		return -1;
	if (!s.is_up)
		return err_set(err, E_UNAUTHENTICATED,
		    "nobody is signed in and the embedded stack is down; `sudo forgectl up` starts it, `forgectl login URL` signs in elsewhere");
	if (jx_load(c->a, path, NULL, &v, err) < 0 || jx_get_str(v, "email", &email, err) < 0 ||
	    jx_get_str(v, "password", &password, err) < 0)
		return err_wrap(err, "the embedded stack's own log-in");
	*out = http_open(c->a, s.url);
	return remote_login(*out, email, password, NULL, err);
}

int
embedded_open(struct cli *c, struct http **out, struct err *err)
{
	return open_embedded(c, arena_printf(c->a, "%s/login.json", c->var), out, err);
}

int
remote_open(struct cli *c, struct http **out, struct err *err)
{
	const char *url = getenv("FORGE_URL"), *key = getenv("FORGE_KEY");
	const char *saved = login_path(c), *embedded = arena_printf(c->a, "%s/login.json", c->var);

	if (url && key) {
		*out = http_open(c->a, url);
		http_session(*out, NULL, NULL, key);
		return 0;
	}
	if (access(saved, R_OK) == 0)
		return open_saved(c, saved, out, err);
	if (access(embedded, F_OK) == 0 && access(embedded, R_OK) != 0)
		return err_set(err, E_FORBIDDEN, "the embedded stack's log-in is readable to its owner only; run this with sudo, or `forgectl login`");
	if (access(embedded, R_OK) == 0)
		return open_embedded(c, embedded, out, err);
	return err_set(err, E_UNAUTHENTICATED,
	    "nobody is signed in; `forgectl login URL --email YOU` does it, or `sudo forgectl up` starts a stack of your own here");
}

int
remote_workspace(struct cli *c, struct http *h, const char *asked, const char **id, struct err *err)
{
	const struct jx *list, *items;

	(void)c;
	if (http_get(h, "/workspaces", &list, err) < 0)
		return -1;
	items = jx_find(list, "items");
	for (size_t i = 0; i < jx_size(items); i++) {
		const struct jx *w = jx_at(items, i);
		const char *wid = jx_str(jx_find(w, "id"), "");
		if (!asked || strcmp(asked, wid) == 0 || jx_is_str(jx_find(w, "name"), asked)) {
			*id = wid;
			return 0;
		}
	}
	return asked ? err_set(err, E_NOT_FOUND, "you have no workspace '%s'; `forgectl workspace list` shows yours", asked)
	             : err_set(err, E_NOT_FOUND, "you have no workspace yet; `forgectl workspace create NAME` makes one");
}

/* ---- login ---------------------------------------------------------------------------------------- */

static int
read_password(struct cli *c, bool from_stdin, const char **out, struct err *err)
{
	struct termios before, quiet;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	bool is_tty = isatty(STDIN_FILENO);

	if (!is_tty && !from_stdin)
		return err_set(err, E_USAGE, "no terminal to ask for the password on; give it with --password-stdin");
	if (is_tty && tcgetattr(STDIN_FILENO, &before) == 0) {
		fprintf(stderr, "Password: ");
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	n = getline(&line, &cap, stdin);
	if (is_tty) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fprintf(stderr, "\n");
	}
	if (n <= 0) {
		free(line);
		return err_set(err, E_USAGE, "no password was given");
	}
	*out = arena_dup(c->a, line, strcspn(line, "\r\n"));
	free(line);
	return 0;
}

static int
save_login(struct cli *c, const struct http *h, const struct jx *user, struct err *err)
{
	char *path = arena_str(c->a, login_path(c)), *slash = strrchr(path, '/');
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.login.v1");
	jw_str(&w, "url", http_url(h));
	jw_str(&w, "cookie", http_cookie(h));
	jw_str(&w, "csrf", jx_str(jx_find(user, "csrf"), ""));
	jw_end(&w);
	buf_char(&b, '\n');
	if (slash && slash != path) {
		*slash = '\0';
		if (dir_make(path, 0700, err) < 0)
			return -1;
		*slash = '/';
	}
	return file_save(path, b.p, b.len, 0600, err);
}

int
verb_login(struct cli *c, int argc, char **argv)
{
	const char *email = cli_option(&argc, argv, "email"), *password = NULL, *url;
	bool from_stdin = cli_flag(&argc, argv, "password-stdin"), is_out = cli_flag(&argc, argv, "out");
	struct stack_state s;
	const struct jx *user;
	struct http *h;
	struct err err;

	if (cli_arguments(argc, argv, 0, 1, "login") != CLI_OK)
		return CLI_USAGE;
	if (is_out) {
		if (unlink(login_path(c)) < 0 && errno != ENOENT) {
			err_sys(&err, E_IO, "cannot remove the saved log-in");
			return cli_fail(c, &err);
		}
		printf(c->is_json ? "{\"signed_in\":false}\n" : "Signed out.\n");
		return CLI_OK;
	}
	if (!email)
		return cli_usage("login", "--email is missing");
	if (stack_load(c, &s, &err) < 0)
		return cli_fail(c, &err);
	url = argc > 1 ? argv[1] : s.is_up ? arena_str(c->a, s.url) : NULL;
	if (!url)
		return cli_usage("login", "which server? no embedded stack is up here, so give its URL");
	h = http_open(c->a, url);
	if (read_password(c, from_stdin, &password, &err) < 0 || remote_login(h, email, password, &user, &err) < 0 ||
	    save_login(c, h, user, &err) < 0)
		return cli_fail(c, &err);
	printf(c->is_json ? "{\"signed_in\":true}\n" : "Signed in at %s.\n", url);
	return CLI_OK;
}

/* ---- workspace, file, plan, run, artifact: list, show, change --------------------------------------- */

/* One remote verb's common start: session and workspace. */
struct session {
	struct http *h;
	const char *ws;
};

static int
begin(struct cli *c, const char *workspace, struct session *s, struct err *err)
{
	if (remote_open(c, &s->h, err) < 0)
		return -1;
	return remote_workspace(c, s->h, workspace, &s->ws, err);
}

static void
print_json(struct cli *c, const struct jx *v)
{
	struct buf b;

	buf_init(&b, c->a);
	jw_pretty(&b, v);
	printf("%s", b.p);
}

/* A line per item: the named members, in columns. */
static void
print_items(struct cli *c, const struct jx *answer, const char *const *keys)
{
	const struct jx *items = jx_find(answer, "items");

	if (c->is_json) {
		print_json(c, answer);
		return;
	}
	if (jx_size(items) == 0)
		printf("none\n");
	for (size_t i = 0; i < jx_size(items); i++) {
		for (size_t k = 0; keys[k]; k++) {
			const struct jx *v = jx_find(jx_at(items, i), keys[k]);
			const char *text = !v || v->type == JX_NULL ? "-"
			                   : v->type == JX_STRING || v->type == JX_NUMBER ? v->u.text.p : "…";
			printf("%s%-*s", k ? "  " : "", keys[k + 1] ? (k == 0 ? 16 : 12) : 0, text);
		}
		printf("\n");
	}
}

static int
list(struct cli *c, struct session *s, const char *path, const char *const *keys)
{
	const struct jx *v;
	struct err err;

	if (http_get(s->h, path, &v, &err) < 0)
		return cli_fail(c, &err);
	print_items(c, v, keys);
	return CLI_OK;
}

int
verb_workspace(struct cli *c, int argc, char **argv)
{
	static const char *const keys[] = {"id", "role", "name", NULL};
	struct session s;
	const struct jx *v;
	struct err err;
	struct buf b;
	struct jw w;

	if (cli_arguments(argc, argv, 1, 2, "workspace") != CLI_OK)
		return CLI_USAGE;
	if (remote_open(c, &s.h, &err) < 0)
		return cli_fail(c, &err);
	if (strcmp(argv[1], "list") == 0)
		return list(c, &s, "/workspaces", keys);
	if (strcmp(argv[1], "create") != 0 || argc < 3)
		return cli_usage("workspace", "say list, or create NAME");
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "name", argv[2]);
	jw_end(&w);
	if (http_json(s.h, &(struct http_call){.method = "POST", .path = "/workspaces", .body = b.p}, &v, &err) < 0)
		return cli_fail(c, &err);
	if (c->is_json)
		print_json(c, v);
	else
		printf("%s  %s\n", jx_str(jx_find(v, "id"), "?"), argv[2]);
	return CLI_OK;
}

static int
file_put(struct cli *c, struct session *s, const char *local, const char *as)
{
	const struct jx *v, *parse;
	struct err err;
	const char *name = as ? as : strrchr(local, '/') ? strrchr(local, '/') + 1 : local;

	if (http_upload(s->h, arena_printf(c->a, "/workspaces/%s/files/%s", s->ws, http_escape(c->a, name)), local, &v, &err) < 0)
		return cli_fail(c, &err);
	parse = jx_find(v, "parse");
	if (c->is_json)
		print_json(c, v);
	else
		printf("%s  %lld bytes  %s\n", name, (long long)jx_int(jx_find(v, "bytes"), -1),
		    jx_bool(jx_find(parse, "ok"), true) ? "reads well" : jx_str(jx_find(parse, "detail"), "does not parse"));
	return CLI_OK;
}

int
verb_file(struct cli *c, int argc, char **argv)
{
	static const char *const keys[] = {"kind", "bytes", "rows", "entity", "path", NULL};
	const char *ws = cli_option(&argc, argv, "workspace"), *as = cli_option(&argc, argv, "as");
	const char *to = cli_option(&argc, argv, "out"), *path;
	struct session s;
	struct err err;

	if (cli_arguments(argc, argv, 1, 2, "file") != CLI_OK)
		return CLI_USAGE;
	if (begin(c, ws, &s, &err) < 0)
		return cli_fail(c, &err);
	if (strcmp(argv[1], "list") == 0)
		return list(c, &s, arena_printf(c->a, "/workspaces/%s/files", s.ws), keys);
	if (argc < 3)
		return cli_usage("file", "which file?");
	path = arena_printf(c->a, "/workspaces/%s/files/%s", s.ws, http_escape(c->a, argv[2]));
	if (strcmp(argv[1], "put") == 0)
		return file_put(c, &s, argv[2], as);
	if (strcmp(argv[1], "get") == 0) {
		if (!to)
			to = strrchr(argv[2], '/') ? strrchr(argv[2], '/') + 1 : argv[2];
		if (http_download(s.h, path, to, NULL, &err) < 0)
			return cli_fail(c, &err);
		if (!c->is_json)
			printf("%s\n", to);
		return CLI_OK;
	}
	if (strcmp(argv[1], "rm") != 0)
		return cli_usage("file", "say list, put PATH, get PATH or rm PATH");
	if (http_json(s.h, &(struct http_call){.method = "DELETE", .path = path}, NULL, &err) < 0)
		return cli_fail(c, &err);
	return CLI_OK;
}

/* --objective: a file's text, or the words themselves. */
static int
load_objective(struct cli *c, const char *given, const char **out, struct err *err)
{
	char *text;
	size_t n;

	if (access(given, F_OK) != 0) {
		*out = given;
		return 0;
	}
	if (file_load(c->a, given, 1 << 20, &text, &n, err) < 0)
		return err_wrap(err, "the objective");
	*out = text;
	return 0;
}

static int
plan_make(struct cli *c, struct session *s, const char *given)
{
	const struct jx *plan, *refused = NULL;
	const char *objective = NULL;
	struct err err;

	if (!given)
		return cli_usage("plan", "make needs --objective FILE or words");
	if (load_objective(c, given, &objective, &err) < 0)
		return cli_fail(c, &err);
	if (remote_compile(c, s->h, s->ws, objective, NULL, &plan, &refused, &err) < 0) {
		if (refused && c->is_json)
			print_json(c, refused);
		return refused ? CLI_FAILED : cli_fail(c, &err);
	}
	if (c->is_json)
		print_json(c, plan);
	else
		printf("%s  plan hash %s\n", jx_str(jx_find(plan, "id"), "?"), jx_str(jx_find(plan, "plan_hash"), "?"));
	return CLI_OK;
}

int
verb_plan(struct cli *c, int argc, char **argv)
{
	static const char *const keys[] = {"id", "created_at", "plan_hash", NULL};
	const char *ws = cli_option(&argc, argv, "workspace"), *objective = cli_option(&argc, argv, "objective");
	struct session s;
	const struct jx *v;
	struct err err;

	if (cli_arguments(argc, argv, 1, 2, "plan") != CLI_OK)
		return CLI_USAGE;
	if (begin(c, ws, &s, &err) < 0)
		return cli_fail(c, &err);
	if (strcmp(argv[1], "list") == 0)
		return list(c, &s, arena_printf(c->a, "/workspaces/%s/plans", s.ws), keys);
	if (strcmp(argv[1], "make") == 0)
		return plan_make(c, &s, objective);
	if (strcmp(argv[1], "show") != 0 || argc < 3)
		return cli_usage("plan", "say list, make --objective FILE, or show ID");
	if (http_get(s.h, arena_printf(c->a, "/workspaces/%s/plans/%s", s.ws, http_escape(c->a, argv[2])), &v, &err) < 0)
		return cli_fail(c, &err);
	print_json(c, v);
	return CLI_OK;
}

static int
run_start(struct cli *c, struct session *s, const char *plan)
{
	const char *run;
	struct err err;

	if (remote_start(c, s->h, s->ws, plan, &run, &err) < 0)
		return cli_fail(c, &err);
	printf(c->is_json ? "{\"id\":\"%s\"}\n" : "%s\n", run);
	return CLI_OK;
}

int
verb_run(struct cli *c, int argc, char **argv)
{
	static const char *const keys[] = {"id", "state", "created_at", NULL};
	const char *ws = cli_option(&argc, argv, "workspace"), *path;
	struct session s;
	const struct jx *v;
	struct err err;

	if (cli_arguments(argc, argv, 1, 2, "run") != CLI_OK)
		return CLI_USAGE;
	if (begin(c, ws, &s, &err) < 0)
		return cli_fail(c, &err);
	if (strcmp(argv[1], "list") == 0)
		return list(c, &s, arena_printf(c->a, "/workspaces/%s/runs", s.ws), keys);
	if (argc < 3)
		return cli_usage("run", "say list, start PLAN, show RUN or cancel RUN");
	if (strcmp(argv[1], "start") == 0)
		return run_start(c, &s, argv[2]);
	path = arena_printf(c->a, "/workspaces/%s/runs/%s", s.ws, http_escape(c->a, argv[2]));
	if (strcmp(argv[1], "show") == 0) {
		if (http_get(s.h, path, &v, &err) < 0)
			return cli_fail(c, &err);
		print_json(c, v);
		return CLI_OK;
	}
	if (strcmp(argv[1], "cancel") != 0)
		return cli_usage("run", "say list, start PLAN, show RUN or cancel RUN");
	path = arena_printf(c->a, "%s/cancel", path);
	if (http_json(s.h, &(struct http_call){.method = "POST", .path = path}, NULL, &err) < 0)
		return cli_fail(c, &err);
	return CLI_OK;
}

int
verb_watch(struct cli *c, int argc, char **argv)
{
	const char *ws = cli_option(&argc, argv, "workspace");
	struct session s;
	const struct jx *run;
	struct err err;

	if (cli_arguments(argc, argv, 1, 1, "watch") != CLI_OK)
		return CLI_USAGE;
	if (begin(c, ws, &s, &err) < 0 || remote_watch(c, s.h, s.ws, argv[1], &run, &err) < 0)
		return cli_fail(c, &err);
	if (c->is_json)
		print_json(c, run);
	return jx_is_str(jx_find(run, "state"), "done") ? CLI_OK : CLI_FAILED;
}

int
verb_artifact(struct cli *c, int argc, char **argv)
{
	const char *ws = cli_option(&argc, argv, "workspace"), *to = cli_option(&argc, argv, "out"), *path;
	struct session s;
	const struct jx *v, *d;
	struct err err;

	if (cli_arguments(argc, argv, 2, 3, "artifact") != CLI_OK)
		return CLI_USAGE;
	if (begin(c, ws, &s, &err) < 0)
		return cli_fail(c, &err);
	path = arena_printf(c->a, "/workspaces/%s/runs/%s", s.ws, http_escape(c->a, argv[2]));
	if (strcmp(argv[1], "list") == 0) {
		if (http_get(s.h, path, &v, &err) < 0)
			return cli_fail(c, &err);
		d = jx_find(v, "deliverables");
		if (c->is_json)
			print_json(c, d);
		for (size_t i = 0; !c->is_json && i < jx_size(d); i++)
			printf("%s  %s\n", jx_str(jx_find(jx_at(d, i), "sha256"), "-"), jx_str(jx_find(jx_at(d, i), "path"), "?"));
		return CLI_OK;
	}
	if (strcmp(argv[1], "get") != 0 || argc < 4)
		return cli_usage("artifact", "say list RUN, or get RUN PATH");
	if (!to)
		to = strrchr(argv[3], '/') ? strrchr(argv[3], '/') + 1 : argv[3];
	path = arena_printf(c->a, "%s/artifacts/%s", path, http_escape(c->a, argv[3]));
	if (http_download(s.h, path, to, NULL, &err) < 0)
		return cli_fail(c, &err);
	if (!c->is_json)
		printf("%s\n", to);
	return CLI_OK;
}
