/* SPDX-License-Identifier: Apache-2.0 */
#include "types/kind.h"

#include <string.h>

#include "core/err.h"

struct kind_entry {
	const char *name;
	const char *extension;
	enum format format;
	bool is_standard;
};
struct format_entry {
	const char *name;
	const char *words;
};

static const struct kind_entry kinds[KIND__COUNT] = {
#define KIND(symbol, name, extension, format, standard)                                            \
	[symbol] = {name, extension, format, standard},
#include "types/kinds.def"
#undef KIND
};

static const struct format_entry formats[FORMAT__COUNT] = {
    [FORMAT_BINARY] = {"binary", "binary data"},
    [FORMAT_TEXT] = {"text", "plain text"},
    [FORMAT_MARKDOWN] = {"markdown", "Markdown text"},
    [FORMAT_CSV] = {"csv", "comma-separated text"},
    [FORMAT_TSV] = {"tsv", "tab-separated text"},
    [FORMAT_JSON] = {"json", "JSON"},
    [FORMAT_JSON_ROWS] = {"json_rows", "a JSON array of objects"},
    [FORMAT_YAML] = {"yaml", "YAML text"},
    [FORMAT_HTML] = {"html", "an HTML page"},
    [FORMAT_XML] = {"xml", "an XML document"},
    [FORMAT_DIFF] = {"diff", "a unified diff"},
    [FORMAT_PDF] = {"pdf", "a PDF document"},
    [FORMAT_ZIP] = {"zip", "a ZIP archive"},
    [FORMAT_XLSX] = {"xlsx", "an Excel workbook"},
    [FORMAT_DOCX] = {"docx", "a Word document"},
    [FORMAT_PPTX] = {"pptx", "a PowerPoint presentation"},
    [FORMAT_ODF] = {"odf", "an OpenDocument file"},
    [FORMAT_OLE] = {"ole", "an old binary Office file (xls, doc, ppt)"},
    [FORMAT_PARQUET] = {"parquet", "a Parquet file"},
    [FORMAT_GZIP] = {"gzip", "gzip-compressed data"},
    [FORMAT_PNG] = {"png", "a PNG image"},
    [FORMAT_JPEG] = {"jpeg", "a JPEG image"},
    [FORMAT_GIF] = {"gif", "a GIF image"},
    [FORMAT_ELF] = {"elf", "a Linux program"},
    [FORMAT_UTF16] = {"utf-16", "UTF-16 text"},
    [FORMAT_UTF32] = {"utf-32", "UTF-32 text"},
    [FORMAT_LATIN1] = {"latin-1", "text that is not UTF-8, most likely Latin-1 or Windows-1252"},
    [FORMAT_EMPTY] = {"empty", "an empty file"},
};

const char *
kind_name(enum kind kind)
{
	INVARIANT(kind < KIND__COUNT);
	return kinds[kind].name;
}

const char *
kind_extension(enum kind kind)
{
	INVARIANT(kind < KIND__COUNT);
	return kinds[kind].extension;
}

enum format
kind_format(enum kind kind)
{
	INVARIANT(kind < KIND__COUNT);
	return kinds[kind].format;
}

bool
kind_is_standard(enum kind kind)
{
	INVARIANT(kind < KIND__COUNT);
	return kinds[kind].is_standard;
}

bool
kind_is_table(enum kind kind)
{
	enum format f = kind_format(kind);

	return f == FORMAT_CSV || f == FORMAT_TSV || f == FORMAT_JSON_ROWS || f == FORMAT_PARQUET;
}

bool
kind_find(const char *name, enum kind *out)
{
	for (int i = 0; i < KIND__COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum kind)i;
			return true;
		}
	return false;
}

#define DISTANCE_BYTES_MAX 48

/* Levenshtein distance of two short names. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[DISTANCE_BYTES_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > DISTANCE_BYTES_MAX || nb > DISTANCE_BYTES_MAX)
		return DISTANCE_BYTES_MAX;
	for (unsigned j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

int
kind_parse(const char *name, enum kind *out, struct err *err)
{
	unsigned best = DISTANCE_BYTES_MAX + 1;
	int nearest = 0;

	if (kind_find(name, out))
		return 0;
	for (int i = 0; i < KIND__COUNT; i++) {
		unsigned d = distance(name, kinds[i].name);
		if (d < best) {
			best = d;
			nearest = i;
		}
	}
	return err_set(err, E_USAGE, "'%.64s' is not an artifact kind; the nearest is '%s'", name,
	    kinds[nearest].name);
}

bool
kind_for_path(const char *path, enum kind *out)
{
	static const struct {
		const char *extension;
		enum kind kind;
	} table[] = {
	    {"csv", KIND_TABLE_CSV},
	    {"tsv", KIND_TABLE_TSV},
	    {"tab", KIND_TABLE_TSV},
	    {"json", KIND_OBJECT_JSON},
	    {"yaml", KIND_OBJECT_YAML},
	    {"yml", KIND_OBJECT_YAML},
	    {"parquet", KIND_TABLE_PARQUET},
	    {"md", KIND_TEXT_MARKDOWN},
	    {"markdown", KIND_TEXT_MARKDOWN},
	    {"html", KIND_REPORT_HTML},
	    {"htm", KIND_REPORT_HTML},
	    {"pdf", KIND_REPORT_PDF},
	    {"txt", KIND_FILE_TEXT},
	    {"log", KIND_FILE_TEXT},
	    {"zip", KIND_FILE_ARCHIVE_ZIP},
	    {"patch", KIND_CODE_PATCH_UNIFIED_DIFF},
	    {"diff", KIND_CODE_PATCH_UNIFIED_DIFF},
	    {"bin", KIND_FILE_BINARY},
	};
	const char *name = strrchr(path, '/'), *dot;

	name = name ? name + 1 : path;
	dot = strrchr(name, '.');
	if (!dot)
		return false;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcasecmp(dot + 1, table[i].extension) == 0) {
			*out = table[i].kind;
			return true;
		}
	return false;
}

const char *
format_name(enum format format)
{
	INVARIANT(format < FORMAT__COUNT);
	return formats[format].name;
}

const char *
format_words(enum format format)
{
	INVARIANT(format < FORMAT__COUNT);
	return formats[format].words;
}

bool
format_find(const char *name, enum format *out)
{
	for (int i = 0; i < FORMAT__COUNT; i++)
		if (strcmp(formats[i].name, name) == 0) {
			*out = (enum format)i;
			return true;
		}
	return false;
}
