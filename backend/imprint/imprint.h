/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_IMPRINT_H
#define IMPRINT_IMPRINT_H
/*
 * The front of the module, as the command line, the API and the compiler use it: open a schema or an API
 * description, print its template, decode what came back. Answers are JSON texts of the shapes in docs/IMPRINT.md.
 */
#include <stdbool.h>
#include <stddef.h>
#include "imprint/diag.h"
#include "imprint/decode.h"
#include "imprint/encode.h"
#include "schema/registry.h"
#include "schema/validate.h"
struct arena;
struct buf;
struct jx;
struct imprint;

struct imprint_source { /* exactly one of path, text, root */
	const char *path;
	const char *text;
	size_t text_bytes;
	const struct jx *root;
	const char *name;     /* shown in diagnostics in place of a path; NULL: "schema" */
	const char *base_dir; /* folder for references to files; NULL: the folder of path, or none */
	const struct jx *remotes;
	enum dialect dialect;
	enum direction direction; /* DIRECTION_NONE: request for operations, none for schemas */
};
/* imprint_open - read it. *out lives in a. -1: IMP_E_SCHEMA, … in d. Cost: O(document). */
int imprint_open(struct arena *a, const struct imprint_source *src, struct imprint **out, struct imp_diags *d);
/* imprint_documents - how many documents it has read so far: more than one once a reference led to a file. */
unsigned imprint_documents(const struct imprint *im);
bool imprint_is_api(const struct imprint *im);
struct shapes *imprint_shapes(struct imprint *im);
struct sloc imprint_root(const struct imprint *im);

/* imprint_encode - the envelope {"imprint":…,"head","rules","template"} of the schema, or of operation op ("POST /x" or
 * operationId; required for an API description). content_type: NULL picks. */
int imprint_encode(struct imprint *im, const char *op, const char *content_type, const struct encode_options *opt,
    struct buf *b, struct imp_diags *d);
/* imprint_decode - the payload (for an operation: the request as it travels) of a filled document: the bare template
 * value, or the envelope with "template" filled. */
int imprint_decode(struct imprint *im, const char *op, const char *content_type, const struct jx *filled, bool is_open,
    struct buf *b, struct imp_diags *d);
/* imprint_decode_part - hold one folded part, filled by itself, against the shape at zoom (a pointer of the template); prints
 * its payload. */
int imprint_decode_part(struct imprint *im, const char *op, const char *content_type, const char *zoom, const struct jx *filled,
    bool is_open, struct buf *b, struct imp_diags *d);
/* imprint_compose - the filled document with parts put in the places of their {REF: depth} tokens. IMP_TOKEN when such a place
 * holds something else. */
struct imprint_part { const char *pointer; const struct jx *filled; };
int imprint_compose(const struct jx *filled, const struct imprint_part *parts, size_t n, const struct jx **out, struct imp_diags *d);
/* imprint_decode_text - the same from text: strict JSON, or with is_lenient what repair_parse can mend; repairs are
 * written to *repairs as a JSON array (may be NULL). A cut-off text is refused (IMP_PARSE). */
int imprint_decode_text(struct imprint *im, const char *op, const char *content_type, const char *text, size_t n,
    bool is_open, bool is_lenient, struct buf *b, struct buf *repairs, struct imp_diags *d);
/* imprint_map - the sidecar map, canonical JSON; with the options of the template that it belongs to. */
int imprint_map(struct imprint *im, const char *op, const char *content_type, const struct encode_options *opt,
    struct buf *b, struct imp_diags *d);
/* imprint_read - the filled document of a text, as imprint_decode_text reads it or, with zoom, as one part of it. */
int imprint_read(struct imprint *im, const char *op, const char *content_type, const char *zoom, const char *text, size_t n,
    bool is_lenient, const struct jx **filled, struct buf *repairs, struct imp_diags *d);
/* imprint_ops - {"operations":[{"id","method","path","summary","tag","deprecated"}],"warnings":[…]}: paths whose $ref dangles are
 * told there. */
int imprint_ops(struct imprint *im, struct buf *b, struct imp_diags *d);
/* imprint_encode_all - {"operations":[{"operation","id","ok","bytes","leaves","required","folded","diagnostics"}],"encoded",
 * "refused","bytes","warnings"}; diagnostics are the warnings of what was encoded. quiet: the totals only ("operations" is
 * their number). */
int imprint_encode_all(struct imprint *im, bool quiet, struct buf *b, struct imp_diags *d);
#endif
