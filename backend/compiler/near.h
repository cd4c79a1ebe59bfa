/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_NEAR_H
#define COMPILER_NEAR_H
/* Mistyped ids of the catalog. */
#include "pack/view.h"

struct arena;

/*
 * near_id - the id of that type (VIEW__COUNT: of any) that want was most likely meant for: the nearest in spelling, or
 * one that ends in it behind a dot ("time_entry" for "billing.time_entry"). NULL when none is near.
 */
const char *near_id(struct arena *a, const struct catalog *c, enum view_type type, const char *want);
/* near_type - the name of the type that is nearest in spelling; NULL when none is near. */
const char *near_type(const char *want);
#endif
