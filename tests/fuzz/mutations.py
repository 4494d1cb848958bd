"""Change a sound workbook file into one that is not: by bytes, by parts of the archive, by elements of its XML."""

import random
import re
import zipfile
from collections.abc import Callable
from io import BytesIO

TAG = re.compile(rb"<[A-Za-z][^<>]*>")
ELEMENT = re.compile(rb"<([A-Za-z:]+)(?:\s[^<>]*)?>[^<>]*</\1>")
ATTRIBUTE = re.compile(rb'([A-Za-z:]+)="([^"<>]*)"')
TEXT = re.compile(rb">([^<>]+)<")
# What no workbook should hold where it stands, and what some do.
ODD = [
    *(
        b"",
        b"0",
        b"-1",
        b"1",
        b"2147483648",
        b"99999999999999999999",
        b"1e999",
        b"-1e308",
        b"nan",
        b"inf",
        b"1_0",
        b"0.1",
    ),
    *(b"true", b"#REF!", b"#N/A", b"=1+1", b"=cmd|' /C calc'!A1", b"A1", b"XFD1048576", b"A0", b"A1:", b"$B$2:ZZ99999"),
    *(
        b"31/02/2019",
        b"13/13/13",
        b"01/04/18",
        b"Apr-18",
        b"Q5 2019",
        b"TBC",
        b"(1,000)",
        b"\xc2\xa3-",
        b"1,2,3",
        b"150%",
    ),
    *(
        b"RED",
        b"\xc2\xa0",
        b"\xe2\x80\xaf5",
        b"x" * 40_000,
        b"&amp;" * 50,
        b"_x0000__xD800_",
        b"\xf0\x9f\x92\xa5",
        b"' OR 1=1",
    ),
    *(
        b"s",
        b"str",
        b"e",
        b"b",
        b"d",
        b"n",
        b"inlineStr",
        b"shared",
        b"hidden",
        b"veryHidden",
        b"99",
        b"3000000",
        b"60",
    ),
    *(
        b"../../outside.xml",
        b"http://example.org/x",
        b"rId1",
        b"rId99",
        b"\xd9\xa3",
        b"\xe2\x91\xa0",
        b"9999-12-31",
        b"0000-00-00",
    ),
]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A changed copy of a file. Most changes are within its parts, so that a packed file still opens."""
    if not content.startswith(b"PK") or chance.random() < 0.15:
        return _several(content, chance, _BYTES if content[:2] in (b"PK", b"\xd0\xcf") else [*_BYTES, _odd_value])
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        return content
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if chance.random() < 0.12:
            _change_parts(parts, chance)
        else:
            # Sheets are what people write in; the other parts are small, so all of them get their turn.
            sheets = [name for name in parts if "sheet" in name.lower() or name == "content.xml"]
            name = chance.choice(sheets if sheets and chance.random() < 0.6 else list(parts))
            parts[name] = _several(parts[name], chance, _XML)
    return _packed(parts)


def _several(content: bytes, chance: random.Random, ways: list[Callable]) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        content = chance.choice(ways)(content, chance)
    return content


def _packed(parts: dict[str, bytes]) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


# Parts -------------------------------------------------------------------------------------------------------------


def _change_parts(parts: dict[str, bytes], chance: random.Random) -> None:
    one, other = chance.choice(list(parts)), chance.choice(list(parts))
    way = chance.randrange(5)
    if way == 0 and len(parts) > 1:
        del parts[one]
    elif way == 1:
        parts[one] = parts[other]
    elif way == 2:
        parts[one + chance.choice(("x", "/", " ", ".bak"))] = parts.pop(one)
    elif way == 3:
        parts[chance.choice(("../x.xml", "xl/vbaProject.bin", "xl/externalLinks/a.xml", "A" * 200))] = parts[one]
    else:
        parts[one] = b""


# Bytes -------------------------------------------------------------------------------------------------------------


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _drop(content: bytes, chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + content[end:]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + content[start:end] * chance.choice((2, 3, 50)) + content[end:]


def _move(content: bytes, chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    rest, at = content[:start] + content[end:], chance.randrange(len(content) + 1)
    return rest[:at] + content[start:end] + rest[at:]


def _span(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice((1, 4, 40, 400)))


def _odd_value(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(ODD) + content[at:]


_BYTES: list[Callable] = [_flip, _flip, _cut, _drop, _repeat, _move]


# XML ---------------------------------------------------------------------------------------------------------------


def _one_of(pattern: re.Pattern[bytes], content: bytes, chance: random.Random) -> re.Match[bytes] | None:
    """A match near a place taken at random: to list all of them is dear in a long part."""
    at = chance.randrange(len(content) + 1)
    return pattern.search(content, at) or pattern.search(content)


def _put(content: bytes, span: tuple[int, int], words: bytes) -> bytes:
    return content[: span[0]] + words + content[span[1] :]


def _odd_attribute(content: bytes, chance: random.Random) -> bytes:
    found = _one_of(ATTRIBUTE, content, chance)
    return _put(content, found.span(2), chance.choice(ODD).replace(b"'", b"").replace(b"<", b"")) if found else content


def _odd_text(content: bytes, chance: random.Random) -> bytes:
    found = _one_of(TEXT, content, chance)
    return _put(content, found.span(1), chance.choice(ODD)) if found else content


def _swapped_text(content: bytes, chance: random.Random) -> bytes:
    one, other = _one_of(TEXT, content, chance), _one_of(TEXT, content, chance)
    return _put(content, one.span(1), other[1]) if one and other else content


def _no_attribute(content: bytes, chance: random.Random) -> bytes:
    found = _one_of(ATTRIBUTE, content, chance)
    return _put(content, found.span(), b"") if found else content


def _no_element(content: bytes, chance: random.Random) -> bytes:
    found = _one_of(ELEMENT, content, chance)
    return _put(content, found.span(), b"") if found else content


def _element_again(content: bytes, chance: random.Random) -> bytes:
    found = _one_of(ELEMENT, content, chance)
    return _put(content, found.span(), found[0] * chance.choice((2, 3, 200))) if found else content


def _element_elsewhere(content: bytes, chance: random.Random) -> bytes:
    found, at = _one_of(ELEMENT, content, chance), _one_of(TAG, content, chance)
    return _put(content, (at.start(), at.start()), found[0]) if found and at else content


def _tag_gone(content: bytes, chance: random.Random) -> bytes:
    found = _one_of(TAG, content, chance)
    return _put(content, found.span(), b"") if found else content


_XML: list[Callable] = [
    *(_odd_attribute, _odd_attribute, _odd_attribute, _odd_text, _odd_text, _odd_text, _odd_text, _swapped_text),
    *(_no_attribute, _no_attribute, _no_element, _element_again, _element_elsewhere, _tag_gone, _flip, _cut),
]
