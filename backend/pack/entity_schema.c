/* SPDX-License-Identifier: Apache-2.0 */
/* An entity's schema held as JSON Schema 2020-12. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "pack/internal.h"
#include "schema/keyword.h"
#include "schema/registry.h"
#include "schema/validate.h"

struct walk {
	struct loader *l;
	const char *file;
	const struct jx *doc; /* the entity */
	const char *base;     /* its pointer */
};

/* Words that say something to people or to us and are not asserted. */
static bool
is_annotation(const char *key)
{
	static const char *const words[] = {"title", "description", "default", "examples", "deprecated", "$comment",
	    "$schema", "$id", "readOnly", "writeOnly", "contentMediaType", "contentEncoding", "x-type", "x-synonyms",
	    "x-unit", "x-currency", "x-currency-from", "x-tolerant"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], key) == 0)
			return true;
	return false;
}

static void
say(const struct walk *w, const struct jx *at, const char *pointer, const char *message)
{
	pack_find_add(w->l, w->file, arena_printf(w->l->a, "%s/schema%s", w->base, pointer), at->line, "%s", message);
}

static void
words_check(const struct walk *w, const struct jx *schema, const char *pointer, unsigned depth)
{
	struct arena *a = w->l->a;

	if (!jx_is(schema, JX_OBJECT) || depth > PACK_DEPTH_MAX)
		return;
	for (size_t i = 0; i < schema->u.object.n; i++) {
		const struct jx_member *m = &schema->u.object.at[i];
		enum keyword k = keyword_find(DIALECT_2020, m->key, m->key_bytes);
		const char *at = arena_printf(a, "%s/%s", pointer, pointer_part(a, m->key));
		enum form form = k == KEYWORD_NONE ? FORM_ANY : keyword_form(k);

		if (k == KEYWORD_NONE && !is_annotation(m->key))
			say(w, m->value, at, arena_printf(a, "JSON Schema has no keyword '%s'", m->key));
		if (form == FORM_SCHEMA || form == FORM_ITEMS)
			words_check(w, m->value, at, depth + 1);
		for (size_t j = 0; form == FORM_LIST && j < jx_size(m->value); j++)
			words_check(w, jx_at(m->value, j), arena_printf(a, "%s/%zu", at, j), depth + 1);
		for (size_t j = 0; form == FORM_MAP && jx_is(m->value, JX_OBJECT) && j < jx_size(m->value); j++)
			words_check(w, m->value->u.object.at[j].value,
			    arena_printf(a, "%s/%s", at, pointer_part(a, m->value->u.object.at[j].key)), depth + 1);
	}
}

/* The pointer that a message of the schema module names: "schema 'entity#/properties/x': …". */
static const char *
pointer_in(struct arena *a, const char *message)
{
	const char *from = strstr(message, "#/"), *to = from ? strpbrk(from, "'\"") : NULL;

	return to ? arena_dup(a, from + 1, (size_t)(to - from - 1)) : "";
}

void
entity_schema_check(struct loader *l, const char *file, const struct jx *doc, const char *pointer,
    const struct entity *e)
{
	struct walk w = {.l = l, .file = file, .doc = doc, .base = pointer};
	struct validate_options opt = {.formats = true};
	struct registry *reg = registry_new(l->a, NULL);
	struct validator *v;
	struct sloc at, loop;
	struct err err = {0};

	words_check(&w, e->schema, "", 0);
	if (registry_add(reg, e->schema, "entity", DIALECT_2020, &at, &err) < 0 ||
	    validator_compile(reg, at, &opt, &v, &err) < 0) {
		const char *inner = pointer_in(l->a, err.msg);
		const struct jx *node = jx_pointer(e->schema, inner);

		say(&w, node ? node : e->schema, node ? inner : "", err.msg);
		return;
	}
	if (validator_loop(v, &loop))
		say(&w, loop.node, "", arena_printf(l->a, "the schema refers to itself without end at '%s'",
		    registry_pointer(reg, l->a, loop)));
}
