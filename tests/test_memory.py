"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
from aiditor.memory import bound_heaps

def resident_mib():
    with open("/proc/self/statm") as handle:
        return int(handle.read().split()[1]) * resource.getpagesize() / 2**20

if sys.argv[1] == "bound":
    assert bound_heaps()
first = np.zeros(20 * 2**20, np.uint8)  # a large block freed once makes glibc keep the next ones of its size
del first
blocks = [np.ones(4 * 2**20, np.uint8) for _ in range(20)]
pin = bytearray(2**16)
before = resident_mib()
last = np.ones(4 * 2**20, np.uint8)
del blocks
print(before - resident_mib())
"""


def test_freed_blocks_go_back_to_the_system() -> None:
    given_back = {
        how: float(subprocess.check_output([sys.executable, "-c", PROGRAM, how], text=True)) for how in ("bound", "not")
    }
    assert given_back["bound"] == pytest.approx(76, abs=4)
    assert given_back["not"] < 40
