/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_WIRE_WORK_H
#define IMPRINT_WIRE_WORK_H
/* Private to wire*.c. */
#include <stdbool.h>
#include <stddef.h>
#include "core/buf.h"
#include "imprint/spec.h"
#include "imprint/wire.h"

/* How text is written in one part of a request. */
enum wire_enc {
	WIRE_URI,           /* percent-encoded but for RFC 3986 unreserved */
	WIRE_URI_RESERVED,  /* reserved characters stay that may stay in a query; percent-triplets stay */
	WIRE_FORM,          /* as WIRE_URI, a space is '+' */
	WIRE_FORM_RESERVED,
	WIRE_RAW            /* headers, parts of multipart */
};
struct wire_style {
	enum param_style style;
	bool explode;
	bool is_required; /* an empty list still shows its name */
	enum wire_enc enc;
	const struct jx *items; /* Swagger: collectionFormat of nested arrays; else NULL */
};
struct wire_pair {
	const char *name; /* not yet encoded */
	size_t name_bytes;
	const char *value; /* encoded */
	size_t value_bytes;
	const struct body_part *part; /* multipart: how it is declared, or NULL */
	bool is_json;                 /* multipart: a JSON text */
};
struct wire_pairs {
	struct arena *a;
	struct wire_pair *at;
	size_t n, cap;
};
struct wire {
	const struct operation *op;
	struct arena *a;
	struct imp_diags *d;
	const char *pointer; /* prefix of pointers */
};

/* wire_style.c */
void wire_put(struct buf *b, const char *s, size_t n, enum wire_enc enc);
/* wire_text - v as text: strings as they are, numbers by their lexemes, null empty, containers as compact JSON. */
void wire_text(struct buf *b, const struct jx *v, enum wire_enc enc);
/* wire_single - the styles that make one text: simple, label, matrix (and Swagger's in a path or header). */
void wire_single(struct buf *b, const char *name, const struct jx *v, const struct wire_style *st);
/* wire_pairs_of - the styles that make name=value pairs: form, delimited, deepObject. */
void wire_pairs_of(struct wire_pairs *out, const char *name, size_t n, const struct jx *v, const struct wire_style *st);
void wire_pair_add(struct wire_pairs *out, const char *name, size_t n, const char *value, size_t value_bytes);
/* wire_join_pairs - name=value&… */
void wire_join_pairs(struct buf *b, const struct wire_pairs *pairs, enum wire_enc enc);

/* wire_body.c */
struct wire_body {
	const char *content_type;
	const struct jx *value; /* structured */
	struct buf text;
};
int wire_body(struct wire *w, const struct jx *body, struct wire_body *out);
/* wire_unfold - the value that JSON text holds, or the text itself when it is none. */
const struct jx *wire_unfold(struct arena *a, const struct jx *text);
/* wire_with - a copy of object o with member i replaced; o itself is not touched. */
struct jx *wire_with(struct arena *a, const struct jx *o, size_t i, const struct jx *value);

/* wire_xml.c: XML of a value by the xml objects of its schema. -1: IMP_PARAM. */
int wire_xml(struct wire *w, const struct jx *body, struct buf *out);
#endif
