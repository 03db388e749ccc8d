"""Server-rendered pages over the services that the api uses."""

from skywarden.console.pages import make_console
from skywarden.console.view import Health, LabelView, PartView, QuarantineView, RuleView, StatusView

__all__ = ["Health", "LabelView", "PartView", "QuarantineView", "RuleView", "StatusView", "make_console"]
