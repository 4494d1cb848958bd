"""`{{ text|whole_references }}`: references such as "A.10" and "No.5" are never parted at the end of a line."""

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
REFERENCE = re.compile(r"(?<![\w.])\(?[A-Za-z]{1,4}\.\d+\)?[,;.]?(?!\w)")  # with the bracket and stop beside it


@register.filter
def whole_references(text: str) -> SafeString:
    """The text, escaped, with each reference in a span that the style sheet keeps on one line."""
    escaped = conditional_escape(text)
    if "." not in escaped:
        return escaped
    return mark_safe(REFERENCE.sub(r'<span class="doc-ref">\g<0></span>', escaped))  # noqa: S308 escaped above
