#!/usr/bin/env python3
"""Read a topic with a client that is not ours, and print one JSON line a message.

    read_kafka.py --bootstrap HOST:PORT --topic T --count N
    read_kafka.py --bootstrap HOST:PORT --topic T --to-end

Lines are {"partition", "offset", "timestamp", "key", "value", "headers"}; the timestamp in
milliseconds since 1970; key and value as text, null if absent; headers as an object of texts.

--registry URL reads values by the schemas of a registry, as Confluent's deserialisers do; they are
               then objects, with what JSON has no type for as text.
--value avro|json|protobuf   which of them (avro); --proto FILE has the message of protobuf.
--key text|avro|json         the same for keys (text).

--count N      ends after N messages.
--to-end       reads every partition to its end, so that duplicates show too; with
               --count it fails if the whole topic holds fewer than N.

Exit: 0 all read, 1 fewer than N (or the end not reached) within the time-out, 2 wrong
use, 3 the broker or the registry refused, or a message is not UTF-8.
"""

import argparse
import json
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

BATCH = 10_000


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True, metavar="HOST:PORT[,...]")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--registry", metavar="URL", help="decode by the schemas of this registry")
    parser.add_argument("--value", choices=["avro", "json", "protobuf"], default="avro")
    parser.add_argument("--key", choices=["text", "avro", "json"], default="text")
    parser.add_argument("--proto", metavar="FILE", help="the .proto file with the message of values")
    parser.add_argument("--count", type=int, metavar="N")
    parser.add_argument("--to-end", action="store_true")
    parser.add_argument("--timeout", type=float, default=60, metavar="S", help="seconds for everything (60)")
    parser.add_argument("--read-committed", action="store_true", help="only what transactions committed")
    parser.add_argument(
        "--from-beginning",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="the default; --no-from-beginning prints only what arrives from now on",
    )
    parser.add_argument(
        "-X", dest="settings", action="append", default=[], metavar="KEY=VALUE", help="a librdkafka setting"
    )
    arguments = parser.parse_args()
    if arguments.count is None and not arguments.to_end:
        parser.error("give --count N, --to-end, or both")
    if arguments.count is not None and arguments.count < 0:
        parser.error("--count must not be negative")
    for setting in arguments.settings:
        if "=" not in setting:
            parser.error(f"-X {setting}: must be KEY=VALUE")
    return arguments


def connect(arguments):
    settings = {
        "bootstrap.servers": arguments.bootstrap,
        # Partitions are assigned by hand: no group takes part, nothing is committed and
        # every call reads the same again. The client demands a name all the same.
        "group.id": "read-kafka",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed" if arguments.read_committed else "read_uncommitted",
        # An offset that is gone (retention, truncation) must not pass as "nothing there".
        "auto.offset.reset": "error",
        # A broker that is away is waited for, without a line of log every 50 ms.
        "reconnect.backoff.ms": 500,
        "queued.max.messages.kbytes": 65_536,
        "fetch.wait.max.ms": 100,
    }
    settings.update(setting.split("=", 1) for setting in arguments.settings)
    return Consumer(settings)


def partitions_of(consumer, topic, deadline):
    """Wait for the topic too: a test may ask before its producer made it."""
    while True:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            sys.exit(f"read_kafka: topic {topic} did not appear in time")
        metadata = consumer.list_topics(topic, timeout=remaining).topics[topic]
        if metadata.error is None and metadata.partitions:
            return sorted(metadata.partitions)
        if metadata.error is not None and metadata.error.code() not in (
            KafkaError.UNKNOWN_TOPIC_OR_PART,
            KafkaError.LEADER_NOT_AVAILABLE,
        ):
            raise KafkaException(metadata.error)
        time.sleep(0.2)


def text(raw):
    return None if raw is None else raw.decode("utf-8")


def message_class(file):
    """The first message of a .proto file."""
    import tempfile
    from pathlib import Path

    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from grpc_tools import protoc
    import grpc_tools

    path = Path(file)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "set"
        known = Path(grpc_tools.__file__).parent / "_proto"
        options = [f"-I{path.parent}", f"-I{known}", "--include_imports", f"--descriptor_set_out={out}", str(path)]
        if protoc.main(["protoc", *options]) != 0:
            sys.exit(f"read_kafka: {file} is no .proto file")
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    own = files.file[-1]
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{own.package}.{own.message_type[0].name}"))


def decoder(arguments, kind, field):
    """From the bytes of a key or value to what is printed."""
    if arguments.registry is None or kind == "text":
        return text
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.serialization import SerializationContext

    client = SchemaRegistryClient({"url": arguments.registry})
    shown = lambda value: value
    if kind == "avro":
        from confluent_kafka.schema_registry.avro import AvroDeserializer

        deserialize = AvroDeserializer(client)
    elif kind == "json":
        from confluent_kafka.schema_registry.json_schema import JSONDeserializer

        deserialize = JSONDeserializer(None, schema_registry_client=client)
    else:
        from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
        from google.protobuf.json_format import MessageToDict

        own = message_class(arguments.proto)
        # Without the client, which would ask for a serialized descriptor; Apicurio has only the text.
        deserialize = ProtobufDeserializer(own, {"use.deprecated.format": False})
        shown = lambda message: message and MessageToDict(message, preserving_proto_field_name=True)
    context = SerializationContext(arguments.topic, field)
    return lambda raw: shown(deserialize(raw, context))


def read(arguments):
    from confluent_kafka.serialization import MessageField

    value_of = decoder(arguments, arguments.value, MessageField.VALUE)
    key_of = decoder(arguments, arguments.key, MessageField.KEY)
    deadline = time.monotonic() + arguments.timeout
    consumer = connect(arguments)
    partitions = partitions_of(consumer, arguments.topic, deadline)
    start = OFFSET_BEGINNING if arguments.from_beginning else OFFSET_END
    consumer.assign([TopicPartition(arguments.topic, partition, start) for partition in partitions])

    dumps = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=str).encode
    open_partitions = set(partitions)
    count = 0
    while True:
        if arguments.to_end:
            if not open_partitions:
                break
        elif count >= arguments.count:
            break
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            break
        wanted = BATCH if arguments.to_end else min(BATCH, arguments.count - count)
        lines = []
        for message in consumer.consume(wanted, timeout=min(remaining, 0.2)):
            error = message.error()
            if error is None:
                lines.append(
                    dumps(
                        {
                            "partition": message.partition(),
                            "offset": message.offset(),
                            "timestamp": message.timestamp()[1],
                            "key": key_of(message.key()),
                            "value": value_of(message.value()),
                            "headers": {name: text(value) for name, value in message.headers() or []},
                        }
                    )
                )
            elif error.code() == KafkaError._PARTITION_EOF:
                open_partitions.discard(message.partition())
            elif not error.retriable() and error.code() != KafkaError._TRANSPORT:
                raise KafkaException(error)
        if lines:
            count += len(lines)
            lines.append("")
            sys.stdout.write("\n".join(lines))
    sys.stdout.flush()
    consumer.close()

    if arguments.to_end and open_partitions:
        print(f"read_kafka: {count} read, partitions {sorted(open_partitions)} not read to the end", file=sys.stderr)
        return 1
    if arguments.count is not None and count < arguments.count:
        print(f"read_kafka: {count} read, {arguments.count} wanted", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        sys.exit(read(parse_arguments()))
    except (KafkaException, UnicodeDecodeError) as error:
        print(f"read_kafka: {error}", file=sys.stderr)
        sys.exit(3)
    except BrokenPipeError:
        # The reader has what it wanted (`| head`); Python must not complain at its own end.
        sys.stderr.close()
