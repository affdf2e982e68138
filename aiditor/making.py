"""From a timeline and its words to files: music, sound, picture, captions, and the record of it all."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from aiditor.captions import Captions, caption_segments
from aiditor.censor import covered
from aiditor.clock import Clock
from aiditor.config import digest
from aiditor.export import ExportConfig, export
from aiditor.music import engine
from aiditor.progress import Progress
from aiditor.render import render, sound
from aiditor.render.grid import frame_rate, length_s, size_of
from aiditor.settings import Settings
from aiditor.speech import cues, write_subtitles
from aiditor.store.cache import Cache
from aiditor.styles import Style
from aiditor.timeline import Export, Music, Rejection, Scores, Timeline, to_json
from aiditor.words import Applied, Words, applied, record

if TYPE_CHECKING:
    from aiditor.captions.track import CaptionTrack

__all__ = ["made"]


def made(
    timeline: Timeline,
    words: Words,
    style: Style,
    out: Path,
    aspects: Sequence[str],
    rejected: tuple[Rejection, ...],
    scores: Sequence[Scores],
    exports: ExportConfig,
    settings: Settings,
    clock: Clock,
) -> Export:
    """Everything is made in a staging folder inside `out` and moved into place at the very end."""
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=".montage-", suffix=".part", dir=out))
    try:
        said = applied(timeline, words, style, fps=frame_rate(timeline, style.render))
        lettered, warnings = _lettered(said, style, aspects)
        timeline = replace(said.timeline, notes=tuple(dict.fromkeys((*said.timeline.notes, *warnings))))
        timeline = replace(timeline, music=_music(timeline, style, settings, clock.stage("music")))
        clock.stage("sound")
        mix = _Mixing(timeline, words, style, staging / "sound.wav", stems=exports.stems, scores=scores)
        videos = {aspect: staging / f"{aspect}.mp4" for aspect in aspects}
        rendered = render(
            timeline, style.render, out=videos, audio=mix, captions=lettered, progress=clock.stage("render")
        )
        mixed, clock.timing["sound"] = mix.done, mix.seconds
        progress = clock.stage("export")
        parts = {name: getattr(mixed, f"{name}_path") for name in ("game", "music", "microphone")}
        stems = {f"{name}_stem": Path(path) for name, path in parts.items() if path}
        timeline, track = _with_track(timeline, staging, out)
        encoder = ", ".join(sorted(set(rendered.encoder.values())))
        exported = export(
            timeline,
            exports,
            out=staging,
            files=videos | stems | track | _written(words, said.captions, staging),
            place=out,
            fps=rendered.fps,
            config=style.model_dump(mode="json"),
            rejected=rejected,
            timing=clock.timing,
            encoder=encoder,
            words=record(words, timeline, said.captions, warnings),
            progress=progress,
        )
        Path(mixed.path).unlink()
        for made in sorted(staging.iterdir()):
            made.replace(out / made.name)
        return exported
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class _Mixing:
    """The montage's sound, made when the render calls this, in a thread of its own; then it is `done`."""

    done: sound.Mix
    seconds: float
    """How long it took."""

    def __init__(
        self, timeline: Timeline, words: Words, style: Style, out: Path, *, stems: bool, scores: Sequence[Scores]
    ) -> None:
        heard = [transcript for transcript in words.transcripts if not transcript.draft]
        self._mix = partial(
            sound.mix,
            timeline,
            style.render.sound,
            out=out,
            duration_s=length_s(timeline, style.render),
            stems=stems,
            scores={s.source_id: s for s in scores},
            spoken={t.source_id: [(word.start_s, word.end_s) for word in t.words] for t in heard},
            hide=partial(covered, cfg=style.censor),
        )

    def __call__(self, progress: Progress) -> Path:
        began = time.perf_counter()
        self.done = self._mix(progress=progress)
        self.seconds = round(time.perf_counter() - began, 3)
        return Path(self.done.path)


def _lettered(said: Applied, style: Style, aspects: Sequence[str]) -> tuple[dict[str, CaptionTrack], tuple[str, ...]]:
    """The captions of each aspect, inside its own safe areas, and what of them cannot be drawn."""
    if said.captions is None or not said.captions.pages or style.captions is None:
        return {}, ()
    from aiditor.captions.track import CaptionTrack  # drawing needs Pillow

    fps = frame_rate(said.timeline, style.render)
    tracks = {
        aspect: CaptionTrack(said.captions.pages, style.captions, *size_of(aspect, said.timeline, style.render), fps)
        for aspect in aspects
    }
    return tracks, tuple(dict.fromkeys(warning for track in tracks.values() for warning in track.warnings))


def _written(words: Words, captions: Captions | None, staging: Path) -> dict[str, Path]:
    """What was said, beside the videos: as it was heard, and as subtitles where there are captions."""
    files: dict[str, Path] = {}
    if words.transcripts:
        files["words"] = staging / "words.json"
        files["words"].write_text(to_json(words), encoding="utf-8")
    if captions is not None and captions.pages:
        found = cues(caption_segments(captions.pages))
        files |= {kind: write_subtitles(found, staging / f"montage.{kind}") for kind in ("srt", "vtt")}
    return files


def _music(timeline: Timeline, style: Style, settings: Settings, progress: Progress) -> Music | None:
    """The track for this timeline: the one it came with while its file is there, else a new one, or a kept one."""
    if style.music.engine == "none":
        return None
    if timeline.music is not None and Path(timeline.music.path).is_file():
        return timeline.music
    cache = Cache(settings.cache_dir)
    strongest = sorted(timeline.cuts, key=lambda cut: -cut.score)[: max(1, len(timeline.cuts) // 3)]
    hits = tuple(round(cut.montage_s(cut.peak_s), 3) for cut in strongest)
    intensity = tuple((round(cut.at_s, 3), round(cut.score, 3)) for cut in timeline.cuts)
    tracks = (_stamp(style.music.path), _stamp(style.music.melody))
    key = digest(style.music, *tracks, repr(hits), repr(intensity), timeline.duration_s)
    path = cache.path("music", key, "flac")
    path.parent.mkdir(parents=True, exist_ok=True)

    def make() -> Music:
        return engine(style.music, settings=settings).make(
            style.music,
            duration_s=timeline.duration_s,
            hits_s=hits,
            intensity=intensity,
            out=path,
            progress=progress,
        )

    made = cache.value(Music, "music", key, make)
    return made if Path(made.path).is_file() else make()


def _stamp(path: str) -> str:
    """Size and time of a track of the user's, so that another file of the same name is another track."""
    if not path or not Path(path).is_file():
        return ""
    found = Path(path).stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _with_track(timeline: Timeline, staging: Path, out: Path) -> tuple[Timeline, dict[str, Path]]:
    """The timeline with its music beside the videos, where an editor's project will look for it."""
    if timeline.music is None:
        return timeline, {}
    kept = Path(timeline.music.path)
    track = staging / f"music{kept.suffix}"
    shutil.copyfile(kept, track)
    return replace(timeline, music=replace(timeline.music, path=str(out / track.name))), {"music": track}
