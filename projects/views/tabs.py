"""The pages of a node side by side: one list, whichever page it stands on."""

from django.urls import reverse

from projects.permissions import may
from projects.rules.access import Permission

REGISTER_TABS = {
    "milestones": "Milestones",
    "risks": "Risks",
    "issues": "Issues",
    "benefits": "Benefits",
    "indicators": "Indicators",
    "recommendations": "Recommendations",
}


AS_AT_PAGES = {"node", "register", "compare"}  # those that show a day when another page of the node does


def node_tabs(user, place, current: str, as_at_query: str = "") -> list[dict]:
    """The pages of a node that the person may open; `current` is the name of one, or the kind of a register.

    `as_at_query` is what an address is given to show the day that is looked at, "" for now.
    """
    named = [place.organisation.slug, place.slug]
    tabs = [("Dashboard", "node", named, "node"), ("History", "node-history", named, "node-history")]
    tabs.append(("Trends", "trends", named, "trends"))
    tabs.append(("What changed", "compare", named, "compare"))
    tabs += [(words, "register", [*named, kind], kind) for kind, words in REGISTER_TABS.items()]
    if may(user, Permission.VIEW_RECORD, place):
        tabs.append(("Change control", "changes", named, "changes"))
        tabs.append(("Assurance", "assurance", named, "assurance"))
    return [
        {
            "label": label,
            "url": reverse(name, args=arguments) + (as_at_query if name in AS_AT_PAGES else ""),
            "current": key == current,
        }
        for label, name, arguments, key in tabs
    ]
