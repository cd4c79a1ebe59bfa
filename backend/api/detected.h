/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_DETECTED_H
#define API_DETECTED_H
/*
 * What the files of a workspace most likely are. What a file was found to be when it came stands in front of its
 * stored profile: {"likely":{"entity":"billing.time_entry","label":"Time entry","confidence":930,"clear":true},"schema":…};
 * lists show that. The whole detection is made anew when it is asked for, with the catalog of the day.
 */
#include <stddef.h>

struct artifact_profile;
struct buf;
struct db_rows;
struct err;
struct file_facts;
struct rq;

#define LIKELY_HEAD_CHARS 1000 /* of a stored profile hold its `likely`; as SQL file_list cuts it */

/*
 * likely_text - the object {"entity","label","confidence","clear"} for a file, or "null" where nothing is likely.
 * In rq->a; what it takes besides is freed. NULL with err.
 */
const char *likely_text(struct rq *rq, const char *path, const struct artifact_profile *p, struct err *err);
/* likely_stored - that object out of the beginning of a stored profile; "null" in older ones. head may be NULL. */
const char *likely_stored(struct rq *rq, const char *head);
/* detected_send - answer forge.detection.v1 for a file with that stored profile. */
int detected_send(struct rq *rq, const char *path, const char *profile, struct err *err);
#endif
