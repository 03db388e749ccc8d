"""Impersonation: an account that looks like somebody known, by handle, name and biography, writes to the fans."""

import msgspec

from skywarden.kernel.ids import Handle
from skywarden.simulator import records
from skywarden.simulator.abuse.campaign import Course
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.acts import Act, RenameAct, Write
from skywarden.simulator.records import RichText


class Impersonation(msgspec.Struct, kw_only=True, tag="impersonation"):
    """New accounts join under the look-alike name; with `disguise` an older one takes it on first."""

    course: Course
    model: int
    disguise: Handle | None
    bothered: set[int]
    renamed: bool = False

    def play(self, scene: Scene) -> Act:
        member = scene.world.register[self.course.members[0]]
        if self.disguise is not None and not self.renamed:
            self.renamed = True
            return RenameAct(member.index, self.disguise, self.course.truth)
        if self.disguise is not None:
            self.disguise = None
            return self._put_on_profile(scene)
        words = scene.pool.script("impersonate", scene.rng, handle_word=f"{member.handle}")
        parent = scene.post_of_stranger(self.bothered)
        return self.course.commit(member.index, scene.post(RichText(words), parent=parent))

    def _put_on_profile(self, scene: Scene) -> Act:
        model, member = scene.world.register[self.model], scene.world.register[self.course.members[0]]
        changed = msgspec.structs.replace(
            member, display_name=model.display_name, description=model.description, has_avatar=True
        )
        scene.world.register.put(changed)
        profile = scene.world.founding.profile(changed)
        return self.course.commit(member.index, Write("update", records.PROFILE, records.SELF, profile))
