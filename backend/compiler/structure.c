/* SPDX-License-Identifier: Apache-2.0 */
/* Pass C, first part: what is wrong with a candidate before anything is bound. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler/detect.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "policy/contract.h"
#include "core/decimal.h"

static const char *const slots[] = {
#define SLOT(name) #name,
#include "compiler/slots.def"
#undef SLOT
};
#define NSLOTS (sizeof slots / sizeof slots[0])

static const char *
sub(struct compile *c, const char *pointer, const char *last)
{
	return arena_printf(c->a, "%s/%s", pointer, last);
}

static void
fix_replace(struct compile *c, struct diag *g, const char *pointer, const char *value)
{
	g->fix = arena_printf(c->a, "[{\"op\":\"replace\",\"path\":\"%s\",\"value\":\"%s\"}]", pointer,
	    value);
	if (g->nsources > 0)
		g->sources[0].label = arena_printf(c->a, "`%s` is the nearest", value);
}

static void
check_slot(struct compile *c, const struct cstep *s, const struct jx *at, const char *pointer,
    const char *slot)
{
	const char *near;
	struct diag *g;

	for (size_t i = 0; i < NSLOTS; i++)
		if (strcmp(slots[i], slot) == 0)
			return;
	near = nearest(slot, slots, NSLOTS);
	g = say(c, FC0108, s, jx_find(at, "slot"), sub(c, pointer, "slot"), "there is no slot `%s`",
	    slot);
	diag_help(c->diags, g, "%s%s%s", near ? "write `" : "slots: ",
	    near ? near : list_words(c->a, slots, NSLOTS, NSLOTS), near ? "`" : "");
	if (near)
		fix_replace(c, g, sub(c, pointer, "slot"), near);
}

static enum kind
check_kind(struct compile *c, const struct cstep *s, const struct jx *at, const char *pointer,
    const char *name)
{
	const char *names[KIND__COUNT];
	enum kind kind;
	const char *near;
	struct diag *g;

	if (kind_find(name, &kind))
		return kind;
	for (enum kind k = 0; k < KIND__COUNT; k++)
		names[k] = kind_name(k);
	near = nearest(name, names, KIND__COUNT);
	g = say(c, FC0105, s, at, pointer, "there is no kind `%s`", name);
	diag_help(c->diags, g, "%s%s%s", near ? "write `" : "kinds: ",
	    near ? near : list_words(c->a, names, KIND__COUNT, KIND__COUNT), near ? "`" : "");
	if (near)
		fix_replace(c, g, pointer, near);
	return KIND__COUNT;
}

static bool
check_path(struct compile *c, const struct cstep *s, const struct jx *at, const char *pointer,
    const char *path)
{
	struct err err;
	struct diag *g;

	if (plan_path_check(path, &err) == 0)
		return true;
	g = say(c, FC0106, s, jx_find(at, "path"), sub(c, pointer, "path"), "%s", err.msg);
	diag_help(c->diags, g, "write it relative to the workspace, for instance `output/%s`",
	    file_base(path)[0] && plan_path_check(file_base(path), NULL) == 0 ? file_base(path)
								      : "result.json");
	return false;
}

/* Formats that go by one extension in several kinds: .json for rows and objects, .md for text. */
static bool
same_extension(enum kind declared, enum kind claimed)
{
	return strcmp(kind_extension(declared), kind_extension(claimed)) == 0 ||
	    kind_format(declared) == kind_format(claimed);
}

static void
check_output(struct compile *c, const struct cstep *s, struct coutput *o)
{
	const struct jx *kind_at = jx_find(o->at, "kind");
	enum kind claimed;
	struct diag *g;

	check_slot(c, s, o->at, o->pointer, o->slot);
	o->kind = check_kind(c, s, kind_at, sub(c, o->pointer, "kind"), jx_str(kind_at, ""));
	if (!check_path(c, s, o->at, o->pointer, o->path) || o->kind == KIND__COUNT)
		return;
	if (!kind_for_path(o->path, &claimed) || same_extension(o->kind, claimed) ||
	    o->kind == KIND_FILE_BINARY || o->kind == KIND_FILE_TEXT)
		return;
	g = say(c, FC0109, s, jx_find(o->at, "path"), sub(c, o->pointer, "path"),
	    "`%s` is of kind `%s`, but its extension says `%s`", o->path, kind_name(o->kind),
	    kind_name(claimed));
	diag_help(c->diags, g, "end the path in `.%s`, or declare the kind `%s`",
	    kind_extension(o->kind), kind_name(claimed));
}

static void
check_input(struct compile *c, const struct cstep *s, struct cinput *in)
{
	const struct jx *accepts = jx_find(in->at, "accepts");
	enum kind *kinds = ARENA_ARRAY(c->a, jx_size(accepts), enum kind);

	check_slot(c, s, in->at, in->pointer, in->slot);
	for (size_t i = 0; i < jx_size(accepts); i++) {
		enum kind k = check_kind(c, s, jx_at(accepts, i),
		    arena_printf(c->a, "%s/accepts/%zu", in->pointer, i),
		    jx_str(jx_at(accepts, i), ""));

		if (k != KIND__COUNT)
			kinds[in->naccepts++] = k;
	}
	in->accepts = kinds;
	if (in->path)
		(void)check_path(c, s, in->at, in->pointer, in->path);
}

/* Names inside a step: few per step, but a hostile candidate may have hundreds. */
static void
say_name_twice(struct compile *c, const struct cstep *s, const char *what, const struct jx *at,
    const char *pointer, const char *name)
{
	struct diag *g = say(c, FC0104, s, jx_find(at, "name"), sub(c, pointer, "name"),
	    "step `%s` has two %s named `%s`", s->key, what, name);

	diag_help(c->diags, g, "give each its own name; criteria and programs address them by it");
}

static void
check_names(struct compile *c, const struct cstep *s)
{
	for (size_t i = 0; i < s->ninputs; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(s->inputs[i].name, s->inputs[k].name) == 0)
				say_name_twice(c, s, "inputs", s->inputs[i].at,
				    s->inputs[i].pointer, s->inputs[i].name);
	for (size_t i = 0; i < s->noutputs; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(s->outputs[i].name, s->outputs[k].name) == 0)
				say_name_twice(c, s, "outputs", s->outputs[i].at,
				    s->outputs[i].pointer, s->outputs[i].name);
}

/* Effects that others would see, and that a plan could be trusted with only after somebody looked. */
static bool
goes_outside(const char *channel)
{
	static const char *const channels[] = {"http.write", "deploy", "notify.", "mail."};

	for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
		if (strncmp(channel, channels[i], strlen(channels[i])) == 0)
			return true;
	return false;
}

static void
say_needs_approval(struct compile *c, const struct cstep *s, const struct jx *effect, size_t index)
{
	struct diag *g = say(c, FC0802, s, effect, arena_printf(c->a, "%s/effects/%zu", s->pointer, index),
	    "the effect `%s` of step `%s` waits for an approval that nobody could give",
	    jx_str(jx_find(effect, "channel"), "?"), s->key);

	diag_note(c->diags, g, "policy `%s` has `require_approval_for_effects`, and this version holds no gates",
	    s->policy->id);
	diag_help(c->diags, g, "take the effect out; let the plan end with files, and send or publish them by hand "
	    "after you looked at them");
}

static void
check_body(struct compile *c, const struct cstep *s)
{
	const struct jx *effects = jx_find(s->at, "effects");
	struct diag *g;

	if ((s->program != NULL) == (s->fetch != NULL)) {
		g = say(c, FC0110, s, s->at, s->pointer, "step `%s` has %s", s->key,
		    s->program ? "a program and a fetch" : "neither a program nor a fetch");
		diag_help(c->diags, g, "give it one: `program` for work on files, `fetch` for reading "
		    "over HTTP; make two steps if it needs both");
	}
	if (s->gate) {
		g = say(c, FC0801, s, s->gate, sub(c, s->pointer, "gate"),
		    "step `%s` waits at a gate that nobody could open", s->key);
		diag_help(c->diags, g, "set `gate` to null, and look at the outputs before you use "
		    "them");
	}
	for (size_t i = 0; i < jx_size(effects); i++) {
		if (s->policy && s->policy->require_approval_for_effects &&
		    goes_outside(jx_str(jx_find(jx_at(effects, i), "channel"), ""))) {
			say_needs_approval(c, s, jx_at(effects, i), i);
			continue;
		}
		g = say(c, FC0603, s, jx_at(effects, i),
		    arena_printf(c->a, "%s/effects/%zu", s->pointer, i),
		    "step `%s` declares the effect `%s`, which nothing here can count or stop", s->key,
		    jx_str(jx_find(jx_at(effects, i), "channel"), "?"));
		diag_help(c->diags, g, "a step writes its outputs and reads over HTTP with `fetch`; "
		    "take the effect out");
	}
}

/*
 * Numbers go into the contract by their RFC 8785 form; one that changes on the way is refused.
 * Recursion is bounded by the candidate's JSON depth.
 */
static void
check_numbers(struct compile *c, const struct cstep *s, const struct jx *v, const char *pointer)
{
	struct buf b;
	struct diag *g;

	if (!v)
		return;
	for (size_t i = 0; v->type == JX_ARRAY && i < v->u.array.n; i++)
		check_numbers(c, s, v->u.array.at[i], arena_printf(c->a, "%s/%zu", pointer, i));
	for (size_t i = 0; v->type == JX_OBJECT && i < v->u.object.n; i++)
		check_numbers(c, s, v->u.object.at[i].value,
		    sub(c, pointer, v->u.object.at[i].key));
	if (v->type != JX_NUMBER)
		return;
	buf_init(&b, c->a);
	if (jw_canonical(&b, v, NULL) == 0 &&
	    decimal_compare(v->u.text.p, v->u.text.n, b.p, b.len) == 0)
		return;
	g = say(c, FC0112, s, v, pointer, "%s would become %s in the contract", v->u.text.p,
	    b.len > 0 ? b.p : "nothing");
	diag_help(c->diags, g, "write it in quotes, as \"%s\"", v->u.text.p);
}

struct limit_field {
	const char *name;
	uint64_t *to;
	uint64_t dflt, max;
};

void
structure_limits(struct compile *c, struct cstep *s)
{
	const struct jx *doc = jx_find(s->at, "limits");
	const struct limits *d = &c->in->profile->limits, *m = &c->in->profile->limits_max;
	struct contract_limits *l = ARENA_NEW(c->a, struct contract_limits);
	const struct limit_field fields[] = {
	    {"wall_ms", &l->wall_ms, d->wall_ms, m->wall_ms},
	    {"cpu_ms", &l->cpu_ms, d->cpu_ms, m->cpu_ms},
	    {"memory_bytes", &l->memory_bytes, d->memory_bytes, m->memory_bytes},
	    {"pids", &l->pids, d->pids, m->pids},
	    {"output_bytes", &l->output_bytes, d->output_bytes, m->output_bytes},
	    {"output_files", &l->output_files, d->output_files, m->output_files},
	    {"work_bytes", &l->work_bytes, d->work_bytes, m->work_bytes},
	    {"stdio_bytes", &l->stdio_bytes, d->stdio_bytes, m->stdio_bytes},
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct jx *at = jx_find(doc, fields[i].name);
		uint64_t v = at ? (uint64_t)jx_int(at, 0) : fields[i].dflt;

		*fields[i].to = v;
		if (v > fields[i].max) {
			struct diag *g = say(c, FC0901, s, at,
			    arena_printf(c->a, "%s/limits/%s", s->pointer, fields[i].name),
			    "step `%s` asks for %s %s, the profile `%s` allows %s", s->key,
			    fields[i].name, diag_count(c->diags, v), c->in->profile->id,
			    diag_count(c->diags, fields[i].max));

			diag_help(c->diags, g, "ask for less, or compile with a profile that allows "
			    "it");
			g->fix = arena_printf(c->a,
			    "[{\"op\":\"replace\",\"path\":\"%s/limits/%s\",\"value\":%" PRIu64 "}]",
			    s->pointer, fields[i].name, fields[i].max);
		}
	}
	s->limits = l;
}

/* --- output paths ------------------------------------------------------------------------------ */

struct place {
	const char *path;
	const struct cstep *step; /* NULL: a file of the workspace */
	const struct coutput *output;
};

/* Paths in the order in which a folder comes right before what is in it. */
static int
path_compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	/* '/' before every other character, the end before '/'. */
	return (*a == '/' ? 1 : *a ? 1 + (unsigned char)*a : 0) -
	    (*b == '/' ? 1 : *b ? 1 + (unsigned char)*b : 0);
}

static int
by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = path_compare(x->path, y->path);

	if (order != 0)
		return order;
	if (!x->step || !y->step)
		return (x->step != NULL) - (y->step != NULL);
	if (x->step != y->step)
		return x->step->number < y->step->number ? -1 : 1;
	return x->output < y->output ? -1 : x->output > y->output;
}

static void
say_collision(struct compile *c, const struct place *first, const struct place *second)
{
	bool is_same = strcmp(first->path, second->path) == 0;
	const struct place *at = second->step ? second : first;
	const struct place *other = at == second ? first : second;
	struct diag *g = say(c, FC0107, at->step, jx_find(at->output->at, "path"),
	    sub(c, at->output->pointer, "path"), "%s",
	    !other->step ? arena_printf(c->a, "output `%s` would be written over a file of the "
		"workspace, `%s`", at->output->name, other->path)
	    : is_same	 ? arena_printf(c->a, "two outputs have the path `%s`", at->path)
			 : arena_printf(c->a, "`%s` is a file and `%s` needs it to be a folder",
			       first->path, second->path));

	if (other->step)
		diag_note(c->diags, g, "the other is `%s` of step `%s`", other->output->name,
		    other->step->key);
	diag_help(c->diags, g, "give the output another path");
}

static void
check_places(struct compile *c)
{
	size_t n = c->in->nfiles, k = 0;
	struct place *at;

	for (size_t i = 0; i < c->nsteps; i++)
		n += c->steps[i].noutputs;
	at = ARENA_ARRAY(c->a, n, struct place);
	for (size_t i = 0; i < c->in->nfiles; i++)
		at[k++] = (struct place){.path = c->in->files[i].path};
	for (size_t i = 0; i < c->nsteps; i++)
		for (size_t o = 0; o < c->steps[i].noutputs; o++)
			at[k++] = (struct place){
			    .path = c->steps[i].outputs[o].path,
			    .step = &c->steps[i],
			    .output = &c->steps[i].outputs[o],
			};
	if (n > 1)
		qsort(at, n, sizeof *at, by_place);
	for (size_t i = 1; i < n; i++) {
		size_t len = strlen(at[i - 1].path);
		bool is_under = strncmp(at[i - 1].path, at[i].path, len) == 0 &&
		    (at[i].path[len] == '\0' || at[i].path[len] == '/');

		if (is_under && (at[i - 1].step || at[i].step))
			say_collision(c, &at[i - 1], &at[i]);
	}
}

/* --- keys and order ---------------------------------------------------------------------------- */

static int
by_key(const void *a, const void *b)
{
	const struct key_index *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order != 0 ? order : (x->step > y->step) - (x->step < y->step);
}

void
structure_keys(struct compile *c)
{
	c->keys = ARENA_ARRAY(c->a, c->nsteps, struct key_index);
	for (size_t i = 0; i < c->nsteps; i++)
		c->keys[i] = (struct key_index){c->steps[i].key, i};
	if (c->nsteps > 1)
		qsort(c->keys, c->nsteps, sizeof *c->keys, by_key);
	for (size_t i = 1; i < c->nsteps; i++) {
		const struct cstep *s = &c->steps[c->keys[i].step];
		struct diag *g;

		if (strcmp(c->keys[i].key, c->keys[i - 1].key) != 0)
			continue;
		g = say(c, FC0101, s, jx_find(s->at, "key"), sub(c, s->pointer, "key"),
		    "steps %zu and %zu have the same key `%s`",
		    c->steps[c->keys[i - 1].step].number, s->number, s->key);
		diag_help(c->diags, g, "give each step a key of its own");
	}
}

size_t
step_find(const struct compile *c, const char *key)
{
	size_t low = 0, high = c->nsteps;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(c->keys[mid].key, key);

		if (order == 0)
			return c->keys[mid].step;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NO_STEP;
}

static size_t
dep_find(struct compile *c, const struct cstep *s, const struct jx *at, const char *pointer)
{
	const char *key = jx_str(at, "");
	size_t step = step_find(c, key), n = 0;
	const char **keys, *near;
	struct diag *g;

	if (step != NO_STEP)
		return step;
	keys = ARENA_ARRAY(c->a, c->nsteps, const char *);
	for (size_t i = 0; i < c->nsteps; i++)
		if (&c->steps[i] != s)
			keys[n++] = c->steps[i].key;
	near = nearest(key, keys, n);
	g = say(c, FC0102, s, at, pointer, "step `%s` depends on `%s`, and there is no such step",
	    s->key, key);
	diag_help(c->diags, g, "steps: %s", list_words(c->a, keys, n, 20));
	if (near)
		fix_replace(c, g, pointer, near);
	return NO_STEP;
}

static int
by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

static void
collect_deps(struct compile *c, struct cstep *s)
{
	const struct jx *named = jx_find(s->at, "depends_on");
	size_t n = 0, unique = 0;

	s->deps = ARENA_ARRAY(c->a, jx_size(named) + s->ninputs, size_t);
	for (size_t i = 0; i < jx_size(named); i++) {
		size_t d = dep_find(c, s, jx_at(named, i),
		    arena_printf(c->a, "%s/depends_on/%zu", s->pointer, i));

		if (d != NO_STEP)
			s->deps[n++] = d;
	}
	for (size_t i = 0; i < s->ninputs; i++) {
		size_t d = !s->inputs[i].from
		    ? NO_STEP
		    : dep_find(c, s, jx_find(s->inputs[i].at, "from"),
			  sub(c, s->inputs[i].pointer, "from"));

		if (d != NO_STEP)
			s->deps[n++] = d;
	}
	if (n > 1)
		qsort(s->deps, n, sizeof *s->deps, by_number);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || s->deps[i] != s->deps[unique - 1])
			s->deps[unique++] = s->deps[i];
	s->ndeps = unique;
}

void
structure_count(struct compile *c)
{
	struct diag *g;

	if (c->nsteps <= c->in->profile->max_steps)
		return;
	g = diag_add(c->diags, FC0111, "the plan has %zu steps%s, the profile `%s` allows %u", c->nsteps,
	    c->nadaptations > 0 ? arena_printf(c->a, " (%zu of them adapters that were inserted)", c->nadaptations) : "",
	    c->in->profile->id, c->in->profile->max_steps);
	diag_help(c->diags, g, "make several plans of it, or compile with a profile that "
	    "allows more");
}

void
structure_check(struct compile *c)
{
	structure_count(c);
	structure_keys(c);
	for (size_t i = 0; i < c->nsteps; i++) {
		struct cstep *s = &c->steps[i];

		check_names(c, s);
		for (size_t k = 0; k < s->ninputs; k++)
			check_input(c, s, &s->inputs[k]);
		for (size_t k = 0; k < s->noutputs; k++)
			check_output(c, s, &s->outputs[k]);
		check_body(c, s);
		check_numbers(c, s, s->params, sub(c, s->pointer, "params"));
		check_numbers(c, s, s->criteria, sub(c, s->pointer, "criteria"));
		for (size_t k = 0; k < s->noutputs; k++)
			check_numbers(c, s, s->outputs[k].json_schema,
			    sub(c, s->outputs[k].pointer, "json_schema"));
		structure_limits(c, s);
		collect_deps(c, s);
	}
	check_places(c);
}

/* --- topological order ------------------------------------------------------------------------- */

/* A binary heap of step numbers: of the ready steps, the first in the candidate goes first. */
struct heap {
	size_t *at;
	size_t n;
};

static void
heap_push(struct heap *h, size_t v)
{
	size_t i = h->n++;

	while (i > 0 && h->at[(i - 1) / 2] > v) {
		h->at[i] = h->at[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->at[i] = v;
}

static size_t
heap_pop(struct heap *h)
{
	size_t top = h->at[0], v = h->at[--h->n], i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= h->n)
			break;
		if (child + 1 < h->n && h->at[child + 1] < h->at[child])
			child++;
		if (h->at[child] >= v)
			break;
		h->at[i] = h->at[child];
		i = child;
	}
	h->at[i] = v;
	return top;
}

/* "`a` → `b` → `a`", the middle left out of a long one. */
static const char *
circle_words(struct compile *c, const char *const *names, size_t n)
{
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0; i < n; i++)
		if (i < 4 || i + 2 >= n)
			buf_printf(&b, "`%s` → ", names[i]);
		else if (i == 4)
			buf_printf(&b, "… (%zu more) → ", n - 6);
	buf_printf(&b, "`%s`", names[0]);
	return buf_take(&b);
}

/* From any step that is left, walk to steps it waits for until one comes again: that is the circle. */
static void
say_cycle(struct compile *c, const size_t *waiting)
{
	size_t *seen = ARENA_ARRAY(c->a, c->nsteps, size_t);
	const char **names = ARENA_ARRAY(c->a, c->nsteps, const char *);
	size_t at = 0, count = 1, from, n = 0;
	const struct cstep *s;
	struct diag *g;

	while (waiting[at] == 0)
		at++;
	while (seen[at] == 0) {
		size_t k = 0;

		seen[at] = count++;
		while (waiting[c->steps[at].deps[k]] == 0)
			k++;
		at = c->steps[at].deps[k];
	}
	from = at;
	do {
		size_t k = 0;

		names[n++] = c->steps[at].key;
		while (waiting[c->steps[at].deps[k]] == 0)
			k++;
		at = c->steps[at].deps[k];
	} while (at != from);
	s = &c->steps[from];
	g = say(c, FC0103, s, jx_find(s->at, "depends_on") ? jx_find(s->at, "depends_on") : s->at,
	    sub(c, s->pointer, "depends_on"), "%s", n == 1
		? arena_printf(c->a, "step `%s` waits for itself", s->key)
		: arena_printf(c->a, "%zu steps wait for each other in a circle", n));
	if (n > 1)
		diag_note(c->diags, g, "each waits for the next: %s", circle_words(c, names, n));
	diag_help(c->diags, g, "take one of the dependencies out");
}

bool
structure_order(struct compile *c)
{
	size_t *waiting = ARENA_ARRAY(c->a, c->nsteps, size_t);
	size_t *start = ARENA_ARRAY(c->a, c->nsteps + 2, size_t), *next, nedges = 0, n = 0;
	struct heap ready = {.at = ARENA_ARRAY(c->a, c->nsteps, size_t)};

	/* Edges turned around, in one array: the steps that wait for i are next[start[i]…]. */
	for (size_t i = 0; i < c->nsteps; i++) {
		waiting[i] = c->steps[i].ndeps;
		nedges += c->steps[i].ndeps;
		for (size_t k = 0; k < c->steps[i].ndeps; k++)
			start[c->steps[i].deps[k] + 2]++;
	}
	for (size_t i = 2; i < c->nsteps + 2; i++)
		start[i] += start[i - 1];
	next = ARENA_ARRAY(c->a, nedges, size_t);
	for (size_t i = 0; i < c->nsteps; i++)
		for (size_t k = 0; k < c->steps[i].ndeps; k++)
			next[start[c->steps[i].deps[k] + 1]++] = i;
	c->order = ARENA_ARRAY(c->a, c->nsteps, size_t);
	for (size_t i = 0; i < c->nsteps; i++)
		if (waiting[i] == 0)
			heap_push(&ready, i);
	while (ready.n > 0) {
		size_t s = heap_pop(&ready);

		c->steps[s].index = n;
		c->order[n++] = s;
		for (size_t k = start[s]; k < start[s + 1]; k++)
			if (--waiting[next[k]] == 0)
				heap_push(&ready, next[k]);
	}
	if (n == c->nsteps)
		return true;
	say_cycle(c, waiting);
	return false;
}
