/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "tap.h"
#include "types/profile.h"
#include "types/reading.h"

static struct arena *a;
static struct err err;

static struct artifact_profile
profile_of(const char *text, size_t n, const char *path)
{
	struct artifact_profile p = {.rows = -2};
	int fd = memfd_create("t", MFD_CLOEXEC);

	CHECK_INT(fd_write_all(fd, text, n, &err), 0);
	CHECK_INT(artifact_profile(a, fd, path, NULL, NULL, &p, &err), 0);
	(void)close(fd);
	return p;
}

/* One column of the values (one a line), each in quotes, beside another. */
static struct artifact_profile
profile_column_of(const char *name, const char *values)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "%s,other\n", name);
	for (const char *line = values, *end; (end = strchr(line, '\n')); line = end + 1)
		buf_printf(&b, "\"%.*s\",x\n", (int)(end - line), line);
	return profile_of(b.p, b.len, "t.csv");
}

struct reading_case {
	const char *name;
	const char *values;
	const char *says; /* type reading currency style unit date_style; - for NULL */
};

static const char *
or_dash(const char *s)
{
	return s ? s : "-";
}

static void
check_cases(const struct reading_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct artifact_profile p = profile_column_of(cases[i].name, cases[i].values);
		const struct column_profile *c = &p.columns[0];
		const char *said = arena_printf(a, "%s %s %s %s %s %s", coltype_name(c->type), coltype_name(c->reading),
		    or_dash(c->currency), or_dash(c->number_style), or_dash(c->unit), or_dash(c->date_style));
		if (strcmp(said, cases[i].says) != 0)
			printf("# %s: %s\n", cases[i].name, cases[i].values);
		CHECK_STR(said, cases[i].says);
	}
}
#define CHECK_CASES(cases) check_cases(cases, sizeof(cases) / sizeof *(cases))

static void
amounts_read_as_money_with_their_currency_and_style(void)
{
	static const struct reading_case cases[] = {
	    {"x", "$1,234.50\n$2.00\n-$5\n", "text money USD us - -"},
	    {"x", "EUR 1.234,50\nEUR 2,00\n", "text money EUR eu - -"},
	    {"x", "1.234,50 EUR\n2,00 EUR\n", "text money EUR eu - -"},
	    {"x", "1 234,50 €\n7,00 €\n", "text money EUR space - -"},
	    {"x", "1\xc2\xa0" "234,50\xc2\xa0€\n-7,00\xc2\xa0€\n", "text money EUR space - -"},
	    {"x", "1'234.50 CHF\n2.00 CHF\n", "text money CHF swiss - -"},
	    /* as browsers write it: a no-break space behind the code, a real minus */
	    {"x", "CHF\xc2\xa0" "1’234.50\nCHF−2.00\nCHF\xe2\x80\xaf" "3\n", "text money CHF swiss - -"},
	    {"x", "1’234.50 CHF\n2.00 CHF\n", "text money CHF swiss - -"},
	    {"x", "($1,234.50)\n$12.00\n", "text money USD us - -"},
	    {"amount", "(1,234.50)\n12.00\n", "text money - us - -"},
	    {"x", "(1,234.50)\n12.00\n", "text decimal - us - -"},
	    {"x", "US$ 5\nUS$ 6\n", "text money USD - - -"},
	    {"x", "$5\n€6\n", "text money mixed - - -"},
	    {"x", "$5\n6\n", "text money mixed - - -"},
	    {"x", "6\n$5\n", "text money mixed - - -"},
	    {"x", "$125/h\n$90.50/hr\n", "text money USD us /h -"},
	    {"x", "−5,00 €\n5,00 €\n", "text money EUR eu - -"},
	    {"x", "$1,234\n$2,345\n", "text money USD ambiguous - -"},
	    {"x", "1.234 €\n", "text money EUR ambiguous - -"},
	    {"x", "$1,234\n$2.5\n", "text money USD us - -"},
	};

	CHECK_CASES(cases);
}

static void
numbers_have_a_style_or_are_called_ambiguous(void)
{
	static const struct reading_case cases[] = {
	    {"n", "1,234\n", "text decimal - ambiguous - -"},
	    {"n", "1,234\n2,345\n17\n", "text decimal - ambiguous - -"},
	    {"n", "1,234\n2.5\n", "text decimal - us - -"},
	    {"n", "1,234\n1,234,567\n", "text integer - us - -"},
	    {"n", "1,234\n1.234.567\n", "text decimal - eu - -"},
	    {"n", "1.234.567\n1,234\n", "text decimal - eu - -"},
	    {"n", "1.234,5\n2\n", "text decimal - eu - -"},
	    {"n", "1,5\n2,75\n", "text decimal - eu - -"},
	    {"n", "0,123\n0,456\n", "text decimal - eu - -"},
	    {"n", "1 234\n17\n", "text integer - space - -"},
	    {"n", "1'234\n17\n", "text integer - swiss - -"},
	    {"n", "1'234,5\n17\n", "text decimal - swiss-comma - -"},
	    {"n", "1 234.5\n17\n", "text decimal - space-point - -"},
	    {"n", "1 234.5\n1,5\n", "text text - - - -"},
	    /* Marks that contradict each other, and what only looks like numbers. */
	    {"n", "1,234.5\n1.234,5\n", "text text - - - -"},
	    {"n", "1,23,4\n", "text text - - - -"},
	    {"n", "00123\n", "text text - - - -"},
	    {"zip", "00123\n00456\n", "id id - - - -"},
	    {"phone", "555 123 456\n", "text text - - - -"},
	    {"ip", "10.0.0.1\n10.0.0.2\n", "id id - - - -"},
	    {"n", "(1)\n(2)\n", "text text - - - -"},
	    {"n", "(-1)\n2\n", "text text - - - -"},
	    {"n", "−1\n2\n3\n", "text integer - - - -"},
	    /* 1e5 is no number as people write them, wherever in the column it stands. */
	    {"n", "1e5\n1,234.56789\n", "text text - - - -"},
	    {"n", "1,234.56789\n1e5\n", "text text - - - -"},
	    {"n", "9 AM\n10 AM\n", "text text - - - -"},
	    {"n", "1.5\n2.25\n", "decimal decimal - - - -"},
	};

	CHECK_CASES(cases);
}

static void
a_unit_is_one_that_every_value_carries(void)
{
	static const struct reading_case cases[] = {
	    {"p", "5%\n12.5%\n", "text decimal - us % -"},
	    {"p", "5 %\n12,5 %\n", "text decimal - eu % -"},
	    {"h", "5 h\n6 hrs\n", "text integer - - h -"},
	    {"w", "80kg\n81kg\n", "id integer - - kg -"},
	    {"w", "12 widgets\n13 widgets\n", "text integer - - widgets -"},
	    {"h", "5 h\n6\n", "text text - - - -"},
	    {"h", "5 h\n6 min\n", "text text - - - -"},
	};

	CHECK_CASES(cases);
}

static void
dates_and_times_in_other_writings_are_named(void)
{
	static const struct reading_case cases[] = {
	    {"d", "3 Mar 2026\n14 April 2026\n", "text date - - - dmonY"},
	    {"d", "March 3, 2026\nApr. 4, 2026\n", "text date - - - mondY"},
	    {"d", "3rd May 2026\n", "text date - - - dmonY"},
	    {"d", "03-MAR-26\n04-APR-26\n", "id date - - - dmonY-yy"},
	    {"d", "2026-Mar-03\n", "text date - - - Ymond"},
	    {"d", "03/04/26\n05/06/26\n", "text date - - - ambiguous-yy"},
	    {"d", "31/12/26\n05/06/26\n", "text date - - - dmy-yy"},
	    {"d", "12/31/26\n05/06/26\n", "text date - - - mdy-yy"},
	    {"d", "31/12/2025\n01/02/2026\n", "date date - - - dmy"},
	    {"d", "01/02/2026\n03/04/2026\n", "date date - - - ambiguous"},
	    {"d", "2026-01-02\n", "date date - - - -"},
	    {"t", "3/14/2026 3:04 PM\n3/15/2026 11:04 a.m.\n", "text timestamp - - - mdy"},
	    {"t", "03/04/2026 15:04\n", "text timestamp - - - ambiguous"},
	    {"t", "2026-03-04 15:04 EST\n2026-03-05 15:04 EST\n", "text timestamp - - - iso"},
	    {"t", "Tue, 03 Mar 2026 15:04:05 +0100\n", "text timestamp - - - dmonY"},
	    {"start_date", "20260301\n20260302\n", "integer date - - - compact"},
	    {"count", "20260301\n20260302\n", "integer integer - - - -"},
	    /* No such day, times on some values only, orders that exclude each other. */
	    {"d", "30 Feb 2026\n", "text text - - - -"},
	    {"d", "3 Mar 2026\n4 Mar 2026 10:00\n", "text text - - - -"},
	    {"d", "31/12/26\n12/31/26\n", "text text - - - -"},
	    {"t", "3/14/2026 13:04 PM\n", "text text - - - -"},
	    {"d", "May 2026\n", "text text - - - -"},
	};

	CHECK_CASES(cases);
}

static void
yes_and_no_need_both_or_a_name_that_asks(void)
{
	static const struct reading_case cases[] = {
	    {"ok", "Y\nN\nY\n", "text boolean - - - -"},
	    {"ok", "Y\nN\nY\nn\nN\nY\nY\ny\n", "enum boolean - - - -"},
	    {"ok", "Y\nY\n", "text text - - - -"},
	    {"is_ok", "Y\nY\n", "text boolean - - - -"},
	    {"isBillable", "1\n1\n", "integer boolean - - - -"},
	    {"n", "1\n1\n", "integer integer - - - -"},
	    {"amount_paid", "0\n0\n", "integer integer - - - -"},
	    {"n", "1\n0\n", "integer boolean - - - -"},
	    {"n", "1\n0\n2\n", "integer integer - - - -"},
	    {"ok", "Y\nN\nmaybe\n", "text text - - - -"},
	    {"ok", "yes\nNo\n", "boolean boolean - - - -"},
	};

	CHECK_CASES(cases);
}

static void
whole_numbers_named_as_ids_read_as_ids(void)
{
	static const struct reading_case cases[] = {
	    {"employee_id", "1\n2\n", "integer id - - - -"},
	    {"quantity", "1\n2\n", "integer integer - - - -"},
	};

	CHECK_CASES(cases);
}

static bool
has_note(const struct artifact_profile *p, const char *part)
{
	for (size_t i = 0; i < p->nnotes; i++)
		if (strstr(p->notes[i], part))
			return true;
	for (size_t i = 0; i < p->nnotes; i++)
		printf("# note: %s\n", p->notes[i]);
	return false;
}

static void
one_value_ends_a_reading_and_is_named(void)
{
	struct buf b;
	struct artifact_profile p;
	const struct column_profile *c;

	buf_init(&b, a);
	for (int i = 0; i < 30; i++)
		buf_printf(&b, i == 20 ? "n/a\n" : "$%d.50\n", i);
	p = profile_column_of("price", b.p);
	c = &p.columns[0];
	CHECK_STR(coltype_name(c->reading), "text");
	CHECK_STR(coltype_name(c->nearly), "money");
	CHECK_INT(c->nearly_spoiled.row, 22);
	CHECK_STR(c->nearly_spoiled.value, "n/a");
	CHECK_INT(c->nearly_after, 20);
	CHECK(has_note(&p, "row 22 holds 'n/a', the first value that does not read as an amount like the 20 before it"));
	/* It is the last row, far behind what any sample would see. */
	b.len = 0;
	for (int i = 0; i < 20000; i++)
		buf_str(&b, i == 19999 ? "soon\n" : "3 Mar 2026\n");
	p = profile_column_of("due", b.p);
	CHECK(p.columns[0].reading != COL_DATE);
	CHECK_INT(p.columns[0].nearly_spoiled.row, 20001);
}

static void
what_is_shared_or_open_is_noted(void)
{
	struct artifact_profile p = profile_column_of("x", "$5\n$6\n");

	CHECK(has_note(&p, "other currencies are written with it too"));
	p = profile_column_of("x", "$5\n€6\n");
	CHECK(has_note(&p, "amounts in more than one currency: USD, and in row 3 '€6' (EUR)"));
	p = profile_column_of("x", "$5\n6\n");
	CHECK(has_note(&p, "others none; row 3 holds '6'"));
	p = profile_column_of("n", "1,234\n");
	CHECK(has_note(&p, "thousands mark or a decimal mark"));
	p = profile_column_of("start_date", "46112\n46113\n");
	CHECK(has_note(&p, "dates as spreadsheets count them"));
	CHECK_STR(coltype_name(p.columns[0].reading), "integer");
	p = profile_column_of("d", "03-MAR-26\n");
	CHECK(has_note(&p, "two digits"));
	p = profile_column_of("t", "2026-03-04 15:04 EST\n");
	CHECK(has_note(&p, "time zones are named"));
}

/* Plain values first, then one in another dress, then plain ones again: the sum must not depend on the order. */
static void
plain_values_count_as_much_as_dressed_ones(void)
{
	static const struct reading_case cases[] = {
	    {"n", "1\n2\n1,234.5\n3.25\n", "text decimal - us - -"},
	    {"n", "1.25\n1.234,5\n", "text text - - - -"},
	    {"n", "1.234,5\n1.25\n", "text text - - - -"},
	    {"n", "1.25\n17\n1.234.567\n", "id id - - - -"},
	    {"n", "5 kg\n6\n7 kg\n", "text text - - - -"},
	    {"n", "5\n6 kg\n", "text text - - - -"},
	    {"n", "1e5\n1,234.5\n", "text text - - - -"},
	    {"d", "2026-01-02\n3 Mar 2026\n", "text text - - - -"},
	    {"d", "2026-01-02\n2026-01-02 10:00\n", "text text - - - -"},
	    {"d", "2026-3-5\n2026-12-15\n", "text date - - - ymd"},
	    {"d", "2026-12-15\n2026-3-5\n", "text date - - - ymd"},
	    {"d", "2026-12-15 3:04 PM\n2026-12-16 3:05 PM\n", "text timestamp - - - iso"},
	};

	CHECK_CASES(cases);
}

static void
json_values_read_alike(void)
{
	static const char text[] = "[{\"a\":\"$5\",\"b\":1,\"c\":\"Y\",\"d\":true},{\"a\":\"$6\",\"b\":\"1,234.5\",\"c\":\"N\",\"d\":\"x\"}]";
	struct artifact_profile p = profile_of(text, sizeof text - 1, "t.json");

	CHECK_STR(p.columns[0].currency, "USD");
	CHECK_STR(p.columns[1].number_style, "us");
	CHECK_STR(coltype_name(p.columns[2].reading), "boolean");
	CHECK_STR(coltype_name(p.columns[3].reading), coltype_name(p.columns[3].type));
}

static void
the_point_of_a_json_number_is_a_point(void)
{
	static const char text[] = "[{\"a\":1.234,\"b\":1.5},{\"a\":\"1,234\",\"b\":\"1.234,5\"}]";
	struct artifact_profile p = profile_of(text, sizeof text - 1, "t.json");

	CHECK_STR(p.columns[0].number_style, "ambiguous");
	CHECK(strstr(p.notes[0], "'1,234'")); /* the value that leaves it open, not the first one */
	CHECK_STR(p.columns[1].number_style, "eu");
	CHECK_STR(coltype_name(p.columns[1].reading), "decimal");
}

/* ---- stored ---- */

static const char *
stored(const struct artifact_profile *p)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	artifact_profile_json(p, NULL, &w);
	return buf_take(&b);
}

static void
readings_grain_and_summary_are_stored_and_read_back(void)
{
	struct artifact_profile p = profile_column_of("x", "$1,234\n5 €\n"), q;
	const char *one;
	struct jx *doc;

	p.summary = "{\"sheets\":[\"a\",1.50]}";
	p.encoding = "utf-8";
	one = stored(&p);
	CHECK(strstr(one, "\"currency\":\"mixed\"") != NULL);
	CHECK(strstr(one, "\"summary\":{\"sheets\":[\"a\",1.50]}") != NULL);
	CHECK_INT(jx_parse(a, one, strlen(one), NULL, &doc, &err), 0);
	CHECK_INT(artifact_profile_from_json(a, doc, &q, &err), 0);
	CHECK_STR(stored(&q), one);
	CHECK_STR(q.summary, p.summary);
}

static void
profiles_stored_before_there_were_readings_are_read(void)
{
	static const char old[] =
	    "{\"schema\":\"forge.file_profile.v1\",\"kind\":\"table.csv\",\"sniffed\":\"csv\",\"bytes\":\"4\","
	    "\"parse\":{\"ok\":true,\"message\":null,\"row\":null,\"line\":null,\"column\":null,\"offset\":null},\"rows\":2,\"bom\":false,"
	    "\"pages\":null,\"top_level\":null,\"columns\":[{\"name\":\"h\",\"type\":\"decimal\",\"nulls\":0,\"missing\":0,\"distinct\":2,"
	    "\"distinct_exact\":true,\"min\":\"1\",\"max\":\"2\",\"date_format\":null,\"conforms\":[\"decimal\"],\"values\":null,"
	    "\"first\":null,\"refuted\":[]}],\"candidate_keys\":[[\"h\"]],\"undecided_keys\":[],\"pairs\":\"all\",\"pair_columns\":[\"h\"],"
	    "\"notes\":[]}";
	struct artifact_profile p;
	struct jx *doc;

	CHECK_INT(jx_parse(a, old, sizeof old - 1, NULL, &doc, &err), 0);
	CHECK_INT(artifact_profile_from_json(a, doc, &p, &err), 0);
	CHECK_STR(coltype_name(p.columns[0].reading), "decimal");
	CHECK(!p.columns[0].currency && !p.columns[0].unit && !p.columns[0].date_style && !p.columns[0].number_style);
	CHECK_INT(p.columns[0].nearly_spoiled.row, 0);
	CHECK(!p.grain && !p.summary && !p.encoding);
	CHECK_INT(p.repeated_rows, -1);
	CHECK_INT(p.triples, PAIRS_NONE);
}

/* ---- hostile ---- */

/* Every string of a small alphabet up to six characters, and long runs: nothing reads beyond its end (ASan). */
static void
odd_texts_are_read_without_harm(void)
{
	static const char alphabet[] = "1,.' -($%\xe2";
	size_t n = sizeof alphabet - 1, total = 0;
	struct number_text number;
	struct date_text date;

	for (size_t length = 1; length <= 5; length++) {
		size_t count = 1;
		for (size_t i = 0; i < length; i++)
			count *= n;
		for (size_t v = 0; v < count; v++) {
			char *s;
			size_t rest = v;
			if (v % 4096 == 0)
				arena_clear(a);
			s = arena_raw(a, length);
			for (size_t i = 0; i < length; i++, rest /= n)
				s[i] = alphabet[rest % n];
			total += number_text_read(s, length, &number);
			total += date_text_read(s, length, &date);
		}
	}
	CHECK(total > 0);
	for (size_t i = 1; i < 200; i++) {
		char *s = arena_raw(a, i);
		memset(s, "1 ,'"[i % 4], i);
		(void)number_text_read(s, i, &number);
		(void)date_text_read(s, i, &date);
	}
}

int
main(void)
{
	a = arena_new(0);
	RUN(amounts_read_as_money_with_their_currency_and_style);
	RUN(numbers_have_a_style_or_are_called_ambiguous);
	RUN(a_unit_is_one_that_every_value_carries);
	RUN(dates_and_times_in_other_writings_are_named);
	RUN(yes_and_no_need_both_or_a_name_that_asks);
	RUN(whole_numbers_named_as_ids_read_as_ids);
	RUN(one_value_ends_a_reading_and_is_named);
	RUN(what_is_shared_or_open_is_noted);
	RUN(plain_values_count_as_much_as_dressed_ones);
	RUN(json_values_read_alike);
	RUN(the_point_of_a_json_number_is_a_point);
	RUN(readings_grain_and_summary_are_stored_and_read_back);
	RUN(profiles_stored_before_there_were_readings_are_read);
	RUN(odd_texts_are_read_without_harm);
	arena_free(a);
	return tap_done();
}
