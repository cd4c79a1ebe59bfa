/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_CONTRACT_H
#define POLICY_CONTRACT_H
/*
 * Reading a frozen contract (forge.contract.v1, docs/ARCHITECTURE.md). Whoever acts on a contract (API,
 * runner, bridge) goes through here: the hash is recomputed from the text and compared with the one
 * that was frozen, so nobody acts on a contract other than the published one.
 */
#include "core/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct jx;

enum source_type { SOURCE_FILE, SOURCE_STEP, SOURCE__COUNT };
enum backend { BACKEND_CODE_EXECUTE, BACKEND_TOOL_LOOP, BACKEND__COUNT };

struct contract_input {
	const char *slot;
	const char *name;
	const char *path; /* relative to /workspace: "input/contracts.csv" */
	const char *kind;
	const char *entity; /* NULL if none */
	const char *artifact_profile;
	unsigned rank;
	bool is_required;
	enum source_type source;
	const char *source_path;    /* workspace path: of the file, or of the producing step's output */
	const char *source_step_id; /* SOURCE_STEP */
	const char *source_name;    /* SOURCE_STEP: name of that step's output */
	const char *source_sha256;  /* SOURCE_FILE */
	uint64_t source_bytes;      /* SOURCE_FILE */
};

struct contract_output {
	const char *slot;
	const char *name;
	const char *path; /* workspace path; in the sandbox below /workspace/output/ */
	const char *kind;
	const char *entity; /* NULL if none */
	const char *artifact_profile;
	const char *role;
	const char *label;
	bool is_deliverable;
	const struct jx *grain;       /* NULL if none */
	const struct jx *json_schema; /* NULL if none */
};

struct contract_file {
	const char *path; /* "/skills/billing-audit/discrepancies.py" */
	const char *sha256;
	uint64_t bytes;
};

struct contract_limits {
	uint64_t wall_ms, cpu_ms, memory_bytes, pids, output_bytes, output_files, work_bytes, stdio_bytes;
};

/* One rule of grants.egress; policy/egress.h matches requests against them. */
struct egress_rule {
	const char *scheme; /* "http" "https" */
	const char *host;   /* as in the URL, lower case, no brackets */
	uint16_t port;
	const char *method; /* "GET" */
	const char *path;   /* pattern: '*' stands for one path segment of [A-Za-z0-9._~-]+ */
	const char *query;  /* exact query without '?', "" for none */
	uint64_t calls_max; /* per attempt */
	uint64_t bytes_max; /* received, over all calls of the rule, per attempt */
	bool is_private;    /* the profile let this address be private or loopback */
};

struct contract {
	const char *text; /* as given */
	size_t text_bytes;
	char hash[SHA256_HEX];
	const struct jx *document;
	const char *step_id;
	unsigned index;
	const char *key;
	const char *label;
	const char *objective;
	const char *policy;
	const char *const *depends_on; /* [ndepends_on] step ids */
	size_t ndepends_on;
	const struct contract_input *inputs; /* [ninputs] */
	size_t ninputs;
	const struct contract_output *outputs; /* [noutputs] */
	size_t noutputs;
	const struct jx *criteria; /* array */
	enum backend backend;
	const char *routing_reason;
	const char *const *argv; /* [argc], NULL-ended; none for BACKEND_TOOL_LOOP */
	size_t argc;
	const struct contract_file *files; /* [nfiles] */
	size_t nfiles;
	const struct jx *fetch;  /* NULL if none */
	const struct jx *params; /* object */
	struct contract_limits limits;
	unsigned max_retries;
	const struct egress_rule *egress; /* [negress] */
	size_t negress;
	const struct jx *gate; /* NULL if none */
};

/*
 * contract_parse - read a contract and recompute its hash.
 *
 * text:  n bytes as stored; any JSON layout (the hash is over its RFC 8785 text)
 * out:   set on success only; strings live in a
 * Returns 0, or -1: E_JSON, E_SCHEMA (what is missing and where). Compare out->hash with the hash that
 * was published, or use contract_check.
 */
int contract_parse(struct arena *a, const char *text, size_t n, struct contract *out,
    struct err *err);
/* contract_check - contract_parse, and E_HASH unless the hash is want (64 lower-case digits). */
int contract_check(struct arena *a, const char *text, size_t n, const char *want,
    struct contract *out, struct err *err);
/* contract_hash_of - hash of a parsed document's RFC 8785 text; the text itself in *text if not NULL. */
int contract_hash_of(struct arena *a, const struct jx *document, char out[SHA256_HEX],
    const char **text, size_t *n, struct err *err);
/*
 * plan_hash_of - RFC 6962 Merkle root over hashes[0..n-1] (hex contract hashes, plan order) and last
 * the profile's hash. E_USAGE when one is not 64 lower-case digits.
 */
int plan_hash_of(struct arena *a, const char *const *hashes, size_t n, const char *profile_sha256,
    char out[SHA256_HEX], struct err *err);
/* plan_path_check - a workspace path: relative, no empty, '.', '..' or hidden part, no control
 * characters, backslash or colon, UTF-8, at most 240 bytes. E_USAGE says which rule and where. */
int plan_path_check(const char *path, struct err *err);
#endif
