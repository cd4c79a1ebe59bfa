// SPDX-License-Identifier: Apache-2.0
// The same damaged texts through jsonrepair, where it is installed: node bench.mjs TEXTS FOLDER…
import fs from 'fs';
import path from 'path';
import { createRequire } from 'module';
import { performance } from 'perf_hooks';

const [texts, ...folders] = process.argv.slice(2);
let jsonrepair = null;
for (const folder of folders) {
	try {
		({ jsonrepair } = createRequire(path.resolve(folder, 'x.js'))('jsonrepair'));
		break;
	} catch {
		// not in this one
	}
}
if (!jsonrepair) {
	console.log(`jsonrepair is not installed in ${folders.join(' or ')}: no figures beside ours`);
	process.exit(0);
}
const clean = JSON.parse(fs.readFileSync(path.join(texts, 'clean.txt'), 'utf8'));
for (const file of fs.readdirSync(texts).sort()) {
	const text = fs.readFileSync(path.join(texts, file), 'utf8');
	let best = Infinity;
	let verdict = 'right value';
	for (let i = 0; i < 3 && best > 500 * (i > 0); i++) {
		const from = performance.now();
		try {
			const value = JSON.parse(jsonrepair(text));
			if (file !== 'truncated.txt' && JSON.stringify(value) !== JSON.stringify(clean))
				verdict = 'WRONG value';
		} catch {
			verdict = 'refused';
		}
		best = Math.min(best, performance.now() - from);
	}
	console.log(`jsonrepair ${file.replace('.txt', '').padEnd(16)} ${(text.length / best / 1e3).toFixed(1).padStart(7)} MB/s  ${verdict}`);
}
