"""A platform that has seen some abuse, and the services that say why it did what it did."""

from dataclasses import dataclass
from pathlib import Path

from chain import Chain
from skywarden.app.why import Replayed, ReplayService, RuleTexts
from skywarden.app.why.targets import every_decision, target_of_decision
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.model.history import EventHistory
from skywarden.model.log_history import LogHistory
from skywarden.moderation.evidence import Evidence
from skywarden.rules import RuleFile, Sets
from skywarden.rules.folder import Sources
from skywarden.storage import Database

RULES = '''
MOST = 2


@rule(
    on=post.created,
    then=[
        label(post, "spam", expires=7 * days),
        tag(author, "often", every=10 * minutes),
        report(author, reason="spam"),
    ],
    limit=per_hour(6),
)
def often():
    """{author.did} said it {times} times."""
    times = count(by=[author.did, post.text], over=1 * hour)
    return times > MOST and not contains(post.text, "sorry")


@rule(on=post.created, then=takedown(author, policy="no-threats", expires=3 * days), limit=per_day(9))
def threat():
    """{author.did} threatened."""
    return contains(post.text, "threat")


@rule(on=moderation.happened, then=comment(author, "watched"))
def noted():
    """A tag was added by a rule."""
    return moderation.event == "modEventTag"
'''


@dataclass(slots=True)
class Seen:
    """The platform and what explains it."""

    chain: Chain
    snapshots: SnapshotFolder

    @property
    def database(self) -> Database:
        return self.chain.database

    @property
    def history(self) -> EventHistory:
        return LogHistory(self.chain.log)

    @property
    def texts(self) -> RuleTexts:
        text = f'"""Rules."""\nfrom skywarden.lang import *\n\n{self.chain.rules}'
        return RuleTexts(self.database, lambda: Sources((RuleFile("rules.py", text),), Sets({}), ()))

    def replay_all(self, history: EventHistory | None = None, texts: RuleTexts | None = None) -> list[Replayed]:
        """Every decision made again."""
        service = ReplayService(history or self.history, texts or self.texts, self.snapshots)
        with self.database.read() as tx:
            evidence = Evidence(tx)
            targets = [target_of_decision(evidence, number) for number in every_decision(evidence)]
            return list(service.replay(tx, targets))


def live_through(folder: Path, database: Database) -> None:
    """Some accounts post, some of it again and again; days pass."""
    chain = Chain(folder, database, RULES)
    for number in range(15):
        chain.post(f"did:plc:{'abc'[number % 3]}", ["buy now", "hello", "sorry"][number % 3])
        chain.wait(60)
    chain.post("did:plc:d", "a threat")
    chain.consumer.write_snapshot()
    chain.wait(4 * 86_400)
    chain.close()


def open_seen(folder: Path, database: Database) -> Seen:
    """The platform of a folder that was lived through."""
    return Seen(Chain(folder, database, RULES), SnapshotFolder(folder / "engine"))
