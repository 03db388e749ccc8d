"""What a team keeps at hand beside its decisions: members, templates, sets, options, safe links, verifications.

Every change is a transaction of its own with its row in the audit chain, before and after. Nothing here decides on a
subject, and nothing here reaches the network.
"""

from dataclasses import dataclass

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did
from skywarden.moderation.desk.claims import ClaimService
from skywarden.moderation.desk.options import OptionService
from skywarden.moderation.desk.safelinks import SafelinkService
from skywarden.moderation.desk.sessions import SessionLimits, SessionService
from skywarden.moderation.desk.sets import SetService
from skywarden.moderation.desk.team import TeamService
from skywarden.moderation.desk.templates import TemplateService
from skywarden.moderation.desk.verifications import VerificationService
from skywarden.storage import Database

__all__ = ["Desk", "open_desk"]


@dataclass(frozen=True, slots=True)
class Desk:
    """The services over one database."""

    team: TeamService
    templates: TemplateService
    sets: SetService
    options: OptionService
    safelinks: SafelinkService
    verifications: VerificationService
    sessions: SessionService
    claims: ClaimService


def open_desk(db: Database, clock: Clock, service: Did, sessions: SessionLimits | None = None) -> Desk:
    """Make the services; `service` is the labeler's own account."""
    return Desk(
        team=TeamService(db, clock, service),
        templates=TemplateService(db, clock),
        sets=SetService(db, clock),
        options=OptionService(db, clock, service),
        safelinks=SafelinkService(db, clock),
        verifications=VerificationService(db, clock),
        sessions=SessionService(db, clock, sessions),
        claims=ClaimService(db, clock),
    )
