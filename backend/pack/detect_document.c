/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are no tables: objects by their members, texts by their headings and their name. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "pack/detect_rank.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

#define MEMBERS_MAX 256
#define HEADINGS_MAX 64
#define TEXT_CONFIDENCE 300u /* of a text, at most: words are weak evidence */

/* The name of a list's element, which is text or says its name. */
static const char *
name_in(const struct jx *v)
{
	static const char *const keys[] = {"name", "key", "text", "title"};

	if (jx_is(v, JX_STRING))
		return jx_str(v, NULL);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (jx_is(jx_find(v, keys[i]), JX_STRING))
			return jx_str(jx_find(v, keys[i]), NULL);
	return NULL;
}

static bool
is_compound(const struct jx *v)
{
	const char *type = jx_str(jx_find(v, "type"), "");

	return strcmp(type, "object") == 0 || strcmp(type, "array") == 0;
}

static void
rank_object(struct ranking *r, const struct jx *keys, struct detect_rank *ranks, size_t *n)
{
	struct artifact_profile *p = ARENA_NEW(r->a, struct artifact_profile);
	struct column_profile *c = ARENA_ARRAY(r->a, jx_size(keys), struct column_profile);

	*p = *r->profile;
	for (size_t i = 0; i < jx_size(keys) && p->ncolumns < MEMBERS_MAX; i++) {
		const char *name = name_in(jx_at(keys, i));

		if (!name)
			continue;
		c[p->ncolumns].name = name;
		c[p->ncolumns++].type = is_compound(jx_at(keys, i)) ? COL_JSON : COL_EMPTY;
	}
	if (p->ncolumns == 0)
		return;
	p->columns = c;
	r->profile = p;
	r->n = p->ncolumns;
	ranking_names(r);
	rank_entities(r, ENTITY_OBJECT, ranks, n);
}

/* Does the entity's pack hold such texts as this kind? */
static bool
is_of_kind(const struct entity *e, enum kind kind)
{
	bool is_named = false;

	for (size_t i = 0; e->pack && i < e->pack->nprofiles; i++) {
		if (strcmp(e->pack->profiles[i].entity, e->id) != 0)
			continue;
		is_named = true;
		if (strcmp(e->pack->profiles[i].kind, kind_name(kind)) == 0)
			return true;
	}
	return !is_named;
}

static unsigned
share_of(const struct ranking *r, const char *text, const char *label)
{
	unsigned total, found = words_in(&r->index->words, text, label, &total);

	return total ? 1000 * found / total : 0;
}

/* What a text is called inside: its title, and its headings. NULL: no more of them. */
static const char *
heading_at(const struct jx *summary, const struct jx *headings, size_t i)
{
	const char *title = jx_str(jx_find(summary, "title"), NULL);

	if (title && i-- == 0)
		return title;
	return i < jx_size(headings) ? name_in(jx_at(headings, i)) : NULL;
}

static void
rank_text(const struct ranking *r, const struct jx *summary, const struct jx *headings, struct detect_rank *ranks, size_t *n)
{
	const char *slash = strrchr(r->file->path, '/'), *base = slash ? slash + 1 : r->file->path;

	for (size_t d = 0; d < r->index->n; d++) {
		const struct entity *e = r->index->entities[d].original;
		const char **says = ARENA_ARRAY(r->a, 2, const char *), *best = base;
		unsigned share = share_of(r, base, e->label);

		if (e->form != ENTITY_TEXT || r->index->entities[d].is_generic || !is_of_kind(e, r->profile->kind))
			continue;
		for (size_t i = 0; i <= jx_size(headings) && i < HEADINGS_MAX; i++) {
			const char *heading = heading_at(summary, headings, i);
			unsigned one = heading ? share_of(r, heading, e->label) : 0;

			if (one > share) {
				share = one;
				best = heading;
			}
		}
		if (share < 500)
			continue;
		says[0] = arena_printf(r->a, "%s `%s` has %s of \"%s\"", best == base ? "the file's name" : "the heading", best,
		    share == 1000 ? "the words" : "some of the words", e->label);
		says[1] = "a text is told by such words only, which is weak: look into it";
		ranks[(*n)++] = (struct detect_rank){.entity = e, .confidence = TEXT_CONFIDENCE * share / 1000, .evidence = says,
		    .nevidence = 1, .against = says + 1, .nagainst = 1};
	}
}

/* The first list under one of these names. */
static const struct jx *
list_in(const struct jx *summary, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (jx_is(jx_find(summary, names[i]), JX_ARRAY))
			return jx_find(summary, names[i]);
	return NULL;
}

void
detect_document(struct ranking *r, struct detect_rank *ranks, size_t *n)
{
	static const char *const key_lists[] = {"keys", "members"}, *const heading_lists[] = {"headings", "outline"};
	const char *text = r->profile->summary;
	const struct jx *keys, *headings;
	struct jx *summary = NULL;

	if (text && jx_parse(r->a, text, strlen(text), NULL, &summary, NULL) < 0)
		summary = NULL;
	keys = list_in(summary, key_lists, sizeof key_lists / sizeof *key_lists);
	headings = list_in(summary, heading_lists, sizeof heading_lists / sizeof *heading_lists);
	if (keys && jx_is_str(jx_find(summary, "top_level"), "object"))
		rank_object(r, keys, ranks, n);
	else
		rank_text(r, summary, headings, ranks, n);
}
