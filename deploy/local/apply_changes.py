#!/usr/bin/env python3
"""Rebuild a table in PostgreSQL from a topic of changes, with clients that are not ours.

    apply_changes.py --bootstrap HOST:PORT --topic T --count N --table NAME --key FIELD

Messages are Debezium's: {"before", "after", "op"}. Each is applied as it says, a row that is changed
or deleted must be there exactly as `before` has it, and after N changes the rows are printed as JSON
lines in the order of the key, with the columns as they came. Messages without a value (tombstones)
are no changes. The database is that of POSTGRES_TEST_URL; the table goes with the connection.

Exit: 0 done, 1 fewer than N changes within the time-out, or one that does not fit, 2 wrong use.
"""

import argparse
import json
import os
import sys
import time
from decimal import Decimal

import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition
from psycopg import sql

# By what JSON has for them; bool before int, which it is, too.
TYPES = [(bool, "boolean"), (int, "bigint"), (Decimal, "numeric")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--bootstrap", "--topic", "--table", "--key"):
        parser.add_argument(name, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--timeout", type=float, default=120, metavar="S", help="seconds for everything (120)")
    return parser.parse_args()


def changes(arguments):
    """The changes of all partitions, those of one key in their order."""
    consumer = Consumer({
        "bootstrap.servers": arguments.bootstrap,
        "group.id": "apply-changes",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
    })
    partitions = consumer.list_topics(arguments.topic, timeout=10).topics[arguments.topic].partitions
    consumer.assign([TopicPartition(arguments.topic, number, OFFSET_BEGINNING) for number in partitions])
    deadline = time.monotonic() + arguments.timeout
    count = 0
    while count < arguments.count:
        if time.monotonic() > deadline:
            sys.exit(f"apply_changes: {count} changes came, {arguments.count} were wanted")
        for message in consumer.consume(10_000, timeout=0.2):
            if message.error() is not None:
                raise KafkaException(message.error())
            if message.value() is not None:
                count += 1
                yield json.loads(message.value(), parse_float=Decimal)
    consumer.close()


def type_of(value):
    return next((name for kind, name in TYPES if isinstance(value, kind)), "text")


class Table:
    def __init__(self, cursor, name, key):
        self.cursor, self.name, self.key, self.columns = cursor, sql.Identifier(name), key, None

    def create(self, row):
        self.columns = list(row)
        described = sql.SQL(", ").join(
            sql.SQL("{} {}{}").format(
                sql.Identifier(column),
                sql.SQL(type_of(value)),
                sql.SQL(" PRIMARY KEY" if column == self.key else ""),
            )
            for column, value in row.items()
        )
        self.cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({})").format(self.name, described))

    def matches(self, row):
        """The condition that the row is there as it is said to be, and its parameters."""
        parts = [sql.SQL("{} IS NOT DISTINCT FROM %s").format(sql.Identifier(column)) for column in row]
        return sql.SQL(" AND ").join(parts), list(row.values())

    def apply(self, change):
        before, after = change["before"], change["after"]
        if self.columns is None:
            self.create(after)
        match change["op"]:
            case "c" if before is None:
                values = sql.SQL(", ").join([sql.Placeholder()] * len(after))
                columns = sql.SQL(", ").join(map(sql.Identifier, after))
                statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(self.name, columns, values)
                self.cursor.execute(statement, list(after.values()))
            case "u" if before[self.key] == after[self.key]:
                parts = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(one)) for one in after)
                condition, values = self.matches(before)
                statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(self.name, parts, condition)
                self.cursor.execute(statement, list(after.values()) + values)
            case "d" if after is None:
                condition, values = self.matches(before)
                self.cursor.execute(sql.SQL("DELETE FROM {} WHERE {}").format(self.name, condition), values)
            case _:
                sys.exit(f"apply_changes: this is no change: {change}")
        if self.cursor.rowcount != 1:
            sys.exit(f"apply_changes: {self.cursor.rowcount} rows are as {change} has them")

    def rows(self):
        order = sql.SQL("SELECT * FROM {} ORDER BY {}").format(self.name, sql.Identifier(self.key))
        for row in self.cursor.execute(order):
            yield dict(zip(self.columns, row))


def main():
    arguments = parse_arguments()
    with psycopg.connect(os.environ["POSTGRES_TEST_URL"]) as connection, connection.cursor() as cursor:
        table = Table(cursor, arguments.table, arguments.key)
        for change in changes(arguments):
            table.apply(change)
        for row in table.rows():
            print(json.dumps(row, ensure_ascii=False, default=float))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        main()
    except (KafkaException, psycopg.Error) as error:
        sys.exit(f"apply_changes: {error}")
