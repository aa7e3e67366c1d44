"""Line charts as SVG, readable on light and dark pages."""

from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 60, 110, 40, 46
COLOURS = ("#d9480f", "#1971c2", "#e8890c", "#4dabf7")


def ticks(highest: float) -> list[float]:
    """From 0 to at least the highest, four to eight round steps."""
    step = 1.0
    while highest / step > 8:
        step *= 2.5 if str(step).startswith("2") else 2
    while highest / step < 4:
        step /= 2
    count = int(highest / step) + 1
    return [step * index for index in range(count + 1)]


def lines(
    title: str, x_label: str, y_label: str, series: dict[str, list[tuple[float, float]]], is_measured: bool = False
) -> str:
    """`is_measured` when the values along the bottom were measured, and not chosen: chosen ones are as far apart as each other."""
    places = sorted({x for points in series.values() for x, _ in points})
    if is_measured:
        places = ticks(places[-1])
    marks = ticks(max(y for points in series.values() for _, y in points))

    def across(x: float) -> float:
        share = x / places[-1] if is_measured else places.index(x) / max(1, len(places) - 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM) / marks[-1]

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        "<style>text{font:12px system-ui,sans-serif;fill:#495057}.grid{stroke:#adb5bd;stroke-opacity:.4}"
        "@media(prefers-color-scheme:dark){text{fill:#ced4da}}</style>",
        f'<text x="{LEFT}" y="20" style="font-weight:600">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text x="8" y="{TOP - 8}">{escape(y_label)}</text>',
    ]
    for mark in marks:
        parts.append(f'<path class="grid" d="M{LEFT} {up(mark):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{up(mark) + 4:.1f}" text-anchor="end">{mark:g}</text>')
    for place in places:
        parts.append(f'<text x="{across(place):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{place:g}</text>')
    ends = []
    for colour, (name, points) in zip(COLOURS, series.items()):
        path = " ".join(f"{'M' if index == 0 else 'L'}{across(x):.1f} {up(y):.1f}" for index, (x, y) in enumerate(points))
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        ends.append((up(points[-1][1]), name, colour))
    lowest = float("-inf")
    for y, name, colour in sorted(ends):
        lowest = max(y + 4, lowest + 15)
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{lowest:.1f}" style="fill:{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
