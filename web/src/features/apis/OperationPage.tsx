/* SPDX-License-Identifier: Apache-2.0 */
/* One operation in three panes: schema, template, trial. Narrow windows show one at a time. */
import * as api from "../../api/calls";
import type { OperationDetail } from "../../api/types";
import { useLoad } from "../../models/load";
import { query, setQuery } from "../../models/router";
import { t } from "../../strings/en";
import { Banner, Pill, Waiting } from "../../ui/bits";
import { ErrorPage } from "../../ui/ErrorView";
import { sentence } from "../../ui/format";
import { PageHead } from "../../ui/PageHead";
import { Choice } from "../../ui/Tabs";
import { FillPane } from "./FillPane";
import { Ladder } from "./Ladder";
import { Method } from "./Method";
import { SchemaPane } from "./SchemaPane";
import { TemplatePane } from "./TemplatePane";

const P = t.apis.pane;
type Pane = "schema" | "template" | "payload";
const PANES: Pane[] = ["schema", "template", "payload"];

function ContentType({ d, value }: { d: OperationDetail; value: string | null }) {
	if (d.content_types.length < 2) return null;
	return (
		<label class="inline">
			{t.apis.fill.contentType}
			<select
				value={value ?? d.content_type ?? ""}
				onChange={(e) => setQuery("type", e.currentTarget.value)}
			>
				{d.content_types.map((x) => (
					<option key={x}>{x}</option>
				))}
			</select>
		</label>
	);
}

function Refused({ d }: { d: OperationDetail }) {
	const says = d.diagnostics.filter((x) => !x.code.startsWith("IMP_W_"));
	return (
		<Banner tone="warn" title={t.apis.refusedTitle}>
			<p>{t.apis.refusedWhy}</p>
			<ul class="plain">
				{says.map((x, i) => (
					<li key={i}>
						{sentence(x.message)} <code class="wrap">{x.schema_pointer ?? x.pointer}</code>{" "}
						<span class="code">{x.code}</span>
					</li>
				))}
				{!says.length && d.operation.refused && <li>{sentence(d.operation.refused.says)}</li>}
			</ul>
		</Banner>
	);
}

function Panes({ w, d, type }: { w: string; d: OperationDetail; type: string | null }) {
	const asked = query("pane") as Pane | null;
	const pane = asked && PANES.includes(asked) ? asked : "payload";
	const cls = (p: Pane) => `pane card ${p}${p === pane ? " on" : ""}`;
	return (
		<>
			<div class="pane-choice">
				<Choice
					label={P.show}
					value={pane}
					set={(v) => setQuery("pane", v)}
					options={PANES.map((value) => ({ value, text: P[value] }))}
				/>
			</div>
			<div class="panes">
				<section class={cls("schema")} aria-labelledby="pane-schema">
					<h2 id="pane-schema">{P.schema}</h2>
					<SchemaPane schema={d.schema} />
				</section>
				<section class={cls("template")} aria-labelledby="pane-template">
					<h2 id="pane-template">{P.template}</h2>
					{d.template && <TemplatePane d={d.template} />}
				</section>
				<section class={cls("payload")} aria-labelledby="pane-payload">
					<h2 id="pane-payload">{P.payload}</h2>
					<FillPane w={w} d={d} contentType={type} />
				</section>
			</div>
			<Ladder config={d.ladder} />
		</>
	);
}

export function OperationPage({ w, p }: { w: string; p: Record<string, string> }) {
	const a = p.api as string;
	const op = p.op as string;
	const type = query("type");
	const one = useLoad(`operation ${w} ${a} ${op} ${type ?? ""}`, (s) =>
		api.getOperation(w, a, op, type, s),
	);
	const back = `/w/${w}/apis/${a}`;
	if (one.error && !one.value)
		return <ErrorPage error={one.error} retry={one.reload} home={back} />;
	const d = one.value;
	if (!d) return <Waiting lines={10} />;
	const o = d.operation;
	return (
		<>
			<PageHead
				title={o.path}
				tab={`${o.method} ${o.path}`}
				back={{ href: back, text: d.api.title || t.apis.untitled }}
				sub={o.summary || o.operation_id}
				pill={
					<>
						<Method method={o.method} />
						{o.deprecated && <Pill tone="muted">{t.apis.deprecated}</Pill>}
					</>
				}
			>
				<ContentType d={d} value={type} />
			</PageHead>
			{d.template ? (
				<Panes key={`${a} ${op} ${type ?? ""}`} w={w} d={d} type={type} />
			) : (
				<>
					<Refused d={d} />
					<section class="card" aria-labelledby="pane-schema">
						<h2 id="pane-schema">{P.schema}</h2>
						<SchemaPane schema={d.schema} />
					</section>
				</>
			)}
		</>
	);
}
