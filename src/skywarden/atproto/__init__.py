"""Frames, DAG-CBOR, CAR, MST, identity, keys and signatures, XRPC client; knows no event of ours."""
