"""Server-rendered pages over the services that the api uses."""

from skywarden.console.app import make_console
from skywarden.console.view import Health, JobView, LabelView, PartView, QuarantineView, RuleView, StatusView

__all__ = ["Health", "JobView", "LabelView", "PartView", "QuarantineView", "RuleView", "StatusView", "make_console"]
