"""Secrets: recognise the numbers nobody should send, and would not get back."""

import re
import unicodedata

_DIGITS = re.compile(r"(?<!\d)\d(?:[\s.\-–_]{0,2}\d){5,}")
"""Six digits and more: a one-time code, an identity number, a card, account or telephone number."""
_HARMLESS = re.compile(
    r"""(?<![\d.,])(?:
        \d{1,3}(?:[.,]\d{3})+(?![\d.,]?\d)               # 1.500.000: money
      | \d+\s?(?:đồng|đ|vnđ|vnd|k|triệu|nghìn|ngàn)\b  # 500000 đồng
      | \d{1,2}[.\-]\d{1,2}[.\-]\d{4}(?!\d)            # 21-11-2026
      | 1[89]00\s?\d{4,6}(?!\d)                        # 1900 1234: a hotline
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def looks_secret(text: str) -> bool:
    """Return whether the text holds a number that should not have been sent."""
    return bool(_DIGITS.search(_HARMLESS.sub(" ", unicodedata.normalize("NFKC", text))))
