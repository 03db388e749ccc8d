"""Turn rule texts and people's consent into versions that run: draft, shadow, live, retired."""

from skywarden.moderation.releases.folder import Arrival, follow_folder, succeed
from skywarden.moderation.releases.moves import By
from skywarden.moderation.releases.releases import Moved, Releases
from skywarden.moderation.releases.rows import RuleChange, RuleVersion
from skywarden.moderation.releases.states import Action, State

__all__ = [
    "Action",
    "Arrival",
    "By",
    "Moved",
    "Releases",
    "RuleChange",
    "RuleVersion",
    "State",
    "follow_folder",
    "succeed",
]
