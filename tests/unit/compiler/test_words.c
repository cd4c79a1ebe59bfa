/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/words.h"

#include "core/arena.h"
#include "tap.h"

static void
edits_are_counted(void)
{
	CHECK_INT(edit_distance("", ""), 0);
	CHECK_INT(edit_distance("abc", "abc"), 0);
	CHECK_INT(edit_distance("abc", ""), 3);
	CHECK_INT(edit_distance("", "abc"), 3);
	CHECK_INT(edit_distance("kitten", "sitting"), 3);
	CHECK_INT(edit_distance("flaw", "lawn"), 2);
}

static void
names_are_near_whatever_their_case_and_order(void)
{
	struct arena *a = arena_new(0);

	CHECK_INT(name_distance(a, "billed_rate", "BilledRate"), 0);
	CHECK_INT(name_distance(a, "billed_rate", "Billed Rate"), 0);
	CHECK_INT(name_distance(a, "billed_rate", "rate_billed"), 1);
	CHECK_INT(name_distance(a, "work_date", "work_dat"), 1);
	CHECK(name_is_near("work_date", 3));
	CHECK(!name_is_near("work_date", 4));
	CHECK(name_is_near("id", 1));
	CHECK(!name_is_near("id", 2));
	CHECK(name_contains(a, "Customer Name", "name"));
	CHECK(name_contains(a, "date_of_work", "work_date"));
	CHECK(!name_contains(a, "renamed", "name"));
	CHECK(!name_contains(a, "x", "-"));
	CHECK(name_equal("Time Entry-ID", "time_entry_id"));
	CHECK(!name_equal("time_entry", "time_entry_id"));
	arena_free(a);
}

static void
words_begin_where_words_begin(void)
{
	CHECK(word_find("Find Discrepancies now", "discrepanc"));
	CHECK(!word_find("undiscrepanc", "discrepanc"));
	CHECK(word_find("(audit)", "audit"));
	CHECK(!word_find("reaudit", "audit"));
	CHECK(!word_find("anything", ""));
}

static void
what_is_not_wanted_does_not_count(void)
{
	struct arena *a = arena_new(0);
	const char *text = "Join the files. No reports. No corrections.\n- Do not audit.\n"
			   "Call it (without rates) v1.5 of the plan! Skip invoices; keep contracts.";
	const char *left = words_positive(a, text, strlen(text));

	CHECK_INT(strlen(left), strlen(text));
	CHECK(word_find(left, "join"));
	CHECK(word_find(left, "contracts"));
	CHECK(word_find(left, "plan"));
	CHECK(!word_find(left, "reports"));
	CHECK(!word_find(left, "corrections"));
	CHECK(!word_find(left, "audit"));
	CHECK(!word_find(left, "rates"));
	CHECK(!word_find(left, "invoices"));
	arena_free(a);
}

int
main(void)
{
	RUN(edits_are_counted);
	RUN(names_are_near_whatever_their_case_and_order);
	RUN(words_begin_where_words_begin);
	RUN(what_is_not_wanted_does_not_count);
	return tap_done();
}
