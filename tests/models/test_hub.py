"""Where weights are, how they come, and how damage shows; against the hub's wire format on loopback."""

import json
import os
import random
import shutil

import pytest
from faster_whisper.utils import _MODELS
from huggingface_hub import snapshot_download
from models.hub_server import Hub, serving
from typer.testing import CliRunner

from aiditor.cli import app
from aiditor.detect.net.weights import SHIPPED
from aiditor.errors import AIditorError, BadInput, Cancelled, MissingPart
from aiditor.models import fetch as fetching
from aiditor.models import hub as hubs
from aiditor.models.catalogue import CATALOGUE, named
from aiditor.models.manifest import read_manifest
from aiditor.settings import Settings

REPO = "Systran/faster-whisper-small"
NAME = "whisper-small"
BIG = random.Random(7).randbytes(300_000)
FILES = {
    "config.json": b'{"alignment_heads": []}',
    "tokenizer.json": b"{}" * 40,
    "vocabulary.txt": b"a\nb\n",
    "model.bin": BIG,
    "README.md": b"# a card",
    ".gitattributes": b"*.bin filter=lfs",
}


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A home of its own, and a Hugging Face cache that holds nothing."""
    monkeypatch.setenv("AIDITOR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 20_000)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    return Settings()


@pytest.fixture
def hub(monkeypatch):
    with serving(Hub({REPO: dict(FILES)})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


def folders(settings):
    """What lies in the model folder, hidden things too, but for the lock."""
    return sorted(p.name for p in settings.model_dir.glob("*") if not p.name.endswith(".lock"))


# --- the catalogue


def test_the_catalogue_says_what_faster_whisper_loads():
    theirs = set(_MODELS.values())
    ours = [weights for weights in CATALOGUE.values() if weights.kind == "speech"]
    assert len(ours) == 7
    assert all(weights.repo in theirs for weights in ours)


def test_music_may_not_be_sold_and_speech_may():
    for weights in CATALOGUE.values():
        assert weights.commercial == (weights.kind != "music")
        assert (weights.licence == "CC-BY-NC-4.0") == weights.repo.startswith("facebook/")


def test_tensors_come_in_one_form():
    music = named("musicgen-small")
    small = ["config.json", "generation_config.json", "tokenizer.json"]
    audiocraft = ["state_dict.bin", "compression_state_dict.bin", "README.md"]
    both = ["model.safetensors", "pytorch_model.bin"]
    assert music.wanted(small + audiocraft + both) == sorted([*small, "model.safetensors"])
    assert music.wanted([*small, "pytorch_model.bin"]) == sorted([*small, "pytorch_model.bin"])


def test_a_missing_shard_is_missed(tmp_path):
    for name in ("config.json", "tokenizer.json", "model-1.safetensors"):
        (tmp_path / name).write_bytes(b"x")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert named("musicgen-large").lacking(tmp_path) == ["model-2.safetensors"]
    (tmp_path / "model-2.safetensors").write_bytes(b"x")
    assert named("musicgen-large").lacking(tmp_path) == []


# --- where they are


def test_nothing_is_here_at_first_but_what_ships(settings):
    here = [row.weights.name for row in hubs.listing(settings) if row.found]
    assert here == ["highlight"]
    found = hubs.locate("highlight", settings)
    assert found.folder / "highlight.safetensors" == SHIPPED
    assert found.place == "shipped"


def test_require_names_all_that_is_missing_and_the_command(settings):
    with pytest.raises(MissingPart) as caught:
        hubs.require(["whisper-small", "highlight", "musicgen-small", "whisper-small"], settings)
    assert caught.value.why == "whisper-small and musicgen-small are not on this computer"
    assert caught.value.remedy == "run `aiditor models fetch whisper-small musicgen-small` (about 2.9 GB)"
    assert hubs.require(["highlight"], settings)["highlight"].place == "shipped"


def test_a_folder_of_ones_own_goes_first(settings, tmp_path):
    own = tmp_path / "mine"
    own.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.txt", "model.bin"):
        (own / name).write_bytes(b"x")
    assert hubs.locate(NAME, settings, folder=own).place == "yours"
    assert hubs.locate(str(own), settings).folder == own
    (own / "model.bin").unlink()
    with pytest.raises(BadInput, match=r"mine is not whisper-small: it lacks model\.bin"):
        hubs.locate(NAME, settings, folder=own)


def test_a_name_that_is_nothing_is_refused(settings):
    with pytest.raises(BadInput, match="no model is called 'whisper-huge': say one of highlight, whisper-tiny"):
        hubs.locate("whisper-huge", settings)


def test_the_hugging_face_cache_is_used_and_checked(settings, hub, tmp_path):
    got = snapshot_download(REPO, endpoint=hub.endpoint, cache_dir=tmp_path / "cache", allow_patterns=["*.*"])
    asked = len(hub.asked)
    found = hubs.locate(NAME, settings)
    assert (found.place, str(found.folder), found.commit) == ("cache", got, hub.commit(REPO))
    assert hubs.verify(NAME, settings).state == "sound"
    blob = (found.folder / "model.bin").resolve()
    flip(blob)
    assert hubs.verify(NAME, settings).damage == ("model.bin: other bytes than were fetched",)
    (found.folder / "model.bin").unlink()
    assert hubs.locate(NAME, settings) is None
    assert len(hub.asked) == asked


# --- fetching


def test_fetched_whole_with_its_manifest_and_once(settings, hub):
    seen = []
    found = hubs.fetch(NAME, settings, progress=lambda fraction, note: seen.append(fraction))
    assert found == hubs.locate(NAME, settings)
    assert (found.place, found.commit) == ("fetched", hub.commit(REPO))
    assert (found.folder / "model.bin").read_bytes() == BIG
    manifest = read_manifest(found.folder)
    assert sorted(manifest.files) == ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"]
    assert (manifest.repo, manifest.revision, manifest.licence) == (REPO, "main", "MIT")
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert folders(settings) == [NAME]
    asked = len(hub.asked)
    hubs.fetch(NAME, settings)
    assert len(hub.asked) == asked
    assert hubs.verify(NAME, settings).state == "sound"


def test_a_cut_line_is_taken_up_again(settings, hub):
    hub.break_after = 100_000
    hubs.fetch(NAME, settings)
    assert hub.gets("/store/") == ["", "bytes=100000-"]
    assert hubs.verify(NAME, settings).state == "sound"


def test_what_broke_off_leaves_no_half_model_and_goes_on_later(settings, hub):
    def stop(fraction, note):
        if "model.bin" in note:
            hub.down = True

    hub.break_after = 120_000
    with pytest.raises(MissingPart, match=r"could not be fetched.*run `aiditor models fetch whisper-small` again"):
        hubs.fetch(NAME, settings, progress=stop)
    assert hubs.locate(NAME, settings) is None
    assert folders(settings) == [f".{NAME}.{hub.commit(REPO)[:12]}.part"]
    assert hubs.verify(NAME, settings).state == "missing"
    hub.down, hub.asked = False, []
    hubs.fetch(NAME, settings)
    assert hub.gets("/store/") == ["bytes=120000-"]
    assert hub.gets("config.json") == []
    assert folders(settings) == [NAME]
    assert hubs.verify(NAME, settings).state == "sound"


def test_a_server_without_ranges_starts_over(settings, hub):
    rest = settings.model_dir / f".{NAME}.{hub.commit(REPO)[:12]}.part" / "model.bin.incomplete"
    rest.parent.mkdir(parents=True)
    rest.write_bytes(BIG[:1234])
    hub.ranges = False
    found = hubs.fetch(NAME, settings)
    assert (found.folder / "model.bin").read_bytes() == BIG


def test_a_cancel_keeps_what_has_come(settings, hub):
    def cancel(fraction, note):
        if "model.bin" in note:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        hubs.fetch(NAME, settings, progress=cancel)
    assert hubs.locate(NAME, settings) is None
    hub.asked = []
    hubs.fetch(NAME, settings)
    assert hub.gets("tokenizer.json") == []


def test_other_bytes_than_announced_are_refused(settings, hub):
    import hashlib

    hub.lies[hashlib.sha256(BIG).hexdigest()] = bytes(len(BIG))
    with pytest.raises(MissingPart, match=r"model\.bin of whisper-small came with other bytes"):
        hubs.fetch(NAME, settings)
    assert hubs.locate(NAME, settings) is None
    hub.lies.clear()
    assert hubs.fetch(NAME, settings).place == "fetched"


def test_another_commit_replaces_the_whole_model(settings, hub):
    first = hubs.fetch(NAME, settings)
    hub.repos[REPO]["model.bin"] = BIG[::-1]
    assert hubs.fetch(NAME, settings).commit == first.commit
    hub.asked = []
    second = hubs.fetch(NAME, settings, again=True)
    assert second.commit == hub.commit(REPO) != first.commit
    assert (second.folder / "model.bin").read_bytes() == BIG[::-1]
    assert hub.gets("tokenizer.json") == []  # the same in both, so kept
    assert folders(settings) == [NAME]


def test_a_commit_can_be_pinned(settings, hub):
    commit = hub.commit(REPO)
    assert hubs.fetch(NAME, settings, revision=commit).commit == commit
    with pytest.raises(MissingPart, match="at that revision"):
        hubs.fetch(NAME, settings, revision="v9")


@pytest.mark.parametrize("trouble", ["unknown", "nobody", "offline", "full", "busy"])
def test_what_goes_wrong_is_one_sentence(settings, hub, monkeypatch, trouble):
    if trouble == "unknown":
        hub.repos.clear()
        says, kind = "the hub has no Systran/faster-whisper-small", MissingPart
    elif trouble == "nobody":
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        says, kind = "whisper-small could not be fetched", MissingPart
    elif trouble == "offline":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        says, kind = "HF_HUB_OFFLINE is set", MissingPart
    elif trouble == "full":
        usage = shutil.disk_usage("/")._replace(free=10)
        monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: usage)
        says, kind = "needs 0.1 GB more room and 0.0 GB are free", AIditorError
    else:
        from huggingface_hub.utils import WeakFileLock

        settings.model_dir.mkdir(parents=True)
        with (
            WeakFileLock(settings.model_dir / f".{NAME}.lock"),
            pytest.raises(AIditorError, match="another process is fetching whisper-small"),
        ):
            hubs.fetch(NAME, settings)
        return
    with pytest.raises(kind, match=says):
        hubs.fetch(NAME, settings)
    assert hubs.locate(NAME, settings) is None


# --- damage


def flip(path):
    """Turn one bit of a file; its size and time stay."""
    stamp = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def test_one_flipped_bit_is_found_and_mended(settings, hub):
    folder = hubs.fetch(NAME, settings).folder
    flip(folder / "model.bin")
    verdict = hubs.verify(NAME, settings)
    assert (verdict.state, verdict.damage) == ("damaged", ("model.bin: other bytes than were fetched",))
    hub.asked = []
    hubs.fetch(NAME, settings, again=True)
    assert hubs.verify(NAME, settings).state == "sound"
    assert hub.gets("vocabulary") == []


def test_a_lost_and_a_short_file_are_found_and_mended_unasked(settings, hub):
    folder = hubs.fetch(NAME, settings).folder
    (folder / "model.bin").write_bytes(BIG[:-1])
    (folder / "tokenizer.json").unlink()
    damage = hubs.verify(NAME, settings).damage
    assert damage == ("model.bin: 299999 bytes instead of 300000", "tokenizer.json: not there")
    hubs.fetch(NAME, settings)
    assert hubs.verify(NAME, settings).state == "sound"


def test_without_a_record_it_says_so(settings, hub):
    folder = hubs.fetch(NAME, settings).folder
    (folder / "manifest.json").write_text("{")
    assert hubs.verify(NAME, settings).state == "damaged"
    (folder / "manifest.json").unlink()
    assert hubs.verify(NAME, settings).state == "unrecorded"
    (folder / "model.bin").unlink()
    assert hubs.verify(NAME, settings).damage == ("model.bin: not there",)


def test_the_shipped_model_is_sealed(settings, tmp_path, monkeypatch):
    assert hubs.verify("highlight", settings).state == "sound"
    shutil.copy(SHIPPED, tmp_path / SHIPPED.name)
    flip(tmp_path / SHIPPED.name)
    monkeypatch.setattr(hubs, "_shipped", lambda: tmp_path)
    assert hubs.verify("highlight", settings).state == "damaged"


# --- the command line


def run(*words):
    return CliRunner().invoke(app, ["models", *words])


def test_list_fetch_and_verify_from_the_command_line(settings, hub):
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert not rows[NAME]["here"]
    assert rows["musicgen-small"]["licence"] == "CC-BY-NC-4.0"
    assert hub.asked == []
    got = json.loads(run("fetch", NAME, "--json").stdout)
    assert got == [
        {"name": NAME, "folder": str(hubs.home(NAME, settings)), "place": "fetched", "commit": hub.commit(REPO)}
    ]
    assert "fetched" in run("list").stdout
    assert [v["state"] for v in json.loads(run("verify", "--json").stdout)] == ["sound", "sound"]
    flip(hubs.home(NAME, settings) / "model.bin")
    answer = run("verify")
    assert answer.exit_code == 1
    assert "run `aiditor models fetch --again whisper-small`" in answer.stdout
    assert run("fetch", NAME, "--again").exit_code == 0
    assert run("verify", NAME).exit_code == 0
    assert run("verify", "whisper-tiny").exit_code == 1


def test_a_failure_is_said_in_both_forms(settings, hub):
    answer = run("fetch", "whisper-tiny", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["remedy"] == "check the revision and HF_TOKEN"
    assert run("fetch", "nonsense").exit_code == 3
