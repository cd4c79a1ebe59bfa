/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as tables where it holds rows, and as a tree always. */
import { useMemo, useState } from "preact/hooks";
import { t } from "../../strings/en";
import { Choice } from "../../ui/Tabs";
import { CodeView } from "../../ui/CodeView";
import { GridView } from "../../ui/GridView";
import { JsonTree } from "../../ui/JsonTree";
import { num } from "../../ui/format";
import { tablesIn } from "../../ui/table";

type View = "table" | "tree" | "raw";

export function JsonView({ text, name }: { text: string; name: string }) {
	const value = useMemo<{ v: unknown } | null>(() => {
		try {
			return { v: JSON.parse(text) as unknown };
		} catch {
			return null;
		}
	}, [text]);
	const tables = useMemo(() => (value ? tablesIn(value.v) : []), [value]);
	const [view, setView] = useState<View | null>(null);
	const [which, setWhich] = useState(0);
	if (!value)
		return (
			<>
				<p>{t.out.badJson}</p>
				<CodeView source={text} language="text" label={name} />
			</>
		);
	const now: View = view ?? (tables.length ? "table" : "tree");
	const table = tables[which] ?? tables[0];
	return (
		<div class="stack">
			<div class="bar-line">
				<Choice
					label={t.plan.view}
					value={now}
					set={setView}
					options={[
						...(tables.length ? [{ value: "table" as const, text: t.out.table }] : []),
						{ value: "tree", text: t.out.tree },
						{ value: "raw", text: t.out.raw },
					]}
				/>
				{now === "table" && tables.length > 1 && (
					<label class="inline">
						{t.out.which}
						<select value={String(which)} onChange={(e) => setWhich(Number(e.currentTarget.value))}>
							{tables.map((x, i) => (
								<option key={x.name} value={String(i)}>
									{x.name} ({num(x.grid.rows.length)})
								</option>
							))}
						</select>
					</label>
				)}
			</div>
			{now === "table" && table && (
				<GridView key={which} grid={table.grid} name={table.name || name} />
			)}
			{now === "tree" && (
				<section class="card">
					<JsonTree value={value.v} open={2} />
				</section>
			)}
			{now === "raw" && (
				<CodeView
					source={text.includes("\n") ? text : JSON.stringify(value.v, null, 2)}
					language="text"
					label={name}
				/>
			)}
		</div>
	);
}
