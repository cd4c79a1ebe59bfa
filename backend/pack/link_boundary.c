/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that would be read two ways where two packs meet. (Within a pack one word may widen two others: the
 * vocabulary is a thesaurus, and only the names of fields must be plain.)
 */
#include <string.h>

#include "core/arena.h"
#include "core/jx.h"
#include "pack/internal.h"

#define SAY(l, p, at, ...) find_at((l), (p)->file, (p)->document, (at), __VA_ARGS__)

static const char *
shared_signal(const struct disambiguation *x, const struct disambiguation *y, size_t *index)
{
	for (size_t i = 0; i < x->nsignals; i++)
		for (size_t k = 0; k < y->nsignals; k++)
			if (strcmp(x->signals[i], y->signals[k]) == 0) {
				*index = i;
				return x->signals[i];
			}
	return NULL;
}

/* What p says about q against what q says about p. */
static void
boundary_check(struct loader *l, const struct pack *p, const struct pack *q)
{
	for (size_t i = 0; i < p->ndisambiguation; i++)
		for (size_t k = 0; k < q->ndisambiguation; k++) {
			const struct disambiguation *x = &p->disambiguation[i], *y = &q->disambiguation[k];
			const char *signal;
			size_t at;

			if (strcmp(x->against, q->id) != 0 || strcmp(y->against, p->id) != 0 ||
			    x->is_for_this != y->is_for_this)
				continue;
			signal = shared_signal(x, y, &at);
			if (signal)
				SAY(l, p, arena_printf(l->a, "/disambiguation/%zu/signals/%zu", i, at), x->is_for_this ?
				    "'%s' speaks for this pack here, and for '%s' there: both claim it" :
				    "a cycle of boundaries: '%s' is sent on to '%s' here, and back there", signal, q->id);
		}
}

void
boundaries_check(struct loader *l)
{
	for (size_t p = 0; p < l->out->npacks; p++)
		for (size_t q = 0; q < p; q++)
			boundary_check(l, &l->out->packs[p], &l->out->packs[q]);
}
