"""What may be looked at, and what may be given out. Every figure about a group leaves through ``groups.let_out``."""

from peerlens.privacy.bands import MEDIAN_FROM, middle_of, rounded_count
from peerlens.privacy.confidential import STARTER_PATTERNS, matches

__all__ = ["MEDIAN_FROM", "STARTER_PATTERNS", "matches", "middle_of", "rounded_count"]
