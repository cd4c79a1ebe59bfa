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
	DOC__COUNT
};

struct loader {
	struct arena *a;
	const char *dir;
	struct catalog *out;
	const struct jx *schema_text[DOC__COUNT];
	struct jschema *schema[DOC__COUNT];
	struct pack_finding *findings; /* [n] */
	size_t n;
	size_t dropped;
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

/* Readers. doc is already valid against its schema, so they read without checking shape again. */
void pack_read(struct loader *l, const char *file, const struct jx *doc, struct pack *out);
void playbook_read(struct loader *l, const char *file, const struct jx *doc, struct playbook *out);
void policy_read(struct arena *a, const struct jx *doc, struct policy *out);
/* profile_read - E_JSON only. */
int profile_read(struct arena *a, const struct jx *doc, struct profile *out, struct err *err);

/* pack_check_links - what one document says about others: entities, skills, policies, workflows. */
void pack_check_links(struct loader *l);
/* pack_file_of - path of the document that a pack or playbook came from. */
const char *pack_file_of(struct loader *l, const char *pack_id, const char *playbook_id);
/* skill_load - read the files below dir as skill id. */
void skill_load(struct loader *l, const char *dir, const char *id, struct skill *out);
/* dir_list - names in dir, sorted, without hidden ones; want_dirs chooses folders or files. */
size_t pack_dir_list(struct loader *l, const char *dir, int want_dirs, const char ***out);
/* doc_hash - SHA-256 of the RFC 8785 text; -1 E_JSON. */
int doc_hash(struct arena *a, const struct jx *doc, char out[SHA256_HEX], struct err *err);
#endif
