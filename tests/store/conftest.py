"""Places for files: a folder, and a bucket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from services import s3

from aiditor.settings import Settings
from aiditor.store.files import Files, open_files


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """S3 for as long as the tests run; its address."""
    with s3.running() as url:
        yield url


@pytest.fixture(params=["folder", "s3"])
def file_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Of a deployment without files, in a folder and then in a bucket."""
    if request.param == "folder":
        return Settings(_env_file=None, aiditor_home=tmp_path / "home")
    return s3.settings(request.getfixturevalue("s3_server"), tmp_path / "home")


@pytest.fixture
def files(file_settings: Settings) -> Files:
    """An empty place for files, a folder and then a bucket."""
    return open_files(file_settings)
