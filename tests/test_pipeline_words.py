"""Words the whole way: heard, looked through, muted, written on both pictures, and told in montage.json."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from given_words import Reader, with_weights
from media_factory import Sound, make_clip, noise

from aiditor import pipeline
from aiditor.errors import BadInput, MissingPart
from aiditor.export import ExportConfig
from aiditor.media.read import read_audio
from aiditor.models.debug import tiny_whisper
from aiditor.settings import Settings
from aiditor.speech import SpeechConfig
from aiditor.speech import engine as engines
from aiditor.styles import Style, load
from aiditor.timeline import Timeline, from_json
from aiditor.words import Words, WordWish

pytestmark = pytest.mark.slow


def small(name: str = "minimal") -> Style:
    style = load(name)
    render = style.render.model_copy(update={"landscape": (320, 180), "portrait": (180, 320), "fps": 30})
    return style.model_copy(update={"render": render})


@pytest.fixture(scope="module")
def clips(media_dir: Path) -> list[Path]:
    return [
        make_clip(media_dir / f"talk{k}.mp4", seconds=8, seed=k, sounds=[Sound(wave=noise(seed=k))]) for k in range(2)
    ]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return Settings(aiditor_home=tmp_path / "home", watermark_text="")


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    one = Reader("well holy shit what a shot")
    monkeypatch.setitem(engines._OPENERS, "faster-whisper", one.opened)
    return one


@pytest.fixture
def able(bare: Settings, tmp_path: Path) -> Settings:
    return with_weights(bare, tmp_path / "reader")


def picture(path: str, t_s: float) -> np.ndarray:
    """The frame shown at that time, uint8 [H, W, 3]."""
    with av.open(path) as container:
        return next(frame.to_ndarray(format="rgb24") for frame in container.decode(video=0) if frame.time >= t_s - 0.01)


def test_words_are_heard_muted_and_written_on_both_pictures(clips, able, reader, tmp_path):
    wish = WordWish(captions="pop", censor="strong", method="mute")
    made = {}
    for name, words in (("with", wish), ("without", None)):
        made[name] = pipeline.make_montage(
            clips,
            style=small(),
            seconds=5,
            seed=1,
            words=words,
            exports=ExportConfig(stems=True),
            out=tmp_path / name,
            settings=able,
        )
    files = made["with"].files
    manifest = json.loads(Path(files["json"]).read_text())
    assert (manifest["speech"]["engine"], manifest["speech"]["model"]) == ("reader", "reader")
    assert not manifest["speech"]["draft"]
    assert {word["word"] for word in manifest["words"]} == {"s**t"}
    assert manifest["mutes"]
    assert all(mute["words"] == ["s**t"] and mute["why"] == "strong" for mute in manifest["mutes"])
    assert manifest["captions"]["pages"] > 0
    assert manifest["config"]["captions"]["preset"] == "pop"
    srt = Path(files["srt"]).read_text()
    assert "s**t" in srt
    assert "shit" not in srt
    assert Path(files["vtt"]).read_text().startswith("WEBVTT")
    said = from_json(Words, Path(files["words"]).read_bytes())
    assert "shit" in [word.text for one in said.transcripts for word in one.words]

    page = next(p for p in srt.split("\n\n") if "holy" in p)
    start = page.splitlines()[1].split(" --> ")[0]
    t_s = float(start[6:].replace(",", ".")) + 0.7
    for aspect in ("landscape", "portrait"):
        with_words, plain = (picture(made[name].files[aspect], t_s).astype(int) for name in ("with", "without"))
        differs = np.abs(with_words - plain).max(axis=2) > 90
        assert differs.mean() > 0.003, f"captions are on the {aspect} picture"
        assert not differs[: int(0.37 * differs.shape[0])].any(), "and leave the callouts' part alone"

    word = next(word for word in manifest["words"] if word["at_s"])
    at_s = word["at_s"][0]
    sound = {
        name: read_audio(one.files["game_stem"], rate_hz=48_000, start_s=at_s + 0.01, end_s=at_s + 0.39)
        for name, one in made.items()
    }
    assert not sound["with"].any()
    assert np.abs(sound["without"]).max() > 0.01


def test_a_render_of_its_own_takes_what_was_decided(clips, able, reader, tmp_path):
    style = small().model_copy(update={"censor": WordWish(censor="strong").over(small()).censor})
    analysis = pipeline.analyse(clips, settings=able)
    timeline = pipeline.plan(analysis, style)
    words = pipeline.listen(timeline, style, insist=("censor",), scores=analysis.scores, settings=able)
    hits = [hit.id for _, hit in words.hits()]
    for hit_id in hits:
        words = words.with_keep(hit_id, True)
    listened = len(reader.asked_s)
    made = pipeline.produce(timeline, style, words=words, out=tmp_path / "out", aspects=["portrait"], settings=able)
    assert made.timeline.mutes == ()
    assert len(reader.asked_s) == listened, "nothing is listened to again"
    record = json.loads(Path(made.files["json"]).read_text())
    assert record["words"]
    assert not any(word["muted"] for word in record["words"])
    assert from_json(Timeline, Path(made.files["timeline"]).read_bytes()) == made.timeline


def test_asked_for_and_not_possible_is_refused_before_any_work(bare, tmp_path):
    for wish, error in ((WordWish(captions="karaoke"), MissingPart), (WordWish(censor="strict"), BadInput)):
        with pytest.raises(error, match="aiditor models fetch whisper-small"):
            pipeline.make_montage(["no such clip.mp4"], words=wish, out=tmp_path / "out", settings=bare)
    assert not (tmp_path / "out").exists()


def test_what_only_the_style_asks_for_is_left_out_where_all_can_see_it(clips, bare, tmp_path):
    made = pipeline.make_montage(
        clips[:1], style=small("meme"), seconds=4, aspects=["landscape"], out=tmp_path / "out", settings=bare
    )
    manifest = json.loads(Path(made.files["json"]).read_text())
    assert any("the Meme style asks for captions" in note for note in manifest["notes"])
    assert manifest["speech"]["notes"] == [note for note in manifest["notes"] if "captions" in note]
    assert manifest["captions"] is None
    assert not {"srt", "vtt", "words"} & set(made.files)


def test_without_a_model_censoring_is_labelled_a_draft(clips, bare, tmp_path):
    made = pipeline.make_montage(
        clips[:1], style=small(), seconds=4, aspects=["landscape"], words=WordWish(mute_words=("sniper",)),
        out=tmp_path / "out", settings=bare,
    )  # fmt: skip
    manifest = json.loads(Path(made.files["json"]).read_text())
    assert manifest["speech"]["engine"] == "pocketsphinx"
    assert manifest["speech"]["draft"]
    assert any("a draft" in note for note in manifest["notes"])


def test_whispers_own_code_hears_the_montage(clips, bare, tmp_path):
    folder = tiny_whisper(tmp_path / "tiny")
    # Nothing is beyond belief here: the tiny net has learnt nothing, and what it says is noise.
    loose = SpeechConfig(no_speech_most=1.0, sure_least=-10.0, compression_most=10.0, beam=1, batch=2)
    style = small("meme").model_copy(update={"speech": loose})
    made = pipeline.make_montage(
        clips[:1], style=style, seconds=4, aspects=["landscape"], words=WordWish(captions="minimal"),
        out=tmp_path / "out", settings=bare.model_copy(update={"whisper_model": str(folder)}),
    )  # fmt: skip
    manifest = json.loads(Path(made.files["json"]).read_text())
    assert (manifest["speech"]["engine"], manifest["speech"]["model"]) == ("faster-whisper", "tiny")
    assert manifest["speech"]["revision"]
    assert manifest["captions"] is not None


def test_one_clip_that_cannot_be_heard_does_not_lose_the_batch(clips, able, reader, tmp_path):
    reader.fails = BadInput("the engine choked", remedy="try again")
    made = pipeline.make_montage(
        clips, style=small(), seconds=6, seed=1, aspects=["landscape"], words=WordWish(censor="strong"),
        out=tmp_path / "out", settings=able,
    )  # fmt: skip
    manifest = json.loads(Path(made.files["json"]).read_text())
    (failed,) = manifest["speech"]["unheard"]
    assert failed["clip"] in ("talk0.mp4", "talk1.mp4")
    assert any(failed["clip"] in note and "muted" in note for note in manifest["notes"])
    whole = [mute for mute in manifest["mutes"] if mute["why"] == "not looked through"]
    assert [mute["source"].rsplit("/", 1)[1] for mute in whole] == [failed["clip"]]
