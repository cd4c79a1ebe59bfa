/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/contract.h"

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "tap.h"

static const char text[] =
    "{\"schema\":\"forge.contract.v1\",\"step_id\":\"ps-1-join\",\"index\":1,\"key\":\"join\",\"label\":\"Join\","
    "\"objective\":\"MUST join\",\"policy\":\"strict.fail-closed.v1\",\"packs\":[],\"workflow\":[],"
    "\"depends_on\":[\"ps-0-read\"],"
    "\"inputs\":[{\"slot\":\"raw_files\",\"name\":\"a\",\"path\":\"input/a.csv\",\"kind\":\"table.csv\","
    "\"entity\":\"x.a\",\"artifact_profile\":\"x.table.csv.a.v1\",\"rank\":1,\"adapter\":null,\"required\":true,"
    "\"source\":{\"type\":\"file\",\"path\":\"attachments/a.csv\",\"sha256\":"
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"bytes\":\"1234\"}},"
    "{\"slot\":\"raw_files\",\"name\":\"b\",\"path\":\"input/b.json\",\"kind\":\"object.json\",\"entity\":null,"
    "\"artifact_profile\":\"generic.object.json.raw_files.v1\",\"rank\":2,\"adapter\":null,\"required\":false,"
    "\"source\":{\"type\":\"step\",\"step_id\":\"ps-0-read\",\"name\":\"d\",\"path\":\"output/d.json\"}}],"
    "\"outputs\":[{\"slot\":\"joined_rows\",\"name\":\"j\",\"path\":\"output/j.json\",\"kind\":\"table.json_rows\","
    "\"entity\":null,\"artifact_profile\":\"p\",\"role\":\"primary\",\"label\":\"J\",\"deliverable\":true,"
    "\"grain\":null,\"json_schema\":{\"type\":\"array\"}}],\"criteria\":[],"
    "\"execution\":{\"backend\":\"code.execute\",\"routing_reason\":\"r\",\"argv\":[\"/usr/bin/python3\","
    "\"/skills/x/j.py\"],\"files\":[{\"path\":\"/skills/x/j.py\",\"sha256\":"
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"bytes\":\"0\"}],\"fetch\":null,"
    "\"params\":{\"k\":1},\"limits\":{\"wall_ms\":\"60000\",\"cpu_ms\":\"60000\",\"memory_bytes\":\"536870912\","
    "\"pids\":\"64\",\"output_bytes\":\"268435456\",\"output_files\":\"256\",\"work_bytes\":\"268435456\","
    "\"stdio_bytes\":\"1048576\"}},"
    "\"repair\":{\"strategy\":\"retry\",\"max_retries\":1,\"immutable_output_bindings\":true},"
    "\"grants\":{\"tools\":[],\"skills\":[],\"egress\":[{\"scheme\":\"http\",\"host\":\"127.0.0.1\",\"port\":9,"
    "\"method\":\"GET\",\"path\":\"/u/*\",\"query\":\"\",\"calls\":\"100\",\"bytes\":\"16777216\",\"private\":true}],"
    "\"model_calls\":0},\"gate\":null,\"certificate\":{\"bounds\":[]}}";

static void
every_part_is_read(void)
{
	struct arena *a = arena_new(0);
	struct contract c;
	struct err err;

	CHECK_INT(contract_parse(a, text, strlen(text), &c, &err), 0);
	CHECK_STR(c.step_id, "ps-1-join");
	CHECK_INT(c.index, 1);
	CHECK_INT(c.ndepends_on, 1);
	CHECK_STR(c.depends_on[0], "ps-0-read");
	CHECK_INT(c.ninputs, 2);
	CHECK_INT(c.inputs[0].source, SOURCE_FILE);
	CHECK_INT(c.inputs[0].source_bytes, 1234);
	CHECK_STR(c.inputs[0].entity, "x.a");
	CHECK_INT(c.inputs[1].source, SOURCE_STEP);
	CHECK_STR(c.inputs[1].source_step_id, "ps-0-read");
	CHECK_STR(c.inputs[1].source_name, "d");
	CHECK(!c.inputs[1].entity);
	CHECK(!c.inputs[1].is_required);
	CHECK_INT(c.noutputs, 1);
	CHECK(c.outputs[0].is_deliverable);
	CHECK(!c.outputs[0].grain);
	CHECK(c.outputs[0].json_schema);
	CHECK_INT(c.backend, BACKEND_CODE_EXECUTE);
	CHECK_INT(c.argc, 2);
	CHECK(!c.argv[2]);
	CHECK_INT(c.nfiles, 1);
	CHECK_STR(c.files[0].path, "/skills/x/j.py");
	CHECK_INT(c.limits.memory_bytes, 536870912);
	CHECK_INT(c.limits.stdio_bytes, 1048576);
	CHECK_INT(c.max_retries, 1);
	CHECK_INT(c.negress, 1);
	CHECK_INT(c.egress[0].port, 9);
	CHECK(c.egress[0].is_private);
	CHECK(!c.gate);
	CHECK_INT(jx_int(jx_find(c.params, "k"), 0), 1);
	arena_free(a);
}

static void
the_hash_is_of_the_canonical_text(void)
{
	struct arena *a = arena_new(0);
	struct contract c, d;
	char *spaced = arena_printf(a, " %s\n", text);
	struct err err;

	CHECK_INT(contract_parse(a, text, strlen(text), &c, &err), 0);
	CHECK_INT(contract_check(a, spaced, strlen(spaced), c.hash, &d, &err), 0);
	CHECK_STR(d.hash, c.hash);
	arena_free(a);
}

/* Whatever byte is changed: not JSON any more, not a contract any more, or another hash. */
static void
no_byte_can_change_unnoticed(void)
{
	struct arena *a = arena_new(0);
	size_t n = strlen(text), same = 0;
	struct contract c;
	char hash[SHA256_HEX];
	struct err err;

	CHECK_INT(contract_parse(a, text, n, &c, &err), 0);
	memcpy(hash, c.hash, sizeof hash);
	for (size_t i = 0; i < n; i++) {
		struct arena *b = arena_new(0);
		char *copy = arena_dup(b, text, n);

		copy[i] = (char)(copy[i] ^ 1);
		same += contract_check(b, copy, n, hash, &c, &err) == 0;
		arena_free(b);
	}
	CHECK_INT(same, 0);
	arena_free(a);
}

static const char *
replaced(struct arena *a, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	CHECK(at != NULL);
	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void
a_contract_out_of_form_is_refused_by_name(void)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
	    {"forge.contract.v1", "forge.contract.v2", "forge.contract.v1"},
	    {"\"objective\":\"MUST join\",", "", "objective"},
	    {"\"rank\":1", "\"rank\":5", "rank"},
	    {"input/a.csv", "input/../a.csv", "leads out of the workspace"},
	    {"input/a.csv", "other/a.csv", "not below input/"},
	    {"\"path\":\"output/j.json\"", "\"path\":\"/etc/passwd\"", "begins with '/'"},
	    {"\"bytes\":\"1234\"", "\"bytes\":1234", "bytes"},
	    {"\"bytes\":\"1234\"", "\"bytes\":\"99999999999999999999\"", "bytes"},
	    {"\"sha256\":\"e3b0", "\"sha256\":\"E3b0", "lower-case hex"},
	    {"\"type\":\"file\"", "\"type\":\"url\"", "neither file nor step"},
	    {"code.execute", "shell", "there is no backend 'shell'"},
	    {"[\"/usr/bin/python3\",\"/skills/x/j.py\"]", "[]", "needs an argv"},
	    {"\"fetch\":null", "\"fetch\":{}", "takes no fetch"},
	    {"\"wall_ms\":\"60000\"", "\"wall_ms\":\"-1\"", "wall_ms"},
	    {"\"/skills/x/j.py\",\"sha256\"", "\"/skills/../j.py\",\"sha256\"", "not below /skills/"},
	    {"\"port\":9", "\"port\":0", "port"},
	    {"\"max_retries\":1", "\"max_retries\":99", "max_retries"},
	    {"\"outputs\":[{", "\"outputs\":[],\"x\":[{", "no outputs"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena *a = arena_new(0);
		const char *t = replaced(a, cases[i].from, cases[i].to);
		struct contract c;
		struct err err = {0};

		CHECK_INT(contract_parse(a, t, strlen(t), &c, &err), -1);
		if (err.code != E_SCHEMA || !strstr(err.msg, cases[i].says))
			printf("# %zu: %s %s\n", i, err_name(err.code), err.msg);
		CHECK_INT(err.code, E_SCHEMA);
		CHECK(strstr(err.msg, cases[i].says));
		arena_free(a);
	}
}

static void
the_plan_hash_is_the_merkle_root(void)
{
	/* RFC 6962: two leaves "contract", "profile" -> SHA-256(1 | SHA-256(0|c) | SHA-256(0|p)). */
	static const char c1[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	static const char p1[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct arena *a = arena_new(0);
	const char *hashes[] = {c1};
	uint8_t leaf[33] = {0}, node[65] = {1};
	char want[SHA256_HEX], got[SHA256_HEX];
	struct err err;

	CHECK_INT(hex_parse(c1, 64, leaf + 1, 32, &err), 0);
	sha256(leaf, 33, node + 1);
	CHECK_INT(hex_parse(p1, 64, leaf + 1, 32, &err), 0);
	sha256(leaf, 33, node + 33);
	sha256_hex(node, 65, want);
	CHECK_INT(plan_hash_of(a, hashes, 1, p1, got, &err), 0);
	CHECK_STR(got, want);
	hashes[0] = "zz";
	CHECK_INT(plan_hash_of(a, hashes, 1, p1, got, &err), -1);
	arena_free(a);
}

static void
paths_stay_below_the_workspace(void)
{
	static const char *const good[] = {"a", "output/a.json", "reports/März 2026.html", "a-b/c_d/e.f"};
	static const struct {
		const char *path, *says;
	} bad[] = {
	    {"", "empty"}, {"/a", "begins with '/'"}, {"a//b", "empty part"}, {"a/", "empty part"},
	    {"../a", "'..'"}, {"a/../b", "'..'"}, {"a/./b", "begins with '.'"},
	    {".ssh/x", "begins with '.'"}, {"a/.b", "begins with '.'"}, {"a\\b", "place 2"},
	    {"a\nb", "place 2"}, {"c:a", "place 2"}, {"a\xff", "not UTF-8"},
	};
	char longest[300];
	struct err err;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		CHECK_INT(plan_path_check(good[i], &err), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_INT(plan_path_check(bad[i].path, &err), -1);
		CHECK(strstr(err.msg, bad[i].says));
	}
	memset(longest, 'a', sizeof longest);
	longest[240] = '\0';
	CHECK_INT(plan_path_check(longest, &err), 0);
	longest[240] = 'a';
	longest[241] = '\0';
	CHECK_INT(plan_path_check(longest, &err), -1);
}

int
main(void)
{
	RUN(every_part_is_read);
	RUN(the_hash_is_of_the_canonical_text);
	RUN(no_byte_can_change_unnoticed);
	RUN(a_contract_out_of_form_is_refused_by_name);
	RUN(the_plan_hash_is_the_merkle_root);
	RUN(paths_stay_below_the_workspace);
	return tap_done();
}
