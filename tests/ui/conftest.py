"""The page served on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the studio for one user."""
    with serving(tmp_path_factory.mktemp("served")) as url:
        yield url
