/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A button that opens a list of choices in the browser's own popover: Escape and a click outside
 * close it.
 */
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

const GAP_PX = 6;

export function Menu({
	label,
	button,
	buttonClass,
	children,
}: {
	label: string;
	button: ComponentChildren;
	buttonClass: string;
	children: (close: () => void) => ComponentChildren;
}) {
	const id = useId();
	const at = useRef<HTMLButtonElement>(null);
	const box = useRef<HTMLDivElement>(null);
	/* above or below the button, whichever side has more room */
	const place = () => {
		const a = at.current?.getBoundingClientRect();
		const b = box.current;
		if (!a || !b) return;
		const isBelow = innerHeight - a.bottom > a.top;
		b.style.left = `${Math.max(8, Math.min(a.left, innerWidth - b.offsetWidth - 8))}px`;
		b.style.top = isBelow ? `${a.bottom + GAP_PX}px` : "auto";
		b.style.bottom = isBelow ? "auto" : `${innerHeight - a.top + GAP_PX}px`;
	};
	const items = () =>
		Array.from(box.current?.querySelectorAll<HTMLElement>("a, button, input") ?? []);
	const onKey = (e: KeyboardEvent) => {
		const all = items();
		const i = all.indexOf(document.activeElement as HTMLElement);
		const to =
			e.key === "ArrowDown"
				? all[(i + 1) % all.length]
				: e.key === "ArrowUp"
					? all[(i - 1 + all.length) % all.length]
					: e.key === "Home"
						? all[0]
						: e.key === "End"
							? all[all.length - 1]
							: null;
		if (!to || (to as HTMLInputElement).type === "radio") return;
		e.preventDefault();
		to.focus();
	};
	return (
		<>
			<button type="button" ref={at} class={buttonClass} popovertarget={id} aria-label={label}>
				{button}
			</button>
			<div
				popover="auto"
				id={id}
				ref={box}
				class="menu"
				role="group"
				aria-label={label}
				onKeyDown={onKey}
				onToggle={(e) => {
					if ((e as unknown as ToggleEvent).newState !== "open") return;
					place();
					items()[0]?.focus();
				}}
			>
				{children(() => box.current?.hidePopover())}
			</div>
		</>
	);
}
