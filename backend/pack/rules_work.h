/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_RULES_WORK_H
#define PACK_RULES_WORK_H
/* Shared by the rules_*.c files: rows by column name, typed values, and one rule at work. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/buf.h"
#include "pack/pack.h"
#include "pack/rules.h"
#include "types/hash.h"
#include "types/mem.h"
#include "types/rows.h"

struct rational;
struct regex;

/* --- rows_*.c: one table being read */
struct source {
	struct rows *rows;        /* NULL: an object */
	const struct jx *object;
	struct cell *cells;       /* of the object */
	bool is_spent;
	struct row row;
};
int source_open(struct arena *a, const struct rules_table *t, struct source *out, struct err *err);
/* source_next - 1 and a row, 0 at the end, -1. */
int source_next(struct source *s, const struct rules_table *t, const struct row **out, struct err *err);
void source_close(struct source *s);

enum class { CLASS_TEXT, CLASS_NUMBER, CLASS_DATE, CLASS_TIME, CLASS_BOOLEAN };
enum class class_of_type(const char *type);

/* A column of the table that is read; its place is looked up once it is there. */
struct place {
	const char *name;
	const struct column *column; /* NULL: unknown to the entity */
	enum class class;            /* how its values are compared as parts of a key */
	int at;                      /* -1: not seen yet */
};
struct place place_of(const struct entity *e, const char *name);
/* place_cell - the row's cell; NULL when it is empty, null or missing. */
const struct cell *place_cell(struct source *s, struct place *p, const struct row *row);

/* --- values */
enum reading { READ_OK, READ_EMPTY, READ_BAD };
/* value_number - as a number: itself, days since 1970, of a timestamp seconds that only order means something of. */
bool value_number(enum class class, const char *p, size_t n, struct rational *out);
/* value_key - append a form that is the same for equal values of a class. False: not a value of it. */
bool value_key(enum class class, const char *p, size_t n, struct buf *b);
const char *number_words(struct arena *a, enum class class, const struct rational *v);

/* An operand of an equation, ready for rows. */
struct node {
	enum operand_op op;
	enum class class;
	struct place place;
	struct rational *value; /* of OPERAND_CONST: it; else the last result */
	const char *text;       /* OPERAND_CONST */
	struct node *args;      /* [nargs] */
	size_t nargs;
};
void node_make(struct arena *a, const struct entity *e, const struct operand *o, struct node *out);
/* node_value - of this row, into n->value. */
enum reading node_value(struct source *s, struct node *n, const struct row *row);

struct condition {
	const struct when *when;
	struct place place;
	struct rational *left, *right;
};
void condition_make(struct arena *a, const struct entity *e, const struct when *w, struct condition *out);
bool condition_holds(struct source *s, struct condition *c, const struct row *row);

/* --- sets: hashes of keys with something beside them; when memory ends, a part of them (see rules_sets.c) */
__extension__ typedef __int128 wide;
struct slot {
	uint64_t h1, h2;
	uint64_t row; /* first with this key */
};
struct set {
	struct mem slot_memory, sum_memory; /* given back when the rules are done: an attempt runs many */
	struct slot *slots; /* [size] h1 0: free */
	wide *sums;         /* [size] RULE_SUM: in millionths of millionths; SUM_ODD: could not be added up */
	size_t size, n, size_max;
	uint64_t parts, part; /* holds the keys with h2 % parts == part */
	bool is_again;        /* too many keys for the first part: it begins anew with more parts */
	bool is_full;         /* in a later part: given up */
	struct hash_key k1, k2;
};

struct at_work {
	struct arena *a;
	const struct validator_rule *rule;
	struct rules_outcome *out;
	const struct rules_table *table;
	const struct rules_table *other; /* RULE_REFERS, RULE_SUM; NULL: not at hand */
	size_t breaks_max;
	struct rules_break *breaks;
	struct condition when;       /* rows it applies to */
	/* by type */
	struct node left, right;
	struct rational *tolerance, *min, *max;
	struct place column;
	struct condition if_;        /* RULE_REQUIRED_IF */
	struct regex *regex;
	struct place *columns;       /* [ncolumns] */
	struct place *to;            /* [ncolumns] of the other table */
	struct place other_column;
	size_t ncolumns;
	struct set set;
	struct buf key, key2;
};
/* break_is_told - the next break's message will be kept, so it is worth its words. */
bool break_is_told(const struct at_work *w);
/* break_add - row broke the rule. found, expected: for the message; may be NULL. s gives the cells; s of the other
 * table for RULE_SUM. */
void break_add(struct at_work *w, struct source *s, const struct row *row, uint64_t told_row, const struct place *column,
    const char *found, const char *expected);

/* Sets: before a pass over the table, at each row of it, after it. sets_again: is there a part left? */
bool rule_has_set(const struct validator_rule *r);
void sets_prepare(struct at_work *w, size_t memory_bytes);
int sets_begin(struct at_work *w, struct err *err);
void sets_take(struct at_work *w, struct source *s, const struct row *row);
int sets_end(struct at_work *w, struct err *err);
bool sets_again(struct at_work *w);
void sets_release(struct at_work *w);
#endif
