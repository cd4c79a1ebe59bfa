/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/format.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "shared.h"
#include "tap.h"

struct row {
	const char *format;
	const char *text;
	bool ok;
};

static bool
check(const char *format, const char *text, size_t n)
{
	int f = format_find(format, strlen(format));

	CHECK(f >= 0);
	return format_check(f, text, n);
}

static void
hold(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (check(rows[i].format, rows[i].text, strlen(rows[i].text)) != rows[i].ok) {
			CHECK(!"format");
			printf("#   %s '%s' should be %s\n", rows[i].format, rows[i].text,
			    rows[i].ok ? "taken" : "refused");
		}
}
#define HOLD(rows) hold(rows, sizeof(rows) / sizeof *(rows))

static void
dates_times_and_durations_follow_rfc_3339(void)
{
	static const struct row rows[] = {{"date", "2024-02-29", true}, {"date", "2023-02-29", false},
	    {"date", "1900-02-29", false}, {"date", "2000-02-29", true}, {"date", "2024-2-29", false},
	    {"date", "2024-02-29 ", false}, {"date", "2024-00-10", false}, {"date", "", false},
	    {"time", "23:59:60Z", true}, {"time", "23:58:60Z", false}, {"time", "00:29:60+00:30", true},
	    {"time", "00:59:60-23:00", true}, {"time", "12:00:00", false}, {"time", "12:00:00.Z", false},
	    {"time", "12:00:00.5+01:00", true}, {"time", "12:00:00+24:00", false},
	    {"time", "12:00:00+0100", true}, {"time", "12:00:00+01", false},
	    {"iso-time", "12:00:00", true}, {"date-time", "2024-01-31T09:30:00Z", true},
	    {"date-time", "2024-01-31 09:30:00z", true}, {"date-time", "2024-01-31t09:30:00-08:00", true},
	    {"date-time", "2024-01-31T09:30Z", false}, {"date-time", "2024-01-31", false},
	    {"date-time", "2024-01-31T", false}, {"iso-date-time", "2024-01-31T09:30:00", true},
	    {"duration", "P1Y2M3DT4H5M6S", true}, {"duration", "P2W", true}, {"duration", "P1W2D", false},
	    {"duration", "P", false}, {"duration", "PT", false}, {"duration", "P1DT", false},
	    {"duration", "P1Y2D", false}, {"duration", "PT1H2S", false}, {"duration", "P1M1M", false}};

	HOLD(rows);
}

static void
mail_addresses_follow_rfc_5321(void)
{
	static const struct row rows[] = {{"email", "a@b.co", true}, {"email", "a.b+c@d-e.example", true},
	    {"email", "\"a b\"@example.com", true}, {"email", "\"a\\\"b\"@example.com", true},
	    {"email", "\"a\"b\"@example.com", false}, {"email", "a@[127.0.0.1]", true},
	    {"email", "a@[IPv6:::1]", true}, {"email", "a@[::1]", false}, {"email", "a..b@c.de", false},
	    {"email", ".a@c.de", false}, {"email", "a.@c.de", false}, {"email", "a@-c.de", false},
	    {"email", "a@c-.de", false}, {"email", "a@c..de", false}, {"email", "a@", false},
	    {"email", "@b.co", false}, {"email", "a b@c.de", false}, {"email", "\xc3\xa4@c.de", false},
	    {"idn-email", "\xc3\xa4@\xc3\xb6.de", true}, {"idn-email", "a", false},
	    {"email",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com", false}};

	HOLD(rows);
}

static void
host_names_check_their_labels(void)
{
	static const struct row rows[] = {{"hostname", "a.b-c.d1", true}, {"hostname", "a_b", false},
	    {"hostname", "-a", false}, {"hostname", "a-", false}, {"hostname", "a..b", false},
	    {"hostname", "a.", false}, {"hostname", "", false}, {"hostname", "xn--X", false},
	    {"hostname", "xn--4dbc5h", true}, {"hostname", "xn--5db1e", false},
	    {"hostname", "\xc3\xa4.de", false}, {"idn-hostname", "\xc3\xa4.de", true},
	    {"idn-hostname", "l\xc2\xb7l", true}, {"idn-hostname", "a\xc2\xb7l", false},
	    {"idn-hostname", "a\xe3\x80\x82""b", true}, {"idn-hostname", "a\xd7\x90", false},
	    {"idn-hostname", "0a.\xd7\x90", false}, {"idn-hostname", "\xcc\x80hello", false}};

	HOLD(rows);
	CHECK(!check("idn-hostname", "\xc3\xa4\0b", 4));
}

static void
addresses_follow_their_grammars(void)
{
	static const struct row rows[] = {{"ipv4", "127.0.0.1", true}, {"ipv4", "127.0.0.256", false},
	    {"ipv4", "127.0.0", false}, {"ipv4", "127.0.0.01", false}, {"ipv4", "1.2.3.4.5", false},
	    {"ipv6", "::", true}, {"ipv6", "1::", true}, {"ipv6", "1:2:3:4:5:6:7:8", true},
	    {"ipv6", "1:2:3:4:5:6:7::", true}, {"ipv6", "1:2:3:4:5:6:7:8::", false},
	    {"ipv6", "::1:2:3:4:5:6:7", true}, {"ipv6", "::1:2:3:4:5:6:7:8", false},
	    {"ipv6", "::1.2.3.4", true}, {"ipv6", "1:2:3:4:5:6:1.2.3.4", true},
	    {"ipv6", "1:2:3:4:5:6:7:1.2.3.4", false}, {"ipv6", ":::", false}, {"ipv6", ":", false},
	    {"ipv6", "1:", false}, {"ipv6", "", false}, {"ipv6", "1::2::3", false},
	    {"uri", "urn:a:b", true}, {"uri", "a:", true}, {"uri", "//a", false}, {"uri", "a b:", false},
	    {"uri", "http://[::1]:80/a?b#c", true}, {"uri", "http://[::1]x/", false},
	    {"uri", "http://a:b/", false}, {"uri", "http://a/%2", false}, {"uri", "http://a/\xc3\xa4", false},
	    {"uri", "http://a/#b#c", false}, {"uri", "http://[v1.a:b]/", true},
	    {"uri", "http://[v.a]/", false}, {"iri", "http://a/\xc3\xa4", true},
	    {"iri", "http://a/?\xee\x80\x80", true}, {"iri", "http://a/\xee\x80\x80", false},
	    {"uri-reference", "", true}, {"uri-reference", "a:b", true},
	    {"uri-reference", "1a:b", false}, {"uri-reference", "./1a:b", true},
	    {"uri-reference", "?a", true}, {"iri-reference", "#\xc3\xa4", true},
	    {"uri-template", "/a/{b}{?c,d*}{e:3}", true}, {"uri-template", "/a/{b", false},
	    {"uri-template", "/a/b}", false}, {"uri-template", "{}", false},
	    {"uri-template", "{a.b}", true}, {"uri-template", "{.a.}", false},
	    {"url", "https://example.com:8080/a?b", true}, {"url", "ftp://192.0.2.7/x", true},
	    {"url", "example.com", false}, {"url", "https://a b.com", false}, {"url", "mailto:a@b.c", false}};

	HOLD(rows);
}

static void
pointers_ids_and_patterns(void)
{
	static const struct row rows[] = {{"json-pointer", "", true}, {"json-pointer", "/a~0~1b", true},
	    {"json-pointer", "a", false}, {"json-pointer", "/~", false}, {"json-pointer", "/~2", false},
	    {"json-pointer-uri-fragment", "#/a", true}, {"json-pointer-uri-fragment", "/a", false},
	    {"relative-json-pointer", "0#", true}, {"relative-json-pointer", "10/a", true},
	    {"relative-json-pointer", "01", false}, {"relative-json-pointer", "0#a", false},
	    {"relative-json-pointer", "", false}, {"uuid", "123e4567-e89b-12d3-a456-426614174000", true},
	    {"uuid", "123e4567-e89b-12d3-a456-42661417400g", false},
	    {"uuid", "urn:uuid:123e4567-e89b-12d3-a456-426614174000", false}, {"regex", "^a[b-c]$", true},
	    {"regex", "(?<=a+)b", true}, {"regex", "[\\w\\-]", true}, {"regex", "a\\-b", true},
	    {"regex", "(?i)a", false}, {"regex", "\\Z", false}, {"regex", "\\a", false},
	    {"regex", "(a", false}, {"regex", "a**", false}, {"byte", "any text", true}};

	HOLD(rows);
	CHECK(format_find("no-such-format", 14) < 0);
	CHECK(format_find("", 0) < 0);
	CHECK(format_check(-1, "x", 1));
}

static void
every_example_is_legal(void)
{
	for (int f = 0; f < 100; f++)
		if (format_example(f))
			CHECK(format_check(f, format_example(f), strlen(format_example(f))));
}

static unsigned n_checked, n_wrong;

static void
suite_case(const struct jx *group, struct arena *a)
{
	struct jx *schema;
	const char *text = jx_str(jx_find(group, "schema_text"), "");
	const struct jx *tests = jx_find(group, "tests"), *format;

	if (jx_parse(a, text, strlen(text), NULL, &schema, NULL) < 0)
		return;
	format = jx_find(schema, "format");
	if (!format || jx_size(schema) > 2 || format_find(jx_str(format, ""), strlen(jx_str(format, ""))) < 0)
		return;
	for (size_t i = 0; i < jx_size(tests); i++) {
		struct jx_options opt = {.allow_nul = true};
		const struct jx *t = jx_at(tests, i);
		const char *data = jx_str(jx_find(t, "data_text"), "");
		struct jx *v;
		if (jx_parse(a, data, strlen(data), &opt, &v, NULL) < 0 || v->type != JX_STRING)
			continue;
		n_checked++;
		if (check(jx_str(format, ""), v->u.text.p, v->u.text.n) == jx_bool(jx_find(t, "valid"), false))
			continue;
		n_wrong++;
		printf("#   %s %s %s: %s\n", jx_str(jx_find(group, "dialect"), ""), jx_str(format, ""), data,
		    jx_str(jx_find(t, "description"), ""));
	}
}

static void
the_given_cases_of_the_public_test_suite_hold(void)
{
	char path[512];
	struct arena *a = arena_new(0);
	char *text;
	size_t n;

	if (file_load(a, shared_path("data/serializer/jsts.ndjson", path, sizeof path), 64u << 20, &text, &n,
		NULL) == 0)
		for (char *line = text, *end; line < text + n; line = end + 1) {
			struct jx *group;
			end = memchr(line, '\n', (size_t)(text + n - line));
			if (!end)
				end = text + n;
			if (jx_parse(a, line, (size_t)(end - line), NULL, &group, NULL) == 0 &&
			    strstr(jx_str(jx_find(group, "file"), ""), "format/"))
				suite_case(group, a);
		}
	printf("# %u strings, %u judged otherwise\n", n_checked, n_wrong);
	CHECK(n_checked > 500);
	CHECK_INT(n_wrong, 0);
	arena_free(a);
}

int
main(void)
{
	char path[512];

	RUN(dates_times_and_durations_follow_rfc_3339);
	RUN(mail_addresses_follow_rfc_5321);
	RUN(host_names_check_their_labels);
	RUN(addresses_follow_their_grammars);
	RUN(pointers_ids_and_patterns);
	RUN(every_example_is_legal);
	if (shared_path("data/serializer/jsts.ndjson", path, sizeof path))
		RUN(the_given_cases_of_the_public_test_suite_hold);
	else
		SKIP(the_given_cases_of_the_public_test_suite_hold, "the given cases are not beside the checkout");
	return tap_done();
}
