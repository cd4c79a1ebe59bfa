/* SPDX-License-Identifier: Apache-2.0 */
/* packs/adapters.json: the registered conversions, what they refer to, and the way from one kind to another. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/jx.h"
#include "pack/internal.h"
#include "types/kind.h"

static int
by_adapter_id(const void *a, const void *b)
{
	return strcmp(((const struct adapter *)a)->id, ((const struct adapter *)b)->id);
}

/* A member that may be null or absent. */
static const struct jx *
object_or_null(const struct jx *doc, const char *name)
{
	const struct jx *at = jx_find(doc, name);

	return at && at->type == JX_OBJECT ? at : NULL;
}

static void
adapter_read(struct arena *a, const struct jx *d, struct adapter *out)
{
	out->id = jx_str(jx_find(d, "id"), "");
	out->version = jx_str(jx_find(d, "version"), "");
	out->type = jx_is_str(jx_find(d, "type"), "columns") ? ADAPTER_COLUMNS : ADAPTER_KIND;
	out->label = jx_str(jx_find(d, "label"), "");
	out->says = jx_str(jx_find(d, "says"), "");
	out->from = strings_read(a, jx_find(d, "from"), &out->nfrom);
	out->to = jx_str(jx_find(d, "to"), "");
	out->is_lossless = jx_bool(jx_find(d, "lossless"), false);
	out->form = jx_str(jx_find(d, "form"), NULL);
	out->slot = jx_str(jx_find(d, "slot"), NULL);
	out->entity = jx_str(jx_find(d, "entity"), NULL);
	out->relation = jx_str(jx_find(d, "relation"), "same");
	out->skill = jx_str(jx_pointer(d, "/program/skill"), "");
	out->argv = jx_pointer(d, "/program/argv");
	out->params = object_or_null(d, "params");
	out->limits = object_or_null(d, "limits");
	out->needs = strings_read(a, jx_find(d, "needs"), &out->nneeds);
	out->document = d;
}

static bool
in_earlier(const struct list *all, const char *id)
{
	const struct adapter *at = (const struct adapter *)(const void *)all->at;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(at[i].id, id) == 0)
			return true;
	return false;
}

void
adapters_read(struct loader *l, const char *file, const struct jx *doc, struct list *all)
{
	const struct jx *listed = jx_find(doc, "adapters");

	for (size_t i = 0; i < jx_size(listed); i++) {
		const struct jx *d = jx_at(listed, i);
		struct adapter one = {.file = file};
		struct err err;

		adapter_read(l->a, d, &one);
		one.pointer = arena_printf(l->a, "/adapters/%zu", i);
		if (in_earlier(all, one.id)) {
			pack_find_add(l, file, arena_printf(l->a, "%s/id", one.pointer), jx_find(d, "id")->line,
			    "an adapter '%s' exists already; packs extend, they do not shadow", one.id);
			continue;
		}
		if (doc_hash(l->a, d, one.sha256, &err) < 0)
			pack_find_add(l, file, one.pointer, d->line, "%s", err.msg);
		*(struct adapter *)list_add(all) = one;
	}
}

void
adapters_take(struct catalog *c, const struct list *all)
{
	if (all->n > 1)
		qsort(all->at, all->n, sizeof(struct adapter), by_adapter_id);
	c->adapters = (const struct adapter *)(const void *)all->at;
	c->nadapters = all->n;
}

/* --- what an adapter refers to --- */

static void __attribute__((format(printf, 4, 5)))
say(struct loader *l, const struct adapter *at, const char *member, const char *fmt, ...)
{
	const char *pointer = arena_printf(l->a, "%s%s", at->pointer, member);
	const struct jx *node = jx_pointer(at->document, member);
	va_list ap;

	va_start(ap, fmt);
	pack_find_add(l, at->file, pointer, (node ? node : at->document)->line, "%s", arena_vprintf(l->a, fmt, ap));
	va_end(ap);
}

/* Every argument below /skills must be a file that the step gets: one of its own skill. */
static void
program_check(struct loader *l, const struct adapter *at)
{
	static const char root[] = "/skills/";
	const char *own = arena_printf(l->a, "%s%s/", root, at->skill);

	if (!catalog_skill(l->out, at->skill)) {
		say(l, at, "/program/skill", "there is no skill '%s'", at->skill);
		return;
	}
	if (jx_str(jx_at(at->argv, 0), "")[0] != '/')
		say(l, at, "/program/argv/0", "a program is named by its whole path: '%s'", jx_str(jx_at(at->argv, 0), ""));
	for (size_t i = 0; i < jx_size(at->argv); i++) {
		const char *arg = jx_str(jx_at(at->argv, i), "");
		const char *member = arena_printf(l->a, "/program/argv/%zu", i);

		if (strncmp(arg, root, sizeof root - 1) != 0)
			continue;
		if (strncmp(arg, own, strlen(own)) != 0)
			say(l, at, member, "'%s' is not of the skill '%s'; a step gets the files of one skill", arg,
			    at->skill);
		else if (!catalog_skill_file(l->out, arg))
			say(l, at, member, "the skill '%s' has no file '%s'", at->skill, arg + strlen(own));
	}
}

static bool
is_kind(const char *name)
{
	enum kind kind;

	return kind_find(name, &kind);
}

void
adapters_check(struct loader *l)
{
	for (size_t i = 0; i < l->out->nadapters; i++) {
		const struct adapter *at = &l->out->adapters[i];

		for (size_t k = 0; k < at->nfrom; k++) {
			const char *member = arena_printf(l->a, "/from/%zu", k);

			if (!is_kind(at->from[k]))
				say(l, at, member, "there is no kind '%s'", at->from[k]);
			else if (at->type == ADAPTER_KIND && strcmp(at->from[k], at->to) == 0)
				say(l, at, member, "it would turn '%s' into itself", at->to);
			else if (at->type == ADAPTER_COLUMNS && strcmp(at->from[k], at->to) != 0)
				say(l, at, member, "an adapter of columns keeps the kind: from '%s' to '%s' is two steps",
				    at->from[k], at->to);
		}
		if (!is_kind(at->to))
			say(l, at, "/to", "there is no kind '%s'", at->to);
		if (at->slot && !catalog_slot(l->out, at->slot))
			say(l, at, "/slot", "there is no slot '%s'", at->slot);
		if (at->entity && !catalog_entity(l->out, at->entity))
			say(l, at, "/entity", "no pack has the entity '%s'", at->entity);
		program_check(l, at);
	}
}

/* --- look-ups --- */

const struct adapter *
catalog_adapter(const struct catalog *c, const char *id)
{
	for (size_t i = 0; id && i < c->nadapters; i++)
		if (strcmp(c->adapters[i].id, id) == 0)
			return &c->adapters[i];
	return NULL;
}

/* The best way from each kind to the wanted one. */
struct way {
	const struct adapter *first; /* NULL: none known */
	unsigned steps;
	unsigned lossy;
};

static bool
takes(const struct adapter *at, enum kind kind, const char *form)
{
	if (at->type != ADAPTER_KIND || (form && at->form && strcmp(at->form, form) != 0))
		return false;
	for (size_t i = 0; i < at->nfrom; i++)
		if (strcmp(at->from[i], kind_name(kind)) == 0)
			return true;
	return false;
}

static bool
is_better(const struct way *x, const struct way *than)
{
	if (!than->first)
		return true;
	return x->lossy != than->lossy ? x->lossy < than->lossy : strcmp(x->first->id, than->first->id) < 0;
}

/* Ways of one step more than those known so far. What changes the entity or its rows can only be the last step. */
static size_t
ways_extend(const struct catalog *c, struct way *way, enum kind goal, unsigned steps, const char *form)
{
	size_t n = 0;

	for (int k = 0; k < KIND__COUNT; k++) {
		struct way best = {0};

		if (way[k].first || k == (int)goal)
			continue;
		for (size_t i = 0; i < c->nadapters; i++) {
			const struct adapter *at = &c->adapters[i];
			enum kind to;

			if (!takes(at, (enum kind)k, form) || !kind_find(at->to, &to))
				continue;
			if (steps == 1 ? to != goal : to == goal || !way[to].first || way[to].steps != steps - 1 ||
			    at->entity || strcmp(at->relation, "same") != 0)
				continue;
			struct way one = {.first = at, .steps = steps,
			    .lossy = !at->is_lossless + (steps == 1 ? 0 : way[to].lossy)};
			if (is_better(&one, &best))
				best = one;
		}
		if (best.first) {
			way[k] = best;
			n++;
		}
	}
	return n;
}

/* The ways of one form of content; an adapter without a form takes any. */
static size_t
chain_of_form(const struct catalog *c, enum kind from, enum kind to, const char *form, const struct adapter **out,
    size_t max, unsigned *lossy)
{
	struct way way[KIND__COUNT] = {0};
	size_t n = 0;

	for (unsigned steps = 1; steps <= max && !way[from].first; steps++)
		if (ways_extend(c, way, to, steps, form) == 0)
			return 0;
	if (!way[from].first)
		return 0;
	*lossy = way[from].lossy;
	for (enum kind at = from; at != to; n++) {
		out[n] = way[at].first;
		if (!kind_find(out[n]->to, &at))
			return 0;
	}
	return n;
}

size_t
catalog_adapters_of(const struct catalog *c, const char *from, const char *to, const char *form,
    const struct adapter **out, size_t max)
{
	static const char *const forms[] = {"rows", "object", "text"};
	const struct adapter *found[KIND__COUNT];
	unsigned lossy = 0, best_lossy = 0;
	size_t best = 0;
	enum kind k_from, k_to;

	if (!kind_find(from, &k_from) || !kind_find(to, &k_to) || k_from == k_to)
		return 0;
	if (max > KIND__COUNT)
		max = KIND__COUNT;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t n;

		if (form && strcmp(form, forms[i]) != 0)
			continue;
		n = chain_of_form(c, k_from, k_to, forms[i], found, max, &lossy);
		if (n == 0 || (best && (n > best || (n == best && lossy >= best_lossy))))
			continue;
		best = n;
		best_lossy = lossy;
		memcpy(out, found, n * sizeof *found);
	}
	return best;
}

size_t
catalog_adapters(const struct catalog *c, const char *from, const char *to, const struct adapter **out, size_t max)
{
	return catalog_adapters_of(c, from, to, NULL, out, max);
}
