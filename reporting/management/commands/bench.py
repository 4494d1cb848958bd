"""How quick the portal is, on a database made for the occasion and thrown away after it."""

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import pikepdf
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook

from projects.actions.people import grant_role, person_with
from projects.loading import demonstration_loader, load_council, load_people, read_fixture
from projects.models import Narrative, Node, Organisation, Period, Report
from projects.permissions import top_node
from projects.scale import load_scale
from reporting import import_bench
from reporting.exporting import ask_for_export, draw_export, is_large
from reporting.pack_bench import measured, report_with_appendices

SIZES = "100,1000x60,10000x24"
STATUS_SIZES = "70,1000"
PACK_SIZES = "1,10,100"
PERIODS = 2
TREND = 24  # periods from which on a history is long enough to be looked back on
BACK = 12  # the period looked back to, counted from the newest
TURNS = 20  # pages and saves are timed this often, after one turn that is not counted
PDF_TURNS = 5
CELLS = "20000x30"
# A process of its own for each way of reading, so that its memory can be told.
READING = """
import json, resource, sys, time
{read}
started = time.perf_counter()
read(sys.argv[1])
seconds = time.perf_counter() - started
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(one.ru_utime + one.ru_stime for one in used)
print(json.dumps([round(seconds, 2), round(max(one.ru_maxrss for one in used) / 1024), round(cpu, 2)]))
"""
BY_THE_LIBRARY = "from openpyxl import load_workbook as read"
AS_A_TASK = "from projects.imports.child import TASK, read_safely\nread = lambda path: read_safely(path, limits=TASK)"


class Command(BaseCommand):
    """One JSON object a line on standard output: name, value, unit, n, and what else belongs to the figure."""

    help = "Measure pages, saving, the appendix PDF and the workbook import; one JSON object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--projects",
            type=_sizes,
            default=_sizes(SIZES),
            help=f"the sizes of the portfolio and how many periods they have reported, if not {PERIODS} ({SIZES})",
        )
        parser.add_argument(
            "--status", type=_sizes, default=_sizes(STATUS_SIZES), help=f"projects of a status report ({STATUS_SIZES})"
        )
        parser.add_argument(
            "--packs", type=_sizes, default=_sizes(PACK_SIZES), help=f"projects of a pack ({PACK_SIZES})"
        )
        parser.add_argument("--rows", type=int, default=1_000, help="the rows of the imported workbook (1000)")
        parser.add_argument(
            "--cells", default=CELLS, help=f"rows and columns of the large workbook that is read ({CELLS})"
        )
        parser.add_argument(
            "--long", type=int, default=TREND, help=f"periods from which on history is measured too ({TREND})"
        )
        parser.add_argument("--turns", type=int, default=TURNS, help=f"how often pages and saves are timed ({TURNS})")

    def handle(self, *args, turns, **options):
        self.turns = turns
        self.long = options["long"]
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            scratch_database(Path(folder)),
            override_settings(
                MEDIA_ROOT=folder, ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False, SECURE_HSTS_SECONDS=0
            ),
        ):
            by = demonstration_loader()
            self.tried_on = read_fixture("demonstration")["benchmark"]
            load_council(read_fixture(self.tried_on["council"]), by=by)
            load_people(_of_council(read_fixture("people"), self.tried_on["council"]), by=by)
            self._measure_council()
            self._measure_import(Path(folder), options["rows"])
            self._measure_reading(Path(folder), options["cells"])
            self._measure_register(Path(folder), options["cells"])
            self._measure_portfolio(options["projects"], by)
            for size, periods in options["status"]:
                self._measure_status(size, periods, by)
            for size, periods in options["packs"]:
                self._measure_pack(size, periods, by)

    def _measure_council(self):
        place = [self.tried_on["council"], self.tried_on["node"]]
        officer = _signed_in("officer@example.org")
        self._measure_page("dashboard_page", officer, reverse("node", args=place))
        self._measure_save(officer)
        address = reverse("document", args=["project-dashboard", *place]) + "?format=pdf"
        turns = min(PDF_TURNS, self.turns)
        seconds, answer = _timed(lambda: _fetched(officer, address), turns)
        pages = len(pikepdf.open(io.BytesIO(_body(answer))).pages)
        self._say("appendix_pdf", round(median(seconds), 3), "s", turns, pages=pages)

    def _measure_page(self, name, client, address, *, turns=None, **about):
        turns = turns or self.turns
        seconds, answer = _timed(lambda: _fetched(client, address), turns)
        with CaptureQueriesContext(connection) as asked:
            _fetched(client, address)
        size = len(_body(answer))
        self._say(name, _ms(seconds), "ms", turns, queries=len(asked), bytes=size, **about)
        if etag := answer.headers.get("ETag"):
            seconds, _ = _timed(lambda: _fetched(client, address, 304, HTTP_IF_NONE_MATCH=etag), turns)
            self._say(f"{name}_unchanged", _ms(seconds), "ms", turns, **about)

    def _measure_save(self, officer):
        """An officer writes the commentary: each turn posts other words, and the last are read back."""
        draft = Report.objects.unfinished().get(node__slug=self.tried_on["node"])
        row = Narrative.objects.of(draft).get(section="commentary")
        address = reverse("report-edit-section", args=[draft.pk, "commentary"])
        form = f"narrative-{row.pk}"
        texts = iter(f"Written in turn {turn}" for turn in range(self.turns + 2))

        def save():
            row.refresh_from_db()
            words = {f"{form}-version": row.version, f"{form}-typed": "{}", f"{form}-text": next(texts)}
            return _posted(officer, address, words)

        seconds, _ = _timed(save, self.turns)
        with CaptureQueriesContext(connection) as asked:
            save()
        row.refresh_from_db()
        if row.text != f"Written in turn {self.turns + 1}":
            raise RuntimeError("The commentary was not saved: there is nothing to measure.")
        self._say("save_one_edit", _ms(seconds), "ms", self.turns, queries=len(asked) - 1)

    def _measure_import(self, folder, rows):
        """Preview and apply a dashboard with a long register, through the command that scripts use."""
        workbook = _workbook(folder / "ict.xlsx", rows)
        options = {"organisation": self.tried_on["council"], "period": self.tried_on["period"], "json": True}
        previewed, _ = _timed(lambda: _run("import_workbook", str(workbook), **options), 1, warm=False)
        applied, outcome = _timed(lambda: _run("import_workbook", str(workbook), commit=True, **options), 1, warm=False)
        counts = {name: outcome[name] for name in ("create", "update", "unchanged")}
        self._say("workbook_import", round(applied[0], 2), "s", 1, rows=rows, **counts)
        self._say("workbook_preview", round(previewed[0], 2), "s", 1, rows=rows)

    def _measure_reading(self, folder, size):
        """A large workbook, read as a background task reads it, and by the library alone."""
        rows, columns = map(int, size.split("x"))
        workbook = Workbook(write_only=True)
        sheet = workbook.create_sheet()
        for row in range(rows):
            sheet.append([row * columns + column if column % 2 else f"Value {row % 97}" for column in range(columns)])
        workbook.save(folder / "large.xlsx")
        seconds, peak_mb, _ = _read_in_a_process(AS_A_TASK, folder / "large.xlsx")
        bare_seconds, bare_peak_mb, _ = _read_in_a_process(BY_THE_LIBRARY, folder / "large.xlsx")
        about = {"peak_mb": peak_mb, "library_s": bare_seconds, "library_peak_mb": bare_peak_mb}
        self._say(f"import-read-{size}", seconds, "s", 1, **about)

    def _measure_register(self, folder, size):
        """A large register previewed and brought in as the worker does it, beside the bare read of the library."""
        rows, columns = map(int, size.split("x"))
        council = Organisation.objects.get(slug=self.tried_on["council"])
        project = Node.objects.get(organisation=council, slug=self.tried_on["node"])
        import_bench.save_layout(council)
        path = import_bench.register(folder / "register.xlsx", project.title, rows, columns)
        bare_s, bare_mb, bare_cpu_s = _read_in_a_process(BY_THE_LIBRARY, path)
        preview = import_bench.previewed(path, council.slug)
        for name, told in (("import_preview", preview), ("import_apply", import_bench.applied(preview["kept"]))):
            about = {
                "cpu_s": told["cpu_s"],
                "peak_mb": told["peak_mb"],
                "values": told["values"],
                "library_s": bare_s,
                "library_cpu_s": bare_cpu_s,
                "library_peak_mb": bare_mb,
                "times_library": round(told["cpu_s"] / bare_cpu_s, 1),
                "times_library_mb": round(told["peak_mb"] / bare_mb, 1),
            }
            self._say(f"{name}-{size}", told["seconds"], "s", 1, **about)

    def _measure_portfolio(self, sizes, by):
        for size, periods in sizes:
            slug = f"scale-{size}"
            started = perf_counter()
            organisation = load_scale(projects=size, periods=periods, slug=slug, by=by)
            took = round(perf_counter() - started, 1)
            connection.cursor().execute("ANALYZE")
            user = person_with("director@example.org")
            grant_role(user=user, node=top_node(organisation), role="director", by=by)
            about = {"projects": size, "periods": periods}
            self._say("load_scale", took, "s", 1, **about)
            director, place = _signed_in(user.email), [slug, slug]
            self._measure_page("portfolio_page", director, reverse("portfolio", args=place), **about)
            if periods >= self.long:
                self._measure_history(director, organisation, place, about)

    def _measure_status(self, size, periods, by):
        """The project status report of a council whose projects all state savings: its page and its PDF."""
        slug = f"savings-{size}"
        organisation = load_scale(projects=size, periods=periods, slug=slug, savings=True, by=by)
        user = person_with("director@example.org")
        grant_role(user=user, node=top_node(organisation), role="director", by=by)
        director, address = _signed_in(user.email), reverse("document", args=["portfolio-status", slug, slug])
        turns = min(PDF_TURNS, self.turns)
        self._measure_page("portfolio_status_page", director, address, turns=turns, projects=size)
        place = top_node(organisation)
        if is_large("portfolio-status", place):
            seconds, file = _timed(lambda: _exported("portfolio-status", place, user), 1, warm=False)
        else:
            seconds, answer = _timed(lambda: _fetched(director, f"{address}?format=pdf"), 1, warm=False)
            file = _body(answer)
        pages = len(pikepdf.open(io.BytesIO(file)).pages)
        self._say("portfolio_status_pdf", round(seconds[0], 2), "s", 1, projects=size, pages=pages)

    def _measure_pack(self, size, periods, by):
        """A committee pack of so many dashboards: drawn from nothing, then again when nothing has changed."""
        organisation = load_scale(projects=size, periods=periods, slug="packs", by=by)
        report = report_with_appendices(organisation, size, by=by)
        for name, cold in (("pack_cold", True), ("pack_warm", False)):
            told = measured(report, cold=cold)
            self._say(name, round(told["pages"] / told["seconds"], 1), "pages/s", 1, projects=size, **told)

    def _measure_history(self, director, organisation, place, about):
        """The portfolio as at an earlier period in both meanings, what changed since then, and the trends."""
        ended = Period.objects.filter(organisation=organisation, closed_at__isnull=False).order_by("-as_at_on")
        back = ended[min(BACK, len(ended)) - 1].slug
        portfolio = reverse("portfolio", args=place)
        for meaning in ("known", "then"):
            address = f"{portfolio}?period={back}&meaning={meaning}"
            self._measure_page(f"portfolio_as_at_{meaning}", director, address, **about)
        # Of the newest two every report has all its rows.
        told = Period.objects.filter(organisation=organisation, reports__isnull=False).distinct().order_by("-as_at_on")
        new, old = (period.slug for period in told[:2])
        address = f"{reverse('compare', args=place)}?since={old}&period={new}"
        self._measure_page("compare_page", director, address, **about)
        self._measure_page("trend_page", director, reverse("trends", args=place), **about)
        project = Node.objects.get(organisation=organisation, slug="project-1")  # one whose reports are all whole
        self._measure_page("project_trend_page", director, reverse("trends", args=[place[0], project.slug]), **about)

    def _say(self, name, value, unit, n, **about):
        figures = {"name": name, "value": value, "unit": unit, "n": n, "database": connection.vendor, **about}
        self.stdout.write(json.dumps(figures))
        self.stdout.flush()


@contextmanager
def scratch_database(folder: Path) -> Iterator[None]:
    """Work on a new, empty database of the configured kind, never on the configured one itself."""
    configured = connection.settings_dict["NAME"]
    own_name = str(folder / "bench.sqlite3") if connection.vendor == "sqlite" else f"bench_{folder.name[-8:].lower()}"
    connection.settings_dict["TEST"] |= {"NAME": own_name, "MIGRATE": False}
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(configured, verbosity=0)


def _timed(turn: Callable, times: int, *, warm: bool = True) -> tuple[list[float], object]:
    """The seconds of each of `times` turns and what the last one answered."""
    if warm:
        turn()
    seconds = []
    for _ in range(times):
        started = perf_counter()
        answer = turn()
        seconds.append(perf_counter() - started)
    return seconds, answer


def _signed_in(email) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(person_with(email), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _fetched(client, address, expected=200, **headers):
    answer = client.get(address, **headers)
    if answer.status_code != expected:
        raise RuntimeError(f"{address} answered {answer.status_code} instead of {expected}: nothing to measure.")
    _body(answer)
    return answer


def _exported(name, node, user) -> bytes:
    """A large document as the worker draws it."""
    export = ask_for_export(name, node, "pdf", {}, by=user, enqueue=lambda number, run: None)
    draw_export(export.pk, str(export.run))
    export.refresh_from_db()
    if export.problem:
        raise RuntimeError(f"{name} was not drawn: {export.problem}")
    with export.file.open() as file:
        return file.read()


def _posted(client, address, words):
    answer = client.post(address, words)
    if answer.status_code != 302:
        raise RuntimeError(f"{address} answered {answer.status_code} to a save: nothing to measure.")
    return answer


def _body(answer) -> bytes:
    return answer.getvalue()


def _run(command, *args, **options) -> dict:
    """The JSON a command prints; one that ends with an exit code other than 0 stops the measuring."""
    said = io.StringIO()
    try:
        call_command(command, *args, stdout=said, **options)
    except SystemExit as refusal:
        raise RuntimeError(f"{command} was refused: {said.getvalue()}") from refusal
    return json.loads(said.getvalue())


def _read_in_a_process(read: str, path: Path) -> tuple[float, int, float]:
    """Seconds that reading takes, MB of its dearest process, and processor seconds of all its processes."""
    code = READING.format(read=read)
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    return tuple(json.loads(ended.stdout))


def _ms(seconds) -> float:
    return round(median(seconds) * 1000, 1)


def _sizes(words: str) -> list[tuple[int, int]]:
    """(projects, periods) of "100,1000x60", the smallest first."""
    pairs = (size.partition("x") for size in words.split(","))
    return sorted((int(projects), int(periods or PERIODS)) for projects, _, periods in pairs)


def _of_council(people, council: str) -> list[dict]:
    """The cast with the roles they hold in the one council that is loaded."""
    return [
        {
            **person,
            "roles": [
                {**role, "nodes": [address for address in role["nodes"] if address.startswith(f"{council}/")]}
                for role in person["roles"]
            ],
        }
        for person in people
    ]


def _workbook(path: Path, rows: int) -> Path:
    """A legacy dashboard of the ICT project whose three registers have `rows` rows between them."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Dashboard"
    sheet.append(["GOLD"])
    for heading, fields in (
        (
            "PROJECT DETAIL - ALL PROJECTS",
            {
                "Project Reference": 2,
                "Project Title": "ICT",
                "Project Lead": "Assistant Director - Transformation",
                "Reports to": "Executive",
            },
        ),
        (
            "PROJECT DETAIL",
            {
                "Project Start Date": "01/12/2017",
                "Project Finish Date": "01/07/2019",
                "Project Stage": "Delivery",
                "Project Team Members": 3,
            },
        ),
        ("PROJECT STATUS", {"Project Status": "AMBER", "Project Score (3)": 2, "DIRECTION OF TRAVEL": "On Track"}),
        (
            "BUDGETING AND FORECASTING - GOLD PROJECTS ONLY",
            {"PLANNED BUDGET": 642848, "ACTUAL SPEND TO DATE": "£494,982", "COMMITTED SPEND TO DATE": 102888},
        ),
        (
            "RISK CONSIDERATION - ALL PROJECTS",
            {
                "Is your budget on track? GOLD ONLY": "Yes",
                "Has there been any unforeseen spend? GOLD ONLY": "No",
                "Have any of your milestones slipped with consequences?": "No",
                "Direction of Travel": "OK",
                "RISK STATUS": "OK",
            },
        ),
    ):
        sheet.append([heading])
        for label, value in fields.items():
            sheet.append([label, None, None, value])
        sheet.append([])
    milestones, risks = rows // 2, rows // 4
    benefits = rows - milestones - risks
    columns = ["REF", "DETAIL", "START DATE", "TARGET / ACTUAL END DATE", "RAG", "Interdependencies", "Critical Path"]
    sheet.append(["MILESTONES AND INTERDEPENDENCIES"])
    sheet.append(columns)
    for number in range(1, milestones + 1):
        sheet.append([number, f"Application {number} moved", "Dec-17", "Jul-19", "GREEN", None, None])
    sheet.append([])
    sheet.append(["PROJECT HIGH RISK REGISTER"])
    sheet.append(["REF", "DETAIL", "REVIEW DATE", "RESIDUAL"])
    for number in range(1, risks + 1):
        sheet.append([number, f"Server {number} fails", "Oct-19", "Medium"])
    sheet.append([])
    sheet.append(["BENEFITS REALISATION"])
    sheet.append(["REF", "KEY BENEFIT", "REVIEW DATE", "STATUS"])
    for number in range(1, benefits + 1):
        sheet.append([number, f"Service {number} supported", "Nov-19", "On Target"])
    sheet.append([])
    sheet.append(["EXPLANATORY COMMENTARY"])
    sheet.append(["Applications move one after another."])
    sheet.append([])
    sheet.append(["RESOURCE PLANNING AND FORECASTING - GOLD PROJECTS ONLY"])
    sheet.append(["ICT project lead"])
    workbook.save(path)
    return path
