"""Where each measure turns amber and red: defaults that an organisation may replace one by one."""

from dataclasses import dataclass
from decimal import Decimal

from projects.rules.kinds import Kind, Rating


@dataclass(frozen=True)
class Threshold:
    """Amber and red from these values on (the line itself is the worse rating), in `unit`."""

    amber_from: Decimal
    red_from: Decimal
    unit: str  # "days" or "%", as printed in the reason


@dataclass(frozen=True)
class Limits:
    """The thresholds of one organisation, by measure."""

    schedule: Threshold = Threshold(Decimal(14), Decimal(42), "days")
    schedule_critical: Threshold = Threshold(Decimal(7), Decimal(21), "days")  # half, on the critical path
    finance: Threshold = Threshold(Decimal(5), Decimal(10), "%")
    benefits: Threshold = Threshold(Decimal(5), Decimal(15), "%")
    # of the target; on these lines the better rating: "up to 10% amber, by more red"
    indicators: Threshold = Threshold(Decimal(0), Decimal(10), "%")
    # of an item's baseline from its first one, over all approved changes: twice what one slip may be
    drift: Threshold = Threshold(Decimal(28), Decimal(84), "days")


DEFAULT_LIMITS = Limits()


def rate(name: str, value: Decimal | int | None, limits: Threshold) -> Rating:
    """Rate one measure and say why. On a line the worse rating; missing is unrated, never green."""
    if value is None:
        return Rating(None, f"{name} is not known")
    stated = f"{name} is {in_unit(value, limits.unit)}"
    if value >= limits.red_from:
        return Rating(Kind.OFF_TRACK, f"{stated}; RED from {in_unit(limits.red_from, limits.unit)}")
    if value >= limits.amber_from:
        return Rating(Kind.AT_RISK, f"{stated}; AMBER from {in_unit(limits.amber_from, limits.unit)}")
    return Rating(Kind.ON_TRACK, f"{stated}; AMBER from {in_unit(limits.amber_from, limits.unit)}")


def in_unit(value: Decimal | int, unit: str) -> str:
    """Print a value of a measure: "50 days", "1 day", "-1.22%" (two decimals at most, rounded down in size).

    Cut, not rounded, so that 4.999% never reads as 5% beside "AMBER from 5%".
    """
    cut = Decimal(value) if value == int(value) else Decimal(int(Decimal(value) * 100)) / 100
    number = f"{cut.normalize():f}" if cut else "0"
    if unit == "%":
        return f"{number}%"
    return f"{number} {unit.removesuffix('s') if number in ('1', '-1') else unit}"
