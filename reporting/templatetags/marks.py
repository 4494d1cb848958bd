"""`{{ text|marked }}`: text of a committee report with its bold, italic and links."""

from django import template

from reporting.documents.marks import marked_html

register = template.Library()
register.filter("marked", marked_html)
