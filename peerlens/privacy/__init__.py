"""What may be looked at, and what may be given out. Every figure about a group leaves through ``groups.let_out``."""

from peerlens.privacy.confidential import STARTER_PATTERNS, matches

__all__ = ["STARTER_PATTERNS", "matches"]
