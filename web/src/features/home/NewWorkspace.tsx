/* SPDX-License-Identifier: Apache-2.0 */
import { useState } from "preact/hooks";
import type { ApiError } from "../../api/client";
import { t } from "../../strings/en";
import { Dialog } from "../../ui/Dialog";
import { ErrorText } from "../../ui/ErrorView";

export function NewWorkspace({
	close,
	make,
}: {
	close: () => void;
	make: (name: string) => Promise<void>;
}) {
	const [name, setName] = useState("");
	const [error, setError] = useState<ApiError | null>(null);
	const [isBusy, setBusy] = useState(false);
	const go = async (e: Event) => {
		e.preventDefault();
		setBusy(true);
		try {
			await make(name.trim());
			close();
		} catch (x) {
			setError(x as ApiError);
			setBusy(false);
		}
	};
	return (
		<Dialog title={t.app.newWorkspaceTitle} close={close}>
			<form onSubmit={go}>
				<label class="field">
					<span>{t.app.newWorkspaceName}</span>
					<input
						type="text"
						required
						maxLength={80}
						value={name}
						autofocus
						onInput={(e) => setName(e.currentTarget.value)}
					/>
					<span class="hint">{t.app.newWorkspaceHint}</span>
				</label>
				{error && <ErrorText error={error} />}
				<div class="acts end">
					<button type="button" class="btn" onClick={close}>
						{t.app.cancel}
					</button>
					<button type="submit" class="btn primary" disabled={isBusy || !name.trim()}>
						{t.app.newWorkspaceMake}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
