"""Holds a dirty run against its truth, without any code of the emulator.

judge.py DIRTY CLEAN TRUTH             every difference is one that the truth names, and the other way
                                       round
judge.py DIRTY CLEAN TRUTH HOW OUT     makes one more fault by hand, and writes the file to OUT
"""

import json
import sys
from collections import Counter


def records(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def judge(dirty, clean, truth):
    by_id = {record["data"][ID]: index for index, record in enumerate(clean)}
    kinds = {fault["index"]: fault for fault in truth}
    assert len(kinds) == len(truth), "a record has one fault"
    assert [fault["index"] for fault in truth] == sorted(kinds), "in the order of records"
    places = {}
    for place, record in enumerate(dirty):
        places.setdefault(by_id[record["data"][ID]], []).append(place)
    latest = 0
    disordered = set()
    for place, record in enumerate(dirty):
        index = by_id[record["data"][ID]]
        if index < latest and place == places[index][0]:
            disordered.add(index)
        latest = max(latest, index)
    for index, record in enumerate(clean):
        found = places.get(index, [])
        fault = kinds.get(index)
        if fault is None:
            assert len(found) == 1 and index not in disordered, index
            assert dirty[found[0]]["data"] == record["data"], index
            continue
        kind = fault["kind"]
        assert fault["deliveries"] == found, (fault, found)
        # It joins: the truth has the record as it would have been.
        assert fault["record"]["data"] == record["data"], fault
        assert len(found) == {"missing": 0, "duplicate": 2}.get(kind, 1), fault
        for place in found:
            differs = [name for name in record["data"] if dirty[place]["data"].get(name) != record["data"][name]]
            differs += [name for name in dirty[place]["data"] if name not in record["data"]]
            assert set(differs) <= {fault.get("field")}, (fault, differs)
        if index in disordered:
            assert kind in ("late", "out_of_order"), fault
    moved = {index for index, fault in kinds.items() if fault["kind"] in ("late", "out_of_order")}
    assert disordered <= moved
    print(json.dumps({
        "records": len(clean),
        "deliveries": len(dirty),
        "disordered": len(disordered),
        "kinds": Counter(fault["kind"] for fault in truth),
    }))


def spoil(path, clean, truth, how, out):
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    kinds = {fault["index"]: fault["kind"] for fault in truth}
    by_id = {record["data"][ID]: index for index, record in enumerate(clean)}
    whole = [place for place, line in enumerate(lines) if by_id[json.loads(line)["data"][ID]] not in kinds]
    place = whole[len(whole) // 2]
    twice = [fault["deliveries"] for fault in truth if fault["kind"] == "duplicate"][0]
    if how == "missing":
        del lines[place]
    elif how == "third":
        lines.insert(twice[1] + 1, lines[twice[1]])
    elif how == "one of two":
        del lines[twice[1]]
    elif how == "duplicate":
        lines.insert(place + 1, lines[place])
    elif how == "corrupt":
        lines[place] = lines[place].replace('"data":{', '"data":{ ', 1)
    elif how == "repaired":
        fault = [fault for fault in truth if fault["kind"] == "corrupt"][0]
        lines[fault["deliveries"][0]] = json.dumps(fault["record"], separators=(",", ":")) + "\n"
    elif how == "found":
        fault = [fault for fault in truth if fault["kind"] == "missing"][0]
        lines.insert(fault["index"], json.dumps(fault["record"], separators=(",", ":")) + "\n")
    elif how == "out of order":
        later = [other for other in whole if other > place][0]
        lines.insert(later, lines.pop(place))
    else:
        raise SystemExit(how)
    with open(out, "w", encoding="utf-8") as file:
        file.writelines(lines)


dirty, clean, truth = sys.argv[1:4]
first = records(clean)[0]["data"]
ID = next(iter(first))
if len(sys.argv) == 4:
    judge(records(dirty), records(clean), records(truth))
else:
    spoil(dirty, records(clean), records(truth), *sys.argv[4:])
