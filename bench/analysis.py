"""Analysis: how long it takes to know what is in a recording, beside decoding it and beside other tools."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from bench.commands import ROOT, fresh
from bench.footage import Footage, describe, warm
from bench.peers import Peers
from bench.report import Bar, Section, judged, table
from bench.timing import Command, median, paired, ratios

__all__ = ["run"]

BAR = Bar(5.0, at_least=True)
OURS = "AIditor detect"


def run(work: Path, footage: Footage, peers: Peers, *, rounds: int, say: Callable[[str], None]) -> Section:
    """The table of analyses, with the bars against ffmpeg's decoding and scenedetect."""
    warm(footage.path)
    runs = paired(_jobs(work, footage.path, peers), rounds=rounds, say=say)
    found = json.loads(runs[OURS][-1].output.strip().splitlines()[-1])
    share = found["decoded_frame_share"]
    judgements = [
        (f"faster than {name}", [1 / ratio for ratio in ratios(runs[OURS], runs[name])])
        for name in ("ffmpeg decoding all", "scenedetect detect-adaptive")
        if name in runs
    ]
    verdicts = [judged(f"analysis: {what}", BAR, sorted(each)[len(each) // 2]) for what, each in judgements]
    pairs = [
        (what, bar, verdict, " ".join(f"{ratio:.2f}" for ratio in each))
        for (what, bar, _, verdict), (_, each) in zip(verdicts, judgements, strict=True)
    ]
    rows = [
        [
            name,
            f"{median(each):.2f}",
            f"{footage.seconds / median(each):.1f}",
            f"{median(each, 'cpu_s'):.1f}",
            f"{median(each, 'peak_mib'):.0f}",
            f"{share:.1%}" if name.startswith("AIditor") else _DECODES[name],
        ]
        for name, each in runs.items()
    ]
    return Section(
        title="Analysis",
        method=(
            f"One recording ({describe(footage)}). Each run is a whole process, start-up included, taken in turn, "
            f"{rounds} rounds; medians. AIditor's caches are not used. In AIditor's own run {found['events']} events "
            f"were found, {share:.1%} of the frames decoded; without start-up and reading the header detection took "
            f"{found['detect_wall_s']:.2f} s."
        ),
        tables=[
            table(["times faster", "bar", "verdict", "each round"], pairs),
            table(["tool", "wall s", "× realtime", "cpu s", "peak MiB", "frames decoded"], rows),
        ],
        notes=[f"{name} is not in the table: {why}" for name, why in peers.missing.items()],
        verdicts=verdicts,
        data={name: [vars(each) for each in group] for name, group in runs.items()},
    )


_DECODES = {
    "ffmpeg decoding all": "all, and the sound",
    "scenedetect detect-adaptive": "all",
    "auto-editor audio": "sound only",
    "auto-editor motion": "all",
}


def _jobs(work: Path, file: Path, peers: Peers) -> dict[str, Command]:
    home = work / "analysis"
    fresh(home)
    jobs = {
        OURS: Command([sys.executable, "-m", "bench.run_detect", f"{file}"], cwd=ROOT),
        "ffmpeg decoding all": Command(["ffmpeg", "-nostdin", "-v", "error", "-i", f"{file}", "-f", "null", "-"]),
    }
    if "scenedetect" in peers.bins:
        program = f"{peers.bins['scenedetect'] / 'scenedetect'}"
        jobs["scenedetect detect-adaptive"] = Command([program, "-q", "-i", f"{file}", "detect-adaptive"], cwd=home)
    if "auto-editor" in peers.bins:
        program = f"{peers.bins['auto-editor'] / 'auto-editor'}"
        for method in ("audio", "motion"):
            temp = home / method
            wanted = [program, f"{file}", "--edit", method, "--stats", "--progress", "none"]
            jobs[f"auto-editor {method}"] = Command(
                [*wanted, "--temp-dir", f"{temp / 'temp'}"], before=lambda temp=temp: fresh(temp)
            )
    return jobs
