"""Parts of a layout that are written in lines: spellings, meanings, sums, counts, colours, what a council must have.

Each takes and gives what the layout file holds; a line that cannot be read is named, and what was typed stays.
"""

import re
from typing import Any

from django import forms

from projects.imports.layout_files import LONGEST
from projects.rules.kinds import Kind
from projects.rules.printable import printable

KEY = re.compile(r"[a-z_]+\.[a-z_]+")
SUM = re.compile(r"\s*([+−-])?\s*([a-z_]+\.[a-z_]+)")
COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})")
KINDS_OF_STATUS = [kind.value for kind in Kind]
TOTAL, IN_COLUMN = "total", "in "


class Lines(forms.CharField):
    """Several spellings, one a line."""

    def __init__(self, **kwargs):
        rows = kwargs.pop("rows", 2)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), required=False, max_length=10_000, **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value) -> list[str]:
        lines = [" ".join(printable(line).split()) for line in (super().to_python(value) or "").splitlines()]
        if long := next((line for line in lines if len(line) > LONGEST // 4), None):
            raise forms.ValidationError(f"“{long[:40]}…” is too long for a heading.")
        return [line for line in dict.fromkeys(lines) if line]


class Notation(Lines):
    """Lines that each stand for a part of what is held."""

    def lines_of(self, held) -> list[str]:
        """What is held, in lines."""
        raise NotImplementedError

    def prepare_value(self, value):
        return super().prepare_value(self.lines_of(value) if isinstance(value, dict | list | tuple) else value)


class Meanings(Notation):
    """Words and the code that each stands for: "Yes = yes", one a line."""

    def lines_of(self, held: dict[str, str]) -> list[str]:
        return [f"{word} = {code}" for word, code in held.items()]

    def to_python(self, value) -> dict[str, str]:
        said = {}
        for line in super().to_python(value):
            word, sign, code = (part.strip() for part in line.partition("="))
            if not (word and sign and code):
                raise forms.ValidationError(f"“{line}” should read: words in the sheet = what they stand for.")
            said[word] = code
        return said


class WordsByKey(Notation):
    """Several words for each field: "node.tier = gold, silver", one field a line."""

    def lines_of(self, held: dict[str, list[str]]) -> list[str]:
        return [f"{key} = {', '.join(words)}" for key, words in held.items()]

    def to_python(self, value) -> dict[str, list[str]]:
        said = {}
        for line in super().to_python(value):
            key, sign, words = line.partition("=")
            many = [word.strip() for word in words.split(",") if word.strip()]
            if not (sign and many and KEY.fullmatch(key.strip())):
                raise forms.ValidationError(f"“{line}” should read: field = word, word.")
            said[key.strip()] = many
        return said


class Sums(Notation):
    """What figures of a row come to: "saving.net = saving.at_risk - saving.other_way", one a line."""

    def lines_of(self, held: list[dict]) -> list[str]:
        return [self._line(one) for one in held]

    @staticmethod
    def _line(one: dict) -> str:
        less = "".join(f" - {key}" for key in one.get("less", ()))
        return f"{one['total']} = {' + '.join(one['parts'])}{less}"

    def to_python(self, value) -> list[dict]:
        said = []
        for line in super().to_python(value):
            total, _, terms = (part.strip() for part in line.partition("="))
            found = SUM.findall(terms)
            if not found or SUM.sub("", terms).strip() or not KEY.fullmatch(total) or any(not s for s, _ in found[1:]):
                raise forms.ValidationError(f"“{line}” should read: field = field + field - field.")
            less = [key for sign, key in found if sign in ("-", "−")]
            parts = [key for sign, key in found if sign not in ("-", "−")]
            said.append({"total": total, "parts": parts} | ({"less": less} if less else {}))
        return said


class Counts(Notation):
    """The rows of a table of counts: "products | on_track, watch | On Track | On plan", one row a line."""

    def lines_of(self, held: list[dict]) -> list[str]:
        return [self._line(one) for one in held]

    @staticmethod
    def _line(one: dict) -> str:
        column = [f"{IN_COLUMN}{one['column']}"] if one.get("column") else []
        what = [*([TOTAL] if one.get("is_total") else []), *one.get("kinds", ()), *column]
        return " | ".join([one["key"], ", ".join(what), *one["labels"]])

    def to_python(self, value) -> list[dict]:
        said = []
        for line in super().to_python(value):
            key, *rest = (part.strip() for part in line.split("|"))
            labels = [one for one in rest[1:] if one]
            if not key or not labels:
                raise forms.ValidationError(f"“{line}” should read: what is counted | which | words of the row.")
            said.append({"key": key, "labels": labels} | self._which(rest[0], line))
        return said

    @staticmethod
    def _which(words: str, line: str) -> dict[str, Any]:
        which: dict[str, Any] = {}
        for one in filter(None, (part.strip() for part in words.split(","))):
            if one == TOTAL:
                which["is_total"] = True
            elif one in KINDS_OF_STATUS:
                which.setdefault("kinds", []).append(one)
            elif one.startswith(IN_COLUMN):
                which["column"] = one.removeprefix(IN_COLUMN).strip()
            else:
                known = ", ".join(KINDS_OF_STATUS)
                raise forms.ValidationError(
                    f"“{one}” in “{line}” is not known: write total, in and the words of a column, or of {known}."
                )
        return which


class Colours(Notation):
    """Which status a fill stands for: "project: 00B050 = On Target", one colour a line."""

    def lines_of(self, held: dict[str, dict[str, str]]) -> list[str]:
        return [f"{subject}: {rgb} = {word}" for subject, colours in held.items() for rgb, word in colours.items()]

    def to_python(self, value) -> dict[str, dict[str, str]]:
        said: dict[str, dict[str, str]] = {}
        for line in super().to_python(value):
            subject, _, rest = (part.strip() for part in line.partition(":"))
            rgb, _, word = (part.strip() for part in rest.partition("="))
            found = COLOUR.fullmatch(rgb)
            if not (found and word and re.fullmatch(r"[a-z_]+", subject)):
                raise forms.ValidationError(f"“{line}” should read: project: 00B050 = Green.")
            said.setdefault(subject, {})[found[1].upper()] = word
        return said


class Sections(Notation):
    """Sections that a template must have: "aims | Description and aims | kind = narrative", one a line."""

    def lines_of(self, held: list[dict]) -> list[str]:
        return [self._line(one) for one in held]

    @staticmethod
    def _line(one: dict) -> str:
        options = [f"{name} = {setting}" for name, setting in one.get("options", {}).items()]
        return " | ".join([one["key"], one["title"], *options])

    def to_python(self, value) -> list[dict]:
        said = []
        for line in super().to_python(value):
            key, *rest = (part.strip() for part in line.split("|"))
            options = [one.partition("=") for one in rest[1:]]
            if not (key and rest and rest[0] and all(sign and name.strip() for name, sign, _ in options)):
                raise forms.ValidationError(f"“{line}” should read: key | title | option = setting.")
            settings = {name.strip(): setting.strip() for name, _, setting in options}
            said.append({"key": key, "title": rest[0]} | ({"options": settings} if settings else {}))
        return said


class Statuses(Notation):
    """Statuses that a council must have: "Amber | A | at_risk | amber | triangle | What it says", one a line."""

    PARTS = ("label", "code", "kind", "colour", "shape", "definition")

    def lines_of(self, held: list[dict]) -> list[str]:
        return [self._line(one) for one in held]

    def _line(self, one: dict) -> str:
        parts = [one.get(name, "") for name in self.PARTS]
        return " | ".join([*parts, *one.get("synonyms", ())]).rstrip(" |")

    def to_python(self, value) -> list[dict]:
        said = []
        for line in super().to_python(value):
            parts = [part.strip() for part in line.split("|")]
            one = {name: part for name, part in zip(self.PARTS, parts, strict=False) if part}
            if len(one.keys() & set(self.PARTS[:5])) < 5 or one["kind"] not in KINDS_OF_STATUS:
                known = ", ".join(KINDS_OF_STATUS)
                raise forms.ValidationError(
                    f"“{line}” should read: label | code | kind | colour | shape | definition; the kinds are {known}."
                )
            synonyms = [part for part in parts[len(self.PARTS) :] if part]
            said.append(one | ({"synonyms": synonyms} if synonyms else {}))
        return said
