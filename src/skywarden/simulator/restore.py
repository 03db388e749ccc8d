"""Turn what the store holds back into what the world knew: who follows whom, what was posted lately."""

from skywarden.atproto.car import read_car
from skywarden.atproto.cbor import decode_map
from skywarden.atproto.cid import cid_text
from skywarden.atproto.frames import CommitMessage, parse_frame
from skywarden.kernel.ids import AtUri, RecordKey
from skywarden.simulator.founding import Founding
from skywarden.simulator.records import FOLLOW, POST, Record
from skywarden.simulator.sqlite import SimulatorStore
from skywarden.simulator.world import World, post_ref

_FRAMES_READ_BACK = 2_500


def restore_graph(world: World, store: SimulatorStore, founding: Founding) -> None:
    """Set all follows: from the stored repositories, and from the founding circles of those never touched."""
    touched: dict[int, dict[int, RecordKey]] = {index: {} for index in store.touched_accounts()}
    for index, rkey, block in store.collection(FOLLOW):
        target = world.register.by_did(str(decode_map(block)["subject"]))
        if target is not None:
            touched[index][target.index] = RecordKey(rkey)
    for account in world.register:
        follows = touched.get(account.index)
        world.graph.replace(account.index, founding.circle(account) if follows is None else follows)


def restore_posts(world: World, store: SimulatorStore) -> None:
    """Make the posts of the last frames known again."""
    start = store.newest_seq() - _FRAMES_READ_BACK + 1
    for stored in store.frames_from(start, _FRAMES_READ_BACK):
        message = parse_frame(stored.frame)
        if isinstance(message, CommitMessage):
            _note_posts(world, message)


def _note_posts(world: World, message: CommitMessage) -> None:
    author = world.register.by_did(message.repo)
    created = [op for op in message.ops if op.action == "create" and op.path.startswith(f"{POST}/")]
    if author is None or not created:
        return
    blocks = read_car(message.blocks, verify_hashes=False).blocks
    for op in created:
        if op.cid is not None:
            record: Record = dict(decode_map(blocks[op.cid]))
            world.note_post(post_ref(AtUri(f"at://{author.did}/{op.path}"), cid_text(op.cid), author, record))
