"""One analysis by AIditor in a process of its own: `python -m bench.run_detect FILE`; prints what it found."""

from __future__ import annotations

import json
import sys

from aiditor.detect import detect
from aiditor.media.probe import probe
from aiditor.memory import bound_heaps
from aiditor.pipeline import analysis_config
from aiditor.settings import Settings
from aiditor.timeline import Source


def main(path: str) -> None:
    source = Source(id="bench", path=path, info=probe(path))
    signals = detect(source, analysis_config(Settings()).detect)
    print(
        json.dumps(
            {
                "events": len(signals.events),
                "decoded_frame_share": signals.decoded_frame_share,
                "detect_wall_s": signals.wall_s,
                "duration_s": source.duration_s,
            }
        )
    )


if __name__ == "__main__":
    bound_heaps()  # as the command line does
    main(sys.argv[1])
