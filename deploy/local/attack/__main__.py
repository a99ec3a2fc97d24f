"""Attacks the Data Emulator and says what it stood: `just test-attack`, or

    python deploy/local/attack target/debug/data-emulator [--short] [--only web files store]

Starts the program itself, on free ports of the loopback interface, and ends it. Prints a Markdown
table, a line an attack: how much of it, how long the longest answer took, and the most memory that
the attacked process had. Ends with 1 if a line did not hold its bounds. Linux; needs schemathesis
(attack/requirements.txt), and openssl for the certificates.
"""

import argparse
import resource
import sys
from pathlib import Path

import files
import store
import web

PARTS = {"web": web.attacks, "files": files.attacks, "store": store.attacks}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--short", action="store_true", help="fewer cases, in three minutes")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    # The clients of a crowd are all in this process.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    program = options.program.resolve()
    print("| attack | cases | longest | memory | held |\n|---|---|---|---|---|", flush=True)
    broken = 0
    for part in options.only:
        for result in PARTS[part](program, options.short):
            broken += not result.held
            print(result.row(), flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
