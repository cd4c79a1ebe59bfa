/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parquet's values as text and back, digit for digit: no decimal, whole number, date or time passes through a double.
 */
const MILLIS_PER_DAY = 86400000
const UNITS = { MILLIS: [1000n, 3], MICROS: [1000000n, 6], NANOS: [1000000000n, 9] }
export const DECIMAL_DIGITS_MAX = 38

/* Days since 1970-01-01 as YYYY-MM-DD; years beyond 0000 to 9999 as ISO 8601 writes them, +12345-01-01. */
export function dateText(days) {
  // Howard Hinnant's civil_from_days; days fit into 32 bits, so every step is exact.
  const z = days + 719468
  const era = Math.floor(z / 146097)
  const doe = z - era * 146097
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365)
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1
  const month = mp < 10 ? mp + 3 : mp - 9
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0)
  const two = (n) => String(n).padStart(2, '0')
  const y = year >= 0 && year <= 9999 ? String(year).padStart(4, '0')
    : (year < 0 ? '-' : '+') + String(Math.abs(year)).padStart(4, '0')
  return y + '-' + two(month) + '-' + two(day)
}

/* The day's number, or undefined when there is no such day. */
export function daysOf(year, month, day) {
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  const back = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  return back ? Math.round(at.getTime() / MILLIS_PER_DAY) : undefined
}

function clockText(count, unit) {
  const [per, digits] = UNITS[unit]
  const seconds = Number(count / per)
  const rest = count % per
  const two = (n) => String(n).padStart(2, '0')
  const text = two(Math.floor(seconds / 3600)) + ':' + two(Math.floor(seconds / 60) % 60) + ':' + two(seconds % 60)
  return rest ? text + '.' + String(rest).padStart(digits, '0') : text
}

/* A time of day; below 0 or beyond a day it is no time: undefined. */
export function timeText(count, unit) {
  const n = BigInt(count)
  return n >= 0n && n < 86400n * UNITS[unit][0] ? clockText(n, unit) : undefined
}

/* The fraction is left out where it is 0, else it has the unit's digits. */
export function timestampText(count, unit, isUtc) {
  const perDay = 86400n * UNITS[unit][0]
  let days = count / perDay
  let rest = count % perDay
  if (rest < 0n) {
    rest += perDay
    days -= 1n
  }
  return dateText(Number(days)) + 'T' + clockText(rest, unit) + (isUtc ? 'Z' : '')
}

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/

/* { nanos, fraction: digits, zone: '' or 'Z' or '+02:00' }, or undefined. nanos are UTC's where there is a zone. */
export function timestampOf(text) {
  const m = TIMESTAMP.exec(text)
  if (!m) return undefined
  const days = daysOf(+m[1], +m[2], +m[3])
  const [hour, minute, second] = [+m[4], +m[5], +(m[6] ?? 0)]
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  let seconds = days * 86400 + hour * 3600 + minute * 60 + second
  const zone = m[8] ?? ''
  if (zone.length > 1) {
    const [h, min] = [+zone.slice(1, 3), +zone.slice(4)]
    if (h > 14 || min > 59) return undefined
    seconds -= (zone[0] === '-' ? -1 : 1) * (h * 3600 + min * 60)
  }
  const fraction = (m[7] ?? '').replace(/0+$/, '')
  return { nanos: BigInt(seconds) * 1000000000n + BigInt(fraction.padEnd(9, '0')), fraction: fraction.length, zone }
}

export function dateOf(text) {
  const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  return m ? daysOf(+m[1], +m[2], +m[3]) : undefined
}

/* An unscaled whole number with its point put in. */
export function decimalText(unscaled, scale) {
  const n = BigInt(unscaled)
  if (scale === 0) return String(n)
  const digits = String(n < 0n ? -n : n).padStart(scale + 1, '0')
  return (n < 0n ? '-' : '') + digits.slice(0, -scale) + '.' + digits.slice(-scale)
}

/* Two's complement, the highest byte first. */
export function bigOf(bytes) {
  if (!bytes.length) return 0n
  const n = BigInt('0x' + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'))
  return bytes[0] & 0x80 ? n - (1n << BigInt(bytes.length * 8)) : n
}

const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/

/*
 * { unscaled, scale, digits } of a decimal as it is written, exponent worked in, or undefined. digits: before the
 * point, as many as it takes. "-0" and "-0.00" are none: the sign would be lost.
 */
export function decimalOf(text) {
  const m = DECIMAL.exec(text)
  if (!m || text.length > 128) return undefined
  let fraction = m[3] ?? ''
  let whole = m[2]
  const exponent = +(m[4] ?? 0)
  if (Math.abs(exponent) > 64) return undefined
  if (exponent > 0) {
    whole += fraction.slice(0, exponent).padEnd(exponent, '0')
    fraction = fraction.slice(exponent)
  } else if (exponent < 0) {
    whole = whole.padStart(-exponent + 1, '0')
    fraction = whole.slice(exponent) + fraction
    whole = whole.slice(0, exponent)
  }
  const unscaled = BigInt(m[1] + whole + fraction)
  if (m[1] && unscaled === 0n) return undefined
  const digits = whole.replace(/^0+/, '').length
  return { unscaled, scale: fraction.length, digits }
}

/* The shortest decimal that is this double; of a float, the shortest that is this float. */
export function floatText(v, isSingle) {
  if (!Number.isFinite(v)) return JSON.stringify(Number.isNaN(v) ? 'NaN' : v > 0 ? 'Infinity' : '-Infinity')
  if (Object.is(v, -0)) return '-0'
  if (isSingle)
    for (let digits = 6; digits < 9; digits++) {
      const short = Number(v.toPrecision(digits))
      if (Math.fround(short) === v) return String(short)
    }
  return String(v)
}

export function halfOf(bytes) {
  const bits = (bytes[1] << 8) | bytes[0]
  const sign = bits >> 15 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return (sign * fraction) / 2 ** 24
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
}
