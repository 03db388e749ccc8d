"""Turn a report into one HTML file that needs nothing else: no script, no request, every text of others isolated."""

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from skywarden.app.backtests.charts import HEIGHT, WIDTH, hits_chart, time_words
from skywarden.app.backtests.report import BacktestReport
from skywarden.app.backtests.words import bytes_text, share_text, value_text

_TEMPLATES = "templates"


def page_of(report: BacktestReport) -> str:
    """The page. Its policy allows its own style sheet, by its hash, and nothing else."""
    style = files("skywarden.app.backtests").joinpath(_TEMPLATES, "report.css").read_text(encoding="utf-8")
    templates = Environment(
        loader=PackageLoader("skywarden.app.backtests", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"bytes": bytes_text, "share": share_text, "value": value_text, "time": time_words}
    charts = {rule.rule: hits_chart(rule.series, report.since_us, report.until_us) for rule in report.rules}
    return templates.get_template("report.html").render(
        report=report,
        charts=charts,
        width=WIDTH,
        height=HEIGHT,
        style=Markup(style),  # noqa: S704  # our own file, and the only text here that is not escaped
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )
