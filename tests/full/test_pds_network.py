"""The foreign network is real: what its accounts do comes out of its own stream."""

import pytest

from full.foreign_network import PdsNetwork

pytestmark = [pytest.mark.full, pytest.mark.timeout(1_200)]


def test_the_stream_of_the_pds_gives_everything_from_cursor_zero(pds_network: PdsNetwork) -> None:
    person = {"pds": pds_network.pds, "handle": "stream.test", "password": "long-enough-1"}
    did = pds_network.run("create_account", **person)["did"]
    posts = pds_network.run("create_posts", **person, texts=["first", "second"])["posts"]

    read = pds_network.run("read_firehose", pds=pds_network.pds, cursor=0, until=posts[-1]["uri"])

    kinds = [message["type"].partition("#")[2] for message in read["messages"] if message["did"] == did]
    assert kinds == ["identity", "account", "commit", "sync", "commit", "commit"]
    seqs = [message["seq"] for message in read["messages"]]
    assert seqs == sorted(set(seqs))
