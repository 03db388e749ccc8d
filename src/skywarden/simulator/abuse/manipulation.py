"""Manipulation: follows or likes made and taken back by the hundred, and rings that repost each other's bait."""

import msgspec

from skywarden.kernel.ids import RecordKey
from skywarden.simulator import records
from skywarden.simulator.abuse.campaign import Course
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.acts import Act, Write
from skywarden.simulator.records import RichText


class FollowChurn(msgspec.Struct, kw_only=True, tag="follow-churn"):
    """Creates a handful in one commit, deletes them in the next, so that many get a notification."""

    course: Course
    collection: str
    handful: int
    standing: list[RecordKey]

    def play(self, scene: Scene) -> Act:
        if self.standing:
            gone, self.standing = self.standing, []
            return self.course.commit(
                self.course.members[0], *(Write("delete", self.collection, rkey) for rkey in gone)
            )
        writes = [self._create(scene, seen) for seen in [set[int]()] for _ in range(self.handful)]
        self.standing = [write.rkey for write in writes]
        return self.course.commit(self.course.members[0], *writes)

    def _create(self, scene: Scene, seen: set[int]) -> Write:
        now_us = scene.world.now_us
        if self.collection == records.LIKE:
            liked = scene.post_of_stranger(seen)
            return scene.world.create(records.LIKE, records.about_post(records.LIKE, liked, now_us))
        target = scene.stranger(seen)
        return scene.world.create(records.FOLLOW, records.about_account(records.FOLLOW, target.did, now_us))


class RepostRing(msgspec.Struct, kw_only=True, tag="repost-ring"):
    """The first member posts bait, all others repost it at once; then the next bait."""

    course: Course
    waiting: list[int]

    def play(self, scene: Scene) -> Act | None:
        if not self.waiting:
            self.waiting = scene.rng.sample(self.course.members[1:], len(self.course.members) - 1)
            return self.course.commit(
                self.course.members[0], scene.post(RichText(scene.pool.script("like_bait", scene.rng)))
            )
        bait = scene.world.post_by(scene.world.register[self.course.members[0]])
        member = self.waiting.pop()
        if bait is None:
            return None
        repost = records.about_post(records.REPOST, bait, scene.world.now_us)
        return self.course.commit(member, scene.world.create(records.REPOST, repost))
