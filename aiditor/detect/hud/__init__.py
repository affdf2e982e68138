"""On-screen text: kill feeds, banners, deaths, killcams, read within a budget of seconds.

rules  what a game prints (configs/games)      grammar  what one line says
ocr    two small networks that read            tracks   one line over many looks
scan   lines in a picture, read once           events   whose kill it was, and when
zones  where the game prints                   player   whose name is the player's
reader `HudReader`, which does it all
"""

from aiditor.detect.hud.events import Span, TextEvent
from aiditor.detect.hud.reader import HudReader
from aiditor.detect.hud.rules import GameRules, Zone, load_rules, rules_names

__all__ = ["GameRules", "HudReader", "Span", "TextEvent", "Zone", "load_rules", "rules_names"]
