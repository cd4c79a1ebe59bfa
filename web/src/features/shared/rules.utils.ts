/* SPDX-License-Identifier: Apache-2.0 */
/* How a rule of the packs stands, in words. */
import type { FileCheck, OutputCheck } from "../../api/types";
import { t } from "../../strings/en";
import type { IconName } from "../../ui/Icon";
import type { Tone } from "../../ui/state";

export type AnyCheck = FileCheck & Partial<Pick<OutputCheck, "output" | "inherited_from">>;

export interface RuleLook {
	tone: Tone;
	icon: IconName;
	word: string;
}
/* lookOf - what was not judged is never said to hold */
export function lookOf(v: AnyCheck): RuleLook {
	const R = t.rules;
	if (v.verdict === "not_checked") return { tone: "muted", icon: "info", word: R.notChecked };
	if (v.verdict === "holds")
		return v.judged > 0
			? { tone: "ok", icon: "tick", word: R.holds }
			: { tone: "muted", icon: "info", word: R.nothing };
	if (v.inherited_from) return { tone: "warn", icon: "next", word: R.passedOn };
	return v.severity === "error"
		? { tone: "bad", icon: "cross", word: R.broken }
		: { tone: "warn", icon: "warn", word: R.broken };
}

/* countsOf - the figures behind a verdict, a sentence each */
export function countsOf(v: AnyCheck): string[] {
	const R = t.rules;
	if (v.verdict === "not_checked") return v.why ? [R.because(v.why)] : [];
	const isObject = v.rows.some((r) => r.row === 0);
	return [
		v.verdict !== "broken"
			? v.judged > 0 && R.judged(v.judged)
			: isObject
				? R.brokenOne
				: R.brokenBy(v.broken, v.judged),
		v.unjudged > 0 && R.unjudged(v.unjudged),
		v.verdict === "broken" && v.inherited_from && R.from(v.inherited_from),
		v.verdict === "broken" &&
			v.severity === "warning" &&
			v.output !== undefined &&
			!v.inherited_from &&
			R.warning,
	].filter((x): x is string => typeof x === "string");
}

const weight = (v: AnyCheck) =>
	v.verdict === "broken"
		? v.inherited_from
			? 2
			: v.severity === "error"
				? 0
				: 1
		: v.verdict === "not_checked"
			? 3
			: v.judged > 0
				? 5
				: 4;
/* what wants attention comes first; else as the pack has them */
export const sortedChecks = <T extends AnyCheck>(all: T[]): T[] =>
	all
		.map((v, i) => ({ v, i }))
		.sort((a, b) => weight(a.v) - weight(b.v) || a.i - b.i)
		.map((x) => x.v);

export function sumOf(all: AnyCheck[]): string {
	const broken = all.filter((v) => v.verdict === "broken");
	return t.rules.sum(
		all.length,
		broken.filter((v) => !v.inherited_from).length,
		broken.filter((v) => v.inherited_from).length,
		all.filter((v) => v.verdict === "not_checked").length,
	);
}
