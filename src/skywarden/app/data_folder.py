"""Say where in the data folder each thing is kept."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One folder holds everything the platform stores; copying it while the platform is stopped is a backup."""

    root: Path

    @property
    def log(self) -> Path:
        return self.root / "log.db"

    @property
    def history(self) -> Path:
        """The log that backfill fills; `downloads` are exports under way."""
        return self.root / "history.db"

    @property
    def downloads(self) -> Path:
        return self.root / "downloads"

    @property
    def accounts(self) -> Path:
        return self.root / "accounts.db"

    @property
    def moderation(self) -> Path:
        return self.root / "moderation.db"

    @property
    def engine(self) -> Path:
        return self.root / "engine"

    @property
    def search(self) -> Path:
        return self.root / "search"

    @property
    def label_key(self) -> Path:
        return self.root / "keys" / "label.key"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def simulator(self) -> Path:
        return self.root / "simulator"

    def make(self) -> None:
        """Create the folder and its parts, readable by the owner only."""
        for folder in (self.root, self.engine, self.label_key.parent):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
