/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_ENCODE_H
#define IMPRINT_ENCODE_H
/* Shape to template: the self-describing text that a model fills. Pure: the same shape and options give the
 * same bytes. Rendering rules: docs/IMPRINT.md (design page 1.3). */
#include <stdbool.h>
#include <stddef.h>
#include "imprint/diag.h"
struct arena;
struct buf;
struct jw;
struct shape;
struct shapes;

struct encode_options {
	size_t bytes_max;   /* of the template; 0: 262144. Folded evenly until it fits. */
	unsigned depth_max; /* 0: none but the size decides */
	const char *zoom;   /* pointer of a folded part (template coordinates): encode that part as root; NULL: all */
	bool quiet;         /* measure only: make the template, not the head, rules or map */
};
struct encoded {
	const char *template; /* JSON text, compact */
	size_t template_bytes;
	unsigned leaves, required; /* as the design counts them */
	char head[4 * 200 + 1];   /* exactly 200 code points */
	const char **rules;       /* sentences, in template order; each names its place */
	size_t n_rules;
	struct imp_diags warnings; /* IMP_W_* */
	unsigned folded;          /* parts shown as {REF: depth…} */
};
struct encode_title { /* what the head speaks about */
	const char *name;  /* "POST /v1/charges", a title, or NULL */
	bool has_warnings; /* of the operation, beside those of its template */
};
/*
 * encode_template - print shape.
 *
 * out: strings in a
 * Returns 0, or -1 with IMP_E_UNSAT, IMP_E_LOOP, IMP_E_REF, IMP_E_OP (zoom leads nowhere) in d.
 * Cost: O(template bytes), times at most ~12 when it must be folded.
 */
int encode_template(struct shapes *s, struct shape *root, const struct encode_options *opt,
    const struct encode_title *title, struct arena *a, struct encoded *out, struct imp_diags *d);
/* encode_zoom - the shape of the part at pointer (template coordinates); NULL with IMP_E_OP in d when it leads nowhere. */
struct shape *encode_zoom(struct shapes *s, struct shape *root, const char *pointer, struct imp_diags *d);
/* encode_map - the sidecar map of the template as canonical JSON into b: everything a template cannot show (design
 * 1.5), recomputed from the schema; its SHA-256 goes into envelopes and contracts. */
void encode_map(struct shapes *s, struct shape *root, const struct encode_options *opt, struct buf *b);
#endif
