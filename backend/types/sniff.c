/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/utf8.h"
#include "types/kind.h"

/* A stretch of text without its byte order mark. */
struct text {
	const char *p;
	size_t n;
};

static bool
begins(const char *p, size_t n, const char *magic, size_t magic_bytes)
{
	return n >= magic_bytes && memcmp(p, magic, magic_bytes) == 0;
}
#define BEGINS(p, n, literal) begins((p), (n), (literal), sizeof(literal) - 1)

static bool
begins_word(const char *p, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && strncasecmp(p, word, len) == 0;
}

/* Office files are ZIP archives; the names of their first members tell which. */
static enum format
sniff_zip(const char *p, size_t n)
{
	static const struct {
		const char *name;
		enum format format;
	} members[] = {
	    {"mimetypeapplication/vnd.oasis", FORMAT_ODF},
	    {"xl/", FORMAT_XLSX},
	    {"word/", FORMAT_DOCX},
	    {"ppt/", FORMAT_PPTX},
	};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (memmem(p, n, members[i].name, strlen(members[i].name)))
			return members[i].format;
	return FORMAT_ZIP;
}

static bool
sniff_magic(const char *p, size_t n, enum format *out)
{
	static const struct {
		const char *magic;
		size_t n;
		enum format format;
	} table[] = {
	    {"%PDF-", 5, FORMAT_PDF},
	    {"PK\3\4", 4, FORMAT_ZIP},
	    {"PK\5\6", 4, FORMAT_ZIP},
	    {"\x1f\x8b", 2, FORMAT_GZIP},
	    {"\x89PNG\r\n\x1a\n", 8, FORMAT_PNG},
	    {"\xff\xd8\xff", 3, FORMAT_JPEG},
	    {"GIF87a", 6, FORMAT_GIF},
	    {"GIF89a", 6, FORMAT_GIF},
	    {"\x7f"
	     "ELF",
		4, FORMAT_ELF},
	    {"PAR1", 4, FORMAT_PARQUET},
	    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, FORMAT_OLE},
	    {"\xff\xfe\0\0", 4, FORMAT_UTF32},
	    {"\0\0\xfe\xff", 4, FORMAT_UTF32},
	    {"\xff\xfe", 2, FORMAT_UTF16},
	    {"\xfe\xff", 2, FORMAT_UTF16},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (begins(p, n, table[i].magic, table[i].n)) {
			*out = table[i].format == FORMAT_ZIP ? sniff_zip(p, n) : table[i].format;
			return true;
		}
	return false;
}

/* Without a byte order mark: nearly every second byte of Latin text in UTF-16 is NUL. */
static bool
looks_utf16(const char *p, size_t n)
{
	size_t sample = n < 1024 ? n & ~(size_t)1 : 1024, odd = 0, even = 0;

	for (size_t i = 0; i < sample; i += 2) {
		even += p[i] == '\0';
		odd += p[i + 1] == '\0';
	}
	if (sample < 4)
		return false;
	return (odd * 2 > sample * 8 / 10 && even * 20 < sample) ||
	       (even * 2 > sample * 8 / 10 && odd * 20 < sample);
}

/* Text that is not UTF-8: few control characters, and not mostly high bytes. */
static bool
looks_latin1(const char *p, size_t n)
{
	size_t high = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f')
			return false;
		high += c >= 0x80;
	}
	return high * 10 < n * 4;
}

static struct text
skip_space(struct text t)
{
	while (t.n && (*t.p == ' ' || *t.p == '\t' || *t.p == '\n' || *t.p == '\r')) {
		t.p++;
		t.n--;
	}
	return t;
}

static struct text
behind(struct text t, size_t n)
{
	return skip_space((struct text){t.p + n, t.n - n});
}

static bool
sniff_json(struct text t, enum format *out)
{
	char c = t.n ? *t.p : '\0', next;

	if (c != '{' && c != '[')
		return false;
	t = behind(t, 1);
	next = t.n ? *t.p : '\0';
	if (c == '{') {
		*out = FORMAT_JSON;
		return next == '"' || next == '}';
	}
	*out = next == '{' ? FORMAT_JSON_ROWS : FORMAT_JSON;
	return next != '\0' && (strchr("{[]\"-0123456789", next) || begins_word(t.p, t.n, "true") ||
				   begins_word(t.p, t.n, "false") || begins_word(t.p, t.n, "null"));
}

static bool
sniff_markup(struct text t, enum format *out)
{
	static const char *const html[] = {"<!doctype html", "<html", "<head", "<body"};
	bool is_xml = begins_word(t.p, t.n, "<?xml");

	while (BEGINS(t.p, t.n, "<!--")) {
		const char *close = memmem(t.p, t.n, "-->", 3);
		if (!close)
			break;
		t = behind(t, (size_t)(close - t.p) + 3);
	}
	for (size_t i = 0; i < sizeof html / sizeof *html; i++)
		if (begins_word(t.p, t.n, html[i]) ||
		    (is_xml && memmem(t.p, t.n, html[i], strlen(html[i])))) {
			*out = FORMAT_HTML;
			return true;
		}
	*out = FORMAT_XML;
	return is_xml || begins_word(t.p, t.n, "<svg");
}

static bool
looks_diff(struct text t)
{
	const char *eol;

	if (BEGINS(t.p, t.n, "diff --git "))
		return true;
	if (!BEGINS(t.p, t.n, "--- "))
		return false;
	eol = memchr(t.p, '\n', t.n);
	return eol && BEGINS(eol + 1, t.n - (size_t)(eol + 1 - t.p), "+++ ");
}

/* The first lines all hold the same number, at least one, of that delimiter. */
static bool
looks_delimited(struct text t, char delimiter)
{
	size_t want = 0, lines = 0;

	while (t.n && lines < 8) {
		const char *eol = memchr(t.p, '\n', t.n);
		size_t len = eol ? (size_t)(eol - t.p) : t.n, found = 0;
		bool is_quoted = false;
		if (!eol && lines > 0)
			break;
		for (size_t i = 0; i < len; i++) {
			is_quoted ^= t.p[i] == '"';
			found += !is_quoted && t.p[i] == delimiter;
		}
		if (lines == 0)
			want = found;
		if (found == 0 || found != want)
			return false;
		lines++;
		t.p += len + (eol != NULL);
		t.n -= len + (eol != NULL);
	}
	return lines >= 2;
}

/* A directive, or the document marker with no Markdown behind a second one. */
static bool
looks_yaml(struct text t)
{
	const char *second;

	if (BEGINS(t.p, t.n, "%YAML "))
		return true;
	if (!BEGINS(t.p, t.n, "---\n"))
		return false;
	second = memmem(t.p + 3, t.n - 3, "\n---\n", 5);
	return memchr(t.p + 4, ':', t.n - 4) && !(second && memmem(second, t.n - (size_t)(second - t.p), "\n# ", 3));
}

static enum format
sniff_text(struct text t, const char *path)
{
	struct text body = skip_space(t);
	enum kind named;
	enum format f = FORMAT_TEXT;

	if (path && kind_for_path(path, &named))
		f = kind_format(named);
	if (f == FORMAT_MARKDOWN || f == FORMAT_YAML)
		return f;
	if (sniff_markup(body, &f) || sniff_json(body, &f))
		return f;
	if (path && kind_for_path(path, &named))
		f = kind_format(named);
	else
		f = FORMAT_TEXT;
	if (f == FORMAT_CSV || f == FORMAT_TSV)
		return f;
	if (looks_diff(t))
		return FORMAT_DIFF;
	if (looks_delimited(t, ','))
		return FORMAT_CSV;
	if (looks_delimited(t, '\t'))
		return FORMAT_TSV;
	if (looks_yaml(t))
		return FORMAT_YAML;
	return BEGINS(body.p, body.n, "# ") ? FORMAT_MARKDOWN : FORMAT_TEXT;
}

bool
kind_sniff_schema(const char *p, size_t n, enum kind *out)
{
	static const struct {
		const char *schema;
		enum kind kind;
	} table[] = {
	    {"\"forge.batch_manifest.v1\"", KIND_FILE_BATCH_MANIFEST},
	    {"\"forge.asset_manifest.v1\"", KIND_WEB_ASSET_MANIFEST},
	    {"\"forge.deployment_receipt.v1\"", KIND_DEPLOYMENT_RECEIPT},
	    {"\"forge.validation_results.v1\"", KIND_VALIDATION_RESULTS},
	    {"\"forge.citations.v1\"", KIND_CITATIONS_LIST},
	};
	struct text t = skip_space((struct text){p, n});

	if (t.n == 0 || *t.p != '{')
		return false;
	t = behind(t, 1);
	if (!BEGINS(t.p, t.n, "\"schema\""))
		return false;
	t = behind(t, 8);
	if (t.n == 0 || *t.p != ':')
		return false;
	t = behind(t, 1);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (begins(t.p, t.n, table[i].schema, strlen(table[i].schema))) {
			*out = table[i].kind;
			return true;
		}
	return false;
}

enum format
kind_sniff(const char *p, size_t n, bool whole, const char *path)
{
	struct text t = {p, n};
	enum format f;
	size_t bad;

	if (n == 0)
		return FORMAT_EMPTY;
	if (sniff_magic(p, n, &f))
		return f;
	if (looks_utf16(p, n))
		return FORMAT_UTF16;
	if (memchr(p, '\0', n))
		return FORMAT_BINARY;
	bad = utf8_check(p, n);
	if (bad < n && (whole || n - bad >= 4))
		return looks_latin1(p, n) ? FORMAT_LATIN1 : FORMAT_BINARY;
	if (BEGINS(p, n, "\xef\xbb\xbf"))
		t = (struct text){p + 3, n - 3};
	return sniff_text(t, path);
}

int
kind_sniff_fd(int fd, const char *path, enum format *out, struct err *err)
{
	char p[SNIFF_BYTES];
	size_t n = 0;

	while (n < sizeof p) {
		ssize_t r = pread(fd, p + n, sizeof p - n, (off_t)n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, E_IO, "cannot read '%s'", path ? path : "the file");
		if (r == 0)
			break;
		n += (size_t)r;
	}
	*out = kind_sniff(p, n, n < sizeof p, path);
	return 0;
}
