/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_DIAG_H
#define COMPILER_DIAG_H
/*
 * Findings about the user's plan: what is wrong, where, and the way out. They are queued, a pass
 * reports all it can, and compilation stops before the next pass. Codes are a closed list (diag.def);
 * each has docs/diagnostics/<code>.md with a failing and a fixed example, both of which are tests.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct jw;

enum diag_code {
#define D(code, severity, title, text) code,
#include "compiler/diag.def"
#undef D
	FC__COUNT
};
enum diag_severity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE, DIAG__COUNT };

/* Where: any part may be absent (NULL or 0). Rows and columns count from 1; row 1 is the header. */
struct diag_place {
	const char *file;
	uint64_t row;
	uint32_t column;
	const char *step;    /* step key */
	const char *pointer; /* into the candidate document */
	uint32_t line;       /* of file, when it is text: the candidate or the objective */
	const char *where;   /* for the terminal: "step 3 `join`, output `rows`"; NULL: from the above */
};

struct diag_label {
	const char *file;
	uint64_t row;
	uint32_t column;
	const char *text;
};

/* A line of the source with a part underlined. caret_at counts code points from 0. */
struct diag_source {
	uint64_t line; /* number shown in the margin; 0: none */
	const char *text;
	uint32_t caret_at;
	uint32_t caret_n; /* 0: no carets */
	const char *label;
};

#define DIAG_LABELS_MAX 8
#define DIAG_SOURCES_MAX 4
struct diag {
	enum diag_code code;
	enum diag_severity severity;
	const char *message;
	struct diag_place place;
	struct diag_source sources[DIAG_SOURCES_MAX];
	size_t nsources;
	struct diag_label labels[DIAG_LABELS_MAX];
	size_t nlabels;
	const char *note;
	const char *help;
	const char *fix; /* JSON Patch (RFC 6902) on the candidate, as text; NULL if none */
};

/* The queue of one compile. Order of finding is order of showing. */
struct diags {
	struct arena *a;
	struct diag **at; /* [n] */
	size_t n;
	size_t cap;
	size_t nerrors;
	size_t dropped; /* beyond DIAGS_MAX: counted, not kept */
};
#define DIAGS_MAX 200

void diags_init(struct diags *d, struct arena *a);
/* diag_add - queue a finding with its one-line message; fill in the rest through the pointer. */
struct diag *diag_add(struct diags *d, enum diag_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
void diag_note(struct diags *d, struct diag *g, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_help(struct diags *d, struct diag *g, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_label(struct diags *d, struct diag *g, const char *file, uint64_t row, uint32_t column,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
struct diag_source *diag_source(struct diags *d, struct diag *g, uint64_t line, const char *text,
    uint32_t caret_at, uint32_t caret_n);

/* diag_count - 12345 as "12,345", in the arena of the queue. */
const char *diag_count(struct diags *d, uint64_t n);

const char *diag_code_name(enum diag_code code);   /* "FC0302" */
const char *diag_code_title(enum diag_code code);  /* one line */
/* diag_find - the code named so, FC__COUNT if there is none. */
enum diag_code diag_find(const char *name);
/* diag_explain - a paragraph for `forgectl explain`, NULL for an unknown name. */
const char *diag_explain(const char *name);

/* diag_text - as a terminal shows it (rustc's manner); colour: with ANSI colours. */
void diag_text(struct buf *b, const struct diag *g, bool colour);
/* diag_json - one forge.diag.v1 object at key (NULL in arrays). */
void diag_json(struct jw *w, const char *key, const struct diag *g);
/* diags_text - all of them, an empty line between, and a closing count. */
void diags_text(struct buf *b, const struct diags *d, bool colour);
/* diags_json - an array of them. */
void diags_json(struct jw *w, const char *key, const struct diags *d);
#endif
