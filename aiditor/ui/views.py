"""What the page shows, as HTML built from values: no Gradio here, so that a test reads it as text.

Everything that came from outside (names of files, titles, reasons) is escaped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from aiditor.pipeline import STAGES, Analysis
from aiditor.store.tables import Clip, Job, Render
from aiditor.studio.teaching import WORDS, Said
from aiditor.timeline import Moment, Rejection, Scores, Source, Timeline, spoken
from aiditor.ui.curve import curve_svg

__all__ = [
    "choice_label",
    "clips_view",
    "clock",
    "cuts_view",
    "empty",
    "error_view",
    "files_view",
    "job_view",
    "labels_view",
    "moments_view",
    "person_view",
    "players_view",
    "sentence",
    "total_view",
]

STAGE_NAMES = {
    "ingest": "Read the clips",
    "detect": "Find the action",
    "pictures": "Take pictures",
    "select": "Choose the cuts",
    "words": "Listen to what is said",
    "music": "Write the music",
    "sound": "Mix the sound",
    "render": "Render",
    "export": "Write the files",
}
DOWNLOADS = {
    "landscape": "16:9",
    "portrait": "9:16",
    "poster": "the picture to show first",
    "otio": "for DaVinci Resolve and others",
    "fcpxml": "for Final Cut",
    "edl": "for any editor",
    "srt": "captions",
    "vtt": "captions for the web",
    "words": "what is said",
    "json": "the record of it all",
    "timeline": "to render again",
    "music": "the music",
    "game": "the game's sound",
}
"""Files offered, in this order, and what each is for."""
FINETUNE = "python -m training.finetune --labels"
KIND_NAMES = {"multi_kill": "multi-kill", "other_kill": "someone else's kill", "burst": "action", "fill": "filler"}


def clock(t_s: float) -> str:
    """`1:02.4`"""
    minutes, seconds = divmod(round(max(t_s, 0.0) * 10), 600)
    return f"{minutes}:{seconds // 10:02d}.{seconds % 10}"


def person_view(name: str, plan: str) -> str:
    """Who is signed in, their plan, and the way out."""
    return (
        f'<div class="ai-person"><span>{escape(name)} · {escape(plan)} plan</span>'
        f'<button type="button">Sign out</button></div>'
    )


def empty(title: str, hint: str) -> str:
    """What an empty place says: what is missing, and what to do."""
    return f'<div class="ai-empty"><h3>{escape(title)}</h3><p>{escape(hint)}</p></div>'


def error_view(why: str, remedy: str = "", file: str = "") -> str:
    """What went wrong and what to do, naming the file."""
    named = f"<code>{escape(Path(file).name)}</code>" if file else ""
    help_ = f'<p class="ai-remedy">{escape(sentence(remedy))}</p>' if remedy else ""
    return f'<div class="ai-error" role="alert"><h3>{escape(sentence(why))}</h3>{help_}{named}</div>'


def job_view(job: Job | None) -> str:
    """How far a job is: a bar, its stage and the time left; or how it ended."""
    if job is None:
        return ""
    if job.state == "failed":
        return error_view(job.why, job.remedy, job.file)
    if job.state == "cancelled":
        return '<div class="ai-job"><b>Stopped.</b> Nothing half-finished was left behind.</div>'
    if job.state == "done":
        return ""
    if job.cancel_asked_at is not None:
        return '<div class="ai-job"><b>Stopping…</b></div>'
    if job.state == "queued" or not job.stage:
        again = f" <span>{escape(job.note)}</span>" if job.note else ""
        waits = "Waiting for its turn…" if job.state == "queued" else "Starting…"
        return f'<div class="ai-job"><b>{waits}</b>{again}</div>'
    left = "" if job.left_s is None or job.left_s > 7200 else f"about {_wait(job.left_s)} left"
    percent = round(100 * job.fraction)
    steps = _steps(job.stage) if job.kind == "make" else ""
    stage = escape(STAGE_NAMES.get(job.stage, job.stage))
    return (
        f'<div class="ai-job" role="status"><div class="ai-line"><b>{stage}</b>'
        f"<span>{percent}%{' · ' + left if left else ''}</span></div>"
        f'<div class="ai-bar" role="progressbar" aria-valuenow="{percent}" aria-valuemin="0" aria-valuemax="100">'
        f'<i style="width:{percent}%"></i></div><small>{escape(job.note) or "&nbsp;"}</small>{steps}</div>'
    )


def _steps(current: str) -> str:
    names = [name for name in STAGES if name not in ("ingest", "detect")]
    if current not in names:
        names = list(STAGES)
    at = names.index(current) if current in names else 0
    marks = (("done" if n < at else "now" if n == at else "next", STAGE_NAMES[name]) for n, name in enumerate(names))
    return '<ol class="ai-steps">' + "".join(f'<li class="{state}">{escape(n)}</li>' for state, n in marks) + "</ol>"


def _wait(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def clips_view(
    analysis: Analysis | None, clips: Sequence[Clip] = (), thumbs: Mapping[tuple[str, float], str] | None = None
) -> str:
    """A card for each file that was taken, and for each that was not, with the reason and the remedy.

    `clips` are the rows that can be taken out again, `thumbs` the moments' pictures.
    """
    if analysis is None:
        return empty("No clips yet", "Drop in recordings of your game (or a ZIP of them), or try the samples.")
    ids = {clip.name: clip.id for clip in clips}
    rows = "".join(
        _clip_row(source, scores, thumbs or {}, ids.get(source.name.split("/")[0], ""))
        for source, scores in zip(analysis.sources, analysis.scores, strict=True)
    )
    rows += "".join(_rejected_row(each, ids.get(Path(each.file).name, "")) for each in analysis.rejected)
    taken, left = len(analysis.sources), len(analysis.rejected)
    head = f"{taken} taken" + (f", {left} left out" if left else "")
    return f'<h3 class="ai-head">{head}</h3><div class="ai-rows">{rows}</div>'


def _clip_row(source: Source, scores: Scores, thumbs: Mapping[tuple[str, float], str], clip_id: str) -> str:
    moments = len(scores.moments)
    poster = next((uri for m in scores.moments if (uri := thumbs.get((source.id, m.t_s)))), "")
    image = f'<img src="{poster}" alt="">' if poster else '<span class="ai-noimg"></span>'
    video, audio = source.info.video, source.info.audio
    facts = [clock(source.duration_s), f"{video.width}×{video.height}", f"{video.rate_hz:.4g} fps"]
    facts += (["variable rate"] if video.variable_rate else []) + (["HDR"] if video.hdr else [])
    facts.append("no sound" if not audio else "sound" if len(audio) == 1 else f"{len(audio)} sound tracks")
    warnings = "".join(f"<p>{escape(sentence(text))}</p>" for text in source.info.warnings)
    badge = f'<span class="ai-tag good">{moments} moment{"s" if moments != 1 else ""}</span>'
    return (
        f'<div class="ai-row ai-card">{image}<div><div class="ai-line"><b>{escape(source.name)}</b>{badge}</div>'
        f"<small>{escape(' · '.join(facts))}</small>{warnings}</div>{_remove(source.name, clip_id)}</div>"
    )


def _rejected_row(rejection: Rejection, clip_id: str) -> str:
    name = Path(rejection.file).name
    return (
        f'<div class="ai-row ai-card bad"><div><div class="ai-line"><b>{escape(name)}</b>'
        f'<span class="ai-tag">left out</span></div>'
        f"<p>{escape(sentence(rejection.why))} <em>{escape(sentence(rejection.remedy))}</em></p></div>"
        f"{_remove(name, clip_id)}</div>"
    )


def _remove(name: str, clip_id: str) -> str:
    """The button that takes a clip out; none for one that came in a ZIP, which goes as a whole."""
    if not clip_id:
        return ""
    return f'<button type="button" data-clip="{escape(clip_id)}" aria-label="Remove {escape(name)}">Remove</button>'


def moments_view(
    analysis: Analysis | None,
    offered: Sequence[tuple[Source, Moment]],
    thumbs: Mapping[tuple[str, float], str],
    dropped: Collection[tuple[str, float]],
    said: Said | None = None,
    revision: int = 0,
    players: Mapping[str, str] | None = None,
) -> str:
    """Each clip's curve with its moments marked, over a strip of their pictures, each with what it is said to be.

    `revision` goes into the page: what differs only in it is drawn anew all the same. `players` are addresses of clips,
    by the source's id: their pictures play the moment.
    """
    if analysis is None or not analysis.sources:
        return empty("No moments yet", "Add clips on the first tab: their best moments turn up here.")
    parts, plays = [], players or {}
    for source, scores in zip(analysis.sources, analysis.scores, strict=True):
        mine = [(n, m) for n, (s, m) in enumerate(offered, start=1) if s.id == source.id]
        out = {m.t_s for _, m in mine if (source.id, m.t_s) in dropped}
        told = said or Said()
        marks = [
            (t_s, f"{WORDS.get(says, says)} at {clock(t_s)}")
            for t_s, says in told.between(source, [m for _, m in mine])
        ]
        strip = "".join(
            _picture(n, m, thumbs.get((source.id, m.t_s), ""), m.t_s in out, told.of(source, m), source.id in plays)
            for n, m in mine
        )
        player = f' data-src="{escape(plays[source.id])}"' if source.id in plays else ""
        strip = f'<div class="ai-strip">{strip}</div>' if strip else "<small>No moment stands out in this clip.</small>"
        parts.append(
            f'<section class="ai-clip" data-revision="{revision}"{player}><div class="ai-line">'
            f"<b>{escape(source.name)}</b><span>{clock(source.duration_s)}</span></div>"
            f"{curve_svg(scores, mine, out, marks)}{strip}</section>"
        )
    return "".join(parts)


def total_view(kept_s: Sequence[float], offered: int, target_s: float) -> str:
    """How much of the footage is kept, and whether that fills the montage."""
    if not offered:
        return ""
    sum_s = sum(kept_s)
    share = min(sum_s / max(target_s, 1e-6), 1.0)
    says = "enough" if sum_s >= target_s else "weaker stretches fill the rest, as far as there are any"
    return (
        f'<div class="ai-total" role="status"><div class="ai-line"><b>{len(kept_s)} of {offered} moments kept</b>'
        f"<span>{clock(sum_s)} of action for {clock(target_s)} of montage</span></div>"
        f'<div class="ai-bar"><i style="width:{round(100 * share)}%"></i></div>'
        f"<small>{escape(sentence(says))}</small></div>"
    )


def _picture(number: int, moment: Moment, uri: str, out: bool, says: str, plays: bool) -> str:
    image = f'<img src="{uri}" alt="" loading="lazy">' if uri else '<span class="ai-noimg"></span>'
    if plays:
        image = (
            f'<button type="button" class="ai-play" data-from="{max(moment.start_s, 0):.2f}" '
            f'data-to="{moment.end_s:.2f}" aria-label="Play moment {number}">{image}</button>'
        )
    why = escape(spoken(moment.reasons))
    return (
        f'<figure class="{"out" if out else ""}" title="{why}">{image}<figcaption><b>{number}</b> '
        f"{clock(moment.t_s)} · {round(100 * moment.score)}</figcaption>{_question(number, says)}</figure>"
    )


def _question(number: int, says: str) -> str:
    """What moment `number` is, as somebody has said or may say."""
    words = {"": "What is it?", **WORDS}
    if says not in words:  # said on the command line, where there are more words
        words[says] = KIND_NAMES.get(says, says)
    options = "".join(
        f'<option value="{kind}"{" selected" if kind == says else ""}>{escape(word)}</option>'
        for kind, word in words.items()
    )
    state = ' class="said"' if says else ""
    return f'<select data-number="{number}" aria-label="What is moment {number}?"{state}>{options}</select>'


def labels_view(said: Said) -> str:
    """How many labels there are, and what to do with them."""
    if not said.total:
        return (
            '<p class="ai-teach">Say under a picture what it is, and AIditor learns from it. '
            "What you keep and drop counts too, once you make the montage.</p>"
        )
    many, here = f"{said.total} label{'s' if said.total != 1 else ''}", len(said.last)
    some = "" if here == said.total else f", {here or 'none'} of them on these clips"
    return f'<p class="ai-teach"><b>{many}</b> so far{some}. Train the detector with them: <code>{FINETUNE}</code></p>'


def choice_label(number: int, source: Source, moment: Moment, *, several: bool) -> str:
    """A moment in the list: number, time, what and how strong; below it why, and from which of several clips."""
    what = KIND_NAMES.get(moment.kind, moment.kind)
    why = spoken(moment.reasons) or "stands out from its surroundings"
    where = f"{source.name}: " if several else ""
    return f"{number}  ·  {clock(moment.t_s)}  ·  {what} {round(100 * moment.score)}\n{where}{why}"


def players_view(links: Mapping[str, str]) -> str:
    """Both videos, as far as they were made."""
    shapes = (("landscape", "16:9"), ("portrait", "9:16"))
    poster = f' poster="{escape(links["poster"])}"' if "poster" in links else ""
    videos = "".join(
        f'<figure class="ai-{form}" id="player-{form}"><video controls playsinline preload="metadata"{poster} '
        f'src="{escape(links[form])}" aria-label="The montage, {shape}"></video>'
        f"<figcaption>{shape}</figcaption></figure>"
        for form, shape in shapes
        if form in links
    )
    return f'<div class="ai-players">{videos}</div>' if videos else ""


def files_view(links: Mapping[str, str], renders: Mapping[str, Render]) -> str:
    """What can be taken home."""
    rows = "".join(
        f'<li><a href="{escape(links[form])}" download>{escape(_file(renders[form]))}</a>'
        f"<small>{escape(says)} · {_size(renders[form].bytes)}</small></li>"
        for form, says in DOWNLOADS.items()
        if form in links
    )
    return f'<h3 class="ai-head">Downloads</h3><ul class="ai-files">{rows}</ul>' if rows else ""


def _file(render: Render) -> str:
    return render.file_key.rsplit("/", 1)[-1]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{max(count / 1e3, 0.1):.1f} kB"


def cuts_view(timeline: Timeline | None, result: Mapping[str, Any]) -> str:
    """The finished montage's cuts, in order, with the reasons; and what its maker should know."""
    if timeline is None:
        return empty("Nothing made yet", "Choose a style, then press “Make the montage”.")
    notes = "".join(f'<p class="ai-note">{escape(sentence(note))}</p>' for note in timeline.notes)
    rows = []
    for number, cut in enumerate(timeline.cuts, start=1):
        extras = [cut.callout, cut.transition.kind.replace("_", " ") if cut.transition else ""]
        extras.append(f"slow motion {cut.ramp.speed:g}×" if cut.ramp else "")
        tags = "".join(f'<span class="ai-tag">{escape(extra)}</span>' for extra in extras if extra)
        why = spoken(cut.reasons) or "fills the length"
        name = timeline.source(cut.source_id).name
        rows.append(
            f'<li><div class="ai-line"><b>{number}. {clock(cut.at_s)}</b><span>{cut.duration_s:.1f} s</span></div>'
            f"<small>{escape(name)} from {clock(cut.start_s)} · {escape(KIND_NAMES.get(cut.kind, cut.kind))} "
            f"{round(100 * cut.score)}</small><p>{escape(why)} {tags}</p></li>"
        )
    music = timeline.music
    track = (
        ""
        if music is None
        else f'<p class="ai-after">Music: {escape(music.title)}. Licence: {escape(music.licence)}.</p>'
    )
    count = f"{len(rows)} cut{'s' if len(rows) != 1 else ''}"
    head = f'<h3 class="ai-head">{count}, {timeline.duration_s:.1f} s</h3>'
    took = (
        f"<small>Encoded with {escape(result['encoder'])} in {_wait(sum(result['timing'].values()))}.</small>"
        if result.get("encoder")
        else ""
    )
    return f'{head}{notes}<ol class="ai-cuts">{"".join(rows)}</ol>{track}{took}'


def sentence(text: str) -> str:
    """`text` with a capital and a full stop; a file's own name keeps its case."""
    if not text:
        return ""
    first = text.split(maxsplit=1)[0]
    start = text if "." in first else text[0].upper() + text[1:]
    return start if start[-1] in ".!?…" else start + "."
