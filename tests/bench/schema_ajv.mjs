// SPDX-License-Identifier: Apache-2.0
// The same loop as schema_validate.c for ajv: node schema_ajv.mjs AJV_FOLDER FILE.ndjson [ms per schema] [each]
import { createRequire } from 'module'; import fs from 'fs'; import path from 'path';
const [root, file, ms = '5', each] = process.argv.slice(2); const require = createRequire(path.resolve(root, 'x.js'));
const { Ajv } = require('ajv'); const { Ajv2020 } = require('ajv/dist/2020'); const { Ajv2019 } = require('ajv/dist/2019');
const A4 = require('ajv-draft-04'); const Ajv4 = A4.default || A4; const F = require('ajv-formats'); const addFormats = F.default || F;
const make = (s) => { const d = String(s.$schema || ''); const o = { strict: false, validateFormats: true, logger: false };
  const a = /draft-04/.test(d) ? new Ajv4(o) : /draft-0[67]/.test(d) ? new Ajv(o) : /2019-09/.test(d) ? new Ajv2019(o) : new Ajv2020(o); if (/draft-06/.test(d)) a.addMetaSchema(require('ajv/dist/refs/json-schema-draft-06.json')); addFormats(a); return a; };
const sums = [0, 0, 0], counts = [0, 0, 0]; let worst = 0, sink = 0;
const time = (v, list) => { let reps = 1, best = 1e9; for (let r = 0; r < 5; r++) { const t = performance.now(); for (let k = 0; k < reps; k++) for (const x of list) sink += v(x) ? 1 : 0; const took = performance.now() - t; if (r === 0) reps = 200; else if (r === 1) reps = Math.floor((+ms * 200) / Math.max(took, 1e-3)) + 1; else best = Math.min(best, took / (reps * list.length)); } return best * 1e3; };
for (const l of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
  const c = JSON.parse(l); let v; const t = performance.now(); try { v = make(c.schema).compile(c.schema); } catch { continue; }
  const took = (performance.now() - t) * 1e3; sums[2] += Math.log(took); counts[2]++; worst = Math.max(worst, took); const e = [0, 0];
  ['valid', 'invalid'].forEach((k, i) => { if (c[k] && c[k].length) { e[i] = time(v, c[k]); sums[i] += Math.log(e[i]); counts[i]++; } });
  if (each) console.log(`${c.id}\t${e[0].toFixed(3)}\t${e[1].toFixed(3)}`);
}
const g = (i) => Math.exp(sums[i] / counts[i]);
console.log(`ajv: valid ${g(0).toFixed(3)} us (${counts[0]} schemas), invalid ${g(1).toFixed(3)} us (${counts[1]}), compile ${g(2).toFixed(1)} us (worst ${worst.toFixed(0)}), RSS ${Math.round(process.memoryUsage().rss / 1024)} kB`);
if (sink === -1) console.log(sink);
