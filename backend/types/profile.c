/* SPDX-License-Identifier: Apache-2.0 */
#include "types/profile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"
#include "types/measure.h"
#include "types/names.h"
#include "types/parquet.h"
#include "types/profiler.h"

#define MEMORY_DEFAULT ((size_t)32 << 20) /* of 64 MB for the whole process */
#define DISTINCT_DEFAULT 65536u

void
profiler_note(struct profiler *p, const char *fmt, ...)
{
	va_list ap;

	if (p->nnotes == NOTES_MAX)
		return;
	va_start(ap, fmt);
	p->notes[p->nnotes++] = arena_vprintf(p->a, fmt, ap);
	va_end(ap);
}

/* ---- tables ---- */

static bool
is_data(const struct cell *c)
{
	return value_types(c->type, c->p, c->n) &
	       (COL_BIT(COL_DECIMAL) | COL_BIT(COL_DATE) | COL_BIT(COL_TIMESTAMP));
}

/* A single column that holds as many ';' in its name as in its first value is a file of another
 * sort. */
static char
other_delimiter(const struct profiler *p, const struct row *first)
{
	static const char candidates[] = ";\t|,";
	const char *name = rows_column(p->rows, 0);

	for (const char *d = candidates; *d; d++) {
		size_t in_name = 0, in_value = 0;
		for (const char *s = name; *s; s++)
			in_name += *s == *d;
		for (size_t i = 0; i < first->cells[0].n; i++)
			in_value += first->cells[0].p[i] == *d;
		if (in_name > 0 && in_name == in_value)
			return *d;
	}
	return '\0';
}

static const char *
delimiter_words(char d)
{
	return d == ';' ? "semicolons" : d == '\t' ? "tabs" : d == '|' ? "bars" : "commas";
}

/* A table that breaks off and whose one column's name holds another separator: that is what is wrong with it. */
static void
blame_delimiter(struct profiler *p)
{
	const char *ours = p->format == FORMAT_TSV ? "\t" : ",";
	const char *found = rows_columns(p->rows) == 1 ? strpbrk(rows_column(p->rows, 0), ";\t|,") : NULL;
	struct fault *f = &p->out->fault;

	if ((p->format != FORMAT_CSV && p->format != FORMAT_TSV) || !found || *found == *ours)
		return;
	(void)snprintf(f->message, sizeof f->message,
	    "the fields seem to be separated by %s, not by %s; export the table again with %s (row %llu is the first that does not "
	    "fit)",
	    delimiter_words(*found), delimiter_words(*ours), delimiter_words(*ours), (unsigned long long)f->row);
}

/* What the header and the first row of a CSV or TSV file look like. */
static void
note_header(struct profiler *p, const struct row *first)
{
	size_t ndata = 0, ncolumns = rows_columns(p->rows);
	char d = ncolumns == 1 ? other_delimiter(p, first) : '\0';

	for (size_t i = 0; i < ncolumns; i++) {
		const char *name = rows_column(p->rows, i);
		struct cell c = {name, strlen(name), CELL_TEXT};
		ndata += is_data(&c);
	}
	if (ndata * 2 > ncolumns)
		profiler_note(p,
		    "The first row looks like values, not like column names; the first row must name the columns.");
	if (d)
		profiler_note(p,
		    "The fields seem to be separated by %s, not by %s; export the table again with %s.",
		    delimiter_words(d), delimiter_words(p->format == FORMAT_TSV ? '\t' : ','),
		    delimiter_words(p->format == FORMAT_TSV ? '\t' : ','));
}

static int
finish_rows(struct profiler *p, struct err *err)
{
	uint64_t blank = rows_blank_lines(p->rows);

	p->out->has_bom = rows_has_bom(p->rows);
	if (p->out->has_bom)
		profiler_note(p,
		    "The file begins with a byte order mark; it is not part of the first column's name.");
	if (blank)
		profiler_note(p, "%llu empty line%s at the end of the file %s ignored.",
		    (unsigned long long)blank, blank == 1 ? "" : "s", blank == 1 ? "was" : "were");
	if (p->nrows == 0)
		profiler_note(p, "The table has no rows.");
	columns_flush(p);
	if (keys_decide_columns(p, err) < 0)
		return -1;
	columns_finish(p);
	return keys_find(p, err);
}

static int
profile_rows(struct profiler *p, struct err *err)
{
	const struct row *row;
	enum rows_result r;
	int rc = 0;

	p->rows = p->spool ? rows_new_spool(p->a, p->spool) : rows_new(p->a, p->fd, p->format);
	r = rows_open(p->rows, err);
	while (r == ROWS_ROW && (r = rows_next(p->rows, &row, err)) == ROWS_ROW) {
		if (p->nrows == 0 && p->format != FORMAT_JSON_ROWS)
			note_header(p, row);
		columns_take(p, row);
	}
	if (r == ROWS_ERR) {
		rc = -1;
	} else if (r == ROWS_FAULT) {
		p->out->parse_ok = false;
		p->out->fault = *rows_fault(p->rows);
		p->out->has_bom = rows_has_bom(p->rows);
		p->is_not_rows = rows_is_not_rows(p->rows);
		blame_delimiter(p);
	} else {
		rc = finish_rows(p, err);
	}
	for (size_t i = 0; i < p->ngauges; i++)
		keyset_release(&p->gauges[i]->seen);
	rows_release(p->rows);
	return rc;
}

/* ---- claims ---- */

/* Text whose form the first bytes leave open: then the parser decides, with a better place than we
 * have. */
static bool
is_open_text(enum format f)
{
	return f == FORMAT_TEXT || f == FORMAT_MARKDOWN || f == FORMAT_CSV || f == FORMAT_TSV ||
	       f == FORMAT_YAML || f == FORMAT_DIFF || f == FORMAT_LATIN1 || f == FORMAT_EMPTY;
}

static bool
may_be(enum format claimed, enum format found)
{
	bool is_text = is_open_text(found),
	     is_json = found == FORMAT_JSON || found == FORMAT_JSON_ROWS;
	bool is_markup = found == FORMAT_HTML || found == FORMAT_XML;

	if (claimed == found || claimed == FORMAT_BINARY)
		return true;
	if (claimed == FORMAT_CSV || claimed == FORMAT_TSV)
		return is_text || found == FORMAT_BINARY; /* a NUL gets its row and column */
	if (claimed == FORMAT_TEXT || claimed == FORMAT_MARKDOWN || claimed == FORMAT_YAML ||
	    claimed == FORMAT_DIFF)
		return is_text || is_json || is_markup || found == FORMAT_BINARY;
	if (claimed == FORMAT_JSON || claimed == FORMAT_JSON_ROWS)
		return is_text || is_json || found == FORMAT_BINARY;
	if (claimed == FORMAT_HTML)
		return is_text || is_markup || found == FORMAT_BINARY;
	return claimed == FORMAT_ZIP && (found == FORMAT_XLSX || found == FORMAT_DOCX ||
					    found == FORMAT_PPTX || found == FORMAT_ODF);
}

/* What the file is, what its name or the caller takes it for, and what to do. */
static void
say_other(struct artifact_profile *out, enum format claimed, const char *path)
{
	const char *extension = path ? name_extension(path) : "";
	enum kind named, real = KIND__COUNT;
	char as[80] = "";

	for (unsigned i = 0; real == KIND__COUNT && i < KIND__COUNT; i++)
		if (kind_format((enum kind)i) == out->sniffed && out->sniffed != FORMAT_BINARY)
			real = (enum kind)i;
	if (real != KIND__COUNT)
		(void)snprintf(as, sizeof as, " (named .%s it is a %s)", kind_extension(real), kind_name(real));
	if (path && kind_for_path(path, &named) && kind_format(named) == claimed && strlen(extension) < 16)
		(void)snprintf(out->fault.message, sizeof out->fault.message,
		    "the file's name ends in .%s, but the file is %s, not what a %s holds; give the right file, or export it again%s",
		    extension, format_words(out->sniffed), kind_name(out->kind), as);
	else
		(void)snprintf(out->fault.message, sizeof out->fault.message,
		    "the file is %s, not what a %s holds; give the right file, or export it again",
		    format_words(out->sniffed), kind_name(out->kind));
}

/* False when the bytes are plainly something else than the kind claims. There is no place: it is
 * all of them. */
static bool
check_claim(struct artifact_profile *out, enum format claimed, const char *path)
{
	enum format found = out->sniffed;
	bool is_encoding = found == FORMAT_UTF16 || found == FORMAT_UTF32;

	if (may_be(claimed, found))
		return true;
	out->parse_ok = false;
	out->fault = (struct fault){.has_offset = true};
	if (is_encoding && claimed != FORMAT_PDF && claimed != FORMAT_ZIP &&
	    claimed != FORMAT_PARQUET)
		(void)snprintf(out->fault.message, sizeof out->fault.message,
		    "the file is %s, not UTF-8; save it again with the encoding UTF-8",
		    format_words(found));
	else
		say_other(out, claimed, path);
	return false;
}

static enum kind
choose_kind(const char *path, enum kind claimed, bool is_claimed, enum format sniffed)
{
	enum kind k;

	if (is_claimed)
		return claimed;
	if (path && kind_for_path(path, &k))
		return k;
	if (sniffed == FORMAT_JSON || sniffed == FORMAT_JSON_ROWS)
		return KIND_OBJECT_JSON;
	if (sniffed == FORMAT_MARKDOWN)
		return KIND_TEXT_MARKDOWN;
	for (unsigned i = 0; i < KIND__COUNT; i++)
		if (kind_format((enum kind)i) == sniffed)
			return (enum kind)i;
	return sniffed == FORMAT_EMPTY || sniffed == FORMAT_LATIN1 || sniffed == FORMAT_XML
		   ? KIND_FILE_TEXT
		   : KIND_FILE_BINARY;
}

/* A JSON object may name its schema, and so its kind. */
static int
choose_by_schema(struct profiler *p, enum kind *kind, struct err *err)
{
	char head[256];
	unsigned long n;

	if (measure_read(p, head, sizeof head, 0, &n, err) < 0)
		return -1;
	(void)kind_sniff_schema(head, n, kind);
	return 0;
}

/* ---- everything ---- */

/* ".json" says only that it is JSON: when it is an array of objects, it is rows. */
static int
profile_json(struct profiler *p, bool is_claimed, struct err *err)
{
	struct artifact_profile *out = p->out, before = *out;

	if (!is_claimed && out->sniffed == FORMAT_JSON_ROWS) {
		p->format = FORMAT_JSON_ROWS;
		out->kind = KIND_TABLE_JSON_ROWS;
		if (profile_rows(p, err) < 0)
			return -1;
		if (!p->is_not_rows)
			return 0;
		/* Sound so far, but not rows: an array of other things is still an object.json. */
		*out = before;
		p->format = FORMAT_JSON;
		p->nnotes = 0;
	}
	return measure_json(p, err);
}

/* Its rows, from here on as JSON rows are read; the passes over them read the spool. */
static int
profile_parquet(struct profiler *p, struct err *err)
{
	struct parquet_spool spool;
	int fd = p->fd, rc = measure_parquet(p, &spool, err);

	if (rc < 0 || !p->out->parse_ok)
		return rc;
	p->spool = &spool;
	p->fd = spool.fd;
	p->format = FORMAT_JSON_ROWS;
	rc = profile_rows(p, err);
	p->spool = NULL;
	p->fd = fd;
	p->format = FORMAT_PARQUET;
	parquet_spool_close(&spool);
	return rc;
}

static int
profile_bytes(struct profiler *p, bool is_claimed, struct err *err)
{
	switch (p->format) {
	case FORMAT_CSV:
	case FORMAT_TSV:
	case FORMAT_JSON_ROWS: return profile_rows(p, err);
	case FORMAT_JSON: return profile_json(p, is_claimed, err);
	case FORMAT_HTML: return measure_html(p, err);
	case FORMAT_PDF: return measure_pdf(p, err);
	case FORMAT_TEXT: return measure_text(p, err);
	case FORMAT_MARKDOWN: return measure_markdown(p, err);
	case FORMAT_YAML: return measure_yaml(p, err);
	case FORMAT_DIFF: return measure_diff(p, err);
	case FORMAT_ZIP: return measure_zip(p, err);
	case FORMAT_PARQUET: return profile_parquet(p, err);
	case FORMAT_BINARY: return measure_binary(p, err);
	case FORMAT_XML:
	case FORMAT_XLSX:
	case FORMAT_DOCX:
	case FORMAT_PPTX:
	case FORMAT_ODF:
	case FORMAT_OLE:
	case FORMAT_GZIP:
	case FORMAT_PNG:
	case FORMAT_JPEG:
	case FORMAT_GIF:
	case FORMAT_ELF:
	case FORMAT_UTF16:
	case FORMAT_UTF32:
	case FORMAT_LATIN1:
	case FORMAT_EMPTY:
	case FORMAT__COUNT: break;
	}
	NEVER("no kind has this format");
}

/* Half of one file and half of another would be told as one: what is written to while it is read is not measured. */
static int
check_unchanged(int fd, const char *path, const struct stat *before, struct err *err)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return err_sys(err, E_IO, "cannot look at '%s'", path ? path : "the file");
	if (now.st_size != before->st_size || now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
		return err_set(err, E_IO, "'%s' changed while it was read; try again when nobody writes to it",
		    path ? path : "the file");
	return 0;
}

/* What the kind asks for beyond its format. A table that fails here has no rows that anybody should read. */
static int
measure_kind(struct profiler *p, struct err *err)
{
	struct artifact_profile *out = p->out;

	if (!out->parse_ok)
		return 0;
	if (measure_kind_rows(p, err) < 0)
		return -1;
	if (out->parse_ok && out->kind == KIND_DATASET_AGGREGATED_ROWS && out->repeated_rows > 0) {
		measure_fault(p, 0, 0, 0,
		    "%lld rows repeat another one completely; aggregated rows have one row per group: group again, or give them as table.json_rows",
		    (long long)out->repeated_rows);
		out->fault.has_offset = false;
		out->summary = NULL;
	}
	if (!out->parse_ok) {
		out->rows = -1;
		out->ncolumns = out->ncandidate_keys = out->nundecided_keys = 0;
		out->npair_columns = out->ntriple_columns = 0;
		out->pairs = out->triples = PAIRS_NONE;
		out->repeated_rows = -1;
		out->grain = NULL;
	}
	return 0;
}

int
artifact_profile(struct arena *a, int fd, const char *path, const char *claimed_kind,
    const struct profile_options *opt, struct artifact_profile *out, struct err *err)
{
	struct artifact_profile result = {.rows = -1, .pages = -1, .repeated_rows = -1, .parse_ok = true};
	struct profiler p = {.a = a, .fd = fd, .opt = opt, .out = &result};
	enum kind claimed = KIND__COUNT;
	struct stat st;

	if (claimed_kind && kind_parse(claimed_kind, &claimed, err) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(err, E_IO, "cannot look at '%s'", path ? path : "the file");
	if (!S_ISREG(st.st_mode))
		return err_set(err, E_IO, "'%s' is not a regular file", path ? path : "the file");
	if (kind_sniff_fd(fd, path, &result.sniffed, err) < 0)
		return -1;
	result.bytes = (uint64_t)st.st_size;
	result.kind = choose_kind(path, claimed, claimed_kind != NULL, result.sniffed);
	if (!claimed_kind && result.kind == KIND_OBJECT_JSON && choose_by_schema(&p, &result.kind, err) < 0)
		return -1;
	p.format = kind_format(result.kind);
	p.budget.max_bytes = opt && opt->memory_bytes_max ? opt->memory_bytes_max : MEMORY_DEFAULT;
	p.distinct_max = opt && opt->distinct_max ? opt->distinct_max : DISTINCT_DEFAULT;
	p.notes = ARENA_ARRAY(a, NOTES_MAX, const char *);
	rnd_bytes(p.keys, sizeof p.keys);
	if (check_claim(&result, p.format, path) && profile_bytes(&p, claimed_kind != NULL, err) < 0)
		return -1;
	if (measure_kind(&p, err) < 0 || measure_encoding(&p, err) < 0 || check_unchanged(fd, path, &st, err) < 0)
		return -1;
	if (p.format == FORMAT_JSON_ROWS && result.parse_ok)
		result.top_level = "array";
	result.notes = p.notes;
	result.nnotes = p.nnotes;
	*out = result;
	return 0;
}
