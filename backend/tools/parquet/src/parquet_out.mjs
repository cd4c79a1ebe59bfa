/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows to Parquet. The first pass finds what every column is, exactly; the second writes, a row group at a time. A type
 * is taken only where all values of the column are of it and can be given back.
 */
import { ParquetWriter, fileWriter } from 'hyparquet-writer'
import { Lexeme, Nested } from './exact_json.mjs'
import { Refused, shown } from './refused.mjs'
import { DECIMAL_DIGITS_MAX, dateOf, decimalOf, timestampOf } from './values.mjs'

const GROUP_ROWS = 65536
const GROUP_BYTES = 32 << 20
const INT64_MIN = -(1n << 63n)
const INT64_MAX = (1n << 63n) - 1n
const WHOLE = /^-?(?:0|[1-9]\d*)$/
const DECLARED = { id: 'text', text: 'text', enum: 'text', integer: 'integer', decimal: 'decimal', money: 'decimal', date: 'date', timestamp: 'timestamp', boolean: 'boolean', list: 'json', object: 'json' }
const WORDS = { integer: 'a whole number such as 42 (at most 64 bits)', decimal: `a decimal such as 12.50 (at most ${DECIMAL_DIGITS_MAX} digits)`, date: 'a date such as 2026-01-31', timestamp: 'a time such as 2026-01-31T08:00:00Z', boolean: 'neither true nor false', json: 'a list or an object' }

/* What is known of one column after the first pass. */
class Column {
  constructor(name, declared) {
    this.name = name
    this.declared = declared ? DECLARED[declared.type ?? 'text'] : undefined
    this.mayBeNull = declared ? Boolean(declared.nullable) || declared.required === false : true
    if (declared && !this.declared) throw new Refused(`params.columns: '${shown(declared.type)}' is no type of a column`)
    this.kinds = new Set() // of the JSON values: text number boolean json
    this.could = { integer: true, decimal: true, date: true, timestamp: true, boolean: true }
    this.whole = 0 // digits before the point
    this.scale = 0
    this.fraction = 0
    this.zones = new Set()
    this.wide = false // a whole number beyond 64 bits
    this.values = 0
    this.nulls = 0
  }

  /* value: null, or text of a cell; kind: what JSON calls it, 'cell' for CSV and TSV */
  look(kind, text, row, column) {
    if (text === null) {
      this.nulls++
      return
    }
    this.values++
    this.kinds.add(kind)
    if (kind !== 'cell' && !this.declared) {
      if (this.kinds.size > 1) throw new Refused(`column \`${shown(this.name)}\` holds ${[...this.kinds].join(' and ')}; say in params.columns what it is`, row, column)
      if (kind !== 'number') return
    }
    const could = this.could
    const want = this.declared
    if (want ? want === 'boolean' : could.boolean) could.boolean = text === 'true' || text === 'false'
    if (want ? want === 'date' : could.date) could.date = dateOf(text) !== undefined
    if (want ? want === 'timestamp' : could.timestamp) this.lookTimestamp(text)
    if (want ? want === 'decimal' || want === 'integer' : could.decimal) this.lookNumber(text, kind)
    if (want && want !== 'text' && want !== 'json' && !could[want])
      throw new Refused(`column \`${shown(this.name)}\` is '${shown(text)}', ${want === 'boolean' ? 'which is ' : 'not '}${WORDS[want]}`, row, column)
    if (want === 'json' && kind !== 'json' && kind !== 'cell') throw new Refused(`column \`${shown(this.name)}\` is not ${WORDS.json}`, row, column)
    if (kind === 'number' && !could.decimal && want !== 'text') throw new Refused(`column \`${shown(this.name)}\` is ${shown(text)}, not ${WORDS.decimal}`, row, column)
  }

  lookTimestamp(text) {
    const found = timestampOf(text)
    this.could.timestamp = found !== undefined && (this.declared !== undefined || (found.zone.length < 2 && text[10] === 'T' && text.length > 17))
    if (!this.could.timestamp) return
    this.zones.add(found.zone === '' ? '' : 'Z')
    this.fraction = Math.max(this.fraction, found.fraction)
    if (found.fraction > 6 && (found.nanos > INT64_MAX || found.nanos < INT64_MIN)) this.wide = true
    if (this.zones.size > 1) this.could.timestamp = false
  }

  lookNumber(text, kind) {
    const found = kind === 'cell' && /[eE]/.test(text) ? undefined : decimalOf(text)
    if (!found || (this.could.integer && !WHOLE.test(text))) this.could.integer = false
    if (!found) {
      this.could.decimal = false
      return
    }
    this.whole = Math.max(this.whole, found.digits)
    this.scale = Math.max(this.scale, found.scale)
    if (this.could.integer && (found.unscaled > INT64_MAX || found.unscaled < INT64_MIN)) this.could.integer = false
    if (this.whole + this.scale > DECIMAL_DIGITS_MAX) this.could.decimal = this.could.integer
  }

  decide() {
    if (this.declared) this.type = this.declared
    else if (this.values === 0 || this.kinds.has('text')) this.type = 'text'
    else if (this.kinds.has('json')) this.type = 'json'
    else if (this.kinds.has('boolean') || this.could.boolean) this.type = 'boolean'
    else if (this.could.integer) this.type = 'integer'
    else if (this.could.decimal) this.type = 'decimal'
    else if (this.could.date) this.type = 'date'
    else this.type = this.could.timestamp && !this.wide ? 'timestamp' : 'text'
    if (this.type === 'timestamp' && this.wide) throw new Refused(`column \`${shown(this.name)}\`: a time with more than 6 digits behind the second has to lie between 1677 and 2262`)
  }

  element() {
    const name = this.name
    const repetition_type = this.declared && !this.mayBeNull && this.nulls === 0 ? 'REQUIRED' : 'OPTIONAL'
    switch (this.type) {
      case 'integer': return { name, repetition_type, type: 'INT64' }
      case 'boolean': return { name, repetition_type, type: 'BOOLEAN' }
      case 'date': return { name, repetition_type, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
      case 'json': return { name, repetition_type, type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }
      case 'timestamp': return { name, repetition_type, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: !this.zones.has(''), unit: this.unit() } }
      case 'decimal': {
        const precision = Math.max(1, this.whole + this.scale)
        const stored = precision <= 18 ? { type: 'INT64' } : { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 }
        return { name, repetition_type, ...stored, converted_type: 'DECIMAL', scale: this.scale, precision, logical_type: { type: 'DECIMAL', scale: this.scale, precision } }
      }
      default: return { name, repetition_type, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    }
  }

  unit() {
    return this.fraction > 6 ? 'NANOS' : this.fraction > 3 ? 'MICROS' : 'MILLIS'
  }

  /* The value as the library stores it. */
  stored(text) {
    if (text === null) return undefined
    switch (this.type) {
      case 'integer': return BigInt(text)
      case 'boolean': return text === 'true'
      case 'date': return dateOf(text)
      case 'json': return new TextEncoder().encode(text)
      case 'timestamp': return timestampOf(text).nanos / { MILLIS: 1000000n, MICROS: 1000n, NANOS: 1n }[this.unit()]
      case 'decimal': {
        const { unscaled, scale } = decimalOf(text)
        return unscaled * 10n ** BigInt(this.scale - scale)
      }
      default: return text
    }
  }
}

/* An empty text where the type has none is a null. */
const cellText = (cell, column) => (cell === '' && column.declared && column.declared !== 'text' ? null : cell)

function jsonCell(v) {
  if (v === null || v === undefined) return ['null', null]
  if (v === true || v === false) return ['boolean', String(v)]
  if (v instanceof Lexeme) return ['number', v.text]
  if (v instanceof Nested) return ['json', v.text]
  return ['text', v]
}

/*
 * rows: makes a new reading of { row, cells: [[kind, text or null]] }; names: of the columns, or null where the rows
 * bring them. Returns the number of rows.
 */
export function writeParquet(path, source, declared) {
  const columns = []
  const index = new Map()
  const add = (name) => {
    index.set(name, columns.length)
    columns.push(new Column(name, declared.get(name)))
    return columns.length - 1
  }
  let rows = 0
  for (const name of source.names ?? []) add(name)
  if (!source.names) for (const [name, one] of declared) if (one.required !== false) add(name)
  for (const { row, members } of source.read()) {
    rows++
    for (const [name, value] of members) {
      const at = index.get(name) ?? add(name)
      const [kind, given] = source.isCells ? ['cell', cellText(value, columns[at])] : jsonCell(value)
      columns[at].look(kind, given, row, at + 1)
    }
  }
  for (const [name, one] of declared) if (one.required !== false && !index.has(name)) throw new Refused(`there is no column \`${shown(name)}\``, 1)
  if (!columns.length) throw new Refused('there are no rows that could say which columns there are; say so in params.columns')
  for (const column of columns) column.decide()
  writeAll(path, source, columns, index)
  return rows
}

function writeAll(path, source, columns, index) {
  const schema = [{ name: 'schema', num_children: columns.length }, ...columns.map((column) => column.element())]
  const out = new ParquetWriter({ writer: fileWriter(path), schema, codec: 'SNAPPY', createdBy: 'forge (hyparquet-writer)' })
  let data = columns.map(() => [])
  let bytes = 0
  const flush = () => {
    if (!data[0].length) return
    out.write({ columnData: columns.map((column, i) => ({ name: column.name, data: data[i] })), rowGroupSize: GROUP_ROWS })
    data = columns.map(() => [])
    bytes = 0
  }
  for (const { members } of source.read()) {
    for (const list of data) list.push(undefined)
    const last = data[0].length - 1
    for (const [name, value] of members) {
      const at = index.get(name)
      const given = source.isCells ? cellText(value, columns[at]) : jsonCell(value)[1]
      if (given !== null) bytes += given.length
      data[at][last] = columns[at].stored(given)
    }
    if (data[0].length === GROUP_ROWS || bytes > GROUP_BYTES) flush()
  }
  flush()
  out.finish()
}
