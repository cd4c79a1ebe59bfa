/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own 20×20 stroke icons. They are never the only sign: a word stands beside each, or labels
 * its button.
 */
const PATHS = {
	home: "M3 9.5 10 4l7 5.5V16a1 1 0 0 1-1 1h-3.5v-5h-5v5H4a1 1 0 0 1-1-1z",
	work: "M4 5h12M4 10h12M4 15h7",
	files: "M5 3h6l4 4v10H5zM11 3v4h4",
	people:
		"M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM2.5 16.5c0-2.8 2.2-4.5 5-4.5s5 1.7 5 4.5M13 4.3a2.7 2.7 0 0 1 0 5M14.5 12.3c1.8.6 3 2.1 3 4.2",
	user: "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM4 17c0-3.2 2.6-5 6-5s6 1.8 6 5",
	catalog:
		"M4 4.5h4.5a1.5 1.5 0 0 1 1.5 1.5V16a1.5 1.5 0 0 0-1.5-1.5H4zM16 4.5h-4.5a1.5 1.5 0 0 0-1.5 1.5V16a1.5 1.5 0 0 1 1.5-1.5H16z",
	apis: "M7 5 3 10l4 5M13 5l4 5-4 5M11 4 9 16",
	tick: "M4.5 10.5 8.5 14.5 15.5 6",
	cross: "M5.5 5.5l9 9M14.5 5.5l-9 9",
	clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.2l2.8 1.8",
	arc: "M17 10a7 7 0 1 1-7-7",
	next: "M7 4.5 13 10l-6 5.5",
	lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
	stop: "M5.5 5.5h9v9h-9z",
	warn: "M10 3.5 17.5 16.5h-15zM10 8v4M10 14.2v.2",
	info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9v4.5M10 6.3v.2",
	shield: "M10 2.8 16 5v4.6c0 3.6-2.5 6.2-6 7.6-3.5-1.4-6-4-6-7.6V5zM7 9.8l2.2 2.2 3.8-4",
	copy: "M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z",
	down: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
	open: "M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7",
	plus: "M10 4v12M4 10h12",
	trash: "M4 6h12M8 6V4h4v2M5.5 6l.8 11h7.4l.8-11",
	more: "M5 8l5 5 5-5",
	back: "M12 4.5 6.5 10l5.5 5.5",
	swap: "M4 7h10l-3-3M16 13H6l3 3",
	play: "M6 4l10 6-10 6z",
	graph: "M3 4h5v4H3zM12 12h5v4h-5zM12 4h5v4h-5zM8 6h4M8 6c3 0 1.5 8 4 8",
	sort: "M10 15V5M6 9l4-4 4 4",
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({
	name,
	size = 18,
	spin = false,
}: {
	name: IconName;
	size?: number;
	spin?: boolean;
}) {
	return (
		<svg
			class={spin ? "icon spin" : "icon"}
			viewBox="0 0 20 20"
			width={size}
			height={size}
			aria-hidden="true"
			focusable="false"
		>
			<path d={PATHS[name]} />
		</svg>
	);
}
