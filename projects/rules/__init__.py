"""Judgements and readings as pure functions over plain values: no database, no request, no clock."""
