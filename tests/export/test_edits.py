"""Each project file is read back and its cuts compared with the montage's, to the frame."""

from fractions import Fraction
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree as ET

import opentimelineio as otio
import pytest
from timeline_values import make_source

from aiditor.export import write_edits
from aiditor.export.edl import timecode, to_edl
from aiditor.export.fcpxml import to_fcpxml
from aiditor.export.otio import to_otio
from aiditor.export.segments import segments
from aiditor.timeline import Cut, Timeline

FPS = 60
CUT_FRAMES = [(0, 120), (120, 270), (270, 414), (414, 504), (504, 624)]
"""First frame and end of each cut of the fixture, worked out by hand at 60 a second."""


def seconds(text: str) -> Fraction:
    assert text.endswith("s")
    return Fraction(text[:-1])


def frames_of(clip, fps=FPS):
    span = clip.range_in_parent()
    start, end = span.start_time.rescaled_to(fps).value, span.end_time_exclusive().rescaled_to(fps).value
    assert start == pytest.approx(round(start), abs=1e-6), "a cut lies on the frame grid"
    return round(start), round(end)


class TestOtio:
    def test_reads_back_with_every_cut_on_its_frame(self, montage):
        project = otio.adapters.read_from_string(to_otio(montage, fps=FPS).to_json_string(), "otio_json")
        picture = project.tracks[0]
        clips = list(picture.find_clips())
        parts = segments(montage, FPS)
        assert [frames_of(clip) for clip in clips] == [(part.at, part.end) for part in parts]
        by_cut = {}
        for clip in clips:
            by_cut.setdefault(clip.metadata["aiditor"]["cut"], []).append(frames_of(clip))
        assert [(spans[0][0], spans[-1][1]) for spans in by_cut.values()] == CUT_FRAMES

    def test_source_times_start_on_a_frame_of_the_sources_own_rate(self, montage):
        clips = list(to_otio(montage, fps=FPS).tracks[0].find_clips())
        assert [clip.source_range.start_time.rate for clip in clips] == pytest.approx(
            [60, 59.94006, 35, 35, 35, 60, 35]
        )
        for clip, part in zip(clips, segments(montage, FPS), strict=True):
            start = clip.source_range.start_time
            assert start.value == int(start.value)
            assert 0 <= part.start_s - start.to_seconds() < 1 / start.rate + 1e-6

    def test_ramps_dissolves_and_markers_are_there(self, montage):
        picture = to_otio(montage, fps=FPS).tracks[0]
        warped = [
            clip
            for clip in picture.find_clips()
            if any(isinstance(e, otio.schema.LinearTimeWarp) for e in clip.effects)
        ]
        assert [clip.effects[0].time_scalar for clip in warped] == [0.5]
        dissolves = [item for item in picture if isinstance(item, otio.schema.Transition)]
        assert [d.out_offset.value for d in dissolves] == [15, 12]
        assert [d.metadata["aiditor"]["kind"] for d in dissolves] == ["crossfade", "whip"]
        markers = [marker for clip in picture.find_clips() for marker in clip.markers]
        assert [marker.name for marker in markers][:3] == [
            "kill: loud burst +0.4, motion +0.3",
            "headshot: loud burst +0.4, motion +0.3",
            "DOUBLE KILL: loud burst +0.4, motion +0.3",
        ]
        assert markers[0].marked_range.start_time.value == 180, "at the peak, 3 s into the source"

    def test_media_is_found_again_by_its_url(self, montage):
        urls = [clip.media_reference.target_url for clip in to_otio(montage, fps=FPS).find_clips()]
        assert unquote(urlparse(urls[0]).path) == montage.sources[0].path, "the # and the spaces survive"

    def test_a_muted_word_is_a_gap_in_the_sound(self, montage):
        sound = to_otio(montage, fps=FPS).tracks[1]
        assert sound.name == "Game sound"
        gaps = [(frames_of(item)) for item in sound if isinstance(item, otio.schema.Gap)]
        # 10.5 to 10.9 s of a cut that starts at 10.01 s, 2 s into the montage; then the clip without sound
        assert gaps == [(149, 174), (414, 504)]
        assert sound.duration().rescaled_to(FPS).value == pytest.approx(624)

    def test_music_lies_under_it_all_with_its_licence(self, montage):
        clip = to_otio(montage, fps=FPS).tracks[2][0]
        assert (clip.source_range.start_time.to_seconds(), clip.source_range.duration.value) == (0.5, 624)
        assert clip.metadata["aiditor"]["licence"] == "CC0-1.0"


class TestEdl:
    def test_reads_back_with_every_cut_on_its_frame(self, montage):
        text = to_edl(montage, fps=FPS)
        project = otio.adapters.read_from_string(text, "cmx_3600", rate=FPS)
        picture = next(track for track in project.tracks if track.kind == "Video")
        clips = list(picture.find_clips())
        parts = segments(montage, FPS)
        assert [frames_of(clip) for clip in clips] == [(part.at, part.end) for part in parts]
        for clip, part in zip(clips, parts, strict=True):
            assert abs(clip.source_range.start_time.to_seconds() - part.start_s) <= 1 / FPS
        assert [effect.time_scalar for clip in clips for effect in clip.effects] == [0.5]
        dissolves = [item for item in picture if isinstance(item, otio.schema.Transition)]
        assert [d.out_offset.value for d in dissolves] == [15, 12]

    def test_one_event_a_cut_and_three_for_a_ramp(self, montage):
        text = to_edl(montage, fps=FPS)
        numbers = {line[:3] for line in text.splitlines() if line[:3].isdigit()}
        assert len(numbers) == len(montage.cuts) + 2

    def test_a_slowed_event_takes_less_source_than_record(self, montage):
        text = to_edl(montage, fps=FPS).splitlines()
        slow = text.index(next(line for line in text if line.startswith("M2")))
        assert text[slow - 2].split()[-4:] == ["00:00:05:00", "00:00:05:24", "00:00:05:30", "00:00:06:18"]

    def test_reels_are_told_apart(self, montage):
        reels = {line.split()[1] for line in to_edl(montage, fps=FPS).splitlines() if line[:3].isdigit()}
        assert reels == {"RAIDNIGH", "RAIDNIG2", "DOOM", "DESKTOP"}

    def test_a_cut_with_a_muted_word_has_no_sound(self, montage):
        events = [line for line in to_edl(montage, fps=FPS).splitlines() if line.startswith("002 ")]
        assert all(" V " in line and "AA/V" not in line for line in events)

    @pytest.mark.parametrize(("frame", "text"), [(0, "00:00:00:00"), (59, "00:00:00:59"), (216_061, "01:00:01:01")])
    def test_timecode(self, frame, text):
        assert timecode(frame, 60) == text


class TestFcpxml:
    def test_reads_back_with_every_cut_on_its_frame(self, montage):
        spine = ET.fromstring(to_fcpxml(montage, fps=FPS)).find(".//spine")
        grid = Fraction(1, FPS)
        at, mix, found = Fraction(0), Fraction(0), []
        for item in spine:
            offset, duration = seconds(item.get("offset")), seconds(item.get("duration"))
            assert offset % grid == 0
            assert duration % grid == 0
            if item.tag == "transition":
                mix = duration
                assert offset + duration / 2 == at, "a dissolve is centred on its edit"
            else:
                assert offset == at, "clips lie back to back"
                found.append(int((offset - mix / 2) * FPS))
                at, mix = offset + duration, Fraction(0)
        assert found == [first for first, _ in CUT_FRAMES]
        assert at * FPS == CUT_FRAMES[-1][1]

    def test_each_clip_starts_where_its_cut_does(self, montage):
        spine = ET.fromstring(to_fcpxml(montage, fps=FPS)).find(".//spine")
        mix = 0.0
        clips = []
        for item in spine:
            if item.tag == "transition":
                mix = float(seconds(item.get("duration")))
            else:
                clips.append((float(seconds(item.get("start"))) - mix / 2, item))
                mix = 0.0
        for (start_s, _), cut in zip(clips, montage.cuts, strict=True):
            rate = montage.source(cut.source_id).info.video.rate_hz
            assert -1e-6 <= cut.start_s - start_s < 1 / min(rate, FPS) + 1e-3

    def test_a_dissolve_never_asks_for_footage_that_is_not_there(self, montage):
        root = ET.fromstring(to_fcpxml(montage, fps=FPS))
        lengths = {asset.get("id"): seconds(asset.get("duration")) for asset in root.iter("asset")}
        items = list(root.find(".//spine"))
        for item, after in zip(items, [*items[1:], None], strict=True):
            if item.tag == "asset-clip" and item.find("timeMap") is None:
                tail = seconds(after.get("duration")) / 2 if after is not None and after.tag == "transition" else 0
                assert seconds(item.get("start")) + seconds(item.get("duration")) + tail <= lengths[item.get("ref")]

    def test_the_ramp_maps_time_through_the_whole_source(self, montage):
        ramped = next(ET.fromstring(to_fcpxml(montage, fps=FPS)).iter("timeMap"))
        points = [(float(seconds(p.get("time"))), float(seconds(p.get("value")))) for p in ramped]
        assert points == [pytest.approx(point) for point in ((0, 0), (5, 5), (5.8, 5.4), (20.4, 20))]

    def test_it_is_well_formed_for_version_1_10(self, montage):
        text = to_fcpxml(montage, fps=FPS)
        assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.10">')
        root = ET.fromstring(text)
        ids = [item.get("id") for item in root.find("resources")]
        assert len(ids) == len(set(ids))
        assert {clip.get("ref") for clip in root.iter("asset-clip")} <= set(ids)
        assert all(asset.find("media-rep").get("src").startswith("file://") for asset in root.iter("asset"))
        order = ["conform-rate", "timeMap", "asset-clip", "marker", "audio-channel-source"]
        for clip in root.find(".//spine").iter("asset-clip"):
            places = [order.index(child.tag) for child in clip]
            assert places == sorted(places), "children come in the order that the format prescribes"

    def test_muted_words_stay_muted_on_both_tracks(self, montage):
        root = ET.fromstring(to_fcpxml(montage, fps=FPS))
        heard = list(root.iter("audio-channel-source"))
        assert [source.get("srcCh") for source in heard] == ["1, 2", "3, 4"]
        for source in heard:
            mute = source.find("mute")
            low = seconds(mute.get("start"))
            assert low <= 10.5
            assert low + seconds(mute.get("duration")) >= 10.9

    def test_music_lies_under_the_first_clip_from_its_first_frame(self, montage):
        first = ET.fromstring(to_fcpxml(montage, fps=FPS)).find(".//spine/asset-clip")
        music = first.find("asset-clip")
        assert music.get("offset") == first.get("start")
        assert (seconds(music.get("start")), seconds(music.get("duration"))) == (Fraction(1, 2), Fraction(624, 60))


def test_a_plain_montage_at_30_needs_no_sound_music_or_marks(tmp_path):
    source = make_source(tmp_path / "a.mp4", 29.97, tracks=0)
    timeline = Timeline((source,), (Cut("a", 0.0, 1.5, 0.0, 9.0), Cut("a", 3.0, 4.0, 1.5, 3.5)))
    written = write_edits(timeline, tmp_path / "edit", fps=30)
    assert {name: path.name for name, path in written.items()} == {
        "otio": "montage.otio", "fcpxml": "montage.fcpxml", "edl": "montage.edl",
    }  # fmt: skip
    assert len(otio.adapters.read_from_file(str(written["otio"])).tracks) == 1
    read = otio.adapters.read_from_file(str(written["edl"]), rate=30)
    assert [frames_of(clip, 30) for clip in read.find_clips()] == [(0, 45), (45, 75)]
    assert len(list(ET.fromstring(written["fcpxml"].read_text()).find(".//spine"))) == 2
