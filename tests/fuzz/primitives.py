"""Values of R4's primitive types, the odd ones among them: https://hl7.org/fhir/R4/datatypes.html#primitive"""

from base64 import b64encode
from datetime import UTC, timedelta, timezone
from typing import Any, Final

from hypothesis import strategies as st

Strategy = st.SearchStrategy[Any]

ODD_TEXTS: Final = (
    *("Åse Bjørg Sæther", "áčđŋšŧž", "👩‍👩‍👧‍👦", "e\u0301", "مرحبا", "\u202eabc", "\ufeffx", "a\u2028b", "\uffff"),
    *("' OR 1=1 --", "%_\\", "{}", "a,b|c$d", "\\N", "x" * 3000, "ﬀ", "ǅ", "ß", "\U0010ffff", "İstanbul", "1\r\n2\t3"),
)
_characters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
TEXTS: Final = st.one_of(
    st.sampled_from(("Kari", "Går i trapp", *ODD_TEXTS)),
    st.text(_characters, min_size=1, max_size=12).filter(lambda text: not text.isspace()),
)
_ZONES: Final = st.sampled_from(
    (UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-14)), timezone(timedelta(hours=14)))
)
_MOMENTS: Final = st.datetimes(timezones=_ZONES).map(lambda moment: moment.isoformat())
_DATES: Final = st.dates().map(lambda day: day.isoformat())
_ODD_DATES: Final = st.sampled_from(("2026", "2026-02", "2024-02-29", "0001", "9999-12", "0001-01-01", "9999-12-31"))
_ODD_MOMENTS: Final = st.sampled_from(
    (
        "2016-12-31T23:59:60Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999999-14:00",
        "2026-03-29T02:30:00+01:00",
    )
)
_URIS: Final = st.sampled_from(
    ("http://x.example/a", "urn:x", "urn:oid:1.2", "æ", "http://x.example/?a=b#c", "tel:1", "%")
)
_NUMBERS: Final = st.one_of(
    st.sampled_from((0, -1, 1, 0.1, 1e-9, -7.25, 1e30, -1e-30)),
    st.floats(-1e15, 1e15),
    st.decimals(-1000, 1000, places=3).map(float),
)

PRIMITIVES: Final[dict[str, Strategy]] = {
    "base64Binary": st.binary(min_size=1, max_size=12).map(lambda held: b64encode(held).decode()),
    "boolean": st.booleans(),
    "canonical": st.sampled_from(("http://x.example/a|1", "http://x.example/a", "urn:x")),
    "code": st.sampled_from(("x", "nb", "text/plain", "a b", "æ", "x" * 200)),
    "date": st.one_of(_ODD_DATES, _DATES),
    "dateTime": st.one_of(_ODD_DATES, _DATES, _MOMENTS, _ODD_MOMENTS),
    "decimal": _NUMBERS,
    "id": st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True),
    "instant": st.one_of(_MOMENTS, _ODD_MOMENTS),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "markdown": TEXTS,
    "oid": st.sampled_from(("urn:oid:2.16.578.1.12.4.1.4.1", "urn:oid:0.0")),
    "positiveInt": st.integers(1, 2**31 - 1),
    "string": TEXTS,
    "time": st.times().map(lambda time: time.isoformat()),
    "unsignedInt": st.integers(0, 2**31 - 1),
    "uri": _URIS,
    "url": _URIS,
    "uuid": st.uuids().map(lambda made: f"urn:uuid:{made}"),
}
