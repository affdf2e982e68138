"""Named endpoints for gradio_client: the verbs of AIditor, one function each.

client = Client("http://127.0.0.1:7860")
job = client.predict([handle_file("clip.mp4")], "hype", 30, api_name="/create_job")
for state in client.submit(job["id"], api_name="/follow_job"): ...
path = client.predict(job["id"], "portrait", api_name="/download")
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache

from aiditor.errors import AIditorError, BadInput
from aiditor.export import detection_json
from aiditor.store.labels import as_json, parse_date
from aiditor.store.tables import Job
from aiditor.studio import Studio
from aiditor.studio.describe import describe, preset
from aiditor.ui.friendly import friendly
from aiditor.ui.tab_style import ASPECTS, QUALITY, read_wish
from aiditor.ui.who import who
from aiditor.words import document

__all__ = ["endpoints"]


def endpoints(studio: Studio) -> None:
    """Adds the endpoints to the page that is being built; none of it is seen."""
    _with_files(studio)
    _about_jobs(studio)
    _about_words(studio)
    _about_labels(studio)

    def list_styles() -> list[dict[str, Any]]:
        """The presets, and what they decide first of all."""
        return [preset(style) for style in studio.presets()]

    gr.api(list_styles, api_name="styles", concurrency_limit=None)


def _about_jobs(studio: Studio) -> None:
    @friendly
    def list_jobs(request: gr.Request) -> list[dict[str, Any]]:
        """Your jobs, newest first."""
        return [_told(studio, job) for job in studio.jobs(who(studio, request))]

    @friendly
    def job_status(job_id: str, request: gr.Request) -> dict[str, Any]:
        """How far a job is, or how it ended."""
        return _told(studio, studio.job(who(studio, request), job_id))

    @friendly
    def follow_job(job_id: str, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Streams a job's state until it has ended."""
        for job in studio.follow(who(studio, request), job_id):
            yield _told(studio, job)

    @friendly
    def cancel_job(job_id: str, request: gr.Request) -> dict[str, Any]:
        """Stops a job, within two seconds."""
        studio.cancel(who(studio, request), job_id)
        return _told(studio, studio.queue.wait(job_id, timeout_s=3.0))

    for verb in (list_jobs, job_status, follow_job, cancel_job):
        gr.api(verb, api_name=verb.__name__, concurrency_limit=None)


def _about_labels(studio: Studio) -> None:
    @friendly
    def label_moment(source: str, time: str, says: str, project: str, request: gr.Request) -> dict[str, Any]:
        """Says what happened at a time ("1:02.4") of a project's clip: `source` is its id, as /analyse gives it, or
        its name."""
        return as_json(studio.label(who(studio, request), project, source, time, says))

    @friendly
    def labels(request: gr.Request, source: str = "", since: str = "") -> list[dict[str, Any]]:
        """The last label of each moment, oldest first; `source` is a clip's id, `since` a date or time (UTC)."""
        found = studio.labels(who(studio, request), source=source, since=parse_date(since) if since else None)
        return [as_json(label) for label in found]

    gr.api(label_moment, api_name="label_moment", concurrency_limit=None)
    gr.api(labels, api_name="labels", concurrency_limit=None)


def _about_words(studio: Studio) -> None:
    @friendly
    def words(
        project: str, request: gr.Request, style: str = "hype", seconds: float = 30, seed: str = "",
        captions: str = "style", censor: str = "style", mute_words: str = "", language: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Hears what is said in the montage that a project (see /analyse) would make; answers when it has."""
        wish = read_wish(
            style, seconds, ["landscape"], seed=seed, captions=captions, censor=censor, mute_words=mute_words,
            language=language,
        )  # fmt: skip
        me = who(studio, request)
        _done(studio.queue.wait(studio.listen(me, project, wish).id))
        return _heard(studio, me, project)

    @friendly
    def keep_word(project: str, word: str, request: gr.Request, keep: bool = True) -> dict[str, Any]:
        """Leaves a word that /words found as it is, by its id, or takes it out after all."""
        me = who(studio, request)
        studio.keep_word(me, project, word, keep)
        return _heard(studio, me, project)

    gr.api(words, api_name="words", concurrency_limit=None)
    gr.api(keep_word, api_name="keep_word", concurrency_limit=None)


def _told(studio: Studio, job: Job) -> dict[str, Any]:
    return describe(job, sorted(studio.renders(job.user_id, job.id)) if job.state == "done" else ())


def _done(job: Job) -> None:
    """Raises what ended the job, unless it is done."""
    if job.state != "done":
        raise AIditorError(job.why or f"the job was {job.state}", remedy=job.remedy, file=job.file or None)


def _heard(studio: Studio, me: str, project: str) -> dict[str, Any]:
    here = studio.project(me, project)
    if here.words is None or here.heard is None:
        raise BadInput("nothing was listened to yet", remedy="ask for /words first")
    return document(here.words, here.heard)


def _with_files(studio: Studio) -> None:
    """Endpoints that take or give files need components to carry them."""
    clips = gr.File(file_count="multiple", label="clips", visible=False)
    style = gr.Textbox("hype", label="style", visible=False)
    seconds = gr.Number(30, label="seconds", visible=False)
    aspects = gr.CheckboxGroup(ASPECTS, value=["landscape", "portrait"], label="aspects", visible=False)
    seed = gr.Textbox("", label="seed", visible=False)
    watermark = gr.Textbox(studio.settings.watermark_text, label="watermark", visible=False)
    quality = gr.Radio(QUALITY, value="full", label="quality", visible=False)
    captions = gr.Textbox("style", label="captions", visible=False)
    censor = gr.Textbox("style", label="censor", visible=False)
    method = gr.Textbox("style", label="censor_method", visible=False)
    mute_words = gr.Textbox("", label="mute_words", visible=False)
    language = gr.Textbox("", label="language", visible=False)
    project = gr.Textbox("", label="project", visible=False)
    job_id, form = gr.Textbox(label="job_id", visible=False), gr.Textbox("landscape", label="format", visible=False)
    answer, file = gr.JSON(visible=False), gr.File(visible=False)
    button = gr.Button(visible=False)

    @friendly
    def create_job(
        clips: list[str] | None, style: str, seconds: float, aspects: list[str], seed: str, watermark: str,
        quality: str, captions: str, censor: str, censor_method: str, mute_words: str, language: str, project: str,
        request: gr.Request,
    ) -> dict[str, Any]:  # fmt: skip
        """Starts a montage of these clips, or of a project that /analyse gave, and says which job it is."""
        wish = read_wish(
            style, seconds, aspects, seed=seed, watermark=watermark, quality=quality, captions=captions,
            censor=censor, method=censor_method, mute_words=mute_words, language=language,
        )  # fmt: skip
        if project and clips:
            raise BadInput("both clips and a project were named", remedy="send one of them")
        me = who(studio, request)
        return _told(studio, studio.make(me, project, wish) if project else studio.create(me, clips or [], wish))

    @friendly
    def analyse(clips: list[str] | None, request: gr.Request) -> dict[str, Any]:
        """Finds the moments in these clips; answers when it has."""
        me = who(studio, request)
        project_id = studio.new_project(me).id
        _done(studio.queue.wait(studio.add_clips(me, project_id, clips or []).id))
        found = studio.project(me, project_id).analysis
        assert found is not None
        listed = zip(found.sources, found.signals, found.scores, strict=True)
        rejected = [{"file": r.file, "why": r.why, "remedy": r.remedy} for r in found.rejected]
        return {
            "schema": 1,
            "project": project_id,
            "clips": [{**detection_json(*clip), "source_id": clip[0].id} for clip in listed],
            "rejected": rejected,
        }

    @friendly
    def download(job_id: str, form: str, request: gr.Request) -> str:
        """One file of a finished job: landscape, portrait, poster, otio, fcpxml, edl, json …"""
        found = studio.render(who(studio, request), job_id, form)
        with studio.files.local(found.file_key) as path:
            return save_file_to_cache(path, cache_dir=file.GRADIO_CACHE)

    asked = [clips, style, seconds, aspects, seed, watermark, quality, captions, censor, method, mute_words, language]
    button.click(create_job, [*asked, project], answer, api_name="create_job")
    button.click(analyse, clips, answer, api_name="analyse")
    button.click(download, [job_id, form], file, api_name="download")
