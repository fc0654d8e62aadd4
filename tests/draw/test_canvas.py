from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib
import pytest

from peerlens.draw import DARK, LIGHT, balance, new_axes, rhythm, save, to_png, to_svg, wheel
from peerlens.draw.text import FAMILIES, clean, shorten, text_width, wrap
from peerlens.draw.theme import HUES, KIND_STYLES, KIND_WORDS, OTHER, UNKNOWN, contrast, theme_of

SPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_colours_have_enough_contrast(theme):
    for colour in (theme.ink, theme.muted, theme.accent_text):
        assert contrast(colour, theme.paper) >= 4.5
    assert contrast(theme.accent, theme.paper) >= 3.0


def test_no_two_kinds_look_alike_and_each_has_words():
    assert len({(s.dashes, s.marker) for s in KIND_STYLES.values()}) == len(KIND_STYLES)
    assert len({s.marker for s in KIND_STYLES.values()}) == len(KIND_STYLES)
    assert KIND_STYLES.keys() == KIND_WORDS.keys()


def test_hues_are_eight_and_none_is_the_accent():
    assert len(set(HUES)) == 8
    assert LIGHT.accent not in HUES


def test_svg_is_self_contained_named_and_selectable(few):
    svg = to_svg(wheel(few, title="One <tie> & more"), prefix="fig1")
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SPACE}title").text == "One <tie> & more"
    assert "Bo (Legal): gone quieter than usual" in root.find(f"{SPACE}desc").text
    assert "Anna" in [text.text for text in root.iter(f"{SPACE}text")]
    assert not re.search(r'(?:href|src)="(?!#)', svg)
    assert not re.search(r"url\((?!#)", svg)


def test_svg_ids_start_with_the_prefix_and_all_references_resolve(few):
    svg = to_svg(wheel(few), prefix="fig1")
    ids = re.findall(r'\bid="([^"]*)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name == "fig1" or name.startswith("fig1-") for name in ids)
    assert set(re.findall(r'href="#([^"]*)"', svg)) | set(re.findall(r"url\(#([^)]*)\)", svg)) <= set(ids)


def test_two_pictures_on_one_page_share_no_id(few, contacts):
    pictures = [to_svg(wheel(few)), to_svg(wheel(contacts(40, 8)))]
    one, two = (set(re.findall(r'\bid="([^"]*)"', svg)) for svg in pictures)
    assert one
    assert not one & two


def test_svg_stays_small(contacts):
    assert len(to_svg(wheel(contacts(300, 40))).encode()) < 100_000


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_saved_files_are_the_same_bytes_twice(few, tmp_path, suffix, start):
    first = save(wheel(few), tmp_path / f"a{suffix}").read_bytes()
    assert first.startswith(start)
    assert save(wheel(few), tmp_path / f"b{suffix}").read_bytes() == first


def test_an_unknown_format_is_refused_and_nothing_is_left_behind(few, tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.pdf"):
        save(wheel(few), tmp_path / "a.bmp")
    assert list(tmp_path.iterdir()) == []


def test_the_users_own_style_changes_nothing(few):
    plain = to_png(wheel(few)), to_svg(wheel(few))
    loud = {"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red", "figure.facecolor": "black",
            "savefig.facecolor": "red", "savefig.bbox": "tight", "figure.dpi": 300, "text.parse_math": True,
            "text.color": "red", "patch.linewidth": 7, "lines.markersize": 20, "figure.autolayout": True}  # fmt: skip
    with matplotlib.rc_context(loud):
        assert (to_png(wheel(few)), to_svg(wheel(few))) == plain


def test_drawing_leaves_global_state_alone(few, monkeypatch):
    before = dict(matplotlib.rcParams)
    to_svg(wheel(few))
    assert dict(matplotlib.rcParams) == before


def test_pictures_do_not_import_pyplot():
    import subprocess
    import sys

    code = (
        "import sys, pandas as pd; from peerlens import draw;"
        "heavy = [m for m in ('matplotlib', 'pyvis') if m in sys.modules];"
        "draw.to_png(draw.balance(pd.DataFrame({'period': ['a'], 'direction': ['up'], 'share': [1.0]})));"
        "print(heavy, 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "[] False"


def test_dark_paper_gives_dark_theme(few):
    ax = wheel(few, ax=new_axes(8, 6, theme=DARK))
    assert theme_of(ax) is DARK
    assert {t.get_color() for t in ax.texts if t.get_gid() == "name"} == {DARK.ink}


def test_shorten_fits_the_width_it_was_given():
    for text in ("Wolfeschlegelsteinhausenbergerdorff", "王小明王小明王小明", "e\u0301" * 40):
        cut = shorten(text, width=60, size=9)
        assert cut.endswith("…")
        assert text_width(cut, size=9) <= 60


def test_wrap_loses_nothing():
    text = "Contact with peers in other departments fell, and Wolfeschlegelsteinhausenbergerdorffsdottir knows"
    lines = wrap(text, width=120, size=12)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, size=12) <= 120 for line in lines)


def test_clean_removes_what_cannot_be_written():
    clean("a\ud800b\x00\tc").encode("utf-8")
    assert clean("a\x00\tc") == "a c"


def test_fonts_begin_with_the_one_matplotlib_ships():
    assert FAMILIES[0] == "DejaVu Sans"
    assert OTHER != UNKNOWN


def test_every_picture_takes_an_axes_and_returns_it(few):
    import pandas as pd

    ax = new_axes(8, 6)
    assert wheel(few, ax=ax) is ax
    ax = new_axes(8, 3)
    assert rhythm(pd.DataFrame({"day": [], "close": []}), as_of="2026-08-30", ax=ax) is ax
    ax = new_axes(8, 3)
    assert balance(pd.DataFrame({"period": ["a"], "direction": ["up"], "share": [1]}), ax=ax) is ax
