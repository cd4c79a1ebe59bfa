/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/regex.h"

#include <stdlib.h>
#include <time.h>

#include "core/arena.h"
#include "core/err.h"
#include "tap.h"

struct row {
	const char *pattern;
	const char *text;
	enum regex_result want;
};

static enum regex_result
run(const char *pattern, const char *text, size_t n)
{
	struct arena *a = arena_new(0);
	struct regex *re;
	struct err err;
	enum regex_result r = REGEX_BUDGET;

	if (regex_compile(a, pattern, strlen(pattern), &re, &err) < 0)
		printf("# /%s/ does not compile: %s\n", pattern, err.msg);
	else
		r = regex_search(re, text, n);
	arena_free(a);
	return r;
}

static void
hold(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum regex_result r = run(rows[i].pattern, rows[i].text, strlen(rows[i].text));
		if (r != rows[i].want) {
			CHECK(!"match");
			printf("#   /%s/ on '%s' is %d\n", rows[i].pattern, rows[i].text, (int)r);
		}
	}
}
#define HOLD(rows) hold(rows, sizeof(rows) / sizeof *(rows))
#define Y REGEX_YES
#define N REGEX_NO

static void
what_ecmascript_and_pcre_read_differently_is_read_as_ecmascript(void)
{
	static const struct row rows[] = {
	    {"^abc$", "abc\n", N}, {"^a.b$", "a\rb", N}, {"^a.b$", "a\xe2\x80\xa8" "b", N},
	    {"^a.b$", "a\vb", Y}, {"^a.b$", "a\xc2\x85" "b", Y}, {"^.$", "\xf0\x9f\x90\xb2", Y},
	    {"^\\s$", "\xef\xbb\xbf", Y}, {"^\\s$", "\xc2\xa0", Y}, {"^\\s$", "\xe2\x80\xa9", Y},
	    {"^\\s$", "\xc2\x85", N}, {"^\\S$", "\xc2\x85", Y}, {"^\\S$", "\xef\xbb\xbf", N},
	    {"^[\\s]$", "\xe3\x80\x80", Y}, {"^[^\\s]$", "\xe3\x80\x80", N}, {"^[\\S]$", "\xe3\x80\x80", N},
	    {"^[\\S\\s]$", "\xe3\x80\x80", Y}, {"^\\d$", "\xe0\xa7\xaa", N}, {"^\\w$", "\xc3\xa9", N},
	    {"^\\W$", "\xc3\xa9", Y}, {"\\bx", "\xc3\xa9x", Y}, {"^\\cC$", "\x03", Y}, {"^\\cc$", "\x03", Y},
	    {"^\\cC$", "\\cC", N}, {"^\\u0061$", "a", Y}, {"^\\u{1f432}$", "\xf0\x9f\x90\xb2", Y},
	    {"^\\ud83d\\udc32$", "\xf0\x9f\x90\xb2", Y}, {"^\xf0\x9f\x90\xb2*$", "\xf0\x9f\x90\xb2\xf0\x9f\x90\xb2", Y},
	    {"^[\\ud83d\\udc32]$", "\xf0\x9f\x90\xb2", Y}, {"^[\\u0000-\\uffff]$", "\xe3\x80\x80", Y},
	    {"^[\\ud800-\\udfff]$", "a", N}, {"^[^\\ud800-\\udfff]$", "a", Y}, {"\\ud800", "a", N},
	    {"^\\x41$", "A", Y}, {"^[^]$", "\n", Y}, {"[]", "a", N}, {"^a[]?$", "a", Y},
	    {"^\\p{L}$", "\xc3\xa9", Y}, {"^\\p{Letter}$", "\xc3\xa9", Y}, {"^\\p{Lu}$", "\xc3\xa9", N},
	    {"^\\p{Uppercase_Letter}$", "\xc3\x89", Y}, {"^\\p{digit}+$", "\xe0\xa7\xaa", Y},
	    {"^\\p{gc=Nd}$", "4", Y}, {"^\\p{Script=Greek}$", "\xce\xb1", Y}, {"^\\p{sc=Grek}$", "a", N},
	    {"^\\p{Script_Extensions=Greek}+$", "\xce\xb1", Y}, {"^\\P{L}$", "1", Y}, {"^[\\p{L}\\d]+$", "\xc3\xa9" "1", Y},
	    {"^\\p{Alphabetic}$", "a", Y}, {"^\\p{ASCII}$", "\xc3\xa9", N}, {"^\\p{LC}$", "a", Y},
	    {"^\\p{Assigned}$", "a", Y}, {"^\\p{Any}$", "\n", Y}, {"^\\p{Emoji}$", "\xf0\x9f\x90\xb2", Y},
	    {"^(?<year>\\d{4})-\\k<year>$", "2024-2024", Y}, {"^(?<$1>a)\\k<$1>$", "aa", Y}, {"^(a)\\1$", "aa", Y},
	    {"^(?:(a)|b)\\1$", "b", Y}, {"^\\1(a)$", "a", Y}, {"(?<=\\$)\\d+", "a$42", Y},
	    {"(?<!\\$)\\b\\d+", "$42", N}, {"^(?=.*\\d)(?!.*x).+$", "a1", Y}, {"^(?=.*\\d)(?!.*x).+$", "a1x", N},
	    {"^[a-c&&b]$", "&", Y}, {"^[[:alpha:]]$", "a", N}, {"^[[:alpha:]]$", ":]", Y}, {"^\\/a\\.b$", "/a.b", Y},
	    {"^a{2,3}?$", "aaa", Y}, {"^a{2,}$", "a", N}, {"#x y", "#x y", Y}, {"^\\0$", "a", N},
	    {"", "", Y}, {"", "a", Y}, {"a|", "b", Y}, {"^(|a)$", "", Y}, {"x*", "", Y},
	};

	HOLD(rows);
	CHECK_INT(run("^\\0$", "\0", 1), REGEX_YES);
}

static void
what_only_annex_b_allows_is_taken_as_browsers_do(void)
{
	static const struct row rows[] = {
	    {"^a{$", "a{", Y}, {"^{1$", "{1", Y}, {"^a{,2}$", "a{,2}", Y}, {"^}]$", "}]", Y}, {"^\\_\\-\\@$", "_-@", Y},
	    {"^[\\w-.]+$", "a-.", Y}, {"^[\\w-z]$", "-", Y}, {"^\\101$", "A", Y}, {"^\\8$", "8", Y}, {"^\\Z$", "Z", Y},
	    {"^\\c$", "\\c", Y}, {"^[\\c1]$", "\x11", Y}, {"^\\xg$", "xg", Y}, {"^\\u12$", "u12", Y}, {"^\\k$", "k", Y},
	    {"^(?=a)*a\\_?$", "a", Y}, {"^\\p{L}\\_$", "\xc3\xa9_", Y}, {"^\\pL\\_$", "pL_", Y}, {"^[\\b]\\_$", "\b_", Y},
	};

	HOLD(rows);
}

static void
simple_patterns_agree_with_the_engine(void)
{
	static const struct row rows[] = {
	    {"^[a-z]+$", "abc", Y}, {"^[a-z]+$", "abC", N}, {"^[a-z]+$", "", N}, {"^[a-z]+$", "ab\n", N},
	    {"^[a-z]{2,3}$", "a", N}, {"^[a-z]{2,3}$", "abc", Y}, {"^[a-z]{2,3}$", "abcd", N}, {"^ab", "abc", Y},
	    {"^ab", "xab", N}, {"^[a-z][a-z0-9]*$", "a1b", Y}, {"^[a-z][a-z0-9]*$", "1", N},
	    {"^\\d{4}-\\d{2}-\\d{2}$", "2024-01-02", Y}, {"^\\d{4}-\\d{2}-\\d{2}$", "2024-1-02", N},
	    {"^a*a$", "aaa", Y}, {"^a*ab$", "aaab", Y}, {"^[a-c]*c$", "abc", Y}, {"^a?b?c?$", "", Y}, {"^a?b?c?$", "ac", Y},
	    {"^a?b?c?$", "ca", N}, {"^.{1,3}$", "\xc3\xa9\xc3\xa9", Y}, {"^.{1,3}$", "abcd", N}, {"^.*$", "a\nb", N},
	    {"^.+", "\n", N}, {"^[^/]+$", "\xc3\xa9", Y}, {"^[^/]+$", "a/b", N}, {"^[a-z]+$", "\xc3\xa9", N},
	    {"^a{0}b$", "b", Y}, {"^a{0}b$", "ab", N}, {"^\\w{70000}$", "a", N}, {"^.{0,100000}$", "abc", Y}, {"$^", "", Y},
	    {"^^a", "a", Y}, {"^a$$", "a", Y}, {"^a$b", "ab", N}, {"^a|b$", "xb", Y}, {"^$", "", Y}, {"^$", "a", N},
	};

	HOLD(rows);
}

static void
counts_beyond_the_engines_own_are_exact(void)
{
	size_t n = 70001;
	char *s = malloc(n);

	memset(s, 'a', n);
	CHECK_INT(run("^\\w{70000}$", s, n), REGEX_NO);
	CHECK_INT(run("^\\w{70001}$", s, n), REGEX_YES);
	CHECK_INT(run("^\\w{0,70000}$", s, n), REGEX_NO);
	CHECK_INT(run("^\\w{65536,}$", s, n), REGEX_YES);
	CHECK_INT(run("(?:^)\\w{70000}$", s, n), REGEX_NO);
	CHECK_INT(run("(?:^)\\w{70001}$", s, n), REGEX_YES);
	CHECK_INT(run("(?:^)\\w{70002,}$", s, n), REGEX_NO);
	CHECK_INT(run("(?:^)\\w{3,70001}$", s, n), REGEX_YES);
	free(s);
}

static void
refuse(const char *pattern, const char *words)
{
	struct arena *a = arena_new(0);
	struct regex *re;
	struct err err = {.code = E_OK};

	CHECK_INT(regex_compile(a, pattern, strlen(pattern), &re, &err), -1);
	if (!strstr(err.msg, words)) {
		CHECK(!"message");
		printf("#   /%s/: %s\n", pattern, err.msg);
	}
	arena_free(a);
}

static void
what_is_no_pattern_is_refused_with_its_place(void)
{
	refuse("a(b", "offset 1: the group that begins here is not closed");
	refuse("a)b", "offset 1: a ')' that closes nothing");
	refuse("[a", "offset 0: the class that begins here is not closed");
	refuse("[b-a]", "offset 1: a range that runs backwards");
	refuse("a**", "offset 2: nothing to repeat");
	refuse("a*+", "offset 2: nothing to repeat");
	refuse("^*", "offset 1: nothing to repeat");
	refuse("(?<=a)*", "nothing to repeat");
	refuse("{1}", "nothing to repeat");
	refuse("a{3,2}", "the counts of this repeat run backwards");
	refuse("(?i)a", "this kind of group does not exist in ECMAScript");
	refuse("(?P<a>b)", "this kind of group");
	refuse("(?>a)", "this kind of group");
	refuse("(*UTF)a", "nothing to repeat");
	refuse("(?<a>x)(?<a>y)", "this group name is taken");
	refuse("(?<a>x)\\k<b>", "\\k needs <the name of a group>");
	refuse("(?<1>x)", "a group name");
	refuse("\\", "a backslash with nothing behind it");
	refuse("a\xff", "not UTF-8");
	refuse("(?<=a+)b", "a look-behind must have a fixed length");
	refuse("(?:ab){70000}", "a repeat count beyond");
	refuse("(((a{1000}){1000}){1000})", "too large");
	refuse("(?:(?:(?:a|b){0,1000}){0,1000}){0,1000}", "too large");
}

static double
ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
hostile_patterns_end_in_bounded_time(void)
{
	static const char *const patterns[] = {"^(a+)+$", "(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*[bc]",
	    "^a*a*a*a*a*[bc]", "a*a*a*a*[bc]", "^(([a-z])+.)+[A-Z]([a-z])+$", "^[a-z]*[a-y]*[a-x]*[0-9]",
	    "[a-z]*[a-y]*[a-x]*[0-9]", "(?=(a+))(a*)*[bc]", "((a{0,30}){0,30}){0,30}[bc]", "(.*a){20}[bc]",
	    "(a?){40}a{40}[bc]", "(?:a+){3,}[xy]", "(\\w+\\s?)*[!]$"};
	static const size_t sizes[] = {30, 3000, 100000, 1000000};
	double worst = 0;

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
			char *s = malloc(sizes[k] + 1);
			double began = ms(), took;
			enum regex_result first;
			memset(s, 'a', sizes[k]);
			s[sizes[k]] = '!';
			first = run(patterns[i], s, sizes[k] + 1);
			took = ms() - began;
			if (sizes[k] <= 3000) /* what was spent is counted in steps: the same answer however busy the machine is */
				CHECK_INT(run(patterns[i], s, sizes[k] + 1), first);
			if (took > worst)
				worst = took;
			if (getenv("REGEX_TIMES") && took > 10)
				printf("# %8.1f ms /%s/ %zu\n", took, patterns[i], sizes[k]);
			free(s);
		}
	printf("# worst: %.0f ms\n", worst);
}

static void
long_texts_are_decided(void)
{
	size_t n = 1000000;
	char *s = malloc(n + 4);

	memset(s, 'a', n);
	memcpy(s + n, "xyz", 3);
	CHECK_INT(run("^(?:a|b)*xyz$", s, n + 3), REGEX_YES);
	CHECK_INT(run("^(?:[a-z]|[0-9])+$", s, n + 3), REGEX_YES);
	CHECK_INT(run("xyz", s, n + 3), REGEX_YES);
	CHECK_INT(run("xyw", s, n + 3), REGEX_NO);
	CHECK_INT(run("x.z$", s, n + 3), REGEX_YES);
	memset(s, '\xc3', n);
	CHECK_INT(run("[^a]", s, n), REGEX_NO); /* not UTF-8: matches nothing, and does no harm */
	free(s);
}

int
main(void)
{
	RUN(what_ecmascript_and_pcre_read_differently_is_read_as_ecmascript);
	RUN(what_only_annex_b_allows_is_taken_as_browsers_do);
	RUN(simple_patterns_agree_with_the_engine);
	RUN(counts_beyond_the_engines_own_are_exact);
	RUN(what_is_no_pattern_is_refused_with_its_place);
	RUN(hostile_patterns_end_in_bounded_time);
	RUN(long_texts_are_decided);
	return tap_done();
}
