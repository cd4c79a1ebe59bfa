/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does each row of an output come from a row of the input that its grain names? Both are read in
 * whole; what is kept of the input is 16 bytes of a hash for each row's key.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "runner/attempt.h"
#include "types/rows.h"

#define KEY_COLUMNS_MAX 16
#define ROWS_MAX ((size_t)8 * 1024 * 1024) /* 128 MiB of hashes */

struct key_hash {
	uint8_t bytes[16];
};
struct reader {
	struct rows *rows;
	const struct jx *names;
	int columns[KEY_COLUMNS_MAX];
};

static int
by_hash(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct key_hash));
}

/* The hash of a row's key; false when a part of it is empty or missing (then it is no key at all). */
static bool
hash_key(struct reader *r, const struct row *row, struct key_hash *out)
{
	struct digest *d = digest_new();
	uint8_t hash[SHA256_BYTES];
	bool is_whole = true;
	for (size_t i = 0; i < jx_size(r->names); i++) {
		if (r->columns[i] < 0) /* JSON rows may show a column late */
			r->columns[i] = rows_find_column(r->rows, jx_str(jx_at(r->names, i), ""));
		if (r->columns[i] < 0 || (size_t)r->columns[i] >= row->ncells) {
			is_whole = false;
			continue;
		}
		const struct cell *c = &row->cells[r->columns[i]];
		uint64_t n = c->n;
		is_whole &= c->type != CELL_MISSING && c->type != CELL_NULL;
		digest_add(d, &n, sizeof n);
		digest_add(d, c->p, c->type == CELL_MISSING || c->type == CELL_NULL ? 0 : c->n);
	}
	digest_finish(d, hash);
	memcpy(out->bytes, hash, sizeof out->bytes);
	return is_whole;
}

static struct reader
reader_of(struct arena *a, int fd, enum format format, const struct jx *names)
{
	struct reader r = {.rows = rows_new(a, fd, format), .names = names};
	for (size_t i = 0; i < KEY_COLUMNS_MAX; i++)
		r.columns[i] = -1;
	return r;
}

/* Nothing that was sound a moment ago may be unsound now. */
static int
end_of(struct reader *r, enum rows_result result, struct err *err)
{
	rows_release(r->rows);
	if (result == ROWS_ERR)
		return -1;
	if (result == ROWS_FAULT)
		return err_set(err, E_INTERNAL, "a table reads differently twice");
	return 0;
}

static int
read_keys(struct arena *a, int fd, enum format format, const struct jx *names, size_t n_max,
    struct key_hash **out, size_t *n, struct err *err)
{
	struct reader r = reader_of(a, fd, format, names);
	struct key_hash *keys = ARENA_ARRAY(a, n_max, struct key_hash);
	const struct row *row;
	size_t k = 0;
	enum rows_result result = rows_open(r.rows, err);
	while (result == ROWS_ROW && (result = rows_next(r.rows, &row, err)) == ROWS_ROW && k < n_max)
		k += hash_key(&r, row, &keys[k]);
	if (end_of(&r, result, err) < 0)
		return -1;
	qsort(keys, k, sizeof *keys, by_hash);
	*out = keys;
	*n = k;
	return 0;
}

/* A key's text for a message. */
static const char *
show_key(struct attempt *t, const struct reader *r, const struct row *row)
{
	struct buf b;
	char text[VALUE_SHOW_BYTES];
	buf_init(&b, t->a);
	for (size_t i = 0; i < jx_size(r->names); i++) {
		const char *shown = "";
		if (r->columns[i] >= 0 && (size_t)r->columns[i] < row->ncells) {
			value_show(row->cells[r->columns[i]].p, row->cells[r->columns[i]].n, text);
			shown = text;
		}
		buf_printf(&b, "%s%s", i ? ", " : "", shown);
	}
	return buf_take(&b);
}

static int
find_strangers(struct attempt *t, struct arena *a, const struct subset_side *out,
    const struct jx *names, const struct key_hash *keys, size_t n, struct receipt_row *rows,
    size_t *nrows, uint64_t *total, struct err *err)
{
	struct reader r = reader_of(a, out->fd, kind_format(out->profile->kind), names);
	const struct row *row;
	enum rows_result result = rows_open(r.rows, err);
	while (result == ROWS_ROW && (result = rows_next(r.rows, &row, err)) == ROWS_ROW) {
		struct key_hash key;
		if (hash_key(&r, row, &key) && bsearch(&key, keys, n, sizeof key, by_hash))
			continue;
		if (*nrows < ATTEMPT_ROWS_MAX)
			rows[(*nrows)++] = (struct receipt_row){.row = row->row,
			    .value = show_key(t, &r, row), .message = "no such row in the input"};
		++*total;
	}
	return end_of(&r, result, err);
}

int
subset_verify(struct attempt *t, const struct subset_side *out, const struct subset_side *in,
    const struct jx *names, const char *says, struct err *err)
{
	struct key_hash *keys;
	struct receipt_row rows[ATTEMPT_ROWS_MAX];
	size_t n, nrows = 0;
	uint64_t total = 0;
	if (jx_size(names) > KEY_COLUMNS_MAX || in->profile->rows > (int64_t)ROWS_MAX)
		return attempt_fail(t, "limit", false, "%s cannot be shown: more than %zu rows.", says,
		    ROWS_MAX);
	for (size_t i = 0; i < jx_size(names); i++)
		if (!profile_column(in->profile, jx_str(jx_at(names, i), "")) && in->profile->rows > 0)
			return 0; /* the input does not carry the output's key: only the counts speak */
	struct arena *scratch = arena_new(0);
	int rc = read_keys(scratch, in->fd, kind_format(in->profile->kind), names,
	    (size_t)in->profile->rows, &keys, &n, err);
	if (rc == 0)
		rc = find_strangers(t, scratch, out, names, keys, n, rows, &nrows, &total, err);
	arena_free(scratch);
	if (rc < 0)
		return err_wrap(err, "%s", out->path);
	attempt_criterion(t, says, total == 0, arena_printf(t->a, "%llu rows come from no row of the input",
	    (unsigned long long)total));
	if (total == 0)
		return 0;
	struct receipt_place place = {.file = out->path, .row = rows[0].row};
	attempt_fail_at(t, "contract", true, &place, "%s: not so. Row %llu of %s (%s) comes from no row of "
	    "%s (%llu such rows in all).", says, (unsigned long long)rows[0].row, out->path, rows[0].value,
	    in->path, (unsigned long long)total);
	attempt_rows(t, rows, nrows, total);
	return -1;
}
