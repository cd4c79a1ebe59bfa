/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/offline.h"

#include <ctype.h>
#include <string.h>

#include "compiler/detect.h"
#include "compiler/discover.h"
#include "compiler/route.h"
#include "compiler/words.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

/*
 * Points. Output paths weigh most: they say exactly what is wanted. Words count once each and only so
 * many, so that a playbook does not win by having a long list. Two playbooks closer than MARGIN are a
 * tie, and a tie is a question to the user.
 */
#define POINTS_TRIGGER 20
#define TRIGGERS_MAX 6
#define POINTS_OUTPUT 40
#define POINTS_OUTPUT_UNKNOWN (-25)
#define POINTS_GOAL 10
#define POINTS_FILE 15
#define POINTS_FILE_UNUSED (-10)
#define POINTS_SETTING 10
#define POINTS_SETTING_MISSING (-5)
#define MARGIN 10

struct fit {
	const struct playbook *playbook;
	int points;
	unsigned ntriggers;
	unsigned noutputs;
	const char *words[TRIGGERS_MAX]; /* [nwords] the triggers found */
	size_t nwords;
};

static unsigned
outputs_that_fit(const struct playbook *b, const char *asked)
{
	const struct jx *steps = jx_find(b->candidate, "steps");
	unsigned n = 0;

	for (size_t s = 0; s < jx_size(steps); s++) {
		const struct jx *outputs = jx_find(jx_at(steps, s), "outputs");

		for (size_t o = 0; o < jx_size(outputs); o++)
			n += path_fits(jx_str(jx_find(jx_at(outputs, o), "path"), ""), asked);
	}
	return n;
}

/* How much of a goal's longer words the text has, of 10. */
static int
goal_overlap(struct arena *a, const char *goal, const char *text)
{
	unsigned n = 0, hit = 0;

	for (const char *p = goal; *p;) {
		size_t k = 0;

		while (isalnum((unsigned char)p[k]))
			k++;
		if (k >= 4) {
			n++;
			hit += word_find(text, arena_dup(a, p, k)) != NULL;
		}
		p += k > 0 ? k : 1;
	}
	return n == 0 ? 0 : (int)(hit * POINTS_GOAL / n);
}

static bool
is_used(struct compile *c, const struct playbook *b, const struct file_facts *file)
{
	for (size_t i = 0; i < b->nfiles; i++) {
		const struct entity *e = catalog_entity(c->in->catalog, b->files[i].entity);
		struct entity_match m;
		bool kind_ok = false;

		for (size_t k = 0; k < b->files[i].nkinds; k++)
			kind_ok = kind_ok ||
			    strcmp(b->files[i].kinds[k], kind_name(file->profile->kind)) == 0;
		if (!kind_ok)
			continue;
		if (!e || e->ncolumns == 0)
			return true;
		entity_compare(c->a, file, e, &m);
		if (2 * (m.nexact + m.nrenamed) >= m.nrequired)
			return true;
	}
	return false;
}

static void
fit_words(struct compile *c, const struct reading *r, struct fit *f)
{
	const struct playbook *b = f->playbook;
	int best_goal = 0;

	for (size_t i = 0; i < b->ntriggers && f->ntriggers < TRIGGERS_MAX; i++)
		if (word_find(r->positive, b->triggers[i])) {
			f->ntriggers++;
			f->words[f->nwords++] = b->triggers[i];
		}
	for (size_t i = 0; i < b->nexample_goals; i++) {
		int overlap = goal_overlap(c->a, b->example_goals[i], r->positive);

		best_goal = overlap > best_goal ? overlap : best_goal;
	}
	f->points += POINTS_TRIGGER * (int)f->ntriggers + best_goal;
}

static void
fit_playbook(struct compile *c, const struct reading *r, struct fit *f)
{
	const struct playbook *b = f->playbook;

	fit_words(c, r, f);
	for (size_t i = 0; i < r->npaths; i++) {
		const struct read_path *p = &r->paths[i];

		if (p->is_output && outputs_that_fit(b, p->path) > 0) {
			f->noutputs++;
			f->points += POINTS_OUTPUT;
		} else if (p->is_output) {
			f->points += POINTS_OUTPUT_UNKNOWN;
		} else if (p->file) {
			f->points +=
			    is_used(c, b, p->file) ? POINTS_FILE : POINTS_FILE_UNUSED;
		}
	}
	for (size_t i = 0; i < b->nsettings; i++)
		if (b->settings[i].is_required && !b->settings[i].value)
			f->points += r->nurls > 0 ? POINTS_SETTING : POINTS_SETTING_MISSING;
}

static bool
is_denied(const struct compile *c, const struct playbook *b)
{
	return discover_denied(c->in->profile, DISCOVER_PLAYBOOK, b->id, b->pack);
}

static const char *
playbook_list(struct compile *c)
{
	size_t ndenied = 0;
	struct buf b;

	buf_init(&b, c->a);
	for (size_t p = 0; p < c->in->catalog->npacks; p++)
		for (size_t i = 0; i < c->in->catalog->packs[p].nplaybooks; i++) {
			const struct playbook *k = &c->in->catalog->packs[p].playbooks[i];
			size_t n = 0;

			if (is_denied(c, k)) {
				ndenied++;
				continue;
			}
			buf_printf(&b, "\n`%s` (%s)", k->id, k->label);
			for (size_t f = 0; f < k->nfiles; f++) {
				const struct entity *e =
				    catalog_entity(c->in->catalog, k->files[f].entity);

				if (k->files[f].is_required)
					buf_printf(&b, "%s%s%s%s", n++ == 0 ? " needs " : ", ",
					    k->files[f].name, e ? ": " : "", e ? e->label : "");
			}
			if (n == 0)
				buf_printf(&b, " needs %s",
				    k->nsettings > 0 ? "an address in the objective" : "no files");
		}
	if (ndenied > 0)
		buf_printf(&b, "\n%s%zu%s denied by the profile `%s`", b.len ? "and " : "", ndenied,
		    ndenied == 1 ? " that is" : " that are", c->in->profile->id);
	return b.p ? buf_take(&b) : "";
}

/* "time_entries.csv (Time entry), notes.txt (text)": what the planner saw. */
static const char *
files_seen(struct compile *c)
{
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0; i < c->in->nfiles && i < 12; i++) {
		const struct file_facts *f = &c->in->files[i];
		const struct entity *e = entity_detect(c->a, c->in->catalog, f);

		buf_printf(&b, "%s%s (%s)", i ? ", " : "", f->path,
		    e ? e->label : !f->profile->parse_ok ? "cannot be read"
						      : kind_name(f->profile->kind));
	}
	if (c->in->nfiles > 12)
		buf_printf(&b, " and %zu more", c->in->nfiles - 12);
	return b.p ? buf_take(&b) : "none";
}

#define DOMAINS_SHOWN 3
#define DOMAIN_POINTS_MIN 40 /* less is a letter or two in common */

/* "; its words are of `security-audit` (210 points: …), …": where the objective belongs, playbook or not. */
static const char *
domain_words(struct compile *c, const struct route *route)
{
	struct buf b;

	if (route->nranks == 0 || route->ranks[0].points < DOMAIN_POINTS_MIN)
		return "; its words are of no domain";
	buf_init(&b, c->a);
	buf_printf(&b, "; %s", route->is_clear ? "its words are of" : "the domains that come nearest are");
	for (size_t i = 0; i < route->nranks && i < (route->is_clear ? 1 : DOMAINS_SHOWN); i++) {
		if (route->ranks[i].points < DOMAIN_POINTS_MIN)
			break;
		size_t n = route->ranks[i].pack->nplaybooks;

		buf_printf(&b, "%s `%s` (%s; %s)", i ? "," : "", route->ranks[i].pack->id,
		    route_says(c->a, &route->ranks[i], 3),
		    n == 0 ? "it has no playbook" : n == 1 ? "it has one playbook" : arena_printf(c->a, "it has %zu playbooks", n));
	}
	return buf_take(&b);
}

static void
say_none(struct compile *c, const struct fit *best, const struct route *route)
{
	const char *domains = domain_words(c, route);
	struct diag *g;
	const char *list = playbook_list(c);

	if (!list[0]) {
		g = diag_add(c->diags, FC0201, "no playbook is installed, so the offline planner can "
		    "plan nothing");
		diag_help(c->diags, g, "install a pack with playbooks, or give a candidate");
		return;
	}
	g = diag_add(c->diags, FC0201, "the offline planner has no playbook for this objective");
	if (best && best->nwords > 0)
		diag_note(c->diags, g, "nearest is `%s`, for the word%s %s, and nothing else speaks for "
		    "it%s; files seen: %s", best->playbook->id, best->nwords == 1 ? "" : "s",
		    list_words(c->a, best->words, best->nwords, TRIGGERS_MAX), domains, files_seen(c));
	else
		diag_note(c->diags, g, "no word of the objective is one that a playbook listens to%s; "
		    "files seen: %s", domains, files_seen(c));
	diag_help(c->diags, g, "it works without a model and can only do what a playbook says. "
	    "Write a line `playbook: <id>` to choose one:%s", list);
}

/* "playbook: <id>" in the objective settles it. NULL: no such line; *bad: a line with an unknown id. */
static const struct playbook *
playbook_named(struct compile *c, bool *bad)
{
	const char *ids[64], *at = word_find(c->in->objective, "playbook:");
	size_t n = 0, k = 0;
	const struct playbook *named;
	const char *id, *near;
	struct diag *g;

	*bad = false;
	if (!at)
		return NULL;
	at += strlen("playbook:");
	at += strspn(at, " \t`*\"");
	while (isalnum((unsigned char)at[k]) || (at[k] && strchr("._-", at[k])))
		k++;
	while (k > 0 && at[k - 1] == '.')
		k--;
	if (k == 0)
		return NULL;
	id = arena_dup(c->a, at, k);
	named = catalog_playbook(c->in->catalog, id);
	if (named && !is_denied(c, named))
		return named;
	*bad = true;
	if (named) {
		g = diag_add(c->diags, FC0604, "the profile `%s` denies the playbook `%s`", c->in->profile->id, id);
		objective_span(c, g, (size_t)(at - c->in->objective), k);
		deny_note(c, g, DISCOVER_PLAYBOOK, named->id, named->pack);
		diag_help(c->diags, g, "take the line out, name another playbook, or compile with a profile that allows it:%s",
		    playbook_list(c));
		return NULL;
	}
	for (size_t p = 0; p < c->in->catalog->npacks; p++)
		for (size_t i = 0; i < c->in->catalog->packs[p].nplaybooks && n < 64; i++)
			if (!is_denied(c, &c->in->catalog->packs[p].playbooks[i]))
				ids[n++] = c->in->catalog->packs[p].playbooks[i].id;
	near = nearest(id, ids, n);
	g = diag_add(c->diags, FC0201, "there is no playbook `%s`", id);
	objective_span(c, g, (size_t)(at - c->in->objective), k);
	if (near)
		g->sources[0].label = arena_printf(c->a, "`%s` is the nearest", near);
	diag_help(c->diags, g, "playbooks:%s", playbook_list(c));
	return NULL;
}

/* Is there a file for every required role, and an address where one is needed? */
static bool
is_fillable(struct compile *c, const struct reading *r, const struct playbook *b)
{
	for (size_t i = 0; i < b->nsettings; i++)
		if (b->settings[i].is_required && !b->settings[i].value && r->nurls == 0)
			return false;
	for (size_t i = 0; i < b->nfiles; i++) {
		const struct entity *e = catalog_entity(c->in->catalog, b->files[i].entity);
		bool is_there = !b->files[i].is_required;

		for (size_t k = 0; k < c->in->nfiles && !is_there; k++) {
			const struct file_facts *f = &c->in->files[k];
			struct entity_match m;

			if (e)
				entity_compare(c->a, f, e, &m);
			for (size_t n = 0; n < b->files[i].nkinds; n++)
				if (strcmp(b->files[i].kinds[n], kind_name(f->profile->kind)) == 0)
					is_there = !e || e->ncolumns == 0 || entity_is_full(&m);
		}
		if (!is_there)
			return false;
	}
	return true;
}

static void
say_tie(struct compile *c, const struct fit *x, const struct fit *y)
{
	struct diag *g = diag_add(c->diags, FC0202, "the objective fits `%s` and `%s` equally well",
	    x->playbook->id, y->playbook->id);

	diag_note(c->diags, g, "`%s` for %s; `%s` for %s", x->playbook->id,
	    list_words(c->a, x->words, x->nwords, TRIGGERS_MAX), y->playbook->id,
	    list_words(c->a, y->words, y->nwords, TRIGGERS_MAX));
	diag_help(c->diags, g, "name the output paths that you want, or write a line `playbook: %s` "
	    "(%s) or `playbook: %s` (%s)", x->playbook->id, x->playbook->label, y->playbook->id,
	    y->playbook->label);
}

/* The two that fit best, of one pack or (NULL) of all. */
static void
fit_best(struct compile *c, const struct reading *r, const struct pack *only, struct fit best[2])
{
	best[0] = best[1] = (struct fit){.points = -1000};
	for (size_t p = 0; p < c->in->catalog->npacks; p++)
		for (size_t i = 0; i < c->in->catalog->packs[p].nplaybooks; i++) {
			struct fit f = {.playbook = &c->in->catalog->packs[p].playbooks[i]};

			if ((only && only != &c->in->catalog->packs[p]) || is_denied(c, f.playbook))
				continue;
			fit_playbook(c, r, &f);
			if (f.points > best[0].points) {
				best[1] = best[0];
				best[0] = f;
			} else if (f.points > best[1].points) {
				best[1] = f;
			}
		}
}

/* One word is enough where all that the playbook needs is there, and too little otherwise. */
static bool
is_enough(struct compile *c, const struct reading *r, const struct fit *f)
{
	return f->playbook && f->points > 0 && f->ntriggers + f->noutputs > 0 &&
	    (f->ntriggers + 2 * f->noutputs >= 2 || is_fillable(c, r, f->playbook));
}

/* A playbook of another domain than the one that the words clearly are of needs more than words: a path that it
 * writes, or a domain that has at least half as much to say for itself. */
static bool
is_of_domain(const struct route *route, const struct fit *f)
{
	for (size_t i = 0; i < route->nranks; i++)
		if (strcmp(route->ranks[i].pack->id, f->playbook->pack) == 0)
			return !route->is_clear || f->noutputs > 0 || 2 * route->ranks[i].points >= route->ranks[0].points;
	return !route->is_clear || f->noutputs > 0;
}

/* First the domain, then the playbook; output paths say exactly what is wanted, and go before words. */
static void
fit_all(struct compile *c, const struct reading *r, const struct route *route, struct fit best[2])
{
	struct fit own[2];

	fit_best(c, r, NULL, best);
	if (!route->is_clear || route->ranks[0].pack->nplaybooks == 0)
		return;
	fit_best(c, r, route->ranks[0].pack, own);
	if (is_enough(c, r, &own[0]) && own[0].noutputs >= best[0].noutputs)
		memcpy(best, own, sizeof own);
}

const struct playbook *
playbook_choose(struct compile *c, const struct reading *r)
{
	const struct playbook *named;
	struct fit best[2];
	struct route route;
	bool bad;

	named = playbook_named(c, &bad);
	if (named || bad)
		return named;
	route_objective(c->a, route_domains(c), r->text, c->in->objective_bytes, &route);
	fit_all(c, r, &route, best);
	if (!is_enough(c, r, &best[0]) || !is_of_domain(&route, &best[0])) {
		say_none(c, best[0].playbook ? &best[0] : NULL, &route);
		return NULL;
	}
	if (best[1].playbook && best[1].points > 0 && best[0].points - best[1].points < MARGIN &&
	    best[1].ntriggers + best[1].noutputs > 0) {
		bool first = is_fillable(c, r, best[0].playbook);

		/* Words leave it open; what is there to work on may settle it. */
		if (first == is_fillable(c, r, best[1].playbook)) {
			say_tie(c, &best[0], &best[1]);
			return NULL;
		}
		if (!first)
			best[0] = best[1];
	}
	note_add(c, "The offline planner chose the playbook %s (%s): words %s%s%s.",
	    best[0].playbook->id, best[0].playbook->label,
	    list_words(c->a, best[0].words, best[0].nwords, TRIGGERS_MAX),
	    best[0].noutputs > 0 ? arena_printf(c->a, ", %u of its output paths", best[0].noutputs) : "",
	    route.is_clear && strcmp(route.ranks[0].pack->id, best[0].playbook->pack) == 0
		? arena_printf(c->a, "; the domain is %s (%d points)", route.ranks[0].pack->id, route.ranks[0].points) : "");
	return best[0].playbook;
}
