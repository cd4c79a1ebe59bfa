/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_REGISTRY_IMPL_H
#define SCHEMA_REGISTRY_IMPL_H
/* Private to registry*.c. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "schema/position.h"
#include "schema/registry.h"
struct jx;

/* Keys: an owner (a node, a resource) and a text, either may be absent. */
struct map_entry {
	const void *owner;
	const char *text;
	size_t n;
	uint64_t hash;
	const void *value; /* NULL: free */
	const void *more;
};
struct map {
	struct map_entry *at; /* [cap], a power of two */
	size_t n, cap;
};
struct map_entry *map_find(const struct map *m, const void *owner, const char *text, size_t n);
/* map_put - the entry (value NULL when new: the caller sets it, never to NULL). text must outlive m. */
struct map_entry *map_put(struct arena *a, struct map *m, const void *owner, const char *text, size_t n);

struct document {
	struct registry *reg;
	const struct jx *root;
	struct resource *main;
	enum dialect dialect;
	const char *label; /* for pointers: "" for the first document, a file's name, a URI */
	bool is_indexed;
	bool is_file_like; /* references may lead to files */
	struct document *next;
};
struct resource {
	struct document *doc;
	const struct jx *root;
	const char *uri; /* absolute, no fragment; "" when the document has none */
	enum dialect dialect;
	unsigned vocabulary;
	bool has_recursive_anchor;
};
#define REGISTRY_PROGRAMS 48 /* directions by the four switches of validate_options */
struct registry {
	struct arena *a;
	struct registry_options opt;
	const char *base; /* opt.base_dir, real path; NULL: no files */
	int base_fd;      /* -1: not open */
	struct document *documents, **tail;
	unsigned n_documents, n_meta_depth;
	struct map uris;      /* (-, uri) -> resource */
	struct map resources; /* (node, -) -> resource: nodes with an $id of their own */
	struct map anchors;   /* (resource, name) -> node, more: resource in which the node stands */
	struct map dynamics;  /* the same for $dynamicAnchor */
	struct map resolved;  /* (resource, ref) -> node, more: resource */
	struct program *programs[REGISTRY_PROGRAMS]; /* of the validator, by options */
};
/* resource_new - document or embedded resource rooted at root; registers its URI. */
struct resource *resource_new(struct document *doc, const struct resource *parent,
    const struct jx *root, const char *id, size_t id_bytes, enum dialect dialect);
/* document_index - find every $id and anchor of a document. */
void document_index(struct document *doc);
/* document_add - take a parsed document; uri may be NULL; dialect is what it is unless root says otherwise. */
int document_add(struct registry *reg, const struct jx *root, const char *uri, const char *label,
    enum dialect dialect, bool is_explicit, struct document **out, struct err *err);
/* document_find - the document that has a URI: a remote, a metaschema, a file. *out NULL: there is none. */
int document_find(struct registry *reg, const struct resource *from, const char *uri, const char *ref,
    size_t ref_bytes, struct document **out, struct err *err);
/* schema_identity - $id, $schema of an object that stands in a schema position; NULL where none applies. */
struct identity {
	const struct jx *id, *schema, *ref, *anchor, *dynamic, *recursive;
};
void schema_identity(enum dialect d, const struct jx *node, struct identity *out);
/* registry_walk - follow a JSON pointer (n bytes, decoded from percents) from the root of res. *missing: offset of the
 * part that is not there, when NULL is returned. */
bool registry_walk(struct registry *reg, struct resource *res, const char *pointer, size_t n,
    struct sloc *out, size_t *missing, const struct jx **missing_in);
#endif
