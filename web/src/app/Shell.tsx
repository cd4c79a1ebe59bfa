/* SPDX-License-Identifier: Apache-2.0 */
/* The frame around every page: rail (bottom bar on a phone), workspace switch, account. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { isReached, may, rememberWorkspace } from "../models/session";
import { t } from "../strings/en";
import { Banner } from "../ui/bits";
import { Icon, type IconName } from "../ui/Icon";
import { AccountMenu } from "./AccountMenu";
import { WorkspaceMenu } from "./WorkspaceMenu";
import type { Route } from "./routes";

export function Shell({
	w,
	rail,
	children,
}: {
	w: string | null;
	rail: Route["rail"];
	children: ComponentChildren;
}) {
	useEffect(() => {
		if (w) rememberWorkspace(w);
	}, [w]);
	const link = (name: Exclude<Route["rail"], null>, icon: IconName, text: string, href: string) => (
		<a href={href} aria-current={rail === name ? "page" : undefined}>
			<Icon name={icon} />
			<span>{text}</span>
		</a>
	);
	return (
		<div class="shell">
			<a
				class="skip"
				href="#content"
				onClick={(e) => {
					e.preventDefault();
					document.getElementById("content")?.focus();
				}}
			>
				{t.app.skip}
			</a>
			<header class="rail">
				<a class="brand" href={w ? `/w/${w}` : "/"}>
					{t.app.name}
				</a>
				<WorkspaceMenu w={w} />
				{w && (
					<nav aria-label={t.app.nav}>
						{link("home", "home", t.app.home, `/w/${w}`)}
						{link("work", "work", t.app.work, `/w/${w}/work`)}
						{link("files", "files", t.app.files, `/w/${w}/files`)}
						{link("catalog", "catalog", t.app.catalog, `/w/${w}/catalog`)}
						{link("apis", "apis", t.app.apis, `/w/${w}/apis`)}
						{may(w, "owner") && link("people", "people", t.app.people, `/w/${w}/people`)}
					</nav>
				)}
				<AccountMenu />
			</header>
			<main id="content" tabIndex={-1}>
				{!isReached.value && (
					<Banner tone="warn" title={t.app.offlineTitle} role="status">
						<p>{t.app.offline}</p>
					</Banner>
				)}
				{children}
			</main>
		</div>
	);
}
