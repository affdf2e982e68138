"""Families that training never sees: for choosing settings, and for the test, whose grammar differs most."""

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

__all__ = ["TEST", "VALIDATION"]

_PINE = Palette((240, 244, 236), (255, 240, 150), (130, 230, 150), (255, 140, 90), (130, 230, 150), (14, 28, 20))
_ROSE = Palette((255, 240, 244), (255, 170, 190), (150, 200, 255), (255, 80, 110), (255, 170, 190), (40, 10, 24))
_STEEL = Palette((228, 234, 240), (255, 255, 255), (140, 180, 220), (230, 100, 80), (200, 215, 230), (30, 36, 44))
_GOLD = Palette((250, 240, 214), (255, 220, 130), (170, 200, 255), (230, 70, 50), (240, 196, 90), (32, 14, 10))
_CYAN = Palette((160, 255, 250), (255, 255, 120), (100, 190, 255), (255, 110, 180), (60, 240, 230), (0, 22, 34))
_INK = Palette((250, 250, 250), (255, 150, 40), (90, 160, 255), (255, 60, 60), (255, 150, 40), (245, 245, 245))
_ACID = Palette((255, 255, 255), (230, 255, 0), (0, 220, 255), (255, 0, 128), (230, 255, 0), (20, 0, 40))
_QUICK = Font("quicksand")
_MONTSERRAT = Font("montserrat", 0.86)
_MONTSERRAT_CAPS = Font("montserrat", 0.9, 0.0, True)
_SHARE = Font("share-tech", 1.0)
_SERIF = Font("serif", 0.82)
_STIX = Font("stix", 1.0)
_INCONSOLATA = Font("inconsolata", 0.95)
_WHITE = (255, 255, 255)

VALIDATION: tuple[Family, ...] = (
    Family(
        "vantage",
        (_QUICK,),
        (Font("quicksand", 1.0, 0.0, True),),
        (_PINE, _ROSE),
        feed=Feed(
            ("top_right", "bottom_right"),
            ("{k} {i}{h} {v}", "{k} took out {v}"),
            ("top", "bottom"),
            back=("round", "fade_left"),
            own=("fill", "border"),
        ),
        banner=Banner(
            ("TOOK OUT {v}", "{v} IS OUT"),
            ("", "+{n}"),
            ("HEADSHOT",),
            {2: "TWO IN A ROW", 3: "THREE IN A ROW"},
            at=((0.5, 0.66), (0.5, 0.82)),
            anim=("pop", "fade"),
        ),
        marker=Marker(("x", "ring"), ("diamond", "x"), (_WHITE,), ((255, 70, 70), (255, 130, 60))),
        sounds=Sounds(("tick",), ("ding", "bell"), ("clink",)),
        vitals=Vitals(("bar", "twin"), ("stretch", "cover")),
        death=Death(("TAKEN OUT BY {k}",), ("dark", "red"), 0.5, ("REPLAY",)),
    ),
    Family(
        "nimbus",
        (_QUICK,),
        (_QUICK,),
        (_ROSE, _STEEL),
        marker=Marker(
            ("dots", "plus"), ("triangle", "ring"), (_WHITE,), ((255, 80, 160), (255, 210, 60)), (18, 24), 1.4
        ),
        points=Points(
            ("+{n}", "+{n} takedown"),
            {"headshot": "+20 precise", "assist": "+10 helped"},
            ((0.6, 0.56), (0.5, 0.36)),
            (16, 20),
            (60, 100),
        ),
        sounds=Sounds(("click",), ("rise", "zap"), ("clink", "")),
        vitals=Vitals(("ring", "chunks"), ("stretch",)),
        death=Death(("you are out", "{k} got you"), ("grey", "dark"), 0.4),
    ),
    Family(
        "ironline",
        (Font("hershey", 0.95),),
        (Font("hershey", 0.95, 0.0, True),),
        (_STEEL, _PINE),
        feed=Feed(
            ("bottom_left", "top_left"),
            ("{k} neutralised {v}", "{k} ({w}) {v}{hs}"),
            ("bottom", "top"),
            (12, 14),
            back=("rect", ""),
            own=("bar", "colour"),
            edge=1,
        ),
        medal=Medal(("shield", "disc"), ("chevron", "cross"), ((0.5, 0.76), (0.8, 0.5)), (32, 40)),
        sounds=Sounds(("",), ("bass", "thud"), ("",)),
        vitals=Vitals(("digits", "bar"), ("stretch", "cover")),
        death=Death(("NEUTRALISED BY {k}",), ("grey", "red"), 0.3),
    ),
)

TEST: tuple[Family, ...] = (
    Family(
        "zenith",
        (_MONTSERRAT,),
        (_MONTSERRAT_CAPS,),
        (_INK, _ACID),
        feed=Feed(
            ("middle_left",), ("{k} {chevron} {v}{h}",), ("top",), (13, 14), back=("tag",), own=("bar",), margin=(0, 40)
        ),
        banner=Banner(
            ("K.O. {v}", "{v} WIPED OUT"),
            ("{w}", "x{c}"),
            ("HEAD HIT",),
            {2: "BACK TO BACK", 3: "TRIPLE DOWN", 4: "UNSTOPPABLE"},
            ("ASSISTED ON {v}",),
            ((0.5, 0.28), (0.78, 0.4)),
            (20, 24),
            anim=("slide",),
            back=("slant",),
            edge=0,
        ),
        marker=Marker(("brackets",), ("brackets",), (_WHITE,), ((255, 150, 0),), (22, 26), 1.4),
        sounds=Sounds(("click",), ("zap",), ("coin",), ("horn",)),
        vitals=Vitals(("ring",), ("stretch",)),
        death=Death(("K.O. BY {k}", "OUT!"), ("dark",), 0.7, ("INSTANT REPLAY",)),
        extras=Extras(
            0.6,
            ("bottom_right",),
            ("brackets",),
            notices=("HALF TIME", "OVERDRIVE", "NEXT WAVE IN {c}", "TEAM LEADS BY {c}"),
        ),
    ),
    Family(
        "orbit",
        (_SHARE,),
        (Font("share-tech", 1.05, 0.0, True),),
        (_CYAN, _ACID),
        feed=Feed(
            ("bottom_right",),
            ("{v} terminated by {k}", "{v} << {k} :: {w}"),
            ("bottom",),
            (14, 15),
            back=("fade_left",),
            own=("border",),
            hs_word=" :: crit",
            margin=(10, 70),
        ),
        banner=Banner(
            ("> TARGET DOWN: {v}", "> HOSTILE NEUTRALIZED"),
            ("{w} / {d} m",),
            ("PRECISION KILL",),
            {2: "> MULTI-KILL x2", 3: "> MULTI-KILL x3"},
            at=((0.74, 0.3), (0.26, 0.62)),
            size=(17, 20),
            anim=("fade",),
            back=("rect",),
            edge=0,
        ),
        marker=Marker(("triangle",), ("triangle",), ((120, 255, 250),), ((255, 60, 180),), (20, 24), 1.5),
        sounds=Sounds(("zap",), ("horn", "rise"), ("",), ("voice",)),
        vitals=Vitals(("chunks",), ("cover", "stretch")),
        death=Death(("SIGNAL LOST", "TERMINATED BY {k}"), ("grey",), 0.5, ("LAST TRANSMISSION",)),
        extras=Extras(
            0.7, ("bottom_left",), ("triangle", "dots"), notices=("> UPLINK {c}%", "> SECTOR CLEAR", "> INCOMING DROP")
        ),
    ),
    Family(
        "herald",
        (_SERIF, _STIX),
        (_SERIF, Font("stix", 1.05)),
        (_GOLD,),
        feed=Feed(
            ("top_centre",),
            ("{k} slew {v}", "{v} fell to {k}'s {w}"),
            ("top",),
            (13, 15),
            rows=3,
            back=("fade_left", "rect"),
            own=("colour",),
            margin=(10, 30),
            you=True,
        ),
        banner=Banner(
            ("You have slain {v}", "{v} has been slain"),
            ("", "{n} gold"),
            ("a clean strike",),
            {2: "Double slaying", 3: "Triple slaying", 4: "Legendary"},
            ("You aided in slaying {v}",),
            ((0.5, 0.3), (0.5, 0.74)),
            (20, 26),
            (1.8, 2.8),
            ("rise", "fade"),
            ("",),
            ("",),
            1,
        ),
        sounds=Sounds(("",), ("horn", "bell"), ("",), ("horn",)),
        vitals=Vitals(("twin",), ("cover",)),
        death=Death(("You have been slain by {k}", "Thou art dead"), ("red",), 0.0),
        extras=Extras(
            0.4,
            ("bottom_right",),
            ("ring",),
            notices=("The gate is open", "Night falls", "{k} found a relic", "Wave {c}"),
        ),
    ),
    Family(
        "pulse",
        (_MONTSERRAT,),
        (_MONTSERRAT_CAPS,),
        (_ACID, _INK),
        marker=Marker(
            ("ring",), ("ring",), (_WHITE, (0, 220, 255)), ((255, 0, 128), (230, 255, 0)), (18, 26), 1.9, 2.6, 0.4
        ),
        sounds=Sounds(("click", "zap"), ("zap", "bass", "rise"), ("coin",)),
        vitals=Vitals(("ring", "bar"), ("stretch", "keep")),
        death=Death(("RETRY?", "DOWN"), ("grey",), 0.5, ("REWIND",)),
    ),
    Family(
        "ledger",
        (_INCONSOLATA,),
        (_INCONSOLATA,),
        (_INK, _STEEL),
        feed=Feed(
            ("middle_left", "bottom_right"),
            ("{k} | {w} | {v}{hs}", "{v} - {k} +1"),
            ("bottom",),
            (13, 14),
            back=("rect",),
            own=("fill",),
            hs_word=" | HS",
            margin=(10, 60),
        ),
        points=Points(
            ("FRAG +{n}", "{v} +{n}"),
            {"headshot": "HEAD +{n}"},
            ((0.5, 0.76), (0.36, 0.6)),
            (15, 18),
            (1, 5),
            rise=False,
        ),
        vitals=Vitals(("digits",), ("cover",)),
        death=Death(("{k} +1", "respawn queue: {c}"), ("dark",), 0.2, ("demo playback",)),
        extras=Extras(0.3, ("top_right",), ("dots",), notices=("frag limit 30", "{k} leads", "map vote open")),
    ),
    Family(
        "nova",
        (Font("dejavu-mono", 0.72, 0.0, True), Font("hershey-serif", 0.8, 0.0, True)),
        (Font("hershey-serif", 0.9, 0.0, True),),
        (_ACID, _CYAN),
        feed=Feed(
            ("bottom_centre",),
            ("{skull} {v}{h}", "{i} {v}"),
            ("top",),
            (14, 16),
            (2.0, 3.5),
            3,
            ("pill",),
            ("fill", "border"),
            only_own=True,
            margin=(0, 64),
        ),
        medal=Medal(("burst", "diamond"), ("bolt", "cross"), ((0.14, 0.34), (0.86, 0.34)), (46, 56)),
        marker=Marker(("diamond",), ("skull",), ((0, 220, 255),), ((230, 255, 0),), (18, 22), 1.3),
        sounds=Sounds(("tick",), ("crunch", "horn"), ("zap",), ("rise",)),
        vitals=Vitals(("bar",), ("stretch",)),
        death=Death(("WIPED OUT BY {k}",), ("red", "dark"), 0.6, ("HIGHLIGHT",)),
        extras=Extras(0.5, ("top_right",), ("diamond",), notices=("FEVER TIME", "GATE {c} OPEN", "BONUS x{c}")),
    ),
)
