"""Assurance: the checks, what they find in the record, and findings that somebody has accepted."""

from reporting.assurance import counts, figures, plan, registers, statuses, timeliness

__all__ = ["counts", "figures", "plan", "registers", "statuses", "timeliness"]  # importing them registers their checks
