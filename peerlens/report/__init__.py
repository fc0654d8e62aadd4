"""Findings to a file: an outline without markup, then a page, paper or slides."""

from peerlens.report.outline import Outline, make_outline
from peerlens.report.page import render
from peerlens.report.share import Share, known_share, names_behind, tokens_for
from peerlens.report.write import rendered, write_report

__all__ = [
    "Outline",
    "Share",
    "known_share",
    "make_outline",
    "names_behind",
    "render",
    "rendered",
    "tokens_for",
    "write_report",
]
