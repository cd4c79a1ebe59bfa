/* SPDX-License-Identifier: Apache-2.0 */
/* The template, line by line; its tokens are colored by kind and explain themselves. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { OperationDetail } from "../../api/types";
import { t } from "../../strings/en";
import { Copy } from "../../ui/Copy";
import { bytes, sentence } from "../../ui/format";
import { tokenKind, type TokenKind } from "../../ui/token";
import { explain } from "./explain.utils";
import { templateLines } from "./template.utils";

const LINES_MAX = 5000;
const T = t.apis.template;
const LEGEND: [TokenKind, string][] = [
	["FILL", T.kind.FILL],
	["OPTIONAL", T.kind.OPTIONAL],
	["FILL_ENUM", T.kind.ENUM],
	["ONE_OF", T.kind.ONE_OF],
	["AUTO", T.kind.AUTO],
	["REF", T.kind.REF],
];
const classOf = (kind: TokenKind) => `tk tk-${kind.toLowerCase().replace("_", "-")}`;

function Lines({ text, at, go }: { text: string; at: number; go: (n: number, s: string) => void }) {
	const lines = useMemo(() => templateLines(text), [text]);
	const box = useRef<HTMLOListElement>(null);
	const total = lines.reduce((n, l) => n + l.filter((p) => p.token !== null).length, 0);
	const onKey = (e: KeyboardEvent) => {
		const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1 }[e.key];
		const i = e.key === "Home" ? 0 : e.key === "End" ? total - 1 : to;
		if (i === undefined || e.ctrlKey || e.altKey || e.metaKey) return;
		e.preventDefault();
		const n = Math.max(0, Math.min(total - 1, i));
		box.current?.querySelector<HTMLButtonElement>(`[data-n="${n}"]`)?.focus();
	};
	return (
		<>
			<div class="code pane-box" role="region" aria-label={T.label} tabIndex={0}>
				<ol ref={box} onKeyDown={onKey}>
					{lines.slice(0, LINES_MAX).map((line, i) => (
						<li key={i}>
							<span class="ln" aria-hidden="true">
								{i + 1}
							</span>
							<code>
								{line.map((p, k) =>
									p.token === null ? (
										p.text
									) : (
										<button
											key={k}
											type="button"
											data-n={p.n}
											tabIndex={p.n === Math.max(0, at) ? 0 : -1}
											class={classOf(tokenKind(p.token) ?? "FILL")}
											aria-describedby={p.n === at ? "token-words" : undefined}
											onFocus={() => go(p.n, p.token ?? "")}
											onMouseEnter={() => go(p.n, p.token ?? "")}
										>
											{p.text}
										</button>
									),
								)}
							</code>
						</li>
					))}
				</ol>
			</div>
			{lines.length > LINES_MAX && <p class="muted">{T.tooLong(LINES_MAX)}</p>}
		</>
	);
}

export function TemplatePane({ d }: { d: NonNullable<OperationDetail["template"]> }) {
	const [at, set] = useState<{ n: number; token: string }>({ n: -1, token: "" });
	const words = explain(at.token);
	return (
		<>
			<p class="muted small">{T.lead}</p>
			<p class="legend small" aria-label={T.legend} role="group">
				{LEGEND.map(([kind, text]) => (
					<span key={kind}>
						<span class={classOf(kind)}>{kind}</span> {text}
					</span>
				))}
			</p>
			<Lines text={d.text} at={at.n} go={(n, token) => set({ n, token })} />
			<div class="token-words" id="token-words">
				<h3 class="vh">{T.explain}</h3>
				{words.length ? (
					<ul class="plain">
						{words.map((s, i) => (
							<li key={i}>{s}</li>
						))}
					</ul>
				) : (
					<p class="muted">{T.explainNone}</p>
				)}
			</div>
			<p class="acts small">
				<span class="muted">{T.facts(bytes(d.bytes), d.leaves, d.required)}</span>
				<Copy text={d.text} what={T.copy} />
			</p>
			<details>
				<summary>{T.head}</summary>
				<p class="code wrap-any">{d.head}</p>
			</details>
			{d.rules.length > 0 && (
				<details open>
					<summary>{T.rules}</summary>
					<ul class="plain">
						{d.rules.map((r) => (
							<li key={r}>{sentence(r)}</li>
						))}
					</ul>
				</details>
			)}
			{d.warnings.length > 0 && (
				<details>
					<summary>{T.warnings}</summary>
					<ul class="plain">
						{d.warnings.map((x, i) => (
							<li key={i}>
								{sentence(x.message)} <code>{x.pointer}</code>
							</li>
						))}
					</ul>
				</details>
			)}
		</>
	);
}
