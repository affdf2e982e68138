"""One render by MoviePy, run by MoviePy's own Python: `python moviepy_job.py JOB.json`."""

import json
import sys
from pathlib import Path

from moviepy import VideoFileClip, concatenate_videoclips

job = json.loads(Path(sys.argv[1]).read_text())
source = VideoFileClip(job["source"])
montage = concatenate_videoclips([source.subclipped(start_s, end_s) for start_s, end_s in job["windows"]])
if job["crop"]:
    crop_w, crop_h = job["crop"]
    montage = montage.cropped(x1=(source.w - crop_w) // 2, y1=0, width=crop_w, height=crop_h)
if list(montage.size) != job["size"]:
    montage = montage.resized(job["size"])
montage.write_videofile(
    job["out"],
    fps=job["fps"],
    codec="libx264",
    preset=job["preset"],
    audio_fps=48000,
    audio_codec="aac",
    audio_bitrate=f"{job['audio_kbit']}k",
    ffmpeg_params=["-crf", str(job["crf"]), "-g", str(round(job["gop_s"] * job["fps"])), "-movflags", "+faststart"],
    logger=None,
)
source.close()
