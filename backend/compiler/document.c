/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/document.h"

#include "compiler/detect.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "pack/document.h"
#include "pack/facts.h"
#include "pack/pack.h"

#define LABELS_MAX 6

static struct diag *
document_say(struct compile *c, const struct file_facts *f, enum diag_code code, uint32_t line, const char *message)
{
	struct diag *g = diag_add(c->diags, code, "%s", message);

	g->place.file = f->path;
	g->place.row = line;
	return g;
}

static void
say_missing(struct compile *c, const struct file_facts *f, const struct entity *e, const struct document_check *found)
{
	struct diag *g = NULL;
	size_t n = 0;

	for (size_t i = 0; i < found->nproblems; i++) {
		const struct document_problem *p = &found->problems[i];

		if (!p->is_missing)
			continue;
		if (!g)
			g = document_say(c, f, FC0302, p->line, arena_printf(c->a, "%s is not %s: it has no member `%s`",
			    file_base(f->path), e->label, p->pointer));
		else if (n < LABELS_MAX)
			diag_label(c->diags, g, f->path, p->line, 0, "no `%s`", p->pointer);
		n++;
	}
	if (!g)
		return;
	if (n > 1)
		diag_note(c->diags, g, "%s members that %s needs are missing", diag_count(c->diags, n), e->label);
	diag_help(c->diags, g, "name the entity that the file holds (`forgectl packs detect %s` says what it is like), or "
	    "bind the file that holds %s", file_base(f->path), e->label);
}

static void
say_values(struct compile *c, const struct file_facts *f, const struct entity *e, const struct document_check *found)
{
	struct diag *g = NULL;
	size_t n = 0;

	for (size_t i = 0; i < found->nproblems; i++) {
		const struct document_problem *p = &found->problems[i];

		if (p->is_missing)
			continue;
		if (!g)
			g = document_say(c, f, FC0308, p->line, arena_printf(c->a, "%s is not %s: `%s` is %s, expected %s",
			    file_base(f->path), e->label, *p->pointer ? p->pointer : "/", p->found, p->expected));
		else if (n < LABELS_MAX)
			diag_label(c->diags, g, f->path, p->line, 0, "`%s` is %s", p->pointer, p->found);
		n++;
	}
	if (g)
		diag_help(c->diags, g, "mend the value%s and upload the file again", n > 1 ? "s" : "");
}

bool
file_document_check(struct compile *c, const struct file_facts *file, const struct entity *entity)
{
	const struct file_port *port = c->in->port;
	struct document_check found = {.parse_ok = true};
	struct diag *g;

	if (!port || !port->check_document)
		return true;
	if (port->check_document(port->arg, c->a, file, entity, &found, c->err) < 0) {
		c->has_failed = true;
		return false;
	}
	if (!found.parse_ok) {
		g = document_say(c, file, FC0305, 0, arena_printf(c->a, "%s: %s", file_base(file->path), found.message));
		diag_help(c->diags, g, "mend that place and upload the file again; nothing has run yet");
		return false;
	}
	say_missing(c, file, entity, &found);
	say_values(c, file, entity, &found);
	return found.nproblems == 0;
}
