#!/usr/bin/env python3
"""The ten plain fields of bench.py's model, made by dbldatagen and by Python's Faker.

    yardsticks.py dbldatagen ROWS FOLDER    rows as JSON lines into FOLDER, by Spark in local[1]
    yardsticks.py faker ROWS

Prints {"rows", "seconds"}: the time for the rows alone, without the start of Python or Spark.
"""

import json
import os
import sys
import time


def dbldatagen(rows, folder):
    os.environ["PYSPARK_PYTHON"] = sys.executable
    import dbldatagen as dg
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")

    def write(count, name):
        spec = (
            dg.DataGenerator(spark, name="plain", rows=count, partitions=1, randomSeed=7)
            .withColumn("number", "long", expr="id + 1")
            .withColumn("id_", "string", expr="uuid()")
            .withColumn("country", "string", values=["DE", "FR", "US"], weights=[5, 3, 2], random=True)
            .withColumn("status", "string", values=["paid", "open", "failed"], weights=[90, 8, 2], random=True)
            .withColumn("total", "decimal(12,2)", expr="exp(3.4 + 1.1 * randn())")
            .withColumn("day", "date", begin="2020-01-01", end="2025-12-31", random=True)
            .withColumn("at", "timestamp", expr="timestamp_micros(1767225600000000 + id * 100)")
            .withColumn("code", "string", template=r"AAA-ddddd")
            .withColumn("name", "string", template=r"\w \w")
            .withColumn("vip", "boolean", expr="rand() < 0.03")
        )
        spec.build().write.mode("overwrite").json(f"{folder}/{name}")

    # The first query compiles.
    write(10_000, "warm")
    begun = time.perf_counter()
    write(rows, "measured")
    seconds = time.perf_counter() - begun
    spark.stop()
    return seconds


def faker(rows):
    from faker import Faker

    fake = Faker()
    Faker.seed(7)
    random = fake.random
    begun = time.perf_counter()
    for number in range(rows):
        json.dumps({
            "number": number + 1,
            "id": fake.uuid4(),
            "country": random.choices(["DE", "FR", "US"], [5, 3, 2])[0],
            "status": random.choices(["paid", "open", "failed"], [90, 8, 2])[0],
            "total": round(random.lognormvariate(3.4, 1.1), 2),
            "day": fake.date_between("-6y", "today").isoformat(),
            "at": fake.date_time().isoformat(),
            "code": fake.bothify("???-#####"),
            "name": fake.name(),
            "vip": fake.boolean(3),
        })
    return time.perf_counter() - begun


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("dbldatagen", "faker"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    count = int(sys.argv[2])
    seconds = faker(count) if sys.argv[1] == "faker" else dbldatagen(count, sys.argv[3])
    print(json.dumps({"rows": count, "seconds": seconds}))
