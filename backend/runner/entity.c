/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a table what its entity says? The entity stands in a domain pack whose hash is in the contract;
 * the pack's text comes from the blob store by that hash, or from the packs folder if the file there
 * still has it.
 */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/document.h"
#include "pack/pack.h"
#include "runner/attempt.h"
#include "types/table.h"

#define PACK_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct entity_column {
	struct column_spec spec; /* is_required: its cells must not be null */
	bool must_exist;
	bool is_tolerant;
};

/* The pack as the folder has it, if it still has the hash that the contract froze. */
static const struct jx *
pack_from_folder(struct attempt *t, const char *id, const char *sha256)
{
	struct jx *doc;
	struct buf b;
	char hex[SHA256_HEX];
	struct jx_options opt = {.bytes_max = PACK_BYTES_MAX};
	if (!t->runner->packs_dir || strchr(id, '/') || id[0] == '.')
		return NULL;
	buf_init(&b, t->a);
	const char *path = arena_printf(t->a, "%s/domain/%s.json", t->runner->packs_dir, id);
	if (jx_load(t->a, path, &opt, &doc, NULL) < 0 || jw_canonical(&b, doc, NULL) < 0)
		return NULL;
	sha256_hex(b.p, b.len, hex);
	return strcmp(hex, sha256) == 0 ? doc : NULL;
}

static int
load_pack(struct attempt *t, const struct jx *named, const struct jx **out, struct err *err)
{
	const char *id, *sha256;
	char *text;
	size_t n;
	struct jx *doc;
	if (jx_get_str(named, "id", &id, err) < 0 || jx_get_str(named, "sha256", &sha256, err) < 0)
		return -1;
	if (blob_load(t->a, t->runner->blobs, sha256, PACK_BYTES_MAX, &text, &n, err) == 0) {
		if (jx_parse(t->a, text, n, NULL, &doc, err) < 0)
			return err_wrap(err, "pack %s", id);
		*out = doc;
		return 0;
	}
	if (err->code != E_NOT_FOUND)
		return err_wrap(err, "pack %s", id);
	*out = pack_from_folder(t, id, sha256);
	if (!*out)
		return attempt_fail(t, "hash", false, "The pack %s that the plan was compiled with (%s) "
		    "is neither in the blob store nor in the packs folder. Compile the plan again.",
		    id, sha256);
	return 0;
}

int
pack_at(struct attempt *t, size_t i, const struct jx **out, struct err *err)
{
	return load_pack(t, jx_at(jx_find(t->contract.document, "packs"), i), out, err);
}

int
entity_find(struct attempt *t, const char *entity, const struct jx **from, const struct jx **out,
    struct err *err)
{
	const struct jx *packs = jx_find(t->contract.document, "packs");
	for (size_t i = 0; i < jx_size(packs); i++) {
		const struct jx *pack = NULL;
		if (load_pack(t, jx_at(packs, i), &pack, err) < 0)
			return -1;
		const struct jx *entities = jx_find(pack, "entities");
		for (size_t k = 0; k < jx_size(entities); k++) {
			if (jx_is_str(jx_find(jx_at(entities, k), "id"), entity)) {
				*from = pack;
				*out = jx_at(entities, k);
				return 0;
			}
		}
	}
	return attempt_fail(t, "contract", false, "No pack of the contract has the entity `%s`.",
	    entity);
}

static int
read_column(const struct column *from, struct entity_column *out, struct err *err)
{
	if (!coltype_find(from->type, &out->spec.type))
		return err_set(err, E_SCHEMA, "column '%s' has the unknown type '%s'", from->name, from->type);
	out->spec.name = from->name;
	out->must_exist = from->is_required;
	out->is_tolerant = from->is_tolerant;
	out->spec.is_required = from->is_required && !from->is_tolerant && !from->is_nullable;
	out->spec.values = from->values;
	out->spec.nvalues = from->nvalues;
	return 0;
}

static const char *
column_names(struct attempt *t, const struct artifact_profile *p)
{
	struct buf b;
	buf_init(&b, t->a);
	for (size_t i = 0; i < p->ncolumns; i++)
		buf_printf(&b, "%s`%s`", i ? ", " : "", p->columns[i].name);
	return p->ncolumns ? buf_take(&b) : "none";
}

/* By the profile alone: true when this column needs no look at the rows. */
static bool
fits_profile(const struct artifact_profile *p, const struct entity_column *c)
{
	struct value_place place;
	char reason[256];
	const struct column_profile *have = profile_column(p, c->spec.name);
	if (!have || c->is_tolerant)
		return true;
	if (c->spec.is_required && have->nulls > 0)
		return false;
	return have->type == COL_EMPTY || profile_column_fits(have, c->spec.type, c->spec.values,
	    c->spec.nvalues, &place, reason) == KEY_YES;
}

/* Read the rows and tell which do not fit. */
static int
check_rows(struct attempt *t, const char *what, const char *class, const char *path,
    const char *entity, int fd, enum format format, const struct column_spec *specs, size_t n,
    struct err *err)
{
	struct table_check_options opt = {.problems_max = ATTEMPT_ROWS_MAX};
	struct table_check found;
	if (table_check(t->a, fd, format, specs, n, &opt, &found, err) < 0)
		return err_wrap(err, "%s %s", what, path);
	uint64_t total = found.bad_values + found.nulls;
	if (!found.parse_ok || total == 0)
		return 0; /* the parse was judged before; the profile only could not decide */
	struct receipt_row *rows = ARENA_ARRAY(t->a, found.nproblems, struct receipt_row);
	size_t nrows = 0;
	for (size_t i = 0; i < found.nproblems && nrows < ATTEMPT_ROWS_MAX; i++) {
		const struct table_problem *p = &found.problems[i];
		if (p->class == PROBLEM_MISSING_COLUMN)
			continue;
		rows[nrows++] = (struct receipt_row){.row = p->row, .column = p->name,
		    .value = p->class == PROBLEM_NULL ? NULL : p->value,
		    .message = p->class == PROBLEM_NULL ? "is empty" : p->expected};
	}
	INVARIANT(nrows > 0);
	struct receipt_place place = {.file = path, .row = rows[0].row};
	attempt_fail_at(t, class, strcmp(class, "contract") == 0, &place,
	    "The %s %s is not %s: row %llu, column `%s` %s%s%s%s (%llu such values in all).", what,
	    path, entity, (unsigned long long)rows[0].row, rows[0].column,
	    rows[0].value ? "is '" : "", rows[0].value ? rows[0].value : "",
	    rows[0].value ? "': " : "", rows[0].message, (unsigned long long)total);
	attempt_rows(t, rows, nrows, total);
	return -1;
}

/* One document that the entity's schema describes: an object, or rows that are in no table. */
static int
verify_document(struct attempt *t, const char *what, const char *class, const char *path, const struct entity *e, int fd,
    const struct artifact_profile *p, struct err *err)
{
	bool may_repair = strcmp(class, "contract") == 0;
	struct document_check found;
	if (document_check(t->a, fd, p->kind, e, &found, err) < 0)
		return err_wrap(err, "%s %s", what, path);
	struct receipt_place place = {.file = path};
	if (!found.parse_ok)
		return attempt_fail_at(t, class, may_repair, &place, "The %s %s is not %s: %s.", what, path, e->id,
		    found.message);
	if (found.nproblems == 0)
		return 0;
	struct receipt_row *rows = ARENA_ARRAY(t->a, found.nproblems, struct receipt_row);
	size_t n = 0;
	for (; n < found.nproblems && n < ATTEMPT_ROWS_MAX; n++) {
		const struct document_problem *q = &found.problems[n];
		rows[n] = (struct receipt_row){.row = q->line, .column = q->pointer, .value = q->found,
		    .message = q->is_missing ? "is missing" : arena_printf(t->a, "expected %s", q->expected)};
	}
	const struct document_problem *first = &found.problems[0];
	place.line = first->line;
	attempt_fail_at(t, class, may_repair, &place, "The %s %s is not %s: line %lu, `%s` %s%s%s%s (%zu such findings%s).", what,
	    path, e->id, (unsigned long)first->line, *first->pointer ? first->pointer : "/",
	    first->is_missing ? "is missing" : "is ", first->is_missing ? "" : first->found,
	    first->is_missing ? "" : ", expected ", first->is_missing ? "" : first->expected, found.nproblems,
	    found.nproblems == DOCUMENT_PROBLEMS_MAX ? " or more" : "");
	attempt_rows(t, rows, n, found.nproblems);
	return -1;
}

int
entity_verify(struct attempt *t, const char *what, const char *class, const char *path,
    const char *entity, int fd, const struct artifact_profile *p, struct err *err)
{
	const struct jx *pack = NULL, *doc = NULL;
	struct entity e = {0};
	if (entity_find(t, entity, &pack, &doc, err) < 0)
		return -1;
	if (entity_parse(t->a, doc, &e, err) < 0)
		return err_wrap(err, "entity %s", entity);
	if (document_applies(&e, p->kind))
		return verify_document(t, what, class, path, &e, fd, p, err);
	if (!kind_is_table(p->kind))
		return 0;
	size_t n = e.ncolumns, ndoubtful = 0;
	struct column_spec *doubtful = ARENA_ARRAY(t->a, n, struct column_spec);
	bool has_header = p->ncolumns > 0 || kind_format(p->kind) != FORMAT_JSON_ROWS;
	for (size_t i = 0; i < n; i++) {
		struct entity_column c = {0};
		if (read_column(&e.columns[i], &c, err) < 0)
			return err_wrap(err, "entity %s", entity);
		if (has_header && c.must_exist && !profile_column(p, c.spec.name)) {
			struct receipt_place place = {.file = path, .row = 1};
			return attempt_fail_at(t, class, strcmp(class, "contract") == 0, &place,
			    "The %s %s is not %s: it has no column `%s`. It has %s.", what, path,
			    entity, c.spec.name, column_names(t, p));
		}
		if (!fits_profile(p, &c))
			doubtful[ndoubtful++] = c.spec;
	}
	if (ndoubtful == 0)
		return 0;
	return check_rows(t, what, class, path, entity, fd, kind_format(p->kind), doubtful,
	    ndoubtful, err);
}
