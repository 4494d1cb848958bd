"""Documents: declared as sections (document.py), filled with values (contents.py), drawn in any medium (render.py)."""
