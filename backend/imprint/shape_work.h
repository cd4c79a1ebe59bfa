/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_SHAPE_WORK_H
#define IMPRINT_SHAPE_WORK_H
/*
 * Private to shape*.c. A conjunction is a set of atoms: schema objects whose references and allOf have been
 * followed, each perhaps with its choice already taken (skip). Equal sets are one shape.
 */
#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "imprint/shape.h"

enum { SKIP_ANY_OF = 1, SKIP_ONE_OF = 2 };

/* One schema object with the keywords that later steps ask for again. */
struct atom {
	struct sloc at;
	unsigned skip;
	bool is_top; /* named by the conjunction itself, not reached through allOf */
	const struct jx *properties;
	struct resource *properties_res; /* differs from at.res when properties is itself a reference */
	const struct jx *patterns, *additional, *required;
	const struct jx *prefix, *rest;  /* tuple positions; what follows (NULL: anything) */
	const struct jx *any_of, *one_of, *discriminator;
};

enum keyword {
	K_NONE, K_TYPE, K_ENUM, K_CONST, K_MINIMUM, K_MAXIMUM, K_X_MINIMUM, K_X_MAXIMUM, K_MULTIPLE_OF,
	K_MIN_LENGTH, K_MAX_LENGTH, K_PATTERN, K_FORMAT, K_CONTENT_MEDIA_TYPE, K_CONTENT_SCHEMA,
	K_ITEMS, K_PREFIX_ITEMS, K_ADDITIONAL_ITEMS, K_MIN_ITEMS, K_MAX_ITEMS, K_UNIQUE_ITEMS, K_CONTAINS,
	K_MIN_CONTAINS, K_MAX_CONTAINS, K_UNEVALUATED_ITEMS,
	K_PROPERTIES, K_PATTERN_PROPERTIES, K_ADDITIONAL_PROPERTIES, K_REQUIRED, K_MIN_PROPERTIES, K_MAX_PROPERTIES,
	K_PROPERTY_NAMES, K_DEPENDENCIES, K_DEPENDENT_REQUIRED, K_DEPENDENT_SCHEMAS, K_UNEVALUATED_PROPERTIES,
	K_ALL_OF, K_ANY_OF, K_ONE_OF, K_NOT, K_IF, K_THEN, K_ELSE, K_REF, K_DYNAMIC_REF, K_RECURSIVE_REF,
	K_DISCRIMINATOR, K_DEFAULT, K_READ_ONLY, K_WRITE_ONLY, K_DEPRECATED, K_TITLE, K_DESCRIPTION, K_NULLABLE,
	K__COUNT
};
enum keyword keyword_of(const char *key, size_t n);

struct failure { /* why a conjunction could not be made */
	enum sat sat;
	enum imp_code code;
	struct sloc at;
	const char *why;
};
struct conj { /* being put together */
	struct atom *atoms; /* small, until there are more */
	unsigned n, cap;
	bool has_unevaluated; /* then who sees whom matters, and is part of what makes two equal */
	bool is_false; /* a `false` schema is part of it */
	struct sloc false_at;
	struct atom small[8];
};
/* A choice that was met and not yet taken. */
struct raw_choice {
	unsigned atom;
	enum keyword k;
	const struct jx *list;
	const struct jx *discriminator;
	struct shape **branch; /* [jx_size(list)], made on demand */
};
struct intern { uint64_t hash; struct shape *shape; };
struct memo { const struct jx *node; struct resource *res; struct shape *shape; };

#define CHECKED_SLOTS 4096u
struct shapes {
	struct registry *reg;
	struct arena *a;
	struct shapes_options opt;
	struct imp_diags warnings;
	struct intern *interned; /* open addressing, power of two */
	size_t n_interned, cap_interned;
	struct memo *memo; /* single schemas in place */
	size_t n_memo, cap_memo;
	struct shape *any;
	struct shape *root_shape; /* the first shape asked for, and where it stood: the wall begins there, so that dynamic references see it */
	struct sloc root_at;
	struct resource *root_res; /* of the first shape asked for: the outermost dynamic scope */
	const struct jx *checked[CHECKED_SLOTS]; /* schemas found legal lately: the same ones are joined again and again */
	unsigned n_shapes;
	unsigned depth;
	unsigned sat_steps;
	bool is_over; /* a limit was reached: everything further is unsatisfiable with that reason */
	struct wall_entry { const struct jx *node; struct validator *v; } *walls;
	size_t n_walls, cap_walls;
	struct regex_entry { struct shape_pattern p; bool is_used; const char *why; /* it does not compile; NULL: it does */ } *regexes;
	size_t n_regexes, cap_regexes;
};
#define SHAPES_MAX 400000u
#define ATOMS_MAX 2048u
#define FLATTEN_DEPTH_MAX 200u
#define CHOICE_PRODUCT_MAX 64u
#define CHOICE_BRANCHES_MAX 512u

/* shape.c */
struct shape *shape_make(struct shapes *s, struct conj *c, unsigned type_mask);
struct shape *shape_make_locs(struct shapes *s, const struct sloc *locs, unsigned n);
void conj_init(struct conj *c);
bool conj_add(struct shapes *s, struct conj *c, struct sloc at, bool is_top, unsigned depth, struct failure *failed);
struct shape *shape_blank(struct shapes *s);
struct shape *shape_failed(struct shapes *s, enum sat sat, struct sloc at, const char *why);
struct shape *shape_of_failure(struct shapes *s, const struct failure *f);
void shape_settle(struct shapes *s, struct shape *shape);

/* shape_wall.c: the validator of a schema in place, compiled once */
int shape_validator(struct shapes *s, struct sloc at, struct validator **out, struct err *err);
/* shape_merge.c */
void shape_merge(struct shapes *s, struct shape *shape);
const struct shape_pattern *shape_regex(struct shapes *s, const char *source, size_t n, struct err *err);
bool value_fits(const struct shape *shape, const struct jx *v);
unsigned value_type(const struct jx *v);
bool jx_u64(const struct jx *v, uint64_t *out);
/* shape_parts.c */
void shape_objects(struct shapes *s, struct shape *shape);
/* Elements without their choices taken, as satisfiability needs them. */
struct shape *prefix_raw(struct shapes *s, struct shape *shape, size_t i);
struct shape *rest_raw(struct shapes *s, struct shape *shape);
struct shape *child_raw(struct shapes *s, struct shape *shape);
const struct jx *jx_member_n(const struct jx *o, const char *key, size_t n);
/* shape_choice.c */
void shape_choices(struct shapes *s, struct shape *shape);
struct shape *raw_branch(struct shapes *s, struct shape *shape, size_t i);
const char *branch_slug(struct arena *a, const char *name, size_t n);
/* shape_sat.c */
enum sat shape_sat(struct shapes *s, struct shape *shape);
/* shape_rules.c */
void shape_rule_add(struct shapes *s, struct shape *shape, const char *keyword, struct sloc at, const char *sentence);
void shape_rule_keyword(struct shapes *s, struct shape *shape, const struct atom *atom, enum keyword k, const struct jx *v);
#endif
