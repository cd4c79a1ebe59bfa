/* SPDX-License-Identifier: Apache-2.0 */
/* Compile, start, follow and fetch: what `go`, `demo`, `plan` and `watch` are made of. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/http.h"
#include "cli/remote.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/rnd.h"

#define STREAM_TRIES 20 /* a stream may break (a restart of nginx); it resumes behind the last event */

/* ---- compile ------------------------------------------------------------------------------------- */

struct compile_view {
	struct cli *c;
	struct jx *last; /* the plan or diagnostics event */
};

static bool
on_compile_line(void *arg, const char *line, size_t n)
{
	struct compile_view *v = arg;
	struct jx *e;
	const char *event;

	if (n == 0 || jx_parse(v->c->a, line, n, NULL, &e, NULL) < 0)
		return true;
	event = jx_str(jx_find(e, "event"), "");
	if (strcmp(event, "pass") != 0)
		v->last = e;
	else if (!v->c->is_json && !jx_is_str(jx_find(e, "state"), "started"))
		printf("  %-10s %6" PRId64 " ms  %s\n", jx_str(jx_find(e, "name"), "?"), jx_int(jx_find(e, "ms"), 0),
		    jx_str(jx_find(e, "says"), ""));
	(void)fflush(stdout);
	return true;
}

static void
print_place(const struct jx *place)
{
	const char *file = jx_str(jx_find(place, "file"), NULL), *step = jx_str(jx_find(place, "step"), NULL);
	int64_t row = jx_int(jx_find(place, "row"), 0), column = jx_int(jx_find(place, "column"), 0);

	if (!file && !step)
		return;
	fprintf(stderr, "  --> %s", file ? file : step);
	if (row > 0)
		fprintf(stderr, ", row %" PRId64, row);
	if (column > 0)
		fprintf(stderr, ", column %" PRId64, column);
	fprintf(stderr, "\n");
}

static void
print_diagnostics(const struct jx *list)
{
	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *d = jx_at(list, i), *labels = jx_find(d, "labels");
		fprintf(stderr, "%s[%s]: %s\n", jx_str(jx_find(d, "severity"), "error"), jx_str(jx_find(d, "code"), "?"),
		    jx_str(jx_find(d, "message"), ""));
		print_place(jx_find(d, "place"));
		for (size_t k = 0; k < jx_size(labels); k++)
			fprintf(stderr, "   |  %s\n", jx_str(jx_find(jx_at(labels, k), "text"), ""));
		if (jx_str(jx_find(d, "note"), NULL))
			fprintf(stderr, "   = note: %s\n", jx_str(jx_find(d, "note"), ""));
		if (jx_str(jx_find(d, "help"), NULL))
			fprintf(stderr, "   = help: %s\n", jx_str(jx_find(d, "help"), ""));
	}
}

int
remote_compile(struct cli *c, struct http *h, const char *ws, const char *objective, const char *profile,
    const struct jx **plan, const struct jx **refused, struct err *err)
{
	struct compile_view view = {.c = c};
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "objective", objective);
	if (profile)
		jw_str(&w, "profile", profile);
	jw_end(&w);
	if (http_lines(h, &(struct http_call){.method = "POST", .path = arena_printf(c->a, "/workspaces/%s/compile", ws), .body = b.p},
		on_compile_line, &view, err) < 0)
		return err_wrap(err, "compiling");
	if (view.last && jx_is_str(jx_find(view.last, "event"), "plan")) {
		*plan = jx_find(view.last, "plan");
		return 0;
	}
	if (!view.last)
		return err_set(err, E_NET, "the compile ended without an answer; try again");
	*refused = view.last;
	if (!c->is_json)
		print_diagnostics(jx_find(view.last, "diagnostics"));
	return err_set(err, E_PLAN, "the plan was refused; see the diagnostics");
}

int
remote_start(struct cli *c, struct http *h, const char *ws, const char *plan, const char **run, struct err *err)
{
	char key[33];
	const struct jx *v;

	rnd_token(key, sizeof key - 1);
	if (http_json(h, &(struct http_call){.method = "POST", .path = arena_printf(c->a, "/workspaces/%s/plans/%s/runs", ws, plan),
		.body = "{}", .idempotency = key}, &v, err) < 0)
		return err_wrap(err, "starting the run");
	return jx_get_str(v, "id", run, err);
}

/* ---- follow -------------------------------------------------------------------------------------- */

struct run_view {
	struct cli *c;
	struct http *h;
	const char *path;          /* /workspaces/w/runs/r */
	const struct jx *run;      /* as last read */
	const char *state_shown[512];
	size_t lines_drawn;
	bool is_event_due;         /* an SSE event's blank line has come */
	char last_id[64];
	bool has_ended;
	struct err err;
};

static const char *
mark_of(const char *state)
{
	static const char *const marks[][2] = {{"done", "✓"}, {"failed", "✗"}, {"cancelled", "–"}, {"leased", "▸"}, {"gate", "?"}};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strcmp(state, marks[i][0]) == 0)
			return marks[i][1];
	return "·";
}

static void
print_step(const struct jx *s, size_t index, size_t n)
{
	const char *state = jx_str(jx_find(s, "state"), "?");
	double harness = jx_double(jx_find(s, "harness_ms"), -1), program = jx_double(jx_find(s, "program_ms"), -1);

	printf("  %s %zu/%zu %-44.44s %-9s", mark_of(state), index + 1, n, jx_str(jx_find(s, "label"), "?"),
	    strcmp(state, "leased") == 0 ? "running" : state);
	if (program >= 0 && strcmp(state, "done") == 0)
		printf(" %7.1f ms program %6.1f ms harness", program, harness);
	printf("\n");
	if (strcmp(state, "failed") == 0) {
		const struct jx *e = jx_find(s, "error");
		printf("      %s\n", jx_str(e, jx_str(jx_find(e, "message"), "no reason was recorded")));
	}
}

static bool
is_final(const char *state)
{
	return strcmp(state, "done") == 0 || strcmp(state, "failed") == 0 || strcmp(state, "cancelled") == 0;
}

/* On a terminal the whole list is redrawn in place; in a pipe each step is one line, when it ends. */
static void
draw(struct run_view *v)
{
	const struct jx *steps = jx_find(v->run, "steps");
	size_t n = jx_size(steps) < 512 ? jx_size(steps) : 512;

	if (v->c->is_json)
		return;
	if (v->c->is_tty && v->lines_drawn)
		printf("\033[%zuA\033[J", v->lines_drawn);
	v->lines_drawn = 0;
	for (size_t i = 0; i < n; i++) {
		const char *state = jx_str(jx_find(jx_at(steps, i), "state"), "?");
		bool is_news = !v->state_shown[i] || strcmp(v->state_shown[i], state) != 0;
		v->state_shown[i] = state;
		if (v->c->is_tty || (is_news && is_final(state))) {
			print_step(jx_at(steps, i), i, n);
			v->lines_drawn += strcmp(state, "failed") == 0 ? 2 : 1;
		}
	}
	(void)fflush(stdout);
}

static int
refresh(struct run_view *v)
{
	const char *state;

	if (http_get(v->h, v->path, &v->run, &v->err) < 0 || jx_get_str(v->run, "state", &state, &v->err) < 0)
		return -1;
	v->has_ended = is_final(state);
	draw(v);
	return 0;
}

/* SSE: "id:" is kept for resuming, a blank line after data makes an event; then the run is read. */
static bool
on_event_line(void *arg, const char *line, size_t n)
{
	struct run_view *v = arg;

	/* "id: r_…:17": the number behind the run is what the stream resumes behind. */
	if (n > 3 && strncmp(line, "id:", 3) == 0) {
		const char *colon = memrchr(line, ':', n);
		(void)snprintf(v->last_id, sizeof v->last_id, "%.*s", (int)(line + n - colon - 1), colon + 1);
	}
	if (n > 5 && strncmp(line, "data:", 5) == 0)
		v->is_event_due = true;
	if (n > 0 || !v->is_event_due)
		return true;
	v->is_event_due = false;
	return refresh(v) == 0 && !v->has_ended;
}

int
remote_watch(struct cli *c, struct http *h, const char *ws, const char *run, const struct jx **out, struct err *err)
{
	struct run_view v = {.c = c, .h = h, .path = arena_printf(c->a, "/workspaces/%s/runs/%s", ws, run)};
	const char *events = arena_printf(c->a, "%s/events", v.path);

	if (refresh(&v) < 0) {
		*err = v.err;
		return -1;
	}
	for (int i = 0; !v.has_ended && i < STREAM_TRIES; i++) {
		const char *at = *v.last_id ? arena_printf(c->a, "%s?last=%s", events, v.last_id) : events;
		v.err.code = E_OK;
		if (http_lines(h, &(struct http_call){.method = "GET", .path = at}, on_event_line, &v, err) < 0 &&
		    err->code != E_NET && err->code != E_DB)
			return -1;
		if (!v.has_ended && refresh(&v) < 0 && v.err.code != E_NET && v.err.code != E_DB) {
			*err = v.err;
			return -1;
		}
	}
	if (!v.has_ended)
		return err_set(err, E_NET, "the live stream broke %d times; `forgectl watch %s` goes on", STREAM_TRIES, run);
	*out = v.run;
	return 0;
}

/* ---- fetch --------------------------------------------------------------------------------------- */

int
remote_fetch(struct cli *c, struct http *h, const char *ws, const struct jx *run, const char *folder, struct err *err)
{
	const struct jx *list = jx_find(run, "deliverables");
	const char *id = jx_str(jx_find(run, "id"), "");

	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *d = jx_at(list, i);
		const char *path = jx_str(jx_find(d, "path"), ""), *want = jx_str(jx_find(d, "sha256"), NULL);
		char *local = arena_printf(c->a, "%s/%s", folder, path), *slash = strrchr(local, '/');
		char got[SHA256_HEX];
		if (!want)
			continue; /* promised, but the run ended before it was made */
		if (path[0] == '/' || strstr(path, ".."))
			return err_set(err, E_SCHEMA, "the server named a deliverable '%.100s' that would leave the folder", path);
		*slash = '\0';
		if (dir_make(local, 0755, err) < 0)
			return -1;
		*slash = '/';
		if (http_download(h, arena_printf(c->a, "/workspaces/%s/runs/%s/artifacts/%s", ws, id, http_escape(c->a, path)),
			local, got, err) < 0)
			return err_wrap(err, "'%s'", path);
		if (strcmp(got, want) != 0)
			return err_set(err, E_HASH, "'%s' came with hash %s; the run recorded %s", path, got, want);
	}
	return 0;
}

/* ---- result -------------------------------------------------------------------------------------- */

/* The three places where a step's contract hash stands: in the plan (recomputed here from the
 * contract's own text), at dispatch (what the preflight receipt commits to), in the postflight receipt. */
struct hashes {
	char planned[SHA256_HEX];
	const char *dispatched;
	const char *receipted;
};

static const char *
subject_digest(const struct jx *body, const char *name)
{
	const struct jx *subjects = jx_find(body, "subject");

	for (size_t i = 0; i < jx_size(subjects); i++)
		if (jx_is_str(jx_find(jx_at(subjects, i), "name"), name))
			return jx_str(jx_pointer(jx_at(subjects, i), "/digest/sha256"), NULL);
	return NULL;
}

static int
step_hashes(struct cli *c, const struct jx *plan, const struct jx *receipts, const char *step_id, struct hashes *out,
    struct err *err)
{
	const struct jx *steps = jx_find(plan, "steps"), *items = jx_find(receipts, "items");
	struct buf b;

	*out = (struct hashes){.dispatched = NULL};
	for (size_t i = 0; i < jx_size(steps); i++)
		if (jx_is_str(jx_find(jx_at(steps, i), "step_id"), step_id)) {
			const struct jx *contract = jx_find(jx_at(steps, i), "contract");
			buf_init(&b, c->a);
			if (!contract || jw_canonical(&b, contract, err) < 0)
				return err_set(err, E_SCHEMA, "the plan's step %s has no contract", step_id);
			sha256_hex(b.p, b.len, out->planned);
		}
	for (size_t i = 0; i < jx_size(items); i++) {
		const struct jx *r = jx_at(items, i), *body = jx_find(r, "body");
		if (!jx_is_str(jx_find(r, "step_id"), step_id))
			continue;
		if (jx_is(body, JX_STRING)) {
			struct jx *parsed;
			if (jx_parse(c->a, body->u.text.p, body->u.text.n, NULL, &parsed, err) < 0)
				return err_wrap(err, "a receipt of %s", step_id);
			body = parsed;
		}
		if (jx_is_str(jx_find(r, "kind"), "preflight"))
			out->dispatched = subject_digest(body, "contract.json");
		if (jx_is_str(jx_find(r, "kind"), "postflight"))
			out->receipted = jx_str(jx_pointer(body, "/predicate/forge/contract_hash"), NULL);
	}
	return 0;
}

/* Milliseconds as the server gave them; null for a step that never ran. */
static void
write_ms(struct jw *w, const char *key, const struct jx *v)
{
	if (jx_is(v, JX_NUMBER))
		jw_lexeme(w, key, v->u.text.p);
	else
		jw_null(w, key);
}

static bool
write_step(struct jw *w, const struct jx *s, const struct hashes *h)
{
	bool is_whole = jx_is_str(jx_find(s, "state"), "done") && h->dispatched && h->receipted &&
	                strcmp(h->planned, h->dispatched) == 0 && strcmp(h->planned, h->receipted) == 0;

	jw_object(w, NULL);
	jw_str(w, "step_id", jx_str(jx_find(s, "step_id"), NULL));
	jw_str(w, "label", jx_str(jx_find(s, "label"), NULL));
	jw_str(w, "status", jx_is_str(jx_find(s, "state"), "done") ? "succeeded" : jx_str(jx_find(s, "state"), NULL));
	jw_str(w, "contract_hash", h->planned);
	jw_str(w, "dispatched_contract_hash", h->dispatched);
	jw_str(w, "receipt_contract_hash", h->receipted);
	jw_int(w, "attempt", jx_int(jx_find(s, "attempt"), 0));
	write_ms(w, "harness_ms", jx_find(s, "harness_ms"));
	write_ms(w, "program_ms", jx_find(s, "program_ms"));
	jw_end(w);
	return is_whole;
}

static void
write_deliverables(struct jw *w, const struct jx *run, const char *folder, struct arena *a)
{
	const struct jx *list = jx_find(run, "deliverables");

	jw_array(w, "deliverables");
	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *d = jx_at(list, i);
		const char *sha = jx_str(jx_find(d, "sha256"), NULL), *path = jx_str(jx_find(d, "path"), "");
		jw_object(w, NULL);
		jw_str(w, "path", path);
		jw_str(w, "sha256", sha);
		jw_str(w, "local", sha && folder ? arena_printf(a, "%s/%s", folder, path) : NULL);
		jw_end(w);
	}
	jw_end(w);
}

/* All pages of a list, as one {"items"}. */
static int
all_receipts(struct cli *c, struct http *h, const char *path, const struct jx **out, struct err *err)
{
	const struct jx *page, *next;
	const char *after = "";
	struct jx *all;
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_array(&w, "items");
	do {
		if (http_get(h, arena_printf(c->a, "%s?limit=100%s", path, after), &page, err) < 0)
			return -1;
		for (size_t i = 0; i < jx_size(jx_find(page, "items")); i++)
			jw_value(&w, NULL, jx_at(jx_find(page, "items"), i));
		next = jx_find(page, "next");
		after = arena_printf(c->a, "&after=%s", http_escape(c->a, jx_str(next, "")));
	} while (jx_is(next, JX_STRING));
	jw_end(&w);
	jw_end(&w);
	if (jx_parse(c->a, b.p, b.len, &(struct jx_options){.bytes_max = (size_t)1 << 30}, &all, err) < 0)
		return -1;
	*out = all;
	return 0;
}

int
remote_result(struct cli *c, struct http *h, const char *ws, const struct jx *run, const char *plan_id, const char *folder,
    const char **out, bool *is_whole, int64_t *harness_ms, struct err *err)
{
	const char *id = jx_str(jx_find(run, "id"), "");
	const struct jx *plan, *receipts, *steps = jx_find(run, "steps");
	struct hashes hashes;
	double harness = 0;
	struct buf b;
	struct jw w;

	if (http_get(h, arena_printf(c->a, "/workspaces/%s/plans/%s", ws, plan_id), &plan, err) < 0 ||
	    all_receipts(c, h, arena_printf(c->a, "/workspaces/%s/runs/%s/receipts", ws, id), &receipts, err) < 0)
		return -1;
	*is_whole = jx_is_str(jx_find(run, "state"), "done");
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.result.v1");
	jw_str(&w, "run_id", id);
	jw_str(&w, "workspace_id", ws);
	jw_str(&w, "plan_id", plan_id);
	jw_str(&w, "plan_hash", jx_str(jx_find(run, "plan_hash"), NULL));
	jw_str(&w, "state", jx_str(jx_find(run, "state"), NULL));
	jw_array(&w, "steps");
	for (size_t i = 0; i < jx_size(steps); i++) {
		if (step_hashes(c, plan, receipts, jx_str(jx_find(jx_at(steps, i), "step_id"), ""), &hashes, err) < 0)
			return -1;
		*is_whole = write_step(&w, jx_at(steps, i), &hashes) && *is_whole;
		harness += jx_double(jx_find(jx_at(steps, i), "harness_ms"), 0);
	}
	jw_end(&w);
	*harness_ms = (int64_t)(harness + 0.5);
	jw_int(&w, "harness_ms_total", *harness_ms);
	write_deliverables(&w, run, folder, c->a);
	jw_end(&w);
	*out = buf_take(&b);
	return 0;
}
