/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/contract.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "core/utf8.h"

#define CONTRACT_BYTES_MAX (8u << 20)
#define PATH_BYTES_MAX 240

/* A number that the contract writes as a string, so that no reader takes it through a double. */
static int
get_u64(const struct jx *o, const char *key, uint64_t *out, struct err *err)
{
	const char *s;

	if (jx_get_str(o, key, &s, err) < 0)
		return -1;
	if (num_u64(s, strlen(s), INT64_MAX, out, err) < 0) {
		err_wrap(err, "'%s'", key);
		if (err)
			err->code = E_SCHEMA;
		return -1;
	}
	return 0;
}

static int
get_sha(const struct jx *o, const char *key, const char **out, struct err *err)
{
	uint8_t bytes[SHA256_BYTES];
	const char *s;

	if (jx_get_str(o, key, &s, err) < 0)
		return -1;
	if (hex_parse(s, strlen(s), bytes, sizeof bytes, NULL) < 0)
		return err_set(err, E_SCHEMA, "'%s' is not 64 lower-case hex digits", key);
	*out = s;
	return 0;
}

/* A value that may be null: *out is NULL then. */
static const struct jx *
not_null(const struct jx *o, const char *key)
{
	const struct jx *v = jx_find(o, key);

	return jx_is(v, JX_NULL) ? NULL : v;
}

static int
get_path(const struct jx *o, const char *key, const char **out, struct err *err)
{
	if (jx_get_str(o, key, out, err) < 0)
		return -1;
	if (plan_path_check(*out, err) < 0) {
		if (err)
			err->code = E_SCHEMA;
		return -1;
	}
	return 0;
}

static int
get_strings(struct arena *a, const struct jx *o, const char *key, const char *const **out,
    size_t *n, struct err *err)
{
	const struct jx *array;
	const char **list;

	if (jx_get_array(o, key, &array, err) < 0)
		return -1;
	list = ARENA_ARRAY(a, jx_size(array) + 1, const char *);
	for (size_t i = 0; i < jx_size(array); i++) {
		if (!jx_is(jx_at(array, i), JX_STRING))
			return err_set(err, E_SCHEMA, "'%s' has an element that is not a string",
			    key);
		list[i] = jx_at(array, i)->u.text.p;
	}
	*out = list;
	*n = jx_size(array);
	return 0;
}

static int
read_source(const struct jx *doc, struct contract_input *out, struct err *err)
{
	const struct jx *source;
	const char *type;

	if (jx_get_object(doc, "source", &source, err) < 0 ||
	    jx_get_str(source, "type", &type, err) < 0 ||
	    get_path(source, "path", &out->source_path, err) < 0)
		return -1;
	if (strcmp(type, "file") == 0) {
		out->source = SOURCE_FILE;
		return get_sha(source, "sha256", &out->source_sha256, err) < 0 ||
		    get_u64(source, "bytes", &out->source_bytes, err) < 0 ? -1 : 0;
	}
	if (strcmp(type, "step") == 0) {
		out->source = SOURCE_STEP;
		return jx_get_str(source, "step_id", &out->source_step_id, err) < 0 ||
		    jx_get_str(source, "name", &out->source_name, err) < 0 ? -1 : 0;
	}
	return err_set(err, E_SCHEMA, "source type '%s' is neither file nor step", type);
}

static int
read_input(const struct jx *doc, struct contract_input *out, struct err *err)
{
	int64_t rank;

	if (jx_get_str(doc, "slot", &out->slot, err) < 0 ||
	    jx_get_str(doc, "name", &out->name, err) < 0 ||
	    get_path(doc, "path", &out->path, err) < 0 ||
	    jx_get_str(doc, "kind", &out->kind, err) < 0 ||
	    jx_get_str(doc, "artifact_profile", &out->artifact_profile, err) < 0 ||
	    jx_get_int(doc, "rank", 1, 4, &rank, err) < 0 ||
	    jx_get_bool(doc, "required", &out->is_required, err) < 0)
		return -1;
	out->rank = (unsigned)rank;
	out->entity = jx_str(not_null(doc, "entity"), NULL);
	if (strncmp(out->path, "input/", 6) != 0)
		return err_set(err, E_SCHEMA, "input path '%s' is not below input/", out->path);
	return read_source(doc, out, err);
}

static int
read_output(const struct jx *doc, struct contract_output *out, struct err *err)
{
	if (jx_get_str(doc, "slot", &out->slot, err) < 0 ||
	    jx_get_str(doc, "name", &out->name, err) < 0 ||
	    get_path(doc, "path", &out->path, err) < 0 ||
	    jx_get_str(doc, "kind", &out->kind, err) < 0 ||
	    jx_get_str(doc, "artifact_profile", &out->artifact_profile, err) < 0 ||
	    jx_get_str(doc, "role", &out->role, err) < 0 ||
	    jx_get_str(doc, "label", &out->label, err) < 0 ||
	    jx_get_bool(doc, "deliverable", &out->is_deliverable, err) < 0)
		return -1;
	out->entity = jx_str(not_null(doc, "entity"), NULL);
	out->grain = not_null(doc, "grain");
	out->json_schema = not_null(doc, "json_schema");
	return 0;
}

static int
read_files(struct arena *a, const struct jx *execution, struct contract *out, struct err *err)
{
	const struct jx *files;
	struct contract_file *f;

	if (jx_get_array(execution, "files", &files, err) < 0)
		return -1;
	f = ARENA_ARRAY(a, jx_size(files), struct contract_file);
	for (size_t i = 0; i < jx_size(files); i++) {
		const struct jx *doc = jx_at(files, i);

		if (jx_get_str(doc, "path", &f[i].path, err) < 0 ||
		    get_sha(doc, "sha256", &f[i].sha256, err) < 0 ||
		    get_u64(doc, "bytes", &f[i].bytes, err) < 0)
			return err_wrap(err, "execution.files[%zu]", i);
		if (strncmp(f[i].path, "/skills/", 8) != 0 ||
		    plan_path_check(f[i].path + 1, NULL) < 0)
			return err_set(err, E_SCHEMA, "program '%s' is not below /skills/",
			    f[i].path);
	}
	out->files = f;
	out->nfiles = jx_size(files);
	return 0;
}

static int
read_limits(const struct jx *execution, struct contract_limits *out, struct err *err)
{
	const struct jx *limits;

	if (jx_get_object(execution, "limits", &limits, err) < 0)
		return -1;
	return get_u64(limits, "wall_ms", &out->wall_ms, err) < 0 ||
	    get_u64(limits, "cpu_ms", &out->cpu_ms, err) < 0 ||
	    get_u64(limits, "memory_bytes", &out->memory_bytes, err) < 0 ||
	    get_u64(limits, "pids", &out->pids, err) < 0 ||
	    get_u64(limits, "output_bytes", &out->output_bytes, err) < 0 ||
	    get_u64(limits, "output_files", &out->output_files, err) < 0 ||
	    get_u64(limits, "work_bytes", &out->work_bytes, err) < 0 ||
	    get_u64(limits, "stdio_bytes", &out->stdio_bytes, err) < 0 ? -1 : 0;
}

static int
read_execution(struct arena *a, const struct jx *doc, struct contract *out, struct err *err)
{
	const struct jx *x;
	const char *backend;

	if (jx_get_object(doc, "execution", &x, err) < 0 ||
	    jx_get_str(x, "backend", &backend, err) < 0 ||
	    jx_get_str(x, "routing_reason", &out->routing_reason, err) < 0 ||
	    get_strings(a, x, "argv", &out->argv, &out->argc, err) < 0 ||
	    jx_get_object(x, "params", &out->params, err) < 0 ||
	    read_files(a, x, out, err) < 0 || read_limits(x, &out->limits, err) < 0)
		return -1;
	out->fetch = not_null(x, "fetch");
	if (strcmp(backend, "code.execute") == 0)
		out->backend = BACKEND_CODE_EXECUTE;
	else if (strcmp(backend, "tool_loop") == 0)
		out->backend = BACKEND_TOOL_LOOP;
	else
		return err_set(err, E_SCHEMA, "there is no backend '%s'", backend);
	if ((out->backend == BACKEND_CODE_EXECUTE) != (out->argc > 0))
		return err_set(err, E_SCHEMA, "backend %s %s", backend,
		    out->argc > 0 ? "takes no argv" : "needs an argv");
	if ((out->backend == BACKEND_TOOL_LOOP) != (out->fetch != NULL))
		return err_set(err, E_SCHEMA, "backend %s %s", backend,
		    out->fetch ? "takes no fetch" : "needs a fetch");
	return 0;
}

static int
read_egress_rule(const struct jx *doc, struct egress_rule *out, struct err *err)
{
	int64_t port;

	if (jx_get_str(doc, "scheme", &out->scheme, err) < 0 ||
	    jx_get_str(doc, "host", &out->host, err) < 0 ||
	    jx_get_int(doc, "port", 1, 65535, &port, err) < 0 ||
	    jx_get_str(doc, "method", &out->method, err) < 0 ||
	    jx_get_str(doc, "path", &out->path, err) < 0 ||
	    jx_get_str(doc, "query", &out->query, err) < 0 ||
	    get_u64(doc, "calls", &out->calls_max, err) < 0 ||
	    get_u64(doc, "bytes", &out->bytes_max, err) < 0 ||
	    jx_get_bool(doc, "private", &out->is_private, err) < 0)
		return -1;
	out->port = (uint16_t)port;
	return 0;
}

static int
read_grants(struct arena *a, const struct jx *doc, struct contract *out, struct err *err)
{
	const struct jx *grants, *egress, *repair;
	struct egress_rule *rules;
	int64_t retries;

	if (jx_get_object(doc, "grants", &grants, err) < 0 ||
	    jx_get_array(grants, "egress", &egress, err) < 0 ||
	    jx_get_object(doc, "repair", &repair, err) < 0 ||
	    jx_get_int(repair, "max_retries", 0, 10, &retries, err) < 0)
		return -1;
	out->max_retries = (unsigned)retries;
	rules = ARENA_ARRAY(a, jx_size(egress), struct egress_rule);
	for (size_t i = 0; i < jx_size(egress); i++)
		if (read_egress_rule(jx_at(egress, i), &rules[i], err) < 0)
			return err_wrap(err, "grants.egress[%zu]", i);
	out->egress = rules;
	out->negress = jx_size(egress);
	return 0;
}

static int
read_ends(struct arena *a, const struct jx *doc, struct contract *out, struct err *err)
{
	const struct jx *inputs, *outputs;
	struct contract_input *in;
	struct contract_output *o;

	if (jx_get_array(doc, "inputs", &inputs, err) < 0 ||
	    jx_get_array(doc, "outputs", &outputs, err) < 0 ||
	    jx_get_array(doc, "criteria", &out->criteria, err) < 0)
		return -1;
	in = ARENA_ARRAY(a, jx_size(inputs), struct contract_input);
	for (size_t i = 0; i < jx_size(inputs); i++)
		if (read_input(jx_at(inputs, i), &in[i], err) < 0)
			return err_wrap(err, "inputs[%zu]", i);
	o = ARENA_ARRAY(a, jx_size(outputs), struct contract_output);
	for (size_t i = 0; i < jx_size(outputs); i++)
		if (read_output(jx_at(outputs, i), &o[i], err) < 0)
			return err_wrap(err, "outputs[%zu]", i);
	if (jx_size(outputs) == 0)
		return err_set(err, E_SCHEMA, "the contract has no outputs");
	out->inputs = in;
	out->ninputs = jx_size(inputs);
	out->outputs = o;
	out->noutputs = jx_size(outputs);
	return 0;
}

int
contract_parse(struct arena *a, const char *text, size_t n, struct contract *out, struct err *err)
{
	struct jx_options opt = {.bytes_max = CONTRACT_BYTES_MAX};
	struct contract c = {.text = text, .text_bytes = n};
	struct jx *doc;
	int64_t index;

	if (jx_parse(a, text, n, &opt, &doc, err) < 0)
		return err_wrap(err, "contract");
	c.document = doc;
	if (contract_hash_of(a, doc, c.hash, NULL, NULL, err) < 0 ||
	    jx_check_schema(doc, "forge.contract.v1", err) < 0 ||
	    jx_get_str(doc, "step_id", &c.step_id, err) < 0 ||
	    jx_get_int(doc, "index", 0, 9999, &index, err) < 0 ||
	    jx_get_str(doc, "key", &c.key, err) < 0 ||
	    jx_get_str(doc, "label", &c.label, err) < 0 ||
	    jx_get_str(doc, "objective", &c.objective, err) < 0 ||
	    jx_get_str(doc, "policy", &c.policy, err) < 0 ||
	    get_strings(a, doc, "depends_on", &c.depends_on, &c.ndepends_on, err) < 0 ||
	    read_ends(a, doc, &c, err) < 0 || read_execution(a, doc, &c, err) < 0 ||
	    read_grants(a, doc, &c, err) < 0)
		return err_wrap(err, "contract%s%s", c.step_id ? " of " : "",
		    c.step_id ? c.step_id : "");
	c.index = (unsigned)index;
	c.gate = not_null(doc, "gate");
	*out = c;
	return 0;
}

int
contract_check(struct arena *a, const char *text, size_t n, const char *want,
    struct contract *out, struct err *err)
{
	struct contract c;

	if (contract_parse(a, text, n, &c, err) < 0)
		return -1;
	if (strcmp(c.hash, want) != 0)
		return err_set(err, E_HASH, "the contract of %s has hash %s, published was %s",
		    c.step_id, c.hash, want);
	*out = c;
	return 0;
}

int
contract_hash_of(struct arena *a, const struct jx *document, char out[SHA256_HEX],
    const char **text, size_t *n, struct err *err)
{
	struct buf b;

	buf_init(&b, a);
	if (jw_canonical(&b, document, err) < 0)
		return -1;
	sha256_hex(b.p, b.len, out);
	if (text) {
		*n = b.len;
		*text = b.p;
	}
	return 0;
}

int
plan_hash_of(struct arena *a, const char *const *hashes, size_t n, const char *profile_sha256,
    char out[SHA256_HEX], struct err *err)
{
	uint8_t *leaves = arena_array(a, n + 1, SHA256_BYTES);
	uint8_t root[SHA256_BYTES];

	for (size_t i = 0; i <= n; i++) {
		const char *hash = i < n ? hashes[i] : profile_sha256;

		if (hex_parse(hash, strlen(hash), leaves + i * SHA256_BYTES, SHA256_BYTES, err) < 0)
			return -1;
	}
	merkle_root(leaves, n + 1, SHA256_BYTES, root);
	hex_format(root, sizeof root, out);
	return 0;
}

int
plan_path_check(const char *path, struct err *err)
{
	size_t n = strlen(path);

	if (n == 0)
		return err_set(err, E_USAGE, "the path is empty");
	if (n > PATH_BYTES_MAX)
		return err_set(err, E_USAGE, "the path is longer than %d bytes", PATH_BYTES_MAX);
	if (path[0] == '/')
		return err_set(err, E_USAGE, "'%s' begins with '/'; paths are relative to the "
		    "workspace", path);
	if (utf8_check(path, n) != n)
		return err_set(err, E_USAGE, "the path is not UTF-8");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)path[i] < 0x20 || path[i] == 0x7f || path[i] == '\\' ||
		    path[i] == ':')
			return err_set(err, E_USAGE, "'%s' has a control character, backslash or "
			    "colon at place %zu", path, i + 1);
	for (const char *p = path;; p += strcspn(p, "/") + 1) {
		size_t k = strcspn(p, "/");

		if (k == 0)
			return err_set(err, E_USAGE, "'%s' has an empty part", path);
		if (k == 2 && p[0] == '.' && p[1] == '.')
			return err_set(err, E_USAGE, "'%s' leads out of the workspace ('..')", path);
		if (p[0] == '.')
			return err_set(err, E_USAGE, "'%s' has a part that begins with '.'", path);
		if (p[k] == '\0')
			return 0;
	}
}
