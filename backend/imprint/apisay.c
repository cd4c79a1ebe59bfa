/* SPDX-License-Identifier: Apache-2.0 */
/* A map, written down: for programs and for people. */
#include <stdio.h>

#include "core/buf.h"
#include "core/jw.h"
#include "imprint/apimap.h"

static const char *const evidence_names[APIMAP__EVIDENCE] = {"exact", "normalised", "synonym", "abbreviation", "word", "place",
    "bare", "filler", "similar"};
static const char *const how_names[APIMAP__HOW] = {"copy", "number_to_string", "string_to_number", "boolean_to_string",
    "string_to_boolean", "date", "scale", "table"};

static void
step_json(struct jw *w, const struct apimap_step *s)
{
	jw_object(w, NULL);
	jw_str(w, "how", how_names[s->how]);
	if (s->from)
		jw_str(w, "from", s->from);
	if (s->to)
		jw_str(w, "to", s->to);
	if (s->how == APIMAP_SCALE) {
		jw_uint(w, "num", s->num);
		jw_uint(w, "den", s->den);
	}
	if (s->how == APIMAP_TABLE) {
		jw_array(w, "table");
		for (size_t i = 0; i < s->n_table; i++) {
			jw_array(w, NULL);
			jw_value(w, NULL, s->table[i].from);
			if (s->table[i].to)
				jw_value(w, NULL, s->table[i].to);
			jw_end(w);
		}
		jw_end(w);
	}
	jw_bool(w, "lossless", s->is_lossless);
	jw_str(w, "says", s->says);
	jw_end(w);
}

static void
thousandths(struct jw *w, const char *key, unsigned v)
{
	char text[16];

	(void)snprintf(text, sizeof text, "%u.%03u", v / 1000, v % 1000);
	jw_lexeme(w, key, text);
}

static void
link_json(struct jw *w, const struct apimap_link *l)
{
	jw_object(w, NULL);
	jw_str(w, "canonical", l->canonical);
	jw_bool(w, "pack", l->is_pack);
	jw_str(w, "a", l->a->pointer);
	jw_str(w, "b", l->b->pointer);
	thousandths(w, "confidence", l->confidence);
	jw_str(w, "evidence", evidence_names[l->evidence]);
	jw_str(w, "says", l->says);
	jw_array(w, "steps");
	jw_object(w, NULL); /* the place: as RFC 6902 has it, "*" for each element */
	jw_str(w, "op", "copy");
	jw_str(w, "from", l->a->pointer);
	jw_str(w, "path", l->b->pointer);
	jw_end(w);
	for (size_t i = 0; i < l->n_steps; i++)
		if (l->steps[i].how != APIMAP_COPY || !l->steps[i].is_lossless)
			step_json(w, &l->steps[i]);
	jw_end(w);
	jw_end(w);
}

static void
open_json(struct jw *w, const struct apimap_open *o)
{
	jw_object(w, NULL);
	jw_str(w, "b", o->b->pointer);
	jw_bool(w, "required", o->b->is_required);
	jw_str(w, "says", o->says);
	jw_array(w, "candidates");
	for (size_t i = 0; i < o->n_candidates; i++) {
		jw_object(w, NULL);
		jw_str(w, "a", o->candidates[i].a->pointer);
		thousandths(w, "confidence", o->candidates[i].confidence);
		jw_str(w, "says", o->candidates[i].says);
		jw_str(w, "not_taken", o->candidates[i].why_not);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

/* What an open field is: one list each. */
enum open_kind { OPEN_AMBIGUOUS, OPEN_GAP, OPEN_OTHER };

static enum open_kind
open_kind(const struct apimap_open *o)
{
	if (o->is_ambiguous)
		return OPEN_AMBIGUOUS;
	return o->b->is_required && !o->b->is_const ? OPEN_GAP : OPEN_OTHER;
}

void
apimap_json(struct jw *w, const char *key, const struct apimap *m)
{
	static const char *const lists[] = {"ambiguous", "gaps", "unmapped_b"};

	jw_object(w, key);
	jw_str(w, "schema", "forge.apimap.v1");
	jw_str(w, "a", m->a->name);
	jw_str(w, "b", m->b->name);
	jw_str(w, "entity", m->entity ? m->entity->id : NULL);
	jw_bool(w, "cut", m->a->is_cut || m->b->is_cut);
	thousandths(w, "threshold", APIMAP_THRESHOLD);
	thousandths(w, "margin", APIMAP_MARGIN);
	jw_array(w, "fields");
	for (size_t i = 0; i < m->n_links; i++)
		link_json(w, &m->links[i]);
	jw_end(w);
	for (unsigned kind = OPEN_AMBIGUOUS; kind <= OPEN_OTHER; kind++) {
		jw_array(w, lists[kind]);
		for (size_t i = 0; i < m->n_open; i++)
			if (open_kind(&m->open[i]) == kind)
				open_json(w, &m->open[i]);
		jw_end(w);
	}
	jw_array(w, "unmapped_a");
	for (size_t i = 0; i < m->n_left; i++)
		jw_str(w, NULL, m->left[i]->pointer);
	jw_end(w);
	jw_end(w);
}

static const char *
place(const struct apimap_field *f)
{
	return f->pointer[0] ? f->pointer : "(the whole)";
}

void
apimap_text(struct buf *b, const struct apimap *m)
{
	static const char *const words[] = {"in doubt", "gap", "open"};

	buf_printf(b, "%s -> %s", m->a->name, m->b->name);
	if (m->entity)
		buf_printf(b, ", by %s (%s)", m->entity->label, m->entity->id);
	buf_char(b, '\n');
	for (size_t i = 0; i < m->n_links; i++) {
		const struct apimap_link *l = &m->links[i];

		buf_printf(b, "  %s <- %s  [%s] %u.%03u: %s\n", place(l->b), place(l->a), l->canonical, l->confidence / 1000,
		    l->confidence % 1000, l->says);
		for (size_t k = 0; k < l->n_steps; k++)
			if (l->steps[k].how != APIMAP_COPY || !l->steps[k].is_lossless)
				buf_printf(b, "      %s: %s%s\n", how_names[l->steps[k].how], l->steps[k].says,
				    l->steps[k].is_lossless ? "" : " (not for every value)");
	}
	for (size_t i = 0; i < m->n_open; i++) {
		const struct apimap_open *o = &m->open[i];

		buf_printf(b, "  %s  %s: %s\n", place(o->b), words[open_kind(o)], o->says);
		for (size_t k = 0; k < o->n_candidates; k++)
			buf_printf(b, "      %s %u.%03u: %s; not taken: %s\n", place(o->candidates[k].a),
			    o->candidates[k].confidence / 1000, o->candidates[k].confidence % 1000, o->candidates[k].says,
			    o->candidates[k].why_not);
	}
	for (size_t i = 0; i < m->n_left; i++)
		buf_printf(b, "  %s  goes nowhere\n", place(m->left[i]));
	if (m->a->is_cut || m->b->is_cut)
		buf_printf(b, "  only the first %d fields of a side were looked at\n", APIMAP_FIELDS_MAX);
}
