"""Turn a store into a living network: founded when it is empty, gone on with when it is not."""

import msgspec

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.abuse import Director
from skywarden.simulator.abuse.director import Memory
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.accounts import AccountRegister
from skywarden.simulator.acts import StatusAct
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.dice import dice
from skywarden.simulator.emitter import Emitter
from skywarden.simulator.founding import Founding
from skywarden.simulator.keyring import KeyRing
from skywarden.simulator.ledger import Ledger
from skywarden.simulator.moments import MINUTE_US, whole_millis
from skywarden.simulator.network import MEMORY_FACT, Network, Parts
from skywarden.simulator.newshounds import Newshounds
from skywarden.simulator.people import People
from skywarden.simulator.plc import PlcDirectory
from skywarden.simulator.population import Population
from skywarden.simulator.repositories import Repositories
from skywarden.simulator.restore import restore_graph, restore_posts
from skywarden.simulator.sqlite import SimulatorStore
from skywarden.simulator.timeline import Timeline
from skywarden.simulator.world import World

_FOUNDATION_FACT = "foundation"


class Foundation(msgspec.Struct, frozen=True):
    """What a network was founded with; the same for as long as its data lives."""

    seed: int
    founders: int
    founded_us: UtcMicros
    live_us: UtcMicros


def open_network(config: SimulatorConfig, store: SimulatorStore, now_us: UtcMicros) -> Network:
    """Go on with the network in the store, or found one whose backlog reaches up to `now_us`.

    Raises: Rejected when the store holds a network of another seed.
    """
    keys = KeyRing(config.seed)
    register = AccountRegister(store.accounts())
    plc = PlcDirectory(store.plc_entries())
    ledger = Ledger(store, register, plc)
    population = Population(config.seed, register, plc, keys)
    foundation = _read_foundation(config, store)
    if foundation is None:
        foundation = _found(config, population, register, ledger, whole_millis(now_us))
    founding = Founding(config.seed, register, foundation.founders)
    world = _wake_world(config, store, register, population, founding, foundation, now_us)
    repositories = Repositories(store, ledger, keys, founding)
    emitter = Emitter(world, repositories, ledger, store.last_frame())
    people = People(world, dice(config.seed, store.newest_seq(), "people"))
    if config.newshounds:
        Newshounds(world, dice(config.seed, "newshounds"), config.newshounds).begin(people)
    director = _direct(config, store, world, foundation)
    timing = dice(config.seed, store.newest_seq(), "timeline")
    timeline = Timeline(config, world, people, director, timing, foundation.live_us)
    network = Network(
        Parts(
            config=config,
            store=store,
            register=register,
            plc=plc,
            ledger=ledger,
            world=world,
            repositories=repositories,
            emitter=emitter,
            people=people,
            director=director,
            timeline=timeline,
            live_us=foundation.live_us,
        )
    )
    _end_pauses(network)
    return network


def _read_foundation(config: SimulatorConfig, store: SimulatorStore) -> Foundation | None:
    stored = store.fact(_FOUNDATION_FACT)
    if stored is None:
        return None
    foundation = msgspec.msgpack.decode(stored, type=Foundation)
    if foundation.seed != config.seed:
        raise Rejected(
            "simulator-seed",
            expected=f"seed {foundation.seed}, with which this network was founded",
            found=f"seed {config.seed}",
            hint="use that seed, or another data folder",
        )
    return foundation


def _found(
    config: SimulatorConfig, population: Population, register: AccountRegister, ledger: Ledger, now_us: UtcMicros
) -> Foundation:
    founded_us = UtcMicros(now_us - round(config.backlog_minutes * MINUTE_US))
    population.found(config.people, founded_us)
    foundation = Foundation(config.seed, len(register), founded_us, now_us)
    ledger.batch.facts[_FOUNDATION_FACT] = msgspec.msgpack.encode(foundation)
    ledger.flush()
    return foundation


def _wake_world(
    config: SimulatorConfig,
    store: SimulatorStore,
    register: AccountRegister,
    population: Population,
    founding: Founding,
    foundation: Foundation,
    now_us: UtcMicros,
) -> World:
    """Start at the founding, or now; never before the last frame."""
    last = store.last_frame()
    start_us = foundation.founded_us if last is None else UtcMicros(max(now_us, last.time_us))
    world = World(dice(config.seed, store.newest_seq(), "world"), register, population, founding, start_us)
    restore_graph(world, store, founding)
    restore_posts(world, store)
    return world


def _direct(config: SimulatorConfig, store: SimulatorStore, world: World, foundation: Foundation) -> Director:
    scene = Scene(world, dice(config.seed, store.newest_seq(), "abuse"))
    stored = store.fact(MEMORY_FACT)
    memory = Memory() if stored is None else msgspec.msgpack.decode(stored, type=Memory)
    director = Director(scene, acts_per_s=config.rate * config.abuse_share, scale=config.strength, memory=memory)
    if stored is None:
        live_us = UtcMicros(max(foundation.live_us, world.now_us))
        director.open_before(live_us)
        director.open_patient(live_us, config.patient)
    else:
        director.skip(max(0, world.now_us - memory.at_us))
    return director


def _end_pauses(network: Network) -> None:
    """Wake accounts whose pause would have ended while nobody lived here."""
    for account in list(network.parts.register):
        if account.status == "deactivated":
            network.carry_out(StatusAct(account.index, active=True))
    network.flush()
