"""Ties to groups: contact between departments, and never one person."""

from peerlens.organisation.organisation import Comparison, Organisation, make_organisation

__all__ = ["Comparison", "Organisation", "make_organisation"]
