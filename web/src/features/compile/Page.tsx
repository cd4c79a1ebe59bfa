/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of a request: passes as they happen; then the plan, or what stands in its way beside
 * the request to change.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { checkOf, forgetCheck, runCheck, stopCheck, type Check } from "../../models/compile";
import { navigate } from "../../models/router";
import { clearLoads } from "../../models/load";
import { findWorkspace, may } from "../../models/session";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Banner } from "../../ui/bits";
import { PageHead } from "../../ui/PageHead";
import { ErrorText } from "../../ui/ErrorView";
import { Passes } from "../request/Passes";
import { RequestForm } from "../request/RequestForm";
import { useRequest } from "../request/request.hooks";
import { sentFiles, useSubmit } from "../request/submit.hooks";
import { WhatFits } from "../request/WhatFits";
import { ConvertNote } from "./ConvertFix";
import { Diagnostic } from "./Diagnostic";
import { errorsIn, filesOf, sorted } from "./diag.utils";
import { convertLine, withoutConvert } from "./fix.utils";

const SHOWN_FIRST = 5;
const NO_PLAYBOOK = "FC0201";

/* tell each change of a pass once, and go to the plan when it is made */
function useFollow(w: string, c: Check): void {
	const told = useRef("");
	useEffect(() => {
		const p = [...c.passes].reverse().find((x) => x.state !== "waiting");
		const now = p ? `${p.letter}${p.state}` : "";
		if (p && now !== told.current && c.state === "running")
			announce(
				t.check.announcePass(
					p.name,
					t.check.state[p.state],
					p.state === "started" ? "" : (p.says ?? ""),
				),
			);
		told.current = now;
		if (c.state === "refused") announce(t.check.announceRefused(errorsIn(c.diagnostics)));
		if (c.state !== "planned" || !c.plan) return;
		announce(t.check.announcePlan);
		clearLoads(`plans ${w}`);
		const to = `/w/${w}/plans/${c.plan.id}`;
		forgetCheck(w);
		navigate(to, { replace: true });
	}, [c]);
}

function subOf(c: Check): string {
	if (c.state === "running" || c.state === "planned") return t.check.running;
	if (c.state === "refused") {
		const n = errorsIn(c.diagnostics);
		return n ? t.check.refused(n) : t.check.warned(c.diagnostics.length);
	}
	return c.state === "failed" ? t.check.failed : t.check.idle;
}

export function CompilePage({ w }: { w: string }) {
	const c = checkOf(w).value;
	const r = useRequest(w);
	const { box, problem, submit } = useSubmit(w, r, () => {});
	const [isAll, all] = useState(false);
	useFollow(w, c);
	if (!may(w, "editor"))
		return (
			<>
				<PageHead title={t.check.titleIdle} />
				<Banner tone="accent">
					<p>{t.home.readOnly(t.app.role[findWorkspace(w)?.role ?? "viewer"])}</p>
				</Banner>
			</>
		);
	const isRunning = c.state === "running" || c.state === "planned";
	const diags = sorted(c.diagnostics);
	const shown = isAll ? diags : diags.slice(0, SHOWN_FIRST);
	/* the planner has no plan for this at all: say that, rather than ask for a change */
	const isBeyond = diags.some((d) => d.code === NO_PLAYBOOK);
	const titles = {
		running: t.check.title,
		planned: t.check.title,
		refused: isBeyond ? t.check.titleBeyond : t.check.titleRefused,
		failed: t.check.titleFailed,
		idle: t.check.titleIdle,
	};
	const now = sentFiles(r);
	const policy = convertLine(r.objective);
	const convert = (objective: string) => {
		r.setObjective(objective);
		announce(t.check.converting);
		if (r.isReady) void runCheck(w, objective, now);
	};
	const isChanged =
		c.state !== "idle" &&
		(c.objective !== r.objective || JSON.stringify(c.files) !== JSON.stringify(now));
	/* files that are not those that were checked */
	const replaced = now.filter(
		(f) => f.sha256 && !c.files.some((x) => x.path === f.path && x.sha256 === f.sha256),
	);
	return (
		<>
			<PageHead title={titles[c.state]} sub={subOf(c)}>
				{isRunning && (
					<button type="button" class="btn" onClick={() => stopCheck(w)}>
						{t.check.stop}
					</button>
				)}
			</PageHead>
			<Passes passes={c.passes} />
			<div class={isRunning ? "" : "two"}>
				{!isRunning && (
					<div class="stack">
						{c.error && <ErrorText error={c.error} />}
						{shown.map((d, i) => (
							<Diagnostic
								key={`${d.code} ${i}`}
								d={d}
								w={w}
								isStale={filesOf(d).some((f) => replaced.some((x) => x.path === f))}
								replace={(path, file) => {
									r.use([path]);
									r.replace(path, file);
								}}
								edit={() => box.current?.focus()}
								request={{ objective: r.objective, go: convert }}
							/>
						))}
						{diags.length > shown.length && (
							<button type="button" class="btn" onClick={() => all(true)}>
								{t.check.hidden(diags.length - shown.length)}
							</button>
						)}
						{isBeyond && c.objective.trim() && <WhatFits w={w} objective={c.objective} />}
						{!c.error && !diags.length && <p class="muted">{t.check.idle}</p>}
					</div>
				)}
				<section class="card" aria-label={t.check.request} hidden={isRunning}>
					<RequestForm
						r={r}
						label={t.check.request}
						rows={8}
						problem={problem}
						box={box}
						submit={submit}
					>
						{policy && (
							<ConvertNote
								policy={policy}
								undo={() => {
									r.setObjective(withoutConvert(r.objective));
									announce(t.check.convertUndone);
									box.current?.focus();
								}}
							/>
						)}
						<div class="acts">
							<button type="submit" class="btn primary">
								{c.state === "idle" ? t.check.first : t.check.again}
							</button>
							{isChanged && <span class="muted small">{t.check.changed}</span>}
						</div>
					</RequestForm>
				</section>
			</div>
		</>
	);
}
