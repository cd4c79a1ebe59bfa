/* SPDX-License-Identifier: Apache-2.0 */
#include "types/parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "types/aside.h"
#include "types/csv.h"

#define NODE "/usr/bin/node"
#define HEAP_OPTION "--max-old-space-size=768" /* MiB of JavaScript's own memory */
#define MEMORY_BYTES ((uint64_t)1536 << 20)    /* all of node's, pages of the file included */
#define WALL_MS 180000u
#define CPU_S 150u
#define ABOUT_BYTES_MAX ((size_t)16 << 20)
#define REFUSED 65 /* exit code: it says why */

static char reader[PATH_MAX];

void
parquet_set_reader(const char *packs)
{
	int n = packs ? snprintf(reader, sizeof reader, "%s/%s", packs, PARQUET_READER) : 0;

	if (n <= 0 || (size_t)n >= sizeof reader)
		reader[0] = '\0';
}

struct spool {
	struct arena *a;
	struct parquet_spool *out;
	struct buf about; /* the first line, until it is whole */
	bool has_about;
	bool is_between; /* a row has ended and none has begun */
	uint64_t rows;
};

static int
spool_write(int fd, const char *p, size_t n, struct err *err)
{
	return fd_write_all(fd, p, n, err) < 0 ? err_wrap(err, "the rows of a Parquet table, in $TMPDIR or /tmp") : 0;
}

/* "[" row "," row … "]": a row's line end is held back until the next one begins. */
static int
take_rows(struct spool *s, const char *p, size_t n, struct err *err)
{
	while (n > 0) {
		const char *eol = memchr(p, '\n', n);
		size_t len = eol ? (size_t)(eol - p) : n;
		if (s->is_between && spool_write(s->out->fd, s->rows ? ",\n" : "[\n", 2, err) < 0)
			return -1;
		if (spool_write(s->out->fd, p, len, err) < 0)
			return -1;
		s->is_between = eol != NULL;
		s->rows += eol != NULL;
		p += len + (eol != NULL);
		n -= len + (eol != NULL);
	}
	return 0;
}

static int
take(void *arg, const char *p, size_t n, struct err *err)
{
	struct spool *s = arg;
	const char *eol;

	if (s->has_about)
		return take_rows(s, p, n, err);
	eol = memchr(p, '\n', n);
	buf_add(&s->about, p, eol ? (size_t)(eol - p) : n);
	if (s->about.len > ABOUT_BYTES_MAX)
		return err_set(err, E_LIMIT, "the description of the Parquet file is larger than %zu MiB; that is the limit",
		    ABOUT_BYTES_MAX >> 20);
	if (!eol)
		return 0;
	s->has_about = s->is_between = true;
	return take_rows(s, eol + 1, n - (size_t)(eol + 1 - p), err);
}

/* Columns' names, rows and the summary from the first line. */
static int
read_about(struct spool *s, struct err *err)
{
	struct parquet_spool *out = s->out;
	const struct jx *names;
	const char **list;
	struct jx *about;
	struct buf text;
	struct jw w;
	int64_t rows;
	char *summary;
	size_t n;

	if (jx_parse(s->a, s->about.p ? s->about.p : "", s->about.len, NULL, &about, err) < 0 ||
	    jx_get_array(about, "names", &names, err) < 0 || jx_get_int(about, "rows", 0, INT64_MAX, &rows, err) < 0)
		return -1;
	out->rows = (uint64_t)rows;
	out->nnames = jx_size(names);
	if (out->nnames == 0 || out->nnames > CSV_COLUMNS_MAX)
		return err_set(err, E_SCHEMA, "%zu columns", out->nnames);
	list = ARENA_ARRAY(s->a, out->nnames, const char *);
	for (size_t i = 0; i < out->nnames; i++)
		list[i] = jx_str(jx_at(names, i), "");
	for (size_t i = 0; i < out->nnames; i++)
		if (!*list[i] || strlen(list[i]) > CSV_NAME_BYTES_MAX)
			return err_set(err, E_SCHEMA, "the name of column %zu", i + 1);
	out->names = list;
	buf_init(&text, s->a);
	jw_init(&w, &text);
	jw_object(&w, NULL);
	for (size_t i = 0; i < jx_size(about); i++)
		if (strcmp(about->u.object.at[i].key, "names") != 0)
			jw_value(&w, about->u.object.at[i].key, about->u.object.at[i].value);
	jw_end(&w);
	if (jw_canonical_text(s->a, text.p, text.len, &summary, &n, err) < 0)
		return -1;
	out->summary = summary;
	return 0;
}

static int __attribute__((format(printf, 2, 3)))
unsound(struct parquet_spool *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out->fault, sizeof out->fault, fmt, ap);
	va_end(ap);
	out->is_sound = false;
	return 0;
}

/* What the program says when it refuses: {"error":{"message":"…"}} on one line. */
static const char *
refusal(struct arena *a, const char *said)
{
	struct err ignored = {0};
	struct jx *doc;
	size_t n = strcspn(said, "\n");

	if (jx_parse(a, said, n, NULL, &doc, &ignored) < 0)
		return NULL;
	return jx_str(jx_pointer(doc, "/error/message"), NULL);
}

static int
conclude(struct spool *s, const struct aside_job *job, const struct aside_result *r, uint64_t bytes, struct err *err)
{
	struct parquet_spool *out = s->out;
	const char *message = r->end == ASIDE_EXIT && r->code == REFUSED ? refusal(s->a, r->said) : NULL;

	if (message)
		return unsound(out, "%s", message);
	if (r->end == ASIDE_OUTPUT)
		return unsound(out,
		    "its rows would take more than %" PRIu64 " MiB as text (the file has %" PRIu64
		    " bytes); the limit is %u times the file, at least %" PRIu64 " and at most %" PRIu64
		    " MiB: give the table in parts",
		    job->limits.output_bytes >> 20, bytes, PARQUET_ROWS_RATIO_MAX, PARQUET_ROWS_BYTES_FREE >> 20,
		    PARQUET_ROWS_BYTES_MAX >> 20);
	if (r->end != ASIDE_EXIT || r->code != 0)
		return unsound(out, "the Parquet file could not be read: %s; write it in smaller parts or row groups",
		    aside_words(s->a, job, r));
	if (read_about(s, err) < 0)
		return err_wrap(err, "the program that reads Parquet");
	if (s->rows != out->rows || !s->is_between)
		return unsound(out, "the Parquet file says that it has %" PRIu64 " rows, and %" PRIu64 " came out of it",
		    out->rows, s->rows);
	out->is_sound = true;
	return spool_write(out->fd, s->rows ? "\n]\n" : "[]\n", 3, err);
}

/* Where the file system knows no files without names, one whose name is gone at once. */
static int
nameless_file_in(const char *dir)
{
	char path[PATH_MAX];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), n;

	if (fd >= 0)
		return fd;
	n = snprintf(path, sizeof path, "%s/forge-parquet-XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof path)
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

static int
nameless_file(struct err *err)
{
	const char *dir = getenv("TMPDIR");
	int fd = dir && *dir ? nameless_file_in(dir) : -1;

	if (fd < 0)
		fd = nameless_file_in("/tmp");
	return fd < 0 ? err_sys(err, E_IO, "no file for the rows of a Parquet table could be made in $TMPDIR or /tmp") : fd;
}

static uint64_t
rows_bytes_max(uint64_t bytes)
{
	uint64_t max = bytes < PARQUET_ROWS_BYTES_MAX / PARQUET_ROWS_RATIO_MAX ? bytes * PARQUET_ROWS_RATIO_MAX
									 : PARQUET_ROWS_BYTES_MAX;

	return max < PARQUET_ROWS_BYTES_FREE ? PARQUET_ROWS_BYTES_FREE : max;
}

static int
spool(struct arena *a, int fd, int program, struct parquet_spool *out, struct err *err)
{
	static const char *const argv[] = {NODE, HEAP_OPTION, "--disallow-code-generation-from-strings",
	    "--input-type=module", "-", "--rows", NULL};
	struct spool *s = ARENA_NEW(a, struct spool);
	struct aside_job job = {.argv = argv, .stdin_fd = program, .input_fd = fd, .take = take, .arg = s,
	    .limits = {.wall_ms = WALL_MS, .cpu_s = CPU_S, .memory_bytes = MEMORY_BYTES}};
	struct aside_result *r = ARENA_NEW(a, struct aside_result);
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, E_IO, "cannot look at the Parquet file");
	out->fd = nameless_file(err);
	if (out->fd < 0)
		return -1;
	*s = (struct spool){.a = a, .out = out};
	buf_init(&s->about, a);
	job.limits.output_bytes = rows_bytes_max((uint64_t)st.st_size);
	if (aside_run(a, &job, r, err) < 0) {
		if (err->code != E_UNSUPPORTED && err->code != E_LIMIT)
			return -1;
		(void)unsound(out, "the Parquet file could not be read here: %s", err->msg);
		*err = (struct err){0};
		return 0;
	}
	return conclude(s, &job, r, (uint64_t)st.st_size, err);
}

int
parquet_spool_open(struct arena *a, int fd, struct parquet_spool *out, struct err *err)
{
	int program = reader[0] ? open(reader, O_RDONLY | O_CLOEXEC) : -1, rc = 0;

	*out = (struct parquet_spool){.fd = -1};
	if (program < 0)
		(void)unsound(out,
		    "Parquet cannot be read here: the program for it (%s of the packs folder) is not there; "
		    "give the table as CSV or JSON",
		    PARQUET_READER);
	else
		rc = spool(a, fd, program, out, err);
	fd_close(&program);
	if (rc < 0 || !out->is_sound)
		parquet_spool_close(out);
	return rc;
}

void
parquet_spool_close(struct parquet_spool *s)
{
	fd_close(&s->fd);
}
