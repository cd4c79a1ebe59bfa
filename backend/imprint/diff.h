/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_DIFF_H
#define IMPRINT_DIFF_H
/*
 * What breaks between two versions of a schema or an API description, seen on the shapes that the templates are
 * made of. A request (and a schema that is nobody's answer) breaks where it takes less than before: what an old
 * client sends must still be taken. A response breaks where it gives more than before: what an old client
 * expects must still hold. Where neither can be said the verdict is "unclear", never a guess.
 *
 * Not compared: servers, tags, texts for people, examples, callbacks, links and response headers.
 */
#include <stdbool.h>
#include <stddef.h>
#include "imprint/diag.h"
struct arena;
struct buf;
struct imprint;
struct jw;
struct shape;
struct shapes;

enum diff_verdict { DIFF_COMPATIBLE, DIFF_UNCLEAR, DIFF_BREAKING, DIFF__COUNT };
enum diff_flow { DIFF_REQUEST, DIFF_RESPONSE };

struct diff_change {
	enum diff_verdict verdict;
	const char *kind;      /* "member-removed", "type-narrowed", …; static (docs/IMPRINT.md lists them) */
	const char *operation; /* "POST /v1/charges", or NULL for a schema */
	const char *pointer;   /* of the value: "/_body/items/" "*" "/price"; "*" stands for each element, "{key}" for each further
	                          member; below a response it begins with the status: "/200/id" */
	const char *says;      /* a sentence, lower case, no full stop */
	const char *old_at, *new_at; /* schema pointers, or NULL */
};
struct diff_options {
	size_t changes_max;   /* kept; 0: 1000. All are counted. */
	size_t pairs_max;     /* shape pairs looked at; 0: 1,000,000 (is_cut when there were more) */
	bool requests_only;
};
struct diff_report {
	const struct diff_change *changes; /* in the order of the old document, what is new in the new one's order behind it */
	size_t n, n_all;
	size_t count[DIFF__COUNT];
	size_t operations;  /* compared; 0 for schemas */
	size_t responses;   /* response bodies compared */
	bool is_cut;        /* a limit was met: the verdict is at best unclear */
	enum diff_verdict verdict;
};
/*
 * diff_documents - compare two opened documents: both schemas or both API descriptions.
 *
 * Operations are matched by method and path; names of path parameters do not matter.
 * Returns 0 and *out in a, or -1: IMP_E_OP (a schema against an API description), or a document that cannot be read.
 * Cost: O(shape pairs); a pair is looked at once per operation, so recursion ends.
 */
int diff_documents(struct arena *a, struct imprint *old, struct imprint *now, const struct diff_options *opt,
    struct diff_report *out, struct imp_diags *d);
/* diff_shapes - the same for two shapes. */
int diff_shapes(struct arena *a, struct shapes *so, struct shape *o, struct shapes *sn, struct shape *n, enum diff_flow flow,
    const struct diff_options *opt, struct diff_report *out);
/* diff_exit - 0 compatible, 1 breaking; unclear is 1 unless it is allowed. */
int diff_exit(const struct diff_report *r, bool allow_unclear);
const char *diff_verdict_name(enum diff_verdict v); /* "compatible" "unclear" "breaking" */
/* diff_json - forge.diff.v1 {"verdict","counts","operations","responses","cut","changes":[…]}. diff_text - for people. */
void diff_json(struct jw *w, const char *key, const struct diff_report *r);
void diff_text(struct buf *b, const struct diff_report *r);
#endif
