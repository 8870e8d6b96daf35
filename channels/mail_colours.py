"""Shades of a shop's colour that can be read, on light paper and on dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import lru_cache

PAPER, NIGHT = "#fffefa", "#27332d"
INK = "#141b17"
READABLE = 4.5


@dataclass(frozen=True, slots=True)
class Shades:
    """``light`` and ``dark`` for words on such paper; ``on_…`` for words on a patch of them."""

    light: str
    on_light: str
    dark: str
    on_dark: str


@lru_cache(maxsize=8)
def shades(colour: str) -> Shades:
    """The shades nearest to a colour (``#1f4d3a``) that keep enough contrast."""
    light, dark = _readable(colour, PAPER, -0.02), _readable(colour, NIGHT, 0.02)
    return Shades(light, _on(light), dark, _on(dark))


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _readable(colour: str, paper: str, step: float) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    while contrast(colour, paper) < READABLE and 0 <= lightness + step <= 1:
        lightness += step
        parts = colorsys.hls_to_rgb(hue, lightness, saturation)
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in parts)
    return colour


def _on(colour: str) -> str:
    return PAPER if contrast(colour, PAPER) >= contrast(colour, INK) else INK


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
