/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packs that ship compile what their objectives ask for. Hashes are left out on purpose: a changed
 * program changes them and nothing else here.
 */
#include "casefile.h"

static struct arena *top;
static const struct catalog *catalog;

struct want {
	const char *objective; /* file */
	const char *folder;    /* of the files */
	const char *playbook;
	const char *profile;
	const char *const *deliverables; /* NULL-ended */
	const char *line;                /* more of the objective */
};

static void
compiles_to(const struct want *w)
{
	struct arena *a = arena_new(0);
	struct compile_input in = {.catalog = catalog};
	struct file_port port;
	struct workspace ws;
	struct compile_result r;
	const struct jx *made;
	struct err err = {0};
	char *text;
	size_t n = 0;

	CHECK_INT(file_load(a, w->objective, 1 << 18, &text, &n, &err), 0);
	CHECK_INT(workspace_load(a, w->folder, &ws, &err), 0);
	port = workspace_port(&ws);
	in.objective = w->line ? arena_printf(a, "%s\n%s\n", text, w->line) : text;
	in.objective_bytes = strlen(in.objective);
	in.files = ws.files;
	in.nfiles = ws.n;
	in.port = &port;
	in.profile = catalog_profile(catalog, w->profile);
	CHECK(in.profile != NULL);
	if (!in.profile || compile_run(a, &in, NULL, NULL, &r, &err) < 0 || !r.is_ok) {
		tap_fails_here++;
		printf("# %s: %s%s\n", w->objective, err.msg, in.profile ? case_findings(a, &r) : "");
		arena_free(a);
		return;
	}
	CHECK_STR(jx_str(jx_pointer(r.plan, "/playbook/id"), ""), w->playbook);
	/* What ships is planned without a warning, whatever policy is asked for. */
	CHECK_INT(r.diags.n, 0);
	if (r.diags.n > 0)
		printf("# %s: %s", w->objective, case_findings(a, &r));
	made = jx_find(r.plan, "deliverables");
	for (n = 0; w->deliverables[n]; n++)
		CHECK_STR(jx_str(jx_find(jx_at(made, n), "path"), ""), w->deliverables[n]);
	CHECK_INT(jx_size(made), n);
	CHECK_INT(plan_verify(a, r.plan, &err), 0);
	arena_free(a);
}

#define BILLING "packs/domain/billing-audit/sample"
#define MERGE "packs/domain/data-merge-transform/sample"
#define LINE "policy: strict.allow-normalizers.v1"
static const char *const audit[] = {"output/schema_profile_simone.json",
    "output/contract_applicability_simone.json", "output/discrepancies_simone.json",
    "output/exception_summary_simone.json", "output/correction_candidates_simone.json",
    "output/correction_submission_result_simone.json", "reports/billing_audit_report_simone.html",
    "reports/billing_audit_report_simonetesting.pdf", NULL};
static const char *const join[] = {
    "output/schema_profile2.json", "output/joined_entries2.json", NULL};
static const char *const users[] = {"output/enriched-users.json", "output/user-rankings.html", NULL};

static void
sample_objectives_compile(void)
{
	static const char *const own_audit[] = {"output/schema_profile.json",
	    "output/contract_applicability.json", "output/discrepancies.json",
	    "output/exception_summary.json", "output/correction_candidates.json",
	    "output/correction_submission_result.json", "reports/billing_audit_report.html",
	    "reports/billing_audit_report.pdf", NULL};
	static const char *const own_join[] = {"output/schema_profile.json", "output/joined_entries.json", NULL};
	static const struct want wants[] = {
	    {BILLING "/objective.md", BILLING, "billing-audit.full", "standard", own_audit, NULL},
	    {BILLING "/objective.md", BILLING, "billing-audit.full", "standard", own_audit, LINE},
	    {MERGE "/join/objective.md", MERGE "/join", "data-join.entries-rates", "standard", own_join, NULL},
	    {MERGE "/join/objective.md", MERGE "/join", "data-join.entries-rates", "standard", own_join, LINE},
	    {MERGE "/api/objective.md", MERGE "/join", "api-report.users", "demo", users, NULL},
	    {MERGE "/api/objective.md", MERGE "/join", "api-report.users", "demo", users, LINE},
	};

	for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++)
		compiles_to(&wants[i]);
}

static void
the_messages_that_the_design_follows_compile(void)
{
	static const struct want wants[] = {
	    {"../shared/data/runs/001-objective.md", BILLING, "api-report.users", "standard", users, NULL},
	    {"../shared/data/runs/002-objective.md", BILLING, "billing-audit.full", "standard", audit, NULL},
	    {"../shared/data/runs/003-objective.md", BILLING, "data-join.entries-rates", "standard", join, NULL},
	};

	for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++)
		compiles_to(&wants[i]);
}

static void
what_no_pack_does_is_refused(void)
{
	static const char *const objectives[] = {"Translate my letters into Danish.", "x",
	    "Screen these resumes and rank the candidates.", "Delete everything.",
	    "Schreibe eine Zusammenfassung."};

	for (size_t i = 0; i < sizeof objectives / sizeof objectives[0]; i++) {
		struct arena *a = arena_new(0);
		struct compile_input in = {.catalog = catalog, .objective = objectives[i],
		    .objective_bytes = strlen(objectives[i]),
		    .profile = catalog_profile(catalog, "standard")};
		struct compile_result r;
		struct err err;

		CHECK_INT(compile_run(a, &in, NULL, NULL, &r, &err), 0);
		CHECK(!r.is_ok);
		if (r.diags.n != 1 || r.diags.at[0]->code != FC0201)
			printf("# %s:\n%s", objectives[i], case_findings(a, &r));
		CHECK(r.diags.n == 1 && r.diags.at[0]->code == FC0201);
		arena_free(a);
	}
}

int
main(void)
{
	struct err err = {0};

	top = arena_new(0);
	if (catalog_load(top, "packs", &catalog, &err) < 0) {
		printf("not ok 1 - the packs load\n# %s\n1..1\n", err.msg);
		return 1;
	}
	RUN(sample_objectives_compile);
	if (access("../shared/data/runs", F_OK) == 0)
		RUN(the_messages_that_the_design_follows_compile);
	else
		SKIP(the_messages_that_the_design_follows_compile, "../shared is not here");
	RUN(what_no_pack_does_is_refused);
	arena_free(top);
	return tap_done();
}
