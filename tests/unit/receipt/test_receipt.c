/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/id.h"
#include "core/jw.h"
#include "core/jx.h"
#include "receipt/chain.h"
#include "receipt/receipt.h"
#include "tap.h"
#include "types/profile.h"

#define RUN_NO 1234567890123
static struct arena *arena;
static char run_id[ID_BYTES];
static char plan_hash[SHA256_HEX], contract_a[SHA256_HEX], contract_b[SHA256_HEX];
static char profile_hash[SHA256_HEX], file_hash[SHA256_HEX], output_hash[SHA256_HEX];
static char empty_hash[SHA256_HEX];

/* ---- a run of two steps, chained as the database does ------------------------------------------------- */

static struct receipt_link links[16];
static size_t nlinks;

static void
rehash(size_t from)
{
	char hash[SHA256_HEX];
	struct err err;
	for (size_t i = from; i < nlinks; i++) {
		static const char zero[] =
		    "0000000000000000000000000000000000000000000000000000000000000000";
		links[i].prev = i ? links[i - 1].hash : zero;
		CHECK_INT(receipt_chain_hash(RUN_NO, &links[i], hash, &err), 0);
		links[i].hash = arena_str(arena, hash);
	}
}

static void
append(const char *kind, const char *step, int attempt, const char *body)
{
	links[nlinks] = (struct receipt_link){.seq = (int64_t)nlinks + 1, .step = step,
	    .attempt = attempt, .kind = kind, .body = body, .body_bytes = strlen(body)};
	nlinks++;
	rehash(nlinks - 1);
}

static const char *
canonical(const char *text)
{
	char *out;
	size_t n;
	struct err err;
	if (jw_canonical_text(arena, text, strlen(text), &out, &n, &err) < 0) {
		printf("# %s in %s\n", err.msg, text);
		CHECK(0);
	}
	return out;
}

static struct receipt_attempt
attempt_of(const char *step, const char *contract, int attempt, int epoch)
{
	return (struct receipt_attempt){.run = run_id, .step = step, .attempt = attempt,
	    .epoch = epoch, .plan_hash = plan_hash, .contract_hash = contract,
	    .dispatched_contract_hash = contract, .profile_sha256 = profile_hash, .runner = "here",
	    .version = "0.1.0"};
}

static struct receipt_input input;
static struct receipt_file program;
static struct artifact_profile profile;
static struct receipt_output output;
static struct receipt_stream stream;

static const char *
preflight(const struct receipt_attempt *t)
{
	struct err err;
	const char *text = NULL;
	size_t n;
	struct receipt_preflight p = {.attempt = *t, .contract_bytes = 99, .programs = &program,
	    .nprograms = 1, .inputs = &input, .ninputs = 1, .network = "none",
	    .limits = {.wall_ms = 1000, .memory_bytes = 1 << 29}, .claimed_at = "2026-01-02T03:04:05.678Z",
	    .at = "2026-01-02T03:04:05.679Z"};
	CHECK_INT(receipt_preflight_text(arena, &p, &text, &n, &err), 0);
	CHECK_INT(strlen(text), n);
	return text;
}

static const char *
postflight(const struct receipt_attempt *t, const char *preflight_text,
    const struct receipt_failure *failure)
{
	struct err err;
	const char *text = NULL;
	size_t n;
	char hash[SHA256_HEX];
	if (preflight_text)
		sha256_hex(preflight_text, strlen(preflight_text), hash);
	struct receipt_postflight p = {.attempt = *t, .preflight_sha256 = preflight_text ? hash : NULL,
	    .verdict = failure ? "exit" : "ok", .verdict_detail = "exit code 0",
	    .exit_code = failure ? 1 : 0, .programs = &program, .nprograms = 1, .inputs = &input,
	    .ninputs = 1, .outputs = &output, .noutputs = failure ? 0 : 1, .out = &stream,
	    .err = &stream, .phases = {.program = 5000, .prepare = 12}, .failure = failure,
	    .claimed_at = "2026-01-02T03:04:05.678Z", .started_at = "2026-01-02T03:04:05.700Z",
	    .ended_at = "2026-01-02T03:04:05.800Z"};
	CHECK_INT(receipt_postflight_text(arena, &p, &text, &n, &err), 0);
	return text;
}

static void
begin(void)
{
	static uint16_t key_columns[] = {0};
	static struct profile_key keys[] = {{key_columns, 1}};
	static struct column_profile columns[2];
	arena = arena_new(0);
	nlinks = 0;
	id_format('r', RUN_NO, run_id);
	sha256_hex("plan", 4, plan_hash);
	sha256_hex("a", 1, contract_a);
	sha256_hex("b", 1, contract_b);
	sha256_hex("profile", 7, profile_hash);
	sha256_hex("file", 4, file_hash);
	sha256_hex("output", 6, output_hash);
	sha256_hex("", 0, empty_hash);
	columns[0] = (struct column_profile){.name = "id", .type = COL_ID, .distinct = 3,
	    .distinct_exact = true};
	columns[1] = (struct column_profile){.name = "amount", .type = COL_DECIMAL, .nulls = 1,
	    .distinct = 2};
	profile = (struct artifact_profile){.kind = KIND_TABLE_JSON_ROWS, .sniffed = FORMAT_JSON_ROWS,
	    .bytes = 6, .parse_ok = true, .rows = 3, .pages = -1, .columns = columns, .ncolumns = 2,
	    .candidate_keys = keys, .ncandidate_keys = 1};
	input = (struct receipt_input){.name = "rows", .path = "input/rows.csv",
	    .source_path = "attachments/rows.csv", .kind = "table.csv", .sha256 = file_hash, .bytes = 4};
	program = (struct receipt_file){.path = "/skills/x/p.py", .sha256 = file_hash, .bytes = 4};
	output = (struct receipt_output){.name = "out", .path = "output/out.json",
	    .kind = "table.json_rows", .sha256 = output_hash, .bytes = 6, .profile = &profile};
	stream = (struct receipt_stream){.sha256 = empty_hash};
}

static void
end(void)
{
	arena_free(arena);
}

static const char *
start_body(void)
{
	return canonical(arena_printf(arena, "{\"schema\":\"forge.run-start.v1\",\"run\":\"%s\","
	    "\"plan_hash\":\"%s\",\"steps\":[{\"step_id\":\"ps-1-a\",\"contract_hash\":\"%s\"},"
	    "{\"step_id\":\"ps-2-b\",\"contract_hash\":\"%s\"}]}", run_id, plan_hash, contract_a,
	    contract_b));
}

static const char *
end_body(const char *state)
{
	return canonical(arena_printf(arena, "{\"schema\":\"forge.run-end.v1\",\"run\":\"%s\","
	    "\"plan_hash\":\"%s\",\"state\":\"%s\"}", run_id, plan_hash, state));
}

/* run.start; a: lost once, failed once, then done; b: reads a's output, done; run.done */
static void
whole_run(void)
{
	struct receipt_failure failure = {.class = "program", .message = "it ended with exit code 1"};
	begin();
	append("run.start", NULL, 0, start_body());
	struct receipt_attempt t = attempt_of("ps-1-a", contract_a, 1, 10);
	append("preflight", "ps-1-a", 1, preflight(&t));
	append("attempt.lost", "ps-1-a", 1, canonical(arena_printf(arena, "{\"run\":\"%s\",\"step\":"
	    "\"ps-1-a\",\"attempt\":1,\"plan_hash\":\"%s\",\"contract_hash\":\"%s\"}", run_id, plan_hash,
	    contract_a)));
	t = attempt_of("ps-1-a", contract_a, 2, 11);
	const char *pre = preflight(&t);
	append("preflight", "ps-1-a", 2, pre);
	append("postflight", "ps-1-a", 2, postflight(&t, pre, &failure));
	t = attempt_of("ps-1-a", contract_a, 3, 12);
	pre = preflight(&t);
	append("preflight", "ps-1-a", 3, pre);
	append("postflight", "ps-1-a", 3, postflight(&t, pre, NULL));
	input = (struct receipt_input){.name = "out", .path = "input/out.json",
	    .source_path = "output/out.json", .source_step = "ps-1-a", .kind = "table.json_rows",
	    .sha256 = output_hash, .bytes = 6};
	t = attempt_of("ps-2-b", contract_b, 1, 13);
	pre = preflight(&t);
	append("preflight", "ps-2-b", 1, pre);
	append("postflight", "ps-2-b", 1, postflight(&t, pre, NULL));
	append("run.done", NULL, 0, end_body("done"));
}

static void
refused(const char *words)
{
	struct receipt_story story;
	struct err err;
	CHECK_INT(receipt_chain_check(arena, RUN_NO, links, nlinks, &story, &err), -1);
	CHECK_INT(err.code, E_HASH);
	if (!strstr(err.msg, words)) {
		printf("# '%s' is not in '%s'\n", words, err.msg);
		CHECK(0);
	}
}

/* ---- behaviours ------------------------------------------------------------------------------------------ */

static void
a_sound_chain_tells_its_story(void)
{
	struct receipt_story story;
	struct err err;
	whole_run();
	if (receipt_chain_check(arena, RUN_NO, links, nlinks, &story, &err) < 0) {
		printf("# %s\n", err.msg);
		CHECK(0);
		end();
		return;
	}
	CHECK_INT(story.receipts, 10);
	CHECK_INT(story.steps, 2);
	CHECK_INT(story.done, 2);
	CHECK_INT(story.attempts, 4);
	CHECK_STR(story.state, "done");
	CHECK_STR(story.plan_hash, plan_hash);
	CHECK_STR(story.head, links[nlinks - 1].hash);
	nlinks = 8; /* a run under way is sound, too */
	CHECK_INT(receipt_chain_check(arena, RUN_NO, links, nlinks, &story, &err), 0);
	CHECK_STR(story.state, "running");
	CHECK_INT(story.done, 1);
	end();
}

static void
every_changed_character_is_noticed(void)
{
	struct receipt_story story;
	struct err err;
	whole_run();
	for (size_t i = 0; i < nlinks; i++) {
		const char *body = links[i].body;
		for (size_t k = 0; k < links[i].body_bytes; k += 37) {
			char *changed = arena_dup(arena, body, links[i].body_bytes);
			changed[k] = changed[k] == 'x' ? 'y' : 'x';
			links[i].body = changed;
			CHECK_INT(receipt_chain_check(arena, RUN_NO, links, nlinks, &story, &err), -1);
			CHECK_INT(err.code, E_HASH);
		}
		links[i].body = body;
	}
	CHECK_INT(receipt_chain_check(arena, RUN_NO + 1, links, nlinks, &story, &err), -1);
	CHECK_INT(receipt_chain_check(arena, RUN_NO, links, nlinks, &story, &err), 0);
	end();
}

/* Replace a body by one with some words changed, and hash the chain anew: a forger's work. */
static void
forge_body(size_t i, const char *from, const char *to)
{
	const char *at = strstr(links[i].body, from);
	if (!at) {
		printf("# '%s' is not in receipt %zu\n", from, i + 1);
		CHECK(0);
		return;
	}
	links[i].body = arena_printf(arena, "%.*s%s%s", (int)(at - links[i].body), links[i].body, to,
	    at + strlen(from));
	links[i].body_bytes = strlen(links[i].body);
	rehash(i);
}

static void
a_chain_rehashed_by_a_forger_does_not_add_up(void)
{
	whole_run();
	forge_body(6, output_hash, file_hash); /* one of the places where a's output is named */
	refused("receipt 7 (postflight of ps-1-a)");
	end();
	whole_run();
	forge_body(3, "\"epoch\":11", "\"epoch\":99");
	refused("it does not name the preflight of its attempt");
	end();
	whole_run();
	forge_body(8, "\"verdict\":\"ok\"", "\"verdict\":\"oom\"");
	refused("it neither succeeded nor says how it failed");
	end();
	whole_run();
	forge_body(7, contract_b, contract_a);
	refused("receipt 8 (preflight of ps-2-b)");
	end();
	whole_run();
	forge_body(9, plan_hash, file_hash);
	refused("receipt 10 (run.done): plan_hash is");
	end();
	whole_run();
	forge_body(9, "{", "{ ");
	refused("its text is not the canonical form");
	end();
	whole_run();
	char quoted[80];
	(void)snprintf(quoted, sizeof quoted, "\"%s\"", empty_hash);
	forge_body(8, quoted, "null");
	refused("'sha256' is not a hash");
	end();
}

static void
what_another_step_read_must_be_what_was_written(void)
{
	whole_run();
	nlinks = 7;
	input.sha256 = file_hash;
	struct receipt_attempt t = attempt_of("ps-2-b", contract_b, 1, 13);
	append("preflight", "ps-2-b", 1, preflight(&t));
	refused("input 'out' is not what ps-1-a wrote to 'output/out.json'");
	end();
}

static void
missing_repeated_and_misplaced_receipts_are_noticed(void)
{
	whole_run();
	memmove(&links[4], &links[5], 5 * sizeof links[0]);
	nlinks--;
	refused("receipt 5 is missing");
	end();
	whole_run();
	nlinks = 7;
	append("run.done", NULL, 0, end_body("done"));
	refused("the run is done, but ps-2-b is not");
	end();
	whole_run();
	append("run.done", NULL, 0, end_body("done"));
	refused("the run had ended");
	end();
	whole_run();
	nlinks = 7;
	append("preflight", "ps-1-a", 4, links[5].body);
	refused("ps-1-a was done already");
	end();
	whole_run();
	nlinks = 1;
	struct receipt_attempt t = attempt_of("ps-1-a", contract_a, 1, 10);
	append("postflight", "ps-1-a", 1, postflight(&t, NULL, NULL));
	refused("it has no preflight");
	nlinks = 1;
	append("preflight", "ps-9-z", 1, preflight(&t));
	refused("the plan has no step ps-9-z");
	links[0].kind = "run.begin";
	nlinks = 1;
	rehash(0);
	refused("the run has no start");
	end();
}

static void
an_attempt_refused_before_its_start_needs_no_preflight(void)
{
	struct receipt_failure failure = {.class = "hash", .message = "the contract was changed"};
	struct receipt_story story;
	struct err err;
	begin();
	append("run.start", NULL, 0, start_body());
	struct receipt_attempt t = attempt_of("ps-1-a", contract_a, 1, 1);
	t.dispatched_contract_hash = contract_b;
	append("postflight", "ps-1-a", 1, postflight(&t, NULL, &failure));
	append("run.failed", NULL, 0, end_body("failed"));
	CHECK_INT(receipt_chain_check(arena, RUN_NO, links, nlinks, &story, &err), 0);
	CHECK_STR(story.state, "failed");
	CHECK_INT(story.attempts, 1);
	CHECK_INT(story.done, 0);
	end();
}

static void
links_come_back_from_the_api(void)
{
	struct err err;
	struct receipt_link *read = NULL;
	struct receipt_story story;
	struct jx *items;
	size_t n = 0;
	whole_run();
	const char *text = "[";
	for (size_t i = 0; i < nlinks; i++) {
		const struct receipt_link *l = &links[i];
		const char *step = l->step ? arena_printf(arena, "\"%s\"", l->step) : "null";
		const char *attempt =
		    l->attempt ? arena_printf(arena, "%lld", (long long)l->attempt) : "null";
		text = arena_printf(arena, "%s%s{\"seq\":%lld,\"kind\":\"%s\",\"prev\":\"%s\",\"hash\":\"%s\","
		    "\"step_id\":%s,\"attempt\":%s,\"at\":\"2026-01-02T03:04:05.678Z\",\"body\":%s}", text,
		    i ? "," : "", (long long)l->seq, l->kind, l->prev, l->hash, step, attempt, l->body);
	}
	text = arena_printf(arena, "%s]", text);
	CHECK_INT(jx_parse(arena, text, strlen(text), NULL, &items, &err), 0);
	CHECK_INT(receipt_links_from_json(arena, items, &read, &n, &err), 0);
	CHECK_INT(n, nlinks);
	CHECK_INT(receipt_chain_check(arena, RUN_NO, read, n, &story, &err), 0);
	end();
}

static void
receipts_have_the_shape_that_readers_expect(void)
{
	struct err err;
	struct jx *doc;
	struct receipt_row row = {.row = 4, .column = "amount", .value = "12,5O", .message = "a decimal"};
	struct receipt_failure failure = {.class = "contract", .message = "row 4 …", .is_retryable = true,
	    .place = {.file = "output/out.json", .row = 4}, .rows = &row, .nrows = 1, .rows_total = 7};
	begin();
	struct receipt_attempt t = attempt_of("ps-1-a", contract_a, 2, 11);
	const char *pre = preflight(&t);
	CHECK_INT(jx_parse(arena, pre, strlen(pre), NULL, &doc, &err), 0);
	CHECK(jx_is_str(jx_find(doc, "_type"), "https://in-toto.io/Statement/v1"));
	CHECK(jx_is_str(jx_pointer(doc, "/subject/0/digest/sha256"), contract_a));
	CHECK(jx_is_str(jx_pointer(doc, "/subject/1/name"), "/skills/x/p.py"));
	CHECK(jx_is_str(jx_pointer(doc, "/predicate/contract_hash"), contract_a));
	CHECK_INT(jx_int(jx_pointer(doc, "/predicate/epoch"), 0), 11);
	CHECK_INT(jx_int(jx_pointer(doc, "/predicate/sandbox/memory_bytes"), 0), 1 << 29);
	const char *ok = postflight(&t, pre, NULL);
	CHECK_INT(jx_parse(arena, ok, strlen(ok), NULL, &doc, &err), 0);
	CHECK_STR(canonical(ok), ok);
	CHECK(jx_is_str(jx_find(doc, "predicateType"), "https://slsa.dev/provenance/v1"));
	CHECK(jx_is_str(jx_pointer(doc, "/subject/0/name"), "output/out.json"));
	const struct jx *f = jx_pointer(doc, "/predicate/forge");
	CHECK(jx_is_str(jx_find(f, "schema"), "forge.postflight.v1"));
	CHECK_INT(jx_int(jx_pointer(f, "/outputs/0/rows"), 0), 3);
	CHECK(jx_is_str(jx_pointer(f, "/outputs/0/candidate_keys/0/0"), "id"));
	CHECK(jx_is_str(jx_pointer(f, "/outputs/0/columns/1/type"), "decimal"));
	CHECK(jx_bool(jx_pointer(f, "/outputs/0/columns/1/distinct_at_least"), false));
	CHECK_INT(jx_int(jx_pointer(f, "/harness_us/program"), 0), 5000);
	CHECK(jx_find(f, "failure") == NULL);
	const char *bad = postflight(&t, pre, &failure);
	CHECK_INT(jx_parse(arena, bad, strlen(bad), NULL, &doc, &err), 0);
	f = jx_pointer(doc, "/predicate/forge/failure");
	CHECK(jx_is_str(jx_find(f, "class"), "contract"));
	CHECK_INT(jx_int(jx_pointer(f, "/place/row"), 0), 4);
	CHECK_INT(jx_int(jx_find(f, "rows_total"), 0), 7);
	CHECK(jx_is_str(jx_pointer(f, "/rows/0/value"), "12,5O"));
	CHECK(jx_is_str(jx_pointer(doc, "/subject/0/digest/sha256"), contract_a));
	end();
}

int
main(void)
{
	RUN(receipts_have_the_shape_that_readers_expect);
	RUN(a_sound_chain_tells_its_story);
	RUN(every_changed_character_is_noticed);
	RUN(a_chain_rehashed_by_a_forger_does_not_add_up);
	RUN(what_another_step_read_must_be_what_was_written);
	RUN(missing_repeated_and_misplaced_receipts_are_noticed);
	RUN(an_attempt_refused_before_its_start_needs_no_preflight);
	RUN(links_come_back_from_the_api);
	return tap_done();
}
