"""Harassment: replies to hundreds of strangers, and mentions of one victim or of everybody."""

import msgspec

from skywarden.simulator.abuse.campaign import Course
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.acts import Act
from skywarden.simulator.records import RichText

MENTIONS_A_POST = 4


class ReplyFlood(msgspec.Struct, kw_only=True, tag="reply-flood"):
    """Each act answers another stranger, with a promotion or a taunt."""

    course: Course
    script: str
    bothered: set[int]

    def play(self, scene: Scene) -> Act:
        member = scene.rng.choice(self.course.members)
        parent = scene.post_of_stranger(self.bothered)
        return self.course.commit(
            member, scene.post(RichText(scene.pool.script(self.script, scene.rng)), parent=parent)
        )


class MentionBombing(msgspec.Struct, kw_only=True, tag="mention-bombing"):
    """Many accounts mention one victim, or (`victim` None) one account mentions many people."""

    course: Course
    victim: int | None
    bothered: set[int]

    def play(self, scene: Scene) -> Act:
        member = scene.rng.choice(self.course.members)
        if self.victim is not None:
            target = scene.world.register[self.victim]
            body = RichText().mention(target.handle, target.did)
            return self.course.commit(member, scene.post(body.plain(" " + scene.pool.script("taunt", scene.rng))))
        body = RichText(scene.pool.script("summon", scene.rng))
        for _ in range(MENTIONS_A_POST):
            target = scene.stranger(self.bothered)
            body.mention(target.handle, target.did)
        return self.course.commit(member, scene.post(body))
