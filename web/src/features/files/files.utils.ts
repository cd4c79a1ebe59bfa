/* SPDX-License-Identifier: Apache-2.0 */
import type { Column } from "../../api/types";
import { num } from "../../ui/format";

const EXAMPLES_MAX = 5;
export function rangeOf(c: Column): string {
	if (c.min === null || c.max === null) return "";
	return c.min === c.max ? c.min : `${c.min} – ${c.max}`;
}
/* all values of a column that has few, else the first one met */
export function examplesOf(c: Column): string {
	if (c.values?.length)
		return (
			c.values.slice(0, EXAMPLES_MAX).join(", ") + (c.values.length > EXAMPLES_MAX ? ", …" : "")
		);
	return c.first?.value ?? "";
}
/* distinct values, said to be a lower bound when counting stopped */
export const distinctOf = (c: Column): string =>
	c.distinct_exact === false ? `≥ ${num(c.distinct)}` : num(c.distinct);
