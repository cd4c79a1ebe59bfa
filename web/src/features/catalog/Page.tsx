/* SPDX-License-Identifier: Apache-2.0 */
/* Everything the catalog has, part by part; and the search over all of it. */
import * as api from "../../api/calls";
import { useLoad } from "../../models/load";
import { query, setQuery } from "../../models/router";
import { c } from "../../strings/catalog";
import { t } from "../../strings/en";
import { Waiting } from "../../ui/bits";
import { ErrorPage } from "../../ui/ErrorView";
import { PageHead } from "../../ui/PageHead";
import { Tabs } from "../../ui/Tabs";
import { Compare } from "./Compare";
import { TABS, type Tab } from "./catalog.utils";
import { WORDS_BYTES_MAX } from "../shared/words.utils";
import { Found } from "./Found";
import { Adapters, Domains, Kinds, Slots, Workflows } from "./lists";

/* down from the field into the results */
function intoResults(e: KeyboardEvent): void {
	if (e.key !== "ArrowDown") return;
	const first = document.querySelector<HTMLElement>(".cat-found a");
	if (!first) return;
	e.preventDefault();
	first.focus();
}

export function CatalogPage({ w }: { w: string }) {
	const got = useLoad(`catalog ${w}`, (s) => api.getCatalog(w, s));
	const words = query("q") ?? "";
	const asked = query("tab") as Tab | null;
	const tab: Tab = asked && TABS.includes(asked) ? asked : "domains";
	if (got.error && !got.value)
		return <ErrorPage error={got.error} retry={got.reload} home={`/w/${w}`} />;
	const all = got.value;
	const counts = all && {
		domains: all.packs.length,
		workflows: all.workflows.length,
		kinds: all.kinds.length,
		slots: all.slots.length,
		policies: all.policies.length,
		adapters: all.adapters.length,
	};
	return (
		<>
			<PageHead title={c.title} sub={c.lead}>
				<a class="btn" href={`/w/${w}/packs`}>
					{t.packs.manage}
				</a>
			</PageHead>
			<div role="search" class="cat-search">
				<label for="cat-q">{c.search}</label>
				<input
					id="cat-q"
					type="search"
					value={words}
					aria-describedby="cat-q-hint"
					maxLength={WORDS_BYTES_MAX}
					autoComplete="off"
					onInput={(e) => setQuery("q", e.currentTarget.value || null)}
					onKeyDown={intoResults}
				/>
				<span id="cat-q-hint" class="muted small">
					{c.searchHint}
				</span>
			</div>
			{!all && <Waiting lines={8} />}
			{all && words.trim() && <Found w={w} all={all} words={words} />}
			{all && !words.trim() && (
				<>
					<Tabs
						label={c.tabs}
						items={TABS.map((x) => ({
							href: `/w/${w}/catalog${x === "domains" ? "" : `?tab=${x}`}`,
							text: c.tab[x],
							isOn: x === tab,
							n: counts?.[x],
						}))}
					/>
					<h2 class="vh">{c.tab[tab]}</h2>
					<p class="muted cat-about">{c.about[tab]}</p>
					{tab === "domains" && <Domains w={w} all={all} />}
					{tab === "workflows" && <Workflows w={w} all={all} />}
					{tab === "kinds" && <Kinds w={w} all={all} />}
					{tab === "slots" && <Slots w={w} all={all} />}
					{tab === "policies" && <Compare w={w} policies={all.policies} />}
					{tab === "adapters" && <Adapters w={w} all={all} />}
				</>
			)}
		</>
	);
}
