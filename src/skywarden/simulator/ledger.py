"""Collect what happens between two stores and make it durable at once."""

from skywarden.simulator.accounts import AccountRegister
from skywarden.simulator.plc import PlcDirectory
from skywarden.simulator.sqlite import Batch, SimulatorStore, StoredFrame


class Ledger:
    """The batch in the making. Nothing in it may reach a subscriber before `flush` has returned."""

    def __init__(self, store: SimulatorStore, register: AccountRegister, plc: PlcDirectory) -> None:
        self._store = store
        self._register = register
        self._plc = plc
        self.batch = Batch()

    def flush(self) -> list[StoredFrame]:
        """Store the batch with all changed accounts and identities; give back its frames."""
        batch, self.batch = self.batch, Batch()
        batch.accounts = self._register.take_changed()
        batch.plc = self._plc.take_new()
        self._store.store(batch)
        return batch.frames
