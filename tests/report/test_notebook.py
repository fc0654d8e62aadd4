"""The notebook that the command line writes: valid, the same each time, and it shows what its cells promise when run."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

from peerlens.lenses import LENSES
from peerlens.records import Account
from peerlens.report.notebook import Asked, first_to_explain, render_notebook, seen_from
from peerlens.ties import Ties
from tests.test_cli import assert_refused, folder, peerlens

PEOPLE = "person_id,name,department\nann,Ann O'Hara,A\nböb,Böb Ek,B\n"


def test_it_runs_where_it_was_written(tmp_path: Path) -> None:
    """Written by the command from another folder, on four weeks of mail of two people; the tie it looks at is the only one."""
    mail = "sent_at,sender_id,recipient_id\n" + "".join(
        f"2026-03-{day:02}T09:00:00Z,{pair}\n" for day in range(2, 28) for pair in ("ann,böb", "böb,ann")
    )
    data = folder(tmp_path, people=PEOPLE, messages=mail)
    (tmp_path / "my notes").mkdir()
    path = tmp_path / "my notes" / "audit.ipynb"
    found = peerlens("notebook", data, "--person", "ANN", "-o", path, "--as-of", "2026-03-20")
    assert found.returncode == 0, found.stderr
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for said in ('DATA = "../data"', 'PERSON = "ann"', 'OTHER = "böb"', 'AS_OF = "2026-03-20"'):
        assert said in notebook.cells[1].source

    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    shown = {
        cell.source: [output.get("data", {}) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    assert "2 people" in shown["import peerlens\n\nrecords = peerlens.read(DATA)\nrecords"][-1]["text/plain"]
    assert "20 Mar 2026" in shown["me.rhythm(OTHER)"][-1]["text/plain"]
    assert "The tie between ann and böb" in shown["me.explain(OTHER)"][-1]["text/html"]
    assert "image/png" in shown["me.rhythm(OTHER)"][-1]
    assert {"image/png", "text/html"} <= set(shown["me.explore()"][-1])


def test_the_tie_looked_at_leads_the_short_list(firm: tuple[Ties, Account], people: dict[str, str]) -> None:
    ties, person_id = firm[0], people["flagged"]
    listed = LENSES["neglected_peers"].read(ties, person_id).table["other_id"].dropna()
    assert first_to_explain(ties, person_id) == listed.iloc[0]


def test_nobody_to_look_at_leaves_the_cells_out() -> None:
    cells = nbformat.reads(render_notebook(Asked(data="d", person_id="a", other_id=None)), as_version=4).cells
    assert not any("OTHER" in cell.source for cell in cells)
    assert [cell.id for cell in cells] == [f"audit-{at:02}" for at in range(len(cells))]


def test_options_are_in_the_cells_and_quotes_stay_inside_strings() -> None:
    text = render_notebook(Asked(data='a "b"', person_id='x"\\', other_id=None, timezone="Europe/Lisbon", flags=True))
    cells = nbformat.reads(text, as_version=4).cells
    said: dict[str, object] = {}
    exec(cells[1].source, said)
    assert (said["DATA"], said["PERSON"], said["AS_OF"]) == ('a "b"', 'x"\\', None)
    assert 'peerlens.read(DATA, timezone="Europe/Lisbon", flags=True)' in cells[3].source


def test_the_way_to_the_data_is_that_from_the_notebook(tmp_path: Path) -> None:
    assert seen_from(tmp_path / "a", tmp_path / "data") == "../data"


def test_another_ending_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    assert_refused(peerlens("notebook", tmp_path, "--person", "a", "-o", tmp_path / "a.py"), ".ipynb", "a.py")
