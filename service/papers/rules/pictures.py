"""Small charts of a proof as SVG: plain shapes and numbers, told apart by form as well as by colour, for paper too."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 28, 40
INK, FAINT, GRID = "#1c2b33", "#54646d", "#d5dde1"
COLOURS = ("#0b5a6b", "#a34a00")
# Where the target is drawn: wide and pale beneath the forms, which lie on it.
TARGET = 'stroke="#9fb0b8" stroke-width="7" fill="none" stroke-linecap="round"'


def curves(
    abilities: Sequence[int], target: Sequence[int], forms: Mapping[str, Sequence[int]], across: str, up: str
) -> str:
    """Expected points (thousandths) of forms by ability (thousandths of a logit), over the target."""
    low, high = min(abilities), max(abilities)

    def place(ability: int, milli: int) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * (ability - low) / (high - low)
        return round(x, 1), round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - milli / 100_000), 1)

    parts = [_frame(up, [(0, "0"), (25, "25"), (50, "50"), (75, "75"), (100, "100")])]
    for ability in abilities:
        x, _ = place(ability, 0)
        parts.append(_text(x, HEIGHT - BOTTOM + 16, f"{ability / 1000:+g}" if ability else "0"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across))
    parts.append(
        f"<polyline {TARGET} points='{_points([place(*one) for one in zip(abilities, target, strict=True)])}'/>"
    )
    for number, (letter, values) in enumerate(forms.items()):
        colour, dash = COLOURS[number % 2], "" if number == 0 else ' stroke-dasharray="7 5"'
        spots = [place(*one) for one in zip(abilities, values, strict=True)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dash} points="{_points(spots)}"/>')
        parts.extend(_spot(number, x, y, colour) for x, y in spots)
        parts.append(_spot(number, LEFT + 16, TOP + 12 + 18 * number, colour))
        parts.append(_text(LEFT + 26, TOP + 16 + 18 * number, letter, anchor="start"))
    return _svg(parts)


def bars(names: Sequence[str], forms: Mapping[str, Sequence[int]], up: str) -> str:
    """Numbers of items by name, a bar for each form, its number above it."""
    most = max((one for values in forms.values() for one in values), default=1) or 1
    step = 5 if most <= 25 else 10
    top = -(-most // step) * step
    parts = [_frame(up, [(100 * mark / top, str(mark)) for mark in range(0, top + 1, step)])]
    room = (WIDTH - LEFT - RIGHT) / len(names)
    wide = min(46.0, room / (len(forms) + 1))
    for place, name in enumerate(names):
        begin = LEFT + room * place + (room - wide * len(forms)) / 2
        parts.append(_text(LEFT + room * (place + 0.5), HEIGHT - BOTTOM + 16, name))
        for number, (letter, values) in enumerate(forms.items()):
            tall = (HEIGHT - TOP - BOTTOM) * values[place] / top
            x, y = begin + wide * number, HEIGHT - BOTTOM - tall
            fill = f'fill="{COLOURS[0]}"' if number == 0 else f'fill="#fff" stroke="{COLOURS[1]}" stroke-width="2"'
            parts.append(f'<rect x="{x + 2:.1f}" y="{y:.1f}" width="{wide - 4:.1f}" height="{tall:.1f}" {fill}/>')
            parts.append(_text(x + wide / 2, y - 3, f"{letter} {values[place]}"))
    return _svg(parts)


def _frame(up: str, marks: Sequence[tuple[float, str]]) -> str:
    lines = []
    for percent, word in marks:
        y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - percent / 100)
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
        lines.append(_text(LEFT - 6, y + 4, word, anchor="end"))
    lines.append(_text(4, 12, up, anchor="start"))
    return "".join(lines)


def _spot(number: int, x: float, y: float, colour: str) -> str:
    if number == 0:
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'
    return f'<rect x="{x - 5}" y="{y - 5}" width="10" height="10" fill="none" stroke="{colour}" stroke-width="2"/>'


def _points(spots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in spots)


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="{INK}">{escape(words)}</text>'


def _svg(parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="Noto Sans SC, sans-serif">{"".join(parts)}</svg>'
    )
