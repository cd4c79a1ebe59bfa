/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CASEFILE_H
#define TESTS_CASEFILE_H
/*
 * A compile as a small JSON document, used by the pages of docs/diagnostics and by tests/compiler:
 *   {"objective": "…",
 *    "files": {"attachments/orders.csv": "order_id,…\n…", "attachments/x.csv": {"hex": "fffe…"}},
 *    "candidate": {…}          the candidate, shown pretty-printed; or
 *    "candidate_text": "…",    its text, for what is not JSON; neither: the offline planner plans
 *    "profile": {…}}           members that replace those of the standard profile
 * Files are written to a folder of their own and profiled as `forgectl compile` does it.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "pack/workspace.h"
#include "tap.h"

#define CASE_PACKS "tests/compiler/packs"

struct casefile {
	const char *dir; /* the folder of its files, removed by case_close */
	struct workspace ws;
	struct file_port port;
	struct profile profile;
	struct compile_input in;
};

static int
case_fail(const char *what, const struct err *err)
{
	printf("# %s: %s\n", what, err->msg);
	return -1;
}

static int
case_file(struct arena *a, const char *dir, const char *path, const struct jx *v, struct err *err)
{
	const char *full = arena_printf(a, "%s/%s", dir, path);
	char *folder = arena_str(a, full);
	const struct jx *hex = jx_find(v, "hex");

	*strrchr(folder, '/') = '\0';
	if (dir_make(folder, 0700, err) < 0)
		return -1;
	if (hex) {
		uint8_t *bytes = arena_alloc(a, hex->u.text.n / 2);

		if (hex_parse(hex->u.text.p, hex->u.text.n, bytes, hex->u.text.n / 2, err) < 0)
			return -1;
		return file_save(full, bytes, hex->u.text.n / 2, 0600, err);
	}
	return file_save(full, v->u.text.p, v->u.text.n, 0600, err);
}

/* The standard profile with the members of change put over its own, one level deep. */
static int
case_profile(struct arena *a, const struct catalog *c, const struct jx *change,
    struct profile *out, struct err *err)
{
	const struct jx *base = catalog_profile(c, "standard")->document;
	struct jx *doc;
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	for (size_t i = 0; i < base->u.object.n; i++) {
		const char *key = base->u.object.at[i].key;
		const struct jx *over = jx_find(change, key), *own = base->u.object.at[i].value;

		if (!jx_is(over, JX_OBJECT)) {
			jw_value(&w, key, over ? over : own);
			continue;
		}
		jw_object(&w, key);
		for (size_t k = 0; k < own->u.object.n; k++) {
			const char *inner = own->u.object.at[k].key;

			jw_value(&w, inner,
			    jx_find(over, inner) ? jx_find(over, inner) : own->u.object.at[k].value);
		}
		jw_end(&w);
	}
	for (size_t i = 0; i < jx_size(change); i++)
		if (!jx_find(base, change->u.object.at[i].key))
			jw_value(&w, change->u.object.at[i].key, change->u.object.at[i].value);
	jw_end(&w);
	return jx_parse(a, b.p, b.len, NULL, &doc, err) < 0 ||
	    profile_parse(a, c, doc, out, err) < 0 ? -1 : 0;
}

static int __attribute__((unused))
case_open(struct arena *a, const struct catalog *c, const struct jx *doc, struct casefile *out)
{
	const struct jx *files = jx_find(doc, "files"), *candidate = jx_find(doc, "candidate");
	char name[] = "/tmp/forge-case-XXXXXX";
	struct err err = {0};

	*out = (struct casefile){.dir = arena_str(a, mkdtemp(name) ? name : "")};
	for (size_t i = 0; i < jx_size(files); i++)
		if (case_file(a, out->dir, files->u.object.at[i].key, files->u.object.at[i].value,
		    &err) < 0)
			return case_fail("case file", &err);
	if (workspace_load(a, out->dir, &out->ws, &err) < 0 ||
	    case_profile(a, c, jx_find(doc, "profile"), &out->profile, &err) < 0)
		return case_fail("case", &err);
	out->port = workspace_port(&out->ws);
	out->in = (struct compile_input){
	    .catalog = c,
	    .profile = &out->profile,
	    .objective = jx_str(jx_find(doc, "objective"), ""),
	    .files = out->ws.files,
	    .nfiles = out->ws.n,
	    .port = &out->port,
	    .candidate = jx_str(jx_find(doc, "candidate_text"), NULL),
	    .candidate_name = "candidate.json",
	};
	out->in.objective_bytes = strlen(out->in.objective);
	if (candidate) {
		struct buf b;

		buf_init(&b, a);
		jw_pretty(&b, candidate);
		out->in.candidate = b.p;
	}
	out->in.candidate_bytes = out->in.candidate ? strlen(out->in.candidate) : 0;
	return 0;
}

static void
case_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		char path[1024];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR)
			case_remove(path);
		else
			(void)unlink(path);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(dir);
}

static void __attribute__((unused))
case_close(struct casefile *c)
{
	if (strncmp(c->dir, "/tmp/forge-case-", 16) == 0)
		case_remove(c->dir);
}

/* All findings as a terminal shows them, without the closing count. */
static const char * __attribute__((unused))
case_findings(struct arena *a, const struct compile_result *r)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < r->diags.n; i++) {
		if (i > 0)
			buf_char(&b, '\n');
		diag_text(&b, r->diags.at[i], false);
	}
	return b.p ? b.p : "";
}
#endif
