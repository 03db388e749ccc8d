"""Turn a text into a near copy, and a handle or name into one that looks like it."""

from random import Random

_TAILS = ("!", "!!", ".", " 🔥", " 💯", " 🙏", " ✅", " 👀", " ...", " ‼️")
_LEADS = ("", "", "Hey! ", "psst, ", "👉 ", "NEW: ", "Hello friends. ")
_SWAPS = (("a", "а"), ("e", "е"), ("o", "о"), ("c", "с"), ("i", "і"))
_ZERO_WIDTH = "\u200b"

_HANDLE_TRICKS = (("l", "1"), ("o", "0"), ("m", "rn"), ("i", "l"), ("e", "3"), ("w", "vv"), ("a", "4"), ("s", "5"))
_HANDLE_TAILS = ("-official", "-support", "-real", "-backup", "-help", "1")


def lightly_varied(text: str, rng: Random) -> str:
    """Change a few characters: a lead-in, a tail, look-alike letters or an invisible space."""
    varied = rng.choice(_LEADS) + text + rng.choice(_TAILS)
    trick = rng.randrange(4)
    if trick == 0:
        plain, twin = rng.choice(_SWAPS)
        varied = varied.replace(plain, twin, 2)
    elif trick == 1:
        at = rng.randrange(1, len(varied))
        varied = varied[:at] + _ZERO_WIDTH + varied[at:]
    elif trick == 2:
        varied = varied.upper()
    return varied[:295]


def look_alike(label: str, rng: Random) -> str:
    """Make a handle's first label that is easily taken for `label`, and is not equal to it."""
    fitting = [(old, new) for old, new in _HANDLE_TRICKS if old in label]
    if fitting and rng.random() < 0.6:
        old, new = rng.choice(fitting)
        return label.replace(old, new, 1)
    return label + rng.choice(_HANDLE_TAILS)


def twin_name(name: str, rng: Random) -> str:
    """Make a display name that reads as `name`: equal, or with one look-alike letter."""
    plain, twin = rng.choice(_SWAPS)
    return name if rng.random() < 0.5 else name.replace(plain, twin, 1)
