/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_ROLE_H
#define IMPRINT_ROLE_H
/*
 * What Forge's own models fill in. Each role has a JSON Schema in packs/schema/; its template is made by the same
 * encoder as everybody's, and what comes back is read by the same decoder. There is no other way.
 *
 *     planner   planner.json         Pass A: forge.candidate.v1 without packs, tools and skills
 *     intent    intent.json          Pass B: packs and policy of each step
 *     skills    skill_resolver.json  Pass D: how each step is carried out
 *     executor  executor.json        the program of one step
 *     evaluator evaluator.json       the judgement of one evidence bundle
 */
#include <stdbool.h>
#include <stddef.h>
#include "imprint/diag.h"
struct arena;
struct buf;
struct encode_options;
struct err;
struct imprint;
struct jx;

enum imprint_role { ROLE_PLANNER, ROLE_INTENT, ROLE_SKILLS, ROLE_EXECUTOR, ROLE_EVALUATOR, ROLE__COUNT };
/* imprint_role_find - by name ("planner" "intent" "skills" "executor" "evaluator"); ROLE__COUNT when unknown. */
enum imprint_role imprint_role_find(const char *name);
const char *imprint_role_name(enum imprint_role role);
const char *imprint_role_file(enum imprint_role role); /* "planner.json" */

/*
 * imprint_schemas_open - open one file of packs_dir/schema; references from one schema to another by $id
 * ("forge.candidate.v1#/$defs/input") are found in the folder.
 *
 * file:    "planner.json"
 * choices: NULL, or {"<name>": [ids…]}: each names a member of the schema's $defs that is narrowed to these values
 *          ("domain_pack_id": the installed ones). An empty list leaves no value.
 * -1: IMP_E_SCHEMA (a file that cannot be read, a choice that the schema does not have), IMP_E_REF, …
 */
int imprint_schemas_open(struct arena *a, const char *packs_dir, const char *file, const struct jx *choices,
    struct imprint **out, struct imp_diags *d);
/* imprint_role_open - imprint_schemas_open for a role. */
int imprint_role_open(struct arena *a, const char *packs_dir, enum imprint_role role, const struct jx *choices,
    struct imprint **out, struct imp_diags *d);
/* imprint_role_template - the envelope (imprint_encode) of a role's template, appended to b. opt may be NULL. */
int imprint_role_template(struct arena *a, const char *packs_dir, enum imprint_role role, const struct jx *choices,
    const struct encode_options *opt, struct buf *b, struct imp_diags *d);
/* imprint_role_decode - a filled template to the role's document (canonical members, as imprint_decode_text gives). With
 * is_lenient repairs go to *repairs (may be NULL). */
int imprint_role_decode(struct arena *a, const char *packs_dir, enum imprint_role role, const struct jx *choices,
    const char *text, size_t n, bool is_lenient, struct buf *b, struct buf *repairs, struct imp_diags *d);
#endif
