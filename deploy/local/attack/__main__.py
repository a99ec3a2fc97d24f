"""Gives the programs of the workspace hostile files, lying S3 stores and hostile clients:
`just test-attack`, or

    python3 deploy/local/attack target/debug [--short] [--only files store web]

Prints a Markdown table, a line an attack: how many cases, how long they took (the longest of them
for commands), and the most memory that the attacked process had. Ends with 1 if a line did not hold
its bounds. All traffic goes to this machine and ends by itself. Linux; needs openssl for the
certificates, and for `web` the Python packages of deploy/local/requirements.txt; the monitor's large
reads also a Kafka, KAFKA_BOOTSTRAP_SERVERS. `deploy/local/servers` has all of it.
"""

import argparse
import sys
from pathlib import Path

import files
import store
import web

PARTS = {"files": files.attacks, "store": store.attacks, "web": web.attacks}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=Path, help="the folder of the programs")
    parser.add_argument("--short", action="store_true", help="fewer cases, in bounded time")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    programs = options.programs.resolve()
    print("| attack | cases | took | memory | held |\n|---|---|---|---|---|", flush=True)
    broken = 0
    for part in options.only:
        for result in PARTS[part](programs, options.short):
            broken += not result.held
            print(result.row(), flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
