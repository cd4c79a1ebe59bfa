/* SPDX-License-Identifier: Apache-2.0 */
/* The small pieces: pills, cards, facts, banners, waiting and empty states, meters. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../strings/en";
import { Icon, type IconName } from "./Icon";
import type { StateLook, Tone } from "./state";

export function Pill({
	tone,
	icon,
	spin,
	children,
}: {
	tone: Tone;
	icon?: IconName;
	spin?: boolean;
	children: ComponentChildren;
}) {
	return (
		<span class={`pill ${tone}`}>
			{icon && <Icon name={icon} size={14} spin={spin} />}
			{children}
		</span>
	);
}
export const StatePill = ({ look, text }: { look: StateLook; text?: string }) => (
	<Pill tone={look.tone} icon={look.icon} spin={look.isMoving}>
		{text ?? look.word}
	</Pill>
);

export function Card({
	title,
	acts,
	children,
	class: cls,
	id,
}: {
	title?: ComponentChildren;
	acts?: ComponentChildren;
	children: ComponentChildren;
	class?: string;
	id?: string;
}) {
	return (
		<section
			class={`card ${cls ?? ""}`}
			id={id}
			aria-labelledby={title && id ? `${id}-h` : undefined}
		>
			{title && (
				<div class="card-head">
					<h2 id={id ? `${id}-h` : undefined}>{title}</h2>
					{acts}
				</div>
			)}
			{children}
		</section>
	);
}

export function Facts({
	items,
	isAcross,
}: {
	items: ([string, ComponentChildren] | null | false | undefined)[];
	isAcross?: boolean;
}) {
	return (
		<dl class={isAcross ? "facts across" : "facts"}>
			{items.map(
				(x) =>
					x && (
						<div key={x[0]}>
							<dt>{x[0]}</dt>
							<dd>{x[1]}</dd>
						</div>
					),
			)}
		</dl>
	);
}

export function Banner({
	tone,
	title,
	children,
	acts,
	role,
}: {
	tone: Tone;
	title?: ComponentChildren;
	children?: ComponentChildren;
	acts?: ComponentChildren;
	role?: "alert" | "status";
}) {
	const icon: IconName =
		tone === "bad" ? "cross" : tone === "warn" ? "warn" : tone === "ok" ? "tick" : "info";
	return (
		<div class={`banner ${tone}`} role={role}>
			<Icon name={icon} />
			<div class="banner-text">
				{title && <p class="banner-title">{title}</p>}
				{children}
			</div>
			{acts && <div class="banner-acts">{acts}</div>}
		</div>
	);
}

/* nothing for the first 300 ms: most answers are faster, and a flash of grey helps nobody */
export function Waiting({ lines = 4 }: { lines?: number }) {
	const [isShown, show] = useState(false);
	useEffect(() => {
		const timer = setTimeout(() => show(true), 300);
		return () => clearTimeout(timer);
	}, []);
	if (!isShown) return <div class="waiting" aria-busy="true" />;
	return (
		<div class="waiting" role="status" aria-busy="true">
			<span class="vh">{t.app.loading}</span>
			{Array.from({ length: lines }, (_, i) => (
				<span key={i} class={`bone b${i % 3}`} />
			))}
		</div>
	);
}

export const Empty = ({ text, children }: { text: string; children?: ComponentChildren }) => (
	<div class="empty">
		<p>{text}</p>
		{children}
	</div>
);

export function Meter({ used, limit, label }: { used: number; limit: number; label: string }) {
	const part = limit > 0 ? Math.min(1, used / limit) : 0;
	return (
		<div
			class="meter"
			role="meter"
			aria-label={label}
			aria-valuemin={0}
			aria-valuemax={limit}
			aria-valuenow={Math.min(used, limit)}
		>
			<span
				class={part > 0.9 ? "bar warn" : "bar"}
				style={{ width: `${(part * 100).toFixed(1)}%` }}
			/>
		</div>
	);
}
