/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a page that have addresses, and a choice of a few views. */
import { useEffect, useRef } from "preact/hooks";

export function Tabs({
	label,
	items,
}: {
	label: string;
	items: { href: string; text: string; isOn: boolean; n?: number }[];
}) {
	const nav = useRef<HTMLElement>(null);
	const on = items.findIndex((x) => x.isOn);
	/* where the tabs are wider than the window, the one that is on is in sight */
	useEffect(() => {
		const el = nav.current;
		const at = el?.children[on] as HTMLElement | undefined;
		if (!el || !at) return;
		const left = at.offsetLeft - el.offsetLeft;
		if (left < el.scrollLeft || left + at.offsetWidth > el.scrollLeft + el.clientWidth)
			el.scrollLeft = left - (el.clientWidth - at.offsetWidth) / 2;
	}, [on]);
	return (
		<nav class="tabs" aria-label={label} ref={nav}>
			{items.map((x) => (
				<a key={x.href} href={x.href} data-keep="" aria-current={x.isOn ? "page" : undefined}>
					{x.text}
					{x.n !== undefined && <span class="n">{x.n}</span>}
				</a>
			))}
		</nav>
	);
}

/* a choice of a few, of which one is on */
export function Choice<T extends string>({
	label,
	value,
	options,
	set,
}: {
	label: string;
	value: T;
	options: { value: T; text: string }[];
	set: (v: T) => void;
}) {
	return (
		<div class="choice" role="group" aria-label={label}>
			{options.map((o) => (
				<button
					type="button"
					key={o.value}
					aria-pressed={o.value === value}
					onClick={() => set(o.value)}
				>
					{o.text}
				</button>
			))}
		</div>
	);
}
