"""Binary Microsoft Project files (MPP), read by MPXJ where the operator has installed it: a process of its own that turns them into XML.

Nothing of it is part of Zhuanban. ZHUANBAN_MPXJ names the folder with MPXJ's jar files (or one jar with everything), ZHUANBAN_JAVA the
program `java` if it is not on the path. The process gets a folder of its own, no surroundings, and limits of time, memory and file size.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from zhuanban.engines.schedules.readers.limits import MAX_BYTES

SECONDS = 120
HEAP = "768m"
MAIN_CLASSES = ("org.mpxj.sample.MpxjConvert", "net.sf.mpxj.sample.MpxjConvert")
"""The converter that comes with MPXJ, since version 14 and before."""


class NoImporter(Exception):
    """There is no MPXJ, or it did not succeed; the text says why."""


def available() -> bool:
    """Whether the operator has installed an importer."""
    return bool(os.environ.get("ZHUANBAN_MPXJ"))


def as_xml(content: bytes) -> bytes:
    """An MPP file as Microsoft Project XML. Raises NoImporter."""
    java, jars = _java(), _jars()
    with tempfile.TemporaryDirectory(prefix="zhuanban-mpp-") as name:
        folder = Path(name)
        (folder / "plan.mpp").write_bytes(content)
        said = ""
        for main_class in MAIN_CLASSES:
            said = _run([java, f"-Xmx{HEAP}", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={name}", "-cp", jars, main_class], folder)
            if (folder / "plan.xml").is_file():
                return _read(folder / "plan.xml")
            if "ClassNotFoundException" not in said:
                break
    raise NoImporter(f"MPXJ could not read the file: {said[-300:].strip() or 'it said nothing'}")


def _java() -> str:
    named = os.environ.get("ZHUANBAN_JAVA") or shutil.which("java")
    if not named:
        raise NoImporter("There is no Java. Install one, or name it in ZHUANBAN_JAVA.")
    return named


def _jars() -> str:
    told = os.environ.get("ZHUANBAN_MPXJ", "")
    if not told:
        raise NoImporter("MPP files are read by MPXJ. Install it and name its folder in ZHUANBAN_MPXJ, or save the plan as XML.")
    place = Path(told)
    if not place.exists():
        raise NoImporter(f"ZHUANBAN_MPXJ names {place}, which does not exist.")
    return str(place / "*") if place.is_dir() else str(place)


def _run(command: list[str], folder: Path) -> str:
    """What the process said; its own limits hold from its first instruction on."""
    try:
        done = subprocess.run(  # noqa: S603
            [*command, "plan.mpp", "plan.xml"],
            cwd=folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            preexec_fn=_limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoImporter(f"MPXJ did not read the file within {SECONDS} seconds.") from None
    except OSError as problem:
        raise NoImporter(f"Java cannot be started: {problem.strerror}.") from None
    return done.stdout.decode("utf-8", errors="replace")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MAX_BYTES, 2 * MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file: Path) -> bytes:
    if file.stat().st_size > MAX_BYTES:
        raise NoImporter(f"MPXJ made a file of more than {MAX_BYTES} bytes.")
    return file.read_bytes()
