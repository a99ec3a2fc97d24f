"""Frames that are no requests of Kafka, or broken ones, to the embedded broker."""

import random
import socket
import struct
import time
from pathlib import Path

MEBIBYTES = 500
#: Right requests, of which the tests of the broker have written what these lines are.
WRITTEN = Path(__file__).parents[3] / "crates/adapters/embedded/tests/requests.hex"
#: Each request with its newest version in the embedded broker.
REQUESTS = {0: 10, 1: 16, 2: 7, 3: 12, 8: 9, 9: 6, 10: 3, 11: 6, 12: 5, 13: 4, 14: 4, 18: 3,
            22: 4, 23: 2, 24: 1, 25: 1, 26: 1, 28: 3, 68: 1, 71: 0, 72: 0}  # fmt: skip


def frame(key, version, body, client=b"\xff\xff"):
    content = struct.pack(">hhi", key, version, 7) + client + body
    return struct.pack(">i", len(content)) + content


def known():
    """Each of these ended the process of a broker without a guard."""
    yield frame(68, 1, b"\0\0")
    yield frame(72, 0, b"\0" * 40)
    join = b"\0\1g" + b"\0\0\0\1" + b"\0\0" + b"\0\1c"
    yield frame(11, 0, join + b"\xff\xff\xff\xff")
    yield frame(11, 0, join + b"\0\0\x03\xe8" + b"\0\1n" + b"\0\0\0\0")
    yield frame(11, 0, join + b"\0\0\x03\xe8" + b"\0\1n" + b"\x7f\xff\xff\xff")


def drawn(draw):
    byte = [0, 0, 0, 0, 0, 1, 1, 2, 255, 255, 127]
    body = bytes(draw.choice(byte) for _ in range(draw.randrange(60)))
    key = draw.choice([*REQUESTS, 11, 14, 0, draw.randrange(-200, 200)])
    version = draw.randrange(-1, REQUESTS.get(key, 3) + 2)
    text = frame(key, version, body, draw.choice([b"\xff\xff", b"\0\0", b"\0\1x"]))
    if draw.randrange(4) == 0:
        size = draw.choice([-(2**31), -5, -1, 0, 4, 9, 13, 2**31 - 1, 100 << 20])
        return struct.pack(">i", size) + text[4:]
    return text


def changed(draw, written):
    """A right request, or one of which a few bytes are others, missing or too many."""
    key, version, body = draw.choice(written)
    body = bytearray(body)
    for _ in range(draw.randrange(3)):
        at = draw.randrange(len(body))
        length = draw.choice([0, 1, 2, 4])
        other = draw.choice([b"\xff", b"\0", b"\x7f", b"\1", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"])
        body[at : at + length] = other[: draw.choice([0, length, 4])]
    content = struct.pack(">hhi", key, version + draw.choice([0, 0, 0, 1, -1]), 7) + body
    return struct.pack(">i", len(content)) + content


def attack(service, address, count):
    host, port = address.split(":")
    draw, began, faults = random.Random(3), time.monotonic(), []
    lines = [line.split() for line in WRITTEN.read_text().splitlines()]
    written = [(int(key), int(version), bytes.fromhex(body)) for key, version, body in lines]
    twins = frame(11, 0, b"\0\1g\0\0\x75\x30\0\1m\0\1c\0\0\0\1\0\1n\0\0\0\0")
    frames = [*known(), twins, twins, *(drawn(draw) for _ in range(count // 2))]
    frames += [changed(draw, written) for _ in range(count // 2)]
    held = []
    for sent in frames:
        try:
            connection = socket.create_connection((host, int(port)), timeout=10)
            connection.sendall(sent)
        except OSError as error:
            faults.append(f"{sent[:40].hex()}: {error}")
            break
        # Some stay, so that groups have members.
        held.append(connection)
        if len(held) > 50:
            held.pop(draw.randrange(len(held))).close()
    for connection in held:
        connection.close()
    faults += honest(address)
    return service.result("broken frames to the embedded Kafka", len(frames), began, MEBIBYTES, faults)


def honest(address):
    """What is wrong with the broker for a client that shares no code with it."""
    from confluent_kafka import Consumer, Producer

    sent = {f"honest {number}".encode() for number in range(100)}
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True})
    for value in sent:
        producer.produce("honest", value)
    if producer.flush(60):
        return ["the broker takes no messages any more"]
    settings = {"group.id": "honest", "auto.offset.reset": "earliest"}
    consumer = Consumer({"bootstrap.servers": address} | settings)
    consumer.subscribe(["honest"])
    until = time.monotonic() + 60
    while sent and time.monotonic() < until:
        message = consumer.poll(1)
        if message and not message.error():
            sent.discard(message.value())
    consumer.close()
    return [f"{len(sent)} messages cannot be read"] if sent else []
