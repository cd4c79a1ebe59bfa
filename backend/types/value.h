/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_VALUE_H
#define TYPES_VALUE_H
/*
 * Single values and the column types of packs. One set of rules serves the profile (which types
 * do all values of a column conform to) and the entity check (does this value), so the two cannot
 * disagree. Values are the text of a CSV field, or a JSON scalar.
 *
 *  id         1..256 bytes, no control characters, no white space at either end
 *  text       anything without control characters other than tab and line ends
 *  integer    -?digits, no leading zeros, at most 18 digits
 *  decimal    [+-]?digits, with or without .digits (".5" is fine), exponent e[+-]?1..4 digits;
 *             no leading zeros, at most 64 digits
 *  money      as decimal, but without exponent and at most 4 digits behind the point;
 *             no currency sign, no thousands separators
 *  date       YYYY-MM-DD, a day that exists
 *  timestamp  YYYY-MM-DDThh:mm[:ss[.f…]][Z|±hh:mm]; a blank instead of T is fine
 *  boolean    true false yes no (any case), 1, 0
 *  enum       one of the column's values, exactly
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct err;

enum coltype {
	COL_ID,
	COL_TEXT,
	COL_INTEGER,
	COL_DECIMAL,
	COL_MONEY,
	COL_DATE,
	COL_TIMESTAMP,
	COL_BOOLEAN,
	COL_ENUM,
	COL_JSON,  /* profile only: a nested array or object */
	COL_EMPTY, /* profile only: no value at all */
	COL__COUNT
};
#define COL_BIT(type) (1u << (type))

/* What a cell is. An empty CSV field is CELL_NULL, quoted or not. */
enum cell_type {
	CELL_MISSING, /* JSON: the row has no such key */
	CELL_NULL,
	CELL_TEXT,   /* a CSV field, a JSON string */
	CELL_NUMBER, /* a JSON number, its lexeme */
	CELL_BOOL,   /* JSON true, false */
	CELL_JSON,   /* a nested JSON value, its text without white space */
	CELL__COUNT
};

/* coltype_name - "integer". coltype_find - any name of the list above: true and *out. */
const char *coltype_name(enum coltype type);
bool coltype_find(const char *name, enum coltype *out);

/*
 * value_types - the set (COL_BIT) of column types that this value conforms to, enum left out.
 * Cost: O(n) for n <= 64, O(n) once over longer text.
 */
unsigned value_types(enum cell_type cell, const char *p, size_t n);

/*
 * value_conforms - does one value have that type?
 *
 * type:      a pack column type; COL_ENUM needs values
 * values:    [nvalues] for COL_ENUM, else NULL
 * reason:    256 bytes; on false: what was expected, in words, with the likely mending
 * Nulls conform to nothing here; whether they are allowed is the column's `required`.
 */
bool value_conforms(enum coltype type, enum cell_type cell, const char *p, size_t n,
    const char *const *values, size_t nvalues, char reason[256]);

/* The same for text, the type by name; an unknown type name is E_USAGE (-1); 1 yes, 0 no. */
int value_conforms_text(const char *type, const char *text, size_t n, const char *const *values,
    size_t nvalues, char reason[256], struct err *err);

/*
 * value_show - a value for a message: control characters, bad bytes, and what is not seen or turns text around
 * (zero widths, marks of direction) escaped; at most 40 code points, then "…". out: VALUE_SHOW_BYTES.
 */
#define VALUE_SHOW_BYTES 256
#define VALUE_SHOW_MAX 40
void value_show(const char *p, size_t n, char out[VALUE_SHOW_BYTES]);

/* date_order - how a date that is not ISO is written: 0 not a date at all, else a set of these. */
#define DATE_ISO 1u     /* 2026-03-31 */
#define DATE_YMD 2u     /* 2026/03/31, 2026.03.31 */
#define DATE_DMY 4u     /* 31/03/2026, 31.03.2026, 31-03-2026 */
#define DATE_MDY 8u     /* 03/31/2026, 03-31-2026 */
/* date_exists - is there such a day (year from 1)? */
bool date_exists(unsigned year, unsigned month, unsigned day);
unsigned date_orders(const char *p, size_t n); /* DMY|MDY both set: 03/04/2026 is ambiguous */
#endif
