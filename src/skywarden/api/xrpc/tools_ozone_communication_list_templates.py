"""tools.ozone.communication.listTemplates: every text for e-mails, also those that are disabled."""

from skywarden.api.method import Access, Call, query
from skywarden.api.views.templates import template_view


def _handle(call: Call[None, None]) -> object:
    return {"communicationTemplates": [template_view(one) for one in call.services.desk.templates.list()]}


METHOD = query("tools.ozone.communication.listTemplates", Access.MODERATOR, None, _handle)
