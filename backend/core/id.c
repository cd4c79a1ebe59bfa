/* SPDX-License-Identifier: Apache-2.0 */
#include "core/id.h"

#include <string.h>

#include "core/err.h"

#define DIGITS 13 /* 13 * 5 = 65 bits hold an int64 */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void
id_format(char prefix, int64_t id, char out[ID_BYTES])
{
	uint64_t v = (uint64_t)id;

	out[0] = prefix;
	out[1] = '_';
	for (int i = DIGITS - 1; i >= 0; i--) {
		out[2 + i] = alphabet[v & 31];
		v >>= 5;
	}
	out[2 + DIGITS] = '\0';
}

int
id_parse(char prefix, const char *s, int64_t *out, struct err *err)
{
	uint64_t v = 0;

	if (!s || strlen(s) != 2 + DIGITS || s[0] != prefix || s[1] != '_')
		return err_set(err, E_NOT_FOUND, "that is not an id of this kind");
	for (int i = 0; i < DIGITS; i++) {
		const char *p = strchr(alphabet, s[2 + i]);
		if (!p || (i == 0 && p - alphabet > 7))
			return err_set(err, E_NOT_FOUND, "that is not an id of this kind");
		v = v << 5 | (uint64_t)(p - alphabet);
	}
	if (v > INT64_MAX)
		return err_set(err, E_NOT_FOUND, "that is not an id of this kind");
	*out = (int64_t)v;
	return 0;
}
