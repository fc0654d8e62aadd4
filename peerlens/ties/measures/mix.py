"""With whom: how even messages are each way, and how many departments a person's strength is spread over."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from peerlens.ties.measures.matrix import directed, divide, mutual, row_numbers


def reciprocity(messages: sparse.sparray | sparse.spmatrix) -> np.ndarray:
    """Measure how even a person's messages are each way.

    ``r_i = sum_j 2 min(m_ij, m_ji) / sum_j (m_ij + m_ji)``, the evenness ``1 - |m_ij - m_ji| / (m_ij + m_ji)`` of each
    pair weighted by its messages; a share, 0 (all one way) to 1 (as many back as forth). Source: Squartini, Picciolo,
    Ruzzenenti and Garlaschelli 2013, *Scientific Reports* 3, of one person.

    Parameters
    ----------
    messages
        Messages from row to column. Self-loops are dropped.

    Returns
    -------
    numpy.ndarray
        One share per person; NaN without messages. With every count 0 or 1 it is ``networkx.reciprocity(G, nodes)``.

    Examples
    --------
    >>> reciprocity(sparse.csr_array([[0, 3, 0], [1, 0, 0], [0, 0, 0]]))
    array([0.5, 0.5, nan])
    """
    sent = directed(messages)
    back = sparse.csr_array(sent.T)
    return divide(2 * sent.minimum(back).sum(axis=1), sent.sum(axis=1) + back.sum(axis=1))


def department_entropy(adjacency: sparse.sparray | sparse.spmatrix, department: np.ndarray) -> np.ndarray:
    """Measure how widely a person's strength is spread over departments (Shannon entropy).

    ``H_i = -sum_d f_id ln f_id`` with ``f_id`` the share of i's strength with contacts in department d, i's own included;
    in nats. ``exp(H_i)`` is the effective number of departments: how many equally strong ones would be as diverse. Source:
    Shannon 1948; Hill 1973, *Ecology* 54; Eagle, Macy and Claxton 2010, *Science* 328.

    Parameters
    ----------
    adjacency
        Weights, a row and a column a person; both ways are added. Self-loops are dropped.
    department
        Department number per person; -1 for unknown. Contacts whose department is unknown are left out.

    Returns
    -------
    numpy.ndarray
        One number per person; NaN without a contact whose department is known.

    Examples
    --------
    >>> star = sparse.csr_array([[0, 2, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> np.exp(department_entropy(star, np.array([0, 0, 1, 1])))
    array([2., 1., 1., 1.])
    """
    return entropy_of(mutual(adjacency), department)


def entropy_of(ties: sparse.csr_array, department: np.ndarray) -> np.ndarray:
    """Measure the spread over departments of ties as :func:`peerlens.ties.measures.matrix.mutual` makes them."""
    people = ties.shape[0]
    known = np.flatnonzero(department >= 0)
    groups = int(department.max(initial=-1)) + 1
    member = sparse.csr_array((np.ones(len(known)), (known, department[known])), shape=(people, groups))
    strength = sparse.csr_array(ties @ member)
    row = row_numbers(strength)
    total = np.bincount(row, strength.data, people)
    share = strength.data / total[row]
    entropy = np.bincount(row, -share * np.log(share), people)
    return np.where(total > 0, np.maximum(entropy, 0.0), np.nan)
