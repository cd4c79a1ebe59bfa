/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parquet to rows and rows to Parquet.
 *   node parquet.mjs                a step of a plan: meta/step.json says which file becomes which (see README)
 *   node parquet.mjs --rows [FILE]  the Parquet file, or descriptor 3, on stdout: a line about the file, then a line a row
 * Exit 0: done. 65: refused; one line {"error":{"message","file","row","column"}} on stderr.
 */
import fs from 'node:fs'
import path from 'node:path'
import { DELIMITERS, checkNames, delimitedLine, delimitedRows } from './delimited.mjs'
import { jsonRows } from './exact_json.mjs'
import { ParquetFile, inWords } from './parquet_in.mjs'
import { writeParquet } from './parquet_out.mjs'
import { Refused } from './refused.mjs'

const CHUNK_CHARACTERS = 1 << 20
const INPUT_FD = 3
const ROW_KINDS = ['table.json_rows', 'dataset.joined_rows', 'dataset.aggregated_rows', 'evidence.json_rows']

/* Text into a descriptor, in chunks. */
class Out {
  constructor(fd) {
    this.fd = fd
    this.text = ''
  }

  put(text) {
    this.text += text
    if (this.text.length >= CHUNK_CHARACTERS) this.flush()
  }

  flush() {
    const bytes = Buffer.from(this.text)
    for (let n = 0; n < bytes.length; ) n += fs.writeSync(this.fd, bytes, n)
    this.text = ''
  }
}

async function rowsMode(file) {
  const table = new ParquetFile(file === undefined ? INPUT_FD : fs.openSync(file, 'r'))
  const heads = table.columns.map((column, i) => (i ? ',' : '{') + JSON.stringify(column.name) + ':')
  const out = new Out(1)
  out.put(JSON.stringify(table.summary()) + '\n')
  await table.read((texts) => {
    let line = ''
    for (let i = 0; i < texts.length; i++) line += heads[i] + texts[i]
    out.put(line + '}\n')
  })
  out.flush()
}

/* What a value's JSON text is in a cell: a text without its marks, null as an empty cell. */
function cellOf(json) {
  if (json === 'null') return null
  return json[0] === '"' ? JSON.parse(json) : json
}

async function fromParquet(source, result) {
  const table = new ParquetFile(fs.openSync(source.path, 'r'))
  const out = new Out(fs.openSync(result.path, 'w'))
  const delimiter = DELIMITERS[result.kind]
  if (delimiter) {
    const names = table.columns.map((column) => column.name)
    checkNames(names)
    out.put(delimitedLine(names, delimiter))
    await table.read((texts) => out.put(delimitedLine(texts.map(cellOf), delimiter)))
  } else {
    const heads = table.columns.map((column, i) => (i ? ', ' : '{') + JSON.stringify(column.name) + ': ')
    await table.read((texts, row) => {
      let line = row === 1 ? '[\n' : ',\n'
      for (let i = 0; i < texts.length; i++) line += heads[i] + texts[i]
      out.put(line + '}')
    })
    out.put(table.rows ? '\n]\n' : '[]\n')
  }
  out.flush()
}

function toParquet(source, result, params) {
  const declared = new Map((params.columns ?? []).map((one) => [one.name, one]))
  const kind = source.kind
  if (!DELIMITERS[kind]) return writeParquet(result.path, { names: null, isCells: false, read: () => jsonRows(source.path) }, declared)
  const names = delimitedRows(source.path, kind).next().value.cells
  const read = function* () {
    let isHeader = true
    for (const { row, cells } of delimitedRows(source.path, kind)) {
      if (!isHeader) yield { row, members: cells.map((cell, i) => [names[i], cell]) }
      isHeader = false
    }
  }
  return writeParquet(result.path, { names, isCells: true, read }, declared)
}

async function stepMode() {
  const workspace = process.env.FORGE_WORKSPACE ?? '/workspace'
  const step = JSON.parse(fs.readFileSync(path.join(workspace, 'meta', 'step.json'), 'utf8'))
  const { source } = step.inputs
  const { result } = step.outputs
  const isRows = (kind) => ROW_KINDS.includes(kind) || kind in DELIMITERS
  const name = source.source_path ?? 'input/' + path.basename(source.path)
  try {
    fs.mkdirSync(path.dirname(result.path), { recursive: true })
    if (source.kind === 'table.parquet' && isRows(result.kind)) await fromParquet(source, result)
    else if (isRows(source.kind) && result.kind === 'table.parquet') toParquet(source, result, step.params ?? {})
    else throw new Refused(`${source.kind} cannot be made ${result.kind} here`)
  } catch (error) {
    throw Object.assign(inWords(error, 'the file'), { file: name })
  }
}

function refuse(error) {
  const { message, file = null, row, column } = inWords(error, 'the Parquet file')
  fs.writeSync(2, JSON.stringify({ error: { message, file, row, column } }) + '\n')
  process.exit(65)
}

const [mode, file] = process.argv.slice(2)
await (mode === '--rows' ? rowsMode(file) : stepMode()).catch(refuse)
