/* SPDX-License-Identifier: Apache-2.0 */
/* The policies side by side: a row for each setting. */
import type { Catalog, CatalogSetting } from "../../api/types";
import { c } from "../../strings/catalog";
import { capital } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { CatalogLink } from "../shared/CatalogLink";
import { Scroll } from "./parts";

export function Value({ s }: { s: CatalogSetting }) {
	if (!s.switch) return <span class="cat-value">{capital(s.value)}</span>;
	const isOn = s.value === "yes";
	return (
		<span class={isOn ? "cat-value on" : "cat-value off"}>
			<Icon name={isOn ? "tick" : "cross"} size={14} />
			{isOn ? c.policy.yes : c.policy.no}
		</span>
	);
}

export function Compare({ w, policies }: { w: string; policies: Catalog["policies"] }) {
	const settings = policies[0]?.settings ?? [];
	return (
		<div class="card flush">
			<Scroll label={c.policy.caption}>
				<table class="list cat-compare">
					<caption class="vh">{c.policy.caption}</caption>
					<thead>
						<tr>
							<th scope="col">{c.policy.setting}</th>
							{policies.map((p) => (
								<th scope="col" key={p.id}>
									<CatalogLink w={w} type="policy" id={p.id}>
										{p.label}
									</CatalogLink>
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						<tr>
							<th scope="row">{c.policy.useFor}</th>
							{policies.map((p) => (
								<td key={p.id} class="small">
									{p.use_for ?? p.purpose}
								</td>
							))}
						</tr>
						{settings.map((s, i) => (
							<tr key={s.name}>
								<th scope="row">
									{capital(s.says)}
									<code class="line muted">{s.name}</code>
								</th>
								{policies.map((p) => {
									const x = p.settings[i];
									return <td key={p.id}>{x && <Value s={x} />}</td>;
								})}
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</div>
	);
}
