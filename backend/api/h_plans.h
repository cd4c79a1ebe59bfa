/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_H_PLANS_H
#define API_H_PLANS_H
/* A plan as the API shows it: the frozen document and what the database adds. */
#include <stdint.h>

struct buf;

struct plan_extras {
	int64_t id;
	const char *objective;
	const char *created_at;
	const char *passes; /* JSON array */
};
/* plan_json - write the plan into b. document: canonical text of a forge.plan.v1. */
void plan_json(struct buf *b, const struct plan_extras *x, const char *document);
#endif
