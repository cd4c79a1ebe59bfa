/* SPDX-License-Identifier: Apache-2.0 */
/* An error in words: what happened, what to do, and the code to give to whoever runs Forge. */
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/client";
import { t } from "../strings/en";
import { Banner } from "./bits";
import { PageHead } from "./PageHead";
import { sentence } from "./format";

export interface ErrorWords {
	title: string;
	what: string;
	todo: string;
	code: string;
}

export function errorWords(e: ApiError): ErrorWords {
	const said = e.message && e.message !== e.title ? sentence(e.message) : "";
	const code = t.error.code(e.code, e.status);
	const known = (title: string, todo: string): ErrorWords => ({
		title,
		what: said || sentence(e.title),
		todo,
		code,
	});
	if (e.code === "E_OFFLINE")
		return { title: t.error.offline, what: "", todo: t.error.offlineDo, code: "" };
	if (e.status === 404)
		return { title: t.error.notFound, what: "", todo: t.error.notFoundDo, code };
	if (e.status === 403) return known(t.error.forbidden, "");
	if (e.status === 413) return known(t.error.tooLarge, "");
	if (e.status === 429)
		return { title: t.error.rate, what: "", todo: t.error.rateDo(e.retryAfterS), code };
	if (e.status >= 500) return known(t.error.server, t.error.serverDo);
	return {
		title: sentence(e.title).replace(/\.$/, "") || t.error.other,
		what: said,
		todo: "",
		code,
	};
}

export function ErrorText({ error, acts }: { error: ApiError; acts?: ComponentChildren }) {
	const w = errorWords(error);
	return (
		<Banner tone="bad" title={w.title} role="alert" acts={acts}>
			{w.what && <p>{w.what}</p>}
			{w.todo && <p>{w.todo}</p>}
			{w.code && <p class="code">{w.code}</p>}
		</Banner>
	);
}

/* In place of a page that could not be read. */
export function ErrorPage({
	error,
	retry,
	home,
	role,
}: {
	error: ApiError;
	retry?: () => void;
	home: string;
	role?: string;
}) {
	const w = errorWords(error);
	const canRetry = retry && error.status !== 404 && error.status !== 403;
	return (
		<div class="page-error">
			<PageHead title={w.title} />
			{w.what && <p>{w.what}</p>}
			{error.status === 403 && role && <p>{t.error.forbiddenDo(role)}</p>}
			{w.todo && <p>{w.todo}</p>}
			{w.code && <p class="code">{w.code}</p>}
			<p class="acts">
				{canRetry && (
					<button type="button" class="btn primary" onClick={retry}>
						{t.app.retry}
					</button>
				)}
				<a class="btn" href={home}>
					{t.error.home}
				</a>
			</p>
		</div>
	);
}
