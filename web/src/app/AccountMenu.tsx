/* SPDX-License-Identifier: Apache-2.0 */
/* Who is signed in, how it looks, and the way out. */
import { useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import { keep, recall } from "../models/keep";
import { session, signOut } from "../models/session";
import { t } from "../strings/en";
import { ErrorText } from "../ui/ErrorView";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";

type Theme = "system" | "light" | "dark";
const THEMES: { value: Theme; text: string }[] = [
	{ value: "system", text: t.app.themeSystem },
	{ value: "light", text: t.app.themeLight },
	{ value: "dark", text: t.app.themeDark },
];

function setTheme(theme: Theme): void {
	keep("theme", theme === "system" ? null : theme);
	if (theme === "system") delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
}

export function AccountMenu() {
	const user = session.value?.user;
	const [theme, set] = useState<Theme>(recall<Theme>("theme") ?? "system");
	const [error, setError] = useState<ApiError | null>(null);
	if (!user) return null;
	return (
		<div class="account">
			<Menu
				label={`${t.app.account}: ${user.name || user.email}`}
				buttonClass="menu-btn"
				button={
					<>
						<Icon name="user" />
						<span class="grow">{user.name || user.email}</span>
						<Icon name="more" size={14} />
					</>
				}
			>
				{() => (
					<>
						<p class="menu-who">
							<strong>{user.name}</strong>
							<span class="muted">{user.email}</span>
						</p>
						<fieldset class="menu-set">
							<legend>{t.app.theme}</legend>
							{THEMES.map((x) => (
								<label key={x.value}>
									<input
										type="radio"
										name="theme"
										checked={theme === x.value}
										onChange={() => {
											set(x.value);
											setTheme(x.value);
										}}
									/>
									{x.text}
								</label>
							))}
						</fieldset>
						{error && <ErrorText error={error} />}
						<button type="button" class="menu-item" onClick={() => signOut().catch(setError)}>
							{t.app.signOut}
						</button>
					</>
				)}
			</Menu>
		</div>
	);
}
