"""The colour that a person sees in a cell: a hex figure, one of the theme or of the palette, made lighter or not."""

import colorsys
import re
from collections.abc import Mapping, Sequence

from openpyxl.styles.colors import COLOR_INDEX

THEME_ORDER = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
# The theme that workbooks without one of their own are shown in.
OFFICE_THEME = (
    "FFFFFF 000000 EEECE1 1F497D 4F81BD C0504D 9BBB59 8064A2 4BACC6 F79646 0000FF 800080".split()  # noqa: SIM905
)
PALETTE = tuple(colour[-6:].upper() for colour in COLOR_INDEX[:64])
HEX = re.compile(r"[0-9A-F]{6}")


def theme_colours(theme: bytes) -> list[str]:
    """A theme's twelve colours in the order that cells count them (light before dark)."""
    found = re.findall(
        rb"<a:(dk1|lt1|dk2|lt2|accent[1-6]|hlink|folHlink)>\s*<a:(?:sysClr[^>]*lastClr|srgbClr[^>]*val)=\"(\w{6})\"",
        theme,
    )
    by_name = {name.decode(): rgb.decode("ascii", "replace").upper() for name, rgb in found}
    return [by_name.get(name, "") for name in THEME_ORDER] if by_name else list(OFFICE_THEME)


def seen_colour(colour: Mapping[str, str], theme: Sequence[str], palette: Sequence[str] = PALETTE) -> str | None:
    """Six upper-case hex digits of a colour as a workbook writes it; None for the reader's own and for nonsense."""
    try:
        if "rgb" in colour:
            rgb = colour["rgb"][-6:].upper()
        elif "theme" in colour:
            rgb = theme[int(colour["theme"])]
        else:
            rgb = palette[int(colour["indexed"])]
        return tinted(rgb, float(colour.get("tint", 0))) if HEX.fullmatch(rgb) else None
    except (KeyError, IndexError, ValueError):
        return None


def tinted(rgb: str, tint: float) -> str:
    """A colour made lighter (tint above 0, at most 1) or darker (down to -1), as spreadsheet programmes do it."""
    if not -1 <= tint <= 1 or not tint:
        return rgb
    hue, light, strength = colorsys.rgb_to_hls(*(int(rgb[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return "".join(f"{round(part * 255):02X}" for part in colorsys.hls_to_rgb(hue, light, strength))
