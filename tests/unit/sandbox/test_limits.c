/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/limits.h"

#include <string.h>

#include "core/err.h"
#include "sandbox/doctor.h"
#include "sandbox/launch.h"
#include "tap.h"

static void
zero_means_the_default(void)
{
	struct cell_limits l = {0};
	struct err err;

	CHECK_INT(cell_limits_fill(&l, &err), 0);
	CHECK_INT(l.wall_ms, 60000);
	CHECK_INT(l.memory_bytes, 512 << 20);
	CHECK_INT(l.pids, 64);
	CHECK_INT(l.output_files, 256);
	CHECK_INT(l.stdio_bytes, 1 << 20);
	CHECK(l.cpu_percent >= 100);
	CHECK_INT(l.cpu_percent % 100, 0);
}

static void
what_is_given_stays(void)
{
	struct cell_limits l = {.pids = 7, .cpu_percent = 50}, again;
	struct err err;

	CHECK_INT(cell_limits_fill(&l, &err), 0);
	CHECK_INT(l.pids, 7);
	CHECK_INT(l.cpu_percent, 50);
	again = l;
	CHECK_INT(cell_limits_fill(&again, &err), 0);
	CHECK(memcmp(&again, &l, sizeof(l)) == 0);
}

static void
out_of_range_is_refused_with_the_range(void)
{
	struct cell_limits l = {.pids = 1};
	struct err err;

	CHECK_INT(cell_limits_fill(&l, &err), -1);
	CHECK_INT(err.code, E_LIMIT);
	CHECK_STR(err.msg, "limit pids is 1; it must be between 2 and 4096");
	l = (struct cell_limits){.wall_ms = UINT64_MAX};
	CHECK_INT(cell_limits_fill(&l, &err), -1);
	l = (struct cell_limits){.memory_bytes = 4096};
	CHECK_INT(cell_limits_fill(&l, &err), -1);
}

static void
every_verdict_and_refusal_has_words(void)
{
	for (int v = 0; v < CELL_VERDICT__COUNT; v++)
		CHECK(cell_verdict_name((enum cell_verdict)v)[0] != '\0');
	CHECK_STR(cell_verdict_name(CELL_OK), "ok");
	CHECK_STR(cell_verdict_name(CELL_OUTPUT_QUOTA), "output_quota");
	CHECK_STR(cell_refusal_text(CELL_REFUSE_NONE), "");
	for (int r = 1; r < CELL_REFUSE__COUNT; r++)
		CHECK(cell_refusal_text((enum cell_refusal)r)[0] != '\0');
}

/* Into the limits first; no privileges, then the filter, then the program, last. */
static void
the_launch_steps_keep_their_order(void)
{
	static const char *const order[] = {"tie", "groups", "oom-score", "sysctls", "maps", "identity",
		"cgroup-ns", "root", "seal", "loopback", "names", "rlimits", "session", "gate", "privileges",
		"fork", "descriptors", "capabilities", "unreadable", "filter", "release", "wait", "user",
		"capabilities", "descriptors", "work", "signals", "filter", "exec"};
	uint32_t i = 0;

	for (; launch_step_name(i) && i < sizeof(order) / sizeof(order[0]); i++) {
		CHECK_STR(launch_step_name(i), order[i]);
		CHECK(launch_step_text(i) != NULL);
		CHECK_INT(launch_step_is_exec(i), strcmp(order[i], "exec") == 0);
	}
	CHECK_INT(i, sizeof(order) / sizeof(order[0]));
	CHECK(launch_step_name(i) == NULL);
}

static void
doctor_says_what_each_thing_is_for(void)
{
	struct doctor_line lines[DOCTOR_LINES_MAX];
	size_t n_failed, failed = 0;
	size_t n = sandbox_doctor(lines, DOCTOR_LINES_MAX, &n_failed);

	CHECK(n >= 10);
	for (size_t i = 0; i < n; i++) {
		CHECK(lines[i].name[0] != '\0');
		CHECK(lines[i].found[0] != '\0');
		CHECK(lines[i].means[0] != '\0');
		CHECK((lines[i].mend[0] == '\0') == (lines[i].status == DOCTOR_OK));
		failed += lines[i].status == DOCTOR_FAIL;
	}
	CHECK_INT(failed, n_failed);
	CHECK_INT(sandbox_doctor(lines, 3, &n_failed), 3); /* never more than there is room for */
}

int
main(void)
{
	RUN(zero_means_the_default);
	RUN(what_is_given_stays);
	RUN(out_of_range_is_refused_with_the_range);
	RUN(every_verdict_and_refusal_has_words);
	RUN(the_launch_steps_keep_their_order);
	RUN(doctor_says_what_each_thing_is_for);
	return tap_done();
}
