"""`python -m bench`: measure everything side by side and write bench/RESULTS.md.

Every section is one run of its own, in which all that is compared takes turns; the page says when each ran and how
busy the machine was. `--only` measures some sections again and leaves the others as they are. `--quick` is for
looking: it writes bench/work/PARTIAL.md instead.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import analysis, drift, memory, render
from bench.footage import Footage, long_recording, recording
from bench.peers import Peers, own_commit, prepare
from bench.report import Section, load_sections, merged, page, save_data, save_sections
from bench.timing import machine_load

PEERS_OF = {
    "render": ("moviepy", "auto-editor", "smartcut", "mvmake"),
    "analysis": ("scenedetect", "auto-editor"),
    "memory": (),
    "drift": (),
    "moments": ("auto-editor",),
    "mute": ("monkeyplug",),
    "spotter": (),
}
"""The sections, and the tools that each is measured beside."""
SECTIONS = tuple(PEERS_OF)
HERE = Path(__file__).parent
INTRO = (
    "AIditor beside other tools, by `make bench`. Ratios are taken round by round between runs of the same round, and "
    "the middle one counts. Every figure is printed as it came; what falls short says by how much."
)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _arguments(arguments)
    work = (HERE / "work").resolve()
    work.mkdir(exist_ok=True)
    peers = prepare(work, {name for section in asked.only for name in PEERS_OF[section]}, say=_say)
    sections = [_stamped(name, work, asked, peers) for name in asked.only]
    if asked.quick:
        target = work / "PARTIAL.md"
    else:
        target = HERE / "RESULTS.md"
        save_sections(dict(zip(asked.only, sections, strict=True)), work / "sections")
        sections = load_sections(SECTIONS, work / "sections")
    text = page(sections, versions=peers.versions, intro=INTRO)
    kept = target.read_text() if target.exists() and not asked.quick else ""
    target.write_text(merged(kept, text))
    save_data(sections, work / "data.json")
    _say(f"written to {os.path.relpath(target)}")


def _stamped(name: str, work: Path, asked: argparse.Namespace, peers: Peers) -> Section:
    began, busy, commit = time.time(), machine_load(), own_commit()
    section = _section(name, work, asked, peers)
    day, minutes = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(began)), (time.time() - began) / 60
    stamp = (
        f"Measured {day} in {minutes:.0f} minutes, AIditor at commit {commit}; "
        f"load average at the start {busy}{'; a quick run on short footage' if asked.quick else ''}."
    )
    return replace(section, stamp=stamp)


def _section(name: str, work: Path, asked: argparse.Namespace, peers: Peers) -> Section:
    _say(f"== {name}")
    if name == "drift":
        return drift.run(work, minutes=1 if asked.quick else 10, say=_say)
    if name == "moments":
        return _moments(work)
    if name == "mute":
        from bench import mute

        return mute.run(work, peers, say=_say)
    if name == "spotter":
        from bench import spotter

        return spotter.run(say=_say, quick=asked.quick)
    short = recording(work, minutes=0.75 if asked.quick else 3, own=asked.footage, say=_say)
    if name == "render":
        return render.run(work, short, peers, rounds=asked.rounds, quick=asked.quick, say=_say)
    if name == "analysis":
        return analysis.run(work, short, peers, rounds=asked.rounds, say=_say)
    first, last = (_long(work, short, minutes) for minutes in ((2, 6) if asked.quick else (10, 60)))
    return memory.run(work, first, last, say=_say)


def _long(work: Path, short: Footage, minutes: float) -> Footage:
    return long_recording(work, short, minutes=minutes, say=_say)


def _moments(work: Path) -> Section:
    from bench import moments  # records for minutes and brings NumPy: only when asked for

    rows = moments.run(work)
    return Section(
        title="Moments", method=(moments.__doc__ or "").strip(), tables=[moments.markdown(rows)], data={"rows": rows}
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", type=_names, default=SECTIONS, help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--quick", action="store_true", help="short footage and one round: a look, not a result")
    parser.add_argument("--rounds", type=int, help="rounds of each measured pair (3, or 1 when quick)")
    parser.add_argument("--footage", type=Path, help="your own recording instead of Doom")
    asked = parser.parse_args(arguments)
    asked.rounds = asked.rounds or (1 if asked.quick else 3)
    return asked


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(SECTIONS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(SECTIONS)}")
    return names


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


if __name__ == "__main__":
    main()
