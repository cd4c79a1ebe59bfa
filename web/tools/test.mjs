/* SPDX-License-Identifier: Apache-2.0 */
/* test.mjs - bundle every src/**\/*.test.ts and run it with node's own test runner; TAP on standard output. */
import { build } from "esbuild";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tests = [];
const walk = (dir) => {
	for (const e of readdirSync(dir, { withFileTypes: true }))
		if (e.isDirectory()) walk(join(dir, e.name));
		else if (/\.test\.tsx?$/.test(e.name)) tests.push(join(dir, e.name));
};
walk(join(root, "src"));

const out = mkdtempSync(join(tmpdir(), "forge-web-test-"));
try {
	/* the few globals of a browser that modules touch when they are loaded */
	writeFileSync(
		join(out, "page.js"),
		`
import { webcrypto } from "node:crypto";
globalThis.crypto ??= webcrypto;
globalThis.location ??= { pathname: "/", search: "", hash: "", origin: "http://127.0.0.1" };
globalThis.addEventListener ??= () => {};
globalThis.window ??= globalThis;
`,
	);
	await build({
		entryPoints: tests,
		outdir: out,
		bundle: true,
		format: "esm",
		platform: "node",
		target: "node18",
		outExtension: { ".js": ".mjs" },
		jsx: "automatic",
		jsxImportSource: "preact",
		inject: [join(out, "page.js")],
		logLevel: "warning",
		absWorkingDir: root,
	});
	const files = readdirSync(out, { recursive: true })
		.map(String)
		.filter((f) => f.endsWith(".test.mjs"))
		.map((f) => join(out, f));
	const run = spawnSync(process.execPath, ["--test", "--test-reporter=tap", ...files], {
		stdio: "inherit",
		env: { ...process.env, FORGE_WEB: root },
	});
	process.exitCode = run.status ?? 1;
} finally {
	rmSync(out, { recursive: true, force: true });
}
