/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first 200 characters: what a reader (or a model with a short window) must know before anything else. Four slots
 * of 50 code points: what it is, which one, what bounds it, what to do.
 */
#include "imprint/encode_parts.h"

#include <stdio.h>

#define SLOT_POINTS 50u

/* Appends text as exactly 50 code points, the last one a space: cut with an ellipsis, control characters blanked. */
static size_t
slot_write(char *out, const char *text)
{
	size_t points = 0, n = 0, room = SLOT_POINTS - 1, total = 0;

	for (const char *p = text; *p; p++)
		total += ((unsigned char)*p & 0xc0) != 0x80;
	for (const char *p = text; *p && points < room;) {
		size_t bytes = 1;

		while (((unsigned char)p[bytes] & 0xc0) == 0x80)
			bytes++;
		if (total > room && points == room - 1) {
			memcpy(out + n, "\xe2\x80\xa6", 3);
			n += 3;
			points++;
			break;
		}
		if (bytes <= 4) {
			memcpy(out + n, p, bytes);
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				out[n] = ' ';
			n += bytes;
			points++;
		}
		p += bytes;
	}
	for (; points < SLOT_POINTS; points++)
		out[n++] = ' ';
	return n;
}

/* "object", "string/null"; "union" when it would not fit. */
static const char *
top_type(unsigned types)
{
	static const struct { unsigned types; const char *name; } names[] = {
		{T_STRING, "string"}, {T_INTEGER, "integer"}, {T_NUMERIC, "number"}, {T_NUMBER, "number"},
		{T_BOOLEAN, "boolean"}, {T_OBJECT, "object"}, {T_ARRAY, "array"}, {T_NULL, "null"},
		{T_OBJECT | T_NULL, "object/null"}, {T_ARRAY | T_NULL, "array/null"}, {T_STRING | T_NULL, "string/null"},
		{T_OBJECT | T_ARRAY, "object/array"}, {T_OBJECT | T_STRING, "string/object"},
		{T_ARRAY | T_STRING, "string/array"},
	};

	if (types == T_ANY)
		return "any";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].types == types)
			return names[i].name;
	return "union";
}

static void
boundaries(const struct enc *e, size_t template_bytes, char *out, size_t n)
{
	if (e->folded || e->n_cut)
		(void)snprintf(out, n, "%u folded, %zu left out, %zu rules", e->folded, e->n_cut, e->n_rules_all);
	else
		(void)snprintf(out, n, "Nothing folded, %zu %s, %zu bytes", e->n_rules_all,
		    e->n_rules_all == 1 ? "rule" : "rules", template_bytes);
}

void
enc_head(const struct enc *e, const struct shape *root, const struct encode_title *title, size_t template_bytes,
    char out[4 * 200 + 1])
{
	const char *name = title && title->name ? title->name : root->title;
	bool warns = e->warnings.n_all > 0 || (title && title->has_warnings);
	char text[64];
	char headline[512];
	size_t n;

	(void)snprintf(text, sizeof text, "Type %s: %u required of %u values",
	    top_type(enc_types_shown(root)), e->required, e->leaves);
	n = slot_write(out, text);
	(void)snprintf(headline, sizeof headline, "%s: %s", warns ? "WARNING" : "INFO",
	    name && name[strspn(name, " \t\r\n")] ? name : "a schema without a name");
	n += slot_write(out + n, headline);
	boundaries(e, template_bytes, text, sizeof text);
	n += slot_write(out + n, text);
	n += slot_write(out + n, e->folded ? "Next: fill each FILL; zoom into REF: depth"
	    : e->required ? "Next: fill each FILL; OPTIONAL may be left"
	    : "Next: nothing is required; fill what you know");
	out[n] = '\0';
}
