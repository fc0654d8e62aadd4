"""Spark gives the same rows, integers and, to 1e-9, floats as DuckDB: read, contact days, ties, flags, groups."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.engine import open_engine
from peerlens.errors import InputError, PeerlensError
from tests.ties import test_tiny_firm as tiny

MASTER = "local[1]"
PURPOSE = "See whether moving to one building changed contact between departments"
KEYS = {
    "pair_days": ["a_no", "b_no", "day_no"],
    "pairs": ["a_no", "b_no"],
    "sides": ["person_no", "other_no"],
    "candidates": ["person_no", "other_no"],
    "reach": ["person_no", "other_department"],
}

needs_spark = pytest.mark.skipif(
    shutil.which("java") is None or find_spec("pyspark") is None,
    reason="Spark needs Java and pyspark: pip install '.[spark]'",
)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spark in this process for all tests here, told not to compile anything: the tables are small."""
    folder = tmp_path_factory.mktemp("spark")
    defaults = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
    }
    lines = [f"{key} {value}" for key, value in defaults.items()]
    (folder / "spark-defaults.conf").write_text("\n".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        patch.setenv("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        held = open_engine(MASTER, memory_limit="1GB")
    yield
    held.drop()


def tiny_firms() -> tuple[peerlens.Network, peerlens.Network]:
    """Part of the firm worked out by hand: frames for DuckDB, tables in Spark's own catalog for Spark, messages as instants."""
    import ibis
    from pyspark.sql import SparkSession

    desks = tiny.at_their_desks() + tiny.alternating(tiny.MONDAYS)
    messages = pd.DataFrame([*desks, tiny.message(81, "abe", "ben", "ann", at="23:30:00")])
    meetings = pd.DataFrame(
        tiny.meeting(80, "two", "09:00:00", "10:00:00", "abe", "ben")
        + tiny.meeting(82, "heads", "11:00:00", "12:00:00", "hana", "hugo", "abe", "chief", declined="chief")
    )
    framed = peerlens.read(people=tiny.people_table(), messages=messages, meetings=meetings, timezone="Europe/Berlin")

    session = SparkSession.builder.getOrCreate()
    typed = messages.assign(sent_at=pd.to_datetime(messages["sent_at"]), subject="not read")
    # Another order of rows, in several parts.
    session.createDataFrame(typed.sample(frac=1, random_state=3)).repartition(3).createOrReplaceTempView("mail")
    connection = ibis.pyspark.connect(session)
    session.createDataFrame(meetings.iloc[::-1]).createOrReplaceTempView("calendar")
    inside = peerlens.read(
        people=tiny.people_table(),
        messages="mail",
        meetings=connection.table("calendar"),
        timezone="Europe/Berlin",
        engine=connection,
    )
    return peerlens.Network(framed), peerlens.Network(inside)


def agree(duckdb: pd.DataFrame, spark: pd.DataFrame) -> None:
    """Fail unless rows, columns and types are the same, integers equal, floats to 1e-9."""
    pd.testing.assert_frame_equal(duckdb, spark, rtol=1e-9, atol=1e-12)


def agree_on_ties(duckdb: peerlens.Network, spark: peerlens.Network) -> None:
    """Compare every table of ties."""
    for name, keys in KEYS.items():
        agree(*(item.ties.engine.frame(getattr(item.ties, name).order_by(keys)) for item in (duckdb, spark)))
    agree(duckdb.ties.persons, spark.ties.persons)


@needs_spark
def test_a_firm_from_files(spark: None, tmp_path: Path) -> None:
    """A made-up firm of 40, from CSV: account, ties, flags with their sentences, groups. One test, so that it is read once."""
    folder = tmp_path / "firm"
    peerlens.make_firm(people=40, weeks=26, seed=7).write(folder)
    duckdb, sparks = (
        peerlens.Network(peerlens.read(folder, engine=engine, cache=False)) for engine in ("duckdb", MASTER)
    )
    assert type(sparks.records.engine) is not type(duckdb.records.engine)
    assert duckdb.records.account == sparks.records.account
    assert duckdb.records.fingerprint == sparks.records.fingerprint
    agree_on_ties(duckdb, sparks)

    flags = duckdb.neglected()
    assert flags["kind"].nunique() >= 3
    agree(flags, sparks.neglected())
    person = flags["person_id"].iloc[0]
    agree(duckdb.person(person).neglected(), sparks.person(person).neglected())

    views = [
        network.organisation(purpose=PURPOSE, ledger_dir=tmp_path / engine)
        for network, engine in ((duckdb, "duckdb"), (sparks, "spark"))
    ]
    assert views[0].findings() == views[1].findings()
    for name in ("groups", "pairs", "bridges", "load", "communities", "withheld"):
        agree(*(getattr(view, name)() for view in views))


@needs_spark
@pytest.mark.skipif(
    not os.environ.get("PEERLENS_EVERY_TEST"), reason="a second Spark run; PEERLENS_EVERY_TEST=1 runs it"
)
def test_hand_worked_from_tables_of_spark(spark: None) -> None:
    """Messages and meetings that Spark holds stay there: same ties, worked out by hand; their lines count rows in order."""
    duckdb, held = tiny_firms()
    agree_on_ties(duckdb, held)
    assert tiny.tie(held, "ann", "bea")["strength"] == pytest.approx(3.869910, abs=1e-6)
    assert tiny.tie(held, "ann", "bea")["silence"] == 39
    assert (tiny.tie(held, "ann", "bea")["started"], tiny.tie(held, "ann", "bea")["other_started"]) == (4, 5)
    kept = held.records.account.sources
    assert {(item.name, item.format) for item in kept[1:]} == {
        ("messages (Ibis table)", "Ibis table"), ("meetings (Ibis table)", "Ibis table"),
    }  # fmt: skip
    assert next(item for item in kept if item.table == "messages").not_read == ("subject",)
    rows = held.records.engine.frame(held.ties.events.messages.select("line").distinct().order_by("line"))
    assert rows["line"].tolist() == list(range(2, len(rows) + 2))


@needs_spark
def test_every_broken_line_is_told(spark: None, tmp_path: Path) -> None:
    (tmp_path / "messages.csv").write_text(
        'sent_at,sender_id,recipient_id\n2024-03-05T09:00:00Z,ann,bob\nnot a time,ann,"Söder;bob"\n', encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"line 3.*'not a time'"):
        peerlens.read(tmp_path, engine=MASTER)
    with pytest.raises(InputError, match="no such file"):
        peerlens.read(messages="no_such_table", engine=MASTER)


@needs_spark
def test_there_is_one_spark_in_a_process(spark: None) -> None:
    with pytest.raises(PeerlensError, match=r"runs in this process with master 'local\[1\]' already"):
        peerlens.read(messages=pd.DataFrame(), engine="local[2]")


@pytest.mark.parametrize("engine", ["sqlite", "local[x]", "http://here", 3])
def test_unknown_engines(engine: object) -> None:
    with pytest.raises(PeerlensError, match=r"No engine .*spark://host:7077"):
        open_engine(engine)  # type: ignore[arg-type]


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    if find_spec("pyspark") is not None:
        with pytest.raises(PeerlensError, match=r"Java is not installed\..*openjdk-17"):
            open_engine(MASTER)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(PeerlensError, match=r"pyspark is not installed\..*peerlens\[spark\]"):
        open_engine(MASTER)


@needs_spark
def test_spark_stops_with_its_last_engine(tmp_path: Path) -> None:
    """In a process of its own: nothing is left running, nor on disk."""
    script = f"""
import gc, os, tempfile
import pandas as pd
from peerlens.engine import open_engine
from pyspark import SparkContext
tempfile.tempdir = {str(tmp_path)!r}
first = open_engine({MASTER!r}, memory_limit="1GB")
second = open_engine({MASTER!r})
table = second.from_frame(pd.DataFrame({{"person_id": ["ann", None]}}), name="people")
del first
gc.collect()
assert second.frame(table)["person_id"].isna().tolist() == [False, True]
assert os.listdir(tempfile.tempdir)
del second, table
gc.collect()
assert SparkContext._active_spark_context is None
assert not [name for name in os.listdir(tempfile.tempdir) if name.startswith("peerlens")]
print("gone")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "gone\n", done.stderr
