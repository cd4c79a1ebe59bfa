/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One finding as an offer: what, where (the very cells or words), what was looked at, and what to
 * do about it.
 */
import { useRef } from "preact/hooks";
import type { Diag, Span } from "../../api/types";
import { t } from "../../strings/en";
import { Pill } from "../../ui/bits";
import { baseName, capital } from "../../ui/format";
import { Rich } from "../../ui/rich";
import { Place } from "../shared/Cells";
import { ConvertFix } from "./ConvertFix";
import { convertOf, renameOf } from "./fix.utils";
import { RenameFix } from "./RenameFix";
import { filesOf, marked, spotsOf } from "./diag.utils";

const LOOK = {
	error: { tone: "bad", icon: "cross", word: t.check.must },
	warning: { tone: "warn", icon: "warn", word: t.check.warn },
	note: { tone: "accent", icon: "info", word: t.check.note },
} as const;

/* the very words of the request or the plan, underlined */
function Words({ span, line }: { span: Span; line: number | null | undefined }) {
	const [before, mid, after] = marked(span.text, span.at, span.n);
	return (
		<div class="snippet">
			<pre>
				{line ? <span class="ln">{line}</span> : null}
				{before}
				<mark>{mid}</mark>
				{after}
			</pre>
		</div>
	);
}

interface Props {
	d: Diag;
	w: string;
	/* a file it is about was replaced since */
	isStale?: boolean;
	/* left out where nothing can be changed any more */
	replace?: (path: string, file: File) => void;
	edit?: () => void;
	/* the request, and what takes another text for it and checks that */
	request?: { objective: string; go: (objective: string) => void };
}

function Replace({ path, replace }: { path: string; replace: (path: string, file: File) => void }) {
	const picker = useRef<HTMLInputElement>(null);
	return (
		<>
			<input
				ref={picker}
				type="file"
				class="vh"
				tabIndex={-1}
				aria-hidden="true"
				data-replace={path}
				onChange={(e) => {
					const file = e.currentTarget.files?.[0];
					if (file) replace(path, file);
					e.currentTarget.value = "";
				}}
			/>
			<button type="button" class="btn" onClick={() => picker.current?.click()}>
				{t.check.replace(baseName(path))}
			</button>
		</>
	);
}

export function Diagnostic({ d, w, isStale, replace, edit, request }: Props) {
	const look = LOOK[d.severity] ?? LOOK.error;
	const files = filesOf(d);
	const p = d.place;
	const rename = renameOf(d);
	const convert = convertOf(d);
	/* a row of a table is shown as its cells, not as the text of its line */
	const isTable = /\.csv$/i.test(p?.file ?? "");
	const spots = spotsOf(d);
	const shownLabels = d.labels.filter(
		(l) => !spots.some((s) => s.file === l.file && s.row === l.row && l.column),
	);
	const where = p?.file
		? `${t.check.where(p.file)}${p.row || p.column ? `, ${t.files.place(p.row, p.column)}` : ""}`
		: p?.span
			? t.check.whereObjective
			: "";
	return (
		<article class={`diag ${look.tone}`} data-testid="diagnostic" data-code={d.code}>
			<p class="diag-top">
				<Pill tone={look.tone} icon={look.icon}>
					{look.word}
				</Pill>
				<code class="muted">{d.code}</code>
				{where && <span class="muted">{where}</span>}
			</p>
			<h2>
				<Rich text={capital(d.message)} />
			</h2>
			{p?.span && !isTable && <Words span={p.span} line={p.line} />}
			{(!p?.span || isTable) &&
				spots.map((s) => <Place key={`${s.file} ${s.row}`} w={w} spot={s} />)}
			{shownLabels.length > 0 && (
				<ul class="plain">
					{shownLabels.map((l, i) => (
						<li key={i}>
							{l.file && (
								<span class="muted">
									{baseName(l.file)}
									{l.row ? `, ${t.files.place(l.row, l.column)}` : ""}:{" "}
								</span>
							)}
							<Rich text={l.text} />
						</li>
					))}
				</ul>
			)}
			{d.note && (
				<p>
					<Rich text={capital(d.note)} />
				</p>
			)}
			{d.help && (
				<p>
					<strong>{t.check.help}: </strong>
					<Rich text={capital(d.help)} />
				</p>
			)}
			{isStale && (
				<p>
					<Pill tone="accent" icon="info">
						{t.check.stale}
					</Pill>
				</p>
			)}
			<div class="acts">
				{replace && rename && !isStale && <RenameFix w={w} r={rename} replace={replace} />}
				{request && convert && !isStale && (
					<ConvertFix c={convert} isSecond={!!rename} {...request} />
				)}
				{replace && files.map((f) => <Replace key={f} path={f} replace={replace} />)}
				{edit && !files.length && (
					<button type="button" class="btn" onClick={edit}>
						{t.check.edit}
					</button>
				)}
				{files.slice(0, 1).map((f) => (
					<a
						key={f}
						class="btn quiet"
						href={`/w/${w}/files/${f.split("/").map(encodeURIComponent).join("/")}${p?.row ? `?row=${p.row}&column=${p.column ?? ""}` : ""}`}
					>
						{t.check.open(baseName(f))}
					</a>
				))}
			</div>
		</article>
	);
}
