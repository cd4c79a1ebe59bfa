/* SPDX-License-Identifier: Apache-2.0 */
/* Which workspace this is; the way to the others and to a new one. */
import { useState } from "preact/hooks";
import { addWorkspace, findWorkspace, workspaces } from "../models/session";
import { navigate } from "../models/router";
import { t } from "../strings/en";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { NewWorkspace } from "../features/home/NewWorkspace";

export function WorkspaceMenu({ w }: { w: string | null }) {
	const [isMaking, making] = useState(false);
	const here = w ? findWorkspace(w) : null;
	if (!here) return null;
	return (
		<div class="workspace">
			<Menu
				label={`${t.app.workspace}: ${here.name}`}
				buttonClass="menu-btn"
				button={
					<>
						<span class="grow">{here.name}</span>
						<Icon name="more" size={14} />
					</>
				}
			>
				{(close) => (
					<>
						{workspaces.value.map((x) => (
							<a
								key={x.id}
								class="menu-item"
								href={`/w/${x.id}`}
								aria-current={x.id === w ? "true" : undefined}
								onClick={close}
							>
								<span class="grow">{x.name}</span>
								<span class="muted">{t.app.role[x.role]}</span>
								{x.id === w && <Icon name="tick" size={14} />}
							</a>
						))}
						<hr />
						<button
							type="button"
							class="menu-item"
							onClick={() => {
								close();
								making(true);
							}}
						>
							{t.app.newWorkspace}
						</button>
					</>
				)}
			</Menu>
			{isMaking && (
				<NewWorkspace
					close={() => making(false)}
					make={async (name) => {
						const made = await addWorkspace(name);
						navigate(`/w/${made.id}`);
					}}
				/>
			)}
		</div>
	);
}
