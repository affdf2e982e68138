"""Families for training, in the manner of many kinds of shooter."""

from __future__ import annotations

from training.record.skins.fonts import Font
from training.record.skins.grammar import (
    Banner,
    Death,
    Extras,
    Family,
    Feed,
    Marker,
    Medal,
    Palette,
    Points,
    Sounds,
    Vitals,
)

__all__ = ["TRAINING"]

BEBAS = Font("bebas", 1.08)
DEJAVU = Font("dejavu")
TIGHT = Font("dejavu", 0.8)
PLEX = Font("plex")
PLEX_TIGHT = Font("plex", 0.84)
PLEX_CAPS = Font("plex", 0.9, 0.0, True)
PLEX_LEAN = Font("plex", 0.92, 0.2, True)
SOURCE = Font("source", 1.05)
SOURCE_THIN = Font("source-thin", 1.05)
SOURCE_CAPS = Font("source", 1.1, 0.0, True)
SOURCE_LEAN = Font("source", 1.1, 0.22, True)
THIN = Font("dejavu-thin", 0.92)
MONO = Font("dejavu-mono", 0.85)
PLEX_MONO = Font("plex-mono", 0.9)

_COOL = Palette((236, 240, 240), (238, 236, 150), (102, 214, 190), (240, 90, 96), (238, 236, 150))
_WARM = Palette((250, 245, 235), (255, 206, 84), (120, 190, 255), (255, 110, 70), (255, 180, 60), (30, 20, 12))
_BOLD = Palette((255, 255, 255), (255, 232, 60), (88, 200, 255), (255, 70, 120), (90, 255, 170), (24, 16, 60))
_DUST = Palette((225, 225, 215), (230, 230, 160), (150, 190, 230), (225, 175, 80), (235, 235, 235), (10, 10, 10))
_LIME = Palette((240, 255, 235), (170, 255, 90), (120, 220, 255), (255, 120, 100), (170, 255, 90), (8, 20, 10))
_VIOLET = Palette((245, 240, 255), (255, 190, 240), (150, 170, 255), (255, 100, 140), (190, 120, 255), (26, 12, 44))
_MINT = Palette((235, 250, 250), (255, 255, 255), (90, 230, 210), (255, 90, 80), (90, 230, 210), (6, 24, 32))
_STREAK = {2: "DOUBLE KILL", 3: "TRIPLE KILL", 4: "QUAD KILL", 5: "KILLING SPREE"}
_WHITE, _RED, _YELLOW = (255, 255, 255), (255, 48, 48), (255, 220, 60)

TRAINING: tuple[Family, ...] = (
    Family(
        "tactical",
        (PLEX_TIGHT, TIGHT, SOURCE),
        (PLEX_CAPS, BEBAS),
        (_COOL, _MINT, _VIOLET),
        feed=Feed(("top_right",), ("{k} {i}{h} {v}",), ("bottom", "top"), back=("slant", "fade_left"), own=("border", "fill")),
        medal=Medal(("pentagon", "diamond", "shield"), ("skull", "chevron"), ((0.5, 0.8), (0.5, 0.84)), (36, 46)),
        sounds=Sounds(("", "thud"), ("bell", "rise"), ("clink",), ("", "voice"), climbs=True),
        vitals=Vitals(("digits", "bar"), ("stretch",)),
        death=Death(("KILLED BY {k}", "ELIMINATED BY {k}"), ("grey", "dark"), 0.2, ("COMBAT REPORT",)),
        extras=Extras(0.8, ("top_left",), notices=("ROUND {c}", "SPIKE PLANTED", "BUY PHASE", "LAST PLAYER STANDING", "ROUND WON")),
    ),
    Family(
        "strike",
        (TIGHT, SOURCE, PLEX_TIGHT),
        (SOURCE_CAPS, TIGHT),
        (_DUST, _WARM),
        feed=Feed(("top_right",), ("{k} {i}{h} {v}", "{k}{a} {i}{h} {v}"), ("bottom",), (12, 14), back=("round", "rect"), own=("border",)),
        sounds=Sounds(("", "thud"), ("thud", "crunch"), ("clink",), gain=(0.2, 0.35)),
        vitals=Vitals(("digits", "bar"), ("stretch", "cover")),
        death=Death(("{k} killed you", "KILLED BY {k}"), ("red", "dark"), 0.3, ("REPLAY", "KILLER REPLAY")),
        extras=Extras(0.8, ("top_left",), ("plus",), notices=("BOMB PLANTED", "TERRORISTS WIN", "ROUND {c}", "WARMUP", "00:10")),
    ),
    Family(
        "royale",
        (DEJAVU, PLEX, SOURCE),
        (Font("dejavu", 0.85, 0.12, True), SOURCE_LEAN),
        (_BOLD, _WARM),
        feed=Feed(
            ("middle_left", "bottom_left"),
            ("{k} eliminated {v} with {w}{hs} ({d} m)", "{k} eliminated {v} with a {w}", "{k} knocked out {v}{hs}"),
            ("bottom", "top"), (12, 13), back=("", "fade_right"), own=("colour", "bar"), hs_word=" headshot", edge=1, margin=(8, 96),
        ),
        banner=Banner(("Eliminated {v}", "ELIMINATED {v}", "KNOCKED {v}"), ("", "{c} eliminations", "{n} XP"), at=((0.5, 0.68), (0.5, 0.74)), sign=("", "target", "skull"), anim=("pop", "fade")),
        marker=Marker(("x", "thin_x"), ("x",), (_WHITE,), (_RED, _YELLOW)),
        sounds=Sounds(("tick", "ding"), ("ding", "coin"), ("clink", "")),
        vitals=Vitals(("twin",), ("stretch", "cover")),
        death=Death(("ELIMINATED BY {k}", "YOU PLACED #{c}"), ("dark", "grey"), 0.1, ("SPECTATING",)),
        extras=Extras(0.9, ("top_right",), notices=("STORM EYE SHRINKING", "SUPPLY DROP NEARBY", "{c} PLAYERS LEFT", "LEVEL UP +500 XP")),
    ),
    Family(
        "guard",
        (PLEX_CAPS, PLEX_TIGHT),
        (PLEX_LEAN, SOURCE_LEAN),
        (_MINT, _BOLD, _WARM),
        feed=Feed(("top_right",), ("{k} {arrow}{h} {v}", "{k} {i}{h} {v}"), ("bottom", "top"), back=("pill", "tag", "slant"), own=("border", "fill")),
        banner=Banner(("ELIMINATED {v}", "{v} ELIMINATED"), ("", "+{n}"), ("CRITICAL HIT", ""), {2: "DOUBLE KILL", 3: "TRIPLE KILL", 4: "QUADRUPLE KILL"}, ("ASSIST {v}",), ((0.5, 0.7), (0.5, 0.76)), sign=("skull", ""), stack=True),
        marker=Marker(("x", "dots"), ("skull", "x"), (_WHITE,), (_RED,)),
        sounds=Sounds(("tick",), ("rise", "ding"), ("clink",), ("", "voice")),
        vitals=Vitals(("chunks",), ("stretch",)),
        death=Death(("ELIMINATED BY {k}",), ("dark", "grey"), 0.8, ("KILLCAM", "KILL CAM")),
        extras=Extras(0.1, notices=("OBJECTIVE CAPTURED", "OVERTIME", "PAYLOAD REACHED CHECKPOINT", "ULTIMATE READY", "ATTACK")),
    ),
    Family(
        "legends",
        (SOURCE, PLEX_TIGHT),
        (SOURCE_CAPS, PLEX_CAPS),
        (_WARM, _COOL),
        feed=Feed(("top_right",), ("{k} [{i}] {v}", "{k} {i} {v}{hs}"), ("bottom", "top"), (12, 14), back=("", "fade_left"), own=("colour",), hs_word=" HS", edge=1),
        banner=Banner(("{v} ELIMINATED", "KNOCKED DOWN {v}", "ELIMINATED {v} {w}"), ("+{n} XP", "", "{c} KILLS"), ("HEADSHOT +25", ""), at=((0.5, 0.63), (0.5, 0.72)), anim=("fade", "slide"), back=("", "fade_left"), assist=("ASSIST, {v} DOWN",)),
        marker=Marker(("x", "diamond"), ("x", "brackets"), (_WHITE, (255, 170, 60)), (_RED,)),
        sounds=Sounds(("tick", "crunch"), ("crunch", "thud", "bell"), ("clink",)),
        vitals=Vitals(("chunks", "bar"), ("stretch", "cover")),
        death=Death(("YOU WERE ELIMINATED BY {k}", "SQUAD ELIMINATED"), ("red", "dark"), 0.3, ("DEATH RECAP",)),
        extras=Extras(0.8, ("top_left", "top_right"), notices=("RING CLOSING", "NEW KILL LEADER {k}", "RESPAWN BEACON USED", "CARE PACKAGE"), team=0.8),
    ),
    Family(
        "operations",
        (SOURCE, TIGHT, BEBAS),
        (BEBAS, SOURCE_CAPS),
        (_DUST, _LIME, _WARM),
        feed=Feed(("bottom_left", "middle_left"), ("{k} [{w}] {v}", "{k} {i} {v}", "{k} {i}{h} {v}"), ("bottom", "top"), (12, 14), back=("", "rect", "fade_right"), own=("colour", "fill"), edge=1, margin=(8, 70)),
        medal=Medal(("star", "shield", "hex"), ("skull", "crown", "chevron"), ((0.5, 0.24), (0.5, 0.2)), (38, 48), every=False),
        marker=Marker(("x", "thin_x"), ("x",), (_WHITE,), (_RED, _WHITE), (16, 20)),
        points=Points(("+{n} ELIMINATION", "+{n}", "+{n} ENEMY DOWN"), {"headshot": "+25 HEADSHOT", "streak": "+50 {streak}", "assist": "+25 ASSIST"}, ((0.62, 0.46), (0.5, 0.38)), (15, 19), (100, 50, 125)),
        sounds=Sounds(("tick",), ("crunch", "bass", "tick"), ("clink", "ding"), ("voice", "")),
        vitals=Vitals(("digits",), ("stretch", "cover")),
        death=Death(("KILLED BY {k}", "YOU DIED"), ("red", "grey"), 0.9, ("KILLCAM", "FINAL KILLCAM")),
        extras=Extras(0.9, ("top_left",), notices=("ENEMY UAV ABOVE", "HARDPOINT MOVED", "WE ARE IN THE LEAD", "RELOAD", "CAPTURING A")),
    ),
    Family(
        "blocks",
        (THIN, SOURCE_THIN, DEJAVU),
        (DEJAVU, SOURCE),
        (_BOLD, _MINT),
        feed=Feed(("top_right", "top_left", "bottom_right"), ("{k} killed {v}", "{k} KO'd {v} with {w}", "{k} -> {v}"), ("top", "bottom"), (13, 15), back=("", "round"), own=("none", "colour"), edge=1),
        banner=Banner(("You killed {v}!", "KO {v}", "Killed {v} (+1)"), ("", "+{n} coins"), at=((0.5, 0.2), (0.5, 0.3), (0.5, 0.78)), size=(17, 24), anim=("pop", "rise"), back=("", "round")),
        sounds=Sounds(("", "click"), ("coin", "rise"), ("",)),
        vitals=Vitals(("bar", "twin"), ("stretch", "cover", "keep")),
        death=Death(("{k} killed you!", "Oof! You died", "Respawning..."), ("red", "dark"), 0.1, ("Replay",)),
        extras=Extras(0.2, ("bottom_left",), ("plus", "ring"), chat=0.7, notices=("Intermission", "New map: Castle", "{k} won the round!", "You got a badge!")),
    ),
    Family(
        "arena",
        (DEJAVU, MONO),
        (DEJAVU, SOURCE_CAPS),
        (_WARM, _DUST, _LIME),
        feed=Feed(("top_left", "top_centre"), ("{v} was shot by {k}", "{k} fragged {v}", "{v} ate {k}'s {w}"), ("bottom",), (12, 14), back=("",), own=("none", "colour"), edge=1),
        banner=Banner(("You fragged {v}", "YOU KILLED {v}"), ("{c} place with {n}", ""), streak={2: "EXCELLENT!", 3: "IMPRESSIVE!", 4: "RAMPAGE!"}, at=((0.5, 0.26), (0.5, 0.3)), size=(16, 20), anim=("fade",)),
        medal=Medal(("disc", "star"), ("skull", "star", "bolt"), ((0.5, 0.17),), (30, 40), every=False),
        sounds=Sounds(("ding", "tick"), ("", "bell"), ("voice", ""), ("voice",)),
        vitals=Vitals(("digits",), ("keep", "cover", "stretch")),
        death=Death(("{k} fragged you", "Fragged by {k}"), ("red",), 0.0),
        extras=Extras(0.0, notices=("5 frags left", "{k} has the lead", "QUAD DAMAGE", "FIGHT!")),
    ),
    Family(
        "marker",
        (SOURCE, PLEX_TIGHT),
        (SOURCE_CAPS,),
        (_DUST, _COOL, _LIME),
        marker=Marker(("x", "plus", "dots", "brackets"), ("x", "skull", "diamond", "triangle"), (_WHITE, (190, 255, 190)), (_RED, (255, 150, 30), (255, 90, 220)), (16, 24), 1.5, 2.2, 0.45),
        sounds=Sounds(("tick", "click", "thud"), ("bass", "ding", "crunch", "zap"), ("clink", "")),
        vitals=Vitals(("bar", "digits", "ring"), ("stretch", "cover", "keep")),
        death=Death(("YOU DIED", "WASTED"), ("red", "grey"), 0.4, ("REPLAY",)),
    ),
    Family(
        "milsim",
        (THIN, SOURCE_THIN, PLEX_TIGHT),
        (SOURCE_CAPS, PLEX_CAPS),
        (_DUST, _LIME),
        feed=Feed(("bottom_left", "top_left", "bottom_right"), ("{k} [{w}] {v}", "{k} killed {v} ({w}, {d} m)", "{v} was killed by {k}"), ("bottom", "top"), (12, 13), back=("", "rect"), own=("none", "colour"), edge=1),
        vitals=Vitals(("bar", "none"), ("stretch", "cover")),
        death=Death(("You were killed by {k}", "UNCONSCIOUS"), ("dark", "grey"), 0.0),
        extras=Extras(0.2, ("bottom_right",), ("dots", ""), music=0.1, notices=("Objective B lost", "Reinforcements in 0:{c}0")),
    ),
    Family(
        "hero",
        (PLEX_CAPS, BEBAS),
        (PLEX_LEAN, BEBAS, SOURCE_LEAN),
        (_VIOLET, _BOLD, _MINT),
        banner=Banner(("{v} ELIMINATED", "TAKEDOWN {v}", "KILLED {v}"), ("+{n}", "", "STREAK {c}"), ("HEADSHOT", ""), _STREAK, ("ASSIST +25",), ((0.5, 0.8), (0.5, 0.66), (0.78, 0.6)), (18, 24), anim=("slide", "pop"), back=("tag", "slant", "fade_left"), sign=("bolt", "skull", "burst")),
        medal=Medal(("hex", "burst", "shield"), ("bolt", "skull", "crown"), ((0.5, 0.58), (0.22, 0.6)), (30, 40), every=False),
        marker=Marker(("x", "plus"), ("x", "diamond"), (_WHITE,), (_RED, (255, 120, 255))),
        sounds=Sounds(("tick", "click"), ("zap", "bass", "rise"), ("clink",), ("voice", "horn")),
        vitals=Vitals(("chunks", "ring"), ("stretch",)),
        death=Death(("TAKEN DOWN BY {k}", "YOU WERE ELIMINATED"), ("dark", "red"), 0.6, ("KILLCAM",)),
    ),
    Family(
        "score",
        (BEBAS, SOURCE_CAPS),
        (BEBAS, PLEX_CAPS),
        (_LIME, _WARM, _BOLD),
        marker=Marker(("x", "ring"), ("x", "ring"), (_WHITE,), (_RED, _YELLOW)),
        points=Points(("+{n}", "{n}", "+{n} XP"), {"headshot": "HEADSHOT +50", "streak": "{streak} +100", "assist": "ASSIST +25"}, ((0.57, 0.46), (0.5, 0.62), (0.42, 0.44)), (18, 26), (100, 10, 250, 1)),
        sounds=Sounds(("tick",), ("coin", "ding", "rise"), ("clink", ""), climbs=True),
        vitals=Vitals(("bar", "twin"), ("stretch", "cover")),
        death=Death(("-50 YOU DIED", "RESPAWN IN 3"), ("red", "dark"), 0.3),
        extras=Extras(0.3, notices=("+50 CAPTURE", "+10 PICKUP", "COMBO READY", "STAGE {c}")),
    ),
    Family(
        "squad",
        (PLEX, SOURCE, DEJAVU),
        (PLEX, SOURCE),
        (_MINT, _COOL, _WARM),
        feed=Feed(("top_centre", "middle_right", "top_left"), ("{k} downed {v}{a}", "{k} finished {v}{hs}", "{k} {i} {v}{a}"), ("bottom", "top"), (13, 15), back=("pill", "round", ""), own=("bar", "fill", "colour"), hs_word=" · headshot", margin=(10, 44), edge=1, you=True),
        banner=Banner(("Enemy down", "{v} down", "Enemy killed"), ("{w}", ""), ("Headshot", "{w}"), {3: "ACE"}, ("Assist",), ((0.5, 0.74), (0.5, 0.24), (0.2, 0.5)), (16, 20), anim=("fade", "rise")),
        sounds=Sounds(("", "tick"), ("ding", "click", "bell"), ("clink", "")),
        vitals=Vitals(("bar", "chunks"), ("stretch", "cover")),
        death=Death(("{k} downed you", "Waiting for a revive"), ("dark", "grey"), 0.3),
        extras=Extras(0.6, ("bottom_left", "top_left"), team=0.9, notices=("Enemy spotted", "Mission updated", "Team mate down", "{k} revived {v}")),
    ),
    Family(
        "console",
        (MONO, PLEX_MONO, Font("hershey")),
        (MONO, PLEX_MONO),
        (_LIME, _DUST, _WARM),
        feed=Feed(("top_left", "bottom_left", "top_right"), ("{k} > {v}", "{k} killed {v} [{w}]", "* {v} was eliminated by {k}"), ("bottom", "top"), (12, 14), back=("", "rect"), own=("none", "colour", "fill"), edge=1, you=True),
        marker=Marker(("plus", "dots"), ("plus", "ring"), (_WHITE, (120, 255, 120)), (_RED, _YELLOW), (14, 20)),
        vitals=Vitals(("digits", "bar"), ("keep", "cover", "stretch")),
        death=Death(("you were killed by {k}", "press fire to respawn"), ("red", "dark"), 0.0),
        extras=Extras(0.2, ("top_right",), notices=("round {c} starts", "server: map change in 5 min", "{k} joined the game", "vote passed")),
    ),
)  # fmt: skip
