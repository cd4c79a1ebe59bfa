/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.mjs - bundle src/ into dist/: hashed assets, index.html, .gz and .br beside every text file.
 *
 * The finished tree replaces dist/ in one rename, so a server never sees half of it. Node 18 is enough.
 * Says nothing when well; `--sizes` prints what the first page load costs. Fails when a budget is passed.
 */
import { build } from "esbuild";
import {
	readFileSync,
	writeFileSync,
	readdirSync,
	rmSync,
	renameSync,
	mkdirSync,
	existsSync,
} from "node:fs";
import { gzipSync, brotliCompressSync, constants } from "node:zlib";
import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const src = join(root, "src");
const tmp = join(root, "dist.tmp");
const dist = join(root, "dist");
const BUDGET_JS_BYTES_MAX = 60 * 1024;
const BUDGET_CSS_BYTES_MAX = 12 * 1024;
const BUDGET_CHUNK_BYTES_MAX = 40 * 1024;
const BUDGET_FIRST_LOAD_BYTES_MAX = 140 * 1024;

rmSync(tmp, { recursive: true, force: true });
mkdirSync(join(tmp, "assets"), { recursive: true });

const common = {
	bundle: true,
	minify: true,
	target: ["es2022"],
	legalComments: "none",
	metafile: true,
	loader: { ".woff2": "file" },
	absWorkingDir: root,
	logLevel: "warning",
};
const app = await build({
	...common,
	entryPoints: { app: "src/app/main.tsx" },
	format: "esm",
	splitting: true,
	outdir: "dist.tmp/assets",
	entryNames: "[name]-[hash]",
	chunkNames: "c-[hash]",
	assetNames: "[name]-[hash]",
	jsx: "automatic",
	jsxImportSource: "preact",
});
const theme = await build({
	...common,
	entryPoints: { theme: "src/app/theme.ts" },
	format: "iife",
	outdir: "dist.tmp/assets",
	entryNames: "[name]-[hash]",
});

const outputs = { ...app.metafile.outputs, ...theme.metafile.outputs };
const outOf = (entry, ext) => {
	const hit = Object.entries(outputs).find(
		([path, o]) => path.endsWith(ext) && o.entryPoint === entry,
	);
	if (!hit) throw new Error(`no ${ext} was built for ${entry}`);
	return hit;
};
const url = (path) => "/" + relative(tmp, join(root, path)).replaceAll("\\", "/");
const [jsPath, jsOut] = outOf("src/app/main.tsx", ".js");
const cssPath = jsOut.cssBundle;
const [themePath] = outOf("src/app/theme.ts", ".js");
const fontPath = Object.keys(outputs).find((p) => /inter-latin-wght-normal.*\.woff2$/.test(p));
if (!cssPath || !fontPath) throw new Error("the style sheet or its font is missing from the build");

/* every chunk the first page needs at once: the closure over static imports */
const initial = new Set([jsPath]);
for (const path of initial)
	for (const i of outputs[path].imports) if (i.kind === "import-statement") initial.add(i.path);

const icon = readFileSync(join(src, "icon.svg"));
const iconPath = `dist.tmp/assets/icon-${createHash("sha256").update(icon).digest("hex").slice(0, 8)}.svg`;
writeFileSync(join(root, iconPath), icon);
const preloads = [...initial]
	.filter((p) => p !== jsPath)
	.map((p) => `<link rel="modulepreload" href="${url(p)}">`)
	.join("\n");
const html = readFileSync(join(src, "index.html"), "utf8")
	.replace("{{icon}}", url(iconPath))
	.replace("{{font}}", url(fontPath))
	.replace("{{css}}", url(cssPath))
	.replace("{{theme}}", url(themePath))
	.replace("{{js}}", url(jsPath))
	.replace("{{preloads}}\n", preloads ? preloads + "\n" : "");
writeFileSync(join(tmp, "index.html"), html);

const licences = [
	["Preact", "preact/LICENSE"],
	["@preact/signals", "@preact/signals/LICENSE"],
	["Inter", "@fontsource-variable/inter/LICENSE"],
];
writeFileSync(
	join(tmp, "licenses.txt"),
	licences
		.map(
			([name, path]) =>
				`${name}\n${"=".repeat(name.length)}\n${readFileSync(join(root, "node_modules", path), "utf8").trim()}\n`,
		)
		.join("\n\n"),
);

const gzBytes = {};
for (const file of readdirSync(tmp, { recursive: true, withFileTypes: true })) {
	if (!file.isFile()) continue;
	const path = join(file.parentPath ?? file.path, file.name);
	const body = readFileSync(path);
	if (/\.woff2$/.test(path)) {
		gzBytes[relative(root, path)] = body.length;
		continue;
	}
	const gz = gzipSync(body, { level: 9 });
	gzBytes[relative(root, path)] = gz.length;
	writeFileSync(path + ".gz", gz);
	writeFileSync(
		path + ".br",
		brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
	);
}

const sum = (paths) => paths.reduce((n, p) => n + (gzBytes[p] ?? 0), 0);
const js = sum([...initial, themePath]);
const css = sum([cssPath]);
const first = js + css + sum([fontPath, iconPath, "dist.tmp/index.html"]);
const worst = Math.max(
	0,
	...Object.keys(gzBytes)
		.filter((p) => p.endsWith(".js") && !initial.has(p))
		.map((p) => gzBytes[p]),
);
const over = [
	["initial JavaScript", js, BUDGET_JS_BYTES_MAX],
	["CSS", css, BUDGET_CSS_BYTES_MAX],
	["largest later chunk", worst, BUDGET_CHUNK_BYTES_MAX],
	["first load", first, BUDGET_FIRST_LOAD_BYTES_MAX],
];
if (process.argv.includes("--sizes"))
	for (const [what, n, max] of over) console.log(`${what}: ${n} bytes of ${max} (gzip)`);
for (const [what, n, max] of over)
	if (n > max) throw new Error(`${what} is ${n} bytes gzipped, over its budget of ${max}`);

const old = join(root, "dist.old");
rmSync(old, { recursive: true, force: true });
if (existsSync(dist)) renameSync(dist, old);
renameSync(tmp, dist);
rmSync(old, { recursive: true, force: true });
