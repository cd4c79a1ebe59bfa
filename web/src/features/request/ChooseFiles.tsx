/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the workspace already has are never asked for again. */
import { useState } from "preact/hooks";
import type { FileItem } from "../../api/types";
import { t } from "../../strings/en";
import { Dialog } from "../../ui/Dialog";
import { bytes } from "../../ui/format";
import { verdictOf } from "./request.hooks";

export function ChooseFiles({
	others,
	use,
	close,
}: {
	others: FileItem[];
	use: (paths: string[]) => void;
	close: () => void;
}) {
	const [chosen, choose] = useState<string[]>([]);
	const turn = (path: string) =>
		choose((c) => (c.includes(path) ? c.filter((x) => x !== path) : [...c, path]));
	return (
		<Dialog title={t.files.chooseTitle} close={close}>
			{others.length === 0 && <p>{t.files.chooseEmpty}</p>}
			<ul class="choose">
				{others.map((f) => (
					<li key={f.path}>
						<label>
							<input
								type="checkbox"
								checked={chosen.includes(f.path)}
								onChange={() => turn(f.path)}
							/>
							<span class="grow">{f.path}</span>
							<span class="muted">
								{f.parse.ok ? verdictOf(f) : t.files.bad}, {bytes(f.bytes)}
							</span>
						</label>
					</li>
				))}
			</ul>
			<div class="acts end">
				<button type="button" class="btn" onClick={close}>
					{t.app.cancel}
				</button>
				<button
					type="button"
					class="btn primary"
					disabled={!chosen.length}
					onClick={() => {
						use(chosen);
						close();
					}}
				>
					{t.files.chooseUse(chosen.length)}
				</button>
			</div>
		</Dialog>
	);
}
