/* SPDX-License-Identifier: Apache-2.0 */
/* What was promised to be checked, and how each check went, by the receipt. */
import type { Contract } from "../../api/types";
import { t } from "../../strings/en";
import { Pill } from "../../ui/bits";
import { bytes } from "../../ui/format";
import { Rich } from "../../ui/rich";
import type { Postflight } from "../shared/receipt.utils";

export function Checks({ c, post }: { c: Contract; post: Postflight | undefined }) {
	const done = post?.criteria;
	const parses = (post?.outputs ?? []).filter((o) => o.parse);
	if (!done?.length && !parses.length)
		return (
			<>
				<ul class="plain">
					{c.criteria.map((x, i) => (
						<li key={i}>
							<Rich text={x.says} />
						</li>
					))}
				</ul>
				<p class="muted">{t.step.checksNone}</p>
			</>
		);
	const rows = [
		...(done ?? []).map((x) => ({ ok: x.ok, says: x.says, detail: x.detail })),
		...parses.map((o) => ({
			ok: o.parse?.ok ?? false,
			says: `${o.path}: ${o.kind}`,
			detail: o.parse?.detail,
		})),
	];
	return (
		<>
			<ul class="ticks">
				{rows.map((x, i) => (
					<li key={i}>
						<Pill tone={x.ok ? "ok" : "bad"} icon={x.ok ? "tick" : "cross"}>
							{x.ok ? t.step.passed : t.step.broke}
						</Pill>
						<span>
							<Rich text={x.says} />
							{x.detail && <span class="muted line">{x.detail}</span>}
						</span>
					</li>
				))}
			</ul>
			{(post?.refused_outputs?.length ?? 0) > 0 && (
				<>
					<h3>{t.step.refused}</h3>
					<ul class="plain">
						{post?.refused_outputs?.map((u) => (
							<li key={u.path}>
								<code>{u.path}</code>{" "}
								<span class="muted">
									{u.reason}
									{u.near && `, ${t.step.near(u.near)}`}
								</span>
							</li>
						))}
					</ul>
				</>
			)}
			{(post?.undeclared_outputs?.length ?? 0) > 0 && (
				<>
					<h3>{t.step.undeclared}</h3>
					<ul class="plain">
						{post?.undeclared_outputs?.map((u) => (
							<li key={u.path}>
								<code>{u.path}</code>{" "}
								<span class="muted">
									{bytes(u.bytes)}
									{u.near && `, ${t.step.near(u.near)}`}
								</span>
							</li>
						))}
					</ul>
				</>
			)}
		</>
	);
}
