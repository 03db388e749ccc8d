"""`skywarden bench detect`: precision and recall of a rule set on simulated abuse, and its hits on real posts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # the engine's and the simulator's imports are heavy, and --help must be quick
    from skywarden.bench.detect import DetectFigures, PostsReview
    from skywarden.bench.detect.job_score import JobFigures

LEAST_PRECISION = 0.97
LEAST_RECALL = 0.90
POSTS_A_HIT = 500

_RULES = typer.Argument(help="Folder of rules; without: the rule set that is shipped.", show_default=False)
_SEEDS = typer.Option(help="Networks to live through, one a seed.")
_HOURS = typer.Option(help="Simulated hours of each network, the first of them before it goes live.", min=1.5)
_PEOPLE = typer.Option(help="Ordinary accounts of each network.")
_RATE = typer.Option(help="Events a second.")
_SHARE = typer.Option(help="Share of abusive acts, 0 to 1.")
_SLICE = typer.Option(help="Seconds of event time after which accounts that acted are looked up.")
_POSTS = typer.Option(
    help="Real posts as Jetstream lines, a file or a folder: list every hit on them.", show_default=False
)
_KEEP = typer.Option(help="Folder that keeps the simulated histories for the next run.", show_default=False)
_JOBS = typer.Option(help="Also run the jobs over the warehouse on ten days of a smaller network a seed.")
_CHECK = typer.Option("--check", help="Exit code 1 when a figure is below what is promised.")


def detect(
    rules: Annotated[Path | None, _RULES] = None,
    seeds: Annotated[str, _SEEDS] = "1,2,3",
    hours: Annotated[float, _HOURS] = 6.0,
    people: Annotated[int, _PEOPLE] = 4_000,
    rate: Annotated[float, _RATE] = 3.0,
    abuse_share: Annotated[float, _SHARE] = 0.06,
    slice_s: Annotated[float, _SLICE] = 10.0,
    posts: Annotated[Path | None, _POSTS] = None,
    keep: Annotated[Path | None, _KEEP] = None,
    jobs: Annotated[bool, _JOBS] = True,
    check: Annotated[bool, _CHECK] = False,
) -> None:
    """Measure what a rule set finds on simulated abuse and does to real posts; the last line is JSON."""
    # Imported here: the engine and the simulator are slow to load and --help does not need them.
    import msgspec

    from skywarden.bench.detect import HistoryConfig, measure_detection, read_kinds, review_posts, simulated_history
    from skywarden.bench.detect.summary import summarise
    from skywarden.rules.folder import load_folder
    from skywarden.rulesets import BLUESKY

    folder = rules or BLUESKY
    plan = load_folder(folder)
    kinds = read_kinds(folder, plan)
    review = None if posts is None else review_posts(plan, posts)
    figures = []
    for seed in _numbers(seeds):
        typer.echo(f"seed {seed}: living through {hours:g} hours ...", err=True)
        config = HistoryConfig(seed, hours, people, rate, abuse_share, slice_s)
        figures.append(measure_detection(plan, kinds, simulated_history(config, keep)))
    _show(figures)
    job_figures = _measure_jobs(_numbers(seeds), keep) if jobs else {}
    if review is not None:
        _show_posts(review)
    summary = summarise(figures, review, job_figures)
    typer.echo(msgspec.json.encode(summary).decode())
    if check and not summary.holds(LEAST_PRECISION, LEAST_RECALL, 1 / POSTS_A_HIT):
        raise typer.Exit(1)


def _measure_jobs(seeds: list[int], keep: Path | None) -> "dict[int, list[JobFigures]]":
    from skywarden.bench.detect import simulated_history
    from skywarden.bench.detect.job_score import long_history, measure_jobs

    found = {}
    for seed in seeds:
        typer.echo(f"seed {seed}: living through ten days for the jobs ...", err=True)
        found[seed] = measure_jobs(simulated_history(long_history(seed), keep))
    _show_jobs(found)
    return found


def _show_jobs(figures: "dict[int, list[JobFigures]]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("job", "made for", "seed", "precision", "recall", "found", "marked rightly")
    for seed, of_seed in figures.items():
        for one in of_seed:
            found, right = f"{one.found} of {one.there} {one.things}", f"{one.marked_rightly} of {one.marked}"
            kinds = ", ".join(one.kinds)
            table.add_row(one.job, kinds, str(seed), _share(one.precision), _share(one.recall), found, right)
    Console(width=180).print(table)


def _numbers(seeds: str) -> list[int]:
    try:
        return [int(seed) for seed in seeds.split(",")]
    except ValueError as error:
        raise typer.BadParameter("numbers with commas between them", param_hint="--seeds") from error


def _show(figures: "list[DetectFigures]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("kind", "seed", "precision", "recall", "accounts", "campaigns", "brief", "not found")
    for one in figures:
        for kind in one.kinds:
            table.add_row(
                kind.kind,
                str(one.seed),
                _share(kind.precision),
                _share(kind.recall),
                f"{kind.found} of {kind.accounts}",
                f"{kind.campaigns_found} of {kind.campaigns}",
                f"{kind.brief_found} of {kind.brief_accounts}",
                ", ".join(kind.missed),
            )
    Console(width=180).print(table)
    for one in figures:
        typer.echo(
            f"seed {one.seed}: {one.events} events of {one.accounts} accounts, {one.abusers} of them abusers; "
            f"{one.hits} hits; innocent accounts hit: {one.innocent}, by acting rules {one.innocent_acted} "
            f"{one.innocent_rules or ''}"
        )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _show_posts(review: "PostsReview") -> None:
    """List every hit, so that somebody can judge it."""
    for hit in review.hits:
        text = " ".join(hit.text.split())
        typer.echo(f"{'acts' if hit.acts else 'asks'} {hit.rule}: {hit.uri}\n     {hit.reason}\n     {text}")
    typer.echo(f"{review.acted} of {review.posts} posts hit by rules that act by themselves")
