/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PACKS_JSON_H
#define API_PACKS_JSON_H
/* What is shown of packs. */
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;
struct jx;
struct rq;

/* packs_send_one - a `pack_detail` as the answer; after an upload the version that came and the names that were left out,
 * else NULL. E_NOT_FOUND. */
int packs_send_one(struct rq *rq, int status, const char *pack, const char *uploaded, const struct jx *ignored,
    struct err *err);
/* packs_upload_id - which pack a checked upload is; false when its document could not be read. */
bool packs_upload_id(struct arena *a, const char *answer, size_t n, const char **id);
#endif
