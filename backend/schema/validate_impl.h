/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_VALIDATE_IMPL_H
#define SCHEMA_VALIDATE_IMPL_H
/* A compiled schema; private to validate*.c. What an instance needs is grouped by its type, so that a
 * check touches one or two lines of memory; `types` decides most refusals before that. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/jx.h"
#include "schema/keyword.h"
#include "schema/registry_impl.h"
#include "schema/validate.h"
struct matcher;

#define TYPE_INTEGER_BIT (1u << JX__COUNT)
#define TYPES_ALL ((1u << JX__COUNT) - 1)

enum {
	NODE_FALSE = 1,
	NODE_SIMPLE = 2,      /* nothing but types to check */
	NODE_UNEVALUATED = 4 /* has unevaluatedItems or unevaluatedProperties */
};
struct vnode {
	uint8_t types; /* bits of jx_type, and TYPE_INTEGER_BIT */
	uint8_t flags;
	uint8_t mark; /* while loops are looked for: 1 on the way, 2 done */
	struct vvalue *value;   /* what holds for any type; NULL: nothing */
	struct vnumber *number; /* NULL: nothing */
	struct vstring *string;
	struct varray *array;
	struct vobject *object;
	struct sloc at;
};
struct bound {
	const struct jx *lexeme; /* NULL: none */
	int64_t i;
	bool is_int, is_exclusive;
	const char *keyword;
};
struct vnumber {
	struct bound min[2], max[2]; /* inclusive and exclusive ones may both stand */
	const struct jx *multiple;
	int64_t multiple_i; /* 0: not a short integer */
};
struct vstring {
	uint64_t min, max;
	bool has_length;
	int format; /* -1: none */
	bool needs_t, is_decimal;
	const char *format_name;
	struct matcher *pattern; /* NULL: none */
	const struct jx *pattern_source;
};
struct varray {
	uint64_t min, max;
	bool is_unique;
	bool contains_marks; /* 2020-12: contained elements are evaluated */
	struct vnode **prefix;
	size_t n_prefix;
	struct vnode *rest; /* NULL: anything */
	const char *rest_keyword;
	struct vnode *contains;
	uint64_t contains_min, contains_max;
	struct vnode *unevaluated;
};
/* A short text as two words: all of it up to 16 bytes, both ends beyond. */
struct ends {
	uint64_t head, tail;
};
struct prop {
	struct ends ends;
	const char *key;
	uint32_t n;
	bool is_required;
	struct vnode *node; /* NULL: only required */
};
struct pattern_prop {
	struct matcher *pattern;
	const struct jx_member *source;
	struct vnode *node;
};
struct dependency {
	const char *key;
	size_t n;
	const struct jx *names; /* array of strings, or NULL */
	struct vnode *node;     /* or NULL */
	const char *keyword;
};
struct vobject {
	uint64_t min, max;
	struct prop *props;
	uint32_t n_props, n_required;
	uint32_t mask;   /* slots - 1 */
	uint16_t *slots; /* [mask + 1] index + 1 into props; NULL when there are many: slots32 */
	uint32_t *slots32;
	struct pattern_prop *patterns;
	size_t n_patterns;
	struct vnode *additional;
	struct vnode *names;
	struct dependency *dependencies;
	size_t n_dependencies;
	struct vnode *unevaluated;
};
struct venum {
	const struct jx *list; /* the array */
	const struct jx **others;
	size_t n_others; /* values that are no strings */
	const struct jx **strings; /* [mask + 1] hash table */
	size_t mask, n_strings;
};
struct vlist {
	struct vnode **at;
	size_t n;
};
struct dynamic_ref {
	struct vnode *target;
	const char *name; /* NULL: $recursiveRef */
	size_t n;
	bool is_dynamic;
};
struct vvalue {
	const struct jx *constant;
	struct venum *enumeration;
	struct vnode *ref;
	struct dynamic_ref *dynamic;
	struct vlist all, any, one;
	bool one_is_any; /* a discriminator selects: branches may overlap */
	struct vnode *not_, *if_, *then_, *else_;
};

/* One set of options over one registry: every schema is compiled once. */
struct program {
	struct registry *reg;
	struct arena *a;
	struct validate_options opt;
	struct map nodes; /* (jx node, -) -> vnode */
	struct map outer; /* (jx node that stands in an allOf, -) -> vnode of its owner; with a direction only */
	struct vnode **all; /* in the order of their making */
	size_t n_all, cap_all;
	struct vnode **queue;
	size_t n_queue, cap_queue;
	struct map seen;  /* (resource, -) */
	struct resource **resources;
	size_t n_resources, cap_resources;
	const char **names; /* of $dynamicRef; NULL: $recursiveRef */
	size_t n_names, cap_names;
	struct map dynamics; /* (resource, name) -> vnode */
	bool has_dynamic;
	struct vnode *any; /* where a reference leads nowhere and that is allowed */
};
struct validator {
	struct program *program;
	struct vnode *root;
};

static inline struct ends
ends_of(const char *key, size_t n)
{
	struct ends e = {0, 0};

	if (n >= 8) {
		__builtin_memcpy(&e.head, key, 8);
		__builtin_memcpy(&e.tail, key + n - 8, 8);
	} else if (n >= 4) {
		uint32_t p, q;
		__builtin_memcpy(&p, key, 4);
		__builtin_memcpy(&q, key + n - 4, 4);
		e.head = p;
		e.tail = q;
	} else if (n) {
		e.head = (unsigned char)key[0];
		e.tail = (uint64_t)(unsigned char)key[n / 2] << 8 | (unsigned char)key[n - 1];
	}
	return e;
}
static inline uint32_t
ends_hash(struct ends e, size_t n)
{
	uint64_t x = (e.head ^ (e.tail * UINT64_C(0x9e3779b97f4a7c15)) ^ n) * UINT64_C(0xd6e8feb86659fd93);

	return (uint32_t)(x >> 32);
}
static inline uint32_t
prop_hash(const char *key, size_t n)
{
	return ends_hash(ends_of(key, n), n);
}

/* A number's text as an int64: at most 18 digits and nothing else. */
static inline bool
short_int(const struct jx *v, int64_t *out)
{
	const char *p = v->u.text.p;
	size_t n = v->u.text.n, i = *p == '-';
	int64_t x = 0;

	if (n > 18)
		return false;
	for (; i < n; i++) {
		unsigned d = (unsigned)(p[i] - '0');
		if (d > 9)
			return false;
		x = x * 10 + (int64_t)d;
	}
	*out = *p == '-' ? -x : x;
	return true;
}

/* validate_fill.c: read the keywords of node->at into node. */
int vnode_fill(struct program *p, struct vnode *node, struct err *err);
/* validate_compile.c: the compiled form of a schema in place; filled later, by the queue. */
int program_node(struct program *p, struct sloc at, struct vnode **out, struct err *err);
int program_ref(struct program *p, struct sloc at, const struct jx *ref, struct vnode **out, struct err *err);
int program_dynamic(struct program *p, struct sloc at, const struct jx *ref, enum keyword k,
    struct dynamic_ref *out, struct err *err);

/* ---- validate_pattern.c ---- */
enum regex_verdict { PATTERN_NO, PATTERN_YES, PATTERN_BUDGET };
/* matcher_new - a pattern ready to run: simple ones as a table walk, others by regex.h. */
int matcher_new(struct arena *a, const char *source, size_t n, struct matcher **out, struct err *err);
enum regex_verdict matcher_run(const struct matcher *m, const char *s, size_t n);

/* ---- validate_equal.c ---- */
/* value_equal - JSON equality: numbers by value, members in any order. depth guards recursion. */
bool value_equal(const struct jx *a, const struct jx *b, unsigned depth);
/* value_twins - do two elements of an array equal each other? *first, *second are their indices. */
bool value_twins(const struct jx *array, size_t *first, size_t *second);
/* enum_holds - is v one of the values? */
bool enum_holds(const struct venum *e, const struct jx *v);
struct venum *enum_new(struct arena *a, const struct jx *list);
/* value_show - v in words, cut at 40 code points. */
const char *value_words(struct arena *a, const struct jx *v);
#endif
