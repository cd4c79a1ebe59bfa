/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_api.mjs - a DEVELOPER TOOL for looking at the pages of web/ without the stack. It makes up every answer; no test
 * that counts uses it (journey.mjs needs the real thing).
 *
 *     node tests/e2e/fake_api.mjs [port]        then sign in as ana@example.com / forge
 *
 * Passwords "throttle" and "broken" show those errors. A request with "cannot" is refused as out of reach, one with
 * "rename" is refused for a renamed column, one with "fail" runs into a failed step.
 */
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { readFileSync, existsSync, statSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../../web/dist");
const port = Number(process.argv[2] ?? 8099);
const SPEED = Number(process.env.FAKE_MS ?? 450);

const sha = (x) => createHash("sha256").update(x).digest("hex");
const canonical = (v) => (Array.isArray(v) ? `[${v.map(canonical).join(",")}]` : v === null || typeof v !== "object" ? JSON.stringify(v)
	: `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`).join(",")}}`);
const hashBytes = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const merkle = (leaves) => {
	if (leaves.length === 1) return hashBytes(Buffer.of(0), leaves[0]);
	let k = 1;
	while (k * 2 < leaves.length) k *= 2;
	return hashBytes(Buffer.of(1), merkle(leaves.slice(0, k)), merkle(leaves.slice(k)));
};
let lastId = 0;
const id = (p) => `${p}_01jd6z8q${String(++lastId).padStart(5, "0")}`;
const now = () => new Date().toISOString();
let seed = 7;
const rnd = (n) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;

/* --- files ------------------------------------------------------------------------------------------------------------ */
const entries = ["time_entry_id,employee_id,contract_ref,work_date,hours_logged,billed_rate,billed_amount,invoice_id,project_code"];
for (let i = 1; i <= 753; i++) {
	const hours = (rnd(80) + 5) / 10;
	const rate = [95, 110, 125, 145, 160][rnd(5)];
	entries.push([`TE-${String(i).padStart(5, "0")}`, `EMP-0${10 + rnd(30)}`, `CTR-00${1 + rnd(7)}`, `2026-0${1 + rnd(3)}-${String(1 + rnd(28)).padStart(2, "0")}`,
		hours.toFixed(1), rate.toFixed(2), (hours * rate).toFixed(2), `INV-2026-00${1 + rnd(6)}`, `PRJ-${["ALPHA", "BETA", "GAMMA"][rnd(3)]}`].join(","));
}
const contracts = ["contract_id,customer_id,employee_id,contract_status,billing_type,effective_date,expiration_date,monthly_hours_cap,currency",
	...Array.from({ length: 7 }, (_, i) => `CTR-00${i + 1},CUST-0${i % 4},EMP-0${10 + i},${i === 4 ? "expired" : "active"},hourly,2025-01-01,2026-1${i % 3}-31,${120 + i * 10},USD`)];
const rates = ["contract_id,role_code,hourly_rate,effective_date,expiration_date", ...Array.from({ length: 7 }, (_, i) => `CTR-00${i + 1},${["DEV", "PM", "QA"][i % 3]},${95 + i * 10}.00,2025-01-01,2026-12-31`)];
const invoices = ["invoice_id,invoice_status,customer_id,invoice_total,period_start,period_end", ...Array.from({ length: 6 }, (_, i) => `INV-2026-00${i + 1},${i === 2 ? "paid_locked" : "open"},CUST-0${i % 4},${12000 + i * 731}.50,2026-01-01,2026-03-31`)];
const policy = "# Finance policy\n\n- max_correction: 100\n- approval_threshold: 25\n- locked_statuses: paid_locked\n";
const files = new Map();
const entityOf = { time_entries: "billing.time_entry", contracts: "billing.contract", rates: "billing.rate", invoices: "billing.invoice", finance_policy: "billing.finance_policy" };
function store(path, body) {
	const text = body.toString("utf8");
	const base = path.replace(/^.*\/|\.\w+$/g, "");
	const isCsv = path.endsWith(".csv");
	const lines = text.trim().split("\n");
	const bad = isCsv ? lines.findIndex((l) => l.split(",").length !== lines[0].split(",").length) : -1;
	const parse = isCsv && body.length === 0 ? { ok: false, detail: "the file is empty", row: null, column: null }
		: bad >= 0 ? { ok: false, detail: `row ${bad + 1} has ${lines[bad].split(",").length} cells, the header has ${lines[0].split(",").length}`, row: bad + 1, column: 1 } : { ok: true, detail: isCsv ? `${lines.length - 1} rows, ${lines[0].split(",").length} columns` : `${body.length} bytes of text`, row: null, column: null };
	const item = { id: id("f"), path, sha256: sha(body), bytes: body.length, kind: isCsv ? "table.csv" : path.endsWith(".md") ? "text.markdown" : "binary",
		rows: isCsv && parse.ok ? lines.length - 1 : null, entity: entityOf[base] ?? null, parse, created_at: now() };
	files.set(path, { item, body });
	return item;
}
if (!process.env.FAKE_EMPTY)
	for (const [n, l] of [["time_entries.csv", entries], ["contracts.csv", contracts], ["rates.csv", rates], ["invoices.csv", invoices]]) store(`attachments/${n}`, Buffer.from(l.join("\n") + "\n"));
if (!process.env.FAKE_EMPTY) store("attachments/finance_policy.md", Buffer.from(policy));

function table(path) {
	const [head, ...rows] = files.get(path).body.toString().trim().split("\n").map((l) => l.split(","));
	return { head, rows };
}
function profile(path) {
	const { item } = files.get(path);
	if (item.kind !== "table.csv" || !item.parse.ok) return { kind: item.kind, rows: null, columns: [], candidate_keys: [], entity: item.entity, parse: item.parse };
	const { head, rows } = table(path);
	const columns = head.map((name, c) => {
		const v = rows.map((r) => r[c]);
		const type = v.every((x) => /^\d{4}-\d\d-\d\d$/.test(x)) ? "date" : v.every((x) => /^-?\d+(\.\d+)?$/.test(x)) ? "decimal" : /_id$|_ref$/.test(name) ? "id" : "text";
		const sorted = [...v].sort((a, b) => (type === "decimal" ? a - b : a < b ? -1 : 1));
		return { name, type, nulls: v.filter((x) => !x).length, distinct: new Set(v).size, min: sorted[0], max: sorted.at(-1), distinct_exact: true, date_format: type === "date" ? "iso" : null, values: new Set(v).size <= 20 ? [...new Set(v)].sort() : null, first: { row: 2, value: v[0] } };
	});
	return { schema: "forge.file_profile.v1", kind: item.kind, rows: rows.length, columns, notes: [], candidate_keys: columns.filter((c) => c.distinct === rows.length).map((c) => [c.name]), entity: item.entity, parse: item.parse };
}

/* --- plan ------------------------------------------------------------------------------------------------------------- */
const PROGRAM = `#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compute billing discrepancies.

Reads the resolved entries and the contracts, writes one row for each entry that has at least one finding.
"""
import json
import sys
from collections import defaultdict
from decimal import Decimal, ROUND_HALF_UP

CENT = Decimal("0.01")


def money(x: Decimal) -> str:
    return str(x.quantize(CENT, rounding=ROUND_HALF_UP))  # exact


@staticmethod
def cap_of(contract: dict) -> Decimal:
    return Decimal(contract["monthly_hours_cap"])


def main(step: dict) -> int:
    rows = json.load(open(step["inputs"]["applicability"]["path"], encoding="utf-8"))
    hours = defaultdict(Decimal)
    for r in rows:
        hours[r["contract_ref"], r["employee_id"], r["work_date"][:7]] += Decimal(r["hours_logged"])
    out = []
    for r in rows:
        found = []
        delta = Decimal(r["billed_rate"]) - Decimal(r["matched_hourly_rate"] or r["billed_rate"])
        if delta > 0:
            found.append("RATE_OVERCHARGE")
        elif delta < 0:
            found.append('RATE_UNDERCHARGE')
        if found:
            out.append({**r, "discrepancy_types": found, "rate_delta": money(delta)})
    json.dump(out, open(step["outputs"]["discrepancies"]["path"], "w"), indent=1)
    print(f"{len(out)} of {len(rows)} entries have findings")
    return 0


if __name__ == "__main__":
    sys.exit(main(json.load(open("/workspace/meta/step.json"))))
`;
const DEFS = [
	["profile", "Profile the input files", [], "output/schema_profile.json", "object.json", null, "Read every source file and report its rows, columns, types, nulls and the distinct values of key columns."],
	["normalize", "Normalize and validate entries", ["profile"], "output/normalized_entries.json", "table.json_rows", "billing.normalized_entry", "Parse all tables, convert dates to ISO 8601, verify numbers and keep every one of the time entry rows."],
	["applicability", "Resolve contract applicability", ["normalize"], "output/contract_applicability.json", "table.json_rows", "billing.applicability", "Match each entry to its contract by contract and employee, and to the rate card by its billed rate. One record per entry."],
	["discrepancies", "Compute billing discrepancies", ["applicability"], "output/discrepancies.json", "table.json_rows", "billing.discrepancy_row", "Check rate, amount and monthly cap of every entry. Only entries with at least one finding are kept; under-billing stays negative."],
	["summary", "Summarize exceptions", ["discrepancies"], "output/exception_summary.json", "object.json", "billing.exception_summary", "Count and sum the findings by type, with the invoices and employees they touch."],
	["candidates", "Build correction candidates", ["discrepancies"], "output/correction_candidates.json", "table.json_rows", "billing.correction", "One correction per invoice and reason, with the limits of the finance policy applied before anything is submitted."],
	["submissions", "Simulate correction submissions", ["candidates"], "output/correction_submission_result.json", "object.json", "billing.submission_result", "Answer each candidate as the finance system would, without calling anything."],
	["report", "Render the audit report", ["summary", "discrepancies", "submissions"], "reports/billing_audit_report.html", "report.html", null, "Write a self-contained report whose every number equals the artifacts of the steps before."],
	["pdf", "Convert the report to PDF", ["report"], "reports/billing_audit_report.pdf", "report.pdf", null, "Print the report to a tagged PDF with all columns, page numbers and repeated headers."],
];
const rawOf = { profile: ["time_entries", "contracts", "rates", "invoices", "finance_policy"], normalize: ["time_entries"], applicability: ["contracts", "rates"], discrepancies: ["contracts", "invoices"], candidates: ["invoices", "finance_policy"] };
const pathOf = (n) => `attachments/${n}.${n === "finance_policy" ? "md" : "csv"}`;
const profileDoc = { schema: "forge.profile.v1", id: "standard", version: "1.0.0", provider: "offline", max_parallel: 2, max_replans: 2, limits: {}, egress: { allow_private: [] } };
const plans = new Map();
function makePlan(objective, paths) {
	const idOf = (k) => `ps-${DEFS.findIndex((d) => d[0] === k)}-${k}`;
	const steps = DEFS.map(([key, label, deps, out, kind, entity, text], index) => {
		const contract = {
			schema: "forge.contract.v1", step_id: idOf(key), index, key, label, objective: `MUST: ${text}`, policy: "strict.fail-closed.v1",
			packs: [{ id: "billing-audit", version: "1.0.0", sha256: sha("pack") }], workflow: ["reconcile-compare"], depends_on: deps.map(idOf),
			inputs: [
				...(rawOf[key] ?? []).filter((n) => files.has(pathOf(n))).map((n) => ({ slot: "raw_files", name: n, path: `input/${n}`, kind: files.get(pathOf(n)).item.kind, entity: entityOf[n], artifact_profile: `${entityOf[n]}.v1`, rank: 1, adapter: null, required: true, source: { type: "file", path: pathOf(n), sha256: files.get(pathOf(n)).item.sha256, bytes: String(files.get(pathOf(n)).item.bytes) } })),
				...deps.map((d) => { const x = DEFS.find((y) => y[0] === d); return { slot: "findings", name: d, path: `input/${d}.json`, kind: x[4], entity: x[5], rank: 1, adapter: null, required: true, source: { type: "step", step_id: idOf(d), name: d, path: x[3] } }; }),
			],
			outputs: [{ slot: "findings", name: key, path: out, kind, entity, role: "primary", label: label.replace(/^\w+ (the )?/, "").replace(/^./, (c) => c.toUpperCase()), deliverable: key !== "normalize", grain: { key: ["time_entry_id"] }, json_schema: null }],
			criteria: [{ type: "rows", says: key === "applicability" ? "one record for each time entry" : "no row is dropped or made up" }, { type: "key", says: "time_entry_id is different in every row" }].slice(0, kind === "table.json_rows" ? 2 : 1),
			execution: { backend: "code.execute", routing_reason: "the playbook brings a program", argv: ["/usr/bin/python3", "-I", "-B", `/skills/billing-audit/${key}.py`], files: [{ path: `/skills/billing-audit/${key}.py`, sha256: sha(PROGRAM), bytes: String(PROGRAM.length) }, { path: "/skills/billing-audit/common.py", sha256: sha(PROGRAM), bytes: String(PROGRAM.length) }], fetch: null, params: {}, limits: { wall_ms: "60000", cpu_ms: "60000", memory_bytes: "536870912", pids: "64" } },
			repair: { strategy: "retry", max_retries: 1, immutable_output_bindings: true }, grants: { tools: [], skills: [{ id: "billing-audit", sha256: sha("s") }], egress: [], model_calls: 0 }, gate: null, certificate: { bounds: [] },
		};
		return { step_id: contract.step_id, contract_hash: sha(canonical(contract)), contract };
	});
	const profile_sha256 = sha(canonical(profileDoc));
	const plan = {
		id: id("p"), objective, created_at: now(), schema: "forge.plan.v1", mission: "Audit billed time against contracts", objective_sha256: sha(objective), provider: "offline",
		passes: [["A", "Understand", "9 steps found"], ["B", "Match", "billing-audit pack"], ["C", "Check", "17 hand-offs fit"], ["D", "Equip", "9 programs, no internet"], ["E", "Lock", "9 contracts locked"]].map(([pass, name, says], i) => ({ pass, name, state: "done", ms: 3 + i * 2, says })),
		playbook: { id: "billing-audit.full", version: "1.0.0" }, profile: profileDoc, profile_sha256,
		files: paths.map((p) => { const f = files.get(p).item; return { path: p, sha256: f.sha256, bytes: String(f.bytes), kind: f.kind, entity: f.entity, rows: f.rows }; }),
		steps, deliverables: steps.filter((s) => s.contract.outputs[0].deliverable).map((s) => ({ path: s.contract.outputs[0].path, step_id: s.step_id, name: s.contract.outputs[0].name, kind: s.contract.outputs[0].kind, label: s.contract.outputs[0].label })),
		certificate: { schema: "forge.certificate.v1", bounds: [] }, notes: ["The request names an audit and all five files carry the columns of the billing-audit pack."],
		plan_hash: merkle([...steps.map((s) => Buffer.from(s.contract_hash, "hex")), Buffer.from(profile_sha256, "hex")]).toString("hex"),
	};
	plans.set(plan.id, plan);
	return plan;
}

/* --- runs ------------------------------------------------------------------------------------------------------------- */
const discrepancies = Array.from({ length: 753 }, (_, i) => ({ time_entry_id: `TE-${String(i + 1).padStart(5, "0")}`, employee_id: `EMP-0${10 + rnd(30)}`, contract_ref: `CTR-00${1 + rnd(7)}`, invoice_id: `INV-2026-00${1 + rnd(6)}`, work_date: `2026-03-${String(1 + rnd(28)).padStart(2, "0")}`, billed_rate: "145.00", matched_hourly_rate: "125.00", hours_logged: ((rnd(80) + 5) / 10).toFixed(1), discrepancy_types: [["RATE_OVERCHARGE"], ["CAP_OVERRUN", "LOCKED_INVOICE"], ["AMOUNT_MISMATCH"]][rnd(3)], rate_delta: (rnd(4000) / 100 - 20).toFixed(2), amount_delta: (rnd(20000) / 100 - 100).toFixed(2), hours_over_cap: rnd(9) }));
const REPORT = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Billing audit</title><style>body{font:15px Georgia,serif;margin:40px;color:#222}h1{font-size:28px}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:6px;text-align:left}</style></head><body><h1>Billing audit</h1><p>753 time entries checked against 7 contracts.</p><table><caption>Findings</caption><tr><th>Type</th><th>Count</th><th>Impact</th></tr><tr><td>Rate above contract</td><td>41</td><td>$2,830.00</td></tr></table><script>document.body.append("a script ran")</script></body></html>`;
const PDF = Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
const contentOf = (key) => (key === "pdf" ? PDF : Buffer.from(key === "report" ? REPORT : key === "discrepancies" || key === "applicability" || key === "normalize" ? JSON.stringify(discrepancies, null, 1)
	: key === "candidates" ? JSON.stringify(discrepancies.slice(0, 12).map((d, i) => ({ invoice_id: d.invoice_id, correction_amount: `${(i * 13.5 + 4).toFixed(2)}`, reason_code: d.discrepancy_types[0], evidence_refs: [d.time_entry_id, `TE-0000${i}`] })))
		: key === "submissions" ? JSON.stringify({ accepted: discrepancies.slice(0, 4).map((d, i) => ({ invoice_id: d.invoice_id, correction_id: `CORR-${i}` })), rejected: [{ invoice_id: "INV-2026-003", rejection_reason: "invoice_locked" }], approval_required: [] })
			: JSON.stringify({ files: [{ path: "attachments/time_entries.csv", rows: 753, nulls: { billed_rate: 0 } }], totals: { entries: 753, impact: "2830.00", invoices: ["INV-2026-001", "INV-2026-002"] }, ok: true, note: null })));
const runs = new Map();
function emit(run, kind, more = {}) {
	const e = { run: run.id, seq: run.log.length + 1, kind, at: now(), ...more };
	run.log.push(e);
	for (const send of run.watch) send(e);
}
function receipt(run, s, kind, forge) {
	const body = { _type: "https://in-toto.io/Statement/v1", subject: [{ name: s.step_id, digest: { sha256: s.contract_hash } }], predicateType: kind === "preflight" ? "https://forge.local/attest/preflight/v1" : "https://slsa.dev/provenance/v1", predicate: { forge } };
	const prev = run.receipts.at(-1)?.hash ?? "0".repeat(64);
	const seq = run.receipts.length + 1;
	const numbers = Buffer.alloc(12);
	numbers.writeBigInt64BE([...run.id.slice(2)].reduce((v, c) => (v << 5n) | BigInt("0123456789abcdefghjkmnpqrstvwxyz".indexOf(c)), 0n));
	numbers.writeInt32BE(seq, 8);
	const hash = hashBytes(Buffer.from(prev, "hex"), numbers, Buffer.from([kind, s.step_id, s.attempt, canonical(body)].join("\u001f"))).toString("hex");
	run.receipts.push({ seq, step_id: s.step_id, attempt: s.attempt, kind, hash, prev, at: now(), body });
}
const outLog = Buffer.from("753 of 753 entries have findings\n");
const errLog = Buffer.from('Traceback (most recent call last):\n  File "/skills/billing-audit/candidates.py", line 31, in main\nKeyError: \'max_correction\'\n');
const blobs = new Map([[sha(PROGRAM), Buffer.from(PROGRAM)], [sha(outLog), outLog], [sha(errLog), errLog]]);
function startRun(plan) {
	const run = { id: id("r"), plan_id: plan.id, plan_hash: plan.plan_hash, state: "running", created_at: now(), ended_at: null, objective: plan.objective, log: [], watch: new Set(), receipts: [], attempts: {}, outputs: {},
		steps: plan.steps.map((s) => ({ step_id: s.step_id, label: s.contract.label, state: s.contract.depends_on.length ? "blocked" : "ready", attempt: 0, depends_on: s.contract.depends_on, contract_hash: s.contract_hash, started_at: null, ended_at: null, harness_ms: null, program_ms: null, error: null })),
		deliverables: plan.deliverables.map((d) => ({ path: d.path, label: d.label, kind: d.kind, step_id: d.step_id, sha256: null, bytes: null, state: "promised" })) };
	runs.set(run.id, run);
	emit(run, "run.start");
	const fails = /\bfail\b/.test(plan.objective);
	const next = () => {
		if (run.state !== "running") return;
		const ready = run.steps.filter((s) => s.state === "ready");
		const busy = run.steps.filter((s) => s.state === "leased").length;
		for (const s of ready.slice(0, 2 - busy)) {
			Object.assign(s, { state: "leased", attempt: s.attempt + 1, started_at: now() });
			emit(run, "step.start", { step_id: s.step_id, attempt: s.attempt });
			["prepare", "preflight", "program"].forEach((phase, i) => setTimeout(() => s.state === "leased" && emit(run, "step.phase", { step_id: s.step_id, phase }), i * SPEED / 6));
			setTimeout(() => end(s), SPEED + rnd(SPEED));
		}
	};
	const end = (s) => {
		if (s.state !== "leased") return;
		const p = plan.steps.find((x) => x.step_id === s.step_id);
		const key = p.contract.key;
		const isBad = fails && key === "candidates";
		const out = contentOf(key);
		const o = p.contract.outputs[0];
		receipt(run, s, "preflight", { schema: "forge.preflight.v1", step: s.step_id, contract_hash: s.contract_hash });
		const failure = { class: "program_refused", message: "`finance_policy.md` has no line `max_correction`, so no limit can be applied", place: { file: "attachments/invoices.csv", row: 4, column: 2 }, retryable: false, rows_total: 12, rows: [4, 9, 11].map((row) => ({ row, column: "invoice_status", value: "paid_locked", message: "no limit is known for a locked invoice" })) };
		receipt(run, s, "postflight", { schema: "forge.postflight.v1", run: run.id, step: s.step_id, attempt: s.attempt, epoch: 1, contract_hash: s.contract_hash, plan_hash: run.plan_hash, verdict: isBad ? "exit" : "ok", exit_code: isBad ? 65 : 0,
			outputs: isBad ? [] : [{ name: o.name, path: o.path, sha256: sha(out), bytes: out.length, kind: o.kind, parse: { ok: true, detail: o.kind === "table.json_rows" ? "753 rows" : "well-formed" }, rows: o.kind === "table.json_rows" ? 753 : null, columns: [], candidate_keys: [["time_entry_id"]] }],
			criteria: isBad ? [] : p.contract.criteria.map((c) => ({ says: c.says, ok: true, detail: "753 = 753" })), undeclared_outputs: key === "profile" ? [{ path: "output/schema.json", bytes: 120, sha256: sha("x"), near: "output/schema_profile.json" }] : [],
			usage: { wall_us: 90000 + rnd(900000), cpu_us: 60000 + rnd(300000), memory_peak_bytes: (key === "pdf" ? 490 : 20 + rnd(60)) * 1048576, pids_peak: key === "pdf" ? 41 : 1 },
			image: { kind: "host-usr", pinned: false },
			harness_us: { prepare: 3100, materialize: 1200, project: 640, preflight: 2100, verify_inputs: 900, program: 90000, postflight: 3300, verify_outputs: 2400, persist: 5200 }, ...(isBad ? { failure } : {}) });
		Object.assign(s, { state: isBad ? "failed" : "done", ended_at: now(), harness_ms: 19 + rnd(9), program_ms: Date.now() - Date.parse(s.started_at), error: isBad ? failure : null });
		run.attempts[s.step_id] = [{ attempt: 1, state: isBad ? "failed" : "done", started_at: s.started_at, ended_at: s.ended_at, verdict: isBad ? "exit" : "ok", exit_code: isBad ? 65 : 0, failure: isBad ? failure : null, stdout: { sha256: sha(outLog), bytes: outLog.length }, stderr: isBad ? { sha256: sha(errLog), bytes: errLog.length } : null }];
		if (isBad) {
			emit(run, "step.failed", { step_id: s.step_id });
			Object.assign(run, { state: "failed", ended_at: now() });
			return emit(run, "run.failed");
		}
		blobs.set(sha(out), out);
		run.outputs[o.path] = { body: out, kind: o.kind, step: s.step_id, name: o.name };
		const d = run.deliverables.find((x) => x.path === o.path);
		if (d) Object.assign(d, { sha256: sha(out), bytes: out.length, state: "verified" });
		emit(run, "step.done", { step_id: s.step_id });
		for (const b of run.steps) if (b.state === "blocked" && b.depends_on.every((x) => run.steps.find((y) => y.step_id === x).state === "done")) {
			b.state = "ready";
			emit(run, "step.ready", { step_id: b.step_id });
		}
		if (run.steps.every((x) => x.state === "done")) {
			Object.assign(run, { state: "done", ended_at: now() });
			emit(run, "run.done");
		} else next();
	};
	run.next = next;
	next();
	return run;
}
const view = (r) => ({ id: r.id, plan_id: r.plan_id, plan_hash: r.plan_hash, state: r.state, created_at: r.created_at, ended_at: r.ended_at, objective: r.objective, steps: r.steps, deliverables: r.deliverables });

const summary = (r) => ({ id: r.id, plan_id: r.plan_id, plan_hash: r.plan_hash, state: r.state, created_at: r.created_at, ended_at: r.ended_at, objective: r.objective, steps_total: r.steps.length, steps_done: r.steps.filter((s) => s.state === "done").length });

/* --- answers ---------------------------------------------------------------------------------------------------------- */
const role = process.env.FAKE_ROLE ?? "owner";
const ws = [{ id: "w_01jd6z8q00001", name: "Finance operations", role, created_at: now() }, { id: "w_01jd6z8q00002", name: "Vendor review", role: "viewer", created_at: now() }];
const user = { id: "u_01jd6z8q00001", email: "ana@example.com", name: "Ana Ruiz" };
const members = [{ email: user.email, name: user.name, role: "owner" }, { email: "ben@example.com", name: "Ben Okafor", role: "approver" }, { email: "chi@example.com", name: "Chi Nguyen", role: "viewer" }];
const keys = [{ id: "k_1", name: "Nightly import", role: "editor", workspace: ws[0].id, expires_at: "2027-01-01T00:00:00.000Z", last_used_at: now() }];
const sessions = new Set();
const session = () => ({ user, csrf: "c".repeat(32), workspaces: ws });

function diags(objective, paths) {
	if (/cannot/.test(objective) || !paths.length)
		return [{ schema: "forge.diag.v1", code: "FC0201", severity: "error", message: "No installed playbook does this", place: { file: null, span: null }, labels: [{ file: null, row: null, column: null, text: "`billing-audit.full`: 1 word, 0 of 5 files" }, { file: null, row: null, column: null, text: "`data-join.entries-rates`: no word, 0 of 2 files" }], note: "This Forge plans without a model. We compared the words of your request and your files with 3 playbooks; none of them is about this.", help: "Ask for one of these: audit billed time against contracts (5 files), profile and join two CSV files, or fetch, relate and rank records of an HTTP API.", fix: null }];
	if (/rename/.test(objective))
		return [{ schema: "forge.diag.v1", code: "FC0302", severity: "error", message: "time_entries.csv has no column `billed_rate`", place: { file: "attachments/time_entries.csv", row: 1, column: 6, step: null, pointer: "/steps/0/inputs/0", line: null, span: null }, labels: [{ file: "attachments/time_entries.csv", row: 1, column: 6, text: "is the nearest: 753 of 753 values are decimals" }], note: "Step 1 reads it as `billing.time_entry`, which needs 9 columns; 8 of them are there.", help: "Rename the column to `billed_rate` in the file and replace it here.", fix: null },
			{ schema: "forge.diag.v1", code: "FC0310", severity: "error", message: "`12,5O` is not a decimal", place: { file: "attachments/time_entries.csv", row: 340, column: 5 }, labels: [], note: null, help: "Correct the value and replace the file.", fix: null },
			{ schema: "forge.diag.v1", code: "FC0207", severity: "warning", message: "4 time entries have no contract", place: { line: 2, span: { text: "Check every March time entry against its contract. rename", at: 40, n: 8 } }, labels: [{ file: "attachments/contracts.csv", row: null, column: null, text: "ends at `CTR-007`" }], note: "They will be listed as “no contract”.", help: null, fix: null }];
	return null;
}

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain" };
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
function page(req, res, path) {
	const file = normalize(join(dist, path));
	const isFile = file.startsWith(dist) && existsSync(file) && statSync(file).isFile();
	const at = isFile ? file : join(dist, "index.html");
	const gz = existsSync(at + ".gz") && /gzip/.test(req.headers["accept-encoding"] ?? "");
	res.writeHead(200, { "Content-Type": types[extname(at)] ?? "application/octet-stream", "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Cache-Control": isFile && path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache", ...(gz ? { "Content-Encoding": "gzip" } : {}) });
	res.end(readFileSync(gz ? at + ".gz" : at));
}
const body = async (req) => { const parts = []; for await (const p of req) parts.push(p); return Buffer.concat(parts); };
const wait = (n) => new Promise((r) => setTimeout(r, n));

createServer(async (req, res) => {
	const u = new URL(req.url, "http://x");
	if (!u.pathname.startsWith("/api/v1/")) return page(req, res, u.pathname);
	const path = u.pathname.slice(7);
	const json = (v, status = 200, more = {}) => { res.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...more }); res.end(v === undefined ? "" : JSON.stringify(v)); };
	const problem = (status, code, title, detail, more = {}) => { res.writeHead(status, { "Content-Type": "application/problem+json", ...more }); res.end(JSON.stringify({ type: `/docs/errors/${code}`, title, status, code, detail })); };
	const lists = (items) => json({ items, next: null });
	const cookie = /forge_session=(\w+)/.exec(req.headers.cookie ?? "")?.[1];
	if (path === "/session" && req.method === "POST") {
		const b = JSON.parse(await body(req));
		if (b.password === "throttle") return problem(429, "E_RATE", "too many requests", "", { "Retry-After": "30" });
		if (b.password === "broken") return problem(503, "E_DB", "the database did not answer as expected", "");
		if (b.password !== "forge") return problem(401, "E_UNAUTHENTICATED", "sign in first", "email and password do not match");
		const s = sha(String(Math.random())).slice(0, 20);
		sessions.add(s);
		return json(session(), 200, { "Set-Cookie": `forge_session=${s}; HttpOnly; SameSite=Strict; Path=/` });
	}
	if (!sessions.has(cookie)) return problem(401, "E_UNAUTHENTICATED", "sign in first", "");
	if (path === "/session") { if (req.method === "DELETE") { sessions.delete(cookie); return json(undefined, 204); } return json(session()); }
	if (path === "/workspaces" && req.method === "POST") { const w = { id: id("w"), name: JSON.parse(await body(req)).name, role: "owner", created_at: now() }; ws.push(w); return json(w, 201); }
	if (path === "/keys") { if (req.method === "GET") return lists(keys); const b = JSON.parse(await body(req)); keys.push({ id: id("k"), ...b, expires_at: now(), last_used_at: null }); return json({ id: keys.at(-1).id, key: "fk_" + sha(b.name).slice(0, 40) }, 201); }
	if (path.startsWith("/keys/")) { keys.splice(keys.findIndex((k) => path.endsWith(k.id)), 1); return json(undefined, 204); }
	const m = /^\/workspaces\/(\w+)\/(.*)$/.exec(path);
	if (!m || !ws.some((w) => w.id === m[1])) return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
	if (process.env.FAKE_SLOW) await wait(Number(process.env.FAKE_SLOW));
	const parts = m[2].split("/").map(decodeURIComponent);
	const other = ws[1].id === m[1];
	if (parts[0] === "members") {
		if (parts.length === 1) return lists(members);
		const at = members.findIndex((x) => x.email === parts[1]);
		if (req.method === "DELETE") { members.splice(at, 1); return json(undefined, 204); }
		const r = JSON.parse(await body(req)).role;
		if (at < 0 && !/example/.test(parts[1])) return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
		if (at < 0) members.push({ email: parts[1], name: "", role: r }); else members[at].role = r;
		return json(members[at < 0 ? members.length - 1 : at]);
	}
	if (parts[0] === "files") {
		const p = parts.slice(1).join("/");
		if (!p) return lists(other ? [] : [...files.values()].map((f) => f.item));
		if (req.method === "PUT") { const b = await body(req); if (/toolarge/.test(p)) return problem(413, "E_TOO_LARGE", "larger than the limit", "a file may have 200 MB"); await wait(SPEED / 2); return json(store(p, b), 201); }
		if (!files.has(p)) return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
		if (req.method === "DELETE") { files.delete(p); return json(undefined, 204); }
		if (u.searchParams.get("view") === "profile") return json(profile(p));
		if (u.searchParams.get("view") === "rows") { const t = table(p); const o = Number(u.searchParams.get("offset")); return json({ columns: t.head, rows: t.rows.slice(o, o + Number(u.searchParams.get("limit"))), offset: o, total: t.rows.length }); }
		res.writeHead(200, { "Content-Type": "application/octet-stream" });
		return res.end(files.get(p).body);
	}
	if (parts[0] === "compile") {
		const b = JSON.parse(await body(req));
		res.writeHead(200, { "Content-Type": "application/x-ndjson" });
		const line = (v) => res.write(JSON.stringify(v) + "\n");
		const bad = diags(b.objective, b.files ?? []);
		const stop = bad ? (bad[0].code === "FC0201" ? 0 : 2) : 5;
		const says = ["9 steps found", "billing-audit pack", "17 hand-offs fit", "9 programs, no internet", "9 contracts locked"];
		for (const [i, name] of ["Understand", "Match", "Check", "Equip", "Lock"].entries()) {
			line({ event: "pass", pass: "ABCDE"[i], name, state: "started" });
			await wait(SPEED);
			if (i === stop) { line({ event: "pass", pass: "ABCDE"[i], name, state: "failed", ms: 4, says: `${bad.length} found` }); line({ event: "diagnostics", diagnostics: bad }); return res.end(); }
			line({ event: "pass", pass: "ABCDE"[i], name, state: "done", ms: 3 + i, says: says[i] });
		}
		line({ event: "plan", plan: makePlan(b.objective, b.files) });
		return res.end();
	}
	if (parts[0] === "plans") {
		if (parts.length === 1) return lists(other ? [] : [...plans.values()].reverse().map(({ id, plan_hash, objective, created_at, steps }) => ({ id, plan_hash, objective, created_at, steps: steps.length })));
		const plan = plans.get(parts[1]);
		if (!plan) return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
		return parts[2] === "runs" ? json(view(startRun(plan)), 201) : json(plan);
	}
	if (parts[0] === "blobs") { const b = blobs.get(parts[1]); if (!b) return problem(404, "E_NOT_FOUND", "no such blob", ""); res.writeHead(200, { "Content-Type": "application/octet-stream" }); return res.end(b); }
	if (parts[0] === "runs") {
		if (parts.length === 1) return lists(other ? [] : [...runs.values()].reverse().slice(0, Number(u.searchParams.get("limit") ?? 200)).map(summary));
		const r = runs.get(parts[1]);
		if (!r) return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
		if (parts.length === 2) return json(view(r));
		if (parts[2] === "cancel") { r.state = "cancelled"; r.ended_at = now(); for (const s of r.steps) if (s.state !== "done") s.state = "cancelled"; emit(r, "run.cancelled"); return json(view(r)); }
		if (parts[2] === "receipts") return lists(r.receipts.filter((x) => !u.searchParams.get("step") || x.step_id === u.searchParams.get("step")));
		if (parts[2] === "steps") {
			const s = r.steps.find((x) => x.step_id === parts[3]);
			if (!s) return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
			return json({ ...s, contract: plans.get(r.plan_id).steps.find((x) => x.step_id === s.step_id).contract, attempts: r.attempts[s.step_id] ?? [], outputs: Object.entries(r.outputs).filter(([, o]) => o.step === s.step_id).map(([p, o]) => ({ name: o.name, path: p, kind: o.kind, sha256: sha(o.body), bytes: o.body.length })) });
		}
		if (parts[2] === "artifacts") {
			const o = r.outputs[parts.slice(3).join("/")];
			if (!o) return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
			const isHtml = o.kind === "report.html";
			res.writeHead(200, { "Content-Type": isHtml ? "text/html; charset=utf-8" : o.kind === "report.pdf" ? "application/pdf" : "application/json", ...(isHtml ? { "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'" } : {}) });
			return res.end(o.body);
		}
		if (parts[2] === "events") {
			res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
			const after = Number((req.headers["last-event-id"] ?? `:${u.searchParams.get("last") ?? 0}`).split(":")[1]);
			const send = (e) => res.write(`id: ${r.id}:${e.seq}\nevent: ${e.kind}\ndata: ${JSON.stringify(e)}\n\n`);
			r.log.filter((e) => e.seq > after).forEach(send);
			r.watch.add(send);
			return req.on("close", () => r.watch.delete(send));
		}
	}
	return problem(404, "E_NOT_FOUND", "there is no such thing, or it is not yours to see", "");
}).listen(port, "127.0.0.1", () => console.log(`fake api: http://127.0.0.1:${port} (ana@example.com / forge)`));
