/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV and TSV, read strictly: UTF-8 with or without a byte order mark, LF or CRLF, quoted as RFC 4180 says. An empty
 * cell is null, a quoted empty cell ("") an empty text; they are written so again. The header is row 1.
 */
import { ROW_CHARACTERS_MAX, Text } from './exact_json.mjs'
import { Refused, shown } from './refused.mjs'

const COLUMNS_MAX = 4096
const NAME_BYTES_MAX = 256
export const DELIMITERS = { 'table.csv': ',', 'table.tsv': '\t' }

export function checkNames(names) {
  const seen = new Set()
  if (names.length > COLUMNS_MAX) throw new Refused(`it has more than ${COLUMNS_MAX} columns`, 1)
  names.forEach((name, i) => {
    if (!name) throw new Refused(`column ${i + 1} has no name`, 1, i + 1)
    if (name.includes('\0') || Buffer.byteLength(name) > NAME_BYTES_MAX)
      throw new Refused(`the name of column ${i + 1} has a NUL character or more than ${NAME_BYTES_MAX} bytes`, 1, i + 1)
    if (seen.has(name)) throw new Refused(`column \`${shown(name)}\` is there twice`, 1, i + 1)
    seen.add(name)
  })
}

const MORE = Symbol('the record does not end in this text')

/* One record from `at`: { cells, at } behind its line end, or MORE. */
function record(text, at, delimiter, isLast, row) {
  const cells = []
  for (;;) {
    let cell
    if (text[at] === '"') {
      let parts = ''
      at++
      for (;;) {
        const quote = text.indexOf('"', at)
        if (quote < 0 || (quote + 1 === text.length && !isLast)) {
          if (isLast) throw new Refused('a quotation mark is never closed', row, cells.length + 1)
          return MORE
        }
        parts += text.slice(at, quote)
        at = quote + 1
        if (text[at] !== '"') break
        parts += '"'
        at++
      }
      cell = parts
      if (text[at] === '\r' && at + 1 === text.length && !isLast) return MORE
      if (text.startsWith('\r\n', at)) at++
      if (at < text.length && text[at] !== delimiter && text[at] !== '\n')
        throw new Refused(`text behind the closing quotation mark: '${shown(text.slice(at, at + 20))}'`, row, cells.length + 1)
    } else {
      let end = at
      while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++
      if (end === text.length && !isLast) return MORE
      const to = text[end] === '\n' && text[end - 1] === '\r' && end > at ? end - 1 : end
      cell = text.slice(at, to)
      if (cell.includes('\r')) throw new Refused('a carriage return outside quotation marks', row, cells.length + 1)
      if (cell.includes('"') && delimiter === ',')
        throw new Refused('a quotation mark inside a cell that is not quoted', row, cells.length + 1)
      if (cell === '') cell = null
      at = end
    }
    cells.push(cell)
    if (at === text.length) return isLast ? { cells, at } : MORE
    at++
    if (text[at - 1] === '\n') return { cells, at }
  }
}

/* { row, cells } for the header and every row; cells are string or null. */
export function* delimitedRows(path, kind) {
  const source = new Text(path)
  const delimiter = DELIMITERS[kind]
  let text = source.next()
  let at = 0
  let width = 0
  let blank = 0
  for (let row = 1; ; row++) {
    let found = at < text.length || !source.ended ? record(text, at, delimiter, source.ended, row) : undefined
    while (found === MORE) {
      text = text.slice(at) + source.next()
      at = 0
      if (text.length > ROW_CHARACTERS_MAX + (1 << 21))
        throw new Refused('the row is longer than 8 MiB; a quotation mark may be missing', row)
      found = at < text.length || !source.ended ? record(text, at, delimiter, source.ended, row) : undefined
    }
    if (!found) break
    at = found.at
    const isBlank = found.cells.length === 1 && found.cells[0] === null
    if (isBlank) {
      blank ||= row
      continue
    }
    if (blank) throw new Refused('an empty line between rows: remove it', blank)
    if (row === 1) {
      found.cells = found.cells.map((name) => name ?? '')
      checkNames(found.cells)
      width = found.cells.length
    } else if (found.cells.length !== width)
      throw new Refused(`this row has ${found.cells.length} cells, the header has ${width}`, row, Math.min(found.cells.length, width) + 1)
    yield { row, cells: found.cells }
  }
  if (width === 0) throw new Refused('the file is empty', 1, 1)
  source.close()
}

/* cells: string or null. */
export function delimitedLine(cells, delimiter) {
  const line = cells.map((cell) => {
    if (cell === null) return ''
    if (cell === '' || cell.includes(delimiter) || /["\r\n]/.test(cell)) return '"' + cell.replaceAll('"', '""') + '"'
    return cell
  }).join(delimiter)
  return (line || '""') + '\n'
}
