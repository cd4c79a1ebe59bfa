/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_ID_H
#define CORE_ID_H
/*
 * Public ids: a prefix letter, '_' and the database's bigint as 13 Crockford base-32 digits,
 * lower case ("r_01jd6z8q4m0ab"). They sort by time as the bigints do.
 * Prefixes: t tenant, u user, w workspace, f file, p plan, r run, k API key, a API
 * catalogue.
 */
#include <stdint.h>
#define ID_BYTES 16 /* letter, '_', 13 digits, NUL */
struct err;
void id_format(char prefix, int64_t id, char out[ID_BYTES]);
/* id_parse - E_NOT_FOUND when s is not an id with that prefix (a bad id is never "someone else's"). */
int id_parse(char prefix, const char *s, int64_t *out, struct err *err);
#endif
