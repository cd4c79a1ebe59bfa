/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl convert: the registered adapters for a person, by the programs that a step would run and in its sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "types/kind.h"
#include "types/profile.h"

#define CHAIN_MAX 4
#define MAP_BYTES_MAX (4u << 20)
#define REPORT_BYTES_MAX (64u << 20)
#define ARGV_MAX 200
#define REFUSED_EXIT 65
/* A person waits for it on a machine of their own: larger than a step's usual limits. */
#define LIMITS                                                                                                         \
	"--wall-ms=1800000", "--cpu-ms=1800000", "--memory-mb=1536", "--pids=256", "--output-bytes=8589934592",         \
	    "--work-bytes=2147483648"

extern char **environ;

struct convert {
	struct cli *c;
	const struct catalog *k;
	const char *in, *out;
	enum kind from, to;
	const struct jx *map; /* --columns */
	const struct adapter *chain[CHAIN_MAX + 1];
	size_t n;
	char dir[64]; /* scratch */
};

static int
kind_of_file(struct convert *v, enum kind *out, struct err *err)
{
	struct profile_options quick = {.skip_pairs = true, .distinct_max = 1};
	struct artifact_profile p;
	int fd = open(v->in, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_sys(err, E_NOT_FOUND, "open '%s'", v->in);
	rc = artifact_profile(v->c->a, fd, v->in, NULL, &quick, &p, err);
	fd_close(&fd);
	if (rc < 0)
		return err_wrap(err, "'%s'", v->in);
	if (!p.parse_ok)
		return err_set(err, E_SCHEMA, "'%s' is no %s: %s", v->in, kind_name(p.kind), p.fault.message);
	*out = p.kind;
	return 0;
}

/* Rows as ".json" are JSON rows; a page as ".html" from a report is a report. */
static int
kind_wanted(const struct convert *v, const char *as, enum kind *out, struct err *err)
{
	if (as)
		return kind_parse(as, out, err);
	if (!kind_for_path(v->out, out))
		return err_set(err, E_USAGE, "the name '%s' does not say what to make; say --as KIND", v->out);
	if (*out == KIND_OBJECT_JSON && v->from == KIND_FILE_ARCHIVE_ZIP)
		*out = KIND_FILE_BATCH_MANIFEST;
	else if (*out == KIND_OBJECT_JSON && v->from != KIND_OBJECT_YAML)
		*out = KIND_TABLE_JSON_ROWS;
	return 0;
}

/* A YAML file may hold rows or an object, and its kind does not tell; the first character that matters does. */
static const char *
form_of(const struct convert *v)
{
	char head[4096];
	ssize_t n = -1;
	int fd;

	if (v->from == KIND_OBJECT_JSON)
		return "object";
	if (v->from != KIND_OBJECT_YAML)
		return NULL;
	fd = open(v->in, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, head, sizeof head);
	fd_close(&fd);
	for (ssize_t i = 0; i < n; i++) {
		if (head[i] == '#' || head[i] == '%' || (head[i] == '-' && i + 2 < n && memcmp(head + i, "---", 3) == 0)) {
			while (i < n && head[i] != '\n')
				i++;
			continue;
		}
		if (!strchr(" \t\r\n", head[i]) && (unsigned char)head[i] < 0x80)
			return head[i] == '-' || head[i] == '[' ? "rows" : "object";
	}
	return NULL;
}

static const struct adapter *
columns_adapter(const struct catalog *k, enum kind kind)
{
	for (size_t i = 0; i < k->nadapters; i++)
		if (k->adapters[i].type == ADAPTER_COLUMNS && strcmp(k->adapters[i].to, kind_name(kind)) == 0)
			return &k->adapters[i];
	return NULL;
}

static int
chain_find(struct convert *v, bool has_as, struct err *err)
{
	const char *form = form_of(v);

	if (v->from == KIND_OBJECT_YAML && v->to == KIND_OBJECT_JSON && !has_as && form && strcmp(form, "rows") == 0)
		v->to = KIND_TABLE_JSON_ROWS;
	if (v->map) {
		v->chain[v->n] = columns_adapter(v->k, v->from);
		if (!v->chain[v->n++])
			return err_set(err, E_USAGE, "--columns works on CSV, TSV and JSON rows, not on %s", kind_name(v->from));
	}
	if (v->from == v->to && v->map)
		return 0;
	if (v->from == v->to)
		return err_set(err, E_USAGE, "'%s' is %s already", v->in, kind_name(v->to));
	size_t n = catalog_adapters_of(v->k, kind_name(v->from), kind_name(v->to), form, v->chain + v->n, CHAIN_MAX);
	if (n == 0)
		return err_set(err, E_NOT_FOUND, "no adapter turns %s into %s; `forgectl packs list` says which there are",
		    kind_name(v->from), kind_name(v->to));
	v->n += n;
	return 0;
}

/* What the program finds as /workspace/meta/step.json. */
static int
step_write(struct convert *v, const struct adapter *at, enum kind from, const char *path, struct err *err)
{
	const char *name = strrchr(v->in, '/');
	struct buf b;
	struct jw w;

	buf_init(&b, v->c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.step.v1");
	jw_str(&w, "step_id", "ps-1-convert");
	jw_object(&w, "inputs");
	jw_object(&w, "source");
	jw_str(&w, "path", "/workspace/input/source");
	jw_str(&w, "kind", kind_name(from));
	jw_str(&w, "source_path", name ? name + 1 : v->in);
	jw_end(&w);
	jw_end(&w);
	jw_object(&w, "outputs");
	jw_object(&w, "result");
	jw_str(&w, "path", "/workspace/output/result");
	jw_str(&w, "kind", at->to);
	jw_end(&w);
	jw_end(&w);
	if (at->type == ADAPTER_COLUMNS) {
		jw_value(&w, "params", v->map);
	} else if (at->params) {
		jw_value(&w, "params", at->params);
	} else {
		jw_object(&w, "params");
		jw_end(&w);
	}
	jw_end(&w);
	return file_save(path, b.p, b.len, 0644, err);
}

/* The program's files as the catalog loaded them, so that what runs is what was hashed. */
static int
skill_write(struct convert *v, const struct adapter *at, const char **argv, size_t *n, struct err *err)
{
	const struct skill *s = catalog_skill(v->k, at->skill);
	const char *dir = arena_printf(v->c->a, "%s/%s", v->dir, at->skill);

	if (!s)
		return err_set(err, E_NOT_FOUND, "there is no skill '%s'", at->skill);
	if (dir_make(dir, 0755, err) < 0)
		return -1;
	for (size_t i = 0; i < s->nfiles; i++) {
		const char *path = arena_printf(v->c->a, "%s/%s", dir, s->files[i].name);

		if (*n + 20 > ARGV_MAX)
			return err_set(err, E_LIMIT, "the skill '%s' has too many files", at->skill);
		if (file_save(path, s->files[i].bytes, s->files[i].n, 0644, err) < 0)
			return -1;
		argv[(*n)++] = arena_printf(v->c->a, "--file=%s:%s", path, s->files[i].path);
	}
	return 0;
}

static int
spawn(const char *const *argv, const char *report, struct err *err)
{
	posix_spawn_file_actions_t actions;
	int rc, status;
	pid_t pid;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, report, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	rc = posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (rc != 0) {
		errno = rc;
		return err_sys(err, E_IO, "start '%s'", argv[0]);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, E_IO, "wait for the sandbox");
	return 0;
}

/* The refusal of a program in words, with its place. */
static int
refusal(struct convert *v, const struct jx *report, struct err *err)
{
	const char *said = jx_str(jx_find(report, "stderr"), ""), *line = said;
	struct jx *doc;

	for (const char *p = said; *p; p++)
		if (*p == '\n' && p[1])
			line = p + 1;
	if (jx_int(jx_find(report, "exit_code"), 0) == REFUSED_EXIT &&
	    jx_parse(v->c->a, line, strcspn(line, "\n"), NULL, &doc, NULL) == 0) {
		const struct jx *e = jx_find(doc, "error"), *row = jx_find(e, "row"), *column = jx_find(e, "column");
		const char *place = row && row->type == JX_NUMBER ? arena_printf(v->c->a, ", row %lld", (long long)jx_int(row, 0)) : "";

		if (column && column->type == JX_NUMBER)
			place = arena_printf(v->c->a, "%s, column %lld", place, (long long)jx_int(column, 0));
		return err_set(err, E_SCHEMA, "'%s'%s: %s", v->in, place, jx_str(jx_find(e, "message"), ""));
	}
	return err_set(err, E_SANDBOX, "the program ended with %s. Its last words: %s",
	    jx_str(jx_find(report, "detail"), "no verdict"), line);
}

/* One adapter: source is a file of ours, *result becomes the next one. */
static int
run_one(struct convert *v, size_t i, enum kind from, const char *source, const char **result, struct err *err)
{
	const struct adapter *at = v->chain[i];
	struct arena *a = v->c->a;
	const char *argv[ARGV_MAX] = {v->c->self, "sandbox", "run", LIMITS}, *step, *report, *out;
	size_t n = 0, nreport;
	struct jx_options opt = {.bytes_max = REPORT_BYTES_MAX};
	struct jx *doc;
	char *text;

	while (argv[n])
		n++;
	step = arena_printf(a, "%s/step-%zu.json", v->dir, i);
	report = arena_printf(a, "%s/report-%zu.json", v->dir, i);
	out = arena_printf(a, "%s/out-%zu", v->dir, i);
	if (step_write(v, at, from, step, err) < 0 || skill_write(v, at, argv, &n, err) < 0)
		return -1;
	argv[n++] = arena_printf(a, "--file=%s:/workspace/meta/step.json", step);
	argv[n++] = arena_printf(a, "--file=%s:/workspace/input/source", source);
	argv[n++] = arena_printf(a, "--out=%s", out);
	argv[n++] = "--";
	for (size_t k = 0; k < jx_size(at->argv) && n < ARGV_MAX - 1; k++)
		argv[n++] = jx_str(jx_at(at->argv, k), "");
	if (spawn(argv, report, err) < 0 || file_load(a, report, REPORT_BYTES_MAX, &text, &nreport, err) < 0)
		return -1;
	if (nreport == 0)
		return err_set(err, E_SANDBOX, "the sandbox did not start; `forgectl sandbox check` says why");
	if (jx_parse(a, text, nreport, &opt, &doc, err) < 0)
		return err_wrap(err, "what the sandbox says");
	if (!jx_is_str(jx_find(doc, "verdict"), "ok"))
		return refusal(v, doc, err);
	*result = arena_printf(a, "%s/result", out);
	return 0;
}

/* The result as a file at v->out, once it is what it should be: read by the profile as an upload would be. */
static int
deliver(struct convert *v, const char *result, struct artifact_profile *p, struct err *err)
{
	const char *temporary = arena_printf(v->c->a, "%s.%d.tmp", v->out, (int)getpid());
	struct stat st;
	int from = open(result, O_RDONLY | O_CLOEXEC), to = -1, rc = -1;
	off_t at = 0;

	if (from < 0)
		return err_sys(err, E_IO, "the program left no result");
	if (artifact_profile(v->c->a, from, NULL, kind_name(v->to), NULL, p, err) < 0)
		goto out;
	if (!p->parse_ok) {
		err_set(err, E_SCHEMA, "the result is no %s: %s", kind_name(v->to), p->fault.message);
		goto out;
	}
	to = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (to < 0 || fstat(from, &st) < 0) {
		err_sys(err, E_IO, "write '%s'", v->out);
		goto out;
	}
	while (at < st.st_size)
		if (sendfile(to, from, &at, (size_t)(st.st_size - at)) <= 0) {
			err_sys(err, E_IO, "write '%s'", v->out);
			goto out;
		}
	rc = rename(temporary, v->out) < 0 ? err_sys(err, E_IO, "write '%s'", v->out) : 0;
out:
	if (rc < 0 && to >= 0)
		(void)unlink(temporary);
	fd_close(&to);
	fd_close(&from);
	return rc;
}

static void
scratch_remove(struct convert *v)
{
	const char *argv[] = {"/bin/rm", "-rf", "--", v->dir, NULL};
	struct err err;

	if (v->dir[0])
		(void)spawn(argv, "/dev/null", &err);
}

static void
say(struct convert *v, const struct artifact_profile *p)
{
	struct buf b;
	struct jw w;

	if (!v->c->is_json) {
		printf("%s: %s", v->out, kind_name(v->to));
		if (kind_is_table(v->to))
			printf(", %llu rows", (unsigned long long)p->rows);
		printf("\n");
		for (size_t i = 0; i < v->n; i++)
			printf("  %s %s%s%s\n", v->chain[i]->id, v->chain[i]->version,
			    v->chain[i]->is_lossless ? "" : ": not everything is kept. ", v->chain[i]->is_lossless ? "" : v->chain[i]->says);
		return;
	}
	buf_init(&b, v->c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "path", v->out);
	jw_str(&w, "kind", kind_name(v->to));
	jw_array(&w, "adapters");
	for (size_t i = 0; i < v->n; i++)
		jw_str(&w, NULL, v->chain[i]->id);
	jw_end(&w);
	artifact_profile_json(p, "profile", &w);
	jw_end(&w);
	printf("%s\n", b.p);
}

static int
convert(struct convert *v, const char *as, struct err *err)
{
	const char *at = v->in;
	struct artifact_profile p;
	enum kind kind;

	if (kind_of_file(v, &v->from, err) < 0 || kind_wanted(v, as, &v->to, err) < 0 ||
	    chain_find(v, as != NULL, err) < 0)
		return -1;
	if (geteuid() != 0)
		return err_set(err, E_FORBIDDEN, "an adapter runs in the sandbox only, and the sandbox needs root: use sudo, or "
		    "upload the file and let a plan convert it");
	(void)snprintf(v->dir, sizeof v->dir, "/tmp/forge-convert-XXXXXX");
	if (!mkdtemp(v->dir)) {
		v->dir[0] = '\0';
		return err_sys(err, E_IO, "make a scratch folder");
	}
	kind = v->from;
	for (size_t i = 0; i < v->n; i++) {
		if (run_one(v, i, kind, at, &at, err) < 0)
			return err_wrap(err, "%s", v->chain[i]->id);
		if (!kind_find(v->chain[i]->to, &kind))
			return err_set(err, E_CONFIG, "there is no kind '%s'", v->chain[i]->to);
	}
	if (deliver(v, at, &p, err) < 0)
		return -1;
	say(v, &p);
	return 0;
}

int
verb_convert(struct cli *c, int argc, char **argv)
{
	const char *as = cli_option(&argc, argv, "as"), *columns = cli_option(&argc, argv, "columns"),
		   *packs = cli_option(&argc, argv, "packs");
	struct convert v = {.c = c};
	struct jx_options opt = {.bytes_max = MAP_BYTES_MAX};
	struct jx *map = NULL;
	struct err err;
	int rc;

	if (cli_arguments(argc, argv, 2, 2, "convert") != CLI_OK)
		return CLI_USAGE;
	v.in = argv[1];
	v.out = argv[2];
	if (columns && jx_load(c->a, columns, &opt, &map, &err) < 0)
		return cli_fail(c, &err);
	v.map = map;
	if (catalog_load_over(c->a, packs_folder(c, NULL), packs_folder(c, packs), &v.k, &err) < 0)
		return cli_fail(c, &err);
	rc = convert(&v, as, &err);
	scratch_remove(&v);
	return rc < 0 ? cli_fail(c, &err) : CLI_OK;
}
