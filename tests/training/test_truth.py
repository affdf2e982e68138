"""From the engine's tics to events: whose kill it was, with what, and whether the head was struck."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.record.attribution import MARK, MONSTERS, attribution_script, plain_name
from training.record.truth import PLAYER, Body, Box, Tic, Watcher, as_spectated

VIEW = (640, 302)
IMP = Body(7, "MarkedDoomImp", 300.0, 0.0, dead=False)
CALM = Tic(
    *(0.0, 0.0, 0.0, 0.0, 80.0, False, 0.0, 0.0, 3, 20.0),
    bodies=(IMP,),
    boxes={7: Box(300, 140, 40, 60)},
    messages="",
)


def fallen(body: Body) -> Body:
    return replace(body, name=f"Dead{body.name}", dead=True)


def after(**changes: object) -> list[dict]:
    watcher = Watcher(VIEW)
    watcher.see(CALM, 1.0)
    watcher.see(replace(CALM, **changes), 1.0 + 1 / 35)  # type: ignore[arg-type]
    return watcher.events


def test_a_marked_death_is_an_own_kill() -> None:
    [event] = after(bodies=(fallen(IMP), Body(9, MARK, 300.0, 0.0, dead=False)), ammo=19.0)
    assert event["type"] == "kill"
    assert event["t"] == pytest.approx(1 + 1 / 35, abs=1e-4)
    assert (event["victim"], event["weapon"], event["distance"], event["health"]) == ("DoomImp", "Shotgun", 300, 80)
    assert event["enemies_in_view"] == 1


def test_an_unmarked_death_is_somebody_elses() -> None:
    [event] = after(bodies=(fallen(IMP),))
    assert (event["type"], event["victim"], event["in_view"]) == ("other_kill", "DoomImp", True)


def test_two_deaths_and_one_mark() -> None:
    other = Body(8, "DeadMarkedDemon", -500.0, 40.0, dead=True)
    events = after(bodies=(other, fallen(IMP), Body(9, MARK, 301.0, 0.0, dead=False)))
    assert {event["victim"]: event["type"] for event in events} == {"Demon": "other_kill", "DoomImp": "kill"}


def test_between_players_the_frag_count_decides() -> None:
    rival = Body(7, "DoomPlayer", 300.0, 0.0, dead=False)
    assert after(bodies=(fallen(rival),), frags=1.0)[0]["type"] == "kill"
    assert after(bodies=(fallen(rival),), frags=0.0)[0]["type"] == "other_kill"


def test_the_double_barrel_is_told_by_its_two_shells() -> None:
    [event] = after(bodies=(fallen(IMP), Body(9, MARK, 300.0, 0.0, dead=False)), ammo=18.0)
    assert event["weapon"] == "SuperShotgun"


@pytest.mark.parametrize(
    ("box", "turned_deg", "struck"),
    [
        (Box(300, 145, 40, 60), 0.0, True),  # the crosshair (320, 151) is a tenth below its top
        (Box(300, 120, 40, 60), 0.0, False),  # in its middle
        (Box(300, 170, 40, 60), 0.0, False),  # above it
        (Box(420, 145, 40, 60), 0.0, False),  # beside it
        (Box(420, 145, 40, 60), -26.0, True),  # turned right onto it in the tic of the shot
    ],
)
def test_headshot(box: Box, turned_deg: float, struck: bool) -> None:
    watcher = Watcher(VIEW)
    watcher.see(replace(CALM, boxes={7: box}), 0.0)
    watcher.see(
        replace(CALM, angle_deg=turned_deg, bodies=(fallen(IMP), Body(9, MARK, 300.0, 0.0, dead=False)), boxes={}),
        1 / 35,
    )
    assert watcher.events[0]["headshot"] is struck


def test_damage_and_death() -> None:
    line = f"Somebody left.\n{PLAYER} was burned by an imp."
    events = after(health=-4.0, dead=True, damage_taken=84.0, messages=line)
    assert [event["type"] for event in events] == ["damage_taken", "death"]
    assert (events[0]["amount"], events[0]["health"]) == (84, 0)
    assert events[1]["says"] == f"{PLAYER} was burned by an imp."


def test_every_monster_gets_its_mark() -> None:
    script = attribution_script().decode()
    assert all(f"actor Marked{name} : {name} replaces {name}" in script for name in MONSTERS)
    assert plain_name("DeadMarkedCyberdemon") == "Cyberdemon"


def test_a_tic_tells_what_it_brought() -> None:
    watcher = Watcher(VIEW)
    assert watcher.see(CALM, 1.0).events == ()
    seen = watcher.see(replace(CALM, bodies=(fallen(IMP),), damage_taken=7.0, hits=3.0), 2.0)
    assert (seen.hurt, seen.hits) == (7.0, 3)
    assert list(seen.events) == watcher.events
    assert watcher.see(replace(CALM, bodies=(fallen(IMP),), damage_taken=7.0), 3.0).hits == 0, "the count began again"


def test_who_watches_sees_others_kills_only() -> None:
    own = {"t": 1.0, "type": "kill", "victim": "DoomImp", "health": 12, "enemies_in_view": 3, "victim_tag": "zork"}
    others = {"t": 2.0, "type": "other_kill", "victim": "Demon", "in_view": False}
    watched = as_spectated(
        [own, others, {"t": 3.0, "type": "damage_taken", "amount": 9}, {"t": 4.0, "type": "death", "killer": "zork"}],
        "Rin",
    )
    assert [event["type"] for event in watched] == ["other_kill"] * 3
    assert {"killer": "Rin", "victim_tag": "zork", "in_view": True, "spectated": True}.items() <= watched[0].items()
    assert watched[1] == others
    assert {"victim": "Rin", "killer": "zork", "spectated": True}.items() <= watched[2].items()
