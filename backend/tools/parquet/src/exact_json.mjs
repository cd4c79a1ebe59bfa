/* SPDX-License-Identifier: Apache-2.0 */
/* JSON read without ever making a number of its numbers, one row of an array of objects at a time. */
import fs from 'node:fs'
import { Refused, shown } from './refused.mjs'

export const ROW_CHARACTERS_MAX = 8 << 20
const CHUNK_BYTES = 1 << 20
const DEPTH_MAX = 60
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LONE_SURROGATE = /[\ud800-\udfff]/u

/* A number as it is written; a nested value as JSON text without white space. */
export class Lexeme {
  constructor(text) {
    this.text = text
  }
}
export class Nested {
  constructor(text) {
    this.text = text
  }
}

/* UTF-8 text in chunks; a byte that is none is refused. */
export class Text {
  constructor(path) {
    this.fd = fs.openSync(path, 'r')
    this.decoder = new TextDecoder('utf-8', { fatal: true })
    this.chunk = Buffer.alloc(CHUNK_BYTES)
    this.ended = false
  }

  /* The next characters; '' only at the end. */
  next() {
    while (!this.ended) {
      const n = fs.readSync(this.fd, this.chunk, 0, CHUNK_BYTES, null)
      this.ended = n === 0
      let text
      try {
        text = this.decoder.decode(this.chunk.subarray(0, n), { stream: n > 0 })
      } catch {
        throw new Refused('it is not UTF-8: save the file as UTF-8')
      }
      if (text.includes('\0')) throw new Refused('a NUL character: this is not text')
      if (text) return text
    }
    return ''
  }

  close() {
    fs.closeSync(this.fd)
  }
}

/* A strict parser over one text that holds the whole value. */
class Parser {
  constructor(text, row) {
    this.text = text
    this.at = 0
    this.row = row
  }

  refuse(message) {
    throw new Refused(message, this.row)
  }

  blank() {
    while (' \t\n\r'.includes(this.text[this.at] ?? '\0')) this.at++
  }

  take(what) {
    this.blank()
    if (this.text[this.at] !== what) this.refuse(`'${what}' is expected, not '${shown(this.text.slice(this.at, this.at + 12))}'`)
    this.at++
  }

  /* Behind white space: is this the next character? Then it is taken. */
  may(what) {
    this.blank()
    if (this.text[this.at] !== what) return false
    this.at++
    return true
  }

  string() {
    const from = this.at
    this.at++
    for (;;) {
      const quote = this.text.indexOf('"', this.at)
      if (quote < 0) this.refuse('a text is never closed')
      let back = quote - 1
      while (this.text[back] === '\\') back--
      this.at = quote + 1
      if ((quote - back) % 2) break
    }
    let value
    try {
      value = JSON.parse(this.text.slice(from, this.at))
    } catch {
      this.refuse(`'${shown(this.text.slice(from, this.at))}' is no JSON text`)
    }
    if (LONE_SURROGATE.test(value)) this.refuse('a text holds half a surrogate pair, which UTF-8 cannot express')
    return value
  }

  /* A number, true, false or null as its lexeme. */
  word() {
    for (const one of ['true', 'false', 'null'])
      if (this.text.startsWith(one, this.at)) {
        this.at += one.length
        return one
      }
    NUMBER.lastIndex = this.at
    const m = NUMBER.exec(this.text)
    if (!m) this.refuse(`'${shown(this.text.slice(this.at, this.at + 12))}' is no JSON value`)
    this.at = NUMBER.lastIndex
    return m[0]
  }

  /* Any value as JSON text without white space. */
  compact(depth) {
    if (depth > DEPTH_MAX) this.refuse(`it is nested deeper than ${DEPTH_MAX}`)
    this.blank()
    const open = this.text[this.at]
    if (open === '"') return JSON.stringify(this.string())
    if (open !== '{' && open !== '[') return this.word()
    const close = open === '{' ? '}' : ']'
    const parts = []
    const names = new Set()
    this.at++
    while (!this.may(close)) {
      if (parts.length) this.take(',')
      let name = ''
      if (open === '{') {
        name = this.name(names)
        this.take(':')
        name = JSON.stringify(name) + ':'
      }
      parts.push(name + this.compact(depth + 1))
    }
    return open + parts.join(',') + close
  }

  name(names) {
    this.blank()
    if (this.text[this.at] !== '"') this.refuse('the name of a member is expected')
    const name = this.string()
    if (names.has(name)) this.refuse(`the member \`${shown(name)}\` stands there twice`)
    names.add(name)
    return name
  }

  value() {
    this.blank()
    const first = this.text[this.at]
    if (first === '"') return this.string()
    if (first === '{' || first === '[') return new Nested(this.compact(1))
    const word = this.word()
    return word === 'true' ? true : word === 'false' ? false : word === 'null' ? null : new Lexeme(word)
  }

  row_() {
    const members = new Map()
    const names = new Set()
    this.take('{')
    while (!this.may('}')) {
      if (members.size) this.take(',')
      const name = this.name(names)
      this.take(':')
      members.set(name, this.value())
    }
    return members
  }
}

/* JSON text made compact, or undefined when it is none. */
export function compactJson(text) {
  try {
    const parser = new Parser(text, null)
    const out = parser.compact(1)
    parser.blank()
    return parser.at === text.length ? out : undefined
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/* Where the object that begins at `from` ends, or -1. state goes on where the text ended. */
function objectEnd(text, state) {
  for (; state.at < text.length; state.at++) {
    const c = text.charCodeAt(state.at)
    if (state.isText) {
      if (c === 92) state.at++
      else if (c === 34) state.isText = false
    } else if (c === 34) state.isText = true
    else if (c === 123 || c === 91) state.depth++
    else if ((c === 125 || c === 93) && --state.depth === 0) return state.at + 1
  }
  return -1
}

/* The rows of a JSON array of objects, each a Map of its members: string, true, false, null, Lexeme or Nested. */
export function* jsonRows(path) {
  const source = new Text(path)
  let text = source.next()
  let row = 0
  const more = () => {
    const next = source.next()
    text += next
    return next !== ''
  }
  const skip = () => {
    for (;;) {
      text = text.replace(/^[ \t\n\r]+/, '')
      if (text || !more()) return text[0]
    }
  }
  if (skip() !== '[') throw new Refused('a JSON array of objects is expected')
  text = text.slice(1)
  for (;;) {
    let next = skip()
    if (next === ']') break
    if (row > 0) {
      if (next !== ',') throw new Refused("',' or ']' is expected behind a row", row)
      text = text.slice(1)
      next = skip()
    }
    row++
    if (next !== '{') throw new Refused('an object with the columns as members is expected', row)
    const state = { at: 0, depth: 0, isText: false }
    let end
    while ((end = objectEnd(text, state)) < 0) {
      if (text.length > ROW_CHARACTERS_MAX) throw new Refused('the row is longer than 8 MiB; that is the limit', row)
      if (!more()) throw new Refused('the file ends inside a row; it is cut off', row)
    }
    const parser = new Parser(text.slice(0, end), row)
    const members = parser.row_()
    if (parser.at !== end) throw new Refused('something stands behind the row', row)
    text = text.slice(end)
    yield { row, members }
  }
  text = text.slice(1)
  if (skip() !== undefined) throw new Refused('something stands behind the end of the array')
  source.close()
}
