/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_KIND_SCHEMA_H
#define TYPES_KIND_SCHEMA_H
/*
 * What kinds of JSON say about their rows: packs/schema/kind-<kind>.json, JSON Schema 2020-12, held
 * in the program so that no folder is needed when it runs. Beside the schema these members say how
 * rows are found and what is counted:
 *   x-forge-forms     "array" an array of rows · "row" one row · "head" an object with the rows inside
 *   x-forge-rows      the member of that object that holds them
 *   x-forge-unique    members of a row that no two rows share (the first of these that a row has)
 *   x-forge-paths     members of a row that are paths and must stay in their folder
 *   x-forge-count_by  members whose values the summary counts · x-forge-sum: that it adds up
 */
#include <stddef.h>
#include "types/kind.h"
/* kind_schema - the text for a kind, or NULL where any JSON does. */
const char *kind_schema(enum kind kind, size_t *n);
#endif
