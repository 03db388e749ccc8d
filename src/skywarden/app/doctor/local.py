"""Check what is on this machine and in its database: folder, key, tables, audit chain, rules, compiled kernels."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from skywarden.app.backend import label_key
from skywarden.app.data_folder import DataFolder
from skywarden.app.doctor.finding import Finding, doubtful, fine, unset, wrong
from skywarden.app.platform import rules_path
from skywarden.app.rule_folder import RuleFolder
from skywarden.app.stored import open_stored
from skywarden.kernel.errors import Broken, Rejected, SkywardenError
from skywarden.moderation.audit import verify_audit
from skywarden.settings import Settings
from skywarden.storage.migrate import MIGRATIONS, current_revision

_LOW_BYTES = 2_000_000_000
_OTHERS = 0o077


def check_folder(settings: Settings) -> Iterator[Finding]:
    """It exists, is ours alone, and has room."""
    folder = Path(settings.data)
    if not folder.is_dir():
        yield unset("data folder", f"{folder} is not there yet", "`skywarden up` or `skywarden serve` makes it")
        return
    if not os.access(folder, os.W_OK):
        yield wrong("data folder", f"{folder} cannot be written", f"run as its owner, or: chown -R $USER {folder}")
        return
    if folder.stat().st_mode & _OTHERS:
        yield doubtful("data folder", f"{folder} is open to other users; it holds the key", f"chmod 700 {folder}")
    free = shutil.disk_usage(folder).free
    if free < _LOW_BYTES:
        yield doubtful("data folder", f"{free / 1e9:.1f} GB free", "make room: writes stop when the disk is full")
    else:
        yield fine("data folder", f"{folder}, {free / 1e9:.0f} GB free")


def check_key(settings: Settings) -> Iterator[Finding]:
    """It can be read, by us alone."""
    folder = DataFolder(Path(settings.data))
    path = Path(settings.labeler.key_file) if settings.labeler.key_file else folder.label_key
    if not settings.labeler.key_hex and not path.exists():
        yield unset("signing key", f"{path} is not there yet", "the first start makes one; keep a copy of it")
        return
    key = label_key(settings, folder)
    if not settings.labeler.key_hex and path.stat().st_mode & _OTHERS:
        yield wrong("signing key", f"{path} can be read by other users", f"chmod 600 {path}")
    yield fine("signing key", f"{key.did_key}")


def check_database(settings: Settings) -> Iterator[Finding]:
    """It answers, and its tables are those of this version."""
    try:
        with open_stored(settings) as db:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            newest, found = ScriptDirectory.from_config(config).get_current_head(), current_revision(db)
            if found != newest:
                yield doubtful(
                    "database", f"tables of revision {found}, this version has {newest}", "the next start migrates them"
                )
            yield fine("database", f"{db.place}, revision {found}")
    except Rejected as error:
        if error.reason != "no_data":
            raise
        yield unset("database", f"nothing is stored yet ({error.place})", "the first start makes the tables")


def check_audit(settings: Settings) -> Iterator[Finding]:
    """Its chain is whole."""
    try:
        with open_stored(settings) as db:
            yield fine("audit log", f"{verify_audit(db)} changes, every hash in its place")
    except Rejected as error:
        if error.reason != "no_data":
            raise
    except Broken as error:
        yield wrong("audit log", str(error), "somebody changed the database by hand: compare with a backup")


def check_rules(settings: Settings) -> Iterator[Finding]:
    """They compile."""
    path = rules_path(settings)
    try:
        plan = RuleFolder(path, Path(settings.rules.parameters) if settings.rules.parameters else None).load()
    except SkywardenError as error:
        first = str(error).splitlines()[0]
        yield wrong("rules", first, f"skywarden rules check {path}")
        return
    yield fine("rules", f"{len(plan.rules)} rules in {path}")


def check_kernels(_settings: Settings) -> Iterator[Finding]:
    """They are compiled, so that the first start need not."""
    from skywarden import features
    from skywarden.engine import program
    from skywarden.kernel.compiled import is_cold

    if any(is_cold(Path(package.__path__[0])) for package in (features, program)):
        yield doubtful("kernels", "not compiled on this machine yet; the first start takes longer", "skywarden kernels")
    else:
        yield fine("kernels", "compiled")
