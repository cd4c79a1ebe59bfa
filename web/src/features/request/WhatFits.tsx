/* SPDX-License-Identifier: Apache-2.0 */
/* What the catalog has for the words of a request, before (or instead of) a plan. */
import { t } from "../../strings/en";
import { tidy } from "../shared/words.utils";

export const WhatFits = ({ w, objective }: { w: string; objective: string }) => (
	<a class="small" href={`/w/${w}/catalog?q=${encodeURIComponent(tidy(objective))}`}>
		{t.home.whatFits}
	</a>
);
