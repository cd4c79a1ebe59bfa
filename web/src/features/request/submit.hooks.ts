/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending a request to be checked: refuses with the reason, and the reason goes away when it no
 * longer holds.
 */
import { useRef, useState } from "preact/hooks";
import { runCheck, type SentFile } from "../../models/compile";
import { t } from "../../strings/en";
import type { Request } from "./request.hooks";

export const sentFiles = (r: Request): SentFile[] =>
	r.files.map((f) => ({ path: f.path, sha256: f.item?.sha256 ?? "" }));

export function useSubmit(w: string, r: Request, after: () => void) {
	const [wasTried, tried] = useState(false);
	const box = useRef<HTMLTextAreaElement>(null);
	const lacksText = !r.objective.trim();
	const problem = !wasTried
		? null
		: lacksText
			? t.home.needObjective
			: !r.isReady
				? t.home.needUploads
				: null;
	const submit = () => {
		tried(true);
		if (lacksText) box.current?.focus();
		else if (r.isReady) {
			void runCheck(w, r.objective, sentFiles(r));
			after();
		}
	};
	return { box, problem, submit };
}
