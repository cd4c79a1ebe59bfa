/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_SHAPE_H
#define IMPRINT_SHAPE_H
/*
 * What a value may look like at one place: the conjunction of every schema that applies there, merged.
 * References and allOf are followed and intersected, so a shape stands for the set of schema nodes that
 * hold together; the same set is the same shape (interned), which is what makes recursion finite and
 * "second entry" a pointer comparison. Parts below (members, elements, branches) are made on demand.
 *
 * The encoder prints shapes, the decoder checks filled values against them. A shape may accept more than
 * the schemas do (never less): what it cannot express stands in rules and is enforced by the validator,
 * shape_wall, over the finished payload.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "imprint/diag.h"
#include "schema/registry.h"
#include "schema/validate.h"
struct arena;
struct err;
struct jx;
struct regex;
struct shapes; /* the context: registry, direction, interned shapes */
struct shape;

enum {
	T_STRING = 1, T_INTEGER = 2, /* integers */ T_NUMBER = 4, /* numbers that are not integers */
	T_BOOLEAN = 8, T_NULL = 16, T_OBJECT = 32, T_ARRAY = 64,
	T_NUMERIC = T_INTEGER | T_NUMBER, /* what "number" means */
	T_CONTAINER = T_OBJECT | T_ARRAY, T_SCALAR = T_STRING | T_NUMERIC | T_BOOLEAN | T_NULL,
	T_ANY = 127
};
/* How a template shows it. */
enum show {
	SHOW_TOKEN,  /* one token: scalars, unions of scalars, any, enums, constants */
	SHOW_OBJECT, /* members (and perhaps null): {…} */
	SHOW_ARRAY,  /* [meta?, …]; (and perhaps null) */
	SHOW_CHOICE, /* {"{ONE_OF}": …} */
	SHOW_MAP     /* an object with nothing but key tokens; drawn as SHOW_OBJECT is */
};
struct lexeme { const char *p; size_t n; }; /* a number's text; p NULL: none */
struct span { uint64_t min, max; bool has_max; };
struct shape_pattern {
	const char *source;
	size_t n;
	struct regex *re;
	const char *name; /* never set for encoding real schemas; named patterns are for hand-written tokens */
};
struct shape_member {
	const char *name;
	size_t name_bytes;
	bool is_required; /* in this direction: a required readOnly member is not, in a request */
	bool is_declared; /* by `properties`; else it came from `required` alone */
	struct shape *shape_; /* through shape_member() */
	const struct sloc *locs_;
	unsigned n_locs_;
};
/* Members by pattern or by rest: a key token each. */
struct shape_keys {
	const struct shape_pattern *pattern; /* patternProperties; NULL: additional members */
	struct shape *shape_; /* through shape_keys_value() */
	const struct sloc *locs_;
	unsigned n_locs_;
};
struct shape_branch {
	const char *name;          /* slug, unique among its siblings */
	const char *value;         /* discriminator value that selects it, or NULL */
	struct sloc at;            /* where the branch stands (node NULL for a branch by type) */
	struct shape *shape;
};
struct shape_choice {
	const char *keyword;       /* "oneOf" "anyOf" "type" */
	const char *discriminator; /* property name, or NULL */
	bool is_exclusive;         /* oneOf without discriminator: exactly one may hold */
	struct shape_branch *branches;
	size_t n; /* >= 2 satisfiable ones when show is SHOW_CHOICE */
};
struct shape_rule {
	const char *keyword; /* "not", "if", "dependentRequired", "contains", "unevaluatedProperties", "propertyNames", … */
	struct sloc at;
	const char *sentence; /* plain words, in the registry's arena */
};
enum sat { SAT_UNKNOWN, SAT_YES, SAT_NO, SAT_LOOP, SAT_REF };

struct shape { /* ordered by size: there are thousands of them for a big API */
	unsigned id;    /* in order of making */
	unsigned types; /* accepted T_ bits, exact for declared types; T_ANY when nothing says */
	enum show show;
	enum sat sat_;
	/* flags */
	bool is_any;   /* no keyword restricts the type: rendered {FILL|any|…} when show is SHOW_TOKEN */
	bool is_const; /* exactly one value is left */
	bool min_exclusive, max_exclusive;
	bool has_child;  /* a string that holds JSON text: the template shows the child, decoding writes it as text */
	bool unique;     /* elements differ */
	bool has_rest;   /* further elements may follow; through shape_rest() */
	bool is_open;    /* an unlisted member is legal in the schema (shown only where keys say so) */
	bool is_closed;  /* unlisted members are forbidden by the schema itself, --open or not */
	bool readonly, writeonly, deprecated;
	bool is_synthetic; /* made by spec.c: sections and parameters, no schema of their own */
	bool no_wall;      /* the payload of this part is checked part by part, not as a whole */
	bool is_merged_, is_settled_, is_settling_, rest_shown_, has_object_words_, has_array_words_, has_unevaluated_;
	enum imp_code why_code_;
	unsigned mark_, type_mask_, n_atoms_, n_locs, n_child_locs_;
	/* values: enum and const, intersected and filtered by the other constraints; NULL: free */
	const struct jx **values;
	size_t n_values;
	/* numbers */
	struct lexeme min, max;
	struct lexeme *multiples;
	size_t n_multiples;
	/* strings */
	struct span len;
	struct shape_pattern *patterns;
	size_t n_patterns;
	const char **formats;
	size_t n_formats;
	const struct sloc *child_locs_;
	struct shape *child_; /* through shape_child() */
	/* arrays */
	struct span items;
	size_t n_prefix; /* tuple positions; through shape_prefix() */
	struct shape **prefix_;
	struct shape *rest_;
	/* objects */
	struct shape_member *members;
	size_t n_members;
	struct shape_keys *keys; /* patternProperties, then the rest if it has a schema or is open by word */
	size_t n_keys;
	struct span props;
	/* constraints on member names */
	struct shape_pattern *name_patterns;
	size_t n_name_patterns;
	struct span name_len;
	const struct jx **names; /* propertyNames enum/const; NULL: free */
	size_t n_names;
	/* annotations */
	const struct jx *dflt; /* default */
	const char *title;
	const char *description; /* first one met; for maps and user interfaces, never in templates */
	struct shape_choice *choice; /* when show is SHOW_CHOICE; also kept when one branch was inlined (n == 1) */
	struct shape_rule *rules;
	size_t n_rules;
	/* where it comes from: the schemas as they were joined; [0] is the one named in diagnostics */
	const struct sloc *locs;
	/* private to shape*.c */
	const char *why_; /* why unsatisfiable, in words */
	struct sloc why_at_;
	struct atom *atoms_;
	struct raw_choice *raw_; /* the next choice to take, if any */
	uint32_t *index_;        /* members by hash of name */
	size_t index_cap_;
};

struct shapes_options {
	enum direction direction;
	bool formats; /* check formats when decoding; default true through shapes_new(NULL) */
};
/* shapes_new - context over reg, in reg's arena. opt NULL: no direction, formats checked. */
struct shapes *shapes_new(struct registry *reg, const struct shapes_options *opt);
struct registry *shapes_registry(struct shapes *s);
struct arena *shapes_arena(struct shapes *s);
enum direction shapes_direction(const struct shapes *s);
/* shapes_formats - are formats checked when decoding? */
bool shapes_formats(const struct shapes *s);
/* shapes_warnings - IMP_W_* gathered while shapes were made (dangling optional references, unknown formats). */
struct imp_diags *shapes_warnings(struct shapes *s);

/*
 * shape_of - the shape of one schema in place, or of several that hold together.
 *
 * Returns 0 and *out (borrowed, lives as long as the registry), or -1 with one diagnostic in d:
 * IMP_E_SCHEMA (a keyword of the wrong type, …), IMP_E_REF, IMP_E_REF_REMOTE. An unsatisfiable schema has a shape;
 * see shape_check.
 * Cost: O(keywords joined); parts below are not visited.
 */
int shape_of(struct shapes *s, const struct sloc *at, unsigned n, struct shape **out, struct imp_diags *d);
/* shape_check - can some finite value have this shape? SAT_YES, SAT_NO (contradiction), SAT_LOOP (a required
 * part contains itself without end), SAT_REF (a required reference dangles). Follows required parts only. Cached. */
enum sat shape_check(struct shapes *s, struct shape *shape);
/* shape_refusal - append the diagnostic (IMP_E_UNSAT, IMP_E_LOOP, IMP_E_REF…) that explains a shape_check that is not SAT_YES. */
void shape_refusal(struct shapes *s, struct shape *shape, struct imp_diags *d);

/* Parts, made on first use; never NULL. An optional member that is unsatisfiable or dangling has
 * shape_member_is_dropped: it is not on the menu and no value is legal there. */
struct shape *shape_member(struct shapes *s, struct shape *shape, size_t i);
bool shape_member_is_dropped(struct shapes *s, struct shape *shape, size_t i);
struct shape *shape_keys_value(struct shapes *s, struct shape *shape, size_t i);
struct shape *shape_prefix(struct shapes *s, struct shape *shape, size_t i);
struct shape *shape_rest(struct shapes *s, struct shape *shape); /* element shape; any when nothing says */
struct shape *shape_child(struct shapes *s, struct shape *shape);
/* shape_dangling - how many alternatives of a settled shape are left out because a reference in them leads nowhere. */
size_t shape_dangling(const struct shape *shape);
/* shape_member_find - index of a member by name, or -1. O(1) for wide shapes. */
long shape_member_find(struct shapes *s, struct shape *shape, const char *name, size_t n);
/* shape_extra - the shape that applies to an unlisted member called name: the conjunction of the matching
 * patterns, or of the rest. NULL when the schema forbids the name. *is_shown: some key token covers it
 * (otherwise it is legal only with --open). Name constraints (propertyNames) are not looked at here. */
struct shape *shape_extra(struct shapes *s, struct shape *shape, const char *name, size_t n, bool *is_shown);
/* shape_any - the shape that accepts everything. */
struct shape *shape_any(struct shapes *s);

/* For spec.c: shapes without a schema of their own. */
/* shape_clone - a copy of shape that may be changed (bounds, readonly …); parts are shared. */
struct shape *shape_clone(struct shapes *s, const struct shape *shape);
struct shape_part { const char *name; struct shape *shape; bool is_required; };
/* shape_record - a closed object with exactly these members; is_synthetic. */
struct shape *shape_record(struct shapes *s, const struct shape_part *parts, size_t n);
/* shape_json_text - a string that holds JSON text of child (a `content:` parameter, an encoding). */
struct shape *shape_json_text(struct shapes *s, struct shape *child);

/*
 * shape_wall - the last check: is the finished payload valid against every schema the shape was joined
 * from? Synthetic records are walked part by part. Errors are validate_error with the pointer in the payload.
 * formats follow shapes_options. Returns 1 valid, 0 not (errors in a), -1 err (the schema does not compile).
 */
int shape_wall(struct shapes *s, struct shape *shape, struct arena *a, const struct jx *payload,
    const struct validate_error **errors, size_t *n, struct err *err);
#endif
