"""Turn the catalogue of jobs into a page: what each reads, writes, marks, and by which limits."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from skywarden.warehouse.jobs.catalog import JOBS
from skywarden.warehouse.jobs.contract import WarehouseJob


def jobs_page(made: str) -> str:
    """The page, with the note on how it is made."""
    lines = ["# Detection jobs\n", made, "See [how to use them](../how-to/detection-jobs.md).\n"]
    for job in JOBS:
        lines += _job(job)
    return "\n".join(lines).rstrip() + "\n"


def _job(job: WarehouseJob) -> Iterator[str]:
    yield f"## {job.name}\n"
    yield f"Each {job.grain}: {job.does}.\n"
    for one in job.reads:
        back = f"{one.windows} {job.grain}s" if one.windows > 1 else f"1 {job.grain}"
        yield f"- reads `{one.table}` ({', '.join(one.columns)}), {back}"
    if job.finding is not None:
        yield f"- tags accounts `{job.finding.tag}` for {job.finding.hours} h, at most {job.finding.most:,} a run"
    if job.collection is not None:
        yield f"- keeps the set `{job.collection.name}`: {job.collection.about}"
    limits = ", ".join(_limits(job.parameters))
    if limits:
        yield f"- limits: {limits}"
    yield ""
    for out in job.writes:
        yield f"`{out.table}`: {out.about}\n"
        yield "| column | type |\n|---|---|"
        for field in out.schema:
            yield f"| `{field.name}` | {field.type} |"
        yield ""


def _limits(parameters: object) -> Iterator[str]:
    if is_dataclass(parameters) and not isinstance(parameters, type):
        for field in fields(parameters):
            yield f"{field.name} {getattr(parameters, field.name)}"
