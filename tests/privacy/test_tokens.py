"""Keys and tokens: the same person, the same token; nobody without the key can tell who."""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from pathlib import Path

import pytest

from peerlens.privacy.tokens import KEY_BYTES, KeyProblem, key_for, make_key, read_key, token

KEY = b"k" * KEY_BYTES


def test_a_token_is_a_keyed_digest() -> None:
    import base64

    expected = base64.b32encode(hmac.new(KEY, b"ann@firm.example", sha256).digest())[:16].decode().lower()
    assert token(" Ann@Firm.Example", KEY) == expected
    assert token("ann@firm.example", b"j" * KEY_BYTES) != expected
    assert token("ann@firm.example", KEY, keep_domain=True) == f"{expected}@firm.example"
    assert token("p003", KEY, keep_domain=True) == token("p003", KEY)


def test_a_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = make_key(path)
    assert len(key) == KEY_BYTES
    assert read_key(path) == key
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(KeyProblem, match="never overwritten"):
        make_key(path)
    assert path.read_bytes() == before
    assert make_key(tmp_path / "other") != key


@pytest.mark.parametrize("content", [b"", b"secret", b"peerlens key 1 zz", b"\xff\xfe", b"peerlens key 1 " + b"z" * 64])
def test_what_is_not_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyProblem, match="not a key file"):
        read_key(path)


@pytest.mark.skipif(os.name != "posix", reason="rights as on POSIX")
def test_a_key_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    make_key(path)
    path.chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        read_key(path)


def test_the_key_lies_apart_from_the_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises(KeyProblem, match="lies with the data"):
        key_for(data / "key", data=data)
    key, is_new = key_for(tmp_path / "key", data=data)
    assert is_new
    assert key_for(tmp_path / "key", data=data) == (key, False)
