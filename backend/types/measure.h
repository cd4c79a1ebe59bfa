/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_MEASURE_H
#define TYPES_MEASURE_H
/*
 * Parse verdicts, over all bytes, of what is not a table. Inside types/ only. Each fills p->out (the
 * fault, or what was measured) and may add notes that say how far the check went. -1: E_IO.
 *
 * p->out->summary, by kind (lists are bounded; *_count says how many there are; docs/KINDS.md tells more):
 *  file.text             lines words characters longest_line longest_line_at line_ends
 *  text.markdown,        as text, and headings [{text,level,line}] heading_count link_count links image_count images
 *   report.markdown       tables code_blocks code_languages {} front_matter
 *  report.html,          title lang headings [{text,level}] heading_count link_count links image_count images
 *   web.page.html         images_without_alt script_count scripts style_count form_count forms frame_count
 *                         event_handlers external_count externals; report.html: self_contained
 *  object.json           top_level keys [{name,type,items|in_items}] key_count|items+item_types {} depth counts {}
 *  object.yaml           documents top_level depth values anchors aliases tags {} keys [{name,type,rows}]
 *                         rows+flat (a list of mappings) | items | key_count
 *  code.patch.unified_diff  git files hunks added removed created deleted renamed copied binary
 *                         paths [{path,change,hunks,added,removed}]
 *  file.archive.zip      entries files folders bytes extensions {} top {} largest [{path,bytes}] nested_count
 *                         nested_depth nested nested_not_read
 *  web.bundle.static     as archive, and root page_count pages assets [{path,bytes,media_type}] link_count
 *                         asset_reference_count missing_count missing external_count externals
 *  code.bundle.project   as archive, and manifests programs secrets has_readme has_licence has_tests has_git
 *  kinds with a schema   rows counts {member:{value:n}} sums {member:"n"} (types/kind_schema.h)
 *  file.binary           format says bytes looked_at_bytes printable_percent
 *  report.pdf, table.parquet  see measure_pdf_aside and types/parquet.h; CSV, TSV and JSON rows have columns instead
 */
#include <stdbool.h>
struct err;
struct profiler;
/* measure_json - strict RFC 8259, streamed; sets top_level and the summary. */
int measure_json(struct profiler *p, struct err *err);
/*
 * measure_kind_rows - where the kind has a schema of its own (types/kind_schema.h): every row against it,
 * one at a time, ids once, paths that stay. After measure_json, or the rows, were sound.
 */
int measure_kind_rows(struct profiler *p, struct err *err);
/* measure_binary - what the first bytes look like. */
int measure_binary(struct profiler *p, struct err *err);
/* measure_text - UTF-8 without NUL; sets has_bom and the summary. Only plain text may be empty. */
int measure_text(struct profiler *p, struct err *err);
/* measure_markdown - as text; the summary tells headings, links, tables, code blocks. */
int measure_markdown(struct profiler *p, struct err *err);
/* measure_yaml - as text, and YAML by libyaml's events; aliases under a limit. */
int measure_yaml(struct profiler *p, struct err *err);
/* measure_diff - as text, and a unified diff whose hunks hold what their headers count. */
int measure_diff(struct profiler *p, struct err *err);
/* measure_html - UTF-8, begins like a page, and its tags, quotes and comments are closed. */
int measure_html(struct profiler *p, struct err *err);
/* measure_pdf - header, end, cross-reference; then what poppler says. */
int measure_pdf(struct profiler *p, struct err *err);
/*
 * measure_pdf_aside - pages, text, forms, scripts, embedded files by poppler's programs beside us, into the
 * summary {author,creator,embedded_files,encrypted,form,has_text,javascript,page_size,pages,pdf_version,
 * producer,tagged,text_characters,text_pages,title}. *is_absent: they are not installed. E_IO, E_SANDBOX.
 */
int measure_pdf_aside(struct profiler *p, bool *is_absent, struct err *err);
/* measure_zip - archives, sites, projects: directory, every member, archives inside (types/zip.h, types/nested.h). */
int measure_zip(struct profiler *p, struct err *err);
struct parquet_spool;
/*
 * measure_parquet - both magics, then all of it by the program for it: its rows in *spool, for profile_rows,
 * and the summary. The spool is open where the file is sound; the caller closes it.
 */
int measure_parquet(struct profiler *p, struct parquet_spool *spool, struct err *err);

struct fault;
/* measure_fault - set p->out's fault; printf-style message. Line, column 0: do not apply. */
void measure_fault(struct profiler *p, unsigned long long line, unsigned long long column,
    unsigned long long offset, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
struct buf;
/* measure_summary - b's JSON object, in canonical form, as p->out->summary. */
void measure_summary(struct profiler *p, struct buf *b);
/* measure_encoding - p->out->encoding, after the parse verdict; reads the file again only where that was bad. -1: E_IO. */
int measure_encoding(struct profiler *p, struct err *err);
/* measure_read - n bytes at offset, fewer at the end; *got says how many. -1: E_IO. */
int measure_read(struct profiler *p, char *to, unsigned long n, unsigned long long offset,
    unsigned long *got, struct err *err);
#endif
