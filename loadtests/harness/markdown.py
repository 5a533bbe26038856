"""Tables as Markdown has them, and figures as tables show them."""

from harness.summary import Figure


def cell(figure: Figure | None, scale: float = 1) -> str:
    """The figure divided by `scale`: three digits or all before the point, and as many of the spread."""
    if figure is None:
        return "-"
    median, deviation = figure.median / scale, figure.deviation / scale
    whole = median.is_integer() and deviation.is_integer()
    digits = 0 if whole or median >= 100 else 1 if median >= 10 else 2
    spread = f" +- {deviation:.{digits}f}" if deviation else ""
    return f"{median:.{digits}f}{spread}"


def table(header: list[str], lines: list[list[str]], *, is_text: bool = False) -> str:
    """A table; all columns but the first are numbers, unless it `is_text`. Short lines are filled up."""
    rule = ["---", *["---" if is_text else "--:"] * (len(header) - 1)]
    filled = [line + [""] * (len(header) - len(line)) for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *filled])


def no_figure(reason: str) -> str:
    """Why a line has no figures. The first line says what happened; the rows have all of it."""
    return "no figure: " + reason.partition("\n")[0].replace("|", "/")
