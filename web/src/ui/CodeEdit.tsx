/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain text area with colors under it: the area itself is what is written in, selected and read
 * by a screen reader; the layer below shows the same text colored and underlined.
 */
import type { Ref } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { lexJson } from "./jsontext";
import { tokenKind } from "./token";

/* longer texts are shown plain: coloring them would slow down typing */
const COLORED_MAX = 120_000;

export interface EditMark {
	from: number;
	to: number;
	isBad: boolean;
}
interface Piece {
	text: string;
	class: string;
}

function classOf(kind: string, text: string): string {
	if (kind === "str") {
		const token = tokenKind(text.slice(1));
		return token ? `tk tk-${token.toLowerCase().replace("_", "-")}` : "c-str";
	}
	return kind === "num" ? "c-num" : kind === "word" ? "c-key" : "";
}

/* pieces - the text cut where its color or its underline changes; joined they give the text */
export function pieces(text: string, marks: EditMark[]): Piece[] {
	const out: Piece[] = [];
	const add = (from: number, to: number, cls: string) => {
		let at = from;
		for (const m of marks) {
			if (m.to <= at || m.from >= to) continue;
			if (m.from > at) out.push({ text: text.slice(at, m.from), class: cls });
			const end = Math.min(to, m.to);
			const start = Math.max(at, m.from);
			out.push({ text: text.slice(start, end), class: `${cls} mk${m.isBad ? "" : " warn-mk"}` });
			at = end;
		}
		if (at < to) out.push({ text: text.slice(at, to), class: cls });
	};
	for (const p of lexJson(text)) add(p.start, p.end, classOf(p.kind, text.slice(p.start, p.end)));
	return out;
}

interface Props {
	label: string;
	value: string;
	set: (text: string) => void;
	marks: EditMark[];
	describedBy: string;
	isBad: boolean;
	areaRef: Ref<HTMLTextAreaElement>;
}

export function CodeEdit({ label, value, set, marks, describedBy, isBad, areaRef }: Props) {
	const under = useRef<HTMLPreElement>(null);
	const box = useRef<HTMLDivElement>(null);
	const follow = () => {
		const area = box.current?.querySelector("textarea");
		if (!area || !under.current) return;
		under.current.scrollTop = area.scrollTop;
		under.current.scrollLeft = area.scrollLeft;
	};
	useEffect(follow, [value]);
	const shown = useMemo(
		() => (value.length > COLORED_MAX ? [{ text: value, class: "" }] : pieces(value, marks)),
		[value, marks],
	);
	return (
		<div class="edit" ref={box}>
			<pre ref={under} aria-hidden="true">
				{shown.map((p, i) =>
					p.class ? (
						<span key={i} class={p.class}>
							{p.text}
						</span>
					) : (
						p.text
					),
				)}
				{"\n "}
			</pre>
			<textarea
				ref={areaRef}
				aria-label={label}
				aria-describedby={describedBy}
				aria-invalid={isBad ? "true" : undefined}
				spellcheck={false}
				autocapitalize="off"
				autocomplete="off"
				wrap="off"
				value={value}
				onInput={(e) => set(e.currentTarget.value)}
				onScroll={follow}
			/>
		</div>
	);
}
