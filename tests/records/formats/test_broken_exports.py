"""Whatever a download, a spreadsheet or a disk did to an export: a clear error or a counted drop, and nobody invented."""

from __future__ import annotations

import csv
import io
import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerlens.errors import InputError
from peerlens.records.formats import FORMATS, Format
from peerlens.records.formats.delimited import HEAD_BYTES, encoding_of

from .reading import SAMPLES, converted, with_format

FLAT = (
    "message_trace_summary.csv", "message_trace_extended.csv", "message_trace_list.csv", "google_mail_log.csv",
    "google_meet_log.csv", "viva_person_to_person.csv", "bamboohr.csv", "entra_users.csv",
    "viva_org_data.csv",
)  # fmt: skip
FILES = tuple(sorted(path.name for path in SAMPLES.iterdir() if path.is_file() and not path.name.startswith("refused")))
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _survives(path: Path, kind: Format | None) -> None:
    """Read a file; it may be refused with words, and otherwise every row has one fate."""
    if kind is None:
        return
    with suppress(InputError):
        _, tally = with_format(kind, path)
        assert tally.kept >= 0


def _kind(path: Path) -> Format | None:
    head = path.read_bytes()[:HEAD_BYTES]
    return next((item for item in FORMATS if item.recognises(path, head)), None)


@few
@given(name=st.sampled_from(FILES), share=st.floats(0, 1))
def test_truncated_anywhere(tmp_path: Path, name: str, share: float) -> None:
    data = (SAMPLES / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(share * len(data))])
    _survives(path, _kind(path))


@few
@given(name=st.sampled_from(FILES), seed=st.integers(0, 10**6))
def test_bytes_overwritten(tmp_path: Path, name: str, seed: int) -> None:
    draw = random.Random(seed)
    data = bytearray((SAMPLES / name).read_bytes())
    for _ in range(draw.randint(1, 40)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    path = tmp_path / name
    path.write_bytes(bytes(data))
    _survives(path, _kind(path))


@few
@given(junk=st.binary(max_size=300), name=st.sampled_from(FILES))
def test_binary_behind_a_known_name(tmp_path: Path, junk: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(junk)
    _survives(path, _kind(path))
    if name in FLAT:
        _survives(path, _kind(SAMPLES / name))


@pytest.mark.parametrize("name", FLAT)
def test_columns_shuffled(tmp_path: Path, name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    text = data.decode(encoding_of(data)).lstrip("\ufeff")
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if len(row) > 1]
    order = list(range(len(rows[0])))
    random.Random(name).shuffle(order)
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([[row[at] for at in order] for row in rows])
    path = tmp_path / name
    path.write_bytes(out.getvalue().encode("utf-16"))
    before, after = converted(SAMPLES / name), converted(path)
    assert before[0] == after[0]
    assert str(before[1]) == str(after[1])
