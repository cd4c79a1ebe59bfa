/* SPDX-License-Identifier: Apache-2.0 */
/* From the address and the session to one page. */
import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { SignInPage } from "../features/signin/Page";
import { NoWorkspacePage } from "../features/home/NoWorkspace";
import { navigate, where } from "../models/router";
import * as s from "../models/session";
import { t } from "../strings/en";
import { announcement } from "../ui/announce";
import { Waiting } from "../ui/bits";
import { PageHead } from "../ui/PageHead";
import { ErrorPage } from "../ui/ErrorView";
import { findRoute, fullAddress, type Found, type Page } from "./routes";
import { Shell } from "./Shell";

/* A page that throws shows so, and the rest of the workspace stays usable. */
class Fence extends Component<{ children: ComponentChildren }, { error: Error | null }> {
	override state = { error: null as Error | null };
	static override getDerivedStateFromError(error: Error) {
		return { error };
	}
	override render() {
		if (!this.state.error) return this.props.children;
		return (
			<div class="page-error">
				<PageHead title={t.error.crashed} />
				<p>{t.error.crashedDo}</p>
				<p class="code">{this.state.error.message}</p>
				<p class="acts">
					<button type="button" class="btn primary" onClick={() => location.reload()}>
						{t.error.reload}
					</button>
				</p>
			</div>
		);
	}
}

const loaded = new Map<string, Page>();

/*
 * A page fetched when it is first opened. A file that is gone belongs to an earlier build of the
 * workspace.
 */
function Later({ found }: { found: Found }) {
	const { pattern, load, page } = found.route;
	const [state, set] = useState<"loading" | "ready" | "failed">(
		page || loaded.has(pattern) ? "ready" : "loading",
	);
	useEffect(() => {
		let isHere = true;
		if (state !== "loading" || !load) return;
		load().then(
			(p) => {
				loaded.set(pattern, p);
				if (isHere) set("ready");
			},
			() => isHere && set("failed"),
		);
		return () => {
			isHere = false;
		};
	}, [state]);
	const P = page ?? loaded.get(pattern);
	if (P) return <P w={found.params.w as string} p={found.params} />;
	if (state === "failed")
		return (
			<div class="page-error">
				<PageHead title={s.isReached.value ? t.error.moved : t.error.offline} />
				<p>{t.error.movedDo}</p>
				<p class="acts">
					<button type="button" class="btn primary" onClick={() => location.reload()}>
						{t.error.reload}
					</button>
				</p>
			</div>
		);
	return <Waiting />;
}

const notFound = (path: string) =>
	new ApiError({ title: t.error.notFound, detail: path, status: 404, code: "" });

function Inside() {
	const { path } = where.value;
	const first = s.lastWorkspace();
	const full = fullAddress(path, where.value.search);
	useEffect(() => {
		if (full) navigate(full, { replace: true });
		if (path === "/" && first) navigate(`/w/${first.id}`, { replace: true });
		if (path === "/sign-in") navigate(s.nextAfterSignIn(where.value.search), { replace: true });
	}, [path, first?.id, full]);
	if (path === "/sign-in" || full) return null;
	if (path === "/")
		return first ? null : (
			<Shell w={null} rail={null}>
				<NoWorkspacePage />
			</Shell>
		);
	const found = findRoute(path);
	const w = found?.params.w ?? null;
	const isKnown = w !== null && s.findWorkspace(w) !== null;
	return (
		<Shell w={isKnown ? w : (first?.id ?? null)} rail={found && isKnown ? found.route.rail : null}>
			<Fence key={found?.key ?? path}>
				{found && isKnown ? <Later found={found} /> : <ErrorPage error={notFound(path)} home="/" />}
			</Fence>
		</Shell>
	);
}

function Page() {
	const state = s.sessionState.value;
	const { path } = where.value;
	useEffect(() => {
		if (state === "out" && path !== "/sign-in") navigate(s.signInHref(), { replace: true });
		if (state !== "unreachable") return;
		const again = () => void s.startSession();
		addEventListener("online", again);
		return () => removeEventListener("online", again);
	}, [state, path]);
	if (state === "starting") return <Waiting />;
	if (state === "unreachable" && s.startError.value)
		return (
			<main class="alone">
				<ErrorPage error={s.startError.value} retry={() => void s.startSession()} home="/" />
			</main>
		);
	if (state === "out") return <SignInPage />;
	return <Inside />;
}

export function App() {
	return (
		<>
			<Page />
			<div class="vh" aria-live="polite">
				{announcement.value}
			</div>
		</>
	);
}
