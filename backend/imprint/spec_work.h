/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_SPEC_WORK_H
#define IMPRINT_SPEC_WORK_H
/* Private to spec*.c: one reading of one description. */
#include "imprint/spec.h"
struct err;
struct registry;

struct spec_reader {
	struct shapes *s;
	struct registry *reg;
	struct arena *a;
	struct sloc root;
	struct imp_diags *d;
	struct imp_diags *warnings; /* where IMP_W_* go; NULL: to d */
	bool is_swagger;
	const char *method, *path; /* of the operation that is read; "" before that */
};
struct spec_reader spec_reader_at(struct shapes *s, struct sloc root, struct arena *a, struct imp_diags *d);

/* spec.c */
enum { SPEC_REFS_MAX = 32 };
/* spec_follow - at, or what its $ref (and that one's, …) means. -1: *code and err say why, nothing reported. */
int spec_follow(struct spec_reader *r, struct sloc at, struct sloc *out, enum imp_code *code, struct err *err);
/* spec_refuse - one finding with its place in the description; returns -1. A warning goes to r->warnings. */
int spec_refuse(struct spec_reader *r, enum imp_code code, struct sloc at, const char *message, ...)
    __attribute__((format(printf, 4, 5)));
struct sloc spec_child(struct sloc parent, const struct jx *node);

/* spec_param.c */
int spec_params(struct spec_reader *r, const struct operation_name *name, struct operation *op);
/* spec_schema_shape - the shape of a schema below parent. is_required: failing is -1; else a dangling reference is
 * a warning and *out is NULL. p: whose schema it is; NULL: the body's. */
int spec_schema_shape(struct spec_reader *r, struct sloc at, bool is_required, const struct param *p, struct shape **out);
/* spec_plain - the shape of {"type": "string"} (or object), for what has no schema of its own. */
int spec_plain(struct spec_reader *r, struct sloc near, bool is_object, struct shape **out);
/* spec_placeholder - the path parameter that {s} in a path means: by name, else without RFC 6570's operator and '*'
 * ("{+name}", "{name*}" in converted descriptions). NULL when there is none. */
const struct param *spec_placeholder(const struct operation *op, const char *s, size_t n);
/* spec_collection - what collectionFormat (NULL: csv) means in place in. */
enum param_style spec_collection(const char *format, enum param_in in, bool *explode);

/* spec_body.c */
enum media_kind { MEDIA_JSON, MEDIA_FORM, MEDIA_MULTIPART, MEDIA_XML, MEDIA_TEXT, MEDIA_ANY };
enum media_kind media_kind(const char *media);
int spec_body(struct spec_reader *r, const char *wanted, struct operation *op);
#endif
