"""The whole job over plain HTTP: a real clip in, a real montage out, as the README shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from api.served import server

from aiditor.media.probe import probe
from aiditor.studio import SAMPLES_DIR


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_clip_in_a_montage_out(tmp_path: Path) -> None:
    clip = (SAMPLES_DIR / "arena.mp4").read_bytes()
    with server(tmp_path / "home", workers=True) as (client, _):
        tus = {"Tus-Resumable": "1.0.0"}
        there = client.post("/v2/uploads", headers={**tus, "Upload-Length": str(len(clip))}).headers["location"]
        half = len(clip) // 2
        for start, piece in ((0, clip[:half]), (half, clip[half:])):
            headers = {**tus, "Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
            assert client.patch(there, content=piece, headers=headers).status_code == 204
        wish = {"uploads": [there.rpartition("/")[2]], "style": "hype", "seconds": 8, "quality": "draft", "seed": 3}
        asked = client.post("/v2/jobs", json=wish, headers={"Idempotency-Key": "first"})
        assert asked.status_code == 202, asked.text
        told = []
        with client.stream("GET", f"{asked.headers['location']}/events") as events:
            told = [json.loads(line[6:]) for line in events.iter_lines() if line.startswith('data: {"id"')]
        assert told[-1]["state"] == "done", told[-1]
        fractions = [each["fraction"] for each in told]
        assert len(set(fractions)) > 3
        assert fractions == sorted(fractions)
        job = client.get(asked.headers["location"]).json()
        for form, shape in (("landscape", (640, 360)), ("portrait", (360, 640))):
            link = job["links"][form]
            whole = client.get(link)
            size = len(whole.content)
            first, rest = (client.get(link, headers={"Range": f"bytes={span}"}) for span in ("0-999", "1000-"))
            assert (first.status_code, rest.status_code) == (206, 206)
            assert first.content + rest.content == whole.content
            assert rest.headers["content-range"] == f"bytes 1000-{size - 1}/{size}"
            (tmp_path / f"{form}.mp4").write_bytes(whole.content)
            info = probe(tmp_path / f"{form}.mp4")
            assert (info.video.width, info.video.height) == shape
            assert info.duration_s == pytest.approx(8, abs=1.5)
        summary = client.get("/analytics/summary")
        assert summary.status_code == 200
        print(job["result"], summary.json(), client.get("/v2/dashboard").json()["totals"])
