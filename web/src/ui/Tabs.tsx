/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a page that have addresses, and a choice of a few views. */

export function Tabs({
	label,
	items,
}: {
	label: string;
	items: { href: string; text: string; isOn: boolean; n?: number }[];
}) {
	return (
		<nav class="tabs" aria-label={label}>
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
