"""Owners' templates: Liquid over plain data, fenced in so that no text can read, loop or grow beyond its share.

Owns parsing (cached) and rendering. No include, no loader, no attribute access, only the tags and filters listed here.
Every limit is a count, never a clock: a letter that renders once always renders. Pure.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Mapping
from datetime import date
from io import StringIO
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, Mode, RenderContext, TokenStream
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.filters import math as math_filters
from liquid.builtin.filters import misc, string
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import (
    LiquidError,
    LiquidInterrupt,
    LiquidSyntaxError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    ResourceLimitError,
    UndefinedError,
    UnknownFilterError,
)
from liquid.expression import Expression
from liquid.stringify import to_liquid_string
from liquid.token import Token
from liquid.undefined import UNDEFINED, Undefined
from liquid.utils import ReadOnlyChainMap
from markupsafe import escape

from regulars.outbox import filters as spoken
from regulars.outbox.filters import CannotSay, Context
from regulars.outbox.problems import TemplateProblem, nearest

__all__ = ["Template", "parse"]

MAX_SOURCE = 64_000  # characters of one template
MAX_TAG = 1_000  # characters of one {{ … }} or {% … %}
MAX_OUTPUT = 500_000  # characters that one template may write
MAX_LOOPED = 500_000  # characters of source that all loops together may run through
MAX_LOCALS = 50  # names made by assign and capture
MAX_LOCAL_BYTES = 20_000
MAX_NESTING = 20
MAX_DIGITS = 40


class Missing(Undefined):
    """A fact that isn't there: false in a condition, an empty list in a loop, a problem when it would be written."""

    __slots__ = ()

    def __str__(self) -> str:
        raise UndefinedError(self.hint or self.name, token=self.token)


class Page(StringIO):
    """What a template has written; refuses to grow beyond its share of characters."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def write(self, text: str, /) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise OutputStreamLimitError("the text grows too long", token=None)
        return super().write(text)


class Scope(ReadOnlyChainMap):
    """Names by layer, innermost first; looked up far more often than they are missing from one layer only."""

    def get(self, key: str, default: object = None) -> object:
        for layer in self._maps:
            if key in layer:
                return layer[key]
        return default


class Rendering(RenderContext):
    """One rendering: looks facts up in plain data only, and keeps the books of what loops and locals cost."""

    __slots__ = ("local_bytes", "looped", "reader")

    reader: Context

    def __init__(self, template: BoundTemplate, **given: Any) -> None:
        super().__init__(template, **given)
        self.scope = Scope(self.locals, self.globals, self.counters)
        self.looped = self.local_bytes = 0

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """The fact at `path`; what is absent or empty (None) is Missing."""
        root = path[0]
        found: Any = self.scope.get(root) if isinstance(root, str) else None
        for segment in path[1:]:
            if found is None:
                break
            found = _item(found, segment)
        if found is not None:
            return found
        if default is not UNDEFINED:
            return default
        name = ".".join(str(part) for part in path)
        return Missing(name, hint=name, token=token)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        """A page that counts what is written on it."""
        return Page(buf.left if isinstance(buf, Page) else MAX_OUTPUT)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """The named filter, told whom it speaks to if it speaks."""
        function = spoken.FILTERS.get(name)
        if function is None:
            return super().filter(name, token)

        def say(value: object, *arguments: object) -> object:
            if type(value) is Missing:
                if name != "hello" or value.name != "person":
                    raise UndefinedError(value.hint or value.name, token=value.token)
                value = None
            try:
                return function(value, self.reader, *arguments)
            except CannotSay as error:
                raise TemplateProblem("bad_value", str(error), line=_line(token)) from error

        return say

    def assign(self, key: str, val: Any) -> None:
        """Keep a local name, within the count and the size that all locals together may have."""
        if isinstance(val, str | list | tuple):
            self.local_bytes += sys.getsizeof(val)
        if self.local_bytes > MAX_LOCAL_BYTES or (key not in self.locals and len(self.locals) >= MAX_LOCALS):
            raise LocalNamespaceLimitError("assign and capture keep too much", token=None)
        self.locals[key] = val

    def charge(self, characters: int) -> None:
        """Count source that a loop is about to run through."""
        self.looped += characters
        if self.looped > MAX_LOOPED:
            raise LoopIterationLimitError("the loops run too long", token=None)


def _item(found: Any, segment: object) -> object:
    """One step of a path: a key of a dict, a place in a list, or size, first, last. None when there is none."""
    if type(found) is dict and segment in found:  # nearly always
        return found[segment]
    if isinstance(found, Mapping):
        key = str(segment) if isinstance(segment, int) else segment  # `slot.1`: groups are keyed by text
        if isinstance(key, str) and key in found:
            return found[key]
    elif isinstance(found, list | tuple):
        places = {"first": 0, "last": -1}
        place = places.get(segment) if isinstance(segment, str) else segment
        if isinstance(place, int) and -len(found) <= place < len(found):
            return found[place]
    if segment == "size" and isinstance(found, str | list | tuple | dict):
        return len(found)
    return None


class FencedOutput(output.OutputNode):
    """Writes one value; a group of fields, a list or a moment has no writing of its own and needs its filter."""

    __slots__ = ("name",)

    name: list[object] | None
    """A bare name such as `order.number`, as most are: looked up without asking each of its parts what it is."""

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        self.name = None
        if isinstance(expression, FilteredExpression) and not expression.filters and isinstance(expression.left, Path):
            parts = expression.left.path
            self.name = list(parts) if all(isinstance(part, str) for part in parts) else None

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        name = self.name
        value = self.expression.evaluate(context) if name is None else context.get(name, token=self.expression.token)
        if not isinstance(value, str):
            if isinstance(value, Mapping | list | tuple | range | date) and not isinstance(value, Undefined):
                raise TemplateProblem(
                    "bad_value",
                    f"'{self.expression}' cannot be written as it is",
                    line=_line(self.token),
                    mend="Use a filter: money, time, date, window, hello; or name a field of it",
                )
            value = to_liquid_string(value, context.autoescape)
        elif context.autoescape:
            value = escape(value)
        return buffer.write(value)


class FencedOutputTag(output.Output):
    node_class = FencedOutput


class FencedFor(for_tag.ForNode):
    """A loop that says what it will cost before it runs."""

    __slots__ = ("weight",)

    weight: int

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, Rendering)
        _, length = self.expression.evaluate(context)
        context.charge(self.weight * length)
        return super().render_to_output(context, buffer)


class FencedForTag(for_tag.ForTag):
    node_class = FencedFor

    def parse(self, stream: TokenStream) -> Node:
        start = stream.current.start_index
        node = super().parse(stream)
        assert isinstance(node, FencedFor)
        node.weight = max(1, stream.current.start_index - start)
        return node


class FencedTemplate(BoundTemplate):
    context_class = Rendering


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """An arithmetic filter whose result stays a number that fits on a line."""

    @functools.wraps(function)
    def wrapped(value: object, *arguments: object) -> object:
        if isinstance(value, Undefined):
            str(value)
        found = function(value, *arguments)
        if abs(found) >= 10**MAX_DIGITS:
            raise ResourceLimitError("a number of more than forty digits", token=None)
        return found

    return wrapped


_FILTERS: dict[str, Callable[..., Any]] = {
    "default": misc.default,
    "size": misc.size,
    "upcase": string.upcase,
    "downcase": string.downcase,
    "capitalize": string.capitalize,
    "strip": string.strip,
    "slice": string.slice_,
    "truncate": string.truncate,
    "append": string.append,
    "prepend": string.prepend,
    "plus": _bounded(math_filters.plus),
    "minus": _bounded(math_filters.minus),
    "times": _bounded(math_filters.times),
    "divided_by": _bounded(math_filters.divided_by),
    "at_least": _bounded(math_filters.at_least),
    "at_most": _bounded(math_filters.at_most),
}
_TAGS = (
    content.Literal,
    FencedOutputTag,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    FencedForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
)
FILTER_NAMES = frozenset(_FILTERS) | frozenset(spoken.FILTERS)
TAG_NAMES = frozenset(tag.name for tag in _TAGS[3:]) | {"elsif", "else", "when", "#"}
_ENDS = frozenset("end" + name for name in ("if", "unless", "case", "for", "capture", "comment"))


class Fenced(Environment):
    """The one kind of Liquid that runs here; two of it exist, for text and for HTML."""

    template_class = FencedTemplate
    block_nesting_limit = MAX_NESTING
    context_depth_limit = MAX_NESTING + 5
    shorthand_indexes = True

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register the listed tags and filters, nothing else."""
        for tag in _TAGS:
            self.add_tag(tag)
        self.filters.update(_FILTERS)
        # Rendering.filter binds the speaking filters to their reader; the parser only asks whether a name exists.
        self.filters.update(spoken.FILTERS)


_TEXT = Fenced(tolerance=Mode.STRICT, undefined=Missing, strict_filters=True)
_HTML = Fenced(tolerance=Mode.STRICT, undefined=Missing, strict_filters=True, autoescape=True)

_OPENING = re.compile(r"\{\{|\{%")
_TAG_NAME = re.compile(r"-?\s*(\w+|#)")


class Template:
    """A parsed template. `render(facts, context)` may be called any number of times, by any thread."""

    __slots__ = ("html", "parsed", "source", "still")

    def __init__(self, source: str, parsed: BoundTemplate, *, html: bool) -> None:
        self.source, self.parsed, self.html = source, parsed, html
        still = all(type(node) is content.ContentNode for node in parsed.nodes)
        self.still = "".join(str(node) for node in parsed.nodes) if still else None  # the same for every reader

    def render(self, facts: Mapping[str, Any], context: Context) -> str:
        """Write the template for one reader. Raises TemplateProblem; `facts` is nested plain data."""
        if self.still is not None:
            return self.still
        rendering = Rendering(self.parsed, globals={"greeting": spoken.greeting(context), **facts})
        rendering.reader = context
        buffer = rendering.get_buffer()
        try:
            self._write(rendering, buffer)
        except TemplateProblem:
            raise
        except UndefinedError as error:
            raise _missing(error) from error
        except LiquidError as error:
            raise _problem(error, self.source) from error
        except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise TemplateProblem("bad_value", "a value cannot be written as the template asks") from error
        return buffer.getvalue()

    def _write(self, rendering: Rendering, buffer: StringIO) -> None:
        """What the library's `render_with_context` does for a template that no other includes."""
        for node in self.parsed.nodes:
            try:
                node.render_to_output(rendering, buffer)
            except LiquidInterrupt as error:
                raise LiquidSyntaxError(f"unexpected '{error}'", token=node.token) from error
            except LiquidError as error:
                error.token = error.token or node.token
                raise


@functools.lru_cache(maxsize=2048)
def parse(source: str, *, html: bool = False) -> Template:
    """Parse a template, or give the one parsed before. `html`: values are escaped. Raises TemplateProblem."""
    _precheck(source)
    environment = _HTML if html else _TEXT
    try:
        parsed = environment.from_string(source)
    except LiquidError as error:
        raise _problem(error, source) from error
    for name, spans in parsed.analyze(include_partials=False).filters.items():
        if name not in FILTER_NAMES:
            raise TemplateProblem(
                "unknown_filter",
                f"there is no filter '{name}'",
                line=source.count("\n", 0, spans[0].index) + 1,
                mend=f"Filters: {', '.join(sorted(FILTER_NAMES))}",
                did_you_mean=nearest(name, FILTER_NAMES),
                params={"filter": name},
            )
    return Template(source, parsed, html=html)


def _precheck(source: str) -> None:
    """Refuse what would make the lexer slow or hide a tag: sizes, unclosed tags, tags that are not on the list."""
    if len(source) > MAX_SOURCE:
        raise TemplateProblem("too_much", f"the text has {len(source)} characters, {MAX_SOURCE} are the limit")
    at = 0
    while opening := _OPENING.search(source, at):
        start = opening.end()
        close = "}}" if opening.group() == "{{" else "%}"
        end = source.find(close, start)
        line = source.count("\n", 0, start) + 1
        if end < 0:
            raise TemplateProblem(
                "syntax", f"'{opening.group()}' is never closed", line=line, mend=f"Write '{close}' after it"
            )
        if end - start > MAX_TAG or re.search(r"\s{100}", source[start:end]):
            raise TemplateProblem("too_much", f"a tag has more than {MAX_TAG} characters", line=line)
        name = _TAG_NAME.match(source, start)
        if close == "%}" and name and name.group(1) not in TAG_NAMES | _ENDS:
            raise TemplateProblem(
                "unknown_tag",
                f"there is no tag '{name.group(1)}'",
                line=line,
                mend=f"Tags: {', '.join(sorted(TAG_NAMES - {'#'}))}",
                did_you_mean=nearest(name.group(1), TAG_NAMES | _ENDS),
                params={"tag": name.group(1)},
            )
        at = end + 2


def _line(token: Token | None) -> int:
    if token is None or token.start_index < 0:
        return 0
    return token.source.count("\n", 0, token.start_index) + 1


def _missing(error: UndefinedError) -> TemplateProblem:
    name = str(error.message).strip("'")
    return TemplateProblem(
        "missing_value",
        f"there is no '{name}' for this reader",
        line=_line(error.token),
        mend=f"Put what needs it between {{% if {name} %}} and {{% endif %}}",
        params={"field": name},
    )


def _problem(error: LiquidError, source: str) -> TemplateProblem:
    message = str(error.message or "the template cannot be read").strip()
    line = _line(error.token)
    if isinstance(error, ResourceLimitError):
        return TemplateProblem("too_much", message, line=line, mend="Make the text shorter or loop over fewer things")
    if isinstance(error, UnknownFilterError):
        return TemplateProblem("unknown_filter", message, line=line)
    if isinstance(error, LiquidSyntaxError):
        return TemplateProblem("syntax", message, line=line or min(1, len(source)))
    return TemplateProblem("bad_value", message, line=line)
