/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parquet's rows as JSON text, row group by row group. The library decodes pages; what its values mean is decided here
 * (the schema that it is given has no decimals, dates, maps …), so that nothing passes through a double.
 */
import fs from 'node:fs'
import zlib from 'node:zlib'
import { parquetMetadata, parquetRead, parquetSchema } from 'hyparquet'
import { isListLike } from 'hyparquet/src/schema.js'
import { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors/src/lz4.js'
import { decompress as decompressZstd } from 'fzstd'
import { Refused, shown } from './refused.mjs'
import { compactJson } from './exact_json.mjs'
import * as values from './values.mjs'

const FOOTER_BYTES_MAX = 64 << 20
const WINDOW_BYTES = 64 << 20 // of uncompressed pages decoded at a time
const WINDOW_CELLS = 2 << 20
const WINDOW_ROWS_MIN = 1024
const DEPTH_MAX = 60
const NAME_BYTES_MAX = 256
const COLUMNS_MAX = 4096
const SUMMARY_COLUMNS_MAX = 256
const ELEMENTS_MAX = 65536

const compressors = {
  GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
}
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class NotText extends Error {}

function text(bytes) {
  if (!bytes) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    throw new NotText()
  }
}

/* ---- what a column's values are ---- */

const base64 = (v) => '"' + Buffer.from(v.buffer, v.byteOffset, v.length).toString('base64') + '"'
const plain = (v) => String(v)
const quoted = (v) => JSON.stringify(v)

function decimal(element, precision, scale) {
  if (!(scale >= 0 && scale <= 1000) || !(precision > 0)) throw new Refused(`column \`${shown(element.name)}\`: a decimal with precision ${precision} and scale ${scale} is none`)
  const isBytes = element.type === 'BYTE_ARRAY' || element.type === 'FIXED_LEN_BYTE_ARRAY'
  return {
    name: `decimal(${precision},${scale})`,
    text: (v) => '"' + values.decimalText(isBytes ? values.bigOf(v) : v, scale) + '"',
  }
}

function timestamp(unit, isUtc) {
  const short = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' }[unit]
  return {
    name: `timestamp(${short}${isUtc ? ',utc' : ''})`,
    text: (v) => '"' + values.timestampText(BigInt(v), unit, isUtc) + '"',
  }
}

function time(unit, isUtc) {
  const short = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' }[unit]
  return {
    name: `time(${short}${isUtc ? ',utc' : ''})`,
    text: (v) => {
      const found = values.timeText(v, unit)
      if (found === undefined) throw new Refused(`a time of day is ${v} ${short}, which is none`)
      return '"' + found + (isUtc ? 'Z' : '') + '"'
    },
  }
}

function integer(element, bits, isSigned) {
  const name = (isSigned ? 'int' : 'uint') + bits
  if (isSigned) return { name, text: plain }
  return { name, text: element.type === 'INT64' ? (v) => String(BigInt.asUintN(64, BigInt(v))) : (v) => String(v >>> 0) }
}

function uuid(v) {
  const hex = Buffer.from(v.buffer, v.byteOffset, v.length).toString('hex')
  return '"' + hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') + '"'
}

function interval(v) {
  const at = new DataView(v.buffer, v.byteOffset, 12)
  return `{"months":${at.getUint32(0, true)},"days":${at.getUint32(4, true)},"milliseconds":${at.getUint32(8, true)}}`
}

function json(v) {
  const found = compactJson(v)
  if (found === undefined) throw new Refused(`a value is said to be JSON and is none: '${shown(v)}'`)
  return found
}

const TEXTS = { UTF8: 'string', ENUM: 'enum', STRING: 'string' }
const CONVERTED_INTEGERS = { UINT_8: 8, UINT_16: 16, UINT_32: 32, UINT_64: 64, INT_8: 8, INT_16: 16, INT_32: 32, INT_64: 64 }

/* { name: for people, text: value -> JSON text, isText: the library makes strings of its bytes } */
function typeOf(element) {
  const { type, converted_type: converted, logical_type: logical } = element
  const isBytes = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY'
  const isWhole = type === 'INT32' || type === 'INT64'
  const kind = logical?.type
  if (type === 'BYTE_ARRAY' && (TEXTS[kind] || TEXTS[converted])) return { name: TEXTS[kind] ?? TEXTS[converted], text: quoted, isText: true }
  if (type === 'BYTE_ARRAY' && (kind === 'JSON' || converted === 'JSON')) return { name: 'json', text: json, isText: true }
  if ((isWhole || isBytes) && kind === 'DECIMAL') return decimal(element, logical.precision, logical.scale ?? 0)
  if ((isWhole || isBytes) && converted === 'DECIMAL') return decimal(element, element.precision, element.scale ?? 0)
  if (type === 'INT32' && (kind === 'DATE' || converted === 'DATE')) return { name: 'date', text: (v) => '"' + values.dateText(v) + '"' }
  if (type === 'INT64' && kind === 'TIMESTAMP') return timestamp(logical.unit, Boolean(logical.isAdjustedToUTC))
  if (type === 'INT64' && converted === 'TIMESTAMP_MILLIS') return timestamp('MILLIS', true)
  if (type === 'INT64' && converted === 'TIMESTAMP_MICROS') return timestamp('MICROS', true)
  if (type === 'INT96') return timestamp('NANOS', false)
  if (isWhole && kind === 'TIME') return time(logical.unit, Boolean(logical.isAdjustedToUTC))
  if (isWhole && converted === 'TIME_MILLIS') return time('MILLIS', true)
  if (isWhole && converted === 'TIME_MICROS') return time('MICROS', true)
  if (isWhole && kind === 'INTEGER') return integer(element, logical.bitWidth, logical.isSigned)
  if (isWhole && CONVERTED_INTEGERS[converted]) return integer(element, CONVERTED_INTEGERS[converted], converted[0] === 'I')
  if (kind === 'UUID' && element.type_length === 16) return { name: 'uuid', text: uuid }
  if (kind === 'FLOAT16' && element.type_length === 2) return { name: 'float16', text: (v) => values.floatText(values.halfOf(v), false) }
  if (converted === 'INTERVAL' && element.type_length === 12) return { name: 'interval', text: interval }
  if (type === 'INT32') return { name: 'int32', text: plain }
  if (type === 'INT64') return { name: 'int64', text: plain }
  if (type === 'BOOLEAN') return { name: 'boolean', text: plain }
  if (type === 'FLOAT') return { name: 'float', text: (v) => values.floatText(v, true) }
  if (type === 'DOUBLE') return { name: 'double', text: (v) => values.floatText(v, false) }
  const words = { GEOMETRY: 'geometry', GEOGRAPHY: 'geography', BSON: 'bson' }
  if (isBytes) return { name: words[kind] ?? (converted === 'BSON' ? 'bson' : type === 'BYTE_ARRAY' ? 'binary' : `fixed(${element.type_length})`), text: base64 }
  throw new Refused(`column \`${shown(element.name)}\` has the unknown type '${shown(type)}'`)
}

/* The schema as the library is to see it: texts and lists, and everything else as it is stored. */
function bare(element, type) {
  const isList = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST'
  return {
    ...element,
    scale: undefined,
    precision: undefined,
    logical_type: undefined,
    converted_type: type ? (type.isText ? 'UTF8' : undefined) : isList ? 'LIST' : undefined,
  }
}

/* ---- nested values ---- */

function isMap(node) {
  const { converted_type: converted, logical_type: logical } = node.element
  const pairs = node.children[0]
  return (converted === 'MAP' || converted === 'MAP_KEY_VALUE' || logical?.type === 'MAP') && node.children.length === 1 &&
    pairs.element.repetition_type === 'REPEATED' && pairs.children.length === 2
}

function each(inner) {
  return (v) => {
    let out = ''
    for (let i = 0; i < v.length; i++) out += (i ? ',' : '') + inner(v[i])
    return '[' + out + ']'
  }
}

function mapText(node, types) {
  const pairs = node.children[0]
  const [key, value] = pairs.children
  const keyText = writer(key, types)
  const valueText = writer(value, types)
  if (!types.get(key.element)?.isText || types.get(key.element).name === 'json')
    return (v) => each((p) => `{"key":${keyText(p[key.element.name])},"value":${valueText(p[value.element.name])}}`)(v[pairs.element.name] ?? [])
  return (v) => {
    const members = new Map() // a key that comes again replaces the earlier one: so says the format
    for (const p of v[pairs.element.name] ?? []) {
      if (typeof p[key.element.name] !== 'string') throw new Refused('a map has a key that is null')
      members.set(p[key.element.name], valueText(p[value.element.name]))
    }
    return '{' + [...members].map(([k, t]) => JSON.stringify(k) + ':' + t).join(',') + '}'
  }
}

/* value -> JSON text, for one node without its repetition. */
function body(node, types) {
  if (!node.children.length) return types.get(node.element).text
  if (isMap(node)) return mapText(node, types)
  if (isListLike(node.bare)) {
    const middle = node.children[0]
    if (middle.children.length === 1) return each(writer(middle.children[0], types))
    return each(orNull(body(middle, types)))
  }
  const members = node.children.map((child) => [child.element.name, JSON.stringify(child.element.name) + ':', writer(child, types)])
  return (v) => {
    let out = ''
    for (const [name, head, inner] of members) out += (out ? ',' : '') + head + inner(v[name])
    return '{' + out + '}'
  }
}

function orNull(inner) {
  return (v) => (v === undefined || v === null ? 'null' : inner(v))
}

function writer(node, types) {
  const inner = orNull(body(node, types))
  const repetition = node.element.repetition_type
  if (repetition === 'REPEATED') return (v) => (v === undefined || v === null ? '[]' : each(inner)(v))
  if (repetition !== 'REQUIRED') return inner
  return (v) => {
    if (v === undefined || v === null) throw new Refused('a value is missing that has to be there')
    return inner(v)
  }
}

/* ---- the file ---- */

/* A plain sentence for what the library, or the engine below it, says. */
export function inWords(error, where) {
  if (error instanceof Refused) return error
  const said = String(error?.message ?? error)
  if (error instanceof NotText) return new Refused(`${where}: a text is not UTF-8; write such a column as binary`)
  if (/call stack/.test(said)) return new Refused(`${where}: it is nested too deep`)
  if (/allocation failed|heap|too large|Cannot create a string/i.test(said))
    return new Refused(`${where}: reading it takes more memory than is given to it; write the file with smaller row groups`)
  if (/^(parquet|thrift|snappy|lz4|zstd|invalid zstd)/i.test(said))
    return new Refused(`${where} is damaged, or of a form that is not read: ${shown(said.replace(/^parquet /, ''), 160)}`)
  return new Refused(`${where} is damaged (${shown(said, 120)})`)
}

function bytesAt(fd, start, end) {
  const out = Buffer.from(new ArrayBuffer(Math.max(0, end - start)))
  for (let n = 0; n < out.length; ) {
    const got = fs.readSync(fd, out, n, out.length - n, start + n)
    if (got === 0) throw new Error('the file ends too early')
    n += got
  }
  return out.buffer
}

function checkTree(node, depth) {
  const names = new Set()
  if (depth > DEPTH_MAX) throw new Refused(`its columns are nested deeper than ${DEPTH_MAX}`)
  for (const child of node.children) {
    const name = child.element.name
    if (name === undefined || (depth === 0 && name === '')) throw new Refused('a column has no name')
    if (depth === 0 && Buffer.byteLength(name) > NAME_BYTES_MAX) throw new Refused(`the name of column \`${shown(name)}\` is longer than ${NAME_BYTES_MAX} bytes`)
    if (name === '__proto__' || name.includes('\0')) throw new Refused(`no column may be called \`${shown(name)}\``)
    if (names.has(name)) throw new Refused(`the column \`${shown(name)}\` is there twice`)
    names.add(name)
    checkTree(child, depth + 1)
  }
  if (depth === 0 && !names.size) throw new Refused('it has no columns')
  if (depth === 0 && names.size > COLUMNS_MAX) throw new Refused(`it has more than ${COLUMNS_MAX} columns`)
}

/* The library's tree beside ours. */
function marry(node, bareNode) {
  node.bare = bareNode
  node.children.forEach((child, i) => marry(child, bareNode.children[i]))
}

function leaves(node) {
  return node.children.length ? node.children.flatMap(leaves) : [node]
}

function checkGroup(group, index, columns, bytes) {
  const where = `row group ${index + 1}`
  const rows = Number(group.num_rows)
  if (!(rows >= 0 && Number.isSafeInteger(rows))) throw new Refused(`${where} says that it has ${group.num_rows} rows`)
  if (group.columns.length !== columns.length) throw new Refused(`${where} has ${group.columns.length} columns, the file has ${columns.length}`)
  group.columns.forEach((chunk, i) => {
    const meta = chunk.meta_data
    const path = columns[i].path.join('.')
    if (chunk.crypto_metadata || chunk.encrypted_column_metadata) throw new Refused(`column \`${shown(path)}\` is encrypted; write the file without encryption`)
    if (chunk.file_path) throw new Refused(`column \`${shown(path)}\` lies in another file; write the table as one file`)
    if (!meta || meta.path_in_schema.join('.') !== path) throw new Refused(`${where} does not have column \`${shown(path)}\` where it should`)
    const first = Number(meta.dictionary_page_offset || meta.data_page_offset)
    const from = Math.min(first, Number(meta.data_page_offset))
    if (!(from >= 4) || !(meta.total_compressed_size >= 0n) || from + Number(meta.total_compressed_size) > bytes)
      throw new Refused(`${where}, column \`${shown(path)}\`: its bytes lie outside the file`)
    if (columns[i].isFlat && meta.num_values !== group.num_rows)
      throw new Refused(`${where} says that it has ${group.num_rows} rows, its column \`${shown(path)}\` has ${meta.num_values} values`)
  })
  return rows
}

export class ParquetFile {
  constructor(fd) {
    this.fd = fd
    this.bytes = fs.fstatSync(fd).size
    if (this.bytes < 12) throw new Refused('the Parquet file is cut off')
    const tail = Buffer.from(bytesAt(fd, this.bytes - 8, this.bytes))
    const magic = tail.toString('latin1', 4)
    const footer = tail.readUInt32LE(0)
    if (magic === 'PARE') throw new Refused('the Parquet file is encrypted; write it without encryption')
    if (magic !== 'PAR1') throw new Refused('the Parquet file does not end as one; it is cut off or damaged')
    if (footer > this.bytes - 12) throw new Refused(`its description is said to be ${footer} bytes long, more than the file`)
    if (footer > FOOTER_BYTES_MAX) throw new Refused(`its description is larger than ${FOOTER_BYTES_MAX >> 20} MiB; that is the limit`)
    try {
      this.describe(footer)
    } catch (error) {
      throw inWords(error, 'the description of the Parquet file (its footer)')
    }
  }

  describe(footer) {
    const meta = parquetMetadata(bytesAt(this.fd, this.bytes - 8 - footer, this.bytes), { geoparquet: false })
    if (meta.schema.length > ELEMENTS_MAX) throw new Refused(`it describes more than ${ELEMENTS_MAX} columns and parts of columns`)
    const types = new Map()
    for (const element of meta.schema) if (element.type) types.set(element, typeOf(element))
    const tree = parquetSchema(meta)
    checkTree(tree, 0)
    this.meta = { ...meta, schema: meta.schema.map((e) => bare(e, types.get(e))) }
    marry(tree, parquetSchema(this.meta))
    this.tree = tree
    this.leaves = leaves(tree)
    const paths = new Set()
    for (const leaf of this.leaves) {
      if (!types.has(leaf.element)) throw new Refused(`column \`${shown(leaf.path.join('.'))}\` has no type`)
      if (paths.has(leaf.path.join('.'))) throw new Refused(`two columns are called \`${shown(leaf.path.join('.'))}\``)
      paths.add(leaf.path.join('.'))
      leaf.isFlat = leaf.path.length === 1 && leaf.element.repetition_type !== 'REPEATED'
    }
    this.types = types
    this.groups = meta.row_groups.map((group, i) => checkGroup(group, i, this.leaves, this.bytes))
    this.rows = this.groups.reduce((a, b) => a + b, 0)
    if (BigInt(this.rows) !== meta.num_rows) throw new Refused(`it says that it has ${meta.num_rows} rows, its row groups have ${this.rows}`)
    this.columns = tree.children.map((node) => ({ name: node.element.name, write: writer(node, types) }))
  }

  /* What the file says of itself, for the profile's summary. */
  summary() {
    const codecs = new Map(this.leaves.map((leaf) => [leaf, new Set()]))
    for (const group of this.meta.row_groups) group.columns.forEach((chunk, i) => codecs.get(this.leaves[i]).add(chunk.meta_data.codec))
    return {
      version: this.meta.version,
      created_by: this.meta.created_by === undefined ? null : shown(this.meta.created_by, 200),
      rows: this.rows,
      row_groups: this.groups.length,
      encrypted: false,
      names: this.columns.map((column) => column.name),
      column_count: this.leaves.length,
      columns: this.leaves.slice(0, SUMMARY_COLUMNS_MAX).map((leaf) => ({
        name: leaf.path.join('.'),
        physical: leaf.element.type,
        logical: this.types.get(leaf.element).name,
        repetition: leaf.element.repetition_type?.toLowerCase() ?? null,
        compression: [...codecs.get(leaf)].sort().join(',').toLowerCase() || null,
      })),
    }
  }

  /* give(texts, row): the JSON text of each column's value, row by row; row counts from 1. */
  async read(give) {
    let row = 0
    for (let g = 0; g < this.groups.length; g++) {
      const group = this.meta.row_groups[g]
      const stored = group.columns.reduce((sum, c) => sum + Number(c.meta_data.total_uncompressed_size), 0)
      const window = Math.max(WINDOW_ROWS_MIN, Math.min(
        Math.floor(WINDOW_CELLS / this.columns.length), Math.floor(this.groups[g] / Math.max(1, Math.ceil(stored / WINDOW_BYTES)))))
      for (let from = 0; from < this.groups[g]; from += window) {
        const to = Math.min(from + window, this.groups[g])
        let columns
        try {
          columns = await this.window(group, from, to)
        } catch (error) {
          throw inWords(error, `row group ${g + 1}`)
        }
        row = this.giveRows(columns, to - from, row, give)
      }
    }
  }

  /* One reader a column, over its decoded pieces. */
  async window(group, from, to) {
    const pieces = new Map(this.columns.map((column) => [column.name, []]))
    const file = { byteLength: this.bytes, slice: (a, b) => bytesAt(this.fd, a, b ?? this.bytes) }
    await parquetRead({
      file, metadata: { ...this.meta, num_rows: group.num_rows, row_groups: [group] },
      compressors, utf8: false, rowStart: from, rowEnd: to,
      parsers: { stringFromBytes: text, timestampFromNanoseconds: (v) => v },
      onChunk: ({ columnName, columnData, rowStart }) => pieces.get(columnName).push({ start: rowStart, data: columnData }),
    })
    return this.columns.map((column) => {
      const found = pieces.get(column.name).sort((a, b) => a.start - b.start)
      let reached = found.length ? found[0].start : 0
      for (const piece of found) {
        if (piece.start !== reached) throw new Refused(`column \`${shown(column.name)}\` has a gap`)
        reached += piece.data.length
      }
      if (!found.length || found[0].start > from || reached < to)
        throw new Refused(`column \`${shown(column.name)}\` ends after ${reached} of ${Number(group.num_rows)} rows; the file is damaged`)
      if (reached > Number(group.num_rows)) throw new Refused(`column \`${shown(column.name)}\` has more rows than the ${Number(group.num_rows)} that the row group has`)
      return { write: column.write, name: column.name, pieces: found, at: 0, from }
    })
  }

  giveRows(columns, n, row, give) {
    for (let i = 0; i < n; i++) {
      row++
      const texts = new Array(columns.length)
      for (let c = 0; c < columns.length; c++) {
        const column = columns[c]
        let piece = column.pieces[column.at]
        while (column.from + i - piece.start >= piece.data.length) piece = column.pieces[++column.at]
        try {
          texts[c] = column.write(piece.data[column.from + i - piece.start])
        } catch (error) {
          const said = inWords(error, 'the value')
          throw new Refused(`row ${row}, column \`${shown(column.name)}\`: ${said.message}`, row, c + 1)
        }
      }
      give(texts, row)
    }
    return row
  }
}
