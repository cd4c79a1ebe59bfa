/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_READING_H
#define TYPES_READING_H
/*
 * What text would be after a stated normalization: amounts with currency signs and thousands marks, numbers
 * with a unit, dates in other writings. Gathered while values stream by; one value against a reading ends
 * it, with its place. Inside types/ only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/profile.h"
#include "types/value.h"
struct arena;

/* How the digits of a number are parted: thousands mark, decimal mark. A set. */
#define STYLE_US 1u           /* 1,234.5 */
#define STYLE_SWISS_POINT 2u  /* 1'234.5 */
#define STYLE_SPACE_POINT 4u  /* 1 234.5 */
#define STYLE_EU 8u           /* 1.234,5 */
#define STYLE_SWISS_COMMA 16u /* 1'234,5 */
#define STYLE_SPACE_COMMA 32u /* 1 234,5 */
#define STYLE_POINT (STYLE_US | STYLE_SWISS_POINT | STYLE_SPACE_POINT)
#define STYLE_COMMA (STYLE_EU | STYLE_SWISS_COMMA | STYLE_SPACE_COMMA)

#define UNIT_BYTES_MAX 16
struct number_text {
	unsigned styles;    /* STYLE_* that it can be read in; all when it holds no mark */
	bool has_mark;      /* a thousands or decimal mark */
	unsigned fraction_styles; /* of them, those in which it has a fraction */
	unsigned fraction;  /* digits behind the decimal mark, in the style where there are most */
	bool has_parens;
	bool has_minus_sign; /* − in front, which stands in nothing but numbers */
	const char *currency; /* "USD", static; NULL: none */
	bool is_shared_sign;  /* $, ¥: other currencies have it too */
	char unit[UNIT_BYTES_MAX + 1]; /* canonical; "": none */
};
/* number_text_read - is it a number as people write them? O(n); false for more than 64 bytes. */
bool number_text_read(const char *p, size_t n, struct number_text *out);

/* How a date is written. A set. */
#define WRITTEN_ISO 1u /* then WRITTEN_YMD too: 2026-12-15 may stand among 2026-3-5 */
#define WRITTEN_YMD 2u
#define WRITTEN_DMY 4u
#define WRITTEN_MDY 8u
#define WRITTEN_DMON 16u /* 3 Mar 2026 */
#define WRITTEN_MOND 32u /* March 3, 2026 */
#define WRITTEN_YMON 64u /* 2026-Mar-03 */
struct date_text {
	unsigned orders; /* WRITTEN_*: more than one: it does not say which */
	bool is_short_year;
	bool has_time;
	bool is_half_day; /* 3:04 PM */
	bool is_named_zone; /* EST: what it means is a convention */
};
/* date_text_read - is it a date, with or without a time? English month names. O(n); false for more than 64 bytes. */
bool date_text_read(const char *p, size_t n, struct date_text *out);

enum reading_class { READ_NUMBER, READ_DATE, READ__COUNT };

struct reading {
	unsigned open;  /* 1 << reading_class: every value so far fits */
	unsigned quiet; /* COL_BIT: a value that conforms to one of these brings no news */
	/* numbers */
	unsigned styles;
	struct value_place marked; /* the first value with a mark; row 0: none */
	unsigned fraction_styles; /* in which some value has a fraction */
	bool has_minus_sign, has_bare_currency, has_parens, has_unparenthesized;
	bool is_shared_sign;
	unsigned fraction;
	const char *currency;     /* the first */
	struct value_place other_currency; /* the first value with another currency, or with none */
	const char *other_name;   /* "EUR"; NULL: none */
	bool has_unit_known;      /* unit is set, "" included */
	char unit[UNIT_BYTES_MAX + 1];
	/* dates */
	unsigned orders;
	bool has_date, is_short_year, has_time, is_half_day, is_named_zone;
	/* what ended them */
	struct value_place spoiled[READ__COUNT];
	uint64_t spoiled_after[READ__COUNT];
};
/* reading_init - nothing seen yet. */
void reading_init(struct reading *r);
/*
 * reading_take - one more value, not null; before: how many values came before it. Call it only when r->open and
 * value_types() of it has none of r->quiet: other values change nothing.
 */
void reading_take(struct reading *r, struct arena *a, uint64_t row, enum cell_type cell, const char *p, size_t n,
    uint64_t before);

struct gauge;
struct profiler;
/* reading_finish - fill out's reading and what belongs to it; type, values and counts are there. Notes go to p. */
void reading_finish(struct profiler *p, const struct gauge *g, struct column_profile *out);
#endif
