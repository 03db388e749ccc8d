"""Settings to the stages that read the log at their own pace and for whom nobody waits.

They are the full-text index, and what gives new rules in shadow their past.
"""

from collections.abc import Callable
from dataclasses import dataclass

from skywarden.app.history import open_history
from skywarden.app.jobs.forget_beside import Blank
from skywarden.app.platform import Platform
from skywarden.app.stage import JOIN_S, Stage
from skywarden.engine.prime import Primer
from skywarden.search.folder import SearchFolder
from skywarden.search.follow import IndexFollower

SEARCH_LOOK_S = 0.5
"""How often the log is looked at for something to index; what was found is searchable a second later."""

PRIME_LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class Follower:
    """A stage, and what ends its work in order once the stage has stopped."""

    stage: Stage
    close: Callable[[], None]
    forget: Blank | None = None
    """Removes the content of people from what the stage keeps."""

    def stop(self) -> None:
        """End it; a step that takes longer is cut off as by a crash, which is safe."""
        self.stage.stop()
        if self.stage.join(JOIN_S):
            self.close()


def open_followers(platform: Platform, failed: Callable[[str, BaseException], None]) -> tuple[Follower, ...]:
    """Those that the settings want."""
    history = open_history(platform.backend.folder, platform.log, platform.clock)
    primer = Primer(history, platform.consumer, platform.metrics)
    priming = Stage("shadow", primer, _nothing, failed, platform.metrics, idle_s=PRIME_LOOK_S)
    if not platform.settings.search.enabled:
        return (Follower(priming, _nothing),)
    folder = SearchFolder(platform.backend.folder.search)
    index = IndexFollower(history, folder, platform.clock, platform.metrics)
    stage = Stage("search", index.step, _nothing, failed, platform.metrics, idle_s=SEARCH_LOOK_S)
    return Follower(stage, index.close, index.forget), Follower(priming, _nothing)


def _nothing() -> None:
    """Whoever searches looks at the newest commit, and the engine at what was primed."""
