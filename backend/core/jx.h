/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_JX_H
#define CORE_JX_H
/*
 * JSON in. RFC 8259 to the letter: UTF-8 checked (no surrogates, no BOM), no duplicate keys, no
 * trailing text, depth bounded; every value keeps its place (byte offset, line, column) and every
 * number its lexeme, because money and 23-digit ids must not pass through a double.
 * Values live in the arena given to jx_parse; the tree is read-only once parsed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct err;

enum jx_type { JX_NULL, JX_BOOL, JX_NUMBER, JX_STRING, JX_ARRAY, JX_OBJECT, JX__COUNT };

struct jx {
	enum jx_type type;
	uint32_t line;   /* from 1 */
	uint32_t column; /* from 1, in code points */
	size_t offset;   /* bytes from the start of the text */
	union {
		bool boolean;
		struct {
			const char *p; /* string: decoded UTF-8 with a NUL behind; number: the lexeme */
			size_t n;      /* bytes; a string may hold U+0000 only if JX_ALLOW_NUL was set */
		} text;
		struct {
			struct jx **at; /* [n] */
			size_t n;
		} array;
		struct {
			struct jx_member *at; /* [n], in document order */
			size_t n;
		} object;
	} u;
};
struct jx_member {
	const char *key; /* NUL-terminated */
	size_t key_bytes;
	struct jx *value;
};

struct jx_options {
	size_t bytes_max;  /* 0: 64 MiB */
	unsigned depth_max; /* 0: 128 */
	bool allow_nul;    /* accept \u0000 inside strings; default refuses (E_JSON) */
	bool allow_surrogates; /* keep lone surrogates as WTF-8; default refuses */
};
/*
 * jx_parse - parse n bytes. opt may be NULL.
 * Returns 0 and *out, or -1: E_JSON "line L, column C: expected …, found …", E_TOO_LARGE.
 * Cost: O(n), duplicate keys included (O(k log k) per object at worst). No recursion: depth_max
 * bounds memory, and whoever walks the tree.
 */
int jx_parse(struct arena *a, const char *text, size_t n, const struct jx_options *opt,
    struct jx **out, struct err *err);
/* jx_load - read the file at path (at most opt->bytes_max) and parse it; errors name the path. */
int jx_load(struct arena *a, const char *path, const struct jx_options *opt, struct jx **out,
    struct err *err);

/* Borrowed look-ups: NULL when absent or when o is not an object/array. */
const struct jx *jx_find(const struct jx *o, const char *key);
const struct jx *jx_at(const struct jx *array, size_t index);
size_t jx_size(const struct jx *v); /* members or elements; 0 for others and NULL */
/* jx_pointer - RFC 6901; NULL when absent. */
const struct jx *jx_pointer(const struct jx *root, const char *pointer);

/* Loose readers: the value if it has that type, else dflt. v may be NULL. */
const char *jx_str(const struct jx *v, const char *dflt);
int64_t jx_int(const struct jx *v, int64_t dflt);
bool jx_bool(const struct jx *v, bool dflt);
double jx_double(const struct jx *v, double dflt);
bool jx_is(const struct jx *v, enum jx_type type);
bool jx_is_str(const struct jx *v, const char *s); /* a string equal to s */
const char *jx_type_name(enum jx_type type);

/* Typed getters that refuse: E_SCHEMA naming the key, what was expected, what was found and where. */
int jx_get_str(const struct jx *o, const char *key, const char **out, struct err *err);
int jx_get_int(const struct jx *o, const char *key, int64_t min, int64_t max, int64_t *out,
    struct err *err);
int jx_get_bool(const struct jx *o, const char *key, bool *out, struct err *err);
int jx_get_array(const struct jx *o, const char *key, const struct jx **out, struct err *err);
int jx_get_object(const struct jx *o, const char *key, const struct jx **out, struct err *err);
/* jx_check_keys - every key of o is in the NULL-ended list; E_SCHEMA with the nearest legal name. */
int jx_check_keys(const struct jx *o, const char *const *legal, struct err *err);
/* jx_check_schema - o.schema is exactly name. */
int jx_check_schema(const struct jx *o, const char *name, struct err *err);
#endif
