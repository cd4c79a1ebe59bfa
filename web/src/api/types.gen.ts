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
}

export interface Rows {
	columns: string[];
	rows: ((string | null)[])[];
	offset: number;
	total: number | null;
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
	/** Remove a file (editor). */
	file_delete: {
		method: "DELETE";
		params: { w: string; path: string };
		query: Record<string, never>;
		body: undefined;
		answer: undefined;
	};
	/** A file's bytes, profile or first rows (viewer). */
	file_get: {
		method: "GET";
		params: { w: string; path: string };
		query: { view?: "bytes" | "profile" | "rows"; offset?: number; limit?: number; download?: number };
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
	catalogue_create: { method: "POST", path: "/workspaces/{w}/apis" },
	catalogue_delete: { method: "DELETE", path: "/workspaces/{w}/apis/{a}" },
	catalogue_get: { method: "GET", path: "/workspaces/{w}/apis/{a}" },
	catalogue_list: { method: "GET", path: "/workspaces/{w}/apis" },
	compile_create: { method: "POST", path: "/workspaces/{w}/compile" },
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
	plan_get: { method: "GET", path: "/workspaces/{w}/plans/{p}" },
	plan_list: { method: "GET", path: "/workspaces/{w}/plans" },
	receipt_list: { method: "GET", path: "/workspaces/{w}/runs/{r}/receipts" },
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
