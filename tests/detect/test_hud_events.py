"""From lines seen at looks to events: one for all that tell of it, and only what is the player's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from aiditor.detect.hud import TextEvent, load_rules
from aiditor.detect.hud.events import evidence, merge, spans
from aiditor.detect.hud.grammar import Grammar
from aiditor.detect.hud.lines import Line
from aiditor.detect.hud.player import guess_player
from aiditor.detect.hud.tracks import Check, Look, Seen, follow

RULES = load_rules("generic")
GRAMMAR = Grammar(RULES)
WHOLE = (0.0, 0.0, 1.0, 1.0)
FEED, BANNER = (0.7, 0.0, 1.0, 0.3), (0.3, 0.6, 0.7, 0.8)


def seen(text: str, *, slot: float = 0, banner: bool = False, backdrop: tuple[float, ...] = (20, 20, 20)) -> Seen:
    """A line in the feed's row number `slot`, or in the middle of the screen."""
    top = 0.65 if banner else 0.03 + 0.05 * slot
    rect = (0.4, top, 0.6, top + 0.06) if banner else (0.75, top, 0.98, top + 0.05)
    said = GRAMMAR.says(text)
    assert said is not None, text
    return Seen(said, rect, Line((0, 0, 100, 20), text, 0.95, backdrop))


def looks(*at: tuple[float, Sequence[Seen]], areas=(WHOLE,)) -> list[Look]:
    return [Look(time_s, tuple(areas), tuple(lines)) for time_s, lines in at]


def tell(given: Sequence[Look], player: str = "Otto", checks: Sequence[Check] = ()) -> tuple[TextEvent, ...]:
    found = evidence(follow(given, checks, RULES), RULES, player)
    return merge(found, spans(given), GRAMMAR)


def kinds(events: Sequence[TextEvent]) -> list[tuple[str, float]]:
    return [(event.kind, event.seen_s) for event in events]


def test_a_row_that_stays_and_scrolls_is_one_kill() -> None:
    given = looks(
        (0.0, []),
        (2.0, [seen("Otto\tBob")]),
        (4.0, [seen("Otto\tBob", slot=1), seen("Zed\tAda")]),
        (6.0, [seen("Zed\tAda", slot=1)]),
        (8.0, []),
    )
    kill, other = tell(given)
    assert (kill.kind, kill.after_s, kill.seen_s, kill.victim) == ("kill", 0.0, 2.0, "Bob")
    assert kill.says == "feed: 'Otto > Bob'"
    assert kill.confidence > 0.7
    assert (other.kind, other.killer, other.victim) == ("other_kill", "Zed", "Ada")


def test_the_same_names_again_later_are_another_kill() -> None:
    given = looks((0.0, []), (2.0, [seen("Otto\tBob")]), (4.0, []), (20.0, []), (22.0, [seen("Otto\tBob")]), (24.0, []))
    assert kinds(tell(given)) == [("kill", 2.0), ("kill", 22.0)]


def test_the_same_row_twice_at_once_is_two_kills() -> None:
    given = looks(
        (0.0, []), (2.0, [seen("Otto\tBob")]), (4.0, [seen("Otto\tBob", slot=1), seen("Otto\tBob", slot=0)]), (6.0, [])
    )
    assert kinds(tell(given)) == [("kill", 2.0), ("kill", 4.0)]


def test_a_row_that_blinks_is_one() -> None:
    given = looks((0.0, []), (0.4, [seen("Otto\tBob")]), (0.8, []), (1.2, [seen("Otto\tB0b")]), (4.0, []))
    assert kinds(tell(given)) == [("kill", 0.4)]


def test_a_place_that_was_not_looked_at_proves_nothing() -> None:
    given = [
        Look(0.0, (WHOLE,), ()),
        Look(2.0, (BANNER,), ()),
        Look(4.0, (FEED,), (seen("Otto\tBob"),)),
        Look(5.0, (BANNER,), ()),
        Look(6.0, (FEED,), (seen("Otto\tBob"),)),
    ]
    (kill,) = tell(given)
    assert (kill.after_s, kill.seen_s) == (0.0, 4.0)


def test_pictures_that_were_only_compared_narrow_when_it_came() -> None:
    row = seen("Otto\tBob")
    given = looks((0.0, []), (4.0, [row]), (6.0, []))
    checks = [Check(1.0, row.said, False), Check(2.0, row.said, False), Check(3.0, row.said, True)]
    (kill,) = tell(given, checks=checks)
    assert (kill.after_s, kill.seen_s) == (2.0, 3.0)


def test_a_banner_and_a_row_of_one_kill_are_one_event_that_is_surer() -> None:
    both = looks((0.0, []), (2.0, [seen("Otto\tBob"), seen("ELIMINATED BOB", banner=True)]), (4.0, []))
    alone = looks((0.0, []), (2.0, [seen("Otto\tBob")]), (4.0, []))
    (kill,) = tell(both)
    assert kill.says == "feed: 'Otto > Bob'; banner: 'ELIMINATED BOB'"
    assert kill.confidence > tell(alone)[0].confidence


def test_two_rows_and_two_banners_are_two_kills() -> None:
    given = looks(
        (0.0, []),
        (2.0, [seen("Otto\tBob"), seen("ELIMINATED BOB", banner=True)]),
        (3.0, [seen("Otto\tBob", slot=1), seen("Otto\tAda"), seen("ELIMINATED ADA", banner=True)]),
        (6.0, []),
    )
    assert [(event.kind, event.victim) for event in tell(given)] == [("kill", "Bob"), ("kill", "Ada")]


def test_deaths_and_assists_are_told_apart_from_kills() -> None:
    given = looks(
        (0.0, []),
        (2.0, [seen("Zed\tOtto"), seen("KILLED BY ZED", banner=True)]),
        (4.0, []),
        (8.0, [seen("Zed + Otto\tAda")]),
        (10.0, []),
    )
    death, assist = tell(given)
    assert (death.kind, death.killer) == ("death", "Zed")
    assert assist.kind == "assist"


def test_nothing_of_ones_own_counts_in_a_killcam_or_while_spectating() -> None:
    cam = seen("KILLCAM", banner=True)
    given = looks(
        (0.0, []),
        (2.0, [cam]),
        (3.0, [cam, seen("ELIMINATED BOB", slot=3)]),
        (4.0, [cam, seen("Zed\tAda")]),
        (6.0, []),
        (8.0, [seen("ELIMINATED BOB", slot=3)]),
        (12.0, []),
    )
    assert kinds(tell(given)) == [("other_kill", 4.0), ("kill", 8.0)]
    ((kind, start_s, end_s),) = spans(given)
    assert kind == "killcam"
    assert (start_s, end_s) == (1.0, 5.0)


def test_a_kill_seen_in_the_look_that_first_shows_the_menu_counts() -> None:
    given = looks((0.0, []), (2.0, [seen("Otto\tBob"), seen("KILLCAM", banner=True)]), (4.0, []))
    assert kinds(tell(given)) == [("kill", 2.0)]


def test_points_alone_are_weak_unless_they_keep_coming_with_kills() -> None:
    def points(at_s: float) -> list[tuple[float, list[Seen]]]:
        return [(at_s, [seen("+100", banner=True)]), (at_s + 2, [])]

    alone = tell(looks((0.0, []), *points(2.0)))
    assert alone[0].confidence < 0.4
    told = [(at, [seen("+100", banner=True), seen("Otto\tBob")]) for at in (10.0, 30.0, 50.0)]
    gaps = [(at + 4.0, []) for at in (10.0, 30.0, 50.0)]
    events = tell(looks((0.0, []), *points(2.0), *[look for pair in zip(told, gaps, strict=True) for look in pair]))
    assert [event.kind for event in events] == ["kill"] * 4
    assert events[0].confidence > 0.5


def test_a_row_of_which_the_killer_was_not_read_is_nobodys() -> None:
    row = seen("Zed\tAda")
    given = looks((0.0, []), (2.0, [row]), (8.0, []), (20.0, [row]), (28.0, []), (40.0, [seen("eliminated Bob")]))
    assert [event.kind for event in tell(given)] == ["other_kill", "other_kill"]
    assert [event.kind for event in tell(looks((0.0, []), (2.0, [seen("eliminated Bob")])))] == ["kill"]


def test_a_double_kill_is_announced_beside_its_kill_and_stands_for_one_alone() -> None:
    with_row = tell(looks((0.0, []), (2.0, [seen("Otto\tBob"), seen("DOUBLE KILL", banner=True)]), (6.0, [])))
    assert kinds(with_row) == [("kill", 2.0), ("multi_kill", 2.0)]
    alone = tell(looks((0.0, []), (2.0, [seen("DOUBLE KILL", banner=True)]), (6.0, [])))
    assert kinds(alone) == [("kill", 2.0), ("multi_kill", 2.0)]
    assert alone[0].confidence < with_row[0].confidence


def test_who_was_knocked_out_and_then_eliminated_was_killed_once() -> None:
    given = looks(
        (0.0, []),
        (2.0, [seen("Otto knocked out Bob")]),
        (6.0, []),
        (12.0, [seen("ELIMINATED BOB", banner=True)]),
        (16.0, []),
    )
    assert kinds(tell(given)) == [("kill", 2.0)]


def test_what_never_goes_away_is_part_of_the_screen() -> None:
    given = looks(*((float(at), [seen("Clan\tHouse", slot=2)]) for at in range(60)))
    assert tell(given) == ()


def test_the_player_is_whose_kills_the_game_announces() -> None:
    given = looks(
        (0.0, []),
        (2.0, [seen("Zed\tBob"), seen("ELIMINATED BOB", banner=True)]),
        (6.0, []),
        (12.0, [seen("Ada\tBob")]),
        (18.0, []),
        (22.0, [seen("Zed\tAda"), seen("ELIMINATED ADA", banner=True)]),
        (26.0, []),
    )
    assert guess_player(follow(given, (), RULES)) == "Zed"


def test_the_player_is_whose_rows_sound_like_own_kills() -> None:
    own = (10.0, 40.0, 70.0)
    rows = [(at, "Zed\tBob") for at in own] + [(at, "Ada\tBob") for at in (20.0, 50.0, 80.0)]
    times: list[tuple[float, list[Seen]]] = [(0.0, [])]
    for at, text in sorted(rows):
        times += [(at, [seen(text)]), (at + 5, [])]
    tracks = follow(looks(*times), (), RULES)

    def likelihood(after_s: float, seen_s: float) -> float:
        return 0.9 if any(after_s <= at <= seen_s for at in own) else 0.2

    assert guess_player(tracks, likelihood) == "Zed"
    assert guess_player(tracks, lambda after_s, seen_s: 0.5) == ""


def test_a_feed_that_says_you_needs_no_name() -> None:
    given = looks(
        (0.0, []),
        (2.0, [seen("You\tBob"), seen("Zed\tAda", slot=1)]),
        (8.0, []),
        (12.0, [seen("You\tAda"), seen("ELIMINATED ADA", banner=True)]),
        (18.0, []),
    )
    assert guess_player(follow(given, (), RULES), lambda after_s, seen_s: 1.0) == "You"
    assert kinds(tell(given, "You")) == [("kill", 2.0), ("other_kill", 2.0), ("kill", 12.0)]


@pytest.mark.parametrize("player", ["", "Otto"])
def test_without_rows_of_the_player_all_are_others_kills(player: str) -> None:
    given = looks((0.0, []), (2.0, [seen("Zed\tAda")]), (6.0, []))
    (event,) = tell(given, player)
    assert event.kind == "other_kill"
