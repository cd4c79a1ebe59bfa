/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the catalog has for a few words: the server's ranked list, each with why it stands where it
 * stands; below it the kinds, slots and policies that have the words in their names.
 */
import type { ComponentChildren } from "preact";
import type { Catalog, Found as Hit } from "../../api/types";
import { c } from "../../strings/catalog";
import { t } from "../../strings/en";
import { Empty } from "../../ui/bits";
import { ErrorText } from "../../ui/ErrorView";
import { CatalogLink, type CatalogType } from "../shared/CatalogLink";
import { findIn, leadOf, type FoundGroup } from "./catalog.utils";
import { SHOWN_MAX, useDiscovery } from "./discover.hooks";
import { scoreWords, whyWords } from "./found.utils";

const BY_NAME_ONLY = new Set<CatalogType>(["kind", "slot", "policy"]);

/* a tool has no page of its own */
const Name = ({ w, x }: { w: string; x: Hit }) =>
	x.type === "tool" ? (
		<strong>{x.label}</strong>
	) : (
		<CatalogLink w={w} type={x.type} id={x.id}>
			{x.label}
		</CatalogLink>
	);

function Ranked({ w, items }: { w: string; items: Hit[] }) {
	return (
		<section class="card" aria-label={c.search}>
			<ol class="rows cat-found">
				{items.map((x) => (
					<li key={`${x.type} ${x.id}`}>
						<span class="grow">
							<Name w={w} x={x} /> <span class="cat-type">{c.type[x.type]}</span>
							{x.says && <span class="muted line">{leadOf(x.says)}</span>}
							<span class="muted small line cat-why">
								{c.score(scoreWords(x))}: {whyWords(x)}
							</span>
						</span>
						<code class="muted">{x.id}</code>
					</li>
				))}
			</ol>
			<details class="small">
				<summary>{c.order}</summary>
				<p class="muted">{c.orderSays}</p>
			</details>
		</section>
	);
}

function ByName({ w, groups }: { w: string; groups: FoundGroup[] }) {
	return (
		<>
			{groups.map((g) => (
				<section key={g.type} class="card" aria-labelledby={`found-${g.type}`}>
					<h2 id={`found-${g.type}`}>
						{c.type[g.type]} <span class="muted small">{c.byName}</span>
					</h2>
					<ul class="rows cat-found">
						{g.items.map((x) => (
							<li key={x.id}>
								<span class="grow">
									<CatalogLink w={w} type={g.type} id={x.id}>
										{x.label}
									</CatalogLink>
									{x.says && <span class="muted line">{x.says}</span>}
								</span>
								<code class="muted">{x.id}</code>
							</li>
						))}
					</ul>
				</section>
			))}
		</>
	);
}

/* the arrow keys go along the results, and from the first back to the field */
function onKey(e: KeyboardEvent & { currentTarget: HTMLElement }): void {
	if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
	const links = [...e.currentTarget.querySelectorAll<HTMLElement>(".cat-found a")];
	const at = links.indexOf(document.activeElement as HTMLElement);
	if (at < 0) return;
	e.preventDefault();
	const to = e.key === "ArrowDown" ? at + 1 : at - 1;
	if (to < 0) document.getElementById("cat-q")?.focus();
	else links[to]?.focus();
}

export function Found({ w, all, words }: { w: string; all: Catalog; words: string }) {
	const got = useDiscovery(w, words);
	const named = findIn(all, words);
	const groups = got.error ? named : named.filter((g) => BY_NAME_ONLY.has(g.type));
	const items = got.error ? [] : (got.value?.items ?? []);
	const n = items.length + groups.reduce((s, g) => s + g.items.length, 0);
	const isFirst = got.isLoading && !got.value && !got.error;
	const says: ComponentChildren = isFirst
		? c.searching
		: items.length === SHOWN_MAX
			? c.best(SHOWN_MAX)
			: c.found(n);
	return (
		<div class="stack" onKeyDown={onKey} aria-busy={got.isLoading}>
			<p class="muted" role="status">
				{says}
			</p>
			{got.error && (
				<>
					<ErrorText
						error={got.error}
						acts={
							<button type="button" class="btn small" onClick={got.reload}>
								{t.app.retry}
							</button>
						}
					/>
					<p>{c.searchFailed}</p>
				</>
			)}
			{n === 0 && !isFirst && !got.error && <Empty text={c.noneFound} />}
			{items.length > 0 && <Ranked w={w} items={items} />}
			<ByName w={w} groups={groups} />
		</div>
	);
}
