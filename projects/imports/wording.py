"""What an organisation calls things, for reading its workbooks: its statuses, its tiers, its own layouts."""

from collections.abc import Iterable
from dataclasses import replace

from projects.imports.layout import Field, Layout, built_in_layouts, layout_from_dict, squeeze
from projects.imports.problems import WorkbookRefused
from projects.models import ImportLayout, Organisation, Status, Subject, Tier

# What layouts call a subject where it is not the record's own word.
SUBJECTS = {"project": Subject.OVERALL}


class Vocabulary:
    """The statuses of one subject, asked by label or synonym; answers with the label that the scheme uses."""

    def __init__(self, statuses: Iterable[Status]):
        self.statuses = list(statuses)
        self._labels: dict[str, str] = {}
        for status in self.statuses:
            self._labels.setdefault(squeeze(status.label), status.label)
        for status in self.statuses:
            for synonym in (*status.synonyms, status.code):
                self._labels.setdefault(squeeze(synonym), status.label)

    def __call__(self, word: str) -> str | None:
        return self._labels.get(squeeze(word))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(status.label for status in self.statuses))

    def status(self, label: str, scheme_id: int | None = None) -> Status | None:
        """The status that `label` names, in one scheme or in the first that has it."""
        own = [status for status in self.statuses if scheme_id in (None, status.scheme_id)]
        wanted = squeeze(label)
        return next((status for status in own if squeeze(status.label) == wanted), None) or next(
            (status for status in own if wanted in {squeeze(word) for word in (*status.synonyms, status.code)}), None
        )


def title_of_layout(organisation: Organisation, name: str, number: int = 0) -> str:
    """What people call a layout: in the version asked for, else as it is now; its name where it is no more."""
    own = ImportLayout.objects.filter(organisation=organisation, slug=name).order_by("number")
    version = own.filter(number=number).first() or own.last()
    built_in = {layout.name: layout.title for layout in built_in_layouts()}
    return version.name if version else built_in.get(name, name)


def layout_named(organisation: Organisation, name: str) -> Layout:
    """The newest layout of a name, the council's own before one that comes with the portal."""
    return Wording(organisation).layouts(name)[-1]


class Wording:
    """Everything of an organisation's own that reading a workbook needs, read once."""

    def __init__(self, organisation: Organisation):
        self.organisation = organisation
        self.tiers = list(Tier.objects.filter(organisation=organisation, is_archived=False))
        statuses = list(
            Status.objects.filter(organisation=organisation, is_archived=False, scheme__is_archived=False)
            .select_related("scheme")
            .order_by("scheme", "order", "pk")
        )
        self.by_scheme: dict[int, Vocabulary] = {}
        for scheme_id in {status.scheme_id for status in statuses}:
            self.by_scheme[scheme_id] = Vocabulary(status for status in statuses if status.scheme_id == scheme_id)
        self.by_subject = {
            subject: Vocabulary(status for status in statuses if status.scheme.subject == subject)
            for subject in Subject.values
        }
        self.statuses = {
            **self.by_subject,
            **{word: self.by_subject[subject] for word, subject in SUBJECTS.items()},
        }

    def tier(self, code: str | None) -> Tier | None:
        """The tier of a code that a layout gives, by its own code or its label."""
        wanted = squeeze(code or "")
        return next((tier for tier in self.tiers if wanted in (squeeze(tier.code), squeeze(tier.label))), None)

    def layouts(self, name: str = "") -> list[Layout]:
        """The layouts to read by, each fitted; WorkbookRefused where none is called `name`.

        Of the organisation's own each in its newest version; one that has the name of a built-in stands in its place.
        """
        layouts = {layout.name: layout for layout in built_in_layouts()}
        own = ImportLayout.objects.filter(organisation=self.organisation).newest().filter(is_archived=False)
        layouts.update({one.slug: layout_from_dict(one.declaration) for one in own})
        chosen = [layout for layout in layouts.values() if name in ("", layout.name)]
        if not chosen:
            raise WorkbookRefused(f"There is no layout called {name}. Choose one of: {', '.join(layouts)}.")
        return [self.fitted(layout) for layout in chosen]

    def layout_of(self, name: str, number: int) -> Layout:
        """One version of a layout, whatever has become of it since: what an import was read by."""
        own = ImportLayout.objects.filter(organisation=self.organisation, slug=name, number=number).first()
        return self.fitted(layout_from_dict(own.declaration)) if own else self.layouts(name)[0]

    def fitted(self, layout: Layout) -> Layout:
        """The layout with the organisation's own tiers; a council without tiers need not name one.

        References of projects are the council's own as well, so letters are taken in them.
        """
        sheets = tuple(
            replace(
                sheet,
                blocks=tuple(
                    replace(block, fields=tuple(self._fitted_field(one) for one in block.fields))
                    for block in sheet.blocks
                ),
            )
            for sheet in layout.sheets
        )
        return replace(layout, sheets=sheets)

    def _fitted_field(self, one: Field) -> Field:
        own = {tier.label: tier.code for tier in self.tiers}
        if one.key == "node.tier":
            return replace(one, choices={**one.choices, **own}, required=one.required and bool(own))
        if one.key == "stream.tier":
            return replace(one, choices={**one.choices, **own})
        if one.key == "node.reference":
            return replace(one, type="text")
        return one
