/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/keyword.h"

#include <string.h>

#include "core/err.h"

#define GROUP_CORE 0
#define GROUP_CONTENT 0
#define GROUP_OPENAPI 0
#define GROUP_FORMAT 0 /* decided where formats are */
#define GROUP_APPLICATOR VOCABULARY_APPLICATOR
#define GROUP_VALIDATION VOCABULARY_VALIDATION
#define GROUP_UNEVALUATED VOCABULARY_UNEVALUATED
#define LENGTH_MAX 21

static const struct row {
	const char *name;
	unsigned char n, since, until, form, group;
} rows[KEYWORD__COUNT] = {[KEYWORD_NONE] = {"", 0, 0, 0, FORM_ANY, 0},
#define K(id, name, since, until, form, group) \
	[KEYWORD_##id] = {name, sizeof name - 1, since, until, FORM_##form, GROUP_##group},
#include "schema/keywords.def"
#undef K
};

unsigned
dialect_age(enum dialect d)
{
	static const unsigned char ages[DIALECT__COUNT] = {[DIALECT_AUTO] = 9, [DIALECT_4] = 4,
	    [DIALECT_6] = 6, [DIALECT_7] = 7, [DIALECT_2019] = 8, [DIALECT_2020] = 9,
	    [DIALECT_OAS30] = 7, [DIALECT_OAS31] = 9, [DIALECT_SWAGGER2] = 7};

	INVARIANT(d < DIALECT__COUNT);
	return ages[d];
}

int
dialect_is_api(enum dialect d)
{
	return d == DIALECT_OAS30 || d == DIALECT_OAS31 || d == DIALECT_SWAGGER2;
}

int
dialect_ref_is_alone(enum dialect d)
{
	return dialect_age(d) <= 7;
}

/* The first keyword of each length: the list is in that order. */
static unsigned
first_of_length(size_t n)
{
	static const unsigned char first[LENGTH_MAX + 2] = {[0] = KEYWORD__COUNT,
	    [1] = KEYWORD__COUNT, [2] = KEYWORD_IF, [3] = KEYWORD_NOT, [4] = KEYWORD_REF,
	    [5] = KEYWORD_ITEMS, [6] = KEYWORD_FORMAT, [7] = KEYWORD_ANCHOR,
	    [8] = KEYWORD_REQUIRED, [9] = KEYWORD_WRITE_ONLY, [10] = KEYWORD_PROPERTIES,
	    [11] = KEYWORD_DYNAMIC_REF, [12] = KEYWORD_DEPENDENCIES, [13] = KEYWORD_DISCRIMINATOR,
	    [14] = KEYWORD__COUNT, [15] = KEYWORD_ADDITIONAL_ITEMS,
	    [16] = KEYWORD_EXCLUSIVE_MINIMUM, [17] = KEYWORD_PATTERN_PROPERTIES,
	    [18] = KEYWORD__COUNT, [19] = KEYWORD__COUNT, [20] = KEYWORD_ADDITIONAL_PROPERTIES,
	    [21] = KEYWORD_UNEVALUATED_PROPERTIES, [22] = KEYWORD__COUNT};

	return first[n];
}

enum keyword
keyword_find(enum dialect d, const char *key, size_t n)
{
	unsigned age;

	if (n > LENGTH_MAX)
		return KEYWORD_NONE;
	for (unsigned k = first_of_length(n); k < KEYWORD__COUNT && rows[k].n == n; k++)
		if (rows[k].name[0] == key[0] && memcmp(rows[k].name, key, n) == 0) {
			age = dialect_age(d);
			return age >= rows[k].since && age <= rows[k].until ? (enum keyword)k
									   : KEYWORD_NONE;
		}
	return KEYWORD_NONE;
}

const char *
keyword_name(enum keyword k)
{
	return rows[k].name;
}

enum form
keyword_form(enum keyword k)
{
	return (enum form)rows[k].form;
}

unsigned
keyword_vocabulary(enum keyword k)
{
	return rows[k].group;
}
