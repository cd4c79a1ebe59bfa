/* SPDX-License-Identifier: Apache-2.0 */
import type { Found } from "../../api/types";
import { c } from "../../strings/catalog";

/* in thousandths, as the text under the list explains it and forgectl discover prints it */
export const scoreWords = (x: Found): string => (x.score / 1000).toFixed(1);

/* whyWords - which of the three searches found it, and at which place */
export const whyWords = (x: Found): string =>
	(["text", "trigram", "vector"] as const)
		.map((by) => {
			const rank = x[by].rank;
			return rank === null ? null : c.why[by](rank);
		})
		.filter((s) => s !== null)
		.join(", ");
