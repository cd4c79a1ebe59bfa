/* SPDX-License-Identifier: Apache-2.0 */
/* The operation as the description has it: a tree whose references open in place. */
import { Fragment } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { OperationDetail } from "../../api/types";
import { t } from "../../strings/en";
import { parseJson, type JsonNode } from "../../ui/jsontext";

const STEP = 100;
type Shared = Record<string, unknown>;

const refOf = (n: JsonNode): string | null => {
	const ref = n.kind === "object" ? n.members.find((m) => m.key === "$ref")?.value : undefined;
	return ref?.kind === "string" ? ref.text : null;
};

const entriesOf = (n: JsonNode): [string, JsonNode][] =>
	n.kind === "array"
		? n.items.map((x, i) => [String(i), x])
		: n.members.map((m) => [m.key, m.value]);

function Leaf({ name, node }: { name: string | null; node: JsonNode }) {
	const kind = node.kind === "string" ? "j-str" : node.kind === "number" ? "j-num" : "j-key";
	return (
		<div class="j-leaf">
			{name !== null && <span class="j-name">{name}: </span>}
			<span class={kind}>{node.kind === "string" ? JSON.stringify(node.text) : node.text}</span>
		</div>
	);
}

function Branch({
	name,
	node,
	shared,
	open,
	path,
}: {
	name: string | null;
	node: JsonNode;
	shared: Shared;
	open: number;
	/* references that are open around this one */
	path: string[];
}) {
	const [isOpen, setOpen] = useState(open > 0);
	const [n, setN] = useState(STEP);
	const ref = refOf(node);
	const text = ref === null ? undefined : shared[ref];
	const target = useMemo(
		() => (isOpen && typeof text === "string" ? parseJson(text) : null),
		[isOpen, text],
	);
	/* a reference shows what it leads to; what stands beside it stays */
	const isPlain = target !== null && refOf(target) === null;
	const entries = [
		...(isPlain ? entriesOf(target) : []),
		...entriesOf(node).filter(([k]) => ref === null || k !== "$ref"),
	];
	const isSeen = ref !== null && path.includes(ref);
	const within = ref === null ? path : [...path, ref];
	return (
		<details open={isOpen} onToggle={(e) => setOpen(e.currentTarget.open)}>
			<summary>
				{name !== null && <span class="j-name">{name}: </span>}
				{ref === null ? (
					<span class="muted">
						{node.kind === "array" ? t.out.items(entries.length) : t.out.fields(entries.length)}
					</span>
				) : (
					<span class="j-ref">
						{/* breaks after a stroke, never inside a word */}
						{ref.split("/").map((part, i) => (
							<Fragment key={i}>
								{i > 0 && "/"}
								{i > 1 && <wbr />}
								{part}
							</Fragment>
						))}
						{isSeen && <span class="muted"> ({t.apis.schema.again})</span>}
						{text === undefined && <span class="muted"> ({t.apis.schema.missing})</span>}
					</span>
				)}
			</summary>
			{isOpen && (
				<div class="j-in">
					{target && !isPlain && (
						<Node name={null} node={target} shared={shared} open={1} path={within} />
					)}
					{entries.slice(0, n).map(([k, x]) => (
						<Node
							key={k}
							name={k}
							node={x}
							shared={shared}
							open={ref === null ? open - 1 : 1}
							path={within}
						/>
					))}
					{entries.length > n && (
						<button type="button" class="btn small" onClick={() => setN(n + STEP)}>
							{t.out.moreItems(Math.min(STEP, entries.length - n))}
						</button>
					)}
				</div>
			)}
		</details>
	);
}

function Node(p: {
	name: string | null;
	node: JsonNode;
	shared: Shared;
	open: number;
	path: string[];
}) {
	const isEmpty = p.node.members.length + p.node.items.length === 0;
	if ((p.node.kind === "object" || p.node.kind === "array") && !isEmpty) return <Branch {...p} />;
	if (isEmpty && (p.node.kind === "object" || p.node.kind === "array"))
		return (
			<div class="j-leaf">
				{p.name !== null && <span class="j-name">{p.name}: </span>}
				<span class="muted">{p.node.kind === "array" ? "[]" : "{}"}</span>
			</div>
		);
	return <Leaf name={p.name} node={p.node} />;
}

export function SchemaPane({ schema }: { schema: OperationDetail["schema"] }) {
	const root = useMemo(() => parseJson(schema.operation), [schema.operation]);
	return (
		<>
			<p class="muted small">{t.apis.schema.lead}</p>
			<div class="json pane-box" role="region" aria-label={t.apis.schema.label} tabIndex={0}>
				{root && <Node name={null} node={root} shared={schema.shared} open={5} path={[]} />}
			</div>
			{schema.left_out > 0 && <p class="muted small">{t.apis.schema.leftOut(schema.left_out)}</p>}
		</>
	);
}
