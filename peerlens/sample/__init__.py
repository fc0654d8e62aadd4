"""A made-up firm with planted answers."""

from peerlens.sample.firm import Firm, make_firm

__all__ = ["Firm", "make_firm"]
