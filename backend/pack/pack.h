/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_PACK_H
#define PACK_PACK_H
/*
 * The catalog: everything that a compile may refer to, read from the packs folder once and immutable
 * afterwards. Loading is I/O and lives here; the compiler gets the finished structs.
 *
 *     packs/domain/<id>.json                    domain pack (forge.pack.v1)
 *     packs/domain/<id>/playbooks/<id>.json     playbooks of that pack (forge.playbook.v1)
 *     packs/domain/<id>/programs/               the pack's own skill: /skills/<id>/… in the sandbox
 *     packs/skill/<id>/                         a skill that several packs share: /skills/<id>/…
 *     packs/workflow/<id>.json                  workflow packs (forge.workflow.v1)
 *     packs/policy/<id>.json                    policies (forge.policy.v1)
 *     packs/policy/profile-<id>.json            execution profiles (forge.profile.v1)
 *     packs/schema/<kind>.json                  the JSON Schemas that check all of the above
 *
 * Every list is sorted by id (byte order), so that two loads of the same bytes give the same catalog.
 * All strings and bytes live in the arena given to catalog_load.
 */
#include "core/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct jx;

struct column {
	const char *name;
	const char *type; /* id text integer decimal money date timestamp boolean enum */
	const char *unit; /* NULL if none */
	bool is_required;
	bool is_tolerant; /* bad values are the plan's business (a normalize step flags them) */
	bool is_nullable; /* an empty cell is a value */
	const char *const *synonyms; /* [nsynonyms] */
	size_t nsynonyms;
	const char *const *values; /* [nvalues], type enum only */
	size_t nvalues;
};

struct entity {
	const char *id; /* "billing.time_entry" */
	const char *label;
	const char *const *key; /* [nkey] */
	size_t nkey;
	const struct column *columns; /* [ncolumns]; none: any content of an accepted kind */
	size_t ncolumns;
	const struct pack *pack;
};

struct skill_file {
	const char *path; /* "/skills/billing-audit/discrepancies.py" */
	const char *name; /* "discrepancies.py" */
	char sha256[SHA256_HEX];
	const char *bytes; /* [n], not text: may hold NUL */
	size_t n;
};

struct skill {
	const char *id;
	const struct skill_file *files; /* [nfiles], sorted by path */
	size_t nfiles;
	char sha256[SHA256_HEX]; /* of the lines "<sha256>  <path>\n" in order, as sha256sum prints them */
};

struct playbook_file {
	const char *name; /* "time_entries" */
	const char *entity;
	const char *const *kinds; /* [nkinds] */
	size_t nkinds;
	bool is_required;
	uint64_t rows_max; /* more rows than its programs are made for are refused; 0: no limit */
};

struct playbook_setting {
	const char *name; /* "base_url"; "${base_url}" in the candidate's strings is replaced */
	const char *from; /* "objective.url" */
	bool is_required;
	const char *value; /* taken when the objective says nothing; NULL if none */
};

struct playbook {
	const char *id;
	const char *version;
	const char *pack; /* pack id */
	const char *label;
	const char *const *triggers; /* [ntriggers] */
	size_t ntriggers;
	const char *const *example_goals; /* [nexample_goals] */
	size_t nexample_goals;
	const struct playbook_file *files; /* [nfiles] */
	size_t nfiles;
	const struct playbook_setting *settings; /* [nsettings] */
	size_t nsettings;
	const struct jx *candidate; /* forge.candidate.v1 with files and settings still open */
	char sha256[SHA256_HEX];    /* of the document's RFC 8785 text */
};

struct pack {
	const char *id;
	const char *version;
	const char *label;
	const char *purpose;
	const char *const *triggers; /* [ntriggers] */
	size_t ntriggers;
	const char *const *example_goals; /* [nexample_goals] */
	size_t nexample_goals;
	const struct entity *entities; /* [nentities] */
	size_t nentities;
	const struct playbook *playbooks; /* [nplaybooks] */
	size_t nplaybooks;
	char sha256[SHA256_HEX]; /* of the document's RFC 8785 text */
};

struct workflow {
	const char *id;
	const char *version;
	const char *label;
};

/* How strictly the compiler and the runtime hold contracts; docs/ARCHITECTURE.md, "policy". */
struct policy {
	const char *id;
	const char *version;
	const char *label;
	bool may_adapt;          /* rank 3: registered adapters may be inserted */
	bool may_bind_generic;   /* rank 4 */
	bool needs_criteria;     /* a deliverable without criterion or schema is refused */
	bool needs_gate;         /* an effect on the outside world needs an approval */
	const char *repair;      /* "retry" */
	unsigned max_retries;
};

/* forge.profile.v1; every number is checked on load. The document itself goes into the plan. */
struct limits {
	uint64_t wall_ms, cpu_ms, memory_bytes, pids, output_bytes, output_files, work_bytes, stdio_bytes;
};
struct profile {
	const char *id;
	const char *version;
	const char *provider; /* "offline" */
	const char *policy;   /* of a step that names none */
	unsigned max_parallel;
	unsigned max_replans;
	unsigned max_steps;
	struct limits limits;     /* a step's limits where it names none */
	struct limits limits_max; /* no step may ask for more */
	uint64_t egress_calls_max;   /* per step, over all its requests and attempts */
	uint64_t egress_items_max;   /* how often one for_each request may be repeated */
	uint64_t egress_bytes_max;   /* received, per rule and attempt */
	const char *const *allow_private; /* [nallow_private] "host:port" or "host:*" */
	size_t nallow_private;
	const struct jx *document; /* as loaded */
	char sha256[SHA256_HEX];   /* of its RFC 8785 text */
};

struct catalog {
	const struct pack *packs; /* [npacks] */
	size_t npacks;
	const struct skill *skills; /* [nskills] */
	size_t nskills;
	const struct workflow *workflows; /* [nworkflows] */
	size_t nworkflows;
	const struct policy *policies; /* [npolicies] */
	size_t npolicies;
	const struct profile *profiles; /* [nprofiles] */
	size_t nprofiles;
	const struct jx *schema_candidate; /* packs/schema/candidate.json */
	const struct jx *schema_contract;
	const struct jx *schema_plan;
	const struct jx *schema_profile;
	char sha256[SHA256_HEX]; /* of everything above; changes when any file changes */
};

/* A finding of the loader: which file, where in it. Several may be wrong at once. */
struct pack_finding {
	const char *file;    /* path as opened */
	const char *pointer; /* RFC 6901; "" for the whole document */
	uint32_t line;       /* from 1; 0 where none applies */
	const char *message;
};

/*
 * catalog_load - read and check everything under packs_dir.
 *
 * a:    holds the catalog; allow about 4 MiB and the size of all programs
 * out:  set on success only
 * Returns 0, or -1: E_CONFIG with the first finding ("packs/domain/x.json, line 12, /entities/0/id: …"
 * and how many more), E_IO. catalog_check gives all findings.
 */
int catalog_load(struct arena *a, const char *packs_dir, const struct catalog **out,
    struct err *err);
/* catalog_check - as catalog_load, and all findings ([*n]); *out is set when there are none. */
int catalog_check(struct arena *a, const char *packs_dir, const struct catalog **out,
    const struct pack_finding **findings, size_t *n, struct err *err);

/* Look-ups; NULL when there is none. */
const struct pack *catalog_pack(const struct catalog *c, const char *id);
const struct entity *catalog_entity(const struct catalog *c, const char *id);
const struct playbook *catalog_playbook(const struct catalog *c, const char *id);
const struct skill *catalog_skill(const struct catalog *c, const char *id);
const struct skill_file *catalog_skill_file(const struct catalog *c, const char *path);
const struct workflow *catalog_workflow(const struct catalog *c, const char *id);
const struct policy *catalog_policy(const struct catalog *c, const char *id);
const struct profile *catalog_profile(const struct catalog *c, const char *id);
/* catalog_program - the program file whose bytes have this hash (to put it into the blob store). */
const struct skill_file *catalog_program(const struct catalog *c, const char *sha256);

/*
 * profile_parse - a forge.profile.v1 document that is not in the catalog (for instance one that
 * forgectl was given by --profile). E_SCHEMA with pointer and line.
 */
int profile_parse(struct arena *a, const struct catalog *c, const struct jx *document,
    struct profile *out, struct err *err);
#endif
