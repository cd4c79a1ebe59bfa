/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_INTERNAL_H
#define PACK_INTERNAL_H
/* Shared by the files of pack/: the loader's state and the readers of single documents. */
#include "core/err.h"
#include "pack/pack.h"

struct jschema;

#define PACK_FINDINGS_MAX 200
#define PACK_DOCUMENT_BYTES_MAX (4u << 20)
#define PACK_DEPTH_MAX 48 /* a playbook is written out again, at most JW_DEPTH_MAX deep */
#define PACK_PROGRAM_BYTES_MAX (8u << 20)
#define PACK_SKILL_FILES_MAX 256
#define PACK_DIR_ENTRIES_MAX 2000

enum doc_kind {
	DOC_PACK,
	DOC_PLAYBOOK,
	DOC_WORKFLOW,
	DOC_POLICY,
	DOC_PROFILE,
	DOC_CANDIDATE,
	DOC_CONTRACT,
	DOC_PLAN,
	DOC_KINDS,
	DOC_SLOTS,
	DOC_ADAPTERS,
	DOC_TOOLS,
	DOC_VOCABULARY,
	DOC__COUNT
};

struct bundle;
struct loader {
	struct arena *a;
	const struct catalog *base; /* with bundles: what they add to, already loaded; else NULL */
	const struct bundle *bundles; /* [nbundles] packs in memory instead of dirs */
	size_t nbundles;
	const char *dirs[2]; /* [ndirs] the folder that is added to, if there is one, and the folder itself */
	size_t ndirs;
	struct catalog *out;
	const struct jx *schema_text[DOC__COUNT];
	struct jschema *schema[DOC__COUNT];
	struct pack_finding *findings; /* [n] */
	size_t n;
	size_t dropped;
	bool is_partial; /* a document could not be read: what refers to it would only be a second finding */
};

/* pack_find_add - queue a finding. */
void pack_find_add(struct loader *l, const char *file, const char *pointer, uint32_t line,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* A list that grows in an arena; elements are copied, the array is taken when complete. */
struct list {
	struct arena *a;
	char *at;
	size_t n;
	size_t cap;
	size_t size;
};
void list_init(struct list *l, struct arena *a, size_t size);
void *list_add(struct list *l);

/* find_at - as pack_find_add; the line is that of the node at pointer in doc, or of the nearest node above it. */
void find_at(struct loader *l, const char *file, const struct jx *doc, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* pointer_part - a name as one part of a JSON pointer. */
const char *pointer_part(struct arena *a, const char *name);

/* strings_read - an array of strings; NULL: none. */
const char *const *strings_read(struct arena *a, const struct jx *array, size_t *n);

/* Readers. doc is already valid against its schema, so they read without checking shape again. */
void pack_read(struct loader *l, const char *file, const struct jx *doc, struct pack *out);
void playbook_read(struct loader *l, const char *file, const struct jx *doc, struct playbook *out);
void policy_read(const struct jx *doc, struct policy *out);
void workflow_read(struct arena *a, const struct jx *doc, struct workflow *out);
/* profile_read - E_JSON only. */
int profile_read(struct arena *a, const struct jx *doc, struct profile *out, struct err *err);
/* entity_read - one entity of a pack's document, in either form, with the findings about it alone. */
void entity_read(struct loader *l, const char *file, const struct jx *doc, const char *pointer, struct entity *out);
/* entity_schema_check - its schema as JSON Schema: legal, no unknown keyword, no endless reference. */
void entity_schema_check(struct loader *l, const char *file, const struct jx *doc, const char *pointer,
    const struct entity *e);
const struct disambiguation *disambiguation_read(struct arena *a, const struct jx *array, size_t *n);
void validator_read(struct arena *a, const struct jx *doc, struct validator_rule *out);

/* adapters_read - the entries of one adapters.json, added to all (struct adapter); ids that are there are findings.
 * adapters_take - sort them into the catalog. adapters_check - what they refer to. */
void adapters_read(struct loader *l, const char *file, const struct jx *doc, struct list *all);
void adapters_take(struct catalog *c, const struct list *all);
void adapters_check(struct loader *l);

/* vocabulary_document_read - a valid document as the catalog has it; the hash is the caller's. */
void vocabulary_document_read(struct arena *a, const struct jx *doc, struct vocabulary *out);

/* pack_check_links - what one document says about others: entities, skills, policies, workflows. */
void pack_check_links(struct loader *l);
/* Its parts. pack_check_parts - what a pack declares beside entities. references_check - cycles over all packs.
 * library_check - the minimum numbers of the standard library. */
void pack_check_parts(struct loader *l, const struct pack *p);
void playbook_check(struct loader *l, const struct playbook *b);
void boundaries_check(struct loader *l);
void validators_check(struct loader *l, const struct pack *p);
void workflow_check(struct loader *l, const struct workflow *w);
void lists_check(struct loader *l);
void references_check(struct loader *l);
void triggers_check(struct loader *l);
/* texts_check - texts of a document that do not look like what they are: control characters, unseen ones, mixed letters. */
void texts_check(struct loader *l, const char *file, const struct jx *doc);
void library_check(struct loader *l);
/* types_agree - may a value of one column equal one of the other: both numbers, both times, both text. */
bool types_agree(const struct column *x, const struct column *y);
/* Where documents come from: the folders, or bundles in memory. source_roots - how many; source_root - one's name. */
size_t source_roots(const struct loader *l);
const char *source_root(const struct loader *l, size_t i);
/* source_load - the bytes at path. As file_load. */
int source_load(struct loader *l, const char *path, size_t max, char **out, size_t *n, struct err *err);
/* bundle_list - as pack_dir_list, of a loader with bundles. */
size_t bundle_list(struct loader *l, const char *dir, int want_dirs, const char ***out);
/* pack_copy - the same pack in another catalog. to must not move afterwards. */
void pack_copy(struct arena *a, const struct pack *from, struct pack *to);
/* own_check - the rules for packs of somebody's own. first: the index of the first of them. */
void own_check(struct loader *l, size_t first);
/* skill_load - read the files below dir as skill id. */
void skill_load(struct loader *l, const char *dir, const char *id, struct skill *out);
/* dir_list - names in dir, sorted, without hidden ones; want_dirs chooses folders or files. */
size_t pack_dir_list(struct loader *l, const char *dir, int want_dirs, const char ***out);
/* doc_hash - SHA-256 of the RFC 8785 text; -1 E_JSON. */
int doc_hash(struct arena *a, const struct jx *doc, char out[SHA256_HEX], struct err *err);
#endif
