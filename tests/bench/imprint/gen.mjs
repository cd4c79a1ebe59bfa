// SPDX-License-Identifier: Apache-2.0
// Deterministic material of the size of a big public API, for machines that have no other: a specification of about 1 MB and schema
// sets with instances. Nothing here is taken from anybody's API.
const rng = (s) => () => { s |= 0; s = (s + 0x6d2b79f5) | 0; let t = Math.imul(s ^ (s >>> 15), 1 | s); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
const WORDS = 'account amount balance batch billing card charge city client code contract country created currency customer date delivery description discount due email employee entry expires fee gross holder hours id invoice issued item label language limit line lines locale mandate memo method net note number order owner paid payer period person phone plan postal price product quantity rate reason receipt ref region role schedule score shipping sku source state status street subscription supplier tax team term title total type unit updated user valid vat vendor version weight year'.split(' ');
export function material(seed = 7) {
  const r = rng(seed), pick = (a) => a[Math.floor(r() * a.length)], word = () => pick(WORDS), name = () => word() + '_' + word();
  const N = 260, ref = (i) => ({ $ref: '#/components/schemas/s' + i });
  const leaf = () => pick([
    () => ({ type: 'string', maxLength: 50 + Math.floor(r() * 4950), description: Array.from({ length: 12 }, word).join(' ') }),
    () => ({ type: 'integer', minimum: 0, maximum: 1 + Math.floor(r() * 1e6) }), () => ({ type: 'boolean' }),
    () => ({ type: 'string', enum: [...new Set(Array.from({ length: 3 + Math.floor(r() * 6) }, word))] }),
    () => ({ type: 'string', format: pick(['date', 'date-time', 'email', 'uuid', 'uri']) }), () => ({ type: 'number', multipleOf: 0.01 }),
    () => ({ type: 'string', pattern: '^[A-Z]{2}[0-9]{4,12}$' }), () => ({ type: 'array', items: { type: 'string', maxLength: 40 }, maxItems: 20 }),
  ])();
  const schema = (i) => { const properties = {}; const k = 4 + Math.floor(r() * 10); for (let j = 0; j < k; j++) { const x = r(); properties[name()] = x < 0.72 || i < 8 ? leaf() : x < 0.86 ? ref(Math.floor(i * (0.2 + 0.7 * r()))) : x < 0.93 ? { type: 'array', items: ref(Math.floor(i * r() * 0.8)) } : { anyOf: [ref(Math.floor(i * r() * 0.5)), { type: 'string', enum: [''] }] }; } return { type: 'object', required: Object.keys(properties).filter(() => r() < 0.4), properties, title: 's' + i, description: Array.from({ length: 30 }, word).join(' ') }; };
  const schemas = {}; for (let i = 0; i < N; i++) schemas['s' + i] = schema(i);
  const paths = {};
  for (let i = 0; i < 220; i++) {
    const body = { type: 'object', required: [], properties: {} }; for (let j = 0; j < 8; j++) body.properties[name()] = r() < 0.8 ? leaf() : ref(Math.floor(r() * 60)); body.required = Object.keys(body.properties).slice(0, 2);
    const doc = (t) => ({ operationId: t + i, summary: Array.from({ length: 20 }, word).join(' '), parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 5000 } }, { name: 'expand', in: 'query', style: 'deepObject', explode: true, schema: { type: 'array', items: { type: 'string', maxLength: 5000 } } }, { name: name(), in: 'query', schema: leaf() }], responses: { 200: { description: 'ok', content: { 'application/json': { schema: ref(Math.floor(r() * N)) } } } } });
    paths['/v1/' + word() + i + '/{id}'] = { get: doc('get'), post: { ...doc('post'), requestBody: { required: true, content: { [i % 3 ? 'application/json' : 'application/x-www-form-urlencoded']: { schema: body } } } } };
  }
  const spec = { openapi: '3.0.3', info: { title: 'made for measuring', version: '1' }, paths, components: { schemas } };
  const value = (s, d = 0) => { if (s.$ref) s = schemas[s.$ref.split('/').pop()]; if (s.anyOf) s = s.anyOf[r() < 0.5 ? 0 : 1], s = s.$ref ? schemas[s.$ref.split('/').pop()] : s; if (s.enum) return pick(s.enum); if (s.type === 'object') { const o = {}; for (const k of Object.keys(s.properties)) if (s.required.includes(k) || (d < 4 && r() < 0.6)) o[k] = value(s.properties[k], d + 1); return o; } if (s.type === 'array') return Array.from({ length: Math.floor(r() * 4) }, () => value(s.items, d + 1)); if (s.type === 'integer') return Math.floor(r() * s.maximum); if (s.type === 'number') return Math.round(r() * 1e5) / 100; if (s.type === 'boolean') return r() < 0.5; if (s.pattern) return 'AB' + Math.floor(1e5 + r() * 1e6); return ({ date: '2026-11-21', 'date-time': '2026-11-21T10:11:12Z', email: 'a.person@example.org', uuid: '7d444840-9dc0-4111-8245-5ffdce74fa10', uri: 'https://example.org/a/b' })[s.format] ?? Array.from({ length: 1 + Math.floor(r() * 4) }, word).join(' ').slice(0, 40); };
  const sets = []; for (let i = 5; i < N; i += 8) sets.push({ id: 's' + i, schema: { $schema: 'http://json-schema.org/draft-07/schema#', ...ref(i), components: { schemas } }, instances: Array.from({ length: 12 }, () => value(ref(i))) });
  for (const s of sets) { const need = new Set(), walk = (x) => { if (x && typeof x === 'object') { if (typeof x.$ref === 'string') { const n = x.$ref.split('/').pop(); if (!need.has(n)) { need.add(n); walk(schemas[n]); } } else Object.values(x).forEach(walk); } }; walk({ $ref: s.schema.$ref }); s.schema.components = { schemas: Object.fromEntries([...need].map((n) => [n, schemas[n]])) }; }
  return { spec, sets };
}
