// SPDX-License-Identifier: Apache-2.0
// node bench.mjs BENCH_PROGRAM WORK_DIR [DATA_DIR]: the same work by us and by the peers, one after the other, in one run; prints ratios.
// DATA_DIR (real specifications and schemas) is used when it is there; otherwise the material is made by gen.mjs.
import fs from 'fs'; import path from 'path'; import { spawnSync } from 'child_process'; import { performance } from 'perf_hooks'; import { createRequire } from 'module'; import { material } from './gen.mjs';
const [BENCH, WORK, DATA] = process.argv.slice(2); const require = createRequire(import.meta.url); const sampler = require('openapi-sampler');
const { Ajv } = require('ajv'), { Ajv2019 } = require('ajv/dist/2019'), { Ajv2020 } = require('ajv/dist/2020'); const A4 = require('ajv-draft-04'), F = require('ajv-formats'); const Ajv4 = A4.default ?? A4, addFormats = F.default ?? F;
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']; const gm = (a) => Math.exp(a.reduce((s, x) => s + Math.log(x), 0) / a.length);
const ours = (...args) => { const r = spawnSync(BENCH, args, { encoding: 'utf8', maxBuffer: 1 << 28 }); if (r.status !== 0) throw new Error(`${args[0]}: ${r.stderr}`); if (r.stderr) process.stderr.write(r.stderr); return r.stdout.trim().split('\n').map((l) => JSON.parse(l)); };
fs.mkdirSync(WORK, { recursive: true }); const made = material(); fs.writeFileSync(path.join(WORK, 'made.json'), JSON.stringify(made.spec));
const has = DATA && fs.existsSync(path.join(DATA, 'openapi')); console.log(has ? 'material: real specifications and schemas, and made ones' : 'material: made by gen.mjs (no real specifications here)');
const specs = [path.join(WORK, 'made.json'), ...(has ? fs.readdirSync(path.join(DATA, 'openapi')).filter((f) => f.endsWith('.json')).map((f) => path.join(DATA, 'openapi', f)).filter((f) => fs.statSync(f).size > 50000) : [])];
const deref = (s, x) => { let n = 0; while (x && x.$ref && n++ < 20) x = x.$ref.replace(/^#\//, '').split('/').reduce((o, k) => o?.[k.replace(/~1/g, '/').replace(/~0/g, '~')], s); return x; };
function sampleAll(file) { const spec = JSON.parse(fs.readFileSync(file, 'utf8')); let n = 0; for (const it0 of Object.values(spec.paths)) { const it = deref(spec, it0); for (const m of METHODS) { const op = it[m]; if (!op) continue; n++; for (const q0 of [...(it.parameters ?? []), ...(op.parameters ?? [])]) { const q = deref(spec, q0); try { if (q && (q.schema || q.type)) sampler.sample(q.schema ?? q, { skipReadOnly: true, quiet: true }, spec); } catch { /* the peer's */ } } const rb = deref(spec, op.requestBody); const s = rb?.content && Object.values(rb.content)[0].schema; try { if (s) sampler.sample(s, { skipReadOnly: true, quiet: true }, spec); } catch { /* the peer's */ } } } return n; }
console.log('\nread the file and make every operation (best of 9, warm; ms)'); const encodeRatios = []; let rss = 0;
for (const f of specs) { let best = 1e9; for (let i = 0; i < 9; i++) { const t = performance.now(); sampleAll(f); best = Math.min(best, performance.now() - t); } const [o] = ours('encode', f, '9'); rss = Math.max(rss, ours('encode', f, '1')[0].rss_kb); encodeRatios.push(o.ms / best); console.log(`  ${path.basename(f).padEnd(32)} ${String(o.totals.encoded).padStart(5)} operations  ours ${o.ms.toFixed(2).padStart(8)}  openapi-sampler ${best.toFixed(2).padStart(8)}  ratio ${(o.ms / best).toFixed(2)}`); }
console.log(`  ratio, geometric mean ${gm(encodeRatios).toFixed(2)} (goal <= 0.50); resident at most ${(rss / 1024).toFixed(1)} MB (goal <= 16)`);
const sets = [...made.sets]; if (has) for (const l of fs.readFileSync(path.join(DATA, 'schemas', 'realworld.ndjson'), 'utf8').split('\n').filter(Boolean)) { const c = JSON.parse(l); const instances = [...(c.valid ?? []), ...(c.invalid ?? [])]; if (instances.length) sets.push({ id: c.id, schema: c.schema, instances }); }
const file = path.join(WORK, 'sets.ndjson'); fs.writeFileSync(file, sets.map((s) => JSON.stringify(s)).join('\n') + '\n');
const mine = new Map(); let vrss = 0; for (const o of ours('validate', file)) if (o.id) mine.set(o.id, o); else vrss = o.rss_kb;
const warm = [], peer = [], compile = [], compilePeer = []; let skipped = 0, differ = 0, slower = 0;
for (const s of sets) {
  const d = String(s.schema.$schema ?? ''); const K = /draft-0[34]/.test(d) ? Ajv4 : /draft-0[67]/.test(d) ? Ajv : /2019-09/.test(d) ? Ajv2019 : Ajv2020; const o = mine.get(s.id); let v; const t0 = performance.now();
  try { const a = new K({ strict: false, logger: false, validateFormats: true, unicodeRegExp: true }); addFormats(a); v = a.compile(s.schema); } catch { skipped++; continue; } const ct = performance.now() - t0; if (!o) { skipped++; continue; }
  const n = s.instances.length; let valid = 0; for (const x of s.instances) valid += v(x) ? 1 : 0; if (valid !== o.valid) differ++;
  for (let i = 0; i < 2000; i++) v(s.instances[i % n]); let best = 1e9; for (let spent = 0; spent < 3; ) { const t = performance.now(); const k = Math.max(1, Math.ceil(200 / n)); for (let j = 0; j < k; j++) for (const x of s.instances) v(x); const e = performance.now() - t; spent += e; best = Math.min(best, (e * 1e6) / (n * k)); }
  warm.push(o.warm_ns); peer.push(best); compile.push(o.compile_us); compilePeer.push(ct * 1000); if (o.warm_ns > best) slower++;
}
console.log(`\nvalidation, ${warm.length} schema sets (${skipped} left out because a side does not compile them; ${differ} sets where the two judge an instance differently)`);
console.log(`  warm, ns per instance, geometric mean: ours ${gm(warm).toFixed(0)}  ajv ${gm(peer).toFixed(0)}  ratio ${(gm(warm) / gm(peer)).toFixed(2)} (goals: <= 1000 ns, <= 1.00); slower than ajv on ${slower} sets`);
console.log(`  compile, us, geometric mean: ours ${gm(compile).toFixed(0)}  ajv ${gm(compilePeer).toFixed(0)}  ratio ${(gm(compile) / gm(compilePeer)).toFixed(3)}; ours at worst ${(Math.max(...compile) / 1000).toFixed(1)} ms`);
console.log(`  resident at most ${(vrss / 1024).toFixed(1)} MB, with the instances read in`);
