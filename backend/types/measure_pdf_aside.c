/* SPDX-License-Identifier: Apache-2.0 */
/* What poppler's programs say of a PDF, beside us: can it be opened, and what is in it. */
#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/utf8.h"
#include "types/aside.h"
#include "types/measure.h"
#include "types/profiler.h"

#define PDFINFO "/usr/bin/pdfinfo"
#define PDFTOTEXT "/usr/bin/pdftotext"
#define PDFDETACH "/usr/bin/pdfdetach"
#define TEXT_PAGES 10
#define TEXT_PAGES_OPTION "10"
#define TEXT_BYTES_MAX ((uint64_t)64 << 20)
#define INFO_BYTES_MAX ((uint64_t)1 << 20)
#define VALUE_BYTES_MAX 300
#define COMPLAINT_BYTES 100
#define SCRIPT_WINDOW ((unsigned long)256 << 10)

struct kept {
	struct buf text;
	uint64_t characters; /* not white space */
};

static int
keep(void *arg, const char *p, size_t n, struct err *err)
{
	struct kept *k = arg;

	(void)err;
	buf_add(&k->text, p, n);
	return 0;
}

/* Code points that are not blank; a piece's cut does not matter, since only first bytes count. */
static int
count(void *arg, const char *p, size_t n, struct err *err)
{
	struct kept *k = arg;

	(void)err;
	for (size_t i = 0; i < n; i++)
		k->characters += (unsigned char)p[i] > ' ' && ((unsigned char)p[i] & 0xc0) != 0x80;
	return 0;
}

static int
ask(struct profiler *p, const char *const *argv, aside_take_fn take, uint64_t bytes_max, struct kept *k,
    struct aside_job *job, struct aside_result *r, struct err *err)
{
	*job = (struct aside_job){.argv = argv, .stdin_fd = p->fd, .input_fd = -1, .take = take, .arg = k,
	    .limits = {.wall_ms = 60000, .cpu_s = 40, .memory_bytes = (uint64_t)1 << 30, .output_bytes = bytes_max}};
	buf_init(&k->text, p->a);
	return aside_run(p->a, job, r, err);
}

/* ---- what it says ---- */

/* The value of a "Key:   value" line, NULL when there is none. is_last: the last such line, for the facts that
 * stand behind the texts, whose own line ends might look like one. */
static const char *
value_of(struct arena *a, const char *text, const char *key, bool is_last)
{
	size_t m = strlen(key), n = 0;
	const char *found = NULL;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		if (len > m && memcmp(line, key, m) == 0 && line[m] == ':' && (is_last || !found)) {
			found = line + m + 1;
			n = len - m - 1;
		}
		line += len + (line[len] == '\n');
	}
	if (!found)
		return NULL;
	while (n > 0 && *found == ' ') {
		found++;
		n--;
	}
	n = n < VALUE_BYTES_MAX ? n : VALUE_BYTES_MAX;
	return arena_dup(a, found, utf8_check(found, n));
}

static bool
says_yes(const char *value)
{
	return value && strncmp(value, "yes", 3) == 0;
}

static int64_t
number(const char *value)
{
	int64_t n = 0;

	if (!value || *value < '0' || *value > '9')
		return -1;
	while (*value >= '0' && *value <= '9' && n < INT32_MAX)
		n = n * 10 + (*value++ - '0');
	return n;
}

/* poppler's words for what stops it, and ours. */
static const struct {
	const char *theirs;
	const char *ours;
} words[] = {
    {"Incorrect password", "the PDF asks for a password; open it with the password and save it without one"},
    {"security handler", "the PDF is encrypted in a way that is not known here; save it without encryption"},
    {"Document stream is empty", "the PDF is empty"},
    {"after the last page (0)", "the PDF has no pages that can be read; it is damaged"},
    {"page catalog", "the PDF's catalog cannot be read; it is damaged"},
    {"Couldn't find trailer", "the PDF's trailer cannot be found; it is damaged or cut off"},
    {"xref", "the PDF's cross-reference cannot be read; it is damaged or cut off"},
    {"pages object", "the PDF's list of pages cannot be read; it is damaged"},
    {"May not be a PDF", "the file is not a PDF, or its beginning is damaged"},
};

static void
refuse(struct profiler *p, const char *said)
{
	size_t n = strcspn(said, "\n");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(said, words[i].theirs)) {
			measure_fault(p, 0, 0, 0, "%s", words[i].ours);
			p->out->fault.has_offset = false;
			return;
		}
	n = n < COMPLAINT_BYTES ? n : COMPLAINT_BYTES;
	measure_fault(p, 0, 0, 0, "the PDF cannot be opened: %.*s", (int)utf8_check(said, n), said);
	p->out->fault.has_offset = false;
}

/* What it complains of and could mend. */
static void
note_complaints(struct profiler *p, const char *said)
{
	size_t n = strcspn(said, "\n");

	if (!strstr(said, "Error"))
		return;
	n = n < COMPLAINT_BYTES ? n : COMPLAINT_BYTES;
	profiler_note(p, "PDF: its reader complains and goes on: %.*s", (int)utf8_check(said, n), said);
}

/* ---- the three questions ---- */

/* Characters on the first pages; -1 not known. */
static int
ask_text(struct profiler *p, struct aside_result *r, int64_t *characters, struct err *err)
{
	static const char *const argv[] = {PDFTOTEXT, "-q", "-enc", "UTF-8", "-l", TEXT_PAGES_OPTION, "-", "-", NULL};
	struct aside_job job;
	struct kept k = {.characters = 0};

	*characters = -1;
	if (ask(p, argv, count, TEXT_BYTES_MAX, &k, &job, r, err) < 0)
		return -1;
	if (r->end == ASIDE_OUTPUT || (r->end == ASIDE_EXIT && r->code == 0))
		*characters = (int64_t)k.characters;
	else
		profiler_note(p, "PDF: its text could not be taken out: %s.", aside_words(p->a, &job, r));
	return 0;
}

static int
ask_embedded(struct profiler *p, struct aside_result *r, int64_t *files, struct err *err)
{
	static const char *const argv[] = {PDFDETACH, "-list", "fd://0", NULL};
	struct aside_job job;
	struct kept k = {.characters = 0};

	*files = -1;
	if (ask(p, argv, keep, INFO_BYTES_MAX, &k, &job, r, err) < 0)
		return -1;
	if (r->end == ASIDE_EXIT && r->code == 0 && k.text.p)
		*files = number(k.text.p);
	else
		profiler_note(p, "PDF: whether files are embedded could not be told: %s.", aside_words(p->a, &job, r));
	return 0;
}

/*
 * Does the name /JavaScript stand anywhere in its bytes? pdfinfo looks at forms, pages and the catalog's names, but not
 * at what is done when the file is opened. What is compressed is not seen here.
 */
static int
find_script(struct profiler *p, bool *found, struct err *err)
{
	static const char name[] = "/JavaScript";
	char *window = arena_alloc(p->a, SCRIPT_WINDOW);
	unsigned long n = SCRIPT_WINDOW;

	*found = false;
	for (uint64_t at = 0; !*found && n == SCRIPT_WINDOW; at += SCRIPT_WINDOW - sizeof name) {
		if (measure_read(p, window, SCRIPT_WINDOW, at, &n, err) < 0)
			return -1;
		*found = memmem(window, n, name, sizeof name - 1) != NULL;
	}
	return 0;
}

static void
put_number(struct jw *w, const char *key, int64_t n)
{
	if (n < 0)
		jw_null(w, key);
	else
		jw_int(w, key, n);
}

static int
summarize(struct profiler *p, const char *info, int64_t characters, int64_t files, bool has_script, struct err *err)
{
	static const struct {
		const char *key, *theirs;
		bool is_fact;
	} texts[] = {{"author", "Author", false}, {"creator", "Creator", false}, {"form", "Form", true},
	    {"page_size", "Page size", true}, {"pdf_version", "PDF version", true}, {"producer", "Producer", false},
	    {"title", "Title", false}};
	struct buf b;
	struct jw w;
	char *text;
	size_t n;

	buf_init(&b, p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		jw_str(&w, texts[i].key, value_of(p->a, info, texts[i].theirs, texts[i].is_fact));
	jw_bool(&w, "encrypted", says_yes(value_of(p->a, info, "Encrypted", true)));
	jw_bool(&w, "javascript", has_script);
	jw_bool(&w, "tagged", says_yes(value_of(p->a, info, "Tagged", true)));
	put_number(&w, "embedded_files", files);
	put_number(&w, "pages", p->out->pages);
	put_number(&w, "text_characters", characters);
	put_number(&w, "text_pages", p->out->pages < TEXT_PAGES ? p->out->pages : TEXT_PAGES);
	if (characters < 0)
		jw_null(&w, "has_text");
	else
		jw_bool(&w, "has_text", characters > 0);
	jw_end(&w);
	if (jw_canonical_text(p->a, b.p, b.len, &text, &n, err) < 0)
		return -1;
	p->out->summary = text;
	return 0;
}

static void
note_contents(struct profiler *p, const char *info, int64_t characters, int64_t files, bool has_script)
{
	const char *form = value_of(p->a, info, "Form", true);

	if (characters == 0)
		profiler_note(p, "PDF: its first pages hold no text; it may be a scan, which text recognition would have to read.");
	if (has_script)
		profiler_note(p, "PDF: it contains JavaScript. Forge never runs it; a reader might.");
	if (files > 0)
		profiler_note(p, "PDF: %" PRId64 " file%s embedded in it; nobody looked into %s.", files,
		    files == 1 ? " is" : "s are", files == 1 ? "it" : "them");
	if (form && strcmp(form, "none") != 0)
		profiler_note(p, "PDF: it has a form (%s).", form);
}

static int
opened(struct profiler *p, const char *info, struct aside_result *r, struct err *err)
{
	int64_t pages = number(value_of(p->a, info, "Pages", true)), characters, files;
	bool has_script;

	if (pages < 1) {
		measure_fault(p, 0, 0, 0, "the PDF has no pages that can be read; it is damaged");
		p->out->fault.has_offset = false;
		return 0;
	}
	p->out->pages = pages;
	note_complaints(p, r->said);
	if (ask_text(p, r, &characters, err) < 0 || ask_embedded(p, r, &files, err) < 0)
		return -1;
	if (find_script(p, &has_script, err) < 0)
		return -1;
	has_script |= says_yes(value_of(p->a, info, "JavaScript", true));
	note_contents(p, info, characters, files, has_script);
	return summarize(p, info, characters, files, has_script, err);
}

int
measure_pdf_aside(struct profiler *p, bool *is_absent, struct err *err)
{
	static const char *const argv[] = {PDFINFO, "-enc", "UTF-8", "-isodates", "-", NULL};
	struct aside_result *r = ARENA_NEW(p->a, struct aside_result);
	struct aside_job job;
	struct kept k = {.characters = 0};
	int rc;

	*is_absent = false;
	rc = ask(p, argv, keep, INFO_BYTES_MAX, &k, &job, r, err);
	if (rc == 0 && r->end == ASIDE_EXIT && r->code == 0)
		rc = opened(p, k.text.p ? k.text.p : "", r, err);
	else if (rc == 0 && r->end == ASIDE_EXIT)
		refuse(p, r->said);
	else if (rc == 0) {
		measure_fault(p, 0, 0, 0, "the PDF could not be read: %s; give it in smaller parts", aside_words(p->a, &job, r));
		p->out->fault.has_offset = false;
	}
	if (rc < 0 && err->code == E_UNSUPPORTED) {
		*err = (struct err){0};
		*is_absent = true;
		return 0;
	}
	return rc;
}
