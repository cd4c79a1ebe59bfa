/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of an entity, in the order in which people write them. */
import type { CatalogColumn, CatalogEntity } from "../../api/types";
import { c } from "../../strings/catalog";
import { Card } from "../../ui/bits";
import { list } from "../../ui/format";
import { Rich } from "../../ui/rich";
import { Scroll } from "./parts";

const E = c.entity;

function typeNote(x: CatalogColumn): string {
	return [
		x.unit && x.unit !== x.currency ? x.unit : x.currency,
		x.currency_from && E.currencyFrom(`\`${x.currency_from}\``),
		x.values.length > 0 && `${E.oneOf} ${list(x.values)}`,
		x.limits,
	]
		.filter(Boolean)
		.join("; ");
}

const Row = ({ x, allTolerant }: { x: CatalogColumn; allTolerant: boolean }) => (
	<tr>
		<th scope="row">
			<code>{x.name}</code>
			{x.key && <span class="cat-key">{E.isKey}</span>}
		</th>
		<td>
			{E.types[x.type] ?? x.type}
			{typeNote(x) && (
				<span class="line muted small">
					<Rich text={typeNote(x)} />
				</span>
			)}
		</td>
		<td>
			{x.required ? E.required : E.optional}
			{(x.nullable || (x.tolerant && !allTolerant)) && (
				<span class="line muted small">
					{[x.nullable && E.nullable, x.tolerant && !allTolerant && E.tolerant]
						.filter(Boolean)
						.join("; ")}
				</span>
			)}
		</td>
		<td>{x.says}</td>
		<td class="muted">{x.synonyms.join(", ")}</td>
	</tr>
);

export function EntityColumns({ e }: { e: CatalogEntity }) {
	const allTolerant = e.columns.every((x) => x.tolerant);
	const title = e.form === "rows" ? E.columns : E.members;
	return (
		<Card title={title} id="columns">
			{e.columns.length === 0 ? (
				<p class="muted">{E.anyColumns}</p>
			) : (
				<>
					<Scroll label={title}>
						<table class="list cat-columns">
							<thead>
								<tr>
									<th scope="col">{E.name}</th>
									<th scope="col">{E.type}</th>
									<th scope="col">{E.must}</th>
									<th scope="col">{E.meaning}</th>
									<th scope="col">{E.also}</th>
								</tr>
							</thead>
							<tbody>
								{e.columns.map((x) => (
									<Row key={x.name} x={x} allTolerant={allTolerant} />
								))}
							</tbody>
						</table>
					</Scroll>
					<p class="muted small">
						{e.open ? E.open : E.closed}
						{allTolerant && ` ${E.allTolerant}`}
					</p>
				</>
			)}
		</Card>
	);
}
