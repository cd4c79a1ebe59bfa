/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_TOKEN_H
#define IMPRINT_TOKEN_H
/*
 * The token language: reading, writing, and literals that look like tokens. Grammar: docs/IMPRINT.md
 * (the EBNF of the design). A token is always a whole JSON string.
 */
#include <stdbool.h>
#include <stddef.h>
struct arena;
struct buf;
struct err;
struct jx;

enum token_kind { TOKEN_FILL, TOKEN_OPTIONAL, TOKEN_AUTO, TOKEN_FILL_ENUM, TOKEN_OPTIONAL_ENUM, TOKEN_REF, TOKEN_ONE_OF };
struct token_constraint {
	const char *name; /* "len", …, or a flag, or "x-…" */
	const char *value; /* unescaped, NUL-terminated; NULL for flags */
	size_t value_bytes;
	const struct jx *parsed; /* default, const: the value; else NULL */
};
struct token {
	enum token_kind kind;
	const char *types[9]; /* fill and ref: in the order written */
	size_t n_types;
	const struct jx **values; /* enums: as JSON values */
	size_t n_values;
	struct token_constraint *constraints;
	size_t n_constraints;
	bool is_circular; /* ref: circular (else depth) */
};
/* token_is_like - does s begin as a token does ("{FILL|", "{REF:", "{ONE_OF}" …)? The test that separates
 * tokens from literals, everywhere. */
bool token_is_like(const char *s, size_t n);
/* token_kind_of - the kind by its keyword alone, for s that token_is_like. */
enum token_kind token_kind_of(const char *s, size_t n);
/* token_is_escaped - backslashes and then something token-like: a literal, written with one backslash more. */
bool token_is_escaped(const char *s, size_t n);
/* token_escape - append literal text as it stands in a template or a filled document. */
void token_escape(struct buf *b, const char *s, size_t n);
/* token_unescape - the literal of filled text: drops one backslash where token_is_escaped. Borrowed from s. */
const char *token_unescape(const char *s, size_t n, size_t *out_bytes);
/* token_parse - the whole token, in a. is_planner: also accept hand-written planner tokens ({imperative verb
 * phrase}, {ENUM|…}, {expected_outputs[].path}). -1 E_SCHEMA "…at offset N". */
int token_parse(struct arena *a, const char *s, size_t n, bool is_planner, struct token *out, struct err *err);
/* token_json - {"kind","types","values","constraints":[{"name","value","parsed"?}],…} as the batch protocol has it. */
void token_json(struct buf *b, const struct token *t);

/* Writing. Text goes to b as token text, not yet JSON-quoted. */
/* token_text - escape | { } \ and control characters. */
void token_text(struct buf *b, const char *s, size_t n);
/* token_value - an enum, default or const value: bare where possible, else "=" and JSON. */
void token_value(struct buf *b, const struct jx *v);
const char *token_kind_name(enum token_kind kind);
#endif
