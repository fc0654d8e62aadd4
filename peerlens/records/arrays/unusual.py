"""What sends a file the general way."""

from __future__ import annotations


class Unusual(Exception):
    """A file holds something that is not read as arrays; says what, for whoever looks for the reason."""
