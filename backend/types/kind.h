/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_KIND_H
#define TYPES_KIND_H
/*
 * An artifact's kind is its representation (table.csv, report.html, …): 24 standard ones plus
 * text.markdown, listed in types/kinds.def. A kind is a claim; kind_sniff says what the bytes
 * really are, so that a .csv that is a PDF is told as such. Whether all bytes hold up is the
 * profile's business (types/profile.h).
 */
#include <stdbool.h>
#include <stddef.h>
struct err;

enum kind {
#define KIND(symbol, name, extension, format, standard) symbol,
#include "types/kinds.def"
#undef KIND
	KIND__COUNT
};

/* How the bytes of a kind are read; also what kind_sniff finds. */
enum format {
	FORMAT_BINARY, /* none of the others */
	FORMAT_TEXT,   /* UTF-8 */
	FORMAT_MARKDOWN,
	FORMAT_CSV,
	FORMAT_TSV,
	FORMAT_JSON,
	FORMAT_JSON_ROWS, /* a JSON array of objects */
	FORMAT_YAML,
	FORMAT_HTML,
	FORMAT_XML,
	FORMAT_DIFF,
	FORMAT_PDF,
	FORMAT_ZIP,
	FORMAT_XLSX, /* a ZIP with a workbook in it; docx, pptx and odf likewise */
	FORMAT_DOCX,
	FORMAT_PPTX,
	FORMAT_ODF,
	FORMAT_OLE, /* the old binary Office files */
	FORMAT_PARQUET,
	FORMAT_GZIP,
	FORMAT_PNG,
	FORMAT_JPEG,
	FORMAT_GIF,
	FORMAT_ELF,
	FORMAT_UTF16, /* text, but not UTF-8 */
	FORMAT_UTF32,
	FORMAT_LATIN1, /* text with bytes that are not UTF-8; most likely Latin-1 or Windows-1252 */
	FORMAT_EMPTY,  /* 0 bytes */
	FORMAT__COUNT
};

/* kind_name - "table.csv". kind_extension - "csv". kind_format - how its bytes are read. */
const char *kind_name(enum kind kind);
const char *kind_extension(enum kind kind);
enum format kind_format(enum kind kind);
bool kind_is_standard(enum kind kind);
/* kind_is_table - has rows and columns that the profile reads (CSV, TSV, JSON rows, Parquet). */
bool kind_is_table(enum kind kind);
/* kind_find - the kind of that name: true and *out, or false. */
bool kind_find(const char *name, enum kind *out);
/* kind_parse - as kind_find; E_USAGE names the nearest legal name. */
int kind_parse(const char *name, enum kind *out, struct err *err);
/*
 * kind_for_path - the kind that a file name claims (".csv" → table.csv, ".md" → text.markdown).
 * ".json" claims object.json; the profile turns that into table.json_rows when it is one.
 * Returns false when the extension says nothing.
 */
bool kind_for_path(const char *path, enum kind *out);

/* format_name - "pdf", "utf-16", …: stable, stored. format_words - "a PDF document". */
const char *format_name(enum format format);
const char *format_words(enum format format);
bool format_find(const char *name, enum format *out);

#define SNIFF_BYTES 65536 /* more than this is never looked at */

/*
 * kind_sniff - what a file is, from its first bytes.
 *
 * p, n:  the first n bytes of the file; give SNIFF_BYTES or all
 * whole: p holds the whole file
 * path:  its name, or NULL; only decides between forms of text that the bytes leave open
 * Returns the format. Text is CSV, TSV, JSON, HTML, … only as far as the first bytes can say.
 */
enum format kind_sniff(const char *p, size_t n, bool whole, const char *path);
/*
 * kind_sniff_schema - a JSON object whose first member is "schema" with an id of ours says what kind it is
 * ("forge.batch_manifest.v1"). p, n: its first bytes. False when it says nothing.
 */
bool kind_sniff_schema(const char *p, size_t n, enum kind *out);
/* kind_sniff_fd - the same for a regular file; reads with pread, leaves the offset alone. E_IO. */
int kind_sniff_fd(int fd, const char *path, enum format *out, struct err *err);
#endif
