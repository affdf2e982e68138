"""The stages in order: clips in, montage out.

`make_montage` does it all. Its parts are public, for faces that stop in between: `analyse` (what is
in the clips), `plan` (what the montage will show), `listen` (what is said there, to be looked through)
and `produce` (music, sound, picture, files).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aiditor import detect as detecting
from aiditor import music as scored
from aiditor import score as scoring
from aiditor.clock import STAGES, Clock, OnReport, Report
from aiditor.config import Config, digest
from aiditor.detect import DetectConfig
from aiditor.errors import BadConfig, NothingToKeep
from aiditor.export import ExportConfig
from aiditor.ingest import IngestConfig, ingest
from aiditor.making import made
from aiditor.music import EngineName, engine, engines
from aiditor.progress import Progress, halves, silent
from aiditor.score import ScoreConfig
from aiditor.select import select
from aiditor.settings import Settings
from aiditor.store.cache import Cache
from aiditor.styles import Style, load
from aiditor.timeline import Export, Rejection, Scores, Signals, Source, Timeline
from aiditor.words import Hearing, Words, WordWish, blurred, kept, preflight, reviewed
from aiditor.words import listen as listening
from aiditor.words.preflight import Want

__all__ = [
    "STAGES",
    "Analysis",
    "AnalysisConfig",
    "OnReport",
    "Report",
    "analyse",
    "analysis_config",
    "heard",
    "listen",
    "make_montage",
    "plan",
    "produce",
]

ASPECTS = ("landscape", "portrait")


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
    return _analyse(clips, cfg or analysis_config(settings), settings, Clock(on_report, ["ingest", "detect"]))


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


def _analyse(clips: Sequence[str | Path], cfg: AnalysisConfig, settings: Settings, clock: Clock) -> Analysis:
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
    music_engine: EngineName | None = None,
    prompt: str = "",
    watermark: str | None = None,
    words: WordWish | None = None,
) -> Style:
    """The style with what this montage asks for: length, its music's seed, file, engine or words, watermark, words.

    A `music_file` goes before an engine. Raises BadConfig for an engine that there is not.
    """
    chosen = style if isinstance(style, Style) else load(style)
    if words is not None:
        chosen = words.over(chosen)
    changes: dict[str, Config] = {}
    if seconds is not None:
        changes["select"] = _changed(chosen.select, target_s=seconds)
    music: dict[str, object] = {} if seed is None else {"seed": seed}
    if music_engine is not None:
        if music_engine not in engines():
            raise BadConfig(f"there is no music engine {music_engine}", remedy=f"choose one of {', '.join(engines())}")
        music["engine"] = music_engine
    if prompt:
        music["prompt"] = prompt
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
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Timeline:
    """What the montage will show, cut to the beats of the music that it will have.

    `drop` and `keep` name moments by (source id, `Moment.t_s`). Music that is generated is generated here, which takes
    minutes: `progress` can stop it. Raises NothingToKeep, MissingPart where the music's model is not here.
    """
    if not analysis.sources:
        raise _nothing(analysis)
    up_to_s = style.select.target_s * 1.5 + 10
    grid = engine(style.music, settings=settings or Settings()).grid(style.music, up_to_s=up_to_s, progress=progress)
    timeline = select(analysis.sources, analysis.scores, style.select, grid=grid, drop=drop, keep=keep)
    return replace(timeline, style=style.name)


def listen(
    timeline: Timeline,
    style: Style,
    *,
    insist: Collection[Want] = (),
    scores: Sequence[Scores] = (),
    earlier: Words | None = None,
    settings: Settings | None = None,
    on_report: OnReport | None = None,
) -> Words:
    """What is said where the timeline looks, and what of it goes: to be looked through, and given to `produce`.

    `insist` names what the maker asked for himself, "captions" or "censor": it is refused with MissingPart where it
    cannot be had, and what only the style asks for is left out with a note. `scores` tell where somebody speaks.
    `earlier` keeps what was decided before.
    """
    settings = settings or Settings()
    hearing = preflight(style, settings, insist=insist)
    progress = Clock(on_report, ["words"]).stage("words")
    return listening(timeline, hearing, settings, scores=scores, progress=progress).carried(earlier)


def _nothing(analysis: Analysis) -> NothingToKeep:
    if not analysis.rejected:
        return NothingToKeep("there are no clips", remedy="name video files, a folder or a ZIP")
    listed = "; ".join(f"{Path(r.file).name}: {r.why}" for r in analysis.rejected[:5])
    return NothingToKeep(
        f"ingest could use none of {len(analysis.rejected)} files ({listed})", remedy=analysis.rejected[0].remedy
    )


def heard(
    clips: Sequence[str | Path],
    style: Style,
    *,
    insist: Collection[Want] = (),
    settings: Settings | None = None,
    on_report: OnReport | None = None,
) -> tuple[Words, Timeline]:
    """What is said in the montage that these clips would make, and that montage's timeline; renders nothing.

    A style that asks for neither captions nor censoring is listened to all the same: MissingPart where that cannot be.
    """
    settings = settings or Settings()
    if style.captions is None and style.censor.level == "off":
        style, insist = WordWish(captions="minimal").over(style), {"captions"}
    hearing = preflight(style, settings, insist=insist)
    clock = Clock(on_report, ["ingest", "detect", "select", "words"], listens=hearing.speech is not None)
    analysis = _analyse(clips, analysis_config(settings), settings, clock)
    timeline = plan(analysis, style, settings=settings, progress=clock.stage("select"))
    said = listening(timeline, hearing, settings, scores=analysis.scores, progress=clock.stage("words"))
    return said, timeline


def make_montage(
    clips: Sequence[str | Path],
    *,
    style: str | Path | Style = "hype",
    seconds: float | None = None,
    aspects: Sequence[str] = ASPECTS,
    out: str | Path,
    seed: int | None = None,
    music_file: str | Path | None = None,
    music_engine: EngineName | None = None,
    prompt: str = "",
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

    `clips` are files, folders, globs or ZIPs; `style` a preset's name, a YAML file or a Style; `aspects` any of
    "landscape" and "portrait"; `out` the folder to write to. `music_engine` is who makes the music, the style's by
    default, and `prompt` what a generated piece is asked to be. `watermark` None takes the deployment's
    WATERMARK_TEXT, "" draws none. `words` asks for captions and censoring; words whose ids are in `keep_words` are left
    as they are. Nothing half-written is left in `out`, whatever happens.
    Raises any AIditorError; Cancelled when `on_report` raised it.
    """
    settings = settings or Settings()
    text = settings.watermark_text if watermark is None else watermark
    chosen = styled(
        style, seconds=seconds, seed=seed, music_file=music_file, music_engine=music_engine, prompt=prompt,
        watermark=text, words=words,
    )  # fmt: skip
    scored.preflight(chosen.music, settings)
    hearing = preflight(chosen, settings, insist=words.insist if words else ())
    clock = Clock(on_report, list(STAGES), listens=hearing.speech is not None or chosen.censor.on_screen)
    analysis = _analyse(clips, cfg or analysis_config(settings), settings, clock)
    progress = clock.stage("select")
    timeline = plan(analysis, chosen, drop=drop, keep=keep, settings=settings, progress=progress)
    hears, reads = halves(clock.stage("words"), second=chosen.censor.on_screen)
    said = listening(timeline, hearing, settings, scores=analysis.scores, progress=hears)
    said = kept(said, tuple(keep_words))
    timeline = blurred(timeline, chosen.censor, settings, progress=reads)
    exports = exports or ExportConfig()
    return made(
        timeline, said, chosen, Path(out), aspects, analysis.rejected, analysis.scores, exports, settings, clock
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
    earlier: Words | None = None,
    insist: Collection[Want] = (),
    exports: ExportConfig | None = None,
    settings: Settings | None = None,
    on_report: OnReport | None = None,
) -> Export:
    """Music, sound, picture and files for a planned timeline; see `make_montage`.

    `scores` tell the mix where somebody speaks, so that the music steps back there. `words` are what `listen` gave,
    looked through; without them the timeline is listened to here, as `listen` would, with what was decided `earlier`.
    """
    exports, settings = exports or ExportConfig(), settings or Settings()
    again = words is None or (words.draft and words.censor != style.censor)
    hearing = preflight(style, settings, insist=insist) if again else Hearing()
    slow = hearing.speech is not None or style.censor.on_screen
    clock = Clock(on_report, ["words", "music", "sound", "render", "export"], listens=slow)
    progress, reads = halves(clock.stage("words"), second=style.censor.on_screen)
    if words is None or again:
        words = listening(timeline, hearing, settings, scores=scores, progress=progress).carried(words or earlier)
    words = reviewed(words, style.censor, timeline) if words.transcripts else words
    timeline = blurred(timeline, style.censor, settings, progress=reads)
    return made(timeline, words, style, Path(out), aspects, tuple(rejected), scores, exports, settings, clock)
