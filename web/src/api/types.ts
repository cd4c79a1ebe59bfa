/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shapes of the HTTP API. What the routes declare comes from types.gen.ts, which is made from
 * them; the documents inside (plan, contract, profiles: docs/ARCHITECTURE.md, "Shapes") are spelled
 * out here. Sizes inside contracts are strings.
 */
import type * as gen from "./types.gen";

export type {
	Attempt,
	Catalog,
	CatalogAdapter,
	CatalogBoundary,
	CatalogColumn,
	CatalogConversion,
	CatalogEntity,
	CatalogItem,
	CatalogKind,
	CatalogLink,
	CatalogOutput,
	CatalogPack,
	CatalogPlaybook,
	CatalogPolicy,
	CatalogReference,
	CatalogSetting,
	CatalogSkill,
	CatalogSlot,
	CatalogValidator,
	CatalogWorkflow,
	Catalogue,
	Decoded,
	DetectedColumn,
	DetectedRank,
	Detection,
	Discovery,
	Deliverable as RunDeliverable,
	File as FileItem,
	FileCheck,
	FileChecks,
	ImprintDiag,
	Key as ApiKey,
	KeyNew,
	List as Page,
	Member,
	Operation,
	OperationDetail,
	OperationExample,
	Pack,
	PackDetail,
	PackFinding,
	PackUses,
	Parse,
	Pass as PassEvent,
	PassDone,
	Receipt,
	Relation,
	Relations,
	Role,
	Rows as FileRows,
	Run,
	RunState,
	RunSummary as RunItem,
	Session,
	Step as RunStep,
	StepState,
	DiagLabel,
	Place,
	WorkspaceRole as Workspace,
} from "./types.gen";

/* span: the place in a line of the source text, columns counted from 0 */
export interface Span {
	text: string;
	at: number;
	n: number;
}
export type Found = gen.Discovery["items"][number];
/*
 * how a rule of the packs stands over one output, as the receipt says it; passed on: inherited_from
 * names the input
 */
export type OutputCheck = gen.FileCheck & { output: string; inherited_from: string | null };
/* forge.diag.v1 */
export interface Diag {
	code: string;
	severity: "error" | "warning" | "note";
	title?: string;
	message: string;
	place: (Omit<gen.Place, "span"> & { span?: Span | null }) | null;
	labels: gen.DiagLabel[];
	note?: string | null;
	help?: string | null;
	fix?: unknown;
}
export type Problem = Omit<gen.Problem, "diagnostics"> & { diagnostics?: Diag[] };
export type PassLetter = gen.Pass["pass"];

/* failure of an attempt: where it names rows of a file, the first of them and how many there are */
export type Failure = gen.Failure & {
	rows_total?: number;
	rows?: { row: number; column: string; value: string; message: string }[];
};

export interface Column {
	name: string;
	type: string;
	nulls: number;
	distinct: number;
	distinct_exact?: boolean;
	min: string | null;
	max: string | null;
	date_format?: string | null;
	/* what the values would be after a stated normalization; = type where there is no more to say */
	reading?: string;
	currency?: string | null;
	number_style?: string | null;
	unit?: string | null;
	date_style?: string | null;
	values?: string[] | null;
	first?: { row: number; value: string } | null;
}

/* forge.file_profile.v1 */
export interface FileProfile {
	schema: string;
	kind: string;
	sniffed?: string;
	parse: {
		ok: boolean;
		message: string | null;
		row: number | null;
		line: number | null;
		column: number | null;
	};
	rows: number | null;
	pages?: number | null;
	columns: Column[];
	candidate_keys: string[][];
	undecided_keys?: string[][];
	grain?: string | null;
	encoding?: string | null;
	/* what is inside, by kind */
	summary?: Record<string, unknown> | null;
	notes?: string[];
}

export interface ContractInput {
	slot: string;
	name: string;
	path: string;
	kind: string;
	entity: string | null;
	artifact_profile?: string;
	rank?: number;
	/* rank 3: the last of the adapters that it comes through */
	adapter?: { id: string; version: string; step_id: string } | null;
	required: boolean;
	source:
		| { type: "file"; path: string; sha256: string; bytes: string }
		| { type: "step"; step_id: string; name: string; path: string };
}

export interface ContractOutput {
	slot: string;
	name: string;
	path: string;
	kind: string;
	entity: string | null;
	artifact_profile?: string;
	role?: string;
	label: string;
	deliverable: boolean;
	grain?: { key: string[]; relation?: string; of?: string } | null;
	json_schema?: unknown;
}

export interface Criterion {
	type: string;
	says: string;
	[more: string]: unknown;
}

export interface FetchRequest {
	name: string;
	path: string;
	for_each?: string | null;
}

export interface Limits {
	wall_ms: string;
	cpu_ms: string;
	memory_bytes: string;
	pids: string;
	[more: string]: string | undefined;
}

export interface Bound {
	channel: string;
	scope: string;
	limit: string;
}

/* What an inserted step converts; columns says which of them become which. */
export interface Adapter {
	id: string;
	version: string;
	type: "kind" | "columns";
	from: string;
	to: string;
	lossless: boolean;
}

/* forge.contract.v1 */
export interface Contract {
	schema: string;
	step_id: string;
	index: number;
	key: string;
	label: string;
	objective: string;
	policy: string;
	packs?: { id: string; version: string; sha256: string }[];
	/* of a step that the compiler inserted */
	adapter?: Adapter | null;
	/* how its packs were chosen */
	match?: { confidence: string; reason: string };
	depends_on: string[];
	inputs: ContractInput[];
	outputs: ContractOutput[];
	criteria: Criterion[];
	execution: {
		backend: string;
		routing_reason?: string;
		argv: string[];
		files: { path: string; sha256: string; bytes: string }[];
		fetch: { base_url: string; requests: FetchRequest[]; output?: string } | null;
		params?: Record<string, unknown>;
		limits: Limits;
	};
	repair?: { strategy: string; max_retries: number };
	grants: {
		tools: unknown[];
		skills: { id: string; sha256: string }[];
		egress: unknown[];
		model_calls: number;
	};
	gate: unknown;
	certificate?: { bounds: Bound[] };
}

export interface PlanStep {
	step_id: string;
	contract_hash: string;
	contract: Contract;
}

export interface PlanFile {
	path: string;
	sha256: string;
	bytes: string;
	kind: string;
	entity: string | null;
	rows: number | null;
}

/* forge.plan.v1 as the API gives it */
export interface Plan {
	id: string;
	objective: string;
	created_at: string;
	passes: gen.PassDone[];
	mission: string;
	provider: string;
	playbook?: { id: string; version: string } | null;
	profile: { id: string; version: string; max_parallel?: number; [more: string]: unknown };
	profile_sha256: string;
	files: PlanFile[];
	steps: PlanStep[];
	deliverables: gen.PlanDeliverable[];
	certificate: { schema: string; bounds: Bound[] };
	notes: string[];
	plan_hash: string;
}
export type PlanItem = gen.PlanSummary;

export type CompileEvent =
	| gen.Pass
	| { event: "plan"; plan: Plan; diagnostics?: Diag[] }
	| { event: "diagnostics"; diagnostics: Diag[] }
	| { event: "error"; problem: Problem };

export type StepDetail = Omit<gen.StepDetail, "contract"> & { contract: Contract };

/* step.phase carries the phase */
export type RunEvent = gen.RunEvent & { phase?: string };
