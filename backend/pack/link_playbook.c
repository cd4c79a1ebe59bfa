/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a playbook's steps say about the catalog and about each other: kinds, slots, entities, packs, program files,
 * and steps that wait for each other in a circle. The compiler would say it too, but to whoever asks for the work.
 */
#include <string.h>

#include "core/arena.h"
#include "core/jx.h"
#include "pack/internal.h"
#include "types/kind.h"

#define STEPS_MAX 200

struct book {
	struct loader *l;
	const struct playbook *b;
	const struct jx *steps;
};
#define SAY(k, at, ...) find_at((k)->l, (k)->b->file, (k)->b->document, (at), __VA_ARGS__)

static size_t
step_find(const struct book *k, const struct jx *key)
{
	for (size_t i = 0; i < jx_size(k->steps); i++)
		if (key && jx_is_str(jx_find(jx_at(k->steps, i), "key"), jx_str(key, "")))
			return i;
	return SIZE_MAX;
}

static void
kind_check(const struct book *k, const struct jx *kind, const char *at)
{
	enum kind found;

	if (jx_is(kind, JX_STRING) && !kind_find(jx_str(kind, ""), &found))
		SAY(k, at, "there is no kind '%s'", jx_str(kind, ""));
}

/* A path below the workspace, as the compiler wants it; it says more about other faults. */
static void
path_check(const struct book *k, const struct jx *path, const char *at)
{
	const char *text = jx_str(path, "");
	bool is_bad = *text == '/' || strchr(text, '\\');

	for (const char *p = text; *p && !is_bad; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		is_bad = n == 0 || (n == 1 && *p == '.') || (n == 2 && strncmp(p, "..", 2) == 0);
	}
	if (is_bad)
		SAY(k, at, "'%s' leads out of the workspace; write a path like output/report.md", text);
}

/* An input or output: its kinds, slot, entity and path. */
static void
port_check(const struct book *k, const struct jx *port, const char *at)
{
	struct arena *a = k->l->a;
	const struct jx *accepts = jx_find(port, "accepts");
	const char *slot = jx_str(jx_find(port, "slot"), NULL), *entity = jx_str(jx_find(port, "entity"), NULL);

	kind_check(k, jx_find(port, "kind"), arena_printf(a, "%s/kind", at));
	if (jx_is(jx_find(port, "path"), JX_STRING))
		path_check(k, jx_find(port, "path"), arena_printf(a, "%s/path", at));
	for (size_t i = 0; i < jx_size(accepts); i++)
		kind_check(k, jx_at(accepts, i), arena_printf(a, "%s/accepts/%zu", at, i));
	if (slot && !catalog_slot(k->l->out, slot))
		SAY(k, arena_printf(a, "%s/slot", at), "there is no slot '%s'", slot);
	if (entity && !catalog_entity(k->l->out, entity))
		SAY(k, arena_printf(a, "%s/entity", at), "no pack has the entity '%s'", entity);
}

/* argv names its program as it lies in the sandbox; a file that is not in the skill would be found out by the run. */
static void
argv_check(const struct book *k, const struct jx *step, const char *base)
{
	const struct jx *argv = jx_pointer(step, "/program/argv");
	const char *skill = jx_str(jx_pointer(step, "/program/skill"), NULL);
	const struct skill *s = skill ? catalog_skill(k->l->out, skill) : NULL;

	for (size_t i = 0; s && i < jx_size(argv); i++) {
		const char *word = jx_str(jx_at(argv, i), "");
		size_t f = 0;

		if (strncmp(word, "/skills/", 8) != 0)
			continue;
		while (f < s->nfiles && strcmp(s->files[f].path, word) != 0)
			f++;
		if (f == s->nfiles)
			SAY(k, arena_printf(k->l->a, "%s/program/argv/%zu", base, i), "the skill '%s' has no file '%s'", skill,
			    word);
	}
}

static void
waits_check(const struct book *k, const struct jx *step, const char *base)
{
	const struct jx *waits = jx_find(step, "depends_on"), *inputs = jx_find(step, "inputs");

	for (size_t i = 0; i < jx_size(waits); i++)
		if (step_find(k, jx_at(waits, i)) == SIZE_MAX)
			SAY(k, arena_printf(k->l->a, "%s/depends_on/%zu", base, i), "there is no step '%s'",
			    jx_str(jx_at(waits, i), ""));
	for (size_t i = 0; i < jx_size(inputs); i++) {
		const struct jx *from = jx_find(jx_at(inputs, i), "from");

		if (jx_is(from, JX_STRING) && step_find(k, from) == SIZE_MAX)
			SAY(k, arena_printf(k->l->a, "%s/inputs/%zu/from", base, i), "there is no step '%s'", jx_str(from, ""));
	}
}

/* --- circles ------------------------------------------------------------------------------------------------ */

/* Does step `from` wait for step `to` itself? */
static bool
waits_for(const struct book *k, size_t from, size_t to)
{
	const struct jx *step = jx_at(k->steps, from), *waits = jx_find(step, "depends_on");
	const struct jx *inputs = jx_find(step, "inputs");
	const char *key = jx_str(jx_find(jx_at(k->steps, to), "key"), "");

	for (size_t i = 0; i < jx_size(waits); i++)
		if (jx_is_str(jx_at(waits, i), key))
			return true;
	for (size_t i = 0; i < jx_size(inputs); i++)
		if (jx_is_str(jx_find(jx_at(inputs, i), "from"), key))
			return true;
	return false;
}

/* Take away steps that wait for nothing that is left, until none can go: what stays is in a circle or behind one. */
static void
circle_check(const struct book *k)
{
	size_t n = jx_size(k->steps), left;
	bool gone[STEPS_MAX] = {false}, is_moved = true;
	const char *names = "";

	for (left = n; is_moved && left > 0;) {
		is_moved = false;
		for (size_t i = 0; i < n; i++) {
			bool is_free = !gone[i];

			for (size_t j = 0; is_free && j < n; j++)
				is_free = gone[j] || !waits_for(k, i, j);
			if (!is_free)
				continue;
			gone[i] = is_moved = true;
			left--;
		}
	}
	if (left == 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (!gone[i])
			names = arena_printf(k->l->a, "%s%s'%s'", names, *names ? ", " : "",
			    jx_str(jx_find(jx_at(k->steps, i), "key"), ""));
	for (size_t i = 0; i < n; i++)
		if (!gone[i]) {
			SAY(k, arena_printf(k->l->a, "/candidate/steps/%zu", i),
			    "a cycle of steps: %s wait for each other, so none could begin", names);
			return;
		}
}

static void
step_links_check(const struct book *k, size_t index)
{
	static const char *const sides[] = {"inputs", "outputs"};
	const struct jx *step = jx_at(k->steps, index), *packs = jx_find(step, "domain_pack_ids");
	const struct jx *key = jx_find(step, "key");
	const char *base = arena_printf(k->l->a, "/candidate/steps/%zu", index);

	if (key && step_find(k, key) < index)
		SAY(k, arena_printf(k->l->a, "%s/key", base), "two steps '%s'", jx_str(key, ""));
	for (size_t i = 0; i < jx_size(packs); i++)
		if (!catalog_pack(k->l->out, jx_str(jx_at(packs, i), "")))
			SAY(k, arena_printf(k->l->a, "%s/domain_pack_ids/%zu", base, i), "there is no pack '%s'",
			    jx_str(jx_at(packs, i), ""));
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < jx_size(jx_find(step, sides[s])); i++)
			port_check(k, jx_at(jx_find(step, sides[s]), i),
			    arena_printf(k->l->a, "%s/%s/%zu", base, sides[s], i));
	argv_check(k, step, base);
	waits_check(k, step, base);
}

void
playbook_check(struct loader *l, const struct playbook *b)
{
	const struct book k = {.l = l, .b = b, .steps = jx_find(b->candidate, "steps")};

	if (jx_size(k.steps) > STEPS_MAX) {
		SAY(&k, "/candidate/steps", "a playbook has at most %d steps", STEPS_MAX);
		return;
	}
	for (size_t i = 0; i < jx_size(k.steps); i++)
		step_links_check(&k, i);
	circle_check(&k);
}
