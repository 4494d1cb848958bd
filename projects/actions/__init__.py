"""Writes that span models: a verb each, keyword-only, always with `by`, always audited."""
