/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forgectl demo: the main job on real input, from nothing to a checked report, then the two small
 * ones. What it leaves: var/demo/result.json, the deliverables, and a workspace to look at.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/go.h"
#include "cli/http.h"
#include "cli/remote.h"
#include "cli/stack.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"

#define PYTHON "/usr/bin/python3"

/* ---- --fresh ------------------------------------------------------------------------------------- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* Only a folder that holds what the stack itself made is emptied. */
static int
start_over(const struct cli *c, struct err *err)
{
	static const char *const ours[] = {"pg", "blobs", "run", "log", "s6", "nginx", "etc", "demo", "login.json", "stack.json", "stack.lock"};

	if (stack_down(c, err) < 0)
		return -1;
	if (access(arena_printf(c->a, "%s/.forge-stack", c->var), F_OK) != 0)
		return 0; /* not ours: nothing is removed, and `up` refuses it unless it is empty */
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		const char *path = arena_printf(c->a, "%s/%s", c->var, ours[i]);
		if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
			return err_sys(err, E_IO, "cannot remove '%s'", path);
	}
	return 0;
}

/* ---- helpers --------------------------------------------------------------------------------------- */

/* Runs a checker and gives its stdout; it is content when it exited 0. */
static int
run_checker(const struct cli *c, const char *const *argv, char **out, bool *is_content, struct err *err)
{
	int p[2], status;
	size_t n;
	pid_t pid;
	int rc;

	if (fd_pipe(p, err) < 0)
		return -1;
	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		return err_sys(err, E_IO, "cannot fork");
	if (pid == 0) {
		if (dup2(p[1], STDOUT_FILENO) < 0)
			_exit(111);
		(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(111);
	}
	fd_close(&p[1]);
	rc = fd_read_all(c->a, p[0], 1 << 20, out, &n, err);
	fd_close(&p[0]);
	if (waitpid(pid, &status, 0) < 0)
		return err_sys(err, E_IO, "cannot wait for the checker");
	*is_content = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return rc;
}

static int
check_answer(const struct cli *c, const char *script, const char *folder, const struct jx **out, struct err *err)
{
	const char *argv[] = {PYTHON, script, folder, NULL};
	bool is_content = false;
	char *text;
	struct jx *v;

	if (run_checker(c, argv, &text, &is_content, err) < 0 || jx_parse(c->a, text, strlen(text), NULL, &v, err) < 0)
		return err_wrap(err, "the answer key's check");
	if (is_content != jx_bool(jx_find(v, "ok"), false))
		return err_set(err, E_INTERNAL, "the answer key's check says one thing and exits with another");
	*out = v;
	return 0;
}

static int
find_workspace(const struct cli *c, struct http *h, const char *name, const char **out, struct err *err)
{
	const struct jx *list, *items;

	(void)c;
	*out = NULL;
	if (http_get(h, "/workspaces", &list, err) < 0)
		return -1;
	items = jx_find(list, "items");
	for (size_t i = 0; i < jx_size(items); i++)
		if (jx_is_str(jx_find(jx_at(items, i), "name"), name))
			*out = jx_str(jx_find(jx_at(items, i), "id"), NULL);
	return 0;
}

/* ---- the jobs -------------------------------------------------------------------------------------- */

struct job {
	const char *title;
	const char *folder;    /* of the input files, below packs/domain */
	const char *const *only; /* of its files, NULL-ended; NULL: all */
	const char *objective; /* a file, below packs/domain */
	const char *check;     /* the answer key's program, below packs/domain */
	const char *profile;
	const char *out;       /* below var/demo */
	const char *url_from;  /* the address in the objective's file … */
	const char *url_to;    /* … and the one that the demo's own API listens on; NULL for none */
};

struct job_result {
	struct go_result go;
	const struct jx *answer;
	bool is_ok;
};

static const char *
replace(struct arena *a, const char *text, const char *from, const char *to)
{
	struct buf b;
	const char *hit;

	buf_init(&b, a);
	for (; (hit = strstr(text, from)) != NULL; text = hit + strlen(from)) {
		buf_add(&b, text, (size_t)(hit - text));
		buf_str(&b, to);
	}
	buf_str(&b, text);
	return buf_take(&b);
}

static int
do_job(struct cli *c, struct http *h, const struct job *j, struct job_result *r, struct err *err)
{
	const char *base = arena_printf(c->a, "%s/packs/domain", c->root);
	struct go g = {.folder = arena_printf(c->a, "%s/%s", base, j->folder), .only = j->only, .name = j->title, .profile = j->profile,
	    .out = arena_printf(c->a, "%s/demo/%s", c->var, j->out), .may_be_empty = j->url_to != NULL};
	char *words;
	size_t n;

	if (!c->is_json)
		printf("\n%s\n", j->title);
	if (file_load(c->a, arena_printf(c->a, "%s/%s", base, j->objective), 1 << 20, &words, &n, err) < 0 ||
	    dir_make(g.out, 0755, err) < 0 || find_workspace(c, h, j->title, &g.workspace, err) < 0)
		return -1;
	g.objective = j->url_to ? replace(c->a, words, j->url_from, j->url_to) : words;
	if (go_run(c, h, &g, &r->go, err) < 0)
		return err_wrap(err, "%s", j->title);
	if (r->go.is_whole && check_answer(c, arena_printf(c->a, "%s/%s", base, j->check), g.out, &r->answer, err) < 0)
		return -1;
	r->is_ok = r->go.is_whole && jx_bool(jx_find(r->answer, "ok"), false);
	if (!c->is_json) {
		printf("%s in %.2f s; harness %" PRId64 " ms over all steps; answer key: %s (%" PRId64 " checks)\n",
		    jx_str(jx_find(r->go.run, "state"), "?"), (double)r->go.wall_ms / 1000, r->go.harness_ms,
		    r->is_ok ? "equal" : "DIFFERENT", jx_int(jx_find(r->answer, "checks"), 0));
		for (size_t i = 0; i < jx_size(jx_find(r->go.run, "deliverables")); i++)
			if (jx_str(jx_find(jx_at(jx_find(r->go.run, "deliverables"), i), "sha256"), NULL))
				printf("  %s/%s\n", g.out, jx_str(jx_find(jx_at(jx_find(r->go.run, "deliverables"), i), "path"), "?"));
	}
	return 0;
}

/* The small API of the third job, served by this program's child on loopback while the job runs. */
struct api {
	pid_t pid;
	int lifeline; /* the server ends when this closes */
	int port;
};

/* The profile `demo` lets a plan read from these two addresses of this machine, and from no other. */
static const char *const api_ports[] = {"8099", "18099"};

static int
start_api_at(const struct cli *c, const char *port, struct api *api, struct err *err)
{
	const char *script = arena_printf(c->a, "%s/packs/domain/data-merge-transform/sample/api/server.py",
	    c->root);
	const char *argv[] = {PYTHON, script, "--port", port, NULL};
	char line[128] = "";
	int out[2], in[2];
	size_t got = 0;
	ssize_t n;

	if (fd_pipe(out, err) < 0 || fd_pipe(in, err) < 0)
		return -1;
	api->pid = fork();
	if (api->pid < 0)
		return err_sys(err, E_IO, "cannot fork");
	if (api->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
			_exit(111);
		(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(111);
	}
	fd_close(&out[1]);
	fd_close(&in[0]);
	api->lifeline = in[1];
	/* It prints a line that begins with its port when it listens; unbuffered, that comes in pieces. */
	while (got < sizeof line - 1 && !strchr(line, '\n') && (n = read(out[0], line + got, sizeof line - 1 - got)) > 0)
		got += (size_t)n;
	fd_close(&out[0]);
	api->port = (int)strtol(line, NULL, 10);
	return api->port > 0 ? 0 : err_set(err, E_NET, "the demo's own API did not start at port %s", port);
}

static void
stop_api(struct api *api);

static int
start_api(const struct cli *c, struct api *api, struct err *err)
{
	for (size_t i = 0; i < sizeof api_ports / sizeof *api_ports; i++) {
		if (start_api_at(c, api_ports[i], api, err) == 0)
			return 0;
		if (api->pid > 0)
			stop_api(api);
	}
	return err_wrap(err, "both ports of the demo's API are taken");
}

static void
stop_api(struct api *api)
{
	fd_close(&api->lifeline);
	(void)kill(api->pid, SIGTERM);
	(void)waitpid(api->pid, NULL, 0);
}

/* ---- the record ------------------------------------------------------------------------------------ */

static void
write_job(struct jw *w, const char *key, const struct job_result *r)
{
	jw_object(w, key);
	jw_str(w, "run_id", jx_str(jx_find(r->go.run, "id"), NULL));
	jw_str(w, "state", jx_str(jx_find(r->go.run, "state"), NULL));
	jw_int(w, "wall_ms", r->go.wall_ms);
	jw_object(w, "answer_key");
	jw_bool(w, "ok", r->is_ok);
	jw_int(w, "checks", jx_int(jx_find(r->answer, "checks"), 0));
	jw_end(w);
	jw_end(w);
}

static int
save_record(struct cli *c, const struct job_result *r, size_t n, const struct job *jobs, struct err *err)
{
	struct buf b;
	struct jw w;
	const char *path = arena_printf(c->a, "%s/demo/result.json", c->var);

	buf_init(&b, c->a);
	/* The main run's result with the wall time, the answer key and the other jobs in front. */
	buf_printf(&b, "{\"wall_ms\":%" PRId64 ",", r[0].go.wall_ms);
	buf_str(&b, "\"answer_key\":");
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", r[0].is_ok);
	jw_int(&w, "checks", jx_int(jx_find(r[0].answer, "checks"), 0));
	if (jx_find(r[0].answer, "differences"))
		jw_value(&w, "differences", jx_find(r[0].answer, "differences"));
	jw_end(&w);
	buf_str(&b, ",\"also\":");
	jw_init(&w, &b);
	jw_object(&w, NULL);
	for (size_t i = 1; i < n; i++)
		write_job(&w, jobs[i].out, &r[i]);
	jw_end(&w);
	buf_char(&b, ',');
	buf_str(&b, r[0].go.json + 1);
	buf_char(&b, '\n');
	if (c->is_json)
		printf("%s", b.p);
	else
		printf("\nRecord: %s\n", path);
	return file_save(path, b.p, b.len, 0644, err);
}

static void
say_where(const struct cli *c, const struct stack_state *s, const struct job_result *r)
{
	struct jx *login;
	struct err err;

	if (c->is_json || jx_load(c->a, arena_printf(c->a, "%s/login.json", c->var), NULL, &login, &err) < 0)
		return;
	printf("\nLook at it: %s/w/%s/runs/%s\n  e-mail    %s\n  password  %s\n`make stop` ends everything.\n", s->url,
	    r->go.workspace,
	    jx_str(jx_find(r->go.run, "id"), ""), jx_str(jx_find(login, "email"), "?"),
	    jx_str(jx_find(login, "password"), "?"));
}

int
verb_demo(struct cli *c, int argc, char **argv)
{
	static const char *const two_tables[] = {"time_entries.csv", "rates.csv", NULL};
	bool is_fresh = cli_flag(&argc, argv, "fresh"), is_main_only = cli_flag(&argc, argv, "main");
	const char *port = cli_option(&argc, argv, "port");
	struct job jobs[] = {
	    {"Billing audit", "billing-audit/sample/attachments", NULL, "billing-audit/sample/objective.md",
		"billing-audit/sample/check.py", NULL, "billing-audit", NULL, NULL},
	    {"Profile and join", "billing-audit/sample/attachments", two_tables,
		"data-merge-transform/sample/join/objective.md", "data-merge-transform/sample/join/check.py",
		NULL, "data-join", NULL, NULL},
	    {"User rankings from an API", "data-merge-transform/sample/api/attachments", NULL,
		"data-merge-transform/sample/api/objective.md", "data-merge-transform/sample/api/check.py", "demo",
		"api-report", "http://127.0.0.1:8099", NULL},
	};
	size_t n = is_main_only ? 1 : sizeof jobs / sizeof *jobs;
	struct job_result r[sizeof jobs / sizeof *jobs] = {{.is_ok = false}};
	struct stack_state s;
	struct api api = {.pid = 0, .lifeline = -1};
	struct http *h;
	struct err err;
	bool is_ok = true;
	int rc = 0;

	if (cli_arguments(argc, argv, 0, 0, "demo") != CLI_OK)
		return CLI_USAGE;
	if ((is_fresh && start_over(c, &err) < 0) || stack_up(c, port, &s, &err) < 0 || embedded_open(c, &h, &err) < 0)
		return cli_fail(c, &err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (jobs[i].url_from) {
			rc = start_api(c, &api, &err);
			jobs[i].url_to = arena_printf(c->a, "http://127.0.0.1:%d", api.port);
		}
		if (rc == 0)
			rc = do_job(c, h, &jobs[i], &r[i], &err);
		is_ok = is_ok && r[i].is_ok;
	}
	if (api.pid)
		stop_api(&api);
	if (rc < 0 || save_record(c, r, n, jobs, &err) < 0)
		return cli_fail(c, &err);
	say_where(c, &s, &r[0]);
	return is_ok ? CLI_OK : CLI_FAILED;
}
