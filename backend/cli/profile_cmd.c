/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl profile and relations: what files hold, and which columns of one name rows of another. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "types/foreign.h"
#include "types/profile.h"

#define COLUMNS 8
#define WIDTH_MAX 32 /* of one column on screen; longer text is cut */
#define FILES_MAX 64

/* ---- a table on screen ---- */

/* Code points: wide ones count as one. */
static int
width_of(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* All of it, safe to print: column names, and notes that quote them, come from a stranger's file. */
static const char *
safe(struct arena *a, const char *s)
{
	char shown[VALUE_SHOW_BYTES];
	struct buf b;

	buf_init(&b, a);
	while (*s) {
		size_t n = 1;
		while (((unsigned char)s[n] & 0xc0) == 0x80)
			n++;
		value_show(s, n, shown);
		buf_str(&b, shown);
		s += n;
	}
	return buf_take(&b);
}

/* Safe to print, and at most WIDTH_MAX wide. */
static const char *
cell_text(struct arena *a, const char *s)
{
	char shown[VALUE_SHOW_BYTES];
	const char *end = shown;

	if (!s)
		return "-";
	value_show(s, strlen(s), shown);
	if (width_of(shown) <= WIDTH_MAX)
		return arena_str(a, shown);
	for (int n = 0; n < WIDTH_MAX; n++) {
		end++;
		while (((unsigned char)*end & 0xc0) == 0x80)
			end++;
	}
	return arena_printf(a, "%.*s…", (int)(end - shown), shown);
}

static void
print_table(const char *const *cells, size_t nrows)
{
	int widths[COLUMNS] = {0};

	for (size_t i = 0; i < nrows * COLUMNS; i++)
		if (width_of(cells[i]) > widths[i % COLUMNS])
			widths[i % COLUMNS] = width_of(cells[i]);
	for (size_t i = 0; i < nrows * COLUMNS; i++) {
		bool is_last = i % COLUMNS == COLUMNS - 1;
		printf("  %s", cells[i]);
		for (int n = width_of(cells[i]); n < widths[i % COLUMNS] && !is_last; n++)
			putchar(' ');
		if (is_last)
			putchar('\n');
	}
}

/* ---- profile ---- */

/* "money USD, us", "decimal, h", "date dmy-yy"; "" where it is the type and no more. */
static const char *
reading_text(struct arena *a, const struct column_profile *c)
{
	struct buf b;

	buf_init(&b, a);
	if (c->reading == c->type && !c->currency && !c->number_style && !c->unit && !c->date_style)
		return "";
	buf_str(&b, coltype_name(c->reading));
	if (c->currency)
		buf_printf(&b, " %s", c->currency);
	if (c->unit)
		buf_printf(&b, " in %s", c->unit);
	if (c->number_style)
		buf_printf(&b, ", %s", c->number_style);
	if (c->date_style)
		buf_printf(&b, " %s", c->date_style);
	return buf_take(&b);
}

static bool
is_in(const struct profile_key *keys, size_t n, uint16_t column, bool is_alone)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < keys[i].ncolumns; k++)
			if (keys[i].columns[k] == column && (keys[i].ncolumns == 1) == is_alone)
				return true;
	return false;
}

static const char *
key_text(const struct artifact_profile *p, uint16_t column)
{
	if (is_in(p->candidate_keys, p->ncandidate_keys, column, true))
		return "key";
	if (is_in(p->undecided_keys, p->nundecided_keys, column, true))
		return "undecided";
	return is_in(p->candidate_keys, p->ncandidate_keys, column, false) ? "part" : "";
}

static void
print_columns(struct arena *a, const struct artifact_profile *p)
{
	static const char *const head[COLUMNS] = {"column", "type", "reading", "empty", "distinct", "min", "max", "key"};
	const char **cells = ARENA_ARRAY(a, (p->ncolumns + 1) * COLUMNS, const char *);

	memcpy(cells, head, sizeof head);
	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct column_profile *c = &p->columns[i];
		const char **row = cells + (i + 1) * COLUMNS;
		row[0] = cell_text(a, c->name);
		row[1] = coltype_name(c->type);
		row[2] = reading_text(a, c);
		row[3] = arena_printf(a, "%" PRIu64, c->nulls);
		row[4] = arena_printf(a, "%s%" PRIu64, c->distinct_exact ? "" : "at least ", c->distinct);
		row[5] = cell_text(a, c->min);
		row[6] = cell_text(a, c->max);
		row[7] = key_text(p, (uint16_t)i);
	}
	print_table(cells, p->ncolumns + 1);
}

static void
print_keys(struct arena *a, const struct artifact_profile *p, const char *title, const struct profile_key *keys, size_t n)
{
	if (n == 0)
		return;
	printf("%s", title);
	for (size_t i = 0; i < n && i < 12; i++)
		for (size_t k = 0; k < keys[i].ncolumns; k++)
			printf("%s%s", k ? " + " : i ? "; " : " ", safe(a, p->columns[keys[i].columns[k]].name));
	printf("%s\n", n > 12 ? "; …" : "");
}

static void
print_profile(struct arena *a, const char *path, const struct artifact_profile *p)
{
	printf("%s: %s, %" PRIu64 " bytes", path, kind_name(p->kind), p->bytes);
	if (p->rows >= 0)
		printf(", %" PRId64 " row%s, %zu column%s", p->rows, p->rows == 1 ? "" : "s", p->ncolumns, p->ncolumns == 1 ? "" : "s");
	if (p->pages >= 0)
		printf(", %" PRId64 " page%s", p->pages, p->pages == 1 ? "" : "s");
	printf("%s%s\n", p->encoding ? ", " : "", p->encoding ? p->encoding : "");
	if (p->ncolumns)
		print_columns(a, p);
	if (p->grain)
		printf("grain: %s\n", safe(a, p->grain));
	print_keys(a, p, "keys:", p->candidate_keys, p->ncandidate_keys);
	print_keys(a, p, "undecided:", p->undecided_keys, p->nundecided_keys);
	if (p->summary)
		printf("inside: %s\n", safe(a, p->summary));
	for (size_t i = 0; i < p->nnotes; i++)
		printf("note: %s\n", safe(a, p->notes[i]));
}

static int
measure(struct cli *c, const char *path, const char *kind, int *fd, struct artifact_profile *out, struct err *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return err_sys(err, E_IO, "cannot open '%s'", path);
	return artifact_profile(c->a, *fd, path, kind, NULL, out, err);
}

int
verb_profile(struct cli *c, int argc, char **argv)
{
	const char *kind = cli_option(&argc, argv, "kind");
	struct artifact_profile p;
	struct err err;
	struct buf b;
	struct jw w;
	int fd, rc;

	if (cli_arguments(argc, argv, 1, 1, "profile") != CLI_OK)
		return CLI_USAGE;
	rc = measure(c, argv[1], kind, &fd, &p, &err);
	if (fd >= 0)
		(void)close(fd);
	if (rc < 0)
		return cli_fail(c, &err);
	if (c->is_json) {
		buf_init(&b, c->a);
		jw_init(&w, &b);
		artifact_profile_json(&p, NULL, &w);
		printf("%s\n", b.p);
	} else {
		print_profile(c->a, argv[1], &p);
		if (!p.parse_ok)
			fprintf(stderr, "forgectl: '%s' does not hold up as %s: %s\n", argv[1], kind_name(p.kind),
			    safe(c->a, p.fault.message));
	}
	return p.parse_ok ? CLI_OK : CLI_FAILED;
}

/* ---- relations ---- */

static void
print_names(struct arena *a, const struct artifact_profile *p, const uint16_t *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? ", " : "", safe(a, p->columns[columns[i]].name));
}

static void
print_relations(struct arena *a, const struct foreign_side *sides, size_t nsides, const struct foreign_key *keys, size_t n)
{
	for (size_t i = 0; i < nsides; i++)
		printf("%s: %" PRId64 " rows; %s\n", sides[i].path, sides[i].profile->rows,
		    sides[i].profile->grain ? safe(a, sides[i].profile->grain) : "no key found");
	if (n == 0)
		printf("no column of one table refers to a key of another\n");
	for (size_t i = 0; i < n; i++) {
		const struct foreign_key *k = &keys[i];
		printf("\n%s (", sides[k->from].path);
		print_names(a, sides[k->from].profile, k->columns, k->ncolumns);
		printf(") -> %s (", sides[k->to].path);
		print_names(a, sides[k->to].profile, k->to_columns, k->ncolumns);
		printf("), score %u of 1000\n  %s\n", k->score, safe(a, k->says));
	}
}

static int
take_side(struct cli *c, const char *path, struct foreign_side *out, struct err *err)
{
	struct artifact_profile *p = ARENA_NEW(c->a, struct artifact_profile);

	*out = (struct foreign_side){.path = path, .profile = p, .fd = -1};
	if (measure(c, path, NULL, &out->fd, p, err) < 0)
		return -1;
	out->format = kind_format(p->kind);
	if (!p->parse_ok)
		return err_set(err, E_USAGE, "'%s' does not hold up as %s: %s", path, kind_name(p->kind), p->fault.message);
	if (!kind_is_table(p->kind))
		return err_set(err, E_USAGE, "'%s' is no table whose rows are read here (%s); give CSV, TSV, JSON rows or Parquet", path,
		    kind_name(p->kind));
	return 0;
}

int
verb_relations(struct cli *c, int argc, char **argv)
{
	const struct foreign_key *keys;
	struct foreign_side *sides;
	struct err err;
	size_t nsides, n;
	int rc = 0;

	if (cli_arguments(argc, argv, 1, FILES_MAX, "relations") != CLI_OK)
		return CLI_USAGE;
	nsides = (size_t)argc - 1;
	sides = ARENA_ARRAY(c->a, nsides, struct foreign_side);
	for (size_t i = 0; i < nsides; i++)
		sides[i].fd = -1;
	for (size_t i = 0; i < nsides && rc == 0; i++)
		rc = take_side(c, argv[i + 1], &sides[i], &err);
	if (rc == 0)
		rc = foreign_find(c->a, sides, nsides, NULL, &keys, &n, &err);
	for (size_t i = 0; i < nsides; i++)
		if (sides[i].fd >= 0)
			(void)close(sides[i].fd);
	if (rc < 0)
		return cli_fail(c, &err);
	if (c->is_json) {
		struct buf b;
		struct jw w;
		buf_init(&b, c->a);
		jw_init(&w, &b);
		foreign_json(sides, nsides, keys, n, NULL, &w);
		printf("%s\n", b.p);
	} else {
		print_relations(c->a, sides, nsides, keys, n);
	}
	return CLI_OK;
}
