/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_BUNDLE_H
#define PACK_BUNDLE_H
/*
 * A pack of somebody's own, as it travels and as it is kept: its files in memory, never unpacked to a disk.
 *
 *     domain/<id>.json                  the pack
 *     domain/<id>/playbooks/<id>.json   its playbooks
 *     domain/<id>/programs/<file>       its programs
 *
 * It comes as a ZIP archive of these, or as the pack's document alone. It is kept as a text of its own
 * (bundle_format), whose hash stands for all of it.
 */
#include "core/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct catalog;
struct err;
struct pack;
struct pack_finding;

#define BUNDLE_ARCHIVE_BYTES_MAX ((size_t)8 << 20)  /* as uploaded */
#define BUNDLE_BYTES_MAX ((size_t)16 << 20)         /* all files unpacked */
#define BUNDLE_DOCUMENT_BYTES_MAX ((size_t)1 << 20) /* one JSON document */
#define BUNDLE_FILES_MAX 300                        /* entries of an archive, folders included: four times that */
#define BUNDLE_PATH_BYTES_MAX 200
#define BUNDLE_ENTITIES_MAX 200
#define BUNDLE_PLAYBOOKS_MAX 50
#define BUNDLE_FINDINGS_MAX 200

struct bundle_file {
	const char *path; /* "domain/insurance-claims.json" */
	const char *bytes; /* [n], no NUL behind */
	size_t n;
};
struct bundle {
	const char *name; /* in front of its paths in findings, without a slash; "" never */
	const struct bundle_file *files; /* [nfiles] sorted by path */
	size_t nfiles;
	const char *const *ignored; /* [nignored] what is no part of a pack and was left out */
	size_t nignored;
};

/*
 * bundle_read - an upload: a ZIP archive, or a JSON document that is a pack.
 *
 * a:    holds the files; p: [n] bytes as they came, at most BUNDLE_ARCHIVE_BYTES_MAX
 * name: of the bundle
 * out:  set when there are no findings
 * findings: [*nfindings] names that escape, links, encryption, limits (naming the limit), damage; files of an
 *       archive by their own names
 */
void bundle_read(struct arena *a, const char *p, size_t n, const char *name, struct bundle *out,
    const struct pack_finding **findings, size_t *nfindings);
/* bundle_take - the same from a packs folder on disk (dir/domain/…). E_IO. */
int bundle_take(struct arena *a, const char *dir, const char *name, struct bundle *out,
    const struct pack_finding **findings, size_t *nfindings, struct err *err);
/* bundle_format - the kept form: the same files give the same bytes. */
void bundle_format(const struct bundle *b, struct buf *out);
/* bundle_parse - the kept form again; the files' bytes stay in p. E_HASH: it is none. */
int bundle_parse(struct arena *a, const char *p, size_t n, const char *name, struct bundle *out, struct err *err);
/* bundle_zip - a ZIP archive; the same files give the same bytes. E_INTERNAL, E_TOO_LARGE. */
int bundle_zip(struct arena *a, const struct bundle *b, char **out, size_t *n, struct err *err);

/*
 * catalog_extend - a catalog with packs of somebody's own behind those of base, checked together as
 * catalog_check_over does, and by the rules for own packs: one pack each, no entity, playbook or skill of a
 * standard one, an entity prefix of its own, limits.
 *
 * a:    holds what is new; base must outlive it
 * b:    [n]; in the order in which they come
 * out:  set when there are no findings
 */
int catalog_extend(struct arena *a, const struct catalog *base, const struct bundle *b, size_t n,
    const struct catalog **out, const struct pack_finding **findings, size_t *nfindings, struct err *err);
/* catalog_without - c without the packs of these ids (and what only they brought: playbooks, skills of theirs stay
 * reachable by hash). */
const struct catalog *catalog_without(struct arena *a, const struct catalog *c, const char *const *ids, size_t n);
/*
 * pack_need - what of `from` cannot do without pack `to`: "the validator 'x' is about its entity 'y'"; NULL: nothing.
 * Boundaries (disambiguation) do not count. pack_mentions - whether a boundary of from is with to.
 */
const char *pack_need(struct arena *a, const struct pack *from, const struct pack *to);
bool pack_mentions(const struct pack *from, const struct pack *to);
#endif
