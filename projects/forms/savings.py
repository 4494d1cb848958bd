"""The boxes of a saving by year, for the form of a benefit: a box for each amount of each year of the window."""

from dataclasses import dataclass

from projects.actions.savings import AMOUNTS, NO_YEAR, amount_name, amounts_of, change_savings
from projects.forms.fields import PoundsInput
from projects.rules.savings import YEARS, window, year_words

SIGNS = "Short of the target or late: plus. More than the target: minus, such as -19,000."
IN_POUNDS = "In pounds: 1,280,000 or £1.28m."
LABELS = {
    "target": ("Target", IN_POUNDS),
    "at_risk": ("At risk, slipped or over-achieved", SIGNS),
    "slipped": ("Of which slipped to a later year", "The part of what is at risk that comes later."),
    "other_way": ("Delivered in another way", "What other savings made good."),
    "claimed": ("Claimed as delivered", ""),
    "validated": ("Validated by finance", ""),
}
ALWAYS = ("target", "at_risk")  # what every council states of a year; a template may ask for more ("also")


@dataclass(frozen=True)
class YearsOnPaper:
    """The savings of one benefit as the paper return asks for them: a row a year, its amounts in words side by side."""

    columns: list[str]
    rows: list[tuple[str, list[str]]]


def blank_years(report, options: dict) -> YearsOnPaper:
    """The years of the report's window for a benefit that is not known yet; `options` are the template's section's."""
    first_month = report.organisation.financial_year_start
    asked = [column for column in AMOUNTS if column in (*ALWAYS, "other_way", *options.get("also", ()))]
    years = window(report.as_at_on, first_month, options.get("years", YEARS))
    return YearsOnPaper(
        [LABELS[column][0] for column in asked], [(year_words(year, first_month), [""] * len(asked)) for year in years]
    )


class SavingBoxes:
    """Put before the form of a benefit's row: the years of the report's window and those that are stated already.

    Each amount stands on the row as one more column, so that saving as one types, clashes and last month's answer work
    for it as for the others.
    """

    def __init__(self, row, *, previous, report, scales, data=None):
        self.boxes_of_amounts = self._boxes(row, report)
        self.base_fields = {**type(self).base_fields, **self.boxes_of_amounts, "brought_forward": self._carried()}
        self._decorate(row, row.lines.all())
        if previous is not None:
            self._decorate(previous, previous.lines.all())
        super().__init__(row, previous=previous, report=report, scales=scales, data=data)

    def _boxes(self, row, report) -> dict[str, PoundsInput]:
        options = self.options_of(report)
        first_month = report.organisation.financial_year_start
        years = window(report.as_at_on, first_month, options.get("years", YEARS))
        stated = amounts_of(row.lines.all())
        years = sorted({*years, *(line.year for line in row.lines.all() if line.year is not None)})
        asked = [
            (column, year)
            for year in years
            for column in AMOUNTS
            if column in (*ALWAYS, *options.get("also", ())) or amount_name(column, year) in stated
        ]
        asked += [(column, None) for column in AMOUNTS if column == "other_way" or amount_name(column, None) in stated]
        return {amount_name(column, year): self._box(column, year, first_month) for column, year in asked}

    @staticmethod
    def _box(column, year, first_month) -> PoundsInput:
        label, hint = LABELS[column]
        words = "All years" if year is None else year_words(year, first_month)
        return PoundsInput(label=f"{words}: {label.lower()}", help_text=hint)

    @staticmethod
    def _carried() -> PoundsInput:
        return PoundsInput(
            label="Slippage brought forward", help_text="Of years that have ended; no part of the years above."
        )

    @property
    def boxes(self):
        """The fields side by side, without those of a year."""
        return [box for box in super().boxes if box.bound.name not in self.boxes_of_amounts]

    @property
    def years(self) -> list[tuple[str, list]]:
        """(year in words, its boxes), the amounts of no year last."""
        grouped = {}
        for name, box in self.boxes_of_amounts.items():
            grouped.setdefault(box.label.partition(":")[0], []).append(self.box(name))
        return list(grouped.items())

    @property
    def on_paper(self) -> YearsOnPaper:
        """A row a year, of no year last; an amount that is not asked of a year is left empty."""
        asked = [name.rpartition("_") for name in self.boxes_of_amounts]
        columns = [column for column in AMOUNTS if column in {column for column, _, _ in asked}]
        rows = {}
        for name, box in self.boxes_of_amounts.items():
            column, _, _ = name.rpartition("_")
            cells = rows.setdefault(box.label.partition(":")[0], dict.fromkeys(columns, ""))
            cells[column] = self.box(name).after
        return YearsOnPaper(
            [LABELS[column][0] for column in columns], [(year, list(cells.values())) for year, cells in rows.items()]
        )

    @property
    def carried_on_paper(self) -> str:
        return self.box("brought_forward").after

    @staticmethod
    def options_of(report) -> dict:
        """What the template says of the section of benefits."""
        section = next((each for each in report.template.sections.all() if each.key == "benefits"), None)
        return section.options if section else {}

    def _decorate(self, row, lines) -> None:
        stated = amounts_of(lines)
        for name in self.boxes_of_amounts:
            setattr(row, name, stated.get(name))

    def clean(self):
        answers = super().clean()
        for name in self.boxes_of_amounts:
            column, _, year = name.rpartition("_")
            whole = {"slipped": "at_risk", "validated": "claimed"}.get(column)
            part, all_of_it = answers.get(name), answers.get(f"{whole}_{year}")
            if whole is None or part is None or name in self.errors:
                continue
            if part < 0:
                self.add_error(name, "This cannot be less than nothing.")
            elif part > max(all_of_it or 0, 0):
                said = "what is at risk in the year" if whole == "at_risk" else "what is claimed for the year"
                self.add_error(name, f"This is a part of {said}, so it cannot be more than that.")
        return answers

    def write(self, changes, *, version, by):
        """Save the row's own columns and the amounts of its years together."""
        amounts, columns = {}, {}
        for name, value in changes.items():
            if name in self.boxes_of_amounts:
                column, _, year = name.rpartition("_")
                amounts[column, None if year == NO_YEAR else int(year)] = value
            else:
                columns[name] = value
        row = change_savings(self.row, columns, amounts, version=version, by=by)
        for name in changes.keys() & self.boxes_of_amounts.keys():
            setattr(row, name, changes[name])
        return row

    def _take(self, row):
        self._decorate(row, row.lines.all())
        super()._take(row)
