"""Work in a spreadsheet: reports and registers as a workbook that comes back as just what was changed in it."""
