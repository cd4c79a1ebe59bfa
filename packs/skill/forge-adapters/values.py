# SPDX-License-Identifier: Apache-2.0
"""One value to another, as a stated conversion says: dates, timestamps, numbers, money, units, booleans, enums.

The vocabulary is that of backend/pack/detect.h and docs/ADAPTERS.md. Text in, text out, exactly: no float is
ever made. What does not convert raises Refused with the reason; nothing is guessed.
"""
import re
from decimal import Decimal, ROUND_HALF_UP, Context

DIGITS_MAX = 400
EXACT = Context(prec=1000, Emax=10**6, Emin=-10**6)
STYLES = {  # style -> (grouped whole numbers, separators, decimal mark)
    "us": (re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+"), ",", "."),
    "eu": (re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+"), ".", ","),
    "swiss": (re.compile("[1-9][0-9]{0,2}(?:['\u2019][0-9]{3})+"), "'\u2019", "."),
    "space": (re.compile("[1-9][0-9]{0,2}(?:[ \u00a0\u2009\u202f][0-9]{3})+"), " \u00a0\u2009\u202f", ","),
}
STYLES["swiss-comma"] = STYLES["swiss"][:2] + (",",)
STYLES["space-point"] = STYLES["space"][:2] + (".",)
STYLE_SHOWS = {"us": "1,234.5", "eu": "1.234,5", "swiss": "1'234.5", "space": "1 234,5", "swiss-comma": "1'234,5", "space-point": "1 234.5"}
WHOLE = re.compile(r"0|[1-9][0-9]*")
FRACTION = re.compile(r"[0-9]+")
BLANKS = " \t\u00a0\u2009\u202f"
CODE = re.compile(r"[A-Z]{3}")
# Signs that several currencies share say nothing by themselves; with a stated code they are taken for it.
SIGNS = {"€": {"EUR"}, "£": {"GBP"}, "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"}, "US$": {"USD"},
         "C$": {"CAD"}, "CA$": {"CAD"}, "A$": {"AUD"}, "AU$": {"AUD"}, "NZ$": {"NZD"}, "S$": {"SGD"}, "HK$": {"HKD"},
         "¥": {"JPY", "CNY"}, "JP¥": {"JPY"}, "CN¥": {"CNY"}, "₹": {"INR"}, "₽": {"RUB"}, "₩": {"KRW"},
         "zł": {"PLN"}, "kr": {"SEK", "NOK", "DKK", "ISK"}, "kr.": {"DKK"}, "Fr.": {"CHF"}, "SFr.": {"CHF"},
         "MX$": {"MXN"}, "₫": {"VND"}, "₴": {"UAH"}, "₱": {"PHP"}, "R$": {"BRL"}, "₺": {"TRY"}, "₪": {"ILS"}, "฿": {"THB"}, "Kč": {"CZK"}, "Ft": {"HUF"}}
MONTHS = {}
for _index, _names in enumerate((
        "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
        "sep sept september", "oct october", "nov november", "dec december"), 1):
    for _name in _names.split():
        MONTHS[_name] = _index
TRUE = {"true", "yes", "y", "t", "1", "on"}
FALSE = {"false", "no", "n", "f", "0", "off"}
NUMERIC_DATE = re.compile(r"([0-9]{1,4})([/.\- ])([0-9]{1,2})\2([0-9]{1,4})\.?")
COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
DAY_NAME_YEAR = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ \-/.]*([A-Za-z]{3,9})\.?[ \-/.,]*([0-9]{2}(?:[0-9]{2})?)")
NAME_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.?[ \-/.]*([0-9]{1,2})(?:st|nd|rd|th)?[ \-/.,]+([0-9]{2}(?:[0-9]{2})?)")
YEAR_NAME_DAY = re.compile(r"([0-9]{4})[ \-/.]*([A-Za-z]{3,9})\.?[ \-/.]*([0-9]{1,2})")
TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})([.,][0-9]{1,9})?)?(?: ?([AaPp])\.?[Mm]\.?)?"
                  r"(?: ?(Z|z|UTC|GMT|[+\-][0-9]{2}(?::?[0-9]{2})?))?")
ZONE = re.compile(r"Z|[+\-](?:0[0-9]|1[0-4]):[0-5][0-9]")
HOURS = re.compile(r"([0-9]{1,9}):([0-5][0-9])(?::([0-5][0-9]))?")


class Refused(Exception):
    """Why a value does not convert."""


class BadConvert(Exception):
    """Why a conversion is none of the vocabulary."""


# --- numbers -----------------------------------------------------------------------------------------------------------

def signed(text):
    """(text without its sign, is negative): a sign in front or behind, or brackets."""
    text = text.strip(BLANKS).replace("\u2212", "-").replace("\u2013", "-")
    if text[-3:-2].isdecimal() and text.endswith((".-", ",-")):  # 5.- is five and no cents
        text = text[:-2]
    if text.startswith("(") and text.endswith(")"):
        inner = text[1:-1].strip(BLANKS)
        if inner[:1] in ("+", "-") or inner[-1:] in ("+", "-"):
            raise Refused("a sign and brackets together")
        return inner, True
    if text[:1] in ("+", "-"):
        return text[1:].lstrip(BLANKS), text[0] == "-"
    if text[-1:] == "-":
        return text[:-1].rstrip(BLANKS), True
    return text, False


def plain_number(text, style):
    """The digits of an unsigned number with a point for its decimal mark."""
    grouped, separators, mark = STYLES[style]
    if len(text) > DIGITS_MAX:
        raise Refused("more than %d digits" % DIGITS_MAX)
    whole, point, fraction = text.partition(mark)
    if grouped.fullmatch(whole):
        for one in separators:
            whole = whole.replace(one, "")
    if point and not FRACTION.fullmatch(fraction) or not (whole == "" and point or WHOLE.fullmatch(whole)):
        raise Refused("no number written as %s" % STYLE_SHOWS[style])
    return (whole or "0") + ("." + fraction if point else "")


def number(text, style):
    digits, is_negative = signed(text)
    digits = plain_number(digits, style)
    return "-" + digits if is_negative and digits.strip("0.") else digits


def money(text, style, code):
    """(amount, currency). code None: the value names its own."""
    digits, is_negative = signed(text)
    sign, rest = currency_of(digits)
    if sign is not None and rest[:1] in ("-", "+") or rest[-1:] == "-":
        if is_negative:
            raise Refused("two signs")
        rest, is_negative = signed(rest)
    elif sign is not None and rest.startswith("("):
        rest, is_negative = signed(rest)
    found = {sign} if sign and CODE.fullmatch(sign) else SIGNS.get(sign, set())
    if code is None and len(found) != 1:
        raise Refused("no currency is named" if not sign else "%s stands for several currencies (%s)" % (
            sign, ", ".join(sorted(found))))
    if code is not None and sign is not None and code not in found:
        raise Refused("the currency is %s, not %s" % (sign, code))
    amount = plain_number(rest, style)
    return ("-" + amount if is_negative and amount.strip("0.") else amount), code or found.pop()


def currency_of(text):
    """(sign or code, the rest); (None, text) without one."""
    for sign in sorted(SIGNS, key=len, reverse=True):
        if text.startswith(sign):
            return sign, text[len(sign):].strip(BLANKS)
        if text.endswith(sign):
            return sign, text[:-len(sign)].strip(BLANKS)
    if CODE.fullmatch(text[:3]):
        return text[:3], text[3:].strip(BLANKS)
    if CODE.fullmatch(text[-3:]):
        return text[-3:], text[:-3].strip(BLANKS)
    return None, text


def unit_off(text, unit):
    """The number without its unit, in brackets where both were; None without that unit."""
    text = text.strip(BLANKS)
    is_closed = text.startswith("(") and text.endswith(")")
    if is_closed:
        text = text[:-1].rstrip(BLANKS)
    if not text.endswith(unit):
        return None
    return text[:-len(unit)].rstrip(BLANKS) + (")" if is_closed else "")


def percent(text, style):
    text = unit_off(text, "%")
    if text is None:
        raise Refused("no percent sign: whether it is a percentage is not said")
    value = Decimal(number(text, style))
    return format(value.scaleb(-2, EXACT), "f")


def hours(text, decimals, style):
    body, is_negative = signed(text)
    match = HOURS.fullmatch(body)
    if not match:
        for unit in ("hours", "hour", "hrs", "hr", "h"):
            if body.lower().endswith(unit):
                body = body[:-len(unit)].rstrip(BLANKS)
                break
        found = plain_number(body, style)
    else:
        seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
        if decimals is None:
            # A fraction of 3600 ends in decimal when what is left of 3600 is made of twos and fives: 9 must divide.
            if seconds % 9:
                raise Refused("no exact decimal of hours; unit:hours:2 would round it to two digits")
            found = EXACT.divide(Decimal(seconds), Decimal(3600))
        else:
            found = EXACT.divide(Decimal(seconds), Decimal(3600)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        found = format(found, "f")
    return "-" + found if is_negative and found.strip("0.") else found


def without_unit(text, unit, style):
    text = unit_off(text, unit)
    if text is None:
        raise Refused("it does not carry the unit %s" % unit)
    return number(text, style)


# --- dates ---------------------------------------------------------------------------------------------------------------

def is_day(year, month, day):
    if not (1 <= month <= 12 and 1 <= day and 1000 <= year <= 9999):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def whole_year(text, pivot):
    if len(text) == 4:
        return int(text)
    if len(text) != 2:
        raise Refused("no date: the year has %d digits" % len(text))
    if pivot is None:
        raise Refused("the year has two digits, and no pivot says its century")
    return int(text) + (2000 if int(text) < pivot else 1900)


def named_month(word):
    month = MONTHS.get(word.lower())
    if month is None:
        raise Refused("'%s' is no month" % word)
    return month


def in_order(first, second, year, order):
    """(year, month, day) of 03/04/2026."""
    if order == "dmy":
        return year, second, first
    if order == "mdy":
        return year, first, second
    if first == second or first > 12 >= second:
        return year, second, first
    if second > 12 >= first:
        return year, first, second
    raise Refused("day and month cannot be told apart")


def date(text, order, pivot):
    """YYYY-MM-DD. order: dmy mdy ymd name ambiguous."""
    text = text.strip(BLANKS)
    match = DAY_NAME_YEAR.fullmatch(text)
    if match:
        found = whole_year(match[3], pivot), named_month(match[2]), int(match[1])
    elif NAME_DAY_YEAR.fullmatch(text):
        match = NAME_DAY_YEAR.fullmatch(text)
        found = whole_year(match[3], pivot), named_month(match[1]), int(match[2])
    elif YEAR_NAME_DAY.fullmatch(text):
        match = YEAR_NAME_DAY.fullmatch(text)
        found = int(match[1]), named_month(match[2]), int(match[3])
    elif order == "name":
        raise Refused("no date with the month as a word")
    else:
        found = numeric_date(text, order, pivot)
    if not is_day(*found):
        raise Refused("there is no such day in the order %s" % order if order in ("dmy", "mdy", "ymd") else
                      "there is no such day")
    return "%04d-%02d-%02d" % found


def numeric_date(text, order, pivot):
    match = COMPACT_DATE.fullmatch(text)
    if match and order in ("ymd", "ambiguous"):
        return int(match[1]), int(match[2]), int(match[3])
    match = NUMERIC_DATE.fullmatch(text)
    if not match:
        raise Refused("no date")
    first, second, last = match[1], match[3], match[4]
    if len(first) == 4 and len(last) <= 2:  # nobody writes year, day, month
        return int(first), int(second), int(last)
    if len(first) > 2 or order == "ymd":
        if order == "ymd" and len(first) == 2 and len(last) <= 2 and pivot is not None:
            return whole_year(first, pivot), int(second), int(last)
        raise Refused("no date with the year first")
    return in_order(int(first), int(second), whole_year(last, pivot), order)


def clock(text):
    """hh:mm:ss[.f] and zone (None) of a time of day."""
    match = TIME.fullmatch(text)
    if not match:
        raise Refused("no time of day")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        if not 1 <= hour <= 12:
            raise Refused("no time of day: %d with am or pm" % hour)
        hour = hour % 12 + (12 if match[5] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise Refused("no time of day")
    zone = match[6]
    if zone in ("Z", "z", "UTC", "GMT"):
        zone = "Z"
    elif zone:
        zone = zone[:3] + ":" + (zone[-2:] if len(zone) > 3 else "00")
        if not ZONE.fullmatch(zone):
            raise Refused("no time zone: %s" % zone)
    return "%02d:%02d:%02d%s" % (hour, minute, second, (match[4] or "").replace(",", ".")), zone


def timestamp(text, order, pivot, zone):
    text = text.strip(BLANKS)
    match = re.fullmatch(r"(.*[^ ])(?:[Tt]|,? +)([0-9]{1,2}:[0-9]{2}.*)", text)
    if not match:
        raise Refused("no date with a time of day")
    day = date(match[1], order, pivot)
    at, own = clock(match[2])
    if own is None and zone is None:
        raise Refused("it says no time zone, and the conversion gives none")
    return "%sT%s%s" % (day, at, own or zone)


def unix_time(text, is_ms):
    text = text.strip(BLANKS)
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise Refused("no whole number of %s since 1970" % ("milliseconds" if is_ms else "seconds"))
    seconds, ms = divmod(int(text), 1000) if is_ms else (int(text), None)
    days, rest = divmod(seconds, 86400)
    # Days to a calendar date after Hinnant, "chrono-compatible low-level date algorithms".
    days += 719468
    era, doe = divmod(days, 146097)
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    day, month = doy - (153 * mp + 2) // 5 + 1, mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (month <= 2)
    if not 1000 <= year <= 9999:
        raise Refused("the year %d" % year)
    return "%04d-%02d-%02dT%02d:%02d:%02d%sZ" % (year, month, day, rest // 3600, rest // 60 % 60, rest % 60,
                                                "" if ms is None else ".%03d" % ms)


# --- the vocabulary --------------------------------------------------------------------------------------------------------

def boolean(text):
    word = text.strip(BLANKS).lower()
    if word not in TRUE and word not in FALSE:
        raise Refused("neither true nor false (yes, no, y, n, t, f, 1, 0, on, off)")
    return "true" if word in TRUE else "false"


def enum_reader(values):
    by_case = {}
    for one in values or []:
        if by_case.setdefault(one.casefold(), one) != one:
            raise BadConvert("two of its values differ in case only: %s" % one)
    if not by_case:
        raise BadConvert("enum:case needs \"values\"")

    def read(text):
        found = by_case.get(text.strip(BLANKS).casefold())
        if found is None:
            raise Refused("none of %s" % ", ".join(values[:20]))
        return found
    return read


def style_of(parts, default="us"):
    style = parts.pop(0) if parts and parts[0] in STYLES else default
    if style not in STYLES:
        raise BadConvert("number styles are %s" % ", ".join(STYLES))
    return style


def pivot_of(parts):
    return int(parts.pop(0)) if parts and re.fullmatch("[0-9]{1,2}", parts[0]) else None


def date_reader(parts):
    order = parts.pop(0) if parts else None
    if order == "iso":
        order = "ymd"
    if order is not None and "mon" in order.lower():
        order = "name"
    if order not in ("ymd", "dmy", "mdy", "name", "ambiguous"):
        raise BadConvert("orders of dates are ymd, dmy, mdy, name, ambiguous")
    return order, pivot_of(parts)


def reader_of(convert, values=None):
    """A function text -> text, or text -> (text, currency) for money. BadConvert when it is none of the vocabulary."""
    parts = convert.split(":")
    word = parts.pop(0)
    read = None
    if word == "date":
        order, pivot = date_reader(parts)
        read = lambda text: date(text, order, pivot)  # noqa: E731
    elif word == "timestamp" and parts[:1] in (["unix"], ["unix_ms"]):
        is_ms = parts.pop(0) == "unix_ms"
        read = lambda text: unix_time(text, is_ms)  # noqa: E731
    elif word == "timestamp":
        order, pivot = date_reader(parts)
        zone = ":".join(parts) or None
        if zone in ("UTC", "GMT"):
            zone = "Z"
        if zone and not ZONE.fullmatch(zone):
            raise BadConvert("a time zone is Z or an offset such as +01:00")
        parts = []
        read = lambda text: timestamp(text, order, pivot, zone)  # noqa: E731
    elif word == "number":
        style = style_of(parts, None)
        read = lambda text: number(text, style)  # noqa: E731
    elif word == "money":
        style = style_of(parts, None)
        code = parts.pop(0) if parts and CODE.fullmatch(parts[0]) else None
        read = lambda text: money(text, style, code)  # noqa: E731
    elif word == "unit" and parts[:1] == ["percent"]:
        style = style_of(parts[1:]) if parts[1:] else "us"
        parts = parts[2:]
        read = lambda text: percent(text, style)  # noqa: E731
    elif word == "unit" and parts[:1] == ["hours"]:
        parts = parts[1:]
        style = style_of(parts)
        decimals = int(parts.pop(0)) if parts and re.fullmatch("[0-9]", parts[0]) else None
        read = lambda text: hours(text, decimals, style)  # noqa: E731
    elif word == "unit" and parts[:1] == ["drop"] and len(parts) > 1 and parts[1]:
        unit = parts[1]
        parts = parts[2:]
        style = style_of(parts)
        read = lambda text: without_unit(text, unit, style)  # noqa: E731
    elif word == "boolean":
        read = boolean
    elif word == "enum" and parts == ["case"]:
        parts = []
        read = enum_reader(values)
    elif word == "trim":
        read = lambda text: text.strip(BLANKS)  # noqa: E731
    if read is None or parts:
        raise BadConvert("there is no conversion '%s'" % convert)
    return read


def gives_currency(convert):
    return convert.startswith("money:")
