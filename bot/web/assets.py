"""Copies the few files that the pages need from ``node_modules`` to ``static/vendor`` (run after ``npm ci``)."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.settings import ROOT

VENDOR = Path(__file__).resolve().parent / "static" / "vendor"

#: Where each file comes from (in ``node_modules``), and what it is called here. Licences travel along.
_FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "@fontsource-variable/noto-sans/files/noto-sans-latin-wght-normal.woff2": "noto-sans-latin.woff2",
    "@fontsource-variable/noto-sans/files/noto-sans-latin-ext-wght-normal.woff2": "noto-sans-latin-ext.woff2",
    "@fontsource-variable/noto-sans/files/noto-sans-cyrillic-wght-normal.woff2": "noto-sans-cyrillic.woff2",
    "@fontsource-variable/noto-sans/LICENSE": "noto-sans.LICENSE",
    "@utrecht/button-css/LICENSE.md": "utrecht.LICENSE.md",
}
_UTRECHT = ("alert", "button", "link", "skip-link", "table", "textarea", "textbox")


class AssetsMissing(RuntimeError):
    """A file is not in ``node_modules``: ``npm ci`` has not run, or a package changed its layout."""


def build_assets(node_modules: Path = ROOT / "node_modules", target: Path = VENDOR) -> list[Path]:
    """Copy the files and return them. Raises ``AssetsMissing``; an earlier copy then stays as it was."""
    sources = {node_modules / source: target / name for source, name in _FILES.items()}
    styles = [node_modules / "@utrecht" / f"{name}-css" / "dist" / "index.min.css" for name in _UTRECHT]
    missing = [str(path) for path in (*sources, *styles) if not path.is_file()]
    if missing:
        raise AssetsMissing(f"run `npm ci` first; missing: {', '.join(missing)}")
    target.mkdir(parents=True, exist_ok=True)
    for source, copy in sources.items():
        shutil.copyfile(source, copy)
    bundle = target / "utrecht.css"
    bundle.write_text("\n".join(path.read_text("utf-8") for path in styles), "utf-8")
    return [*sources.values(), bundle]


if __name__ == "__main__":
    print(f"{len(build_assets())} files in {VENDOR}")
