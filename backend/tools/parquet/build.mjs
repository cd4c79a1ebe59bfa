/* SPDX-License-Identifier: Apache-2.0 */
/* Write packs/skill/forge-parquet from src and the locked packages. usage: node build.mjs [--out DIR] */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = path.dirname(fileURLToPath(import.meta.url))
const at = process.argv.indexOf('--out')
const out = at > 0 ? process.argv[at + 1] : path.join(here, '../../../packs/skill/forge-parquet')
const packages = ['hyparquet', 'hyparquet-writer', 'hyparquet-compressors', 'fzstd']

/* An index beyond the dictionary is damage; the library would give nothing in its place. */
const CHANGES = [
  ['hyparquet/src/convert.js', '      output[i] = dictionary[data[i]]\n',
    "      if (!(data[i] < dictionary.length)) throw new Error('parquet dictionary has no such entry')\n      output[i] = dictionary[data[i]]\n"],
]
const changes = {
  name: 'changes',
  setup(b) {
    for (const [file, from, to] of CHANGES)
      b.onLoad({ filter: new RegExp(`node_modules/${file.replace(/\./g, '\\.')}$`) }, (args) => {
        const text = fs.readFileSync(args.path, 'utf8')
        if (text.split(from).length !== 2) throw new Error(`${file} is not what the change was made for`)
        return { contents: text.replace(from, to), loader: 'js' }
      })
  },
}

const versions = packages.map((name) => {
  const { version, license } = JSON.parse(fs.readFileSync(path.join(here, 'node_modules', name, 'package.json'), 'utf8'))
  return `${name} ${version} (${license})`
})
const result = await build({
  absWorkingDir: here,
  entryPoints: ['src/main.mjs'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node18',
  charset: 'utf8',
  legalComments: 'inline',
  logLevel: 'warning',
  plugins: [changes],
  banner: { js: `/* SPDX-License-Identifier: Apache-2.0 AND MIT */\n/* Made by \`make parquet\` from backend/tools/parquet with ${versions.join(', ')}; their licenses are in LICENSE. */` },
})
const licenses = packages.map((name, i) => `${versions[i]}\n\n${fs.readFileSync(path.join(here, 'node_modules', name, 'LICENSE'), 'utf8').trim()}\n`)
fs.mkdirSync(out, { recursive: true })
fs.writeFileSync(path.join(out, 'parquet.mjs'), result.outputFiles[0].text)
fs.writeFileSync(path.join(out, 'LICENSE'), `parquet.mjs contains these packages. What is not theirs in it is under the Apache License 2.0, as all of Forge.\n\n${licenses.join('\n----\n\n')}`)
