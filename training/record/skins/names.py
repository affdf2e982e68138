"""Invented players, weapons and chatter, drawn by seed."""

from __future__ import annotations

import numpy as np

__all__ = ["CHAT", "TIPS", "chat_line", "roster", "tag", "weapon_names"]

_FIRST = (
    *("Silent", "Crimson", "Frost", "Lunar", "Rapid", "Ghost", "Neon", "Iron", "Hollow", "Velvet", "Toxic", "Sunny"),
    *("Lazy", "Salty", "Turbo", "Mystic", "Solar", "Arctic", "Grim", "Pixel", "Cosmic", "Rusty", "Shadow", "Sleepy"),
)
_SECOND = (
    *("Wolf", "Raven", "Viper", "Panda", "Knight", "Otter", "Comet", "Blade", "Falcon", "Duck", "Tiger", "Bandit"),
    *("Wizard", "Toast", "Storm", "Hawk", "Goblin", "Sniper", "Fox", "Moose", "Cobra", "Noodle", "Reaper", "Yeti"),
)
_SYLLABLES = (
    *("ka", "zu", "ri", "vex", "no", "mi", "lo", "shi", "dra", "ky", "ta", "ren", "jo", "ax", "bel", "cro", "fi"),
    *("gul", "ha", "ix", "lum", "nor", "ori", "pyx", "qua", "ska", "tor", "ul", "wyn", "yo", "zel", "ash", "eri"),
)
_CLANS = ("VX", "NRG7", "OWL", "7TH", "KRU", "LUX", "ZEN", "AXE", "RGE", "TTV", "YT", "GGS")
_LEET = str.maketrans({"o": "0", "i": "1", "e": "3", "a": "4", "s": "5"})


def tag(random: np.random.Generator) -> str:
    """A gamer tag of 3 to 14 characters."""
    word = "".join(random.choice(_SYLLABLES, size=int(random.integers(2, 4))))
    pair = (str(random.choice(_FIRST)), str(random.choice(_SECOND)))
    number = int(random.integers(1, 2100))
    style = int(random.integers(0, 12))
    made = (
        word,
        word.capitalize(),
        f"{word}{number % 100}",
        "".join(pair),
        f"{pair[1]}{number}",
        f"xX{pair[1]}Xx",
        f"{pair[0].lower()}_{pair[1].lower()}",
        word.translate(_LEET),
        f"{random.choice(_CLANS)} {word.capitalize()}",
        f"{word}.{pair[1].lower()}",
        pair[1].upper(),
        f"Player{number}" if number % 2 else f"enemy{number % 30}",
    )[style]
    return made[:14]


def roster(random: np.random.Generator, count: int) -> list[str]:
    """So many different tags."""
    names: list[str] = []
    while len(names) < count:
        name = tag(random)
        if name.lower() not in {other.lower() for other in names}:
            names.append(name)
    return names


_MAKERS = ("R", "VK", "AX", "M", "KP", "Z", "TR", "S", "H", "LX")
_WORDS = {
    "Fist": (("Fists", "knife", "Melee", "Baton"), "knife"),
    "Pistol": (("Sidearm", "Pistol", "Viceroy", "9mm"), "pistol"),
    "Shotgun": (("Shotgun", "Breacher", "Pump", "Marksman Rifle", "Longbow"), "shotgun"),
    "SuperShotgun": (("Double Barrel", "Heavy Shotgun", "Twin Bore", "Auto Shotgun"), "shotgun"),
    "Chaingun": (("Assault Rifle", "LMG", "Minigun", "Carbine", "SMG"), "rifle"),
    "RocketLauncher": (("Rocket Launcher", "RPG", "Launcher", "Bazooka"), "rocket"),
    "PlasmaRifle": (("Plasma Rifle", "Pulse Gun", "Ion Carbine"), "plasma"),
    "BFG9000": (("Annihilator", "Railgun", "Ultimate"), "plasma"),
}
_SIGNS = {"Shotgun": ("shotgun", "sniper"), "Chaingun": ("rifle", "smg", "minigun"), "Pistol": ("pistol", "smg")}


def weapon_names(random: np.random.Generator) -> dict[str, tuple[str, str]]:
    """By the game's class name: what this film's HUD calls the weapon, and the sign that it draws for it."""
    names = {}
    for kind, (words, icon) in _WORDS.items():
        word = str(random.choice(words))
        if random.random() < 0.35:
            word = f"{random.choice(_MAKERS)}-{int(random.integers(2, 99))}"
        names[kind] = (word, str(random.choice(_SIGNS.get(kind, (icon,)))))
    return names


CHAT = (
    *("gg", "lol", "nice shot", "clean", "how did that miss", "W", "push now", "that was close", "wait what"),
    *("hello from Lisbon", "first time here", "what sens?", "song name?", "he is one hp", "go left", "no way"),
    *("nice kill", "kill him!!", "triple kill incoming", "eliminated by lag again", "headshot machine", "gg ez"),
    *("drop the settings pls", "new record?", "I would have died there", "my aim could never", "hi chat", "hahaha"),
)
TIPS = (
    *("Reload behind cover.", "Listen for footsteps before you open a door.", "Headshots deal double damage."),
    *("Your team can see what you ping.", "Eliminated enemies drop their ammunition.", "Crouch to steady your aim."),
    *("Kill streaks end when you die.", "Check the map before you rotate.", "Shields come back with time."),
)


def chat_line(random: np.random.Generator) -> str:
    """Something a viewer or a team mate writes."""
    return str(random.choice(CHAT))
