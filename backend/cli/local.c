/* SPDX-License-Identifier: Apache-2.0 */
/* Offline verbs that need neither a server nor a database: canon, hash. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"

#define INPUT_BYTES_MAX ((size_t)64 << 20)

/* FILE or "-" (or nothing): standard input. */
static int
load(struct cli *c, const char *path, char **text, size_t *n, struct err *err)
{
	if (!path || strcmp(path, "-") == 0)
		return fd_read_all(c->a, STDIN_FILENO, INPUT_BYTES_MAX, text, n, err);
	return file_load(c->a, path, INPUT_BYTES_MAX, text, n, err);
}

int
verb_canon(struct cli *c, int argc, char **argv)
{
	char *text, *out;
	size_t n, out_bytes;
	struct err err;

	if (cli_arguments(argc, argv, 0, 1, "canon") != CLI_OK)
		return CLI_USAGE;
	if (load(c, argv[1], &text, &n, &err) < 0 || jw_canonical_text(c->a, text, n, &out, &out_bytes, &err) < 0)
		return cli_fail(c, &err);
	return fwrite(out, 1, out_bytes, stdout) == out_bytes ? CLI_OK : CLI_FAILED;
}

static int
hash_one(struct cli *c, const char *path, bool is_json_file, struct err *err)
{
	char hex[SHA256_HEX], *text;
	size_t n;

	if (load(c, path, &text, &n, err) < 0)
		return -1;
	if (is_json_file && jw_canonical_text(c->a, text, n, &text, &n, err) < 0)
		return err_wrap(err, "'%s'", path ? path : "-");
	sha256_hex(text, n, hex);
	if (!c->is_json) {
		printf("%s  %s\n", hex, path ? path : "-");
		return 0;
	}
	struct buf b;
	struct jw w;
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "path", path ? path : "-");
	jw_str(&w, "sha256", hex);
	jw_uint(&w, "bytes", n);
	jw_end(&w);
	printf("%s\n", b.p);
	return 0;
}

int
verb_hash(struct cli *c, int argc, char **argv)
{
	bool is_canonical = cli_flag(&argc, argv, "canon");
	struct err err;

	if (cli_arguments(argc, argv, 0, 10000, "hash") != CLI_OK)
		return CLI_USAGE;
	for (int i = 1; i < argc || i == 1; i++)
		if (hash_one(c, argc > 1 ? argv[i] : NULL, is_canonical, &err) < 0)
			return cli_fail(c, &err);
	return CLI_OK;
}
