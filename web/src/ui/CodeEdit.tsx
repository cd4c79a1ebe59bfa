/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain text area with colors under it: the area itself is what is written in, selected and read
 * by a screen reader; the layer below shows the same text colored and underlined.
 */
import type { Ref } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { lexJson } from "./jsontext";
import { tokenKind } from "./token";

/* of longer texts only what is wrong is marked: coloring all would slow down typing */
const COLORED_MAX = 24_000;

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
	const push = (part: string, cls: string) => {
		const last = out.at(-1);
		if (last?.class === cls && !cls.includes("mk")) last.text += part;
		else out.push({ text: part, class: cls });
	};
	const add = (from: number, to: number, cls: string) => {
		let at = from;
		for (const m of marks) {
			if (m.to <= at || m.from >= to) continue;
			if (m.from > at) push(text.slice(at, m.from), cls);
			const end = Math.min(to, m.to);
			const start = Math.max(at, m.from);
			push(text.slice(start, end), `${cls} mk${m.isBad ? "" : " warn-mk"}`);
			at = end;
		}
		if (at < to) push(text.slice(at, to), cls);
	};
	if (text.length > COLORED_MAX) add(0, text.length, "");
	else
		for (const p of lexJson(text)) add(p.start, p.end, classOf(p.kind, text.slice(p.start, p.end)));
	return out;
}

/* revealIn - scroll an area of text to an offset; sideways only where it must */
export function revealIn(area: HTMLTextAreaElement, at: number): void {
	const before = area.value.slice(0, at);
	const style = getComputedStyle(area);
	const linePx = parseFloat(style.lineHeight) || 20;
	const pen = document.createElement("canvas").getContext("2d");
	if (pen) pen.font = `${style.fontSize} ${style.fontFamily}`;
	const charPx = pen?.measureText("0").width ?? 7.2;
	const top = (before.split("\n").length - 1) * linePx;
	const left = (at - before.lastIndexOf("\n")) * charPx;
	if (top < area.scrollTop || top + 3 * linePx > area.scrollTop + area.clientHeight)
		area.scrollTop = Math.max(0, top - 3 * linePx);
	area.scrollLeft = left + 40 > area.clientWidth ? left - area.clientWidth / 2 : 0;
}

interface Props {
	label: string;
	value: string;
	set: (text: string) => void;
	/* of the owner's history, in place of the browser's own */
	undo: () => void;
	redo: () => void;
	marks: EditMark[];
	describedBy: string;
	isBad: boolean;
	areaRef: Ref<HTMLTextAreaElement>;
}

export function CodeEdit(p: Props) {
	const { label, value, set, marks, describedBy, isBad, areaRef } = p;
	const under = useRef<HTMLPreElement>(null);
	const box = useRef<HTMLDivElement>(null);
	const follow = () => {
		const area = box.current?.querySelector("textarea");
		if (!area || !under.current) return;
		under.current.scrollTop = area.scrollTop;
		under.current.scrollLeft = area.scrollLeft;
	};
	useEffect(follow, [value]);
	const acts = useRef(p);
	acts.current = p;
	/* taken back from the browser's menu: its own history does not know what others changed */
	useEffect(() => {
		const area = box.current?.querySelector("textarea");
		const onInput = (e: InputEvent) => {
			if (e.inputType !== "historyUndo" && e.inputType !== "historyRedo") return;
			e.preventDefault();
			if (e.inputType === "historyUndo") acts.current.undo();
			else acts.current.redo();
		};
		area?.addEventListener("beforeinput", onInput);
		return () => area?.removeEventListener("beforeinput", onInput);
	}, []);
	const onKey = (e: KeyboardEvent) => {
		if (!(e.ctrlKey || e.metaKey) || e.altKey || e.isComposing) return;
		const key = e.key.toLowerCase();
		if (key !== "z" && !(key === "y" && e.ctrlKey)) return;
		e.preventDefault();
		if (key === "y" || e.shiftKey) p.redo();
		else p.undo();
	};
	const shown = useMemo(() => pieces(value, marks), [value, marks]);
	return (
		<div class="edit" ref={box}>
			<pre ref={under} aria-hidden="true">
				{shown.map((p, i) => (
					<span key={i} class={p.class}>
						{p.text}
					</span>
				))}
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
				onKeyDown={onKey}
				onScroll={follow}
			/>
		</div>
	);
}
