// SPDX-License-Identifier: Apache-2.0
// Made by backend/tools/apigen.py from backend/api. Do not edit: `make api-types`.

export const API_PREFIX = "/api/v1";

/** One page of a list; `next` goes into `after`. */
export interface List<T> {
	items: T[];
	next: string | null;
}

/** What went wrong, in the form of RFC 9457. */
export interface Problem {
	type: string;
	title: string;
	status: number;
	code: string;
	detail: string;
	place?: Place;
	/** Seconds to wait before the next try. */
	retry_after?: number;
	request_id?: string;
	diagnostics?: Diag[];
	/** What is wrong with an uploaded pack, all of it. */
	findings?: PackFinding[];
}

/** Where in the user's own material something is. Rows and columns count from 1; the header is row 1. */
export interface Place {
	file?: string | null;
	row?: number | null;
	column?: number | null;
	step?: string | null;
	pointer?: string | null;
	line?: number | null;
	span?: unknown;
}

/** A finding of the compiler (forge.diag.v1). */
export interface Diag {
	schema: "forge.diag.v1";
	code: string;
	severity: "error" | "warning" | "note";
	message: string;
	place: Place | null;
	labels: DiagLabel[];
	note?: string | null;
	help?: string | null;
	fix?: unknown;
	[other: string]: unknown;
}

export interface DiagLabel {
	file?: string | null;
	row?: number | null;
	column?: number | null;
	text: string;
	[other: string]: unknown;
}

export type Role = "owner" | "editor" | "approver" | "viewer" | "auditor";

export type Hash = string;

export type Time = string;

export interface User {
	id: string;
	email: string;
	name: string;
}

export interface WorkspaceRole {
	id: string;
	name: string;
	role: Role;
}

export interface Session {
	user: User;
	/** Goes back as X-Forge-CSRF on every change; empty when a key signed in, which needs none. */
	csrf: string;
	workspaces: WorkspaceRole[];
}

export interface Workspace {
	id: string;
	name: string;
	role: Role;
	created_at: Time;
}

export interface Member {
	email: string;
	name: string;
	role: Role;
	since: Time;
}

export interface Key {
	id: string;
	name: string;
	workspace: string;
	role: Role;
	created_at: Time;
	expires_at: Time;
	last_used_at: Time | null;
}

export interface KeyNew {
	id: string;
	/** Shown this once. */
	key: string;
}

/** Whether the bytes are what the kind says, and where they are not. Row 1 is the header. */
export interface Parse {
	ok: boolean;
	detail: string;
	row: number | null;
	column: number | null;
}

/** What a file most likely holds, as found when it was uploaded. */
export interface Likely {
	entity: string;
	label: string;
	confidence: number;
	/** Good enough, and enough ahead of the next, to be taken without asking. */
	clear: boolean;
}

export interface File {
	id: string;
	path: string;
	sha256: Hash;
	bytes: number;
	kind: string;
	rows: number | null;
	entity: string | null;
	parse: Parse;
	created_at: Time;
	/** For instance that another file's name looks the same. */
	notes?: string[];
	likely: Likely | null;
}

export interface Rows {
	columns: string[];
	rows: ((string | null)[])[];
	offset: number;
	total: number | null;
}

/** One rule over all rows of a file. */
export interface FileCheck {
	id: string;
	severity: "error" | "warning";
	verdict: "holds" | "broken" | "not_checked";
	/** rows, or groups of rows */
	judged: number;
	/** rows with an empty or ill-typed value among the rule's columns */
	unjudged: number;
	broken: number;
	/** not_checked: the reason */
	why: string | null;
	/** the first that break it */
	rows: ({
		/** 0: an object */
		row: number;
		column: string | null;
		value: string | null;
		message: string;
	})[];
}

/** The validators of an entity over a file, with other files of the workspace for rules that refer. */
export interface FileChecks {
	path: string;
	entity: string;
	label: string;
	/** files whose entity a rule names */
	others: ({
		path: string;
		entity: string;
		used: boolean;
		/** not used: the reason */
		why: string | null;
	})[];
	validators: FileCheck[];
}

export interface Pass {
	event: "pass";
	pass: "A" | "B" | "C" | "D" | "E";
	name: string;
	state: "started" | "done" | "failed";
	ms: number | null;
	says: string | null;
}

/** How a pass of the compile that made the plan ended. */
export interface PassDone {
	pass: "A" | "B" | "C" | "D" | "E";
	name: string;
	state: "done" | "failed";
	ms: number;
	says: string | null;
}

/** One line of a compile's answer. */
export type CompileEvent = Pass | CompilePlan | CompileDiagnostics | CompileError;

export interface CompilePlan {
	event: "plan";
	plan: Plan;
	/** Warnings and notes; there are no errors beside a plan. */
	diagnostics?: Diag[];
}

export interface CompileDiagnostics {
	event: "diagnostics";
	diagnostics: Diag[];
}

export interface CompileError {
	event: "error";
	problem: Problem;
}

/** forge.plan.v1 with its id, objective and time. */
export interface Plan {
	id: string;
	objective: string;
	created_at: Time;
	passes: PassDone[];
	schema: "forge.plan.v1";
	mission?: string;
	objective_sha256?: Hash;
	provider?: string;
	playbook?: unknown;
	profile?: Record<string, unknown>;
	profile_sha256?: Hash;
	files?: Record<string, unknown>[];
	steps: PlanStep[];
	deliverables: PlanDeliverable[];
	certificate?: Record<string, unknown>;
	notes?: string[];
	plan_hash: Hash;
	[other: string]: unknown;
}

export interface PlanStep {
	step_id: string;
	contract_hash: Hash;
	contract: Contract;
	[other: string]: unknown;
}

export interface PlanDeliverable {
	path: string;
	step_id: string;
	name: string;
	kind: string;
	label?: string | null;
	[other: string]: unknown;
}

/** forge.contract.v1; docs/ARCHITECTURE.md has the whole shape. */
export interface Contract {
	schema: "forge.contract.v1";
	step_id: string;
	index?: number;
	key?: string;
	label: string;
	objective?: string;
	policy?: string;
	depends_on: string[];
	inputs: Record<string, unknown>[];
	outputs: Record<string, unknown>[];
	criteria: Record<string, unknown>[];
	execution: Record<string, unknown>;
	[other: string]: unknown;
}

export interface PlanSummary {
	id: string;
	plan_hash: Hash;
	objective: string;
	steps: number;
	created_at: Time;
}

export interface Failure {
	class: string;
	message: string;
	place?: Place | null;
	retryable?: boolean;
	[other: string]: unknown;
}

export type RunState = "running" | "waiting" | "done" | "failed" | "cancelled";

export type StepState = "blocked" | "ready" | "leased" | "gate" | "done" | "failed" | "cancelled";

export interface Step {
	step_id: string;
	label: string;
	state: StepState;
	attempt: number;
	depends_on: string[];
	contract_hash: Hash;
	started_at: Time | null;
	ended_at: Time | null;
	harness_ms: number | null;
	program_ms: number | null;
	error: Failure | null;
}

export interface Deliverable {
	path: string;
	label: string;
	kind: string;
	sha256: Hash | null;
	bytes: number | null;
	step_id: string;
	state: "promised" | "verified" | "missing";
}

export interface Run {
	id: string;
	plan_id: string;
	plan_hash: Hash;
	state: RunState;
	created_at: Time;
	ended_at: Time | null;
	objective: string;
	steps: Step[];
	deliverables: Deliverable[];
}

export interface RunSummary {
	id: string;
	plan_id: string;
	plan_hash: Hash;
	state: RunState;
	created_at: Time;
	ended_at: Time | null;
	objective: string;
	steps_total: number;
	steps_done: number;
}

export interface StreamRef {
	sha256: Hash;
	bytes: number;
}

export interface Attempt {
	attempt: number;
	state: string;
	started_at: Time | null;
	ended_at: Time | null;
	verdict: string | null;
	exit_code: number | null;
	failure: Failure | null;
	stdout?: StreamRef | null;
	stderr?: StreamRef | null;
}

export interface Output {
	name: string;
	path: string;
	kind: string;
	sha256: Hash;
	bytes: number;
	[other: string]: unknown;
}

export interface StepDetail {
	step_id: string;
	label: string;
	state: StepState;
	attempt: number;
	depends_on: string[];
	contract_hash: Hash;
	started_at: Time | null;
	ended_at: Time | null;
	harness_ms: number | null;
	program_ms: number | null;
	error: Failure | null;
	contract: Contract;
	attempts: Attempt[];
	outputs: Output[];
}

export interface Receipt {
	seq: number;
	step_id: string | null;
	attempt: number | null;
	kind: string;
	hash: Hash;
	prev: Hash;
	at: Time;
	/** The receipt as JSON. Its canonical text (RFC 8785) is what was hashed. */
	body: unknown;
}

/** The data of one event of the live stream. The stream closes with `event: end` when the run has ended. */
export interface RunEvent {
	run: string;
	seq: number;
	kind: "run.start" | "step.ready" | "step.start" | "step.phase" | "step.done" | "step.retry" | "step.lost" | "step.failed" | "gate.open" | "gate.decided" | "run.done" | "run.failed" | "run.cancelled";
	at: Time;
	attempt?: number | null;
	/** step id */
	step?: string | null;
	[other: string]: unknown;
}

export interface Health {
	ok: true;
	version: string;
}

/** A finding about an API description or a filled template. `pointer` is a JSON pointer in what was given; `line` and `column` count from 1. */
export interface ImprintDiag {
	code: string;
	pointer?: string;
	/** where in the description the rule stands */
	schema_pointer?: string;
	message: string;
	expected?: string;
	got?: string;
	/** the nearest legal value or name */
	nearest?: unknown;
	/** a JSON patch (RFC 6902) on what was given that mends it */
	fix?: Record<string, unknown>[];
	line?: number;
	column?: number;
}

/** An imported API. */
export interface Catalogue {
	id: string;
	title: string;
	version: string;
	dialect: string;
	/** the base address that the description names; empty for none */
	server: string;
	/** the file when it was imported */
	path: string;
	sha256: string;
	bytes: number;
	/** a file of the workspace still has these bytes */
	is_current: boolean;
	operations: number;
	/** operations without a template */
	refused: number;
	problems: ImprintDiag[];
	tags?: {
		tag: string;
		n: number;
	}[];
	created_at: string;
}

/** An operation of an imported API; `refused` says why it has no template. */
export interface Operation {
	key: string;
	method: string;
	path: string;
	operation_id: string | null;
	summary: string;
	tag: string;
	deprecated: boolean;
	template_sha256: string | null;
	template_bytes: number | null;
	/** tokens in the template */
	leaves: number | null;
	/** values that the smallest fill has: of a choice the branch that needs least, of a list one element */
	required: number | null;
	warnings: number;
	refused: {
		code: string;
		says: string;
	} | null;
}

/** A filled template. `made`: Forge made it from the template, the smallest that is complete; else it comes from the description. `says` is why it does not decode. */
export interface OperationExample {
	name: string;
	source: "description" | "made";
	text: string;
	ok: boolean;
	says: string | null;
}

/** What the operation page shows. Documents are texts, so that numbers and the order of members stay as they are. */
export interface OperationDetail {
	operation: Operation;
	api: {
		id: string;
		title: string;
		server: string;
	};
	schema: {
		/** the operation as the description has it */
		operation: string;
		/** by reference: the parts that it refers to, as texts */
		shared: Record<string, unknown>;
		/** parts beyond 512 KiB */
		left_out: number;
	};
	content_type: string | null;
	content_types: string[];
	template: {
		/** 200 characters that say what this is, before anything else */
		head: string;
		rules: string[];
		/** the template, indented */
		text: string;
		sha256: string;
		bytes: number;
		leaves: number;
		required: number;
		map_sha256: string | null;
		warnings: ImprintDiag[];
	} | null;
	/** why there is no template */
	diagnostics: ImprintDiag[];
	examples: OperationExample[];
	/** the configuration that the ladder starts from when it runs */
	ladder: Record<string, unknown>;
}

/** Either `payload`, the request as it would travel, or findings. `filled` is what the text was mended to, when it was. */
export interface Decoded {
	ok: boolean;
	payload: Record<string, unknown> | null;
	/** the payload as exact text */
	payload_text: string | null;
	diagnostics: ImprintDiag[];
	/** all that were found; at most 100 are listed */
	findings: number;
	repairs: {
		code: string;
		offset: number;
		bytes: number;
		note: string;
		/** of the value that was mended by its schema */
		pointer?: string;
	}[];
	filled: string | null;
}

export interface PackFinding {
	/** Name in the archive; of another pack `<pack>@<version>/…`. */
	file: string;
	/** RFC 6901; empty: the whole file. */
	pointer: string;
	line: number | null;
	message: string;
}

export interface PackVersion {
	version: string;
	/** Of the pack's document; contracts pin it. */
	sha256: string;
	/** All files; null for a standard pack. */
	bytes: number | null;
	uploaded_by: string | null;
	created_at: string | null;
}

export interface Pack {
	id: string;
	label: string;
	origin: "standard" | "own";
	/** The one that is on, was on last, or the newest. */
	version: string;
	enabled: boolean;
	/** It cannot be switched off. */
	fixed: boolean;
	counts: {
		entities: number;
		playbooks: number;
		validators: number;
		programs: number;
	};
	/** The newest first. */
	versions: PackVersion[];
}

export interface PackDetail {
	id: string;
	label: string;
	origin: "standard" | "own";
	/** The one that is on, was on last, or the newest. */
	version: string;
	enabled: boolean;
	/** It cannot be switched off. */
	fixed: boolean;
	counts: {
		entities: number;
		playbooks: number;
		validators: number;
		programs: number;
	};
	/** The newest first. */
	versions: PackVersion[];
	purpose: string;
	entities: {
		id: string;
		label: string;
		fields: string[];
	}[];
	/** forge.pack.v1 */
	document: Record<string, never>;
	/** After an upload: the version that came. `version` is the one that the workspace has, or would switch on. */
	uploaded?: string;
	/** After an upload: names in the archive that are no part of a pack and were left out. */
	ignored?: string[];
}

export interface PackUses {
	id: string;
	counts: {
		plans: number;
		runs: number;
		files: number;
	};
	plans: {
		id: string;
		objective: string;
		version: string;
		created_at: string;
	}[];
	runs: {
		id: string;
		plan_id: string;
		objective: string;
		state: string;
		created_at: string;
	}[];
	files: {
		id: string;
		path: string;
		entity: string;
	}[];
	packs: {
		id: string;
		label: string;
		/** It cannot do without. */
		needs: boolean;
		says: string;
	}[];
}

/** What the workspace's catalog has for a query, best first. */
export interface Discovery {
	query: string;
	catalog: Hash;
	items: ({
		type: "pack" | "entity" | "workflow" | "playbook" | "skill" | "adapter" | "tool";
		id: string;
		label: string;
		says: string;
		/** of an entity or playbook */
		pack: string | null;
		/** fused, in millionths */
		score: number;
		text: {
			/** in millionths */
			value: number;
			/** null: not found that way */
			rank: number | null;
		};
		trigram: {
			/** in millionths */
			value: number;
			/** null: not found that way */
			rank: number | null;
		};
		vector: {
			/** in millionths */
			value: number;
			/** null: not found that way */
			rank: number | null;
		};
	})[];
}

/** A thing of the catalog by id, with its name. */
export interface CatalogLink {
	id: string;
	label: string;
}

/** One setting of a policy. Of a switch, `says` holds when the value is yes. */
export interface CatalogSetting {
	name: string;
	says: string;
	switch: boolean;
	value: string;
	means: string;
}

/** A rule in words, and what is said when it does not hold. */
export interface CatalogValidator {
	id: string;
	entity: CatalogLink;
	severity: "error" | "warning";
	says: string;
	message: string;
}

/** An entity as a kind in a role. */
export interface CatalogProfile {
	id: string;
	says: string;
	kind: CatalogLink;
	entity: CatalogLink;
	slot: CatalogLink;
}

/** Rows of one entity that name a row of another. */
export interface CatalogReference {
	from: CatalogLink;
	columns: string[];
	to: CatalogLink;
	to_columns: string[];
	says: string | null;
}

/** Where two touch: who is meant when these words are there. */
export interface CatalogBoundary {
	against: CatalogLink;
	for: "this" | "other";
	says: string;
	signals: string[];
}

/** A column, or a member of an object; `type` is list or object for one that holds more than one value. */
export interface CatalogColumn {
	name: string;
	type: string;
	unit: string | null;
	currency: string | null;
	currency_from: string | null;
	says: string | null;
	key: boolean;
	required: boolean;
	nullable: boolean;
	tolerant: boolean;
	values: string[];
	limits: string | null;
	synonyms: string[];
}

/** What the workspace's catalog has. */
export interface Catalog {
	sha256: Hash;
	packs: ({
		id: string;
		label: string;
		version: string;
		purpose: string;
		generic: boolean;
		origin: "standard" | "tenant";
		entities: number;
		playbooks: number;
		validators: number;
		triggers: string[];
	})[];
	entities: ({
		id: string;
		label: string;
		pack: string;
		form: "rows" | "object" | "text";
		columns: number;
	})[];
	playbooks: {
		id: string;
		label: string;
		version: string;
		pack: string;
	}[];
	workflows: {
		id: string;
		label: string;
		version: string;
		purpose: string;
		inputs: string[];
		outputs: string[];
	}[];
	kinds: {
		id: string;
		label: string;
		family: string;
		says: string;
		extensions: string[];
	}[];
	slots: {
		id: string;
		label: string;
		says: string;
		kinds: string[];
	}[];
	policies: ({
		id: string;
		label: string;
		version: string;
		purpose: string;
		use_for: string | null;
		settings: CatalogSetting[];
	})[];
	adapters: {
		id: string;
		label: string;
		version: string;
		from: string[];
		to: string;
		lossless: boolean;
	}[];
	skills: {
		id: string;
		label: string;
		files: number;
	}[];
}

/** A domain pack. */
export interface CatalogPack {
	type: "pack";
	id: string;
	label: string;
	version: string;
	purpose: string;
	generic: boolean;
	origin: "standard" | "tenant";
	sha256: Hash;
	triggers: string[];
	example_goals: string[];
	boundaries: CatalogBoundary[];
	vocabulary: {
		word: string;
		synonyms: string[];
	}[];
	entities: ({
		id: string;
		label: string;
		purpose: string | null;
		form: "rows" | "object" | "text";
		key: string[];
		columns: number;
	})[];
	references: CatalogReference[];
	profiles: CatalogProfile[];
	validators: CatalogValidator[];
	playbooks: {
		id: string;
		label: string;
		files: number;
		steps: number;
	}[];
}

/** What rows, an object or a text of some sort hold. `open`: there may be other columns too. */
export interface CatalogEntity {
	type: "entity";
	id: string;
	label: string;
	purpose: string | null;
	form: "rows" | "object" | "text";
	pack: CatalogLink;
	origin: "standard" | "tenant";
	key: string[];
	open: boolean;
	columns: CatalogColumn[];
	refers_to: CatalogReference[];
	referred_by: CatalogReference[];
	validators: CatalogValidator[];
	profiles: CatalogProfile[];
	read_by: CatalogLink[];
	made_by: CatalogLink[];
	files: ({
		path: string;
		bytes: number;
		kind: string;
		rows: number | null;
		parse_ok: boolean;
	})[];
	more_files: boolean;
}

/** A workflow pack. */
export interface CatalogWorkflow {
	type: "workflow";
	id: string;
	label: string;
	version: string;
	purpose: string;
	inputs: CatalogLink[];
	outputs: CatalogLink[];
	triggers: string[];
	boundaries: CatalogBoundary[];
	profiles: ({
		id: string | null;
		kind: CatalogLink | null;
		slot: CatalogLink | null;
		entity: CatalogLink | null;
	})[];
	playbooks: CatalogLink[];
}

/** What a file is. */
export interface CatalogKind {
	type: "kind";
	id: string;
	label: string;
	family: string;
	says: string;
	extensions: string[];
	media_types: string[];
	adapters_from: CatalogConversion[];
	adapters_to: CatalogConversion[];
	slots: CatalogLink[];
	profiles: {
		id: string;
		says: string;
		entity: CatalogLink;
		slot: CatalogLink;
		pack: CatalogLink;
	}[];
}

export interface CatalogConversion {
	id: string;
	label: string;
	from: CatalogLink[];
	to: CatalogLink;
	lossless: boolean;
}

/** The role of what passes between steps. */
export interface CatalogSlot {
	type: "slot";
	id: string;
	label: string;
	says: string;
	kinds: CatalogLink[];
	read_by: CatalogLink[];
	made_by: CatalogLink[];
	entities: CatalogLink[];
}

/** How strictly contracts are held. */
export interface CatalogPolicy {
	type: "policy";
	id: string;
	label: string;
	version: string;
	purpose: string;
	use_for: string | null;
	settings: CatalogSetting[];
	profiles: string[];
}

/** A registered conversion. */
export interface CatalogAdapter {
	type: "adapter";
	id: string;
	label: string;
	version: string;
	does: "kind" | "columns";
	says: string;
	from: CatalogLink[];
	to: CatalogLink;
	lossless: boolean;
	not_kept: string | null;
	form: string | null;
	relation: "same" | "new";
	slot: CatalogLink | null;
	entity: CatalogLink | null;
	skill: CatalogLink | null;
	needs: string[];
}

/** What a step makes. */
export interface CatalogOutput {
	name: string;
	label: string;
	path: string | null;
	kind: CatalogLink | null;
	entity: CatalogLink | null;
	deliverable: boolean;
}

/** A plan that is made of parts already. */
export interface CatalogPlaybook {
	type: "playbook";
	id: string;
	label: string;
	version: string;
	pack: CatalogLink;
	origin: "standard" | "tenant";
	mission: string | null;
	triggers: string[];
	example_goals: string[];
	files: ({
		name: string;
		entity: CatalogLink | null;
		kinds: CatalogLink[];
		required: boolean;
		rows_max: number | null;
	})[];
	settings: ({
		name: string;
		from: string | null;
		required: boolean;
		value: string | null;
	})[];
	steps: ({
		key: string;
		label: string;
		objective: string;
		after: string[];
		reads: ({
			name: string;
			entity: CatalogLink | null;
		})[];
		makes: CatalogOutput[];
		workflows: CatalogLink[];
		policy: CatalogLink | null;
		skill: CatalogLink | null;
	})[];
	makes: CatalogOutput[];
}

/** Programs that steps run. */
export interface CatalogSkill {
	type: "skill";
	id: string;
	label: string;
	sha256: Hash;
	files: {
		path: string;
		bytes: number;
		sha256: Hash;
	}[];
	playbooks: CatalogLink[];
	adapters: CatalogLink[];
}

export type CatalogItem = CatalogPack | CatalogEntity | CatalogWorkflow | CatalogKind | CatalogSlot | CatalogPolicy | CatalogAdapter | CatalogPlaybook | CatalogSkill;

export interface DetectedColumn {
	/** of the entity */
	name: string;
	type: string;
	required: boolean;
	/** column of the file; null: none */
	from: string | null;
	how: "exact" | "case" | "synonym" | "similar" | "values" | null;
	score: number;
	/** All values conform as they stand. */
	fits: boolean;
	/** They would after `convert`. */
	fits_reading: boolean;
	/** conversion that is needed; docs/ADAPTERS.md has them */
	convert: string | null;
	says: string | null;
}

export interface DetectedRank {
	entity: string;
	label: string;
	pack: string | null;
	confidence: number;
	/** The values contradict it. */
	refuted: boolean;
	required: number;
	required_found: number;
	evidence: string[];
	against: string[];
	columns: DetectedColumn[];
	unmatched: string[];
}

/** What entity a file most likely holds, best first. A proposal: plans bind by exact names or through a visible adapter. */
export interface Detection {
	schema: "forge.detection.v1";
	path: string;
	clear: boolean;
	ranks: DetectedRank[];
}

/** Columns of one table whose values are keys of another. */
export interface Relation {
	from: string;
	columns: string[];
	to: string;
	to_columns: string[];
	rows: number;
	matched: number;
	matched_normal: number;
	values: number;
	matched_values: number;
	exact: boolean;
	missing: {
		value: string;
		row: number;
	} | null;
	score: number;
	says: string;
}

export interface Relations {
	schema: "forge.relations.v1";
	files: ({
		path: string;
		rows: number | null;
		grain: string | null;
		candidate_keys: string[][];
	})[];
	relations: Relation[];
	left_out: {
		path: string;
		why: string;
	}[];
}

export type ErrorCode =
	| "E_USAGE"
	| "E_JSON"
	| "E_SCHEMA"
	| "E_UNAUTHENTICATED"
	| "E_FORBIDDEN"
	| "E_CSRF"
	| "E_NOT_FOUND"
	| "E_METHOD"
	| "E_CONFLICT"
	| "E_IDEMPOTENCY"
	| "E_TOO_LARGE"
	| "E_MEDIA_TYPE"
	| "E_RATE"
	| "E_PLAN"
	| "E_HASH"
	| "E_LEASE"
	| "E_IO"
	| "E_DB"
	| "E_SANDBOX"
	| "E_EGRESS"
	| "E_NET"
	| "E_LIMIT"
	| "E_CONFIG"
	| "E_UNSUPPORTED"
	| "E_INTERNAL";

/** What each address takes and answers. */
export interface Routes {
	/** An artifact's bytes (viewer). */
	artifact_get: {
		method: "GET";
		params: { w: string; r: string; path: string };
		query: { download?: number };
		body: undefined;
		answer: Blob;
	};
	/** Bytes by hash (viewer). */
	blob_get: {
		method: "GET";
		params: { w: string; sha256: string };
		query: { download?: number };
		body: undefined;
		answer: Blob;
	};
	/** Everything the workspace's catalog has, shortly (viewer). */
	catalog_get: {
		method: "GET";
		params: { w: string };
		query: Record<string, never>;
		body: undefined;
		answer: Catalog;
	};
	/** One thing of the catalog, with what it stands next to (viewer). */
	catalog_item: {
		method: "GET";
		params: { w: string; type: string; id: string };
		query: Record<string, never>;
		body: undefined;
		answer: CatalogItem;
	};
	/** Import an API description (editor). */
	catalogue_create: {
		method: "POST";
		params: { w: string };
		query: Record<string, never>;
		body: {
			/** id of a file of the workspace */
			file_id: string;
		};
		answer: Catalogue;
	};
	/** Remove an imported API (editor). */
	catalogue_delete: {
		method: "DELETE";
		params: { w: string; a: string };
		query: Record<string, never>;
		body: undefined;
		answer: undefined;
	};
	/** An imported API with its tags and problems (viewer). */
	catalogue_get: {
		method: "GET";
		params: { w: string; a: string };
		query: Record<string, never>;
		body: undefined;
		answer: Catalogue;
	};
	/** Imported APIs, newest first (viewer). */
	catalogue_list: {
		method: "GET";
		params: { w: string };
		query: { limit?: number; after?: string };
		body: undefined;
		answer: List<Catalogue>;
	};
	/** Compile an objective into a plan, pass by pass (editor). */
	compile_create: {
		method: "POST";
		params: { w: string };
		query: Record<string, never>;
		body: {
			objective: string;
			files?: string[];
			profile?: string;
		};
		answer: CompileEvent;
	};
	/** Find packs, entities, workflows, playbooks, skills, adapters and tools (viewer). */
	discover: {
		method: "GET";
		params: { w: string };
		query: { q?: string; type?: string; profile?: string; limit?: number };
		body: undefined;
		answer: Discovery;
	};
	/** Remove a file (editor). */
	file_delete: {
		method: "DELETE";
		params: { w: string; path: string };
		query: Record<string, never>;
		body: undefined;
		answer: undefined;
	};
	/** A file's bytes, profile, first rows, what entity it most likely holds, or how it stands to an entity's rules (viewer). */
	file_get: {
		method: "GET";
		params: { w: string; path: string };
		query: { view?: "bytes" | "profile" | "rows" | "detect" | "checks"; entity?: string; offset?: number; limit?: number; download?: number };
		body: undefined;
		answer: Blob;
	};
	/** Files (viewer). */
	file_list: {
		method: "GET";
		params: { w: string };
		query: { limit?: number; after?: string };
		body: undefined;
		answer: List<File>;
	};
	/** Upload one file (editor). */
	file_put: {
		method: "PUT";
		params: { w: string; path: string };
		query: Record<string, never>;
		body: Blob;
		answer: File;
	};
	/** Upload files as a form (editor). */
	file_upload: {
		method: "POST";
		params: { w: string };
		query: Record<string, never>;
		body: FormData;
		answer: List<File>;
	};
	/** Is this worker well, and its database (public). */
	healthz: {
		method: "GET";
		params: Record<string, never>;
		query: Record<string, never>;
		body: undefined;
		answer: Health;
	};
	/** Make an API key for a workspace that you own (user). */
	key_create: {
		method: "POST";
		params: Record<string, never>;
		query: Record<string, never>;
		body: {
			name: string;
			workspace: string;
			role: "owner" | "editor" | "approver" | "viewer" | "auditor";
			expires_days: number;
		};
		answer: KeyNew;
	};
	/** Revoke an API key (user). */
	key_delete: {
		method: "DELETE";
		params: { id: string };
		query: Record<string, never>;
		body: undefined;
		answer: undefined;
	};
	/** API keys of the workspaces that you own (user). */
	key_list: {
		method: "GET";
		params: Record<string, never>;
		query: { limit?: number; after?: string };
		body: undefined;
		answer: List<Key>;
	};
	/** Remove a member (owner). */
	member_delete: {
		method: "DELETE";
		params: { w: string; email: string };
		query: Record<string, never>;
		body: undefined;
		answer: undefined;
	};
	/** Members (owner). */
	member_list: {
		method: "GET";
		params: { w: string };
		query: { limit?: number; after?: string };
		body: undefined;
		answer: List<Member>;
	};
	/** Add a member or change the role (owner). */
	member_put: {
		method: "PUT";
		params: { w: string; email: string };
		query: Record<string, never>;
		body: {
			role: "owner" | "editor" | "approver" | "viewer" | "auditor";
		};
		answer: Member;
	};
	/** This document (public). */
	openapi: {
		method: "GET";
		params: Record<string, never>;
		query: Record<string, never>;
		body: undefined;
		answer: Record<string, unknown>;
	};
	/** Try a filled template: the request it makes, or what is wrong with it (viewer). */
	operation_decode: {
		method: "POST";
		params: { w: string; a: string; o: string };
		query: Record<string, never>;
		body: {
			/** the filled template as text */
			text?: string;
			/** the filled template as JSON */
			filled?: unknown;
			/** mend what can be mended without guessing; each repair is listed */
			lenient?: boolean;
			/** keep members that are not in the template where the schema allows them */
			open?: boolean;
			/** which of the body's content types; the first choice when absent */
			content_type?: string;
		};
		answer: Decoded;
	};
	/** An operation: schema, template, examples and ladder configuration (viewer). */
	operation_get: {
		method: "GET";
		params: { w: string; a: string; o: string };
		query: { content_type?: string };
		body: undefined;
		answer: OperationDetail;
	};
	/** Operations of an API, in the order of its description (viewer). */
	operation_list: {
		method: "GET";
		params: { w: string; a: string };
		query: { q?: string; tag?: string; method?: "GET" | "PUT" | "POST" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" | "TRACE"; limit?: number; after?: string };
		body: undefined;
		answer: List<Operation>;
	};
	/** A pack with its entities and its document (viewer). */
	pack_get: {
		method: "GET";
		params: { w: string; pack: string };
		query: Record<string, never>;
		body: undefined;
		answer: PackDetail;
	};
	/** Packs of a workspace: the tenant's own, then the standard ones (viewer). */
	pack_list: {
		method: "GET";
		params: { w: string };
		query: Record<string, never>;
		body: undefined;
		answer: List<Pack>;
	};
	/** Switch a pack on or off in this workspace (owner). */
	pack_put: {
		method: "PUT";
		params: { w: string; pack: string };
		query: Record<string, never>;
		body: {
			enabled: boolean;
			/** of an own pack */
			version?: string;
		};
		answer: PackDetail;
	};
	/** Upload a pack of your own (owner). */
	pack_upload: {
		method: "POST";
		params: { w: string };
		query: Record<string, never>;
		body: Blob;
		answer: PackDetail;
	};
	/** What uses a pack in this workspace (viewer). */
	pack_uses: {
		method: "GET";
		params: { w: string; pack: string };
		query: Record<string, never>;
		body: undefined;
		answer: PackUses;
	};
	/** Take a version of an own pack away (owner). */
	pack_version_delete: {
		method: "DELETE";
		params: { w: string; pack: string; v: string };
		query: Record<string, never>;
		body: undefined;
		answer: undefined;
	};
	/** A plan with its contracts (viewer). */
	plan_get: {
		method: "GET";
		params: { w: string; p: string };
		query: Record<string, never>;
		body: undefined;
		answer: Plan;
	};
	/** Plans, newest first (viewer). */
	plan_list: {
		method: "GET";
		params: { w: string };
		query: { limit?: number; after?: string };
		body: undefined;
		answer: List<PlanSummary>;
	};
	/** Receipts in the order of their chain (viewer). */
	receipt_list: {
		method: "GET";
		params: { w: string; r: string };
		query: { step?: string; limit?: number; after?: string };
		body: undefined;
		answer: List<Receipt>;
	};
	/** Which columns of one table name rows of another (viewer). */
	relations: {
		method: "GET";
		params: { w: string };
		query: Record<string, never>;
		body: undefined;
		answer: Relations;
	};
	/** Cancel a run (editor). */
	run_cancel: {
		method: "POST";
		params: { w: string; r: string };
		query: Record<string, never>;
		body: Record<string, never>;
		answer: Run;
	};
	/** Run a plan (editor). */
	run_create: {
		method: "POST";
		params: { w: string; p: string };
		query: Record<string, never>;
		body: Record<string, never>;
		answer: Run;
	};
	/** Live events of a run (viewer). */
	run_events: {
		method: "GET";
		params: { w: string; r: string };
		query: { last?: number };
		body: undefined;
		answer: RunEvent;
	};
	/** A run with its steps and deliverables (viewer). */
	run_get: {
		method: "GET";
		params: { w: string; r: string };
		query: Record<string, never>;
		body: undefined;
		answer: Run;
	};
	/** Runs, newest first (viewer). */
	run_list: {
		method: "GET";
		params: { w: string };
		query: { limit?: number; after?: string };
		body: undefined;
		answer: List<RunSummary>;
	};
	/** Sign in (public). */
	session_create: {
		method: "POST";
		params: Record<string, never>;
		query: Record<string, never>;
		body: {
			email: string;
			password: string;
		};
		answer: Session;
	};
	/** Sign out (user). */
	session_delete: {
		method: "DELETE";
		params: Record<string, never>;
		query: Record<string, never>;
		body: undefined;
		answer: undefined;
	};
	/** Who is signed in (user). */
	session_get: {
		method: "GET";
		params: Record<string, never>;
		query: Record<string, never>;
		body: undefined;
		answer: Session;
	};
	/** A step: contract, attempts, outputs (viewer). */
	step_get: {
		method: "GET";
		params: { w: string; r: string; s: string };
		query: Record<string, never>;
		body: undefined;
		answer: StepDetail;
	};
	/** Make a workspace; you own it (user). */
	workspace_create: {
		method: "POST";
		params: Record<string, never>;
		query: Record<string, never>;
		body: {
			name: string;
		};
		answer: Workspace;
	};
	/** Workspaces that you belong to (user). */
	workspace_list: {
		method: "GET";
		params: Record<string, never>;
		query: { limit?: number; after?: string };
		body: undefined;
		answer: List<Workspace>;
	};
}

/** Method and address of each route; `{name}` is a parameter, `{path...}` keeps its slashes. */
export const ROUTES = {
	artifact_get: { method: "GET", path: "/workspaces/{w}/runs/{r}/artifacts/{path...}" },
	blob_get: { method: "GET", path: "/workspaces/{w}/blobs/{sha256}" },
	catalog_get: { method: "GET", path: "/workspaces/{w}/catalog" },
	catalog_item: { method: "GET", path: "/workspaces/{w}/catalog/{type}/{id}" },
	catalogue_create: { method: "POST", path: "/workspaces/{w}/apis" },
	catalogue_delete: { method: "DELETE", path: "/workspaces/{w}/apis/{a}" },
	catalogue_get: { method: "GET", path: "/workspaces/{w}/apis/{a}" },
	catalogue_list: { method: "GET", path: "/workspaces/{w}/apis" },
	compile_create: { method: "POST", path: "/workspaces/{w}/compile" },
	discover: { method: "GET", path: "/workspaces/{w}/discover" },
	file_delete: { method: "DELETE", path: "/workspaces/{w}/files/{path...}" },
	file_get: { method: "GET", path: "/workspaces/{w}/files/{path...}" },
	file_list: { method: "GET", path: "/workspaces/{w}/files" },
	file_put: { method: "PUT", path: "/workspaces/{w}/files/{path...}" },
	file_upload: { method: "POST", path: "/workspaces/{w}/files" },
	healthz: { method: "GET", path: "/healthz" },
	key_create: { method: "POST", path: "/keys" },
	key_delete: { method: "DELETE", path: "/keys/{id}" },
	key_list: { method: "GET", path: "/keys" },
	member_delete: { method: "DELETE", path: "/workspaces/{w}/members/{email}" },
	member_list: { method: "GET", path: "/workspaces/{w}/members" },
	member_put: { method: "PUT", path: "/workspaces/{w}/members/{email}" },
	openapi: { method: "GET", path: "/openapi.json" },
	operation_decode: { method: "POST", path: "/workspaces/{w}/apis/{a}/operations/{o}/decode" },
	operation_get: { method: "GET", path: "/workspaces/{w}/apis/{a}/operations/{o}" },
	operation_list: { method: "GET", path: "/workspaces/{w}/apis/{a}/operations" },
	pack_get: { method: "GET", path: "/workspaces/{w}/packs/{pack}" },
	pack_list: { method: "GET", path: "/workspaces/{w}/packs" },
	pack_put: { method: "PUT", path: "/workspaces/{w}/packs/{pack}" },
	pack_upload: { method: "POST", path: "/workspaces/{w}/packs" },
	pack_uses: { method: "GET", path: "/workspaces/{w}/packs/{pack}/uses" },
	pack_version_delete: { method: "DELETE", path: "/workspaces/{w}/packs/{pack}/versions/{v}" },
	plan_get: { method: "GET", path: "/workspaces/{w}/plans/{p}" },
	plan_list: { method: "GET", path: "/workspaces/{w}/plans" },
	receipt_list: { method: "GET", path: "/workspaces/{w}/runs/{r}/receipts" },
	relations: { method: "GET", path: "/workspaces/{w}/relations" },
	run_cancel: { method: "POST", path: "/workspaces/{w}/runs/{r}/cancel" },
	run_create: { method: "POST", path: "/workspaces/{w}/plans/{p}/runs" },
	run_events: { method: "GET", path: "/workspaces/{w}/runs/{r}/events" },
	run_get: { method: "GET", path: "/workspaces/{w}/runs/{r}" },
	run_list: { method: "GET", path: "/workspaces/{w}/runs" },
	session_create: { method: "POST", path: "/session" },
	session_delete: { method: "DELETE", path: "/session" },
	session_get: { method: "GET", path: "/session" },
	step_get: { method: "GET", path: "/workspaces/{w}/runs/{r}/steps/{s}" },
	workspace_create: { method: "POST", path: "/workspaces" },
	workspace_list: { method: "GET", path: "/workspaces" },
} as const satisfies Record<keyof Routes, { method: string; path: string }>;
