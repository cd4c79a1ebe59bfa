/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/chain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/id.h"
#include "core/jw.h"
#include "core/jx.h"
#include "receipt/receipt.h"

#define WALK_DEPTH_MAX 64
#define STEPS_MAX 10000

static const char zero_hash[SHA256_HEX] =
    "0000000000000000000000000000000000000000000000000000000000000000";

struct told_step { /* what the receipts have said about a step so far */
	const char *id;
	const char *contract_hash;
	bool is_done;
	int64_t preflight_attempt; /* 0: none is open */
	int64_t preflight_epoch;
	char preflight_sha256[SHA256_HEX];
	const struct jx *outputs; /* of the ok postflight */
};
struct telling {
	struct arena *a;
	int64_t run;
	char run_id[ID_BYTES];
	struct told_step *steps; /* [nsteps] */
	size_t nsteps;
	struct receipt_story story;
	bool is_over;
};

static bool
is_hash(const char *s)
{
	uint8_t bytes[SHA256_BYTES];
	return s && hex_parse(s, strlen(s), bytes, sizeof bytes, NULL) == 0;
}

int
receipt_chain_hash(int64_t run, const struct receipt_link *link, char out[SHA256_HEX],
    struct err *err)
{
	uint8_t prev[SHA256_BYTES], numbers[12], hash[SHA256_BYTES];
	if (hex_parse(link->prev, strlen(link->prev), prev, sizeof prev, err) < 0)
		return -1;
	for (int i = 0; i < 8; i++)
		numbers[i] = (uint8_t)((uint64_t)run >> (56 - 8 * i));
	for (int i = 0; i < 4; i++)
		numbers[8 + i] = (uint8_t)((uint64_t)link->seq >> (24 - 8 * i));
	char attempt[24];
	struct digest *d = digest_new();
	digest_add(d, prev, sizeof prev);
	digest_add(d, numbers, sizeof numbers);
	digest_add(d, link->kind, strlen(link->kind));
	digest_add(d, "\x1f", 1);
	digest_add(d, link->step ? link->step : "", link->step ? strlen(link->step) : 0);
	int n = snprintf(attempt, sizeof attempt, "\x1f%lld\x1f", (long long)link->attempt);
	digest_add(d, attempt, (size_t)n);
	digest_add(d, link->body, link->body_bytes);
	digest_finish(d, hash);
	hex_format(hash, sizeof hash, out);
	return 0;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);
	return n >= k && strcmp(s + n - k, end) == 0;
}

/* Every member that holds a hash holds one. Depth is bounded by the parser; arrays of hashes count. */
static int
check_hashes(const struct jx *v, const char *key, unsigned depth, struct err *err)
{
	if (depth > WALK_DEPTH_MAX)
		return err_set(err, E_HASH, "it is nested too deeply");
	bool wants_hash = key && (ends_with(key, "sha256") || ends_with(key, "_hash") ||
	    strcmp(key, "merkle_root") == 0);
	if (wants_hash && !jx_is(v, JX_ARRAY) && !is_hash(jx_str(v, NULL)))
		return err_set(err, E_HASH, "'%s' is not a hash", key);
	for (size_t i = 0; v->type == JX_ARRAY && i < v->u.array.n; i++)
		if (check_hashes(v->u.array.at[i], key, depth + 1, err) < 0)
			return -1;
	for (size_t i = 0; v->type == JX_OBJECT && i < v->u.object.n; i++)
		if (check_hashes(v->u.object.at[i].value, v->u.object.at[i].key, depth + 1, err) < 0)
			return -1;
	return 0;
}

static int
check_canonical(struct arena *a, const struct receipt_link *link, struct jx **out, struct err *err)
{
	struct buf b;
	buf_init(&b, a);
	if (jx_parse(a, link->body, link->body_bytes, NULL, out, err) < 0 ||
	    jw_canonical(&b, *out, err) < 0)
		return -1;
	if (b.len != link->body_bytes || memcmp(b.p, link->body, b.len) != 0)
		return err_set(err, E_HASH, "its text is not the canonical form");
	return check_hashes(*out, NULL, 0, err);
}

/* The object that says run, step, plan_hash: of a statement its predicate, or predicate.forge. */
static const struct jx *
facts_of(const struct jx *body)
{
	const struct jx *p = jx_find(body, "predicate");
	const struct jx *f = jx_find(p, "forge");
	return f ? f : p ? p : body;
}

static struct told_step *
find_step(struct telling *t, const char *id)
{
	for (size_t i = 0; id && i < t->nsteps; i++)
		if (strcmp(t->steps[i].id, id) == 0)
			return &t->steps[i];
	return NULL;
}

static int
tell_start(struct telling *t, const struct jx *body, struct err *err)
{
	const struct jx *steps = jx_find(body, "steps");
	if (!jx_is(steps, JX_ARRAY) || jx_size(steps) == 0 || jx_size(steps) > STEPS_MAX)
		return err_set(err, E_HASH, "it lists no steps");
	t->steps = ARENA_ARRAY(t->a, jx_size(steps), struct told_step);
	for (size_t i = 0; i < jx_size(steps); i++) {
		const char *id = jx_str(jx_find(jx_at(steps, i), "step_id"), NULL);
		const char *hash = jx_str(jx_find(jx_at(steps, i), "contract_hash"), NULL);
		if (!id || !is_hash(hash))
			return err_set(err, E_HASH, "step %zu of its list has no id or no hash", i + 1);
		if (find_step(t, id))
			return err_set(err, E_HASH, "it lists %s twice", id);
		t->steps[t->nsteps++] = (struct told_step){.id = id, .contract_hash = hash};
	}
	t->story.steps = t->nsteps;
	t->story.plan_hash = jx_str(jx_find(body, "plan_hash"), NULL);
	if (!is_hash(t->story.plan_hash))
		return err_set(err, E_HASH, "it has no plan hash");
	return 0;
}

static int
check_same(const struct jx *facts, const char *key, const char *want, struct err *err)
{
	const char *got = jx_str(jx_find(facts, key), NULL);
	if (!got || strcmp(got, want) != 0)
		return err_set(err, E_HASH, "%s is '%s', not '%s'", key, got ? got : "", want);
	return 0;
}

/* What a receipt of an attempt says about where it belongs. */
static int
check_belongs(const struct telling *t, const struct told_step *s, const struct receipt_link *link,
    const struct jx *facts, struct err *err)
{
	if (check_same(facts, "run", t->run_id, err) < 0 ||
	    check_same(facts, "plan_hash", t->story.plan_hash, err) < 0 ||
	    check_same(facts, "step", s->id, err) < 0 ||
	    check_same(facts, "contract_hash", s->contract_hash, err) < 0)
		return -1;
	if (jx_int(jx_find(facts, "attempt"), 0) != link->attempt)
		return err_set(err, E_HASH, "it speaks of another attempt");
	return 0;
}

/* Inputs that another step wrote are what that step's receipt says it wrote. */
static int
check_inputs(struct telling *t, const struct jx *facts, struct err *err)
{
	const struct jx *inputs = jx_find(facts, "inputs");
	for (size_t i = 0; i < jx_size(inputs); i++) {
		const struct jx *in = jx_at(inputs, i);
		const char *from = jx_str(jx_find(in, "source_step"), NULL);
		const char *path = jx_str(jx_find(in, "source_path"), "");
		const char *name = jx_str(jx_find(in, "name"), "");
		if (!from)
			continue;
		const struct told_step *source = find_step(t, from);
		if (!source || !source->is_done)
			return err_set(err, E_HASH, "input '%s' is from %s, which was not done", name,
			    from);
		const char *sha256 = NULL;
		for (size_t k = 0; k < jx_size(source->outputs); k++)
			if (jx_is_str(jx_find(jx_at(source->outputs, k), "path"), path))
				sha256 = jx_str(jx_find(jx_at(source->outputs, k), "sha256"), NULL);
		if (!sha256 || !jx_is_str(jx_find(in, "sha256"), sha256))
			return err_set(err, E_HASH, "input '%s' is not what %s wrote to '%s'", name,
			    from, path);
	}
	return 0;
}

static int
tell_preflight(struct telling *t, struct told_step *s, const struct receipt_link *link,
    const struct jx *facts, struct err *err)
{
	if (s->preflight_attempt)
		return err_set(err, E_HASH, "attempt %lld has not ended", (long long)s->preflight_attempt);
	if (check_same(facts, "dispatched_contract_hash", s->contract_hash, err) < 0 ||
	    check_inputs(t, facts, err) < 0)
		return -1;
	s->preflight_attempt = link->attempt;
	s->preflight_epoch = jx_int(jx_find(facts, "epoch"), -1);
	sha256_hex(link->body, link->body_bytes, s->preflight_sha256);
	return 0;
}

/* The preflight that a postflight names must be the one that came before it. */
static int
check_preflight_named(const struct told_step *s, const struct receipt_link *link,
    const struct jx *body, const struct jx *facts, struct err *err)
{
	const struct jx *list = jx_pointer(body, "/predicate/runDetails/byproducts");
	const char *named = NULL;
	for (size_t i = 0; i < jx_size(list); i++)
		if (jx_is_str(jx_find(jx_at(list, i), "name"), "preflight"))
			named = jx_str(jx_pointer(jx_at(list, i), "/digest/sha256"), NULL);
	if (!s->preflight_attempt && !named)
		return 0; /* refused before anything started; an ok one is asked for more below */
	if (s->preflight_attempt != link->attempt || !named ||
	    strcmp(named, s->preflight_sha256) != 0)
		return err_set(err, E_HASH, "it does not name the preflight of its attempt");
	if (jx_int(jx_find(facts, "epoch"), -2) != s->preflight_epoch)
		return err_set(err, E_HASH, "its epoch is not its preflight's");
	return 0;
}

static int
tell_postflight(struct telling *t, struct told_step *s, const struct receipt_link *link,
    const struct jx *body, const struct jx *facts, struct err *err)
{
	bool is_ok = jx_is_str(jx_find(facts, "verdict"), "ok") && !jx_find(facts, "failure");
	if (check_preflight_named(s, link, body, facts, err) < 0)
		return -1;
	t->story.attempts++;
	if (!is_ok) {
		if (!jx_find(facts, "failure"))
			return err_set(err, E_HASH, "it neither succeeded nor says how it failed");
		s->preflight_attempt = 0;
		return 0;
	}
	if (!s->preflight_attempt)
		return err_set(err, E_HASH, "it has no preflight");
	if (check_same(facts, "dispatched_contract_hash", s->contract_hash, err) < 0 ||
	    check_inputs(t, facts, err) < 0)
		return -1;
	const struct jx *outputs = jx_find(facts, "outputs"), *subject = jx_find(body, "subject");
	if (jx_size(outputs) == 0 || jx_size(outputs) != jx_size(subject))
		return err_set(err, E_HASH, "its subjects are not its outputs");
	for (size_t i = 0; i < jx_size(outputs); i++) {
		const char *sha256 = jx_str(jx_find(jx_at(outputs, i), "sha256"), "");
		if (!jx_is_str(jx_pointer(jx_at(subject, i), "/digest/sha256"), sha256))
			return err_set(err, E_HASH, "subject %zu is not output %zu", i + 1, i + 1);
	}
	s->is_done = true;
	s->preflight_attempt = 0;
	s->outputs = outputs;
	t->story.done++;
	return 0;
}

static int
tell_end(struct telling *t, const char *state, struct err *err)
{
	for (size_t i = 0; i < t->nsteps; i++) {
		if (t->steps[i].preflight_attempt)
			return err_set(err, E_HASH, "attempt %lld of %s has no end",
			    (long long)t->steps[i].preflight_attempt, t->steps[i].id);
		if (strcmp(state, "done") == 0 && !t->steps[i].is_done)
			return err_set(err, E_HASH, "the run is done, but %s is not",
			    t->steps[i].id);
	}
	t->story.state = state;
	t->is_over = true;
	return 0;
}

/* One receipt of an attempt. */
static int
tell_attempt(struct telling *t, const struct receipt_link *link, const struct jx *body,
    struct err *err)
{
	struct told_step *s = find_step(t, link->step);
	const struct jx *facts = facts_of(body);
	if (!s)
		return err_set(err, E_HASH, "the plan has no step %s", link->step);
	if (s->is_done)
		return err_set(err, E_HASH, "%s was done already", s->id);
	if (strcmp(link->kind, "gate.decided") == 0)
		return check_same(facts, "plan_hash", t->story.plan_hash, err);
	if (check_belongs(t, s, link, facts, err) < 0)
		return -1;
	if (strcmp(link->kind, "preflight") == 0)
		return tell_preflight(t, s, link, facts, err);
	if (strcmp(link->kind, "postflight") == 0)
		return tell_postflight(t, s, link, body, facts, err);
	if (strcmp(link->kind, "attempt.lost") != 0 && strcmp(link->kind, "attempt.released") != 0)
		return err_set(err, E_HASH, "there is no kind '%s'", link->kind);
	t->story.attempts++;
	s->preflight_attempt = 0;
	return 0;
}

static int
tell(struct telling *t, const struct receipt_link *link, struct err *err)
{
	struct jx *body;
	if (t->is_over)
		return err_set(err, E_HASH, "the run had ended");
	if (check_canonical(t->a, link, &body, err) < 0)
		return -1;
	bool is_start = strcmp(link->kind, "run.start") == 0;
	if (is_start != (link->seq == 1))
		return err_set(err, E_HASH, is_start ? "the run had started" : "the run has no start");
	if (is_start)
		return check_same(body, "run", t->run_id, err) < 0 ? -1 : tell_start(t, body, err);
	if (link->step)
		return tell_attempt(t, link, body, err);
	if (strncmp(link->kind, "run.", 4) != 0)
		return err_set(err, E_HASH, "there is no kind '%s' without a step", link->kind);
	if (check_same(body, "plan_hash", t->story.plan_hash, err) < 0 ||
	    check_same(body, "run", t->run_id, err) < 0)
		return -1;
	return tell_end(t, link->kind + 4, err);
}

static int
check_link(int64_t run, const struct receipt_link *link, int64_t seq, const char *prev,
    struct err *err)
{
	char hash[SHA256_HEX];
	if (link->seq != seq)
		return err_set(err, E_HASH, "receipt %lld is missing", (long long)seq);
	if (strcmp(link->prev, prev) != 0)
		return err_set(err, E_HASH, "it does not follow the one before it");
	if (receipt_chain_hash(run, link, hash, err) < 0)
		return -1;
	if (strcmp(hash, link->hash) != 0)
		return err_set(err, E_HASH, "its hash is %s, its bytes make %s", link->hash, hash);
	return 0;
}

int
receipt_chain_check(struct arena *a, int64_t run, const struct receipt_link *links, size_t n,
    struct receipt_story *out, struct err *err)
{
	struct telling t = {.a = a, .run = run, .story = {.receipts = n, .state = "running"}};
	id_format('r', run, t.run_id);
	if (n == 0)
		return err_set(err, E_HASH, "the run has no receipts");
	for (size_t i = 0; i < n; i++) {
		const struct receipt_link *l = &links[i];
		if (check_link(run, l, (int64_t)i + 1, i ? links[i - 1].hash : zero_hash, err) < 0 ||
		    tell(&t, l, err) < 0) {
			if (err)
				err->code = E_HASH; /* whatever was wrong with it, it does not prove */
			return err_wrap(err, "receipt %lld (%s%s%s)", (long long)l->seq, l->kind,
			    l->step ? " of " : "", l->step ? l->step : "");
		}
	}
	memcpy(t.story.head, links[n - 1].hash, SHA256_HEX);
	*out = t.story;
	return 0;
}

int
receipt_links_from_json(struct arena *a, const struct jx *items, struct receipt_link **out,
    size_t *n, struct err *err)
{
	if (!jx_is(items, JX_ARRAY))
		return err_set(err, E_SCHEMA, "receipts are not a list");
	struct receipt_link *links = ARENA_ARRAY(a, jx_size(items), struct receipt_link);
	for (size_t i = 0; i < jx_size(items); i++) {
		const struct jx *doc = jx_at(items, i), *body;
		struct receipt_link *l = &links[i];
		struct buf b;
		buf_init(&b, a);
		if (jx_get_int(doc, "seq", 1, INT32_MAX, &l->seq, err) < 0 ||
		    jx_get_str(doc, "kind", &l->kind, err) < 0 ||
		    jx_get_str(doc, "prev", &l->prev, err) < 0 ||
		    jx_get_str(doc, "hash", &l->hash, err) < 0 ||
		    jx_get_object(doc, "body", &body, err) < 0 || jw_canonical(&b, body, err) < 0)
			return err_wrap(err, "receipt %zu of the list", i + 1);
		l->step = jx_str(jx_find(doc, "step_id"), NULL);
		l->attempt = jx_int(jx_find(doc, "attempt"), 0);
		l->body_bytes = b.len;
		l->body = buf_take(&b);
		if (!is_hash(l->prev) || !is_hash(l->hash))
			return err_set(err, E_SCHEMA, "receipt %zu of the list has no hash", i + 1);
	}
	*out = links;
	*n = jx_size(items);
	return 0;
}
