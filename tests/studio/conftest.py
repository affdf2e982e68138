"""Studios in folders of their own, with a worker each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from working_studio import working

from aiditor.settings import Settings
from aiditor.studio import Studio


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(aiditor_home=tmp_path / "home", watermark_text="", freemium_max_duration=60)


@pytest.fixture
def studio(settings: Settings) -> Iterator[Studio]:
    with working(settings) as made:
        yield made


@pytest.fixture
def me(studio: Studio) -> str:
    return studio.local_user()


@pytest.fixture
def done(studio: Studio) -> Callable[..., None]:
    """Waits for a job, which must end well."""

    def wait(job) -> None:
        ended = studio.queue.wait(job.id, timeout_s=120)
        assert ended.state == "done", (ended.state, ended.why)

    return wait
