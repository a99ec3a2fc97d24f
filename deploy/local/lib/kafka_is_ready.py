"""Exit 0 when the broker at argv[1] answers a metadata request that names node argv[2]."""

import sys

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

address, node = sys.argv[1], int(sys.argv[2])
# A refused connection is expected here and not worth a line of log.
client = AdminClient({"bootstrap.servers": address, "log_level": 0})
try:
    sys.exit(0 if node in client.list_topics(timeout=5).brokers else 1)
except KafkaException:
    sys.exit(1)
