"""Bank holidays, for deadlines counted in working days."""

from collections.abc import Iterable
from datetime import date
from functools import cache

from holidays import country_holidays

NATIONS = [("ENG", "England"), ("NIR", "Northern Ireland"), ("SCT", "Scotland"), ("WLS", "Wales")]


def bank_holidays(nation: str, years: Iterable[int]) -> set[date]:
    """The bank holidays of one of `NATIONS` in these years, the days kept in their stead among them."""
    return {day for year in years for day in _of_year(nation, year)}


@cache
def _of_year(nation: str, year: int) -> frozenset[date]:
    return frozenset(country_holidays("GB", subdiv=nation, years=year))
