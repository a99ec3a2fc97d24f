"""Many clients at once, which are slow, silent, deaf, or want much. Meanwhile a service must say
that it is well: whoever started it asks every quarter of a second."""

import concurrent.futures
import contextlib
import resource
import socket
import threading
import time

MEBIBYTES = 400


def allow_descriptors():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def connect(port, host=1, sent=b""):
    """From 127.0.0.HOST: every address of 127.0.0.0/8 is this machine's."""
    connection = socket.socket()
    connection.settimeout(30)
    connection.bind((f"127.0.0.{host}", 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall(sent)
    return connection


def ended(connection, seconds):
    """Whether the server ends the connection, and what it has said before."""
    said, until = b"", time.monotonic() + seconds
    try:
        while True:
            connection.settimeout(max(until - time.monotonic(), 0.01))
            piece = connection.recv(1 << 16)
            if not piece:
                return True, said
            said += piece[:200]
            if time.monotonic() > until:
                return False, said
    except TimeoutError:
        return False, said
    except OSError:
        return True, said


def slow(service, count):
    """Clients that say nothing, and that send a head or a body a byte a second."""
    began = time.monotonic()
    starts = [
        b"",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        b"POST /emulator HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 60000\r\n\r\n{",
    ]
    kinds = ["silent", "slow head", "slow body"]
    everybody = []
    with contextlib.ExitStack() as stack:
        for number in range(count):
            kind = number % 3
            connection = stack.enter_context(connect(service.port, sent=starts[kind]))
            everybody.append((kind, connection))
        for _ in range(16):
            time.sleep(1)
            for kind, connection in everybody:
                if kind:
                    with contextlib.suppress(OSError):
                        connection.sendall(b" ")
        faults = []
        for kind, connection in everybody:
            # Without a request, the time for its head; then that for an idle connection.
            if not ended(connection, 30)[0]:
                faults.append(f"a {kinds[kind]} client is still served")
    return service.result("slow and silent clients", count, began, MEBIBYTES, faults)


def streams(service, count, addresses):
    """Streams of events from some addresses, many more than are allowed."""
    began = time.monotonic()
    run = {
        "emulator_sync": "null", "emulation_domain": "transaction", "format_type": "json",
        "sync_type": "grouped", "max_chunk_size": 1000, "timeout": 600, "rate": 10,
    }  # fmt: skip
    status, said = service.ask("/emulator", body=run)
    if status != 201:
        return service.result("streams of events", 0, began, MEBIBYTES, [f"no run: {said!r}"])
    path = said.split(b'"id":"')[1].split(b'"')[0]
    request = b"GET /emulator/" + path + b"/events HTTP/1.1\r\nHost: a\r\n\r\n"
    faults, served, refused = [], 0, 0
    with contextlib.ExitStack() as stack:
        crowd = []
        for number in range(count):
            connection = connect(service.port, 1 + number % addresses, request)
            crowd.append(stack.enter_context(connection))
        time.sleep(5)
        for connection in crowd:
            connection.settimeout(20)
            try:
                status = connection.recv(64)[9:12]
            except TimeoutError:
                status = b"---"
            except OSError:
                status = b"429"
            served += status == b"200"
            refused += status == b"429"
            if status not in (b"200", b"429"):
                faults.append(f"a stream was answered {status!r}")
        if served > 1_024:
            faults.append(f"{served} streams, allowed are 1,024")
        if not served:
            faults.append("no stream was served")
    service.ask("/emulator/" + path.decode() + "/cancel", body={})
    result = service.result("streams of events", count, began, MEBIBYTES, faults)
    result.attack += f", {served} served, {refused} refused"
    return result


def deaf(service, count, seconds=20):
    """Clients that ask for much and read nothing for so long."""
    began = time.monotonic()
    wanted = (b"/docs/swagger-ui-bundle.js", b"/domains/transaction/sample?count=1000")
    with contextlib.ExitStack() as stack:
        for number in range(count):
            request = b"GET " + wanted[number % 2] + b" HTTP/1.1\r\nHost: a\r\n\r\n"
            # As little as the system keeps for a client that reads nothing.
            connection = socket.socket()
            stack.callback(connection.close)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(30)
            connection.connect(("127.0.0.1", service.port))
            connection.sendall(request * 4)
        time.sleep(seconds)
        result = service.result("clients that read nothing", count, began, MEBIBYTES)
    return result


def large_reads(service, kafka, count):
    """Many who look at a topic of large messages, at the topics and at the metrics at once."""
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    began = time.monotonic()
    topic, client = f"attack-{time.time_ns()}", {"bootstrap.servers": kafka}
    admin = AdminClient(client)
    large = NewTopic(topic, 1, 1, config={"max.message.bytes": str(6 << 20)})
    admin.create_topics([large])[topic].result(30)
    faults, lock = [], threading.Lock()
    try:
        producer = Producer(client | {"message.max.bytes": 6 << 20})
        for _ in range(20):
            producer.produce(topic, b"x" * (5 << 20))
            producer.flush(30)

        def ask(path):
            status, said = service.ask(path, seconds=60)
            # Who comes too late is told to come again.
            if status not in (200, 503):
                with lock:
                    faults.append(f"{path}: {status} {said[:100]!r}")
            return status

        paths = [f"/api/topics/{topic}/messages?limit=20", "/metrics", "/api/groups"]
        with concurrent.futures.ThreadPoolExecutor(3 * count) as pool:
            answers = list(pool.map(ask, paths * count))
        if 200 not in answers[::3]:
            faults.append("nobody could read messages")
    finally:
        admin.delete_topics([topic])[topic].result(30)
    return service.result("large reads, metrics, groups", 3 * count, began, MEBIBYTES, faults)
