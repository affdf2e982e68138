"""The named endpoints, from gradio_client: clips in, montage out."""

import json
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

pytestmark = pytest.mark.slow


@pytest.fixture
def client(served, tmp_path):
    made = Client(served, download_files=tmp_path / "downloads", verbose=False, analytics_enabled=False)
    yield made
    made.close()


def test_every_verb_has_its_endpoint(client):
    named = set(client.view_api(return_format="dict")["named_endpoints"])
    assert named == {
        "/create_job", "/list_jobs", "/job_status", "/follow_job", "/cancel_job", "/download", "/styles", "/analyse",
        "/label_moment", "/labels", "/words", "/keep_word",
    }  # fmt: skip


def test_makes_a_montage(client, action_clip):
    job = client.predict(
        clips=[handle_file(action_clip)], style="minimal", seconds=3, aspects=["landscape", "portrait"], seed="1",
        watermark="", quality="draft", api_name="/create_job",
    )  # fmt: skip
    states = list(client.submit(job["id"], api_name="/follow_job"))
    assert states[-1]["state"] == "done", states[-1]
    assert {"edl", "fcpxml", "json", "landscape", "otio", "portrait", "poster"} <= set(states[-1]["formats"])
    assert client.predict(api_name="/list_jobs")[0]["id"] == job["id"]
    assert client.predict(job["id"], api_name="/job_status")["fraction"] == 1.0
    video = Path(client.predict(job["id"], "portrait", api_name="/download"))
    assert video.stat().st_size > 10_000
    record = json.loads(Path(client.predict(job["id"], "json", api_name="/download")).read_text())
    assert record["cuts"]
    with pytest.raises(AppError, match="has no file 'gif'"):
        client.predict(job["id"], "gif", api_name="/download")


def test_analyses_clips(client, action_clip, not_a_clip):
    found = client.predict([handle_file(action_clip), handle_file(not_a_clip)], api_name="/analyse")
    assert [Path(clip["source"]).name for clip in found["clips"]] == ["raid night.mp4"]
    assert found["clips"][0]["schema"] == 1
    assert found["rejected"][0]["remedy"]


def test_labels_a_moment(client, action_clip):
    found = client.predict([handle_file(action_clip)], api_name="/analyse")
    clip, project = found["clips"][0], found["project"]
    given = client.predict(clip["source_id"], "0:07.4", "kill", project, api_name="/label_moment")
    assert (given["t_s"], given["says"], given["source_id"]) == (7.4, "kill", clip["source_id"])
    found = client.predict(clip["source_id"], "", api_name="/labels")
    assert [(label["t_s"], label["says"]) for label in found] == [(7.4, "kill")]
    assert client.predict("", "2999-01-01", api_name="/labels") == []
    client.predict(clip["source_id"], "7.4", "", project, api_name="/label_moment")
    assert client.predict(clip["source_id"], "", api_name="/labels") == []
    with pytest.raises(AppError, match="there is no clip 'nope' here"):
        client.predict("nope", "1:00", "kill", project, api_name="/label_moment")
    with pytest.raises(AppError, match="'perhaps' is no label"):
        client.predict(clip["source_id"], "1", "perhaps", project, api_name="/label_moment")
    with pytest.raises(AppError, match="is no date"):
        client.predict("", "yesterday", api_name="/labels")


def test_cancels_a_job(client, action_clip):
    job = client.predict([handle_file(action_clip)], "hype", 60, api_name="/create_job")
    assert client.predict(job["id"], api_name="/cancel_job")["state"] == "cancelled"


def test_errors_name_the_remedy(client):
    with pytest.raises(AppError, match="there is no job 'nope': list the jobs"):
        client.predict("nope", api_name="/job_status")
    with pytest.raises(AppError, match="send at least one video file"):
        client.predict([], "hype", 30, api_name="/create_job")


def test_lists_the_styles(client):
    assert {"hype", "cinematic", "chill", "esports", "meme", "minimal"} <= {
        s["name"] for s in client.predict(api_name="/styles")
    }


def test_words_that_nothing_here_can_hear_are_refused_with_what_to_run(client, action_clip):
    found = client.predict([handle_file(action_clip)], api_name="/analyse")
    with pytest.raises(AppError, match="aiditor models fetch whisper-small"):
        client.predict(found["project"], "minimal", 3, captions="pop", api_name="/words")
    with pytest.raises(AppError, match="aiditor models fetch whisper-small"):
        client.predict([], "minimal", 3, project=found["project"], captions="karaoke", api_name="/create_job")
    with pytest.raises(AppError, match="nothing was listened to yet"):
        client.predict(found["project"], "0123", True, api_name="/keep_word")
    with pytest.raises(AppError, match="there is no such project"):
        client.predict("nope", api_name="/words")
    with pytest.raises(AppError, match="both clips and a project"):
        client.predict([handle_file(action_clip)], "minimal", 3, project=found["project"], api_name="/create_job")


def test_what_a_draft_hears_is_looked_through(client, action_clip):
    found = client.predict([handle_file(action_clip)], api_name="/analyse")
    heard = client.predict(
        found["project"], "minimal", 3, seed="1", captions="none", mute_words="sniper", api_name="/words"
    )
    assert (heard["speech"]["engine"], heard["speech"]["draft"]) == ("pocketsphinx", True)
    assert any("draft" in note for note in heard["speech"]["notes"])
    job = client.predict(
        [], "minimal", 3, ["portrait"], seed="1", watermark="", quality="draft", captions="none",
        mute_words="sniper", project=found["project"], api_name="/create_job",
    )  # fmt: skip
    states = list(client.submit(job["id"], api_name="/follow_job"))
    assert states[-1]["state"] == "done", states[-1]
    assert "words" in states[-1]["formats"]
