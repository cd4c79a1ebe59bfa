/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_MEASURE_H
#define TYPES_MEASURE_H
/*
 * Parse verdicts, over all bytes, of what is not a table. Inside types/ only. Each fills p->out (the
 * fault, or what was measured) and may add notes that say how far the check went. -1: E_IO.
 */
struct err;
struct profiler;
/* measure_json - strict RFC 8259, streamed; sets top_level. */
int measure_json(struct profiler *p, struct err *err);
/* measure_text - text, Markdown, YAML, diff: UTF-8 without NUL. Only plain text may be empty. */
int measure_text(struct profiler *p, struct err *err);
/* measure_html - UTF-8, begins like a page, and its tags, quotes and comments are closed. */
int measure_html(struct profiler *p, struct err *err);
/* measure_pdf - header, end, cross-reference, and the pages where the page tree is readable. */
int measure_pdf(struct profiler *p, struct err *err);
/* measure_zip - the end record and where it puts the directory. measure_parquet - both magics. */
int measure_zip(struct profiler *p, struct err *err);
int measure_parquet(struct profiler *p, struct err *err);

struct fault;
/* measure_fault - set p->out's fault; printf-style message. Line, column 0: do not apply. */
void measure_fault(struct profiler *p, unsigned long long line, unsigned long long column,
    unsigned long long offset, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* measure_read - n bytes at offset, fewer at the end; *got says how many. -1: E_IO. */
int measure_read(struct profiler *p, char *to, unsigned long n, unsigned long long offset,
    unsigned long *got, struct err *err);
#endif
