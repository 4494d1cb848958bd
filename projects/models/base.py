"""What the tables of the record share: an owner, a version, exempt marks, dates kept as written."""

from django.db import models

from projects.rules.dates import Precision, WrittenDate

PRECISION_CHOICES = [(precision.value, precision.value) for precision in Precision]


class Owned(models.Model):
    """A row that belongs to one organisation; the action that makes it fills it in."""

    organisation = models.ForeignKey("projects.Organisation", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that two people can edit: a save must name the version it was based on."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class Exemptable(models.Model):
    """A row that may be kept from the public under Schedule 12A, until a date where one is set."""

    is_exempt = models.BooleanField("exempt", default=False)
    exempt_paragraph = models.CharField("Schedule 12A paragraph", max_length=20, blank=True)
    exempt_reason = models.TextField("public interest statement", blank=True)
    exempt_until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def is_exempt_on(self, day) -> bool:
        """Whether the row is still kept from the public on `day`."""
        return self.is_exempt and (self.exempt_until is None or self.exempt_until > day)


class ExemptWithNode(Exemptable):
    """A row about a node that is kept from the public where the row or the node is."""

    class Meta:
        abstract = True

    def mark_on(self, day) -> Exemptable | None:
        """What keeps it from the public on `day`: the row itself, else its node; None where nothing does."""
        if super().is_exempt_on(day):
            return self
        return self.node if self.node.is_exempt_on(day) else None

    def is_exempt_on(self, day) -> bool:
        return self.mark_on(day) is not None


def exempt_now(day, prefix=""):
    """Rows still exempt on `day`, as a Q over the fields behind `prefix`."""
    return models.Q(**{f"{prefix}is_exempt": True}) & (
        models.Q(**{f"{prefix}exempt_until": None}) | models.Q(**{f"{prefix}exempt_until__gt": day})
    )


def with_related(rows, names):
    """The rows, each with what the names lead to read beside it; as they are where there are no names.

    Without names, select_related joins all that a row must point to, and all that those must: twenty tables of a
    report's row, over which the database plans for half a second.
    """
    return rows.select_related(*names) if names else rows


class Money(models.DecimalField):
    """Pounds and pence, never float. None means not reported, which is not zero."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 16)
        kwargs.setdefault("decimal_places", 2)
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class WrittenDateField:
    """A date kept as it was written, beside the date it can be read as.

    Adds `<name>_words`, `<name>_on` and `<name>_precision`; the attribute itself reads and
    takes a `WrittenDate`. `side` says which end of "Autumn 2018" is checked against:
    "latest" for finishes and reviews, "earliest" for starts.
    """

    def __init__(self, label="", side="latest"):
        self.label = label
        self.side = side

    def contribute_to_class(self, cls, name, **kwargs):
        self.name = name
        label = self.label or name.replace("_", " ")
        cls.add_to_class(f"{name}_words", models.CharField(label, max_length=200, blank=True))
        cls.add_to_class(f"{name}_on", models.DateField(f"{label}, as a date", null=True, blank=True))
        cls.add_to_class(
            f"{name}_precision",
            models.CharField(f"{label}, precision", max_length=20, blank=True, choices=PRECISION_CHOICES),
        )
        setattr(cls, name, self)

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return {part: getattr(instance, f"{self.name}_{part}") for part in ("words", "on", "precision")}

    def __set__(self, instance, written: WrittenDate):
        instance.__dict__.update(self.values(written))

    def values(self, written: WrittenDate) -> dict:
        """The three column values of `written`, keyed by column name."""
        on = written.latest if self.side == "latest" else written.earliest
        return {
            f"{self.name}_words": written.text,
            f"{self.name}_on": on,
            f"{self.name}_precision": written.precision.value if on else "",
        }
