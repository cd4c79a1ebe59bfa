/* SPDX-License-Identifier: Apache-2.0 */
import type { RunItem } from "../../api/types";
import { t } from "../../strings/en";

/* stepCount - "3 of 9 steps" */
export function stepCount(r: RunItem): string {
	return t.run.stepOf(r.steps_done, r.steps_total);
}
