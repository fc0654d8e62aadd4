"""Ties to groups: contact between departments, and never one person."""

from peerlens.organisation.organisation import Comparison, Organisation, check_purpose, make_organisation

__all__ = ["Comparison", "Organisation", "check_purpose", "make_organisation"]
