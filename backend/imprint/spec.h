/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_SPEC_H
#define IMPRINT_SPEC_H
/*
 * Operations of an API description (OpenAPI 3.0, 3.1, Swagger 2): found, read, and made into one shape
 * {_path, _query, _header, _cookie, _body} that encodes and decodes like any other.
 */
#include <stdbool.h>
#include <stddef.h>
#include "imprint/diag.h"
#include "schema/registry.h"
struct arena;
struct jx;
struct shape;
struct shapes;

enum param_in { IN_PATH, IN_QUERY, IN_HEADER, IN_COOKIE, IN_BODY, IN_FORM };
enum param_style { STYLE_SIMPLE, STYLE_LABEL, STYLE_MATRIX, STYLE_FORM, STYLE_SPACE, STYLE_PIPE, STYLE_DEEP,
	STYLE_TABS /* Swagger tsv */, STYLE_CONTENT /* JSON text */ };
struct param {
	enum param_in in;
	const char *name;
	bool is_required;
	enum param_style style;
	bool explode;
	bool allow_reserved;
	bool allow_empty;
	const char *media;    /* STYLE_CONTENT: its media type */
	struct sloc at;       /* the parameter object */
	struct sloc schema;   /* node NULL: none given */
	const struct jx *items; /* Swagger: for the collectionFormat of nested arrays; else NULL */
	struct shape *shape;  /* NULL in IN_BODY: see operation.body */
	const char *description;
};
struct body_part { /* forms: how each property travels */
	const char *name;
	enum param_style style;
	bool explode, allow_reserved;
	const char *content_type; /* NULL: by the shape */
	bool is_file;
	bool is_styled;    /* style, explode or allowReserved stand there: contentType does not count */
	bool is_json_text; /* its shape is JSON text made by the encoding object, not by the schema */
	const struct jx *items; /* Swagger: for the collectionFormat of nested arrays; else NULL */
};
struct operation {
	const char *method;       /* "POST" */
	const char *path;         /* template as in the description, without servers */
	const char *id;           /* operationId, or NULL */
	const char *summary, *description;
	const char *const *tags;
	size_t n_tags;
	bool is_deprecated;
	struct param *params;     /* after merging: path item's, then the operation's, declaration order */
	size_t n_params;
	bool has_body, body_required;
	const char *content_type; /* the chosen one */
	const char *const *content_types; /* all that are offered */
	size_t n_content_types;
	struct sloc body_schema;
	struct shape *body;
	struct body_part *parts;
	size_t n_parts;
	struct sloc at;           /* the operation object */
	struct shapes *shapes;    /* that root belongs to */
	struct shape *root;       /* {_path,_query,_header,_cookie,_body}; made by spec_operation */
	struct imp_diags warnings; /* IMP_W_REF, IMP_W_PARAM: what was left out or read leniently; in the arena of spec_operation */
};
/* One line of a listing; cheap, no shapes. */
struct operation_name { const char *method, *path, *id, *summary; const char *tag; bool is_deprecated; struct sloc item, at; };

/* spec_is - is this document an API description? */
bool spec_is(struct sloc root);
/* spec_list - every operation in document order (path items behind references included). -1: IMP_E_SCHEMA. */
int spec_list(struct shapes *s, struct sloc root, struct arena *a, struct operation_name **out, size_t *n, struct imp_diags *d);
/* spec_find - by "METHOD /path" or operationId; IMP_E_OP names the nearest. */
int spec_find(struct shapes *s, struct sloc root, const char *name, struct arena *a, struct operation_name *out, struct imp_diags *d);
/* spec_operation - read one operation and make its shape. content_type: NULL picks (JSON first, then the first offered).
 * -1: IMP_E_OP, IMP_E_SCHEMA, IMP_E_REF… in d. Warnings go to out->warnings, not to d. */
int spec_operation(struct shapes *s, struct sloc root, const struct operation_name *name, const char *content_type,
    struct arena *a, struct operation *out, struct imp_diags *d);
#endif
