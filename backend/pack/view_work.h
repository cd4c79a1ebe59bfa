/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_VIEW_WORK_H
#define PACK_VIEW_WORK_H
/* Shared by the files of the view. */
#include "pack/view.h"

struct view {
	struct arena *a;
	const struct catalog *c;
	const struct catalog *standard; /* NULL: c is */
	struct jw *w;
};

/* Each opens its object at key and leaves it open. */
void view_pack(const struct view *v, const struct pack *p, const char *key);
void view_entity(const struct view *v, const struct entity *e, const char *key);
void view_workflow(const struct view *v, const struct workflow *f, const char *key);
void view_playbook(const struct view *v, const struct playbook *b, const char *key);

/* view_open - an object with type, id and label. */
void view_open(const struct view *v, const char *key, enum view_type type, const char *id, const char *label);
/* view_link - {"id","label"}; the label of an id that the catalog does not have is the id. */
void view_link(const struct view *v, const char *key, enum view_type type, const char *id);
void view_links(const struct view *v, const char *key, enum view_type type, const char *const *ids, size_t n);
void view_strings(const struct view *v, const char *key, const char *const *at, size_t n);
void view_boundaries(const struct view *v, enum view_type type, const struct disambiguation *d, size_t n);
/* view_validator - one rule, with its words. */
void view_validator(const struct view *v, const struct validator_rule *r);
bool view_has(const char *const *at, size_t n, const char *s);
/* view_origin - "standard" or "tenant", of a pack. */
const char *view_origin(const struct view *v, const char *pack);
#endif
