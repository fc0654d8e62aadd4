"""Findings to a file: an outline without markup, then a page."""

from peerlens.report.outline import Outline, make_outline
from peerlens.report.page import render
from peerlens.report.write import write_report

__all__ = ["Outline", "make_outline", "render", "write_report"]
