"""Gives the commands of the Data Emulator hostile files and lying S3 stores: `just test-attack`, or

    python3 deploy/local/attack target/debug/data-emulator [--short] [--only files store]

Prints a Markdown table, a line an attack: how many cases, how long the longest took, and the most
memory that the attacked process had. Ends with 1 if a line did not hold its bounds. Linux; needs
openssl for the certificates.
"""

import argparse
import sys
from pathlib import Path

import files
import store

PARTS = {"files": files.attacks, "store": store.attacks}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--short", action="store_true", help="fewer mangled files")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
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
