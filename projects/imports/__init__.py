"""Bringing workbooks in: guard, read, recognise, parse here; plan and apply write the record."""
