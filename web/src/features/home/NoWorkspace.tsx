/* SPDX-License-Identifier: Apache-2.0 */
import { useState } from "preact/hooks";
import { navigate } from "../../models/router";
import { addWorkspace } from "../../models/session";
import { t } from "../../strings/en";
import { PageHead } from "../../ui/PageHead";
import { NewWorkspace } from "./NewWorkspace";

export function NoWorkspacePage() {
	const [isMaking, making] = useState(false);
	return (
		<div class="page-error">
			<PageHead title={t.home.none} />
			<p>{t.home.noneDo}</p>
			<p class="acts">
				<button type="button" class="btn primary" onClick={() => making(true)}>
					{t.app.newWorkspace}
				</button>
			</p>
			{isMaking && (
				<NewWorkspace
					close={() => making(false)}
					make={async (name) => navigate(`/w/${(await addWorkspace(name)).id}`)}
				/>
			)}
		</div>
	);
}
