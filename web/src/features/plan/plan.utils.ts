/* SPDX-License-Identifier: Apache-2.0 */
import type { Contract, Plan } from "../../api/types";
import { t } from "../../strings/en";
import type { GraphStep } from "../../ui/Graph";
import { waitingPasses, type PassView } from "../../models/compile";

export const labelOf =
	(p: Plan) =>
	(id: string): string =>
		p.steps.find((s) => s.step_id === id)?.contract.label ?? id;

/* the checks as they went when the plan was made; a plan exists, so each one held */
export function passesOf(p: Plan): PassView[] {
	return waitingPasses().map((x) => {
		const got = p.passes?.find((y) => y.pass === x.letter);
		return {
			...x,
			state: got?.state === "failed" ? "failed" : "done",
			ms: got?.ms ?? null,
			says: got?.says ?? null,
		};
	});
}

export function graphOf(p: Plan, hrefOf: (id: string) => string): GraphStep[] {
	return p.steps.map((s, i) => ({
		id: s.step_id,
		n: i + 1,
		label: s.contract.label,
		from: s.contract.depends_on,
		href: hrefOf(s.step_id),
		look: null,
		note: s.contract.adapter
			? t.plan.converts(s.contract.adapter.from, s.contract.adapter.to)
			: (s.contract.outputs[0]?.label ?? ""),
	}));
}

export interface ColumnChange {
	from: string;
	to: string;
	convert: string | null;
}

/* the columns that an inserted step renames or reads anew; the others say nothing */
export function columnChanges(c: Contract): ColumnChange[] {
	const columns = c.adapter ? c.execution.params?.columns : undefined;
	if (!Array.isArray(columns)) return [];
	return columns
		.filter((x): x is ColumnChange => typeof x?.from === "string" && typeof x?.to === "string")
		.map((x) => ({ from: x.from, to: x.to, convert: x.convert ?? null }))
		.filter((x) => x.from !== x.to || x.convert !== null);
}

const ORDERS: Record<string, string> = { dmy: "day first", mdy: "month first", ymd: "year first" };
const NUMBERS: Record<string, string> = {
	us: "1,234.50",
	eu: "1.234,50",
	swiss: "1'234.50",
	space: "1 234,50",
};

/* convertWords - a conversion's code ("date:dmy") as a person says it; unknown ones stay */
export function convertWords(convert: string): string {
	const [what = "", style = "", more = ""] = convert.split(":");
	const like = NUMBERS[style];
	switch (what) {
		case "date":
			if (style === "name") return "dates with the month as a word";
			return ORDERS[style] ? `dates, ${ORDERS[style]}` : convert;
		case "timestamp":
			if (style.startsWith("unix")) return "seconds since 1970";
			return ORDERS[style] ? `dates with a time, ${ORDERS[style]}` : convert;
		case "number":
			return like ? `numbers like ${like}` : convert;
		case "money":
			return like ? `amounts${more ? ` in ${more}` : ""} like ${like}` : convert;
		case "unit":
			if (style === "percent") return "percentages (12.5% is 0.125)";
			if (style === "hours") return "hours (7:30 is 7.5)";
			return style === "drop" && more ? `numbers in ${more}` : convert;
		case "boolean":
			return "yes or no";
		case "enum":
			return "the known values, whatever their case";
		case "trim":
			return "texts without blanks around them";
		default:
			return convert;
	}
}
