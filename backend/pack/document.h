/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_DOCUMENT_H
#define PACK_DOCUMENT_H
/*
 * Is one JSON or YAML document what its entity says? The entity's whole JSON Schema is held against it, nested
 * members too. The compiler asks it of files, the runner of inputs and outputs. Tables are types/table.h's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/kind.h"

struct arena;
struct entity;
struct err;

#define DOCUMENT_BYTES_MAX ((uint64_t)8 << 20) /* a larger document is refused, not waved through */
#define DOCUMENT_PROBLEMS_MAX 50

struct document_problem {
	const char *pointer; /* RFC 6901, of the value, or of the member that is missing */
	uint32_t line;       /* of the value, or of the object that lacks the member */
	bool is_missing;     /* a required member is not there; expected and found are still set */
	const char *expected; /* in words */
	const char *found;
};
struct document_check {
	bool parse_ok;
	const char *message; /* why not; NULL */
	const struct document_problem *problems; /* [nproblems] document order, the first DOCUMENT_PROBLEMS_MAX */
	size_t nproblems;
};

/* document_applies - does an entity's content come as such a document: objects, and rows that are in no table? */
bool document_applies(const struct entity *e, enum kind kind);
/*
 * document_check - parse fd and hold it against e->schema. Of an entity of rows a list must hold such rows and an
 * object must be one. What a column's values are is not judged where the column is tolerant; that it is there is.
 *
 * fd: a regular file, read from its start
 * Returns 0 with *out, or -1: E_IO, E_SCHEMA (the entity's schema cannot be used). A document above DOCUMENT_BYTES_MAX
 * is not parsed: parse_ok is false, and the message says so.
 * Cost: O(document × schema); the tree, up to thirty times the text, is freed before it returns.
 */
int document_check(struct arena *a, int fd, enum kind kind, const struct entity *e, struct document_check *out,
    struct err *err);
#endif
