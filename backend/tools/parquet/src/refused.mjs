/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told when a file cannot be worked on. row and column count from 1. */
export class Refused extends Error {
  constructor(message, row = null, column = null) {
    super(message)
    this.row = row
    this.column = column
  }
}

/* A value or name in a message: short, on one line. */
export function shown(value, most = 60) {
  const text = String(value)
  const short = text.slice(0, most).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
  return text.length > most ? short + '…' : short
}
