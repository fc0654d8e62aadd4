"""Forgetting: what peerlens keeps beside the data goes; what the user put there stays."""

from __future__ import annotations

from pathlib import Path

from peerlens import store
from peerlens.errors import PeerlensError


def forget(data: str | Path) -> list[Path]:
    """Delete what peerlens keeps of a folder's data, so that the next reading starts from the files.

    Parameters
    ----------
    data
        The folder with the data, or the one given as ``cache_dir``.

    Returns
    -------
    list
        The files deleted, in order; empty where nothing was kept.

    Raises
    ------
    PeerlensError
        There is no such folder.
    """
    folder = Path(data)
    if not folder.is_dir():
        raise PeerlensError(f"No folder {folder}: name the folder that holds the data.")
    return store.forget(folder)
