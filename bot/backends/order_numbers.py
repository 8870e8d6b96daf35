"""Spellings of an order's number that mean the same order."""

from __future__ import annotations

import re


def comparable(number: str) -> str:
    """``#FH-10001``, ``fh 10001`` → ``FH10001``: what two spellings of one number share."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def digits(number: str) -> str:
    """``#FH-10001`` → ``10001``: what customers write when they leave the letters out."""
    return re.sub(r"[^0-9]", "", number)
