"""A budget's profile by category and year in its successive versions, each as agreed or proposed, and side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.db.models import Prefetch
from django.utils import timezone

from projects.models import Baseline, Budget, BudgetBaseline, Node, PlanItemUpdate
from projects.models.base import exempt_now
from projects.rules.savings import year_words
from projects.versions import FIRST_DATED_YEAR
from reporting.documents.catalogue.report_context import rated
from reporting.documents.contents import (
    MONEY,
    STATUS,
    THOUSANDS,
    Column,
    Table,
    printed_date,
    printed_money,
    printed_thousands,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register

Key = tuple[str, int | None]  # category and year; a year below 1900 is numbered from the beginning, None is of no year
NOTHING = Decimal(0)
WHOLE = "Whole budget"
PHASES = "Phases"  # the theme of plan items that are a programme's phases
MOST_SIDE_BY_SIDE = 4
THOUSAND = 1000


@dataclass(frozen=True)
class Version:
    """One version of a budget: its name, how it stands in words, and its pounds by category and year.

    `stated` is the whole budget where the version states it, which may differ from what its lines come to.
    """

    name: str
    standing: str
    pounds: dict[Key, Decimal]
    stated: Decimal | None

    @property
    def total(self) -> Decimal:
        return sum(self.pounds.values(), NOTHING)

    def of_year(self, year: int | None) -> Decimal:
        return sum((pounds for (_, of), pounds in self.pounds.items() if of == year), NOTHING)


@dataclass(frozen=True)
class Profile:
    """A budget with its versions, the oldest first."""

    title: str
    versions: tuple[Version, ...]
    first_month: int

    @property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(category for version in self.versions for category, _ in version.pounds))

    @property
    def years(self) -> list[int | None]:
        told = {year for version in self.versions for _, year in version.pounds}
        return sorted(told, key=lambda year: (year is None, year))

    @property
    def kind(self) -> str:
        """Whether every amount is a whole number of thousands, and so printed in thousands."""
        amounts = [pounds for version in self.versions for pounds in (*version.pounds.values(), version.stated or 0)]
        return THOUSANDS if all(pounds % THOUSAND == 0 for pounds in amounts) else MONEY

    @property
    def unit(self) -> str:
        return "in thousands of pounds" if self.kind == THOUSANDS else "in pounds"

    def amount(self, pounds: Decimal) -> str:
        return f"£{printed_thousands(pounds)}k" if self.kind == THOUSANDS else printed_money(pounds)

    def year(self, year: int | None) -> str:
        if year is None:
            return "No year"
        return year_words(year, self.first_month) if year >= FIRST_DATED_YEAR else f"Year {year}"


@dataclass(frozen=True)
class Part:
    """The tables of one budget under a sentence; `tables` stand in the workbook as they are drawn."""

    sentences: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class FundingContext:
    masthead: Masthead
    profiles: tuple[Profile, ...]
    phases: tuple[dict, ...]


def versions(context: FundingContext) -> Iterable[tuple[str, Part]]:
    """Each budget: a table for each of its versions, category by year, with its totals."""
    several = len(context.profiles) > 1
    for profile in context.profiles:
        tables = tuple(_version_table(profile, version, several=several) for version in profile.versions)
        yield (f"{profile.title}: by version" if several else "Profile by version"), Part(_steps(profile), tables)


def _version_table(profile: Profile, version: Version, *, several: bool) -> Table:
    years = profile.years
    columns = (
        Column("category", "Category", header=True),
        *(Column(f"year-{year}", profile.year(year), profile.kind, width=16) for year in years),
        Column("total", "Total", profile.kind, width=16),
    )
    rows = tuple(
        {
            "category": category or WHOLE,
            **{f"year-{year}": version.pounds.get((category, year)) for year in years},
            "total": sum((version.pounds.get((category, year), NOTHING) for year in years), NOTHING),
        }
        for category in profile.categories
        if any((category, year) in version.pounds for year in years)
    )
    total = {"category": "Total", **{f"year-{year}": version.of_year(year) for year in years}, "total": version.total}
    notes = ()
    if version.stated not in (None, version.total):
        whole, parts = profile.amount(version.stated), profile.amount(version.total)
        notes = (f"The version states {whole}; its lines come to {parts}.",)
    return Table(
        columns,
        rows,
        caption=f"{version.name} ({version.standing}), {profile.unit}",
        totals=(total,) if len(rows) > 1 else (),
        notes=notes,
        empty="The version has no lines.",
        sheet=f"{profile.title} {version.name}" if several else version.name,
    )


def _steps(profile: Profile) -> tuple[str, ...]:
    """What each version moves against the one before it, in words."""
    told = []
    for before, after in pairwise(profile.versions):
        moves = {year: after.of_year(year) - before.of_year(year) for year in profile.years}
        moved = [
            f"{profile.year(year)} {'+' if pounds > 0 else '-'}{profile.amount(abs(pounds))}"
            for year, pounds in moves.items()
            if pounds
        ]
        more, whole = after.total - before.total, profile.amount(after.total)
        if more:
            whole = f"the total goes {'up' if more > 0 else 'down'} by {profile.amount(abs(more))} to {whole}"
        else:
            whole = f"the total stays at {whole}"
        by_year = ", ".join(moved) if moved else "no year's total moves"
        told.append(f"{after.name} against {before.name}: {by_year}; {whole}.")
    return tuple(told)


def side_by_side(context: FundingContext) -> Iterable[tuple[str, Part]]:
    """Each budget of several versions: category and year down, versions across, then what each differs by."""
    several = len(context.profiles) > 1
    for profile in context.profiles:
        if len(profile.versions) > 1:
            title = f"{profile.title}: versions side by side" if several else "Versions side by side"
            yield title, Part((), (_side_by_side(profile, several=several),))


def _side_by_side(profile: Profile, *, several: bool) -> Table:
    shown = profile.versions[-MOST_SIDE_BY_SIDE:]
    if len(profile.versions) > MOST_SIDE_BY_SIDE:
        shown = (profile.versions[0], *profile.versions[-MOST_SIDE_BY_SIDE + 1 :])
    pairs = tuple(pairwise(shown))
    width = 58 // (len(shown) + len(pairs))
    columns = (
        Column("category", "Category", header=True),
        Column("year", "Year", width=11),
        *(
            Column(f"version-{place}", version.name, profile.kind, width=width, group="Version")
            for place, version in enumerate(shown)
        ),
        *(
            Column(f"step-{place}", f"{after.name} against {before.name}", profile.kind, width=width, signed=True,
                   group="Difference")
            for place, (before, after) in enumerate(pairs)
        ),
    )  # fmt: skip

    def row(category, year, amounts):
        steps = {
            f"step-{place}": (after or NOTHING) - (before or NOTHING)
            for place, (before, after) in enumerate(pairwise(amounts))
            if before is not None or after is not None
        }
        said = {f"version-{place}": pounds for place, pounds in enumerate(amounts)}
        return {"category": category, "year": year, **said, **steps}

    rows = tuple(
        row(category or WHOLE, profile.year(year), [version.pounds.get((category, year)) for version in shown])
        for category in profile.categories
        for year in profile.years
        if any((category, year) in version.pounds for version in shown)
    )
    totals = tuple(
        row("Total", profile.year(year), [version.of_year(year) for version in shown]) for year in profile.years
    )
    notes = ()
    if len(profile.versions) > len(shown):
        left_out = len(profile.versions) - len(shown)
        notes = (f"{left_out} version{'s' if left_out > 1 else ''} in between: see the tables above.",)
    return Table(
        columns,
        rows,
        caption=f"Category by year, {profile.unit}",
        totals=(*totals, row("Total", "All years", [version.total for version in shown])),
        notes=notes,
        sheet=f"{profile.title} side by side" if several else "Side by side",
    )


def phases(context: FundingContext) -> Table | None:
    """The phases that the money is for, as the newest report has them."""
    if not context.phases:
        return None
    columns = (
        Column("title", "Phase", header=True, width=25),
        Column("status", "Status", STATUS, width=18),
        Column("finish", "Date", width=15),
        Column("comment", "What it is for, and how it stands"),
    )
    return Table(columns, context.phases)


FUNDING_PROFILE = register(
    Document(
        "funding-profile",
        "Funding profile",
        (
            Section("funding-part", "Profile by version", versions, many=True),
            Section("funding-part", "Versions side by side", side_by_side, many=True),
            Section("funding-phases", "Phases", phases),
        ),
        landscape=True,
    )
)


def built_funding_profile(
    node: Node,
    *,
    today: date,
    until: date | None = None,
    sees_exempt: bool,
    published: bool = False,
    words: str = "",
) -> BuiltDocument:
    """The profiles of a node's own budgets, and its phases. Without sections where no budget has a version.

    `until`, printed as `words`, leaves out what was not agreed or proposed yet on that day; None is now. `published`:
    of the phases only what published reports say.
    """
    masthead = Masthead(
        title=f"Funding profile: {node.title}",
        organisation_name=node.organisation.name,
        subtitle=words,
        as_at=f"as it stood on {printed_date(until)}" if until else f"as it stands on {printed_date(today)}",
        file_stem=f"Funding profile - {node.title}" + (f" - {words}" if words else ""),
        made_on=until or today,
    )
    profiles = tuple(_profiles(node, until, sees_exempt=sees_exempt))
    told = _phases(node, until, sees_exempt=sees_exempt, published=published) if profiles else ()
    return build(FUNDING_PROFILE, FundingContext(masthead, profiles, told))


def _profiles(node: Node, until: date | None, *, sees_exempt: bool) -> Iterable[Profile]:
    said = BudgetBaseline.objects.exclude(state=Baseline.State.REJECTED).select_related("change_request")
    if not sees_exempt:
        said = said.exclude(exempt_now(timezone.localdate(), "change_request__"))
    budgets = Budget.objects.filter(node=node, is_archived=False).prefetch_related(
        Prefetch("baselines", queryset=said.prefetch_related("lines").order_by("number"))
    )
    for budget in budgets:
        rows = [row for row in budget.baselines.all() if until is None or _known_on(row) <= until]
        if rows:
            told = tuple(_version(row, until) for row in rows)
            yield Profile(budget.title, told, node.organisation.financial_year_start)


def _known_on(row: BudgetBaseline) -> date:
    """The day a version was proposed, or came into force where it was the first."""
    at = row.change_request.raised_at if row.change_request else row.in_force_from or row.created_at
    return timezone.localdate(at)


def _version(row: BudgetBaseline, until: date | None) -> Version:
    pounds: dict[Key, Decimal] = {}
    for line in row.lines.all():
        if line.amount is not None:
            key = (line.category, line.year)
            pounds[key] = pounds.get(key, NOTHING) + line.amount
    if not pounds and row.amount is not None:
        pounds = {("", None): row.amount}
    return Version(str(row), _standing(row, until), pounds, row.amount)


def _standing(row: BudgetBaseline, until: date | None) -> str:
    """How a version stands, by month: boards of the past are known to have met in one, seldom on which day."""
    begins, ends = (at and timezone.localdate(at) for at in (row.in_force_from, row.in_force_to))
    if begins is None or (until and begins > until):
        return f"proposed in {_known_on(row):%B %Y}, not decided"
    if ends is None or (until and ends > until):
        return f"in force since {begins:%B %Y}"
    return f"in force from {begins:%B %Y} to {ends:%B %Y}"


def _phases(node: Node, until: date | None, *, sees_exempt: bool, published: bool) -> tuple[dict, ...]:
    """The plan items whose theme calls them phases, each as its newest report by the day says of it."""
    said = PlanItemUpdate.objects.filter(
        plan_item__node=node,
        plan_item__theme=PHASES,
        is_removed=False,
        **{f"report__{'public_' if published else ''}known_from__isnull": False},
    )
    if until:
        said = said.filter(report__as_at_on__lte=until)
    if not sees_exempt:
        said = said.exclude(exempt_now(timezone.localdate()))
    newest = {}
    for row in said.select_related("status").order_by("report__as_at_on", "report__revision", "order"):
        newest[row.plan_item_id] = row
    return tuple(
        {
            "title": row.title,
            "status": rated(row.status),
            "finish": row.actual_words or row.finish_words,
            "comment": row.comment,
        }
        for row in sorted(newest.values(), key=lambda row: row.order)
    )
