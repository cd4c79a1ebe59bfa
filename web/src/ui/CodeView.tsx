/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source with numbered lines that have an address: click a number to link it, Shift-click to link
 * up to it. Addresses are "#L7" or "#L7-L12"; more than one source on a page adds its index:
 * "#2L7".
 */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../strings/en";
import { pythonLines, type Token } from "./python";

const LINES_MAX = 5000;

export interface LineRange {
	from: number;
	to: number;
}
export function lineRange(hash: string, prefix: string): LineRange | null {
	const m = new RegExp(`^#${prefix}L(\\d{1,6})(?:-L(\\d{1,6}))?$`).exec(hash);
	if (!m) return null;
	const a = Number(m[1]);
	const b = Number(m[2] ?? m[1]);
	return { from: Math.min(a, b), to: Math.max(a, b) };
}

interface Props {
	source: string;
	language: "python" | "text";
	label: string;
	/* "" for the only source of a page */
	prefix?: string;
	hash?: string;
	setHash?: (hash: string) => void;
}

export function CodeView({ source, language, label, prefix = "", hash = "", setHash }: Props) {
	const lines = useMemo<Token[][]>(() => {
		const text = source.endsWith("\n") ? source.slice(0, -1) : source;
		const part = text.split("\n", LINES_MAX).join("\n");
		return language === "python"
			? pythonLines(part)
			: part.split("\n").map((l) => [{ kind: "", text: l }]);
	}, [source, language]);
	const range = lineRange(hash, prefix);
	const box = useRef<HTMLOListElement>(null);
	useEffect(() => {
		if (range) box.current?.children[range.from - 1]?.scrollIntoView({ block: "center" });
	}, [range?.from, source]);
	const link = (e: MouseEvent, n: number) => {
		if (!setHash) return;
		e.preventDefault();
		setHash(
			e.shiftKey && range
				? `#${prefix}L${Math.min(range.from, n)}-L${Math.max(range.from, n)}`
				: `#${prefix}L${n}`,
		);
	};
	const all = source.split("\n").length;
	return (
		<>
			<div class="code" role="region" aria-label={label} tabIndex={0}>
				<ol ref={box}>
					{lines.map((tokens, i) => {
						const n = i + 1;
						const isOn = range !== null && n >= range.from && n <= range.to;
						return (
							<li key={n} class={isOn ? "on" : ""} id={`${prefix}L${n}`}>
								{setHash ? (
									<a
										class="ln"
										href={`#${prefix}L${n}`}
										aria-label={t.step.line(n)}
										tabIndex={-1}
										onClick={(e) => link(e, n)}
									>
										{n}
									</a>
								) : (
									<span class="ln" aria-hidden="true">
										{n}
									</span>
								)}
								<code>
									{tokens.map((k, j) =>
										k.kind ? (
											<span key={j} class={`c-${k.kind}`}>
												{k.text}
											</span>
										) : (
											k.text
										),
									)}
								</code>
							</li>
						);
					})}
				</ol>
			</div>
			{all - 1 > LINES_MAX && <p class="muted">{t.step.tooLong(LINES_MAX)}</p>}
		</>
	);
}
