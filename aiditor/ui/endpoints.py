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

from aiditor.errors import BadInput
from aiditor.export import detection_json
from aiditor.store.labels import as_json, parse_date
from aiditor.timeline import Export
from aiditor.ui.friendly import friendly, user
from aiditor.ui.jobs import Job
from aiditor.ui.studio import Studio
from aiditor.ui.tab_style import ASPECTS, QUALITY, read_wish
from aiditor.words import document

__all__ = ["describe", "endpoints"]


def describe(job: Job) -> dict[str, Any]:
    """A job as JSON."""
    report, error = job.report, job.error
    files = dict(job.result.files) if isinstance(job.result, Export) else {}
    return {
        "id": job.id,
        "kind": job.kind,
        "title": job.title,
        "created": job.created.isoformat(timespec="seconds"),
        "state": job.state,
        "stage": report.stage if report else "",
        "fraction": 1.0 if job.state == "done" else round(report.total, 4) if report else 0.0,
        "note": report.note if report else "",
        "left_s": report.left_s if report else None,
        "error": None if error is None else {"why": error.why, "remedy": error.remedy, "file": error.file},
        "formats": sorted(files),
    }


def endpoints(studio: Studio) -> None:
    """Adds the endpoints to the page that is being built; none of it is seen."""
    _with_files(studio)
    _about_words(studio)

    def list_jobs() -> list[dict[str, Any]]:
        """All jobs, newest first."""
        return [describe(job) for job in studio.jobs.all()]

    @friendly
    def job_status(job_id: str) -> dict[str, Any]:
        """How far a job is, or how it ended."""
        return describe(studio.jobs.get(job_id))

    @friendly
    def follow_job(job_id: str) -> Iterator[dict[str, Any]]:
        """Streams a job's state until it has ended."""
        for job in studio.jobs.get(job_id).follow():
            yield describe(job)

    @friendly
    def cancel_job(job_id: str) -> dict[str, Any]:
        """Stops a job, within two seconds."""
        job = studio.jobs.get(job_id)
        job.cancel()
        job.wait(timeout_s=2.0)
        return describe(job)

    def list_styles() -> list[dict[str, Any]]:
        """The presets, and what they decide first of all."""
        return [
            {
                "name": style.name,
                "title": style.title,
                "description": style.description,
                "seconds": style.select.target_s,
                "order": style.select.order,
                "look": style.render.look,
                "framing": style.render.framing,
                "music": style.music.style,
            }
            for style in studio.presets()
        ]

    @friendly
    def label_moment(
        source: str, time: str, says: str, project: str = "", request: gr.Request = None
    ) -> dict[str, Any]:
        """Says what happened at a time ("1:02.4") of a clip: `source` is its id, as /analyse gives it, or its name."""
        return as_json(studio.label(source, time, says, project_id=project, by=user(request)))

    @friendly
    def labels(source: str = "", since: str = "") -> list[dict[str, Any]]:
        """The last label of each moment, oldest first; `source` is a clip's id, `since` a date or time (UTC)."""
        found = studio.teaching.lake.labels(source=source or None, since=parse_date(since) if since else None)
        return [as_json(label) for label in found]

    gr.api(label_moment, api_name="label_moment", concurrency_limit=None)
    gr.api(labels, api_name="labels", concurrency_limit=None)
    gr.api(list_jobs, api_name="list_jobs", concurrency_limit=None)
    gr.api(job_status, api_name="job_status", concurrency_limit=None)
    gr.api(follow_job, api_name="follow_job", concurrency_limit=None)
    gr.api(cancel_job, api_name="cancel_job", concurrency_limit=None)
    gr.api(list_styles, api_name="styles", concurrency_limit=None)


def _about_words(studio: Studio) -> None:
    @friendly
    def words(
        project: str, style: str = "hype", seconds: float = 30, seed: str = "", captions: str = "style",
        censor: str = "style", mute_words: str = "", language: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Hears what is said in the montage that a project (see /analyse) would make; answers when it has."""
        wish = read_wish(
            style, seconds, ["landscape"], seed=seed, captions=captions, censor=censor, mute_words=mute_words,
            language=language,
        )  # fmt: skip
        job = studio.listen(_known(studio, project), wish)
        job.wait()
        if job.error is not None:
            raise job.error
        return _heard(studio, project)

    @friendly
    def keep_word(project: str, word: str, keep: bool = True) -> dict[str, Any]:
        """Leaves a word that /words found as it is, by its id, or takes it out after all."""
        studio.keep_word(_known(studio, project), word, keep)
        return _heard(studio, project)

    gr.api(words, api_name="words", concurrency_limit=None)
    gr.api(keep_word, api_name="keep_word", concurrency_limit=None)


def _known(studio: Studio, project: str) -> str:
    if studio.project(project) is None:
        raise BadInput(f"there is no project {project!r}", remedy="take the one that /analyse gave")
    return project


def _heard(studio: Studio, project: str) -> dict[str, Any]:
    here = studio.opened(project)
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
    ) -> dict[str, Any]:  # fmt: skip
        """Starts a montage of these clips, or of a project that /analyse gave, and says which job it is."""
        wish = read_wish(
            style, seconds, aspects, seed=seed, watermark=watermark, quality=quality, captions=captions,
            censor=censor, method=censor_method, mute_words=mute_words, language=language,
        )  # fmt: skip
        if project and clips:
            raise BadInput("both clips and a project were named", remedy="send one of them")
        return describe(studio.make(_known(studio, project), wish) if project else studio.create(clips or [], wish))

    @friendly
    def analyse(clips: list[str] | None) -> dict[str, Any]:
        """Finds the moments in these clips; answers when it has."""
        project = studio.add_clips("", clips or [])
        job = project.job
        assert job is not None
        job.wait()
        if job.error is not None:
            raise job.error
        found = job.result
        listed = zip(found.sources, found.signals, found.scores, strict=True)
        rejected = [{"file": r.file, "why": r.why, "remedy": r.remedy} for r in found.rejected]
        return {
            "schema": 1,
            "project": project.id,
            "clips": [{**detection_json(*clip), "source_id": clip[0].id} for clip in listed],
            "rejected": rejected,
        }

    @friendly
    def download(job_id: str, form: str) -> str:
        """One file of a finished job: landscape, portrait, poster, otio, fcpxml, edl, json …"""
        made = studio.jobs.get(job_id).result
        files = dict(made.files) if isinstance(made, Export) else {}
        if form not in files:
            have = f"it has {', '.join(sorted(files))}" if files else "wait until it is done"
            raise BadInput(f"job {job_id} has no file {form!r}", remedy=have)
        return files[form]

    asked = [clips, style, seconds, aspects, seed, watermark, quality, captions, censor, method, mute_words, language]
    button.click(create_job, [*asked, project], answer, api_name="create_job")
    button.click(analyse, clips, answer, api_name="analyse")
    button.click(download, [job_id, form], file, api_name="download")
