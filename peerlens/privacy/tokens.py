"""Pseudonyms: the same person has the same token across files and runs, and only the holder of the key can tell who it is."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from peerlens.errors import PeerlensError

KEY_BYTES = 32
TOKEN_LETTERS = 16
"""80 bits: among ten million people two tokens are alike once in ten billion keys"""
_HEAD = "peerlens key 1 "


class KeyProblem(PeerlensError):
    """A key file is missing, unsafe, or not a key."""


def token(identifier: str, key: bytes, *, keep_domain: bool = False) -> str:
    """Return the pseudonym of an id or address: HMAC-SHA256 under the key, case and blanks around it left out of account.

    Parameters
    ----------
    identifier
        What the files call the person.
    key
        From :func:`read_key`.
    keep_domain
        Of an address, leave what follows the ``@`` readable, so that it can be told who is outside.

    Examples
    --------
    >>> token("Ann@firm.example", b"k" * 32) == token(" ann@FIRM.example", b"k" * 32)
    True
    >>> token("ann@firm.example", b"k" * 32, keep_domain=True).partition("@")[2]
    'firm.example'
    """
    plain = identifier.strip().casefold()
    digest = hmac.new(key, plain.encode("utf-8"), sha256).digest()
    said = base64.b32encode(digest).decode("ascii").lower()[:TOKEN_LETTERS]
    domain = plain.rpartition("@")[2] if keep_domain and "@" in plain else ""
    return f"{said}@{domain}" if domain else said


def labels_of(ids: Iterable[str], *, salt: str) -> dict[str, str]:
    """Number people in an order that says nothing about them, the same for the same input; where there is no key.

    Parameters
    ----------
    ids
        Whom to number.
    salt
        Something only the holder of the data has, as the fingerprint of what was read.

    Examples
    --------
    >>> sorted(labels_of(["ann", "bob"], salt="x").values())
    ['person 0001', 'person 0002']
    """
    order = sorted(set(ids), key=lambda item: (sha256(f"{salt}:{item}".encode()).hexdigest(), item))
    width = max(4, len(str(len(order))))
    return {item: f"person {place:0{width}d}" for place, item in enumerate(order, 1)}


def make_key(path: str | Path) -> bytes:
    """Make a key file that only its owner may read; an existing one is never overwritten.

    Parameters
    ----------
    path
        Where; keep it apart from the data, or the tokens protect nobody.

    Raises
    ------
    KeyProblem
        There is a file already, or its folder is missing.
    """
    path = Path(path)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeyProblem(
            f"{path}: there is a file already, and a key is never overwritten. Give another name."
        ) from error
    except FileNotFoundError as error:
        raise KeyProblem(f"{path}: the folder {path.parent} does not exist. Make it first.") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(_HEAD + key.hex() + "\n")
    return key


def read_key(path: str | Path) -> bytes:
    """Read a key file.

    Parameters
    ----------
    path
        Made by :func:`make_key`.

    Raises
    ------
    KeyProblem
        It is missing, is not a key, or others may read it.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise KeyProblem(
            f"{path}: no such key file. Make one, or give the one the earlier files were made with."
        ) from error
    except UnicodeDecodeError as error:
        raise KeyProblem(f"{path}: not a key file of peerlens. Give the file that was made as the key.") from error
    if not text.startswith(_HEAD) or len(text) != len(_HEAD) + 2 * KEY_BYTES:
        raise KeyProblem(f"{path}: not a key file of peerlens. Give the file that was made as the key.")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyProblem(f"{path}: others may read this key. Take their rights away (chmod 600) and try again.")
    try:
        return bytes.fromhex(text[len(_HEAD) :])
    except ValueError as error:
        raise KeyProblem(f"{path}: not a key file of peerlens. Give the file that was made as the key.") from error


def key_for(path: str | Path, *, data: str | Path) -> tuple[bytes, bool]:
    """Read the key at ``path``, or make one there; it must lie apart from the data.

    Parameters
    ----------
    path
        The key file.
    data
        Folder that the key must not lie in.

    Returns
    -------
    key
        The key.
    is_new
        Whether it was made just now.

    Raises
    ------
    KeyProblem
        It lies with the data, or cannot be used.
    """
    path, folder = Path(path).resolve(), Path(data).resolve()
    if path.is_relative_to(folder):
        raise KeyProblem(f"{path}: the key lies with the data it protects. Keep it in another place.")
    return (read_key(path), False) if path.exists() else (make_key(path), True)
