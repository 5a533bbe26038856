"""Three kinds of chart as SVG: bars, percentiles, and points of several series. Text stays text, so they are small."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

LEFT, RIGHT, TOP, BOTTOM = 260, 110, 62, 40
PLOT_WIDTH = 520
LINE_HEIGHT = 26
WIDTH = LEFT + PLOT_WIDTH + RIGHT

INK, FAINT, GRID = "#1f2933", "#667380", "#e4e8ec"
STYLE = "font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\""


@dataclass(frozen=True)
class Line:
    """One contender's line: a bar has one value, percentiles several in ascending order."""

    label: str
    values: list[float]
    colour: str
    spread: float = 0


def text(x: float, y: float, content: str, *, size: int = 13, colour: str = INK, anchor: str = "start") -> str:
    """A line of text; `y` is its base."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">'
        f"{escape(content)}</text>"
    )


def framed(title: str, unit: str, lines: list[Line], marks: Iterable[str]) -> str:
    """The whole picture around the marks: background, title, unit and labels."""
    height = TOP + LINE_HEIGHT * len(lines) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(title, {chr(34): "&quot;"})}" {STYLE}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<g font-weight="600">{text(16, 26, title, size=15)}</g>',
        text(16, 45, unit, size=12, colour=FAINT),
        *marks,
        *(text(LEFT - 10, middle(number) + 4.5, line.label, anchor="end") for number, line in enumerate(lines)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def middle(number: int) -> float:
    """The middle of a contender's line."""
    return TOP + LINE_HEIGHT * (number + 0.5)


def gridline(x: float, label: str, lines: int) -> str:
    """One vertical line and what it stands for."""
    bottom = TOP + LINE_HEIGHT * lines
    rule = f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="{GRID}"/>'
    return rule + text(x, bottom + 18, label, size=11, colour=FAINT, anchor="middle")


def number_text(value: float) -> str:
    """At most three digits that matter, and thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def step(span: float) -> float:
    """A round distance that divides the span into four to eight."""
    size: float = 10.0 ** math.floor(math.log10(span / 4))
    return next(size * factor for factor in (1, 2, 5, 10) if span / (size * factor) <= 8)


def bars(title: str, unit: str, lines: list[Line]) -> str:
    """A bar from zero for each contender; the whisker is the spread. Below zero there is no bar, only the number."""
    top = max([line.values[0] + line.spread for line in lines if line.values[0] > 0], default=1)
    scale = PLOT_WIDTH / top
    distance = step(top)
    marks = [
        gridline(LEFT + scale * distance * number, number_text(distance * number), len(lines))
        for number in range(int(top / distance) + 1)
    ]
    for number, line in enumerate(lines):
        y, end = middle(number), LEFT + scale * max(line.values[0], 0)
        marks.append(
            f'<rect x="{LEFT}" y="{y - 8:.1f}" width="{end - LEFT:.1f}" height="16" rx="2" fill="{line.colour}"/>'
        )
        whisker = scale * line.spread
        marks.append(
            f'<line x1="{end - whisker:.1f}" y1="{y:.1f}" x2="{end + whisker:.1f}" y2="{y:.1f}" stroke="{INK}" '
            'stroke-width="1.5"/>'
        )
        marks.append(text(end + whisker + 7, y + 4.5, number_text(line.values[0]), size=12))
    return framed(title, unit, lines, marks)


@dataclass(frozen=True)
class Logarithmic:
    """An axis of powers of ten."""

    low: int
    high: int

    @classmethod
    def over(cls, values: list[float]) -> "Logarithmic":
        """The powers around positive values."""
        return cls(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))))

    def x_of(self, value: float) -> float:
        """Where a value lies; what is below the axis lies at its beginning."""
        scale = PLOT_WIDTH / max(self.high - self.low, 1)
        return LEFT + scale * (math.log10(max(value, 10.0**self.low)) - self.low)

    def gridlines(self, lines: int) -> list[str]:
        """One for each power."""
        powers = range(self.low, self.high + 1)
        return [gridline(self.x_of(10.0**power), number_text(10.0**power), lines) for power in powers]


def percentile_lines(title: str, unit: str, lines: list[Line]) -> str:
    """A dot for each percentile of each contender, the larger the higher; the last one with its value."""
    every = [value for line in lines for value in line.values if value > 0] or [1]
    axis = Logarithmic.over(every)
    x_of, marks = axis.x_of, axis.gridlines(len(lines))
    for number, line in enumerate(lines):
        y, places = middle(number), [x_of(value) for value in line.values]
        marks.append(
            f'<line x1="{places[0]:.1f}" y1="{y:.1f}" x2="{places[-1]:.1f}" y2="{y:.1f}" stroke="{line.colour}" '
            'stroke-width="3" stroke-opacity="0.35"/>'
        )
        marks += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 + 0.8 * place:.1f}" fill="{line.colour}" stroke="#ffffff"/>'
            for place, x in enumerate(places)
        ]
        marks.append(text(places[-1] + 10, y + 4.5, number_text(line.values[-1]), size=12))
    return framed(title, unit, lines, marks)


def points(title: str, unit: str, lines: list[Line], legend: dict[str, str]) -> str:
    """A dot for each series on each line; `legend` gives the series' names and colours, in the order of the values.

    A value of zero stands for none.
    """
    axis = Logarithmic.over([value for line in lines for value in line.values if value > 0] or [1])
    marks = axis.gridlines(len(lines))
    place = LEFT + PLOT_WIDTH + RIGHT - 16.0
    for name, colour in reversed(legend.items()):
        marks.append(text(place, 45, name, size=12, colour=colour, anchor="end"))
        place -= 7.2 * len(name) + 14
    for number, line in enumerate(lines):
        y = middle(number)
        marks += [
            f'<circle cx="{axis.x_of(value):.1f}" cy="{y:.1f}" r="5" fill="{colour}" fill-opacity="0.85" '
            f'stroke="#ffffff"><title>{escape(name)}: {number_text(value)}</title></circle>'
            for value, (name, colour) in zip(line.values, legend.items(), strict=True)
            if value > 0
        ]
    return framed(title, unit, lines, marks)
