/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMPRINT_CMD_H
#define CLI_IMPRINT_CMD_H
/*
 * The offline commands about schemas and JSON, once: `forgectl imprint|schema|json` and `forgectl batch` both fill in
 * struct imp_args and print what comes out. Return codes: 0 ok, 1 rejected (diagnostics), 3 the schema cannot be compiled
 * (diagnostics), 64 usage.
 */
#include <stdbool.h>
#include <stddef.h>
struct arena;
struct buf;
struct jx;
struct imp_cache;
struct imprint_part;

enum { RC_OK = 0, RC_REJECTED = 1, RC_SCHEMA = 3, RC_USAGE = 64 };
enum imp_cmd { CMD_CHECK, CMD_ENCODE, CMD_DECODE, CMD_MAP, CMD_OPS, CMD_ENCODE_ALL, CMD_TOKEN, CMD_PARSE, CMD_VALIDATE, CMD_PATCH, CMD_CANON };

struct imp_args { /* text: a document not yet parsed; one of the three ways for each */
	const char *schema_path, *schema_text;
	size_t schema_text_bytes;
	const struct jx *schema;
	const char *op, *direction, *base, *content_type, *dialect, *zoom;
	size_t max_bytes;
	const char *text; /* filled document, instance, token, JSON */
	size_t text_bytes;
	const struct jx *value; /* the same, parsed */
	const struct jx *patch;
	const struct jx *remotes; /* {"uri": schema} */
	const struct imprint_part *parts; /* folded parts that were filled apart */
	size_t n_parts;
	bool is_open, is_strict, is_lenient, is_quiet, is_reload, formats, is_planner;
	struct buf *repairs; /* where lenient decoding lists what it mended, as a JSON array; NULL: nowhere */
	bool out_is_text; /* set on return: *out holds exact bytes that are not to be embedded as JSON */
};
/* imp_cache_new - keeps the last document read from a path, for batch; free before a. */
struct imp_cache *imp_cache_new(struct arena *a);
void imp_cache_free(struct imp_cache *c);
/* imp_command - do it. cache may be NULL. out: JSON (or exact text), without a newline. Returns the code above. */
int imp_command(enum imp_cmd cmd, struct imp_args *args, struct imp_cache *cache, struct arena *a, struct buf *out);
#endif
