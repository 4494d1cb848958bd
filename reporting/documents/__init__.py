"""Documents: declared as sections (document.py), filled with plain values (contents.py), drawn in any medium (render.py)."""
