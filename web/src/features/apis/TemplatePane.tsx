/* SPDX-License-Identifier: Apache-2.0 */
/* The template, line by line; its tokens are colored by kind and explain themselves. */
import { Fragment } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { ImprintDiag, OperationDetail } from "../../api/types";
import { t } from "../../strings/en";
import { Banner } from "../../ui/bits";
import { Copy } from "../../ui/Copy";
import { bytes, sentence } from "../../ui/format";
import { tokenKind, type TokenKind } from "../../ui/token";
import { explain } from "./explain.utils";
import { fieldName, indentOf, templateLines, type Piece } from "./template.utils";

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

/* a token breaks after its strokes, and within a part only when that is long */
const CHUNK_MAX = 32;
const chunksOf = (s: string) => (s.length <= CHUNK_MAX ? [s] : s.split(/(?<=[|])(?!\|)/));

type Go = (p: Piece) => void;

function Token({ p, isAt, isFirst, go }: { p: Piece; isAt: boolean; isFirst: boolean; go: Go }) {
	/* no button element: those do not break over lines */
	return (
		<span
			role="button"
			data-n={p.n}
			tabIndex={isFirst ? 0 : -1}
			class={classOf(tokenKind(p.token ?? "") ?? "FILL")}
			aria-describedby={isAt ? "token-words" : undefined}
			onFocus={() => go(p)}
			onMouseEnter={() => go(p)}
		>
			{chunksOf(p.text).map((s, i) => (
				<Fragment key={i}>
					{i > 0 && <wbr />}
					<span class={s.length <= CHUNK_MAX ? "nowrap" : ""}>{s}</span>
				</Fragment>
			))}
		</span>
	);
}

function Lines({ text, at, go }: { text: string; at: number; go: Go }) {
	const lines = useMemo(() => templateLines(text), [text]);
	const box = useRef<HTMLOListElement>(null);
	const total = lines.reduce((n, l) => n + l.filter((p) => p.token !== null).length, 0);
	const onKey = (e: KeyboardEvent) => {
		const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1 }[e.key];
		const i = e.key === "Home" ? 0 : e.key === "End" ? total - 1 : to;
		if (i === undefined || e.ctrlKey || e.altKey || e.metaKey) return;
		e.preventDefault();
		const n = Math.max(0, Math.min(total - 1, i));
		box.current?.querySelector<HTMLElement>(`[data-n="${n}"]`)?.focus();
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
							<code style={{ "--in": `${indentOf(line) + 2}ch` }}>
								{line.map((p, k) =>
									p.token === null ? (
										p.text
									) : (
										<Token
											key={k}
											p={p}
											isAt={p.n === at}
											isFirst={p.n === Math.max(0, at)}
											go={go}
										/>
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

function Words({ at }: { at: Piece | null }) {
	const words = explain(at?.token ?? "");
	return (
		<div class="token-words" id="token-words">
			<h3 class={at ? "" : "vh"}>
				{at ? (
					<>
						{fieldName(at.pointer) || T.root} <code class="wrap muted">{at.pointer}</code>
					</>
				) : (
					T.explain
				)}
			</h3>
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
	);
}

const isLeftOut = (x: ImprintDiag) => x.code === "IMP_W_REF";
const Notes = ({ all }: { all: ImprintDiag[] }) => (
	<ul class="plain small">
		{all.map((x, i) => (
			<li key={i}>
				{sentence(x.message)} <code class="wrap">{x.pointer || x.schema_pointer}</code>
			</li>
		))}
	</ul>
);

export function TemplatePane({ d }: { d: NonNullable<OperationDetail["template"]> }) {
	const [at, set] = useState<Piece | null>(null);
	const leftOut = d.warnings.filter(isLeftOut);
	const notes = d.warnings.filter((x) => !isLeftOut(x));
	return (
		<>
			<p class="muted small">{T.lead}</p>
			{leftOut.length > 0 && (
				<Banner tone="warn" title={T.leftOut(leftOut.length)}>
					<Notes all={leftOut} />
				</Banner>
			)}
			<Lines text={d.text} at={at?.n ?? -1} go={set} />
			<Words at={at} />
			<p class="legend small" aria-label={T.legend} role="group">
				{LEGEND.map(([kind, text]) => (
					<span key={kind}>
						<span class={classOf(kind)}>{kind}</span> {text}
					</span>
				))}
			</p>
			<p class="acts small">
				<span class="muted">{T.facts(bytes(d.bytes), d.leaves, d.required)}</span>
				<Copy text={d.text} what={T.copy} />
			</p>
			{notes.length > 0 && (
				<details open>
					<summary>{T.warnings(notes.length)}</summary>
					<Notes all={notes} />
				</details>
			)}
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
		</>
	);
}
