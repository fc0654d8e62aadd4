"""What every measure does first: check the matrix, drop self-loops, take both ways together."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from peerlens.errors import PeerlensError


def directed(adjacency: sparse.sparray | sparse.spmatrix) -> sparse.csr_array:
    """Return the weights as a checked CSR matrix without self-loops and zeros, columns in order, doubles added up.

    Raises
    ------
    PeerlensError
        The matrix is not square, or a weight is negative or not a number.

    Examples
    --------
    >>> directed(sparse.csr_array([[5, 1], [0, 0]])).toarray()
    array([[0., 1.],
           [0., 0.]])
    """
    rows, columns = adjacency.shape
    if rows != columns:
        raise PeerlensError(
            f"adjacency: found {rows} x {columns}, expected a square matrix, a row and a column a person."
        )
    matrix = sparse.csr_array(adjacency, dtype=np.float64)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    weights = matrix.data
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise PeerlensError(
            "adjacency: found a weight that is negative or not a number, expected weights of 0 or more."
        )
    row = row_numbers(matrix)
    keep = (matrix.indices != row) & (weights > 0)
    if keep.all():
        return matrix
    indptr = np.zeros(rows + 1, dtype=matrix.indptr.dtype)
    np.cumsum(np.bincount(row[keep], minlength=rows), out=indptr[1:])
    return sparse.csr_array((weights[keep], matrix.indices[keep], indptr), shape=matrix.shape)


def mutual(adjacency: sparse.sparray | sparse.spmatrix) -> sparse.csr_array:
    """Return ``a_ij + a_ji``, self-loops dropped, columns in order.

    Examples
    --------
    >>> mutual(sparse.csr_array([[5, 1], [3, 0]])).toarray()
    array([[0., 4.],
           [4., 0.]])
    """
    one_way = directed(adjacency)
    both = sparse.csr_array(one_way + one_way.T)
    both.sort_indices()
    return both


def row_numbers(matrix: sparse.csr_array) -> np.ndarray:
    """Return the row of every stored weight, in the order in which they are stored."""
    return np.repeat(np.arange(matrix.shape[0], dtype=matrix.indices.dtype), np.diff(matrix.indptr))


def divide(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Divide; nothing over nothing is missing, and no warning is given."""
    return np.divide(over, under, out=np.full(np.shape(over), np.nan), where=under > 0)
