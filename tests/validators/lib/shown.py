"""How a text stands in a report for people: what a terminal or a page would obey is spelt out, `\\u{1b}`."""

import unicodedata

TURNS = {0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
OTHERS = {0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF}


def is_hidden(character):
    """Whether it does something rather than stand for something."""
    return unicodedata.category(character) == "Cc" or ord(character) in TURNS or ord(character) in OTHERS


def visible(text):
    """With its line breaks and tabs."""
    return "".join(c if c in "\n\t" or not is_hidden(c) else f"\\u{{{ord(c):x}}}" for c in text)


def printable(text):
    """In one line."""
    return visible(text).replace("\n", " ").replace("\t", " ")


def hidden_in(line):
    """The first character that should have been spelt out, or None; line breaks and tabs are allowed."""
    return next((f"U+{ord(c):04X}" for c in line if c not in "\n\t" and not (" " <= c <= "~") and is_hidden(c)), None)
