"""A search over every byte that is written: no name, address, subject line, or anybody left out, where none may be."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest

import peerlens
from peerlens.privacy.tokens import token
from peerlens.records.forgotten import forget_person
from peerlens.records.pseudonymise import pseudonymise
from peerlens.report.governance import write_governance
from peerlens.report.notebook import Asked, render_notebook

SUBJECT, ME, EXCLUDED, CONFIDED_IN, SMALL = "Sekret-Betreff", "p005", "p007", "p011", "Quirk Cell"
KEY = b"k" * 32
CHANGED = {".html", ".txt", ".csv", ".md", ".ipynb", ".json", ".periods", ".xml", ".rels", ".toml"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small firm with subject lines, a department of two, one person confided in, and one left out."""
    folder = tmp_path_factory.mktemp("source")
    peerlens.make_firm(people=40, weeks=20, seed=4).write(folder)
    messages = pd.read_csv(folder / "messages.csv", dtype=str)
    messages.assign(subject=SUBJECT).drop(columns=["is_ask", "is_thanks"], errors="ignore").to_csv(
        folder / "messages.csv", index=False
    )
    people = pd.read_csv(folder / "people.csv", dtype=str)
    few = people.loc[~people["person_id"].isin([ME, EXCLUDED, CONFIDED_IN]), "person_id"].iloc[[12, 20]]
    people.loc[people["person_id"].isin(few), "department"] = SMALL
    people.to_csv(folder / "people.csv", index=False)
    (folder / "confidential.csv").write_text(f"pattern\n{CONFIDED_IN}\n")
    return folder


@pytest.fixture(scope="module")
def secrets(source: Path) -> pd.DataFrame:
    return pd.read_csv(source / "people.csv", dtype=str).drop_duplicates("person_id").set_index("person_id")


@pytest.fixture(scope="module")
def written(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything peerlens writes, in two folders: what names nobody but its owner, and what its owner alone may see."""
    out = tmp_path_factory.mktemp("out")
    others, own = out / "others", out / "own"
    others.mkdir()
    own.mkdir()
    records = peerlens.read(source, exclude=[EXCLUDED], flags=True)
    network = peerlens.Network(records)
    organisation = network.organisation("department", purpose="Search all that is written")
    organisation.report(others / "org.html")
    (others / "org_repr.html").write_text(organisation._repr_html_(), encoding="utf-8")
    for name in ("groups", "pairs", "bridges", "load", "communities", "drifting"):
        getattr(organisation, name)().to_csv(others / f"{name}.csv")
    network.explore().save(others / "map.html")
    (others / "privacy.html").write_text(network.privacy_report()._repr_html_(), encoding="utf-8")
    write_governance(others / "governance", network.settings)
    person = network.person(ME)
    pseudonymise(records, out / "pseudonyms", KEY)
    shutil.copytree(source / ".peerlens", out / "kept")
    person.explore().save(own / "explorer.html")
    (own / "account.txt").write_text(str(records.account), encoding="utf-8")
    asked = Asked(data=str(source), person_id=ME, other_id=None)
    (own / "audit.ipynb").write_text(render_notebook(asked), encoding="utf-8")
    return out


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Give every file as text, tables of the cache cell by cell. Slides and paper: tests/report/test_share.py."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "key":
            continue
        yield path.name, path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            yield f"{path.name} as a table", pyarrow.parquet.read_table(path).to_pandas().to_csv()
        elif path.suffix in CHANGED:
            yield f"{path.name} unescaped", unescape(path.read_text(encoding="utf-8"))


def found(folder: Path, wanted: list[str]) -> list[tuple[str, str]]:
    """Return where any of some strings stands, as a word of its own."""
    pattern = re.compile(r"(?<![\w@.-])(" + "|".join(re.escape(item) for item in wanted) + r")(?![\w@-])")
    return sorted({(name, match[1]) for name, text in texts(folder) for match in pattern.finditer(text)})


def test_whoever_was_left_out_is_nowhere(written: Path, secrets: pd.DataFrame) -> None:
    """Nor is any subject line; the person's own page and notebook included."""
    gone = secrets.loc[[EXCLUDED, CONFIDED_IN]]
    assert found(written, [SUBJECT, EXCLUDED, CONFIDED_IN, *gone["name"], *gone["email"]]) == []


def test_pages_about_groups_name_nobody(written: Path, secrets: pd.DataFrame) -> None:
    rest = secrets.drop(index=ME)
    ids = [person for person in rest.index if person != ME]
    assert found(written / "others", [*rest["name"].dropna(), *rest["email"].dropna(), *ids]) == []
    # The search can find: the person's own page names contacts.
    assert len(found(written / "own", list(rest["name"].dropna()))) > 3


def test_what_is_kept_beside_the_data_has_no_names(written: Path, secrets: pd.DataFrame) -> None:
    """The cache, the ledger and the log of who asked: ids where they are needed, names and addresses nowhere."""
    assert {"manifest.json", "audit.csv"} <= {path.name for path in (written / "kept").rglob("*")}
    assert any(path.suffix == ".parquet" for path in (written / "kept").rglob("*"))
    assert found(written / "kept", [*secrets["name"].dropna(), *secrets["email"].dropna()]) == []
    assert found(written / "kept" / "ledger", list(secrets.index)) == []


def test_pseudonyms_hold_no_id(written: Path, secrets: pd.DataFrame) -> None:
    assert found(written / "pseudonyms", [*secrets.index, *secrets["name"].dropna(), *secrets["email"].dropna()]) == []
    assert found(written / "pseudonyms", [token(ME, KEY)]) != []


def test_small_departments_are_only_set_aside(written: Path) -> None:
    where = {name.split(" ")[0].split("/")[0] for name, _ in found(written / "others", [SMALL])}
    assert where <= {"org.html", "org_repr.html"}
    page = unescape((written / "others" / "org.html").read_text(encoding="utf-8"))
    assert page.count(SMALL) == 1
    assert re.search(rf"{SMALL}</th><td>set aside", page)


def test_no_exact_rows_on_pages_for_others(written: Path) -> None:
    """How much came from whoever was left out cannot be had by subtracting what was kept from what was read."""
    account = (written / "own" / "account.txt").read_text(encoding="utf-8")
    exact = set(re.findall(r"\d+,\d{3}", account))
    assert len(exact) > 3
    for name in ("org.html", "privacy.html"):
        page = unescape((written / "others" / name).read_text(encoding="utf-8"))
        assert not exact & set(re.findall(r"\d+,\d{3}", page)), name
        assert "steps of 1, 2 and 5" in page


def test_whoever_is_forgotten_is_in_nothing_that_is_kept(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(written / "pseudonyms", folder)
    person = token(ME, KEY)
    (folder / ".peerlens").mkdir()
    (folder / ".peerlens" / "audit.csv").write_text(
        f"number,asked_by,command,person_id,as_of,purpose\n1,ann,person,{person},,\n", encoding="utf-8"
    )
    peerlens.read(folder)
    assert any(path.suffix == ".parquet" for path in (folder / ".peerlens").rglob("*"))
    forget_person(folder, person)
    assert found(folder, [person]) == []
