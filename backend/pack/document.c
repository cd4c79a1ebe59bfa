/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/document.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "schema/registry.h"
#include "schema/validate.h"
#include "schema/yaml.h"

#define SCRATCH_BYTES_MAX ((size_t)1 << 30)

bool
document_applies(const struct entity *e, enum kind kind)
{
	enum format f = kind_format(kind);

	if (!e->schema || (f != FORMAT_JSON && f != FORMAT_YAML))
		return false;
	return e->form == ENTITY_OBJECT || (e->form == ENTITY_ROWS && e->ncolumns > 0 &&
	    (kind == KIND_OBJECT_JSON || kind == KIND_OBJECT_YAML));
}

/* Does the pointer lead into a tolerant column? */
static bool
is_tolerated(const struct entity *e, const char *pointer)
{
	const char *at = *pointer == '/' ? pointer + 1 : "";

	for (size_t i = 0; i < e->nfields; i++) {
		size_t n = strlen(e->fields[i].name);

		if (e->fields[i].is_tolerant && strncmp(at, e->fields[i].name, n) == 0 && (at[n] == '\0' || at[n] == '/'))
			return true;
	}
	return false;
}

struct holding {
	struct arena *a, *scratch; /* what is handed out, and the document's */
	const struct entity *e;
	struct validator *v;
	struct document_problem *to;
	struct document_check *out;
};

static int
document_read(struct holding *h, int fd, enum format format, struct jx **doc, struct err *err)
{
	struct err bad = {0};
	struct stat st;
	char *text;
	size_t n;
	int rc;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, E_IO, "read a document");
	if (fstat(fd, &st) < 0)
		return err_sys(err, E_IO, "read a document");
	if ((uint64_t)st.st_size > DOCUMENT_BYTES_MAX) {
		h->out->message = arena_printf(h->a, "it has %lld bytes, and a document is held against its entity up to %llu",
		    (long long)st.st_size, (unsigned long long)DOCUMENT_BYTES_MAX);
		return 0;
	}
	if (fd_read_all(h->scratch, fd, DOCUMENT_BYTES_MAX, &text, &n, err) < 0)
		return err_wrap(err, "a document that an entity describes");
	rc = format == FORMAT_YAML ? yaml_parse(h->scratch, text, n, NULL, doc, &bad) : jx_parse(h->scratch, text, n, NULL, doc, &bad);
	h->out->parse_ok = rc == 0;
	h->out->message = rc == 0 ? NULL : arena_str(h->a, bad.msg);
	return 0;
}

static void
hold(struct holding *h, const struct jx *value, const char *base)
{
	const struct validate_error *errors;
	size_t n;

	if (validator_run(h->v, h->scratch, value, 2 * DOCUMENT_PROBLEMS_MAX, &errors, &n))
		return;
	for (size_t i = 0; i < n && h->out->nproblems < DOCUMENT_PROBLEMS_MAX; i++) {
		bool is_missing = strcmp(errors[i].keyword, "required") == 0;

		if (!is_missing && is_tolerated(h->e, errors[i].pointer))
			continue;
		h->to[h->out->nproblems++] = (struct document_problem){
		    .pointer = arena_printf(h->a, "%s%s", base, errors[i].pointer),
		    .line = errors[i].instance ? errors[i].instance->line : 0,
		    .is_missing = is_missing,
		    .expected = arena_str(h->a, errors[i].expected),
		    .found = arena_str(h->a, errors[i].found),
		};
	}
}

static int
check_in(struct holding *h, int fd, enum kind kind, struct err *err)
{
	static const struct validate_options opt = {.formats = true, .own_formats = true};
	struct registry *reg = registry_new(h->scratch, NULL);
	struct jx *doc = NULL;
	struct sloc at;

	if (document_read(h, fd, kind_format(kind), &doc, err) < 0)
		return -1;
	if (!h->out->parse_ok)
		return 0;
	if (registry_add(reg, h->e->schema, "entity", DIALECT_2020, &at, err) < 0 ||
	    validator_compile(reg, at, &opt, &h->v, err) < 0)
		return err_wrap(err, "the schema of %s", h->e->id);
	if (h->e->form != ENTITY_ROWS || !jx_is(doc, JX_ARRAY))
		hold(h, doc, "");
	else
		for (size_t i = 0; i < jx_size(doc) && h->out->nproblems < DOCUMENT_PROBLEMS_MAX; i++)
			hold(h, jx_at(doc, i), arena_printf(h->scratch, "/%zu", i));
	return 0;
}

int
document_check(struct arena *a, int fd, enum kind kind, const struct entity *e, struct document_check *out,
    struct err *err)
{
	struct holding h = {.a = a, .scratch = arena_new(SCRATCH_BYTES_MAX), .e = e, .out = out,
	    .to = ARENA_ARRAY(a, DOCUMENT_PROBLEMS_MAX, struct document_problem)};
	int rc;

	*out = (struct document_check){.problems = h.to};
	rc = check_in(&h, fd, kind, err);
	arena_free(h.scratch);
	return rc;
}
