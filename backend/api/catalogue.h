/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CATALOGUE_H
#define API_CATALOGUE_H
/*
 * API descriptions (OpenAPI, Swagger) read for the catalogue: in a child process, see apart.h. Each
 * function is given the bytes on a descriptor and answers JSON text.
 */
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct catalog;
struct err;

#define CATALOGUE_BYTES_MAX ((size_t)16 << 20)
#define CATALOGUE_OPERATIONS_MAX 10000

struct catalogue_work {
	const char *path;      /* of the file, for messages */
	const char *sha256;    /* of its bytes */
	const char *operation; /* "POST /x"; not for import */
	const char *content_type; /* NULL: the first choice */
	const struct catalog *catalog; /* detail: synonyms */
	/* decode: exactly one of them */
	const char *text;
	size_t text_bytes;
	bool is_filled; /* text is a document that was given as JSON: its lines say nothing */
	bool is_lenient;
	bool is_open;
};
/* catalogue_import - what forge.catalogue_put takes. E_SCHEMA, E_JSON: not a description, saying what was found;
 * E_LIMIT: too many operations. arg: struct catalogue_work. */
int catalogue_import(struct arena *a, void *arg, int fd, struct buf *out, struct err *err);
/* catalogue_detail - members of `operation_detail`: {"schema","content_type","content_types","template","diagnostics",
 * "examples","ladder"}. */
int catalogue_detail(struct arena *a, void *arg, int fd, struct buf *out, struct err *err);
/* catalogue_decode - a `decoded`. */
int catalogue_decode(struct arena *a, void *arg, int fd, struct buf *out, struct err *err);
#endif
