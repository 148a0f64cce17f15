"""The places of a scheme's map: where each node and each line goes, in pixels, y downwards.

Owns the layout and nothing of what is written: Graphviz gives places only, the template draws. The main road goes
straight down in the first column, what branches off begins on the same height to the right.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pygraphviz

__all__ = ["GOAL", "HOLD", "START", "Line", "Picture", "Plan", "Road", "lay_out", "text_width"]

START, HOLD, GOAL = "+start", "+hold", "+goal"
"""Nodes that aren't steps; no step's name has a plus. The end of a step's road is `+end:step`."""
STEP = (216.0, 54.0)
PILL = (216.0, 40.0)
END_HEIGHT = 26.0
LINE_HEIGHT = 16
EDGE = 12.0
PILL_ABOVE = 12.0
BESIDE = 9.0
_lock = threading.Lock()  # Graphviz keeps state of its own


@dataclass(frozen=True, slots=True)
class Road:
    """A line from node to node; `words` stand in it, one a line."""

    tail: str
    head: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be laid out. `steps` in the order of the file, the first is where everybody enters; `roads` of each step
    with its main one first; `ends`: width of the end after a step."""

    steps: tuple[str, ...]
    roads: tuple[Road, ...]
    ends: tuple[tuple[str, float], ...] = ()
    hold: tuple[str, ...] = ()
    has_hold: bool = False
    has_goal: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its middle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """The left edge."""
        return self.x - self.width / 2

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y - self.height / 2

    def meets(self, other: "Box", gap: float = 0) -> bool:
        """Whether the two overlap, or come nearer than the gap."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + gap
            and abs(self.y - other.y) < (self.height + other.height) / 2 + gap
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A road as drawn: `path` is SVG's, `label` the place of its words (None without any), `middle` a place in it or beside
    its words."""

    tail: str
    head: str
    path: str
    words: tuple[str, ...]
    label: Box | None
    middle: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole: its left edge and size (the upper edge is 0), a box a node, a line a road."""

    left: float
    width: float
    height: float
    boxes: dict[str, Box]
    lines: tuple[Line, ...]


@lru_cache(maxsize=256)
def lay_out(plan: Plan) -> Picture:
    """The places; the same plan is laid out once a process."""
    with _lock:
        graph = pygraphviz.AGraph(string="\n".join(_dot(plan)))
        try:
            graph.layout("dot")
            return _read(graph, plan)
        finally:
            graph.close()


# the question to Graphviz


def _dot(plan: Plan) -> Iterator[str]:
    column = _columns(plan)
    heads = _heads(plan, column)
    ends = dict(plan.ends)
    yield "digraph {"
    yield "graph [rankdir=TB, splines=spline, ordering=out, nodesep=0.95, ranksep=0.55];"
    yield f'node [shape=box, fixedsize=true, label="", width={STEP[0] / 72}, height={STEP[1] / 72}];'
    yield "edge [arrowhead=none];"
    yield f"{_quoted(START)} [{_size(*PILL)}, group=c0];"
    yield f"{_quoted(START)} -> {_quoted(plan.steps[0])} [weight=20];"
    for name in plan.steps:
        yield f"{_quoted(name)} [group=c{column[name]}];"
    if plan.has_hold:
        yield f"{_quoted(HOLD)} [{_size(*PILL)}]; {_level(START, HOLD)}"
        yield f"{_quoted(START)} -> {_quoted(HOLD)} [{_label(plan.hold)}];"
    for name, width in ends.items():
        group = f", group=c{column[name]}" if not _has_other_way(plan, name) else ""
        yield f"{_quoted(_end_of(name))} [{_size(width, END_HEIGHT)}{group}];"
        if not group:
            yield _level(name, _end_of(name))
    for head, tail in heads.items():
        yield _level(tail, head)
    for road in plan.roads:
        yield f"{_quoted(road.tail)} -> {_quoted(road.head)} [{_label(road.words)} {_ports(plan, road, column, heads)}];"
    yield "}"


def _end_of(name: str) -> str:
    return f"+end:{name}"


def _has_other_way(plan: Plan, name: str) -> bool:
    return sum(road.tail == name for road in plan.roads) > 1


def _columns(plan: Plan) -> dict[str, int]:
    """The column of each step: the main road is 0, and each chain that branches off has its own."""
    onward: dict[str, list[str]] = {name: [] for name in plan.steps}
    for road in plan.roads:
        if road.head in onward:
            onward[road.tail].append(road.head)
    column: dict[str, int] = {}
    for number, first in enumerate(plan.steps):
        at: str | None = first
        while at is not None and at not in column:
            column[at] = number
            # the main road keeps to the first way; a side chain takes whatever is still free
            free = [name for name in onward[at] if name not in column]
            at = (onward[at][0] if onward[at] else None) if number == 0 else (free[0] if free else None)
    return column


def _heads(plan: Plan, column: dict[str, int]) -> dict[str, str]:
    """First step of a side chain → the step that it branches off from, on whose height it stands."""
    order = {name: at for at, name in enumerate(plan.steps)}
    found: dict[str, str] = {}
    begun = {0}
    for name in plan.steps:
        for road in plan.roads:
            side = column.get(road.head, 0)
            if road.tail == name and side not in begun and side != column[name] and order[road.head] > order[name]:
                begun.add(side)
                found[road.head] = name
    return found


def _ports(plan: Plan, road: Road, column: dict[str, int], heads: dict[str, str]) -> str:
    """How strongly the road is kept straight, and at which sides it leaves and enters."""
    if road.head not in column:
        return "weight=1"
    tail, head = column[road.tail], column[road.head]
    if tail == head:
        return f"weight={20 if tail == 0 else 10}"
    order = plan.steps.index
    if head < tail and order(road.head) > order(road.tail):
        goes_down = any(
            column.get(r.head) == tail and order(r.head) > order(road.tail) for r in plan.roads if r.tail == road.tail
        )
        # the left side of what begins a chain is taken by the road that comes in
        side = "" if goes_down and road.tail in heads else f"tailport={'w' if goes_down else 's'}"
        return f"weight=1 {side} headport=e" if side else "weight=1"
    return "weight=1"


def _level(*names: str) -> str:
    return "{rank=same; " + "; ".join(_quoted(n) for n in names) + "}"


def _size(width: float, height: float) -> str:
    return f"width={width / 72:.4f}, height={height / 72:.4f}"


def _label(words: Sequence[str]) -> str:
    """Room for the words; the words themselves are none of Graphviz's business."""
    if not words:
        return ""
    width, height = _label_size(words)
    return (
        'label=<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE"'
        f' WIDTH="{round(width)}" HEIGHT="{round(height)}"><TR><TD></TD></TR></TABLE>>'
    )


def _label_size(words: Sequence[str]) -> tuple[float, float]:
    return max(text_width(w, 11) for w in words) + 12, LINE_HEIGHT * len(words)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "").replace('"', "") + '"'


# its answer


def _read(graph: "pygraphviz.AGraph", plan: Plan) -> Picture:
    _, _, _, height = (float(v) for v in graph.graph_attr["bb"].split(","))
    boxes: dict[str, Box] = {}
    for node in graph.nodes():
        x, y = (float(v) for v in node.attr["pos"].split(","))
        boxes[str(node)] = Box(x, height - y, float(node.attr["width"]) * 72, float(node.attr["height"]) * 72)
    lines: list[Line] = []
    # the pill with the number of those who wait stands on a node's upper edge
    taken = [Box(b.x, b.y - PILL_ABOVE / 2, b.width, b.height + PILL_ABOVE) for b in boxes.values()]
    points: list[tuple[float, float]] = []
    for road in (Road(START, plan.steps[0]), *([Road(START, HOLD, plan.hold)] if plan.has_hold else []), *plan.roads):
        edge = graph.get_edge(road.tail, road.head)
        spline = [_point(p, height) for p in edge.attr["pos"].split() if p[0] not in "se"]
        sampled = list(_sampled(spline))
        points += sampled
        label = None
        if road.words:
            place = _point(edge.attr["lp"], height) if edge.attr["lp"] else sampled[len(sampled) // 2]
            label = _label_box(road.words, place, sampled, taken)
            taken.append(label)
        middle = (label.left + label.width + BESIDE, label.y) if label else sampled[len(sampled) // 2]
        lines.append(Line(road.tail, road.head, _svg(spline), road.words, label, middle))
    if plan.has_goal:
        boxes[GOAL] = _goal(boxes, points, [line.label for line in lines if line.label])
    return _moved(boxes, lines, points)


def _point(text: str, height: float) -> tuple[float, float]:
    x, y = text.split(",")
    return float(x), height - float(y)


def _svg(spline: Sequence[tuple[float, float]]) -> str:
    first, *others = (f"{x:.1f} {y:.1f}" for x, y in spline)
    return f"M{first}C{' '.join(others)}"


def _sampled(spline: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Points along the Bézier curves."""
    for at in range(0, len(spline) - 3, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = spline[at : at + 4]
        for step in range(13):
            t = step / 12
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            yield a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy


def _label_box(
    words: Sequence[str], place: tuple[float, float], sampled: Sequence[tuple[float, float]], taken: Sequence[Box]
) -> Box:
    """In the line, as near as may be to where Graphviz kept room; beside it where nothing in the line is free."""
    width, height = _label_size(words)
    x, y = place
    for px, py in sorted(sampled, key=lambda p: (p[0] - x) ** 2 + (p[1] - y) ** 2):
        inline = Box(px, py, width, height)
        if not any(inline.meets(b, 2) for b in taken):
            return inline
    return Box(x, y, width, height)


def _goal(boxes: dict[str, Box], points: Sequence[tuple[float, float]], labels: Sequence[Box]) -> Box:
    """The goal stands at the lower right where there is room, else below everything."""
    right = max(b.left + b.width for b in boxes.values())
    bottom = max(b.top + b.height for b in boxes.values())
    wanted = Box(max(right, PILL[0] * 2) - PILL[0] / 2, bottom - PILL[1] / 2, *PILL)
    crossed = any(wanted.meets(Box(x, y, 0, 0), EDGE) for x, y in points)
    if crossed or any(wanted.meets(b, EDGE) for b in [*boxes.values(), *labels]):
        return Box(wanted.x, bottom + PILL[1] / 2 + 24, *PILL)
    return wanted


def _moved(boxes: dict[str, Box], lines: Sequence[Line], points: Sequence[tuple[float, float]]) -> Picture:
    """The size that holds everything."""
    all_boxes = [*boxes.values(), *(line.label for line in lines if line.label)]
    width = max([*(b.left + b.width for b in all_boxes), *(x for x, _ in points)])
    height = max([*(b.top + b.height for b in all_boxes), *(y for _, y in points)])
    left = min([*(b.left for b in all_boxes), *(x for x, _ in points)])
    return Picture(left, width - left, height, boxes, tuple(lines))


# how wide words are, in Inter

_NARROW = frozenset("iljtfrI.,:;'|!()[]/ ·-\u00a0")
_WIDE = frozenset("mwMWЖШЩЮФМЫжшщюфмы@%—")


def text_width(text: str, size: float) -> float:
    """About how many pixels a text takes; Inter's letters by three widths, a little on the safe side."""
    em = sum(0.33 if c in _NARROW else 0.88 if c in _WIDE else 0.7 if c.isupper() else 0.56 for c in text)
    return em * size
