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
 *     packs/kinds.json, packs/slots.json        artifact kinds (forge.kinds.v1), slots (forge.slots.v1)
 *     packs/adapters.json                       registered conversions (forge.adapters.v1); may be absent
 *     packs/vocabulary/<id>.json                words of names (forge.vocabulary.v1); may be absent
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
	const char *currency;      /* "USD"; NULL if none or another column says it */
	const char *currency_from; /* that column; NULL */
	const char *says;          /* what it means; NULL */
	const struct jx *schema;   /* its JSON Schema; NULL in the older form */
	bool is_required;
	bool is_tolerant; /* bad values are the plan's business (a normalize step flags them) */
	bool is_nullable; /* an empty cell is a value */
	const char *const *synonyms; /* [nsynonyms] */
	size_t nsynonyms;
	const char *const *values; /* [nvalues], type enum only */
	size_t nvalues;
};

/* What one file of an entity holds. */
enum entity_form {
	ENTITY_ROWS,   /* rows, each of them the schema's object */
	ENTITY_OBJECT, /* one document that the schema describes */
	ENTITY_TEXT    /* text */
};

/* Rows of one entity that name a row of another. */
struct reference {
	const char *const *columns; /* [n] of this entity */
	const char *entity;
	const char *const *to; /* [n] of that entity */
	size_t n;
	const char *says; /* NULL */
};

struct entity {
	const char *id; /* "billing.time_entry" */
	const char *label;
	const char *purpose; /* NULL */
	enum entity_form form;
	const char *const *key; /* [nkey] */
	size_t nkey;
	const struct column *columns; /* [ncolumns]; none: any content of an accepted kind */
	size_t ncolumns;
	const struct column *fields; /* [nfields] the columns, or the plain members of an object */
	size_t nfields;
	const struct jx *schema; /* JSON Schema 2020-12 of a row, the object or the text; NULL in the older form */
	const struct reference *references; /* [nreferences] */
	size_t nreferences;
	const struct pack *pack;
};

/* Where two packs (or two workflows) touch: who is meant when these words are there. */
struct disambiguation {
	const char *against; /* the neighbour's id */
	const char *says;
	bool is_for_this; /* the signals speak for this one; else for the neighbour */
	const char *const *signals; /* [nsignals] lower case */
	size_t nsignals;
};

/* A word of the domain and others for it, all in lower case. */
struct term {
	const char *word;
	const char *const *synonyms; /* [nsynonyms] */
	size_t nsynonyms;
};

/* An artifact profile that a pack names: this entity as this kind in this role. */
struct pack_profile {
	const char *id; /* "billing.table.json_rows.time_entries.v1" */
	const char *kind;
	const char *entity;
	const char *slot;
	const char *says;
};

enum operand_op { OPERAND_COLUMN, OPERAND_CONST, OPERAND_ADD, OPERAND_SUB, OPERAND_MUL, OPERAND_DIV };
struct operand {
	enum operand_op op;
	const char *text;           /* the column's name, the constant's text */
	const struct operand *args; /* [nargs] of the arithmetic ones */
	size_t nargs;
};

enum when_op { WHEN_ALWAYS, WHEN_IS, WHEN_IS_NOT, WHEN_SET, WHEN_EMPTY };
struct when {
	enum when_op op;
	const char *column;
	const char *const *values; /* [nvalues] of WHEN_IS, WHEN_IS_NOT */
	size_t nvalues;
};

/* A rule about the rows of an entity, as data. What a member means depends on type; others are NULL or 0. */
enum rule_type {
	RULE_EQUATION,    /* left op right, apart by tolerance at most */
	RULE_COMPARE,     /* the same for two columns, or a column and a constant */
	RULE_RANGE,       /* column between min and max, both included */
	RULE_REQUIRED_IF, /* column is not empty where when holds */
	RULE_UNIQUE,      /* no two rows agree in columns */
	RULE_REFERS,      /* columns name a row of entity by its columns to */
	RULE_PATTERN,     /* column matches regex */
	RULE_SUM,         /* the sum of column over rows that agree in columns equals other_column of entity */
	RULE__COUNT
};
struct rule {
	enum rule_type type;
	struct operand left, right;
	const char *op; /* = != < <= > >= */
	const char *tolerance;
	const char *column;
	const char *min, *max;
	struct when when;
	const char *const *columns; /* [ncolumns] */
	size_t ncolumns;
	const char *entity;
	const char *const *to; /* [ncolumns] */
	const char *other_column;
	const char *regex;
};
struct validator_rule {
	const char *id;
	const char *entity;
	bool is_error; /* else a warning */
	struct rule rule;
	struct when when;    /* rows it applies to */
	const char *message; /* {column} places */
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
	const struct jx *document;
	const char *file;           /* path as opened */
	char sha256[SHA256_HEX];    /* of the document's RFC 8785 text */
};

struct pack {
	const char *id;
	const char *version;
	const char *label;
	const char *purpose;
	bool is_generic; /* for work without a domain; stands beside the domains */
	const char *const *triggers; /* [ntriggers] */
	size_t ntriggers;
	const char *const *example_goals; /* [nexample_goals] */
	size_t nexample_goals;
	const struct disambiguation *disambiguation; /* [ndisambiguation] */
	size_t ndisambiguation;
	const struct term *vocabulary; /* [nvocabulary] in document order */
	size_t nvocabulary;
	const struct entity *entities; /* [nentities] */
	size_t nentities;
	const struct pack_profile *profiles; /* [nprofiles] */
	size_t nprofiles;
	const struct validator_rule *validators; /* [nvalidators] */
	size_t nvalidators;
	const struct playbook *playbooks; /* [nplaybooks] */
	size_t nplaybooks;
	const char *file;          /* path as opened */
	const struct jx *document; /* as loaded */
	char sha256[SHA256_HEX]; /* of the document's RFC 8785 text */
};

/* What a workflow works with: a profile that a pack names, or any artifact of a kind in a role. */
struct workflow_profile {
	const char *id; /* NULL: kind and slot say it */
	const char *kind;
	const char *slot;
	const char *entity; /* NULL: any */
};

struct workflow {
	const char *id;
	const char *version;
	const char *label;
	const char *purpose;
	const char *const *inputs; /* [ninputs] slots */
	size_t ninputs;
	const char *const *outputs; /* [noutputs] slots */
	size_t noutputs;
	const char *const *triggers; /* [ntriggers] */
	size_t ntriggers;
	const struct disambiguation *disambiguation; /* [ndisambiguation] */
	size_t ndisambiguation;
	const struct workflow_profile *profiles; /* [nprofiles] */
	size_t nprofiles;
	const char *file;
	const struct jx *document;
	char sha256[SHA256_HEX];
};

/* A kind as people read about it; how its bytes are read is types/kind.h. */
struct kind_info {
	const char *id;
	const char *label;
	const char *family;
	const char *says;
	const char *const *media_types; /* [nmedia_types] */
	size_t nmedia_types;
	const char *const *extensions; /* [nextensions] */
	size_t nextensions;
	const struct jx *document; /* its entry */
};
struct slot_info {
	const char *id;
	const char *label;
	const char *says;
	const char *const *kinds; /* [nkinds] usual ones */
	size_t nkinds;
	const struct jx *document;
};

/* What the platform does for a step that the step cannot do itself: packs/tools.json (forge.tools.v1). */
struct tool_info {
	const char *id; /* "http.fetch" */
	const char *version;
	const char *label;
	const char *says;
	const char *const *synonyms; /* [nsynonyms] what people call it */
	size_t nsynonyms;
	const char *const *effects; /* [neffects] channels of the certificate that it draws on */
	size_t neffects;
	const struct jx *document;
	char sha256[SHA256_HEX];
};

/* Words that mean the same in names of columns, whatever the domain: packs/vocabulary/<id>.json (forge.vocabulary.v1). */
struct vocabulary {
	const char *id;
	const struct term *abbreviations; /* [nabbreviations] the long form, then what it is cut down to */
	size_t nabbreviations;
	const struct term *words; /* [nwords] words of one meaning */
	size_t nwords;
	const char *const *fillers; /* [nfillers] words that change nothing */
	size_t nfillers;
	char sha256[SHA256_HEX];
};

/*
 * A registered conversion that the compiler may insert as a step of its own (rank 3), and only under a policy
 * with allow_normalizers: packs/adapters.json (forge.adapters.v1). The entity stays what it is.
 */
enum adapter_type {
	ADAPTER_KIND,    /* another representation of the same content */
	ADAPTER_COLUMNS, /* columns renamed by synonyms, values normalized (dates, numbers, units), as its params say */
	ADAPTER__COUNT
};
struct adapter {
	const char *id;      /* "csv-to-json-rows" */
	const char *version; /* "1.0.0" */
	enum adapter_type type;
	const char *label;
	const char *says;    /* what it does and what it does not keep */
	const char *const *from; /* [nfrom] kinds */
	size_t nfrom;
	const char *to;      /* kind; of ADAPTER_COLUMNS the kind it came in */
	bool is_lossless;    /* the way back gives the same rows */
	const char *form;    /* content it takes, "rows" "object" "text" as entity_form_name; NULL: any */
	const char *slot;    /* slot of its output, NULL: the input's */
	const char *entity;  /* entity of its output, NULL: the same as its input's */
	const char *relation; /* grain of its output over its input: "same" or "new" */
	const char *skill;   /* program: its skill and command line */
	const struct jx *argv; /* array of strings */
	const struct jx *params; /* what the program takes besides, object; NULL */
	const struct jx *limits; /* object as in a candidate; NULL: the profile's */
	const char *const *needs; /* [nneeds] Debian packages that the program uses, for `packs show` and doctor */
	size_t nneeds;
	const char *file;    /* path as opened */
	const char *pointer; /* its entry there */
	const struct jx *document;
	char sha256[SHA256_HEX];
};

/* How strictly the compiler and the runtime hold contracts; docs/ARCHITECTURE.md, "policy". */
struct policy {
	const char *id;
	const char *version;
	const char *label;
	const char *purpose;
#define SETTING(name, words) bool name;
#include "pack/policy.def"
#undef SETTING
	bool refuses_date_order; /* a date column whose order of day and month cannot be told is refused */
	bool needs_criteria;     /* a deliverable without criterion or schema is refused */
	const char *repair;      /* "retry" */
	unsigned max_retries;
	const char *file;
	const struct jx *document;
	char sha256[SHA256_HEX];
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
	/* What people with this profile may neither find nor use, by id. */
	const char *const *deny_packs, *const *deny_playbooks, *const *deny_skills, *const *deny_tools;
	size_t ndeny_packs, ndeny_playbooks, ndeny_skills, ndeny_tools;
	const char *file;          /* path as opened; NULL: profile_parse */
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
	const struct kind_info *kinds; /* [nkinds] in the file's order */
	size_t nkinds;
	const struct slot_info *slots; /* [nslots] in the file's order */
	size_t nslots;
	const struct adapter *adapters; /* [nadapters] sorted by id */
	size_t nadapters;
	const struct tool_info *tools; /* [ntools] in the file's order */
	size_t ntools;
	const struct vocabulary *vocabularies; /* [nvocabularies] */
	size_t nvocabularies;
	const struct jx *schema_candidate; /* packs/schema/candidate.json */
	const struct jx *schema_contract;
	const struct jx *schema_plan;
	const struct jx *schema_profile;
	struct jschema *const *schemas; /* compiled, for catalog_extend; in the order of pack/internal.h */
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
 * a:    holds the catalog; allow about 16 MiB and the size of all programs
 * out:  set on success only
 * Returns 0, or -1: E_CONFIG with the first finding ("packs/domain/x.json, line 12, /entities/0/id: …"
 * and how many more), E_IO. catalog_check gives all findings.
 */
int catalog_load(struct arena *a, const char *packs_dir, const struct catalog **out,
    struct err *err);
/* catalog_load_over - the same of a folder that adds to another, as catalog_check_over. */
int catalog_load_over(struct arena *a, const char *base_dir, const char *packs_dir, const struct catalog **out,
    struct err *err);
/* catalog_check - as catalog_load, and all findings ([*n]); *out is set when there are none. */
int catalog_check(struct arena *a, const char *packs_dir, const struct catalog **out,
    const struct pack_finding **findings, size_t *n, struct err *err);
/*
 * catalog_check_over - as catalog_check for a folder that adds to another: its packs may name what base_dir has
 * (schemas, kinds, slots, policies, workflows, entities, skills) and may not define any of it again. A folder that
 * has a schema/ of its own stands alone: base_dir is not looked at. base_dir NULL: the same. In the catalog what was
 * there comes first, then what is added, each by id.
 */
int catalog_check_over(struct arena *a, const char *base_dir, const char *packs_dir,
    const struct catalog **out, const struct pack_finding **findings, size_t *n, struct err *err);

/* Look-ups; NULL when there is none. */
/* entity_field - the column or plain member of that name. */
const struct column *entity_field(const struct entity *e, const char *name);
/* entity_form_name - "rows" "object" "text". */
const char *entity_form_name(enum entity_form form);
const struct pack *catalog_pack(const struct catalog *c, const char *id);
const struct entity *catalog_entity(const struct catalog *c, const char *id);
const struct playbook *catalog_playbook(const struct catalog *c, const char *id);
const struct skill *catalog_skill(const struct catalog *c, const char *id);
const struct skill_file *catalog_skill_file(const struct catalog *c, const char *path);
const struct workflow *catalog_workflow(const struct catalog *c, const char *id);
const struct kind_info *catalog_kind(const struct catalog *c, const char *id);
const struct slot_info *catalog_slot(const struct catalog *c, const char *id);
const struct tool_info *catalog_tool(const struct catalog *c, const char *id);
const struct adapter *catalog_adapter(const struct catalog *c, const char *id);
/*
 * catalog_adapters - the shortest chain of ADAPTER_KIND adapters from one kind to another (at most max, ties by
 * id; lossless ones before others). All of a chain take one form of content (rows, an object, a text); one that
 * gives another entity or other rows stands last or not at all. Returns how many, 0 when there is none (also
 * from a kind to itself); out: [max]. catalog_adapters_of: for content of that form only (entity_form_name).
 */
size_t catalog_adapters(const struct catalog *c, const char *from, const char *to,
    const struct adapter **out, size_t max);
size_t catalog_adapters_of(const struct catalog *c, const char *from, const char *to, const char *form,
    const struct adapter **out, size_t max);
const struct pack_profile *catalog_pack_profile(const struct catalog *c, const char *id);
/* catalog_rules - the validators about an entity, of all packs: one may judge another's entity. [*n] by pack, in its order. */
const struct validator_rule *catalog_rules(struct arena *a, const struct catalog *c, const char *entity, size_t *n);
const struct validator_rule *catalog_validator(const struct catalog *c, const char *id);
/* catalog_domains - how many packs are of a domain: all but the generic ones. */
size_t catalog_domains(const struct catalog *c);
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
/* entity_parse - one element of a pack's `entities`, outside a catalog (pack is NULL). E_SCHEMA: pointer and line. */
int entity_parse(struct arena *a, const struct jx *document, struct entity *out, struct err *err);
/* validators_parse - the validators of a pack's document that speak of one entity, outside a catalog; [*n] in the
 * document's order. The document is one that a catalog was loaded from, so nothing is checked again. */
const struct validator_rule *validators_parse(struct arena *a, const struct jx *pack, const char *entity, size_t *n);
#endif
