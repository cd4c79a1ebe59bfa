/* SPDX-License-Identifier: Apache-2.0 */
/* PDFs: one that a browser printed, ones that carry things, ones that are broken. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "tap.h"
#include "types/profile.h"

static struct arena *a;
static struct err err;

static struct artifact_profile
profile_fd(int fd)
{
	struct artifact_profile p = {.rows = -2};

	err = (struct err){0};
	if (artifact_profile(a, fd, "t.pdf", NULL, NULL, &p, &err) < 0)
		CHECK_STR(err.msg, "");
	(void)close(fd);
	return p;
}

/* A PDF of these objects, numbered from 1; the first is the catalog. trailer: more of it. */
static struct artifact_profile
profile_of(const char *const *objects, const char *trailer)
{
	int fd = memfd_create("t", MFD_CLOEXEC);
	size_t at[16], n = 0, xref;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "%PDF-1.7\n");
	for (; objects[n]; n++) {
		at[n] = b.len;
		buf_printf(&b, "%zu 0 obj\n%s\nendobj\n", n + 1, objects[n]);
	}
	xref = b.len;
	buf_printf(&b, "xref\n0 %zu\n0000000000 65535 f \n", n + 1);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%010zu 00000 n \n", at[i]);
	buf_printf(&b, "trailer\n<</Size %zu /Root 1 0 R %s>>\nstartxref\n%zu\n%%%%EOF\n", n + 1, trailer, xref);
	CHECK_INT(fd_write_all(fd, b.p, b.len, &err), 0);
	return profile_fd(fd);
}

static const struct jx *
summary(const struct artifact_profile *p)
{
	struct jx *doc = NULL;

	if (p->summary)
		CHECK_INT(jx_parse(a, p->summary, strlen(p->summary), NULL, &doc, &err), 0);
	return doc;
}

static bool
has_note(const struct artifact_profile *p, const char *words)
{
	for (size_t i = 0; i < p->nnotes; i++)
		if (strstr(p->notes[i], words))
			return true;
	return false;
}

#define PAGES "<</Type /Pages /Kids [3 0 R] /Count 1>>"
#define PAGE "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>"

static void
a_printed_page_is_described(void)
{
	struct artifact_profile p = profile_fd(open("tests/fixtures/pdf/printed.pdf", O_RDONLY | O_CLOEXEC));
	const struct jx *s = summary(&p);

	CHECK_STR(p.parse_ok ? "" : p.fault.message, "");
	CHECK_INT(p.pages, 1);
	CHECK_STR(jx_str(jx_find(s, "title"), ""), "Audit of März");
	CHECK_STR(jx_str(jx_find(s, "creator"), ""), "Chromium");
	CHECK_STR(jx_str(jx_find(s, "pdf_version"), ""), "1.4");
	CHECK(jx_bool(jx_find(s, "tagged"), false));
	CHECK(jx_bool(jx_find(s, "has_text"), false));
	CHECK_INT(jx_int(jx_find(s, "text_characters"), 0), 41); /* Findings Rates of €12.50 are above the contract. */
	CHECK(!jx_bool(jx_find(s, "javascript"), true));
	CHECK(!jx_bool(jx_find(s, "encrypted"), true));
	CHECK_INT(jx_int(jx_find(s, "embedded_files"), -1), 0);
}

static void
what_it_carries_is_said(void)
{
	struct artifact_profile p = profile_of(
	    (const char *[]){"<</Type /Catalog /Pages 2 0 R /OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>> "
			     "/AcroForm <</Fields []>> /Names <</EmbeddedFiles <</Names [(a.txt) 4 0 R]>>>>>>",
		PAGES, PAGE, "<</Type /Filespec /F (a.txt) /UF (a.txt) /EF <</F 5 0 R>>>>",
		"<</Type /EmbeddedFile /Length 2>>\nstream\nhi\nendstream", NULL},
	    "");
	const struct jx *s = summary(&p);

	CHECK_STR(p.parse_ok ? "" : p.fault.message, "");
	CHECK(jx_bool(jx_find(s, "javascript"), false));
	CHECK_INT(jx_int(jx_find(s, "embedded_files"), -1), 1);
	CHECK_STR(jx_str(jx_find(s, "form"), ""), "AcroForm");
	CHECK(!jx_bool(jx_find(s, "has_text"), true));
	CHECK(has_note(&p, "it contains JavaScript"));
	CHECK(has_note(&p, "1 file is embedded"));
	CHECK(has_note(&p, "may be a scan"));
}

static void
a_title_cannot_speak_for_the_reader(void)
{
	struct artifact_profile p = profile_of(
	    (const char *[]){"<</Type /Catalog /Pages 2 0 R>>", PAGES, PAGE,
		"<</Title (x\\nPages:          77\\nJavaScript:     yes\\nEncrypted:      yes)>>", NULL},
	    "/Info 4 0 R");
	const struct jx *s = summary(&p);

	CHECK_INT(p.pages, 1);
	CHECK(!jx_bool(jx_find(s, "javascript"), true));
	CHECK(!jx_bool(jx_find(s, "encrypted"), true));
}

#define SECRET "<0102030405060708091011121314151617181920212223242526272829303132>"

static void
a_password_is_asked_away(void)
{
	struct artifact_profile p =
	    profile_of((const char *[]){"<</Type /Catalog /Pages 2 0 R>>", PAGES, PAGE,
			   "<</Filter /Standard /V 1 /R 2 /O " SECRET " /U " SECRET " /P -4>>", NULL},
		"/Encrypt 4 0 R /ID [<01> <01>]");

	CHECK(!p.parse_ok);
	CHECK_STR(p.fault.message, "the PDF asks for a password; open it with the password and save it without one");
}

static void
broken_ones_are_refused(void)
{
	struct artifact_profile p =
	    profile_of((const char *[]){"<</Type /Catalog /Pages 9 0 R>>", PAGES, PAGE, NULL}, "");

	CHECK(!p.parse_ok);
	CHECK(strstr(p.fault.message, "pages") != NULL);
	p = profile_of((const char *[]){"<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [] /Count 0>>", NULL}, "");
	CHECK(!p.parse_ok);
	CHECK(strstr(p.fault.message, "no pages") != NULL);
	p = profile_of((const char *[]){"(no catalog)", PAGES, PAGE, NULL}, "");
	CHECK(!p.parse_ok);
	/* a tree of pages that contains itself, and one that promises more than it has: they end */
	p = profile_of((const char *[]){"<</Type /Catalog /Pages 2 0 R>>",
			   "<</Type /Pages /Kids [2 0 R 2 0 R 3 0 R] /Count 1000000>>", PAGE, NULL},
	    "");
	CHECK(!p.parse_ok);
	CHECK(strstr(p.fault.message, "no pages") != NULL);
}

int
main(void)
{
	a = arena_new(0);
	if (access("/usr/bin/pdfinfo", X_OK) < 0) {
		SKIP(pdf, "poppler-utils is not installed");
		return tap_done();
	}
	RUN(a_printed_page_is_described);
	RUN(what_it_carries_is_said);
	RUN(a_title_cannot_speak_for_the_reader);
	RUN(a_password_is_asked_away);
	RUN(broken_ones_are_refused);
	arena_free(a);
	return tap_done();
}
