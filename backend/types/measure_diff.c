/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unified diffs as diff -u and git write them (POSIX diff, git-diff "generating patch text"): every
 * hunk holds the lines that its header counts, in order, and no path leaves the folder. Whether a
 * patch fits to files is not asked here.
 */
#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/num.h"
#include "types/lines.h"
#include "types/measure.h"
#include "types/names.h"
#include "types/profiler.h"

#define PATHS_LISTED_MAX 200
#define COUNT_MAX UINT64_C(1000000000000)

enum where {
	WHERE_TEXT,   /* words between patches: mails, "Index:", … */
	WHERE_GIT,    /* behind "diff --git" */
	WHERE_OLD,    /* behind "--- a" */
	WHERE_NEW,    /* behind "+++ b": a hunk must follow */
	WHERE_HUNK,   /* inside */
	WHERE_BEHIND, /* a hunk is complete */
	WHERE_BINARY  /* behind "GIT binary patch" */
};

struct file {
	char path[NAME_PATH_BYTES_MAX + 1];
	const char *change; /* modified created deleted renamed copied binary mode */
	uint64_t added, removed, hunks;
	uint64_t line;
};
struct diff {
	struct profiler *p;
	enum where where;
	bool is_git;
	bool has_old_null; /* "--- /dev/null" */
	bool is_in_file;
	struct file file;
	uint64_t left_old, left_new; /* lines of the hunk that are still to come */
	uint64_t hunk_line, hunk_old, hunk_new;
	uint64_t old_end; /* first old line behind the last hunk of this file */
	uint64_t files, hunks, added, removed, created, deleted, renamed, copied, binary, symlinks, bare;
	struct buf paths; /* JSON, without the brackets */
	struct jw w;
	uint64_t listed;
};

static bool
starts(const struct line *l, const char *with)
{
	size_t n = strlen(with);

	return l->n >= n && memcmp(l->p, with, n) == 0;
}

static bool
refuse(struct diff *d, const struct line *l, const char *words)
{
	measure_fault(d->p, l->number, 1, l->offset, "line %" PRIu64 ": %s", l->number, words);
	return false;
}

/* ---- paths ---- */

/* git's quoted form: "a/\303\251". Returns the length of what stands in out, or -1. */
static int
unquote(const char *p, size_t n, char *out, size_t cap)
{
	static const char from[] = "abfnrtv\"\\", to[] = "\a\b\f\n\r\t\v\"\\";
	size_t used = 0;

	for (size_t i = 1; i < n && p[i] != '"'; i++) {
		const char *simple;
		char c = p[i];
		if (used == cap)
			return -1;
		if (c == '\\' && i + 3 < n && p[i + 1] >= '0' && p[i + 1] <= '3') {
			c = (char)((p[i + 1] - '0') << 6 | (p[i + 2] & 7) << 3 | (p[i + 3] & 7));
			i += 3;
		} else if (c == '\\' && i + 1 < n && (simple = strchr(from, p[i + 1])) && *simple) {
			c = to[simple - from];
			i++;
		}
		out[used++] = c;
	}
	return (int)used;
}

/* A path as it stands behind "--- ", "rename to " and so on, into out; checked. has_prefix: git's a/ or b/. */
static bool
take_path(struct diff *d, const struct line *l, size_t from, bool has_prefix, char *out)
{
	const char *p = l->p + from, *tab, *why;
	size_t n = l->n - from;
	int unquoted = -1;

	if (n > 0 && *p == '"') {
		unquoted = unquote(p, n, out, NAME_PATH_BYTES_MAX);
		if (unquoted < 0)
			return refuse(d, l, "the path is longer than 1024 bytes, which is the limit");
		n = (size_t)unquoted;
	} else {
		tab = memchr(p, '\t', n);
		n = tab ? (size_t)(tab - p) : n;
		if (n > NAME_PATH_BYTES_MAX)
			return refuse(d, l, "the path is longer than 1024 bytes, which is the limit");
		memcpy(out, p, n);
	}
	out[n] = '\0';
	if (strcmp(out, "/dev/null") == 0)
		return true;
	if (has_prefix && n > 2 && (out[0] == 'a' || out[0] == 'b') && out[1] == '/') {
		memmove(out, out + 2, n - 1);
		n -= 2;
	}
	why = name_fault(out, n);
	if (!why)
		return true;
	measure_fault(d->p, l->number, from + 1, l->offset + from,
	    "line %" PRIu64 ": the path '%.200s' %s; make the patch again inside the project's folder (git diff does so)",
	    l->number, out, why);
	return false;
}

/* ---- files ---- */

static void
end_file(struct diff *d)
{
	struct file *f = &d->file;

	if (!d->is_in_file)
		return;
	d->is_in_file = false;
	d->files++;
	d->created += strcmp(f->change, "created") == 0;
	d->deleted += strcmp(f->change, "deleted") == 0;
	d->renamed += strcmp(f->change, "renamed") == 0;
	d->copied += strcmp(f->change, "copied") == 0;
	if (d->listed == PATHS_LISTED_MAX)
		return;
	d->listed++;
	jw_object(&d->w, NULL);
	jw_str(&d->w, "path", f->path);
	jw_str(&d->w, "change", f->change);
	jw_uint(&d->w, "hunks", f->hunks);
	jw_uint(&d->w, "added", f->added);
	jw_uint(&d->w, "removed", f->removed);
	jw_end(&d->w);
}

static void
begin_file(struct diff *d, const struct line *l)
{
	end_file(d);
	d->file = (struct file){.change = "modified", .line = l->number};
	d->is_in_file = true;
	d->old_end = 0;
}

/* "diff --git a/x b/x": where both names are the same, that is the path; else rename lines tell. */
static bool
begin_git(struct diff *d, const struct line *l)
{
	size_t n = l->n - 11, half = n / 2;
	const char *p = l->p + 11;

	begin_file(d, l);
	d->is_git = true;
	d->where = WHERE_GIT;
	if (n > 5 && *p != '"' && n % 2 == 1 && p[half] == ' ' && memcmp(p + 1, p + half + 2, half - 1) == 0) {
		struct line one = {.p = p, .n = half, .number = l->number, .offset = l->offset + 11};
		return take_path(d, &one, 0, true, d->file.path);
	}
	return true;
}

static bool
take_git(struct diff *d, const struct line *l)
{
	static const struct {
		const char *words;
		const char *change;
	} paths[] = {{"rename from ", "renamed"}, {"rename to ", "renamed"}, {"copy from ", "copied"}, {"copy to ", "copied"}};

	if (starts(l, "new file mode 120") || starts(l, "new mode 120"))
		d->symlinks++;
	if (starts(l, "new file mode "))
		d->file.change = "created";
	else if (starts(l, "deleted file mode "))
		d->file.change = "deleted";
	else if (starts(l, "new mode ") && strcmp(d->file.change, "modified") == 0)
		d->file.change = "mode";
	else if (starts(l, "Binary files ") || starts(l, "GIT binary patch")) {
		d->binary++;
		d->where = starts(l, "GIT") ? WHERE_BINARY : WHERE_TEXT;
	}
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (starts(l, paths[i].words)) {
			d->file.change = paths[i].change;
			return take_path(d, l, strlen(paths[i].words), false, d->file.path);
		}
	return true;
}

static bool
take_old(struct diff *d, const struct line *l)
{
	if (d->where != WHERE_GIT)
		begin_file(d, l);
	d->where = WHERE_OLD;
	if (!take_path(d, l, 4, true, d->file.path))
		return false;
	d->has_old_null = strcmp(d->file.path, "/dev/null") == 0;
	return true;
}

static bool
take_new(struct diff *d, const struct line *l)
{
	char path[NAME_PATH_BYTES_MAX + 1];
	bool is_null;

	if (!starts(l, "+++ "))
		return refuse(d, l, "behind a line '--- old file' stands a line '+++ new file'; here it does not: the patch is damaged");
	if (!take_path(d, l, 4, true, path))
		return false;
	is_null = strcmp(path, "/dev/null") == 0;
	if (is_null && d->has_old_null)
		return refuse(d, l, "both names are /dev/null; one of them must be a file");
	if (!is_null)
		memcpy(d->file.path, path, sizeof path);
	if (is_null || d->has_old_null)
		d->file.change = is_null ? "deleted" : "created";
	else if (strcmp(d->file.change, "mode") == 0)
		d->file.change = "modified";
	d->where = WHERE_NEW;
	return true;
}

/* ---- hunks ---- */

/* "12,5" or "12" at p: start and count. Returns what is behind it, or NULL. */
static const char *
range(const char *p, const char *end, uint64_t *start, uint64_t *n)
{
	size_t digits = 0;

	while (p + digits < end && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	if (num_u64(p, digits, COUNT_MAX, start, NULL) < 0)
		return NULL;
	p += digits;
	*n = 1;
	if (p == end || *p != ',')
		return p;
	p++;
	for (digits = 0; p + digits < end && p[digits] >= '0' && p[digits] <= '9';)
		digits++;
	return num_u64(p, digits, COUNT_MAX, n, NULL) < 0 ? NULL : p + digits;
}

static bool
begin_hunk(struct diff *d, const struct line *l)
{
	const char *end = l->p + l->n, *p = l->p + 3;
	uint64_t old_start, new_start, first;

	if (starts(l, "@@@"))
		return refuse(d, l, "this is a combined diff of a merge; make it against one parent (git diff, or git show -m)");
	if (!starts(l, "@@ -") || !(p = range(l->p + 4, end, &old_start, &d->left_old)) || end - p < 2 ||
	    memcmp(p, " +", 2) != 0 || !(p = range(p + 2, end, &new_start, &d->left_new)) || end - p < 3 ||
	    memcmp(p, " @@", 3) != 0)
		return refuse(d, l, "a hunk begins with '@@ -start,count +start,count @@'; this line does not: the patch is damaged");
	if (!d->is_in_file || (d->where != WHERE_NEW && d->where != WHERE_BEHIND))
		return refuse(d, l, "a hunk stands before any file is named; '--- old' and '+++ new' go in front of it");
	if (d->left_old == 0 && d->left_new == 0)
		return refuse(d, l, "a hunk of no lines; the patch is damaged");
	first = d->left_old == 0 ? old_start + 1 : old_start;
	if (first < d->old_end)
		return refuse(d, l, "this hunk begins before the one above it ends; the patch was put together wrongly");
	d->old_end = first + d->left_old;
	d->hunk_old = d->left_old;
	d->hunk_new = d->left_new;
	d->hunk_line = l->number;
	d->hunks++;
	d->file.hunks++;
	d->where = WHERE_HUNK;
	return true;
}

static bool
hunk_short(struct diff *d, uint64_t number, uint64_t offset, const char *found)
{
	measure_fault(d->p, number, 1, offset,
	    "line %" PRIu64 ": the hunk of line %" PRIu64 " counts %" PRIu64 " old and %" PRIu64 " new lines, and %" PRIu64
	    " old and %" PRIu64 " new ones are missing where %s; the patch is cut short or was edited by hand",
	    number, d->hunk_line, d->hunk_old, d->hunk_new, d->left_old, d->left_new, found);
	return false;
}

static bool
take_hunk(struct diff *d, const struct line *l)
{
	char c = l->n ? l->p[0] : ' ';
	bool is_old = c == ' ' || c == '-', is_new = c == ' ' || c == '+';

	if (c == '\\')
		return true;
	if (!is_old && !is_new)
		return hunk_short(d, l->number, l->offset, "a line begins with none of ' ', '+', '-'");
	if ((is_old && d->left_old == 0) || (is_new && d->left_new == 0))
		return hunk_short(d, l->number, l->offset,
		    c == '-' ? "one more old line stands" : c == '+' ? "one more new line stands" : "a line of context stands");
	d->bare += l->n == 0;
	d->left_old -= is_old;
	d->left_new -= is_new;
	d->added += c == '+';
	d->removed += c == '-';
	d->file.added += c == '+';
	d->file.removed += c == '-';
	if (d->left_old == 0 && d->left_new == 0)
		d->where = WHERE_BEHIND;
	return true;
}

static bool
is_surplus(const struct line *l)
{
	if (starts(l, "--- ") || starts(l, "-- ") || (l->n == 2 && starts(l, "--")))
		return false;
	return l->n > 0 && (l->p[0] == '+' || l->p[0] == '-' || l->p[0] == ' ');
}

static bool
take_line(void *arg, const struct line *l)
{
	struct diff *d = arg;

	if (d->where == WHERE_HUNK)
		return take_hunk(d, l);
	if (d->where == WHERE_BEHIND && l->n > 0 && l->p[0] == '\\')
		return true;
	if (d->where == WHERE_BEHIND && is_surplus(l)) {
		measure_fault(d->p, l->number, 1, l->offset,
		    "line %" PRIu64 ": the hunk of line %" PRIu64 " has more lines than its header counts (%" PRIu64
		    " old, %" PRIu64 " new); it was edited by hand: make the patch again",
		    l->number, d->hunk_line, d->hunk_old, d->hunk_new);
		return false;
	}
	if (d->where == WHERE_OLD)
		return take_new(d, l);
	if (starts(l, "@@"))
		return begin_hunk(d, l);
	if (d->where == WHERE_NEW)
		return refuse(d, l, "behind '+++ new file' a hunk follows ('@@ -1,3 +1,4 @@'); here none does: the patch is damaged");
	if (starts(l, "diff --git "))
		return begin_git(d, l);
	if (starts(l, "diff --cc ") || starts(l, "diff --combined "))
		return refuse(d, l, "this is a combined diff of a merge; make it against one parent (git diff, or git show -m)");
	if (starts(l, "*** ") && d->files == 0 && !d->is_in_file)
		return refuse(d, l, "this looks like a context diff (diff -c); make it again with diff -u");
	if (starts(l, "--- ") && d->where != WHERE_BINARY)
		return take_old(d, l);
	if (d->where == WHERE_GIT)
		return take_git(d, l);
	if (d->where == WHERE_BEHIND)
		d->where = WHERE_TEXT;
	return true;
}

static void
summarize(struct diff *d)
{
	struct buf b;
	struct jw w;

	jw_end(&d->w);
	buf_init(&b, d->p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "git", d->is_git);
	jw_uint(&w, "files", d->files);
	jw_uint(&w, "hunks", d->hunks);
	jw_uint(&w, "added", d->added);
	jw_uint(&w, "removed", d->removed);
	jw_uint(&w, "created", d->created);
	jw_uint(&w, "deleted", d->deleted);
	jw_uint(&w, "renamed", d->renamed);
	jw_uint(&w, "copied", d->copied);
	jw_uint(&w, "binary", d->binary);
	jw_raw(&w, "paths", d->paths.p);
	jw_end(&w);
	measure_summary(d->p, &b);
}

int
measure_diff(struct profiler *p, struct err *err)
{
	struct diff *d;

	if (measure_text(p, err) < 0)
		return -1;
	if (!p->out->parse_ok)
		return 0;
	p->out->summary = NULL;
	d = ARENA_NEW(p->a, struct diff);
	d->p = p;
	buf_init(&d->paths, p->a);
	jw_init(&d->w, &d->paths);
	jw_array(&d->w, NULL);
	if (lines_read(p, take_line, d, err) < 0)
		return -1;
	if (!p->out->parse_ok)
		return 0;
	if (d->where == WHERE_HUNK)
		(void)hunk_short(d, d->hunk_line, p->out->bytes, "the file ends");
	else if (d->where == WHERE_OLD || d->where == WHERE_NEW)
		measure_fault(p, d->file.line, 1, p->out->bytes,
		    "line %" PRIu64 ": the file's changes are missing; the patch is cut short", d->file.line);
	end_file(d);
	if (p->out->parse_ok && d->files == 0)
		measure_fault(p, 1, 1, 0,
		    "no file is changed here: a unified diff has '--- old', '+++ new' and hunks ('diff -u', 'git diff')");
	if (!p->out->parse_ok)
		return 0;
	summarize(d);
	if (d->binary)
		profiler_note(p, "%" PRIu64 " binary file%s: what changes in them was not looked at.", d->binary,
		    d->binary == 1 ? "" : "s");
	if (d->symlinks)
		profiler_note(p, "The patch makes %" PRIu64 " symbolic link%s.", d->symlinks, d->symlinks == 1 ? "" : "s");
	if (d->bare)
		profiler_note(p, "%" PRIu64 " empty line%s in hunks were taken for empty context lines; an editor took their blank away.",
		    d->bare, d->bare == 1 ? "" : "s");
	profiler_note(p, "Unified diff: its form was checked, whether it applies was not.");
	return 0;
}
