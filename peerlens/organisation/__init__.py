"""Ties to groups: contact between departments, and never one person."""

from peerlens.organisation.explore import FirmMap, make_map
from peerlens.organisation.organisation import Comparison, Organisation, check_purpose, make_organisation

__all__ = ["Comparison", "FirmMap", "Organisation", "check_purpose", "make_map", "make_organisation"]
