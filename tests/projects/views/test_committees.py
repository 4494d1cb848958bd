"""Cover reports as pages: begun from the last one, written by two people, published once."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from projects.actions.committees import (
    CommitteeReportIsCleared,
    add_appendix,
    add_clearance,
    add_meeting,
    change_section,
    create_committee_report,
    give_clearance,
    publish_committee_report,
    remove_section,
)
from projects.forms.committees import tables_of, words_of_tables
from projects.models import Board, CommitteeReport, Post, ReportTemplate, TemplateSection
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from projects.views.committees import document_url
from tests import factories

MEETING = datetime(2019, 7, 10, 18, 30, tzinfo=UTC)


@pytest.fixture
def executive(organisation):
    return Board.objects.create(organisation=organisation, name="Executive")


@pytest.fixture
def cover(organisation, executive, pmo):
    """A drafted report to the Executive of 10 July 2019."""
    return create_committee_report(
        node=top_node(organisation),
        meeting=add_meeting(executive, MEETING, by=pmo),
        slug="executive-2019-07-10",
        heading="Report to the meeting of the Executive",
        subject="Council projects",
        report_of="Strategic Director",
        declaration="I confirm that this keeps to policy.",
        background_papers="None.",
        by=pmo,
        sections=[
            {"heading": "Purpose", "text": "To present the dashboard."},
            {"heading": "Key points", "text": "# Library\n\nOn track.\n\n- Roof\n- Doors"},
            {"heading": "Parish implications", "text": "None."},
        ],
    )


def address(cover, name="committee-report"):
    return reverse(name, args=[cover.organisation.slug, cover.slug])


def listed(client, organisation):
    page = client.get(reverse("committee-reports", args=[organisation.slug]))
    return [row["report"].slug for row in page.context["rows"]]


def sent(page, **answers):
    """What a browser sends of the page that a report is written on, with other answers by "form.field"."""
    posted = {}
    forms = {"header": page.header, **{form.row.heading: form for form in [*page.sections, *page.clearances]}}
    for form in forms.values():
        posted |= {form.version_name: form.shown_version, form.typed_name: form.typed_json}
        posted |= {form.add_prefix(name): words for name in form.fields if (words := form.text_of(form.row, name))}
    for name, words in answers.items():
        which, _, field = name.partition(".")
        posted[forms[which].add_prefix(field) if field else name] = words
    return posted


def headings(cover):
    return list(cover.sections.values_list("heading", flat=True))


def edit(client, cover, **answers):
    where = address(cover, "committee-report-edit")
    return client.post(where, sent(client.get(where).context["page"], **answers))


# ---- who sees what ----


def test_readers_see_a_report_once_it_is_published(client, reader, director, cover, pmo, organisation):
    client.force_login(reader)
    assert listed(client, organisation) == []
    assert client.get(address(cover)).status_code == 404
    publish_committee_report(cover, by=pmo)
    assert listed(client, organisation) == [cover.slug]
    words = client.get(address(cover)).content.decode()
    assert reverse("document", args=["cover-report", organisation.slug, organisation.slug]) in words
    assert "/edit/" not in words


def test_exempt_sections_are_not_listed_to_readers(client, reader, member, cover, pmo):
    change_section(cover.sections.get(heading="Key points"), {"is_exempt": True}, by=pmo)
    publish_committee_report(cover, by=pmo)
    client.force_login(reader)
    assert "Key points" not in client.get(address(cover)).content.decode()
    client.force_login(member)
    assert "Key points" in client.get(address(cover)).content.decode()


@pytest.mark.parametrize("name", ["committee-report-edit", "committee-report-publish", "committee-report-discard"])
def test_only_the_pmo_writes(client, director, officer, stranger, cover, name):
    for user, status in ((director, 403), (officer, 403), (stranger, 404)):
        client.force_login(user)
        assert client.get(address(cover, name)).status_code == status
        assert client.post(address(cover, name)).status_code == status
    cover.refresh_from_db()
    assert cover.state == CommitteeReport.State.DRAFT


def test_only_the_pmo_begins_a_report(client, director, stranger, organisation):
    for user, status in ((director, 403), (stranger, 404)):
        client.force_login(user)
        assert client.get(reverse("committee-report-new", args=[organisation.slug])).status_code == status


def test_an_officer_of_one_project_finds_the_list(client, organisation, project):
    user = factories.person("one@example.org", organisation, "officer", node=project)
    client.force_login(user)
    assert listed(client, organisation) == []


def test_the_list_costs_the_same_however_long(client, director, organisation, cover, executive, pmo, count_queries):
    def another(number):
        create_committee_report(
            node=top_node(organisation),
            meeting=cover.meeting,
            slug=f"report-{number}",
            heading="x",
            subject="y",
            report_of="z",
            by=pmo,
        )

    another(0)
    client.force_login(director)
    listed(client, organisation)
    with count_queries() as few:
        assert len(listed(client, organisation)) == 2
    for number in range(1, 21):
        another(number)
    with count_queries() as many:
        assert len(listed(client, organisation)) == 22
    assert len(many) == len(few)


# ---- beginning ----


def test_a_new_report_takes_over_the_last_ones_sections(client, pmo, organisation, cover, project):
    where = reverse("committee-report-new", args=[organisation.slug])
    client.force_login(pmo)
    form = client.get(where).context["form"]
    assert form.initial["source"] == cover
    answers = {
        "node": top_node(organisation).pk,
        "board": cover.meeting.board.pk,
        "meets_on": "11 September 2019",
        "meets_at": "19:30",
        "source": cover.pk,
        "subject": "",
        "report_of": "",
    }
    assert "Give one day" in client.post(where, {**answers, "meets_on": "September"}).content.decode()
    answer = client.post(where, answers)
    begun = CommitteeReport.objects.get(slug="executive-2019-09-11")
    assert answer.url == address(begun, "committee-report-edit")
    assert headings(begun) == headings(cover)
    assert (begun.subject, begun.declaration) == ("Council projects", "I confirm that this keeps to policy.")
    assert begun.heading == "Report to the meeting of the Executive, 11 September 2019"
    assert begun.state == CommitteeReport.State.DRAFT
    client.post(where, answers)
    assert CommitteeReport.objects.filter(slug="executive-2019-09-11-2", meeting=begun.meeting).exists()


def test_an_empty_report_needs_its_subject(client, pmo, organisation, executive):
    where = reverse("committee-report-new", args=[organisation.slug])
    client.force_login(pmo)
    answers = {"node": top_node(organisation).pk, "board": executive.pk, "meets_on": "10/7/2019", "meets_at": "19:30"}
    assert "Say what the report is about." in client.post(where, answers).content.decode()
    assert not CommitteeReport.objects.exists()


# ---- writing ----


def test_everything_on_the_page_is_saved_at_once(client, pmo, cover, project, organisation):
    client.force_login(pmo)
    answer = edit(
        client,
        cover,
        **{
            "header.subject": "Projects of the council",
            "Purpose.text": "To present it again.",
            "new-section-heading": "Recommendation",
            "new-section-text": "To note it.",
            "new-appendix-label": "Appendix 1",
            "new-appendix-nodes": project.pk,
            "new-appendix-document": "project-dashboard",
        },
    )
    assert answer.url == address(cover, "committee-report-edit")
    cover.refresh_from_db()
    assert cover.subject == "Projects of the council"
    assert cover.sections.get(heading="Purpose").text == "To present it again."
    assert headings(cover) == ["Purpose", "Key points", "Parish implications", "Recommendation"]
    assert cover.appendices.get().title == "New library"
    words = client.get(address(cover)).content.decode()
    assert "Appendix 1: New library" in words


def test_a_preview_saves_and_opens_the_document(client, pmo, cover):
    client.force_login(pmo)
    answer = edit(client, cover, **{"Purpose.text": "Once more.", "action": "preview"})
    assert answer.url.endswith(f"?period={cover.slug}")
    page = client.get(answer.url).content.decode()
    assert "Once more." in page


def test_sections_move_and_go(client, pmo, cover):
    first, second, third = cover.sections.all()
    client.force_login(pmo)
    edit(client, cover, action=f"down:{first.pk}")
    assert headings(cover) == ["Key points", "Purpose", "Parish implications"]
    edit(client, cover, action=f"up:{third.pk}")
    assert headings(cover) == ["Key points", "Parish implications", "Purpose"]
    edit(client, cover, action=f"up:{second.pk}")
    assert headings(cover) == ["Key points", "Parish implications", "Purpose"]
    edit(client, cover, **{f"remove-section-{second.pk}": "1"})
    assert headings(cover) == ["Parish implications", "Purpose"]


def test_an_appendix_is_taken_out(client, pmo, cover, project):
    client.force_login(pmo)
    edit(client, cover, **{"new-appendix-label": "Appendix 1", "new-appendix-nodes": project.pk})
    edit(client, cover, **{f"remove-appendix-{cover.appendices.get().pk}": "1"})
    assert not cover.appendices.exists()


def test_nothing_is_saved_where_something_is_wrong_and_nothing_is_lost(client, pmo, cover):
    client.force_login(pmo)
    answer = edit(
        client,
        cover,
        **{"header.subject": "", "Purpose.text": "Typed long and hard.", "new-section-text": "No heading"},
    )
    words = answer.content.decode()
    assert "Say what the report is about." in words
    assert "Give the section a heading." in words
    assert "Typed long and hard." in words
    assert cover.sections.get(heading="Purpose").text == "To present the dashboard."


def test_two_people_who_write_one_section_choose_between_both(client, pmo, director, cover):
    client.force_login(pmo)
    where = address(cover, "committee-report-edit")
    page = client.get(where).context["page"]
    change_section(cover.sections.get(heading="Purpose"), {"text": "Theirs."}, by=director)
    change_section(cover.sections.get(heading="Key points"), {"text": "Only theirs."}, by=director)
    answer = client.post(where, sent(page, **{"Purpose.text": "Mine.", "header.subject": "Only mine"}))
    assert answer.status_code == 409
    conflict = answer.context["conflict"]
    assert [(each["theirs"], each["yours"]) for each in conflict["fields"]] == [("Theirs.", "Mine.")]
    client.post(where, {**dict(conflict["carried"]), f"keep_{conflict['fields'][0]['name']}": "yours"})
    assert cover.sections.get(heading="Purpose").text == "Mine."
    assert cover.sections.get(heading="Key points").text == "Only theirs."
    cover.refresh_from_db()
    assert cover.subject == "Only mine"


def test_what_is_written_into_a_section_that_went_meanwhile_is_shown_and_nothing_is_saved(client, pmo, director, cover):
    client.force_login(pmo)
    where = address(cover, "committee-report-edit")
    page = client.get(where).context["page"]
    remove_section(cover.sections.get(heading="Purpose"), by=director)
    answer = client.post(where, sent(page, **{"Purpose.text": "Typed long and hard.", "header.subject": "New"}))
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "Somebody has taken out the section Purpose since you opened the page." in words
    assert "Typed long and hard." in words
    cover.refresh_from_db()
    assert (cover.subject, headings(cover)) == ("Council projects", ["Key points", "Parish implications"])
    again = sent(answer.context["page"], **{"Key points.text": "Typed long and hard.", "header.subject": "New"})
    assert client.post(where, again).status_code == 302
    assert cover.sections.get(heading="Key points").text == "Typed long and hard."


def test_a_section_that_went_meanwhile_holds_nothing_back_where_it_was_not_written_in(client, pmo, director, cover):
    client.force_login(pmo)
    where = address(cover, "committee-report-edit")
    page = client.get(where).context["page"]
    remove_section(cover.sections.get(heading="Purpose"), by=director)
    assert client.post(where, sent(page, **{"header.subject": "New"})).status_code == 302
    cover.refresh_from_db()
    assert cover.subject == "New"


def test_what_is_typed_into_a_report_that_was_cleared_meanwhile_is_shown_and_not_saved(client, pmo, cover):
    clearance = add_clearance(cover, heading="Legal Comments", by=pmo)
    client.force_login(pmo)
    where = address(cover, "committee-report-edit")
    reviews = reverse("committee-report-clear", args=[cover.organisation.slug, cover.slug, clearance.pk])
    typed = sent(client.get(where).context["page"], **{"Purpose.text": "To present the newest dashboard."})
    give_clearance(clearance, text="Lawful.", initials="KK", cleared=parse_written_date("5 August 2019"), by=pmo)
    told = client.post(where, typed)
    assert told.status_code == 409
    assert "is cleared and locked. Open it again to change it. Nothing was saved" in told.content.decode()
    assert "To present the newest dashboard." in told.content.decode()
    assert cover.sections.first().text == "To present the dashboard."
    form = f"clear-{clearance.pk}"
    again = {f"{form}-text": "Lawful, but late.", f"{form}-initials": "KK", f"{form}-cleared": "5 August 2019"}
    told = client.post(reviews, again)
    assert told.status_code == 422
    assert "This clearance is given already." in told.content.decode()
    assert "Lawful, but late." in told.content.decode()


# ---- publishing ----


def test_publishing_is_confirmed_and_final(client, pmo, cover):
    client.force_login(pmo)
    where = address(cover, "committee-report-publish")
    assert "never changes" in client.get(where).content.decode()
    cover.refresh_from_db()
    assert cover.state == CommitteeReport.State.DRAFT
    client.post(where)
    cover.refresh_from_db()
    assert (cover.state, cover.published_by) == (CommitteeReport.State.PUBLISHED, pmo)
    for name in ("committee-report-publish", "committee-report-discard"):
        assert client.post(address(cover, name)).url == address(cover)
    assert client.get(address(cover, "committee-report-edit")).url == address(cover)
    cover.refresh_from_db()
    assert cover.state == CommitteeReport.State.PUBLISHED
    assert cover.sections.count() == 3


def test_a_report_is_published_with_its_appendices_or_not_at_all(client, pmo, cover, project):
    client.force_login(pmo)
    edit(client, cover, **{"new-appendix-label": "Appendix 1", "new-appendix-nodes": project.pk})
    where = address(cover, "committee-report-publish")
    answer = client.post(where)
    assert answer.status_code == 409
    assert "Appendix 1 (New library)" in answer.content.decode()
    report = factories.published(project)
    client.post(where)
    assert cover.appendices.get().source == report


def test_a_draft_is_discarded_after_a_question(client, pmo, cover, organisation):
    client.force_login(pmo)
    where = address(cover, "committee-report-discard")
    assert "thrown away" in client.get(where).content.decode()
    assert client.post(where).url == reverse("committee-reports", args=[organisation.slug])
    assert not CommitteeReport.objects.exists()


def test_the_councils_own_rows_of_the_heading_block_are_written_a_line_each(client, pmo, cover):
    client.force_login(pmo)
    answer = edit(client, cover, **{"header.fields": "Ward: All wards\n\nKey decision: Yes: 7/19"})
    assert answer.url == address(cover, "committee-report-edit")
    cover.refresh_from_db()
    assert cover.fields == [["Ward", "All wards"], ["Key decision", "Yes: 7/19"]]
    page = client.get(document_url(cover)).content.decode()
    assert "Key decision" in page
    assert "Yes: 7/19" in page
    refused = edit(client, cover, **{"header.fields": "All wards"})
    assert refused.status_code == 422
    assert "Write a label, a colon and what it says: All wards" in refused.content.decode()


# ---- sections of their own kind, small tables, reviewers ----


def test_small_tables_are_pasted_or_typed_and_read_again_as_they_were():
    words = "Profile\n£000\t2018/19\tTotal\nKit\t1,005\t1,005\n\nPhase | What\nPhase 1"
    tables = tables_of(words)
    assert tables == [
        {"caption": "Profile", "columns": ["£000", "2018/19", "Total"], "rows": [["Kit", "1,005", "1,005"]]},
        {"caption": "", "columns": ["Phase", "What"], "rows": [["Phase 1", ""]]},
    ]
    assert tables_of(words_of_tables(tables)) == tables


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("Only a caption", "Give the table headings"), ("a | b\n1 | 2 | 3", "This row has more cells than there are")],
)
def test_a_table_that_cannot_be_read_says_why(words, sentence):
    with pytest.raises(ValidationError, match=sentence):
        tables_of(words)


def test_a_section_of_its_own_kind_a_table_and_a_reviewer_are_written(client, pmo, cover):
    client.force_login(pmo)
    first = cover.sections.first()
    edit(
        client,
        cover,
        **{
            f"section-{first.pk}-tables": "a | b\n1 | 2",
            "new-section-key": "signature",
            "new-clearance-heading": "Financial Comments",
            "new-clearance-reviewer": "finance",
            "new-clearance-due_on": "19/10/2018",
        },
    )
    first.refresh_from_db()
    assert first.tables == [{"caption": "", "columns": ["a", "b"], "rows": [["1", "2"]]}]
    assert cover.sections.last().key == "signature"
    clearance = cover.clearances.get()
    assert (clearance.reviewer, clearance.due_on, clearance.initials) == ("finance", date(2018, 10, 19), "")
    edit(client, cover, **{f"clearance-{clearance.pk}-text": "Paid for."})
    clearance.refresh_from_db()
    assert clearance.text == "Paid for."
    treasurer = Post.objects.create(organisation=cover.organisation, title="Treasurer")
    edit(client, cover, **{f"clearance-{clearance.pk}-post": str(treasurer.pk)})
    clearance.refresh_from_db()
    assert clearance.post == treasurer
    edit(client, cover, **{f"remove-clearance-{clearance.pk}": "1"})
    assert not cover.clearances.exists()


def test_what_is_corrected_begins_from_the_published_report_and_goes_to_the_same_meeting(client, pmo, cover):
    publish_committee_report(cover, by=pmo)
    client.force_login(pmo)
    begin = f"{reverse('committee-report-new', args=[cover.organisation.slug])}?from={cover.slug}"
    assert begin in client.get(address(cover)).content.decode()
    form = client.get(begin).context["form"]
    shown = [form[name].value() for name in ("source", "board", "meets_on", "meets_at")]
    assert shown == [cover.pk, cover.meeting.board_id, "10 July 2019", "19:30"]


def test_nothing_is_made_exempt_without_its_paragraph_and_the_public_interest(client, pmo, cover):
    client.force_login(pmo)
    first = cover.sections.first()
    typed = {f"section-{first.pk}-is_exempt": "on", f"section-{first.pk}-text": "The price that was bid."}
    page = edit(client, cover, **typed)
    assert page.status_code == 422
    told = page.content.decode()
    assert "Name the paragraph of Schedule 12A" in told
    assert "Say why it is in the public interest" in told
    assert "The price that was bid." in told
    first.refresh_from_db()
    assert not first.is_exempt
    why = {f"section-{first.pk}-exempt_paragraph": "3", f"section-{first.pk}-exempt_reason": "Bids are open."}
    past = edit(client, cover, **typed, **why, **{f"section-{first.pk}-exempt_until": "1 January 2020"})
    assert "That day is past: the public would have it at once." in past.content.decode()
    edit(client, cover, **typed, **why)
    first.refresh_from_db()
    assert first.is_exempt
    change_section(first, {"exempt_until": date(2020, 1, 1)}, by=pmo)  # a day that stood there before it was past
    edit(client, cover, **{"Key points.text": "Off track."})
    assert cover.sections.get(heading="Key points").text == "Off track."
    assert "Was exempt until 1 January 2020" in client.get(address(cover)).content.decode()


def test_a_table_typed_wrong_is_told_and_kept(client, pmo, cover):
    client.force_login(pmo)
    first = cover.sections.first()
    page = edit(client, cover, **{f"section-{first.pk}-tables": "a | b\n1 | 2 | 3"})
    assert page.status_code == 422
    assert "This row has more cells than there are headings: 1 | 2 | 3" in page.content.decode()
    assert "a | b" in page.content.decode()


def test_a_report_begins_with_the_sections_of_the_councils_template(client, pmo, organisation, executive):
    template = ReportTemplate.objects.create(
        organisation=organisation, slug="cover-report", name="Cover report", document="cover-report"
    )
    for order, (key, title) in enumerate((("purpose", "Purpose"), ("recommendations", "RECOMMENDATION/S")), start=1):
        TemplateSection.objects.create(organisation=organisation, template=template, key=key, title=title, order=order)
    treasurer = Post.objects.create(organisation=organisation, title="Treasurer")
    asked = [{"heading": "Legal Comments", "reviewer": "legal"}]
    asked += [{"heading": "Financial Comments", "reviewer": "finance", "post": treasurer.pk}]
    TemplateSection.objects.create(
        organisation=organisation, template=template, key="clearances", title="Comments", order=3,
        options={"reviewers": asked},
    )  # fmt: skip
    client.force_login(pmo)
    begun = client.post(
        reverse("committee-report-new", args=[organisation.slug]),
        {
            "node": top_node(organisation).pk,
            "board": executive.pk,
            "meets_on": "11 September 2019",
            "meets_at": "19:30",
            "subject": "Savings",
            "report_of": "Director",
        },
    )
    assert begun.status_code == 302
    report = CommitteeReport.objects.get(subject="Savings")
    assert list(report.sections.values_list("key", "heading")) == [
        ("purpose", "Purpose"), ("recommendations", "RECOMMENDATION/S"), ("clearances", "Comments"),
    ]  # fmt: skip
    assert list(report.clearances.values_list("heading", "reviewer", "post__title")) == [
        ("Legal Comments", "legal", None), ("Financial Comments", "finance", "Treasurer"),
    ]  # fmt: skip


def test_each_committee_has_its_own_template_with_its_order_and_numbering(client, pmo, organisation, executive):
    scrutiny = Board.objects.create(organisation=organisation, name="Scrutiny")
    for slug, board, keys, numbering in (
        ("all", None, ("purpose", "recommendations"), ""),
        ("own", executive, ("recommendations", "purpose"), "through"),
    ):
        template = ReportTemplate.objects.create(
            organisation=organisation, slug=slug, name=slug, document="cover-report", board=board, numbering=numbering
        )
        for order, key in enumerate(keys, start=1):
            TemplateSection.objects.create(
                organisation=organisation, template=template, key=key, title=key.title(), order=order
            )
    client.force_login(pmo)
    for board in (executive, scrutiny):
        given = {"node": top_node(organisation).pk, "board": board.pk, "meets_on": "11 September 2019"}
        given |= {"meets_at": "19:30", "subject": f"To {board}", "report_of": "Director"}
        assert client.post(reverse("committee-report-new", args=[organisation.slug]), given).status_code == 302
    begun = {
        report.subject: (report.numbering, list(report.sections.values_list("heading", flat=True)))
        for report in CommitteeReport.objects.all()
    }
    assert begun == {
        "To Executive": ("through", ["Recommendations", "Purpose"]),
        "To Scrutiny": ("by_section", ["Purpose", "Recommendations"]),
    }


def test_several_appendices_are_attached_at_once_and_count_on(client, pmo, cover, project, organisation):
    other = factories.project(organisation, "pool", "Pool")
    client.force_login(pmo)
    edit(
        client,
        cover,
        **{
            "new-appendix-label": "Appendix B",
            "new-appendix-nodes": [project.pk, other.pk],
            "new-appendix-is_exempt": "on",
            "new-appendix-exempt_paragraph": "3",
            "new-appendix-exempt_reason": "Bids are still open.",
        },
    )
    told = list(cover.appendices.values_list("label", "title", "is_exempt", "exempt_paragraph"))
    assert told == [("Appendix B", "New library", True, "3"), ("Appendix C", "Pool", True, "3")]


def test_an_exempt_appendix_is_named_to_nobody_who_may_not_see_it(client, pmo, reader, member, cover, project):
    factories.published(project)
    add_appendix(cover, node=project, label="Appendix 1", title="Bids received", is_exempt=True, by=pmo)
    publish_committee_report(cover, by=pmo)
    for person, is_named in ((reader, False), (member, True)):
        client.force_login(person)
        pages = [address(cover), client.get(address(cover)).context["document"]]
        assert [("Bids received" in client.get(page).content.decode()) for page in pages] == [is_named, is_named]


# ---- clearance ----


def test_a_clearance_that_nobody_finds_says_why(client, pmo, cover, stranger):
    post = Post.objects.create(organisation=cover.organisation, title="Head of Legal")
    add_clearance(cover, heading="Legal Comments", post=post, by=pmo)
    client.force_login(pmo)
    assert "nobody who signs in holds the post" in client.get(address(cover)).content.decode()
    post.holder = stranger
    post.save()
    assert "has no role on" in client.get(address(cover)).content.decode()
    post.holder = pmo
    post.save()
    said = client.get(address(cover)).content.decode()
    assert ("has no role on" in said, "nobody who signs in" in said) == (False, False)


def test_clearances_cost_the_same_queries_however_many(client, pmo, cover, count_queries):
    counts = []
    for number in range(1, 23):
        holder = factories.person(f"reviewer-{number}@example.org", cover.organisation, "reader")
        post = Post.objects.create(organisation=cover.organisation, title=f"Reviewer {number}", holder=holder)
        add_clearance(cover, heading=f"Comments {number}", post=post, by=pmo)
        if number in (2, 22):
            client.force_login(pmo)
            client.get(address(cover))
            with count_queries() as counted:
                client.get(address(cover))
            counts.append(len(counted))
    assert counts[0] == counts[1]


def test_a_report_is_cleared_by_who_holds_the_post_then_locked_and_published(
    client, pmo, officer, director, cover, organisation
):
    post = Post.objects.create(organisation=organisation, title="Chief Finance Officer", holder=director)
    due = date(2019, 8, 1)
    clearance = add_clearance(cover, heading="Financial Comments", reviewer="finance", post=post, due_on=due, by=pmo)
    client.force_login(pmo)
    refused = client.post(address(cover, "committee-report-publish"))
    assert (refused.status_code, "Financial Comments" in refused.content.decode()) == (409, True)
    where = reverse("committee-report-clear", args=[organisation.slug, cover.slug, clearance.pk])
    client.force_login(officer)
    assert client.get(where).status_code == 403
    client.force_login(director)
    assert where in client.get(reverse("home")).content.decode()
    page = client.get(address(cover)).content.decode()
    assert where in page
    assert "Late" in page  # it was wanted by 1 August, today is the 6th
    form = f"clear-{clearance.pk}"
    assert client.post(where, {f"{form}-text": "Paid for."}).status_code == 422
    client.post(where, {f"{form}-text": "Paid for.", f"{form}-initials": "GB", f"{form}-cleared": "6 August 2019"})
    cover.refresh_from_db()
    clearance.refresh_from_db()
    assert (cover.state, clearance.initials, clearance.cleared_on) == ("cleared", "GB", date(2019, 8, 6))
    client.force_login(pmo)
    assert client.get(address(cover, "committee-report-edit")).url == address(cover)
    with pytest.raises(CommitteeReportIsCleared):
        change_section(cover.sections.first(), {"text": "Otherwise."}, by=pmo)
    client.post(address(cover, "committee-report-publish"))
    cover.refresh_from_db()
    assert cover.state == "published"


def test_a_clearance_names_a_day_says_when_it_was_late_and_when_the_report_was_changed_after_it(client, pmo, cover):
    late = add_clearance(cover, heading="Legal Comments", due_on=date(2019, 8, 1), by=pmo)
    add_clearance(cover, heading="Financial Comments", by=pmo)
    client.force_login(pmo)
    where = reverse("committee-report-clear", args=[cover.organisation.slug, cover.slug, late.pk])
    form = f"clear-{late.pk}"
    given = {f"{form}-text": "Lawful.", f"{form}-initials": "KK"}
    for day, sentence in (("some day", "Give one day"), ("7 August 2019", "still to come"), ("", "Give one day")):
        told = client.post(where, {**given, f"{form}-cleared": day})
        assert (told.status_code, sentence in told.content.decode()) == (422, True), day
    client.post(where, {**given, f"{form}-cleared": "5 August 2019"})
    page = client.get(address(cover)).content.decode()
    assert "wanted by 1 August 2019, given late" in page
    assert "It can be published once its reviewers have cleared it. Still awaited: Financial Comments." in page
    assert address(cover, "committee-report-publish") not in page
    assert "was changed after this was given" not in page
    change_section(cover.sections.first(), {"text": "Otherwise."}, by=pmo)
    assert "was changed after this was given" in client.get(address(cover)).content.decode()
    client.post(address(cover, "committee-report-open"), {"reason": "The purpose was changed."})
    late.refresh_from_db()
    assert (late.text, late.initials) == ("Lawful.", "")


def test_a_cleared_report_is_opened_again_for_a_reason_and_cleared_anew(client, pmo, cover):
    clearance = add_clearance(cover, heading="Legal Comments", by=pmo)
    give_clearance(clearance, text="Lawful.", initials="KK", cleared=parse_written_date("5 August 2019"), by=pmo)
    client.force_login(pmo)
    assert client.post(address(cover, "committee-report-open")).status_code == 422
    client.post(address(cover, "committee-report-open"), {"reason": "A figure was wrong."})
    cover.refresh_from_db()
    clearance.refresh_from_db()
    assert (cover.state, clearance.text, clearance.initials, clearance.cleared_on) == ("draft", "Lawful.", "", None)
