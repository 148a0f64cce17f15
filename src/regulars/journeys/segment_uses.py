"""Which schemes wait for a segment: read from their texts, which name it after `enters` or `leaves`."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

__all__ = ["segment_uses"]

_WAITS = re.compile(r"""\b(?:enters|leaves|segment)\b\s*(?::|==)\s*["']?([a-z][a-z0-9-]*)""")


def segment_uses(texts: Mapping[str, str]) -> dict[str, Sequence[str]]:
    """By the segment's name, the names of the schemes among these texts that wait for it, in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    for scheme, text in texts.items():
        for name in sorted(set(_WAITS.findall(text))):
            found[name].append(scheme)
    return dict(found)
