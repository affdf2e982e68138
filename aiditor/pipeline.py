"""The stages in order: clips in, montage out.

`make_montage` does it all. Its parts are public, for faces that stop in between: `analyse` (what is
in the clips), `plan` (what the montage will show), `listen` (what is said there, to be looked through)
and `produce` (music, sound, picture, files).
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from aiditor import detect as detecting
from aiditor import score as scoring
from aiditor.captions import Captions, caption_segments
from aiditor.censor import covered
from aiditor.config import Config, digest
from aiditor.detect import DetectConfig
from aiditor.errors import NothingToKeep
from aiditor.export import ExportConfig, export
from aiditor.ingest import IngestConfig, ingest
from aiditor.music import engine
from aiditor.progress import Progress
from aiditor.render import render, sound
from aiditor.render.grid import frame_rate, length_s, size_of
from aiditor.score import ScoreConfig
from aiditor.select import select
from aiditor.settings import Settings
from aiditor.speech import cues, write_subtitles
from aiditor.store.cache import Cache
from aiditor.styles import Style, load
from aiditor.timeline import BeatGrid, Export, Music, Rejection, Scores, Signals, Source, Timeline, to_json
from aiditor.words import Applied, Hearing, Words, WordWish, applied, kept, preflight, record, reviewed
from aiditor.words import listen as listening
from aiditor.words.preflight import Want

if TYPE_CHECKING:
    from aiditor.captions.track import CaptionTrack

__all__ = [
    "STAGES",
    "Analysis",
    "AnalysisConfig",
    "Report",
    "analyse",
    "analysis_config",
    "listen",
    "make_montage",
    "plan",
    "produce",
]

STAGES = {
    "ingest": 0.04, "detect": 0.26, "select": 0.02, "words": 0.4, "music": 0.08, "sound": 0.0, "render": 0.55,
    "export": 0.05,
}  # fmt: skip
"""The stages in order, with the usual weight of the time that each takes. Sound is mixed beside the render; words take
none where nothing is listened to."""
ASPECTS = ("landscape", "portrait")


@dataclass(frozen=True, slots=True)
class Report:
    """How far a montage is."""

    stage: str
    fraction: float
    """Of this stage, in [0, 1]."""
    total: float
    """Of the whole, in [0, 1]."""
    note: str
    elapsed_s: float
    left_s: float | None
    """Seconds left at this pace; None while too little is known."""


OnReport = Callable[[Report], None]
"""Called at least twice a second; may raise Cancelled, which ends the work cleanly."""


class AnalysisConfig(Config):
    """What is looked for in clips; no style changes it, so a new style never detects again."""

    ingest: IngestConfig = IngestConfig()
    detect: DetectConfig = DetectConfig()
    score: ScoreConfig = ScoreConfig()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is in a batch of clips: `signals[k]` and `scores[k]` belong to `sources[k]`."""

    sources: tuple[Source, ...]
    signals: tuple[Signals, ...]
    scores: tuple[Scores, ...]
    rejected: tuple[Rejection, ...]


class _Clock:
    """Turns each stage's progress into one Report of the whole, and keeps the time each took."""

    def __init__(self, on_report: OnReport | None, stages: Sequence[str], *, listens: bool = True) -> None:
        usual = {s: STAGES[s] if listens or s != "words" else 0.0 for s in stages}
        self.weights = {s: weight / sum(usual.values()) for s, weight in usual.items()}
        self.on_report = on_report
        self.began = time.perf_counter()
        self.timing: dict[str, float] = {}
        self.done = 0.0

    def stage(self, name: str) -> Progress:
        begun, base = time.perf_counter(), self.done
        self.done += self.weights[name]

        def progress(fraction: float, note: str) -> None:
            now = time.perf_counter()
            self.timing[name] = round(now - begun, 3)
            if self.on_report is not None:
                total = min(1.0, base + self.weights[name] * fraction)
                elapsed = now - self.began
                left = elapsed * (1 - total) / total if total > 0.05 and elapsed > 1 else None
                self.on_report(Report(name, fraction, total, note, elapsed, left))

        progress(0.0, "")
        return progress


def analyse(
    clips: Sequence[str | Path],
    *,
    cfg: AnalysisConfig | None = None,
    settings: Settings | None = None,
    on_report: OnReport | None = None,
) -> Analysis:
    """Read clips (files, folders, globs, ZIPs) and find what happens in them.

    Bad files are in `Analysis.rejected`, each with its reason and remedy. What was detected before in
    the same bytes with the same config comes from the cache.
    """
    settings = settings or Settings()
    return _analyse(clips, cfg or analysis_config(settings), settings, _Clock(on_report, ["ingest", "detect"]))


def analysis_config(settings: Settings) -> AnalysisConfig:
    """What this deployment looks for: with the trained model that it has now, or with the untrained signals.

    Asked anew for each batch, so a model that is promoted meanwhile is used from the next one on.
    Raises BadInput when the promoted model is damaged, MissingPart when there is none.
    """
    if not settings.use_highlight_model:
        return AnalysisConfig(detect=DetectConfig(detectors=("signals",)))
    from aiditor.detect.net.package import champion_path, read_package  # torch is imported beside the listening

    path = champion_path(settings.model_dir)
    package = read_package(path)
    return AnalysisConfig(
        detect=DetectConfig(
            detectors=("net",),
            model=str(path),
            model_version=package.checksum,
            player=settings.player_name,
            game=settings.game,
        )
    )


def _analyse(clips: Sequence[str | Path], cfg: AnalysisConfig, settings: Settings, clock: _Clock) -> Analysis:
    progress = clock.stage("ingest")
    found = ingest(clips, cfg.ingest, workdir=settings.aiditor_home / "unpacked", progress=progress)
    progress(1.0, f"{len(found.sources)} clips")
    progress = clock.stage("detect")
    cache = Cache(settings.cache_dir)
    total_s = sum(s.duration_s for s in found.sources) or 1.0
    before_s = 0.0
    signals: list[Signals] = []
    for source in found.sources:
        share = _share(progress, before_s / total_s, (before_s + source.duration_s) / total_s, source.name)
        key = digest(cfg.detect.model_copy(update={"model": ""}), source.id, repr(source.skip_s), detecting.VERSION)
        signals.append(
            cache.array(Signals, "detect", key, lambda s=source, p=share: detecting.detect(s, cfg.detect, progress=p))
        )
        before_s += source.duration_s
    progress(1.0, "")
    cache.prune()
    scores = tuple(scoring.score(s, cfg.score) for s in signals)
    return Analysis(found.sources, tuple(signals), scores, found.rejected)


def _share(progress: Progress, low: float, high: float, name: str) -> Progress:
    def report(fraction: float, note: str) -> None:
        progress(low + (high - low) * fraction, f"{name}: {note}" if note else name)

    return report


def styled(
    style: str | Path | Style,
    *,
    seconds: float | None = None,
    seed: int | None = None,
    music_file: str | Path | None = None,
    watermark: str | None = None,
    words: WordWish | None = None,
) -> Style:
    """The style with what this montage asks for: length, the music's seed or file, the watermark's text, words."""
    chosen = style if isinstance(style, Style) else load(style)
    if words is not None:
        chosen = words.over(chosen)
    changes: dict[str, Config] = {}
    if seconds is not None:
        changes["select"] = _changed(chosen.select, target_s=seconds)
    music: dict[str, object] = {} if seed is None else {"seed": seed}
    if music_file is not None:
        music |= {"engine": "own", "path": str(music_file)}
    if music_file is None and seed is None and chosen.music.seed is None:
        music["seed"] = secrets.randbelow(2**32)  # named now, so that beats and notes come from the same piece
    if music:
        changes["music"] = _changed(chosen.music, **music)
    if watermark is not None:
        changes["render"] = _changed(chosen.render, watermark_text=watermark)
    return chosen.model_copy(update=changes)


def _changed(config: Config, **fields: object) -> Config:
    """A validated copy: `model_copy` alone would let a bad value through."""
    return type(config).model_validate({**config.model_dump(), **fields})


def plan(
    analysis: Analysis,
    style: Style,
    *,
    drop: Collection[tuple[str, float]] = frozenset(),
    keep: Collection[tuple[str, float]] = frozenset(),
) -> Timeline:
    """What the montage will show, cut to the beats of the music that it will have.

    `drop` and `keep` name moments by (source id, `Moment.t_s`). Raises NothingToKeep.
    """
    if not analysis.sources:
        raise _nothing(analysis)
    timeline = select(analysis.sources, analysis.scores, style.select, grid=_grid(style), drop=drop, keep=keep)
    return replace(timeline, style=style.name)


def listen(
    timeline: Timeline,
    style: Style,
    *,
    insist: Collection[Want] = (),
    earlier: Words | None = None,
    settings: Settings | None = None,
    on_report: OnReport | None = None,
) -> Words:
    """What is said where the timeline looks, and what of it goes: to be looked through, and given to `produce`.

    `insist` names what the maker asked for himself, "captions" or "censor": it is refused with MissingPart where it
    cannot be had, and what only the style asks for is left out with a note. `earlier` keeps what was decided before.
    """
    settings = settings or Settings()
    hearing = preflight(style, settings, insist=insist)
    return listening(timeline, hearing, settings, progress=_Clock(on_report, ["words"]).stage("words")).carried(earlier)


def _nothing(analysis: Analysis) -> NothingToKeep:
    if not analysis.rejected:
        return NothingToKeep("there are no clips", remedy="name video files, a folder or a ZIP")
    listed = "; ".join(f"{Path(r.file).name}: {r.why}" for r in analysis.rejected[:5])
    return NothingToKeep(
        f"ingest could use none of {len(analysis.rejected)} files ({listed})", remedy=analysis.rejected[0].remedy
    )


def _grid(style: Style) -> BeatGrid | None:
    return engine(style.music).grid(style.music, up_to_s=style.select.target_s * 1.5 + 10)


def make_montage(
    clips: Sequence[str | Path],
    *,
    style: str | Path | Style = "hype",
    seconds: float | None = None,
    aspects: Sequence[str] = ASPECTS,
    out: str | Path,
    seed: int | None = None,
    music_file: str | Path | None = None,
    watermark: str | None = None,
    words: WordWish | None = None,
    keep_words: Sequence[str] = (),
    drop: Collection[tuple[str, float]] = frozenset(),
    keep: Collection[tuple[str, float]] = frozenset(),
    cfg: AnalysisConfig | None = None,
    exports: ExportConfig | None = None,
    settings: Settings | None = None,
    on_report: OnReport | None = None,
) -> Export:
    """Clips in, montage out: everything, in order.

    `clips` are files, folders, globs or ZIPs; `style` a preset's name, a YAML file or a Style; `aspects`
    any of "landscape" and "portrait"; `out` the folder to write to. `watermark` None takes the
    deployment's WATERMARK_TEXT, "" draws none. `words` asks for captions and censoring; words whose ids are in
    `keep_words` are left as they are. Nothing half-written is left in `out`, whatever happens.
    Raises any AIditorError; Cancelled when `on_report` raised it.
    """
    settings = settings or Settings()
    text = settings.watermark_text if watermark is None else watermark
    chosen = styled(style, seconds=seconds, seed=seed, music_file=music_file, watermark=text, words=words)
    hearing = preflight(chosen, settings, insist=words.insist if words else ())
    clock = _Clock(on_report, list(STAGES), listens=hearing.speech is not None)
    analysis = _analyse(clips, cfg or analysis_config(settings), settings, clock)
    clock.stage("select")
    timeline = plan(analysis, chosen, drop=drop, keep=keep)
    heard = kept(listening(timeline, hearing, settings, progress=clock.stage("words")), tuple(keep_words))
    exports = exports or ExportConfig()
    return _produce(
        timeline, heard, chosen, Path(out), aspects, analysis.rejected, analysis.scores, exports, settings, clock
    )


def produce(
    timeline: Timeline,
    style: Style,
    *,
    out: str | Path,
    aspects: Sequence[str] = ASPECTS,
    rejected: Sequence[Rejection] = (),
    scores: Sequence[Scores] = (),
    words: Words | None = None,
    insist: Collection[Want] = (),
    exports: ExportConfig | None = None,
    settings: Settings | None = None,
    on_report: OnReport | None = None,
) -> Export:
    """Music, sound, picture and files for a planned timeline; see `make_montage`.

    `scores` tell the mix where somebody speaks, so that the music steps back there. `words` are what `listen` gave,
    looked through; without them the timeline is listened to here, as `listen` would.
    """
    exports, settings = exports or ExportConfig(), settings or Settings()
    again = words is None or (words.draft and words.censor != style.censor)
    hearing = preflight(style, settings, insist=insist) if again else Hearing()
    clock = _Clock(on_report, ["words", "music", "sound", "render", "export"], listens=hearing.speech is not None)
    progress = clock.stage("words")
    if words is None or again:
        words = listening(timeline, hearing, settings, progress=progress).carried(words)
    words = reviewed(words, style.censor, timeline) if words.transcripts else words
    return _produce(timeline, words, style, Path(out), aspects, tuple(rejected), scores, exports, settings, clock)


def _produce(
    timeline: Timeline,
    words: Words,
    style: Style,
    out: Path,
    aspects: Sequence[str],
    rejected: tuple[Rejection, ...],
    scores: Sequence[Scores],
    exports: ExportConfig,
    settings: Settings,
    clock: _Clock,
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
        mix = _Mixing(timeline, style, staging / "sound.wav", stems=exports.stems, scores=scores)
        videos = {aspect: staging / f"{aspect}.mp4" for aspect in aspects}
        rendered = render(
            timeline, style.render, out=videos, audio=mix, captions=lettered, progress=clock.stage("render")
        )
        mixed, clock.timing["sound"] = mix.done, mix.seconds
        progress = clock.stage("export")
        stems = {"game_stem": Path(mixed.game_path), "music_stem": Path(mixed.music_path)} if exports.stems else {}
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

    def __init__(self, timeline: Timeline, style: Style, out: Path, *, stems: bool, scores: Sequence[Scores]) -> None:
        self._mix = partial(
            sound.mix,
            timeline,
            style.render.sound,
            out=out,
            duration_s=length_s(timeline, style.render),
            stems=stems,
            scores={s.source_id: s for s in scores},
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
    key = digest(style.music, _stamp(style.music.path), repr(hits), repr(intensity), timeline.duration_s)
    path = cache.path("music", key, "flac")
    path.parent.mkdir(parents=True, exist_ok=True)

    def make() -> Music:
        return engine(style.music).make(
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
    """Size and time of the user's own track, so that another file of the same name is another track."""
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
