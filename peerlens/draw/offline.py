"""The frame of a page on pyvis that needs no network: its library and drawing taken apart, everything around them ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files

from peerlens.schema import SCHEMA_VERSION


def offline_page(network: str, body: str, scripts: Iterable[str], *, title: str, subtitle: str) -> str:
    """Put a pyvis drawing into a page of ours: one HTML document that loads nothing.

    Parameters
    ----------
    network
        What pyvis's ``generate_html`` gave.
    body
        What stands below the title.
    scripts
        What runs once the drawing is there.
    title, subtitle
        The finding; the period and the numbers.

    Raises
    ------
    RuntimeError
        Something in it would be loaded from elsewhere: another pyvis than the one this was made for.
    """
    library, drawing = _pyvis_parts(network)
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="schema_version" content="{SCHEMA_VERSION}">
<title>{escape(title)}</title>
{library}
<style>
{read_part("explorer.css")}</style>
</head>
<body>
<main>
<header><h1>{escape(title)}</h1>
<p class="subtitle">{escape(subtitle)}</p></header>
{body}
</main>
{drawing}
<script>
{chr(10).join(scripts)}</script>
</body>
</html>
"""
    page = page.replace("\r\n", "\n")
    outside = external_references(page)
    if outside:
        raise RuntimeError(
            f"The page would load {outside[0]} from the network. Install pyvis 0.3.2, which it was made for."
        )
    return page


def canvas_box(alt: str) -> str:
    """Write the box that pyvis draws into, and the buttons that make it larger and smaller.

    Parameters
    ----------
    alt
        What the picture shows, for those who cannot see it.

    Examples
    --------
    >>> 'id="mynetwork"' in canvas_box("A wheel.")
    True
    """
    return f"""<div class="picture"><div class="canvas"><div id="mynetwork" role="group" aria-label="{escape(alt)}"></div></div>
<div class="zoom"><button type="button" data-zoom="in" aria-label="Larger">+</button>
<button type="button" data-zoom="out" aria-label="Smaller">−</button>
<button type="button" data-zoom="fit" aria-label="Show all">⤢</button></div></div>"""


def _pyvis_parts(document: str) -> tuple[str, str]:
    """Return the library and the drawing in a pyvis document, without its heading, its bootstrap and its sizes.

    Parameters
    ----------
    document
        What ``generate_html`` gave.
    """
    head = document[document.index("<head>") + 6 : document.rindex("</head>")]
    body = document[document.rindex("<body>") + 6 : document.rindex("</body>")]
    library = head[: head.index("<center>")].replace('<meta charset="utf-8">', "")
    return library.strip(), body[body.index("<script") :].strip()


def read_part(name: str) -> str:
    """Return a style sheet or script that goes into a page.

    Parameters
    ----------
    name
        File in this package.
    """
    return files("peerlens.draw").joinpath(name).read_text(encoding="utf-8")


def external_references(page: str) -> list[str]:
    """List what a page would load from elsewhere through `src`, `href`, `url()` or `@import`.

    Examples
    --------
    >>> external_references('<script src="https://example.org/x.js"></script>')
    ['https://example.org/x.js']
    """
    attributes = re.findall(r"""\b(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", page)
    styles = re.findall(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""", page)
    return attributes + styles
