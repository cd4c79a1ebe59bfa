/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl packs detect: what entity a file most likely holds, and which column is which. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/packs_cmd.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/num.h"
#include "pack/detect.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

#define TOP_DEFAULT 3
#define TOP_MAX DETECT_SHOWN_MAX
#define FILES_MAX 64
#define FILE_BYTES_MAX ((int64_t)16 << 30)

static int
file_open(const char *path, int *fd, struct err *err)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0 || fstat(*fd, &st) < 0) {
		if (*fd >= 0)
			fd_close(fd);
		return err_sys(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "'%s'", path);
	}
	if (S_ISREG(st.st_mode) && st.st_size <= FILE_BYTES_MAX)
		return 0;
	fd_close(fd);
	return S_ISREG(st.st_mode)
	    ? err_set(err, E_TOO_LARGE, "'%s' has %lld bytes; at most 16 GiB are read", path, (long long)st.st_size)
	    : err_set(err, E_USAGE, "'%s' is %s, not a file", path, S_ISDIR(st.st_mode) ? "a folder" : "a device or pipe");
}

static const char *
how_text(enum detect_how how)
{
	return how == DETECT_EXACT ? "name" : how == DETECT_CASE ? "name, written differently" : how == DETECT_SYNONYM
	    ? "synonym" : how == DETECT_SIMILAR ? "likeness" : "values alone";
}

static int
width_of(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* A name from a file, safe to print. */
static const char *
shown(struct arena *a, const char *s)
{
	char out[VALUE_SHOW_BYTES];

	value_show(s, strlen(s), out);
	return arena_str(a, out);
}

static void
print_padded(const char *s, int width)
{
	printf("%s", s);
	for (int n = width_of(s); n < width; n++)
		putchar(' ');
}

static const char *
values_text(struct arena *a, const struct detect_column *c)
{
	if (c->convert)
		return arena_printf(a, "convert %s", c->convert);
	return c->fits ? "" : c->fits_reading ? "to be converted" : "does not fit";
}

static void
mapping_text(struct arena *a, const struct detect_rank *r)
{
	int from = 6, to = 6;

	for (size_t i = 0; i < r->ncolumns; i++)
		if (r->columns[i].from >= 0) {
			int f = width_of(shown(a, r->columns[i].from_name));
			int t = width_of(r->columns[i].column->name);

			from = f > from ? f : from;
			to = t > to ? t : to;
		}
	for (size_t i = 0; i < r->ncolumns; i++) {
		const struct detect_column *c = &r->columns[i];

		if (c->from < 0)
			continue;
		printf("    ");
		print_padded(shown(a, c->from_name), from);
		printf(" -> ");
		print_padded(c->column->name, to);
		printf("  %s %u%%%s%s\n", how_text(c->how), c->score / 10, *values_text(a, c) ? "; " : "", values_text(a, c));
	}
	for (size_t i = 0; i < r->ncolumns; i++)
		if (r->columns[i].from < 0 && r->columns[i].column->is_required) {
			printf("    ");
			print_padded("-", from);
			printf(" -> ");
			print_padded(r->columns[i].column->name, to);
			printf("  missing\n");
		}
	for (size_t i = 0; i < r->nunmatched; i++)
		printf("%s%s%s", i == 0 ? "    belongs to nothing: " : ", ", shown(a, r->unmatched_names[i]),
		    i + 1 == r->nunmatched ? "\n" : "");
}

static void
detection_text(struct arena *a, const struct detection *d, const struct file_facts *f, size_t top)
{
	const struct artifact_profile *p = f->profile;
	const struct detect_rank *r = d->ranks;

	if (!p->parse_ok) {
		printf("%s: cannot be read as %s: %s\n", f->path, kind_name(p->kind), p->fault.message);
		return;
	}
	if (d->nranks == 0) {
		printf("%s: %s, and no entity of the catalog is like it\n", f->path, kind_name(p->kind));
		return;
	}
	printf("%s: %s%s (%s), %u%%%s\n", f->path, d->is_clear ? "" : "perhaps ", r->entity->label, r->entity->id,
	    r->confidence / 10, r->is_refuted ? ", and its values contradict it" : d->is_clear ? "" : "; not clear enough to be taken");
	for (size_t i = 0; i < r->nevidence; i++)
		printf("  for      %s\n", r->evidence[i]);
	for (size_t i = 0; i < r->nagainst; i++)
		printf("  against  %s\n", r->against[i]);
	if (r->columns)
		mapping_text(a, r);
	for (size_t i = 1; i < d->nranks && i < top; i++)
		printf("  or %s (%s), %u%%: %s%s%s\n", d->ranks[i].entity->label, d->ranks[i].entity->id,
		    d->ranks[i].confidence / 10, d->ranks[i].nevidence ? d->ranks[i].evidence[0] : "",
		    d->ranks[i].nagainst ? "; but " : "", d->ranks[i].nagainst ? d->ranks[i].against[0] : "");
}

/* Profile and rank one file. 1: it is not what its name says. */
static int
detect_one(struct cli *c, const struct detect_index *x, const char *path, size_t top, struct jw *w)
{
	struct file_facts facts = {.path = path};
	struct artifact_profile p;
	struct detection d;
	struct err err;
	int fd, rc;

	if (file_open(path, &fd, &err) < 0)
		return cli_fail(c, &err);
	rc = artifact_profile(c->a, fd, path, NULL, NULL, &p, &err);
	fd_close(&fd);
	if (rc < 0) {
		err_wrap(&err, "%s", path);
		return cli_fail(c, &err);
	}
	facts.bytes = p.bytes;
	facts.profile = &p;
	detect_file(c->a, x, &facts, &d);
	if (d.nranks > top)
		d.nranks = top;
	if (w)
		detect_json(&d, &facts, w);
	else
		detection_text(c->a, &d, &facts, top);
	return p.parse_ok ? CLI_OK : CLI_FAILED;
}

int
packs_detect(struct cli *c, int argc, char **argv)
{
	const char *given = cli_option(&argc, argv, "packs"), *top_text = cli_option(&argc, argv, "top");
	const struct catalog *k;
	const struct detect_index *x;
	int64_t top = TOP_DEFAULT;
	int rc = CLI_OK;
	struct err err;
	struct buf b;
	struct jw w;

	if (cli_arguments(argc, argv, 1, FILES_MAX, "packs") != CLI_OK)
		return CLI_USAGE;
	if (top_text && num_parse(top_text, strlen(top_text), 1, TOP_MAX, &top, &err) < 0)
		return cli_usage("packs", arena_printf(c->a, "--top: %s", err.msg));
	if (catalog_load_over(c->a, packs_folder(c, NULL), packs_folder(c, given), &k, &err) < 0)
		return cli_fail(c, &err);
	x = detect_index_new(c->a, k);
	buf_init(&b, c->a);
	jw_init(&w, &b);
	if (c->is_json && argc > 2)
		jw_array(&w, NULL);
	for (int i = 1; i < argc; i++) {
		int one = detect_one(c, x, argv[i], (size_t)top, c->is_json ? &w : NULL);

		rc = one != CLI_OK ? CLI_FAILED : rc;
		if (one == CLI_FAILED && c->is_json && argc == 2 && !b.p)
			return rc; /* the error is printed */
		if (!c->is_json && i + 1 < argc)
			putchar('\n');
	}
	if (c->is_json && argc > 2)
		jw_end(&w);
	if (c->is_json)
		printf("%s\n", b.p);
	return rc;
}
