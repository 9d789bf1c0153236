#!/usr/bin/env python3
"""Set up and run Zhuanban from a checkout. Needs Python 3.11 or newer and nothing else.

    python3 dev.py demo [--port N ...]   a living city on an embedded database, in the browser
    python3 dev.py test [pytest options] all tests
    python3 dev.py check                 lint, types, import contracts, migrations, translations
    python3 dev.py messages              collect the texts to translate into the catalogue
    python3 dev.py shell                 a Python shell with the models
    python3 dev.py run COMMAND ...       any command of the environment (zhuanban, python, ruff, ...)
    python3 dev.py lock [--upgrade]      write requirements/*.txt anew from pyproject.toml

The first run makes the folder .venv from the locked, hashed requirements; later runs find it fresh and start at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "zhuanban.json"
NEEDS = (3, 11)
SOURCE = Path("src/zhuanban")
CATALOGUE = SOURCE / "site/locale/en/LC_MESSAGES/django.po"
FRONTEND = ("package.json", "package-lock.json", ".npmrc", "build.mjs", "icons.txt")
BUNDLE = ROOT / SOURCE / "site/static/zhuanban/app.js"
LOCK_TOOL = "uv==0.13.9"


class Failed(Exception):
    """Something went wrong that the reader can mend; the text says how."""


# ------------------------------------------------------------------------------------------------ what is there already


def digest(files: list[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes() if file.exists() else b""
        total.update(f"{file.name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def lock_file(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def project_digest() -> str:
    """Everything that the editable install is made from: metadata, build hook, front end, translations."""
    sources = sorted(file for file in (ROOT / "frontend/src").rglob("*") if file.is_file())
    catalogues = sorted((ROOT / SOURCE).glob("**/locale/*/LC_MESSAGES/*.po"))
    return digest(
        [ROOT / "pyproject.toml", ROOT / "hatch_build.py", *(ROOT / "frontend" / name for name in FRONTEND), *sources, *catalogues]
    )


def read_stamp() -> dict[str, str]:
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def venv_usable() -> bool:
    """Made here (not moved or copied), by a Python of this version that still exists."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    made = dict(line.split(" = ", 1) for line in lines if " = " in line)
    version = made.get("version", "").split(".")[:2]
    return (
        (BIN / "python").exists()
        and version == [str(part) for part in sys.version_info[:2]]
        and made.get("command", "").endswith(str(VENV))
    )


# ------------------------------------------------------------------------------------------------------------ the set-up


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def step(what: str, command: list[str | Path], hint: str = "") -> None:
    """Run a command of the set-up: one line while it works, its whole output only when it fails."""
    import subprocess

    live = sys.stderr.isatty()
    print(f"  {what} ...", end="" if live else "\n", file=sys.stderr, flush=True)
    begun = time.monotonic()
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUTF8": "1"}
    environment.pop("PIP_USER", None)
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    )
    if done.returncode:
        say("")
        raise Failed(f"{done.stdout.strip()}\n\n{what} failed (exit code {done.returncode}).{hint}")
    say(f"{chr(13) if live else ''}  {what}: {time.monotonic() - begun:.1f} s")


def find_pip(scratch: Path) -> list[str]:
    """A pip that can install into another environment (22.3 or newer): the system's, one that lies on the disk, or one fetched."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        if at_least(version("pip"), (22, 3)):
            return [sys.executable, "-m", "pip"]
    except PackageNotFoundError:
        pass
    for source in (bundled_pip, pip_from_index, pip_from_apt):
        wheel = source(scratch)
        if wheel:
            shutil.unpack_archive(wheel, scratch / "unpacked", "zip")  # runs twice as fast as from the archive
            return [sys.executable, str(scratch / "unpacked/pip")]
    raise Failed(
        "No pip found: not in this Python, not on the disk, not from the package index, not through apt-get.\n"
        "Is there a network? Otherwise install it (Debian: apt-get install python3-pip) and run this again."
    )


def at_least(version: str, least: tuple[int, int]) -> bool:
    parts = version.split(".")
    return len(parts) > 1 and all(part.isdigit() for part in parts[:2]) and (int(parts[0]), int(parts[1])) >= least


def pip_version(wheel: str) -> str:
    return wheel.rsplit("/", 1)[-1].split("-")[1]


def newest_pip(wheels: list[str]) -> str:
    """The newest suitable wheel of a list of paths or addresses, or nothing."""
    good = [wheel for wheel in wheels if at_least(pip_version(wheel), (22, 3))]
    return max(good, key=lambda wheel: [int(part) for part in pip_version(wheel).split(".") if part.isdigit()], default="")


def bundled_pip(_scratch: Path) -> str:
    """The wheel that Python itself or Debian keeps for making environments."""
    import sysconfig

    folders = (Path(sysconfig.get_path("stdlib")) / "ensurepip/_bundled", Path("/usr/share/python-wheels"))
    return newest_pip([str(wheel) for folder in folders for wheel in folder.glob("pip-*.whl")])


def indexes() -> list[str]:
    """The package indexes named in the environment or in pip's own configuration files."""
    import configparser

    names = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")
    found = [address for name in names for address in os.environ.get(name, "").split()]
    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME", home / ".config"))
    files = [
        os.environ.get("PIP_CONFIG_FILE", ""),
        home / ".pip/pip.conf",
        config / "pip/pip.conf",
        "/etc/pip.conf",
        "/etc/xdg/pip/pip.conf",
    ]
    for file in filter(None, files):
        reader = configparser.RawConfigParser(strict=False)
        try:
            reader.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeError):
            continue
        for option in ("index-url", "extra-index-url"):
            found += reader.get("global", option, fallback="").split()
    return found


def pip_from_index(scratch: Path) -> str:
    """Fetch the newest pip from a configured index; its SHA-256 stands in the index page and is checked."""
    import re
    from urllib.parse import urldefrag, urljoin
    from urllib.request import urlopen

    for index in indexes():
        page = f"{index.rstrip('/')}/pip/" + ("index.html" if index.startswith("file:") else "")
        try:
            with urlopen(page, timeout=30) as answer:
                links = re.findall(r'href="([^"]+/pip-[0-9.]+-py3-none-any\.whl#sha256=[0-9a-f]{64})"', answer.read().decode())
            if not links:
                continue
            newest = newest_pip([link.partition("#")[0] for link in links])
            address, fragment = urldefrag(urljoin(page, next(link for link in links if link.startswith(newest))))
            with urlopen(address, timeout=60) as answer:
                content = answer.read()
        except (OSError, ValueError):
            continue
        if "sha256=" + hashlib.sha256(content).hexdigest() == fragment:
            wheel = scratch / address.rsplit("/", 1)[-1]
            wheel.write_bytes(content)
            return str(wheel)
    return ""


def pip_from_apt(scratch: Path) -> str:
    """Debian's package of pip, unpacked into a temporary folder: needs no rights, only apt's lists."""
    import subprocess

    def quiet(*command: str) -> bool:
        return subprocess.run(command, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return ""
    download = ("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", "python3-pip-whl")
    if not quiet(*download) and not (os.geteuid() == 0 and quiet("apt-get", "-q", "update") and quiet(*download)):
        return ""
    if not all(quiet("dpkg-deb", "-x", str(package), str(scratch)) for package in scratch.glob("*.deb")):
        return ""
    return newest_pip([str(wheel) for wheel in scratch.glob("usr/share/python-wheels/pip-*.whl")])


def set_up(kind: str) -> None:
    """Bring .venv to the locked requirements (`prod` or `dev`, the latter a superset) and the project as it stands."""
    stamp, project = read_stamp(), project_digest()
    packages = digest([lock_file(kind)])
    usable = venv_usable()
    if usable and stamp.get(kind) == packages and stamp.get("project") == project and BUNDLE.exists():
        return
    import fcntl
    import tempfile

    with Path(__file__).open() as lock, tempfile.TemporaryDirectory(prefix="zhuanban-") as scratch:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second dev.py waits until the first has finished
        stamp, usable = read_stamp(), venv_usable()
        begun = time.monotonic()
        say("Setting up (once; later starts take no time):")
        if not usable:
            stamp = {}
            shutil.rmtree(VENV, ignore_errors=True)
            step("making the environment", [sys.executable, "-m", "venv", "--without-pip", VENV])
        pip: list[str | Path] = [*find_pip(Path(scratch)), "--python", BIN / "python", "install"]
        hint = "\nIs there a network (and ca-certificates), or a package mirror in pip's configuration?"
        if stamp.get(kind) != packages:
            count = sum("==" in line for line in lock_file(kind).read_text(encoding="utf-8").splitlines())
            step(
                f"installing {count} Python packages", [*pip, "--no-compile", "--require-hashes", "--no-deps", "-r", lock_file(kind)], hint
            )
            stamp.update({"prod": digest([lock_file("prod")]), kind: packages})
            STAMP.write_text(json.dumps({**stamp, "project": ""}), encoding="utf-8")
        if stamp.get("project") != project or not BUNDLE.exists():
            step("building the front end, installing Zhuanban", [*pip, "--no-deps", "--editable", ROOT])
        STAMP.write_text(json.dumps({**stamp, "project": project}), encoding="utf-8")
        say(f"Ready after {time.monotonic() - begun:.1f} s.")


# ---------------------------------------------------------------------------------------------------------- the commands


def replace_by(*command: str | Path) -> None:
    """Become the command: its exit code, its signals, its Ctrl-C."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(str(command[0]), [str(part) for part in command])


def environment(mode: str) -> None:
    """What the settings read, unless the caller has said otherwise."""
    os.environ.setdefault("ZHUANBAN_MODE", mode)
    os.environ.setdefault("ZHUANBAN_DATA", str(ROOT / ("var/test" if mode == "test" else "var")))
    os.environ["PYTHONUTF8"] = "1"
    os.environ["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])


def demo(arguments: list[str]) -> None:
    set_up("prod")
    environment("demo")
    replace_by(BIN / "zhuanban", "demo", *arguments)


def test(arguments: list[str]) -> None:
    set_up("dev")
    environment("test")
    os.chdir(ROOT)
    chosen = any(argument.startswith(("-n", "--numprocesses", "--pdb", "no:xdist", "-pno:xdist")) for argument in arguments)
    replace_by(BIN / "python", "-m", "pytest", *([] if chosen else ["-n", "2", "--dist", "loadfile"]), *arguments)


def shell(arguments: list[str]) -> None:
    set_up("prod")
    environment("demo")
    replace_by(BIN / "zhuanban", "shell", *arguments)


def run(arguments: list[str]) -> None:
    if not arguments:
        raise Failed("run what? For example: python3 dev.py run zhuanban newspaper")
    set_up("prod")
    environment("demo")
    command = shutil.which(arguments[0])
    if not command:
        raise Failed(
            f"{arguments[0]}: no such command, neither in .venv nor on the path. Tools of development come with: python3 dev.py test"
        )
    replace_by(command, *arguments[1:])


def check(_arguments: list[str]) -> None:
    """Everything that is checked without running a page; all parts run, and the exit code tells whether one of them failed."""
    set_up("dev")
    environment("test")
    os.chdir(ROOT)
    parts = {
        "lint": lambda: succeeds("ruff", "check", "."),
        "format": lambda: succeeds("ruff", "format", "--check", "--quiet", "."),
        "types": lambda: succeeds("mypy"),
        "contracts": lambda: succeeds("lint-imports"),
        "migrations": lambda: succeeds(
            "python", "-m", "django", "makemigrations", "--check", "--dry-run", "--settings", "zhuanban.site.settings"
        ),
        "translations": translations_complete,
    }
    results = {}
    for name, part in parts.items():
        begun = time.monotonic()
        say(f"--- {name}")
        results[name] = part()
        say(f"{name}: {'ok' if results[name] else 'FAILED'} ({time.monotonic() - begun:.1f} s)")
    if not all(results.values()):
        raise Failed("Failed: " + ", ".join(name for name, good in results.items() if not good))


def succeeds(tool: str, *arguments: str | Path) -> bool:
    import subprocess

    return subprocess.run([str(BIN / tool), *map(str, arguments)], stdout=sys.stderr).returncode == 0


def collect_messages(folder: Path) -> Path:
    """A fresh catalogue in `folder`, made from all texts of the code and templates and the translations that we have."""
    import subprocess

    if not shutil.which("xgettext"):
        raise Failed("gettext is missing (Debian: apt-get install gettext).")
    shutil.copytree(ROOT / SOURCE, folder / SOURCE.name, ignore=shutil.ignore_patterns("static", "locale", "migrations", "__pycache__"))
    catalogue = folder / "locale/en/LC_MESSAGES/django.po"
    catalogue.parent.mkdir(parents=True)
    if CATALOGUE.exists():
        shutil.copy(CATALOGUE, catalogue)
    command = [BIN / "python", "-m", "django", "makemessages", "--locale", "en", "--no-location", "--no-obsolete", "--verbosity", "0"]
    subprocess.run([str(part) for part in command], cwd=folder, check=True)
    return catalogue


def untranslated(catalogue: Path) -> str:
    """The entries without a translation or with one that gettext only guessed."""
    import subprocess

    parts = [["msgattrib", option, "--no-obsolete", "--no-wrap", str(catalogue)] for option in ("--untranslated", "--only-fuzzy")]
    return "".join(subprocess.run(part, stdout=subprocess.PIPE, text=True, check=True).stdout.partition("\n\n")[2] for part in parts)


def translations_complete() -> bool:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="zhuanban-") as folder:
        missing = untranslated(collect_messages(Path(folder)))
    if missing:
        say(missing + "\nThese texts lack a translation. Collect them with: python3 dev.py messages")
    return not missing


def messages(_arguments: list[str]) -> None:
    """Bring the catalogue up to date with the code; the translations are then written into it by hand."""
    import tempfile

    set_up("dev")
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="zhuanban-") as folder:
        fresh = collect_messages(Path(folder))
        missing = untranslated(fresh).count("\nmsgstr")
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(fresh, CATALOGUE)
    say(f"{CATALOGUE}: {missing} texts without a translation")


def lock(arguments: list[str]) -> None:
    """Resolve pyproject.toml anew. The result names packages, versions and hashes, and no address."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="zhuanban-") as scratch:
        home = Path(scratch)
        step("fetching the resolver", [*find_pip(home), "install", "--quiet", "--target", home / "tool", LOCK_TOOL])
        options = ["--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11", *arguments]
        for kind, more in (("prod", []), ("dev", ["--extra", "dev", "-c", str(lock_file("prod"))])):
            command = [str(home / "tool/bin/uv"), "pip", "compile", *options, *more, "pyproject.toml", "-o", str(lock_file(kind))]
            if subprocess.run(command, cwd=ROOT).returncode:
                raise Failed(f"No new lock for {kind}.")


COMMANDS = {"demo": demo, "test": test, "check": check, "messages": messages, "shell": shell, "run": run, "lock": lock}


def main() -> int:
    name, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("help", [])
    if sys.version_info < NEEDS:
        newer = next((found for found in (shutil.which(f"python3.{minor}") for minor in (11, 12, 13, 14)) if found), "")
        have, needs = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, NEEDS))
        raise Failed(f"Zhuanban needs Python {needs} or newer; this is {have}." + (f" Try: {newer} dev.py {name}" if newer else ""))
    if name not in COMMANDS:
        print(__doc__)
        return 0 if name in ("help", "-h", "--help") else 2
    COMMANDS[name](arguments)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as problem:
        say(str(problem))
        sys.exit(1)
    except KeyboardInterrupt:
        say("")
        sys.exit(130)
