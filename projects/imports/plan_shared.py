"""What the parts of one plan have in common: the layout's words and the record, read once."""

import re
from collections.abc import Iterable
from functools import cached_property

from projects.imports import plan_links
from projects.imports.layout import NAMED, Layout
from projects.imports.mapping import Table
from projects.imports.parse import ParsedValue
from projects.imports.planned import ImportPlan
from projects.imports.posts import Posts
from projects.imports.target import HeldRows, Nodes
from projects.imports.wording import Wording
from projects.models import Benefit, Dimension, Node, Question, ReportTemplate


class Shared:
    """What the parts of one plan have in common: the layout's words, the record read once, the problems."""

    def __init__(
        self,
        plan: ImportPlan,
        layout: Layout,
        wording: Wording,
        nodes: Nodes,
        held: HeldRows,
        templates: dict[int, ReportTemplate],
        posts: Posts,
        node_ids: Iterable[int],
        dated: Iterable[ParsedValue] = (),
    ):
        self.plan = plan
        self.layout = layout
        self.wording = wording
        self.nodes = nodes
        self.held = held
        self.templates = templates
        self.posts = posts
        self.node_ids = list(node_ids)
        self.dated = tuple(dated)  # days over the columns of counts
        self.spellings = {one.key: one.labels for block in layout.blocks() for one in block.fields}
        self.labels = {
            one.key: (one.labels[0] if one.labels else block.title)
            for block in reversed(list(layout.blocks()))
            for one in block.fields
        }
        for block in layout.blocks():
            for one in block.fields:
                self.labels.update({one.capture: f"{self.labels[one.key]}, as labelled"} if one.capture else {})
                self.labels.update({one.bracket: "Funding, in brackets"} if one.bracket else {})
        self.forms = {block.key for block in layout.blocks() if block.kind == "cells"}  # no sections of a report
        # rows of the workbook whose figures do not come to the totals printed in them
        self.doubtful = {(one.sheet, one.row) for one in plan.controls if not one.agrees and one.row}
        self._things: dict[str, dict[int, list]] = {}
        self._asked: dict[tuple[type, int], dict] = {}

    def label_of(self, key: str) -> str:
        """What the layout calls a value; of a column that repeats, what tells it from its like."""
        stem, _, tag = key.partition("@")
        if stem == NAMED:
            return tag
        label = self.labels.get(stem, stem)
        return re.sub(r"[*#]", tag, label, count=1) if tag else label.replace("*", "").strip()

    def dimensions(self, template: ReportTemplate) -> dict[str, Dimension]:
        """What a template rates, by key."""
        return self._by_key(Dimension, template)

    def questions(self, template: ReportTemplate) -> dict[str, Question]:
        """What a template asks, by key."""
        return self._by_key(Question, template)

    def _by_key(self, model, template: ReportTemplate) -> dict:
        if (model, template.pk) not in self._asked:
            self._asked[model, template.pk] = {one.key: one for one in model.objects.filter(template=template)}
        return self._asked[model, template.pk]

    def things(self, table: Table, node: Node) -> list:
        """The things of a node that rows of a table are about, archived ones left out."""
        if table.record not in self._things:
            by_node: dict[int, list] = {}
            for thing in table.things.objects.filter(node__in=self.node_ids, is_archived=False):
                by_node.setdefault(thing.node_id, []).append(thing)
            self._things[table.record] = by_node
        return self._things[table.record].get(node.pk, [])

    @cached_property
    def _cashable(self) -> dict[int, list[int]]:
        by_node: dict[int, list[int]] = {}
        benefits = Benefit.objects.filter(node__in=self.node_ids, kind=Benefit.BenefitKind.CASHABLE, is_archived=False)
        for pk, node_id in benefits.order_by("pk").values_list("pk", "node_id"):
            by_node.setdefault(node_id, []).append(pk)
        return by_node

    @cached_property
    def links(self) -> plan_links.Links:
        """The recommendations that each action answers, and all that there are."""
        return plan_links.read_links(self.node_ids, self.wording.organisation)

    @cached_property
    def parents_of_items(self) -> dict[int, int]:
        """Of each plan item that is a part of another, the other."""
        return plan_links.read_parents(self.node_ids)

    def cashable(self, node: Node | None) -> list[int]:
        """The cashable benefits of a node."""
        return self._cashable.get(node.pk, []) if node else []
