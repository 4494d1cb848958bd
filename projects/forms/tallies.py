"""The boxes of a tally: one for each count, in groups by column, for the form of its row."""

from django import forms

from projects.actions.tallies import change_tally

PREFIX = "count_"


class CountBoxes:
    """Put before the form of a tally's row: its lines, each standing on the row as one more column.

    So saving as one types, clashes and last month's answer work for a count as for the row's own columns.
    """

    def __init__(self, row, *, previous, report, scales, data=None):
        self.lines = {self.name_of(line): line for line in row.lines.all()}
        self.base_fields = {
            **type(self).base_fields,
            **{name: self._box(line) for name, line in self.lines.items()},
        }
        self._decorate(row, row.lines.all())
        if previous is not None:
            self._decorate(previous, previous.lines.all())
        super().__init__(row, previous=previous, report=report, scales=scales, data=data)

    @staticmethod
    def name_of(line) -> str:
        """What the box of a line's count is called."""
        return f"{PREFIX}{line.pk}"

    @staticmethod
    def _box(line):
        return forms.IntegerField(
            label=f"{line.column}: {line.label}" if line.column else line.label,
            required=False,
            min_value=0,
            max_value=1_000_000,
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            error_messages={"invalid": "Give the number in figures, such as 12."},
        )

    def _decorate(self, row, lines) -> None:
        said = {(line.label, line.column): line.count for line in lines}
        for name, line in self.lines.items():
            setattr(row, name, said.get((line.label, line.column)))

    @property
    def boxes(self):
        """The fields side by side, without the counts."""
        return [box for box in super().boxes if box.bound.name not in self.lines]

    @property
    def years(self) -> list[tuple[str, list]]:
        """(column, boxes of its counts), in the order of the lines."""
        grouped = {}
        for name, line in self.lines.items():
            grouped.setdefault(line.column or "Counts", []).append(self.box(name))
        return list(grouped.items())

    def write(self, changes, *, version, by):
        """Save the row's own columns and its counts together."""
        counts = {self.lines[name].pk: value for name, value in changes.items() if name in self.lines}
        columns = {name: value for name, value in changes.items() if name not in self.lines}
        row = change_tally(self.row, columns, counts, version=version, by=by)
        for name in changes.keys() & self.lines.keys():
            setattr(row, name, changes[name])
        return row

    def _take(self, row):
        self._decorate(row, row.lines.all())
        super()._take(row)
