/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_REGISTRY_H
#define SCHEMA_REGISTRY_H
/*
 * The documents a schema is made of, and where each schema in them lives. A registry holds the root
 * document, files below a base folder that references reach, and named remotes given by the caller;
 * it never opens the network. A schema "in place" (struct sloc) is a node and the resource it belongs
 * to: the nearest enclosing $id (or the document), which fixes the base URI for references, the
 * anchors, and the dialect.
 * Source: JSON Schema 2020-12 core sections 8 and 9; drafts 4, 6, 7, 2019-09; OpenAPI 3.0.4/3.1.2.
 */
#include <stdbool.h>
#include <stddef.h>
struct arena;
struct err;
struct jx;
struct registry;
struct resource;

enum dialect {
	DIALECT_AUTO, /* by $schema, openapi, swagger; 2020-12 when nothing says */
	DIALECT_4,
	DIALECT_6,
	DIALECT_7,
	DIALECT_2019,
	DIALECT_2020,
	DIALECT_OAS30,
	DIALECT_OAS31,
	DIALECT_SWAGGER2,
	DIALECT__COUNT
};

/* A schema in place. res is NULL only in a zeroed struct. */
struct sloc {
	const struct jx *node; /* an object, or true/false; in dialects below 6 always an object */
	struct resource *res;
};

struct registry_options {
	const char *base_dir;       /* files may be read below this folder only; NULL: no files */
	const struct jx *remotes;   /* {"uri": schema, …}: documents known by URI; NULL: none */
	size_t document_bytes_max;  /* 0: 64 MiB */
	unsigned documents_max;     /* 0: 4096 */
	unsigned depth_max;         /* nesting of a document; 0: 1024 */
};

/* registry_new - empty registry in a (lives as long as a does). opt may be NULL; copied. */
struct registry *registry_new(struct arena *a, const struct registry_options *opt);
struct arena *registry_arena(const struct registry *reg);
/* registry_documents - how many documents were added or read; metaschemas do not count. */
unsigned registry_documents(const struct registry *reg);

/*
 * registry_add - take a parsed document.
 *
 * root: parsed, must outlive reg; uri: its retrieval URI or path, NULL for "schema:root"
 * dialect: DIALECT_AUTO detects; a $schema that nobody knows means 2020-12, as validators do
 * Returns 0 and the root schema in place, or -1: E_SCHEMA (not an object or boolean), E_CONFLICT (the URI is known already), E_LIMIT.
 * Cost: O(1); $id and anchors are indexed the first time a reference needs them, O(document).
 */
int registry_add(struct registry *reg, const struct jx *root, const char *uri, enum dialect dialect,
    struct sloc *out, struct err *err);
/* registry_add_as - make root's document known under one more URI (a remote's retrieval URI). */
int registry_add_as(struct registry *reg, const struct sloc *root, const char *uri, struct err *err);
/* registry_load - read path (JSON, or YAML by content) and registry_add it. path may lie anywhere
 * (it is the caller's choice); references from it stay below base_dir. Errors name the path. */
int registry_load(struct registry *reg, const char *path, enum dialect dialect, struct sloc *out,
    struct err *err);

/* dialect_detect - what a root document says it is. dialect_name - "2020-12", "OpenAPI 3.0", … */
enum dialect dialect_detect(const struct jx *root);
const char *dialect_name(enum dialect d);
/* dialect_from_name - "2020-12" "2019-09" "draft7" "draft6" "draft4" "oas30" "oas31" "swagger2";
 * DIALECT__COUNT when unknown. */
enum dialect dialect_from_name(const char *name);
enum dialect resource_dialect(const struct resource *res);
/* resource_vocabulary - which keyword families its metaschema asks for ($vocabulary; all, unless the metaschema is
 * one of somebody's own that is among the remotes). */
enum {
	VOCABULARY_APPLICATOR = 1,
	VOCABULARY_UNEVALUATED = 2,
	VOCABULARY_VALIDATION = 4,
	VOCABULARY_FORMAT = 8, /* asserted even where formats are not asked for, when not VOCABULARY_ALL */
	VOCABULARY_ALL = 7
};
unsigned resource_vocabulary(const struct resource *res);
/* resource_root - the document's root node (not the resource's): where operations are looked up. */
const struct jx *resource_document(const struct resource *res);
const struct jx *resource_root(const struct resource *res);

/* registry_enter - child (a subschema found in parent.node) in place: follows an $id or $schema of
 * its own (`id` in draft 4) into another resource. Cost: O(1). */
struct sloc registry_enter(struct registry *reg, struct sloc parent, const struct jx *child);

/*
 * registry_resolve - what a reference (a URI reference: "#/a/b", "#anchor", "other.json#/x") means
 * when it stands in at. JSON pointers, percent-decoding, $anchor, $id, files below base_dir.
 *
 * Returns 0 and *out, or -1: E_NOT_FOUND (dangling: says which part is missing, with the nearest
 * existing name), E_EGRESS (http, file:, an absolute path, or one that leaves base_dir: refused
 * without looking), E_JSON / E_SCHEMA / E_TOO_LARGE (the target file is bad).
 * Cost: O(depth of the pointer) the first time, one hash look-up after that.
 */
int registry_resolve(struct registry *reg, struct sloc at, const char *ref, size_t ref_bytes,
    struct sloc *out, struct err *err);
/* registry_dynamic - the $dynamicAnchor (or, in 2019-09, $recursiveAnchor) named name of a resource;
 * false when it has none. name NULL: $recursiveAnchor. */
bool registry_dynamic(struct registry *reg, struct resource *res, const char *name, size_t name_bytes,
    struct sloc *out);

/* registry_pointer - "" or "file.json" then "#" and the JSON pointer of the node, for diagnostics
 * and maps; found by searching, so O(document) the first time (an index is made), then O(depth). In a. */
const char *registry_pointer(struct registry *reg, struct arena *a, struct sloc at);
#endif
