"""Asks the view of the examples, deploy/examples/python/user_states.py, about users.

Standard input: {"brokers", "topic", "users": [..], "waitFor": {"user", "stage"}, "candidates": [..]}. Standard
output: the table of schemas, the answers once everything has been read, the refusals of stricter contracts, the records that were rejected,
the rankings, and the stage of the user waited for once it has come.
"""

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "deploy/examples/python"))

from avro_json import plain
from rank_candidates import rank
from user_states import LOCAL_SCHEMAS, StaleState, UserStates, local_schemas

READY_SECONDS = 60
WAIT_SECONDS = 30


def answer(states, user):
    try:
        return plain(states.get(user))
    except StaleState as stale:
        return f"stale: {stale.reason}"
    except ValueError as refused:
        return str(refused)


def main():
    asked = json.load(sys.stdin)
    kafka = {"bootstrap.servers": asked["brokers"]}
    schemas = local_schemas(ROOT / "schemas")
    view = lambda **contract: UserStates(kafka, asked["topic"], schemas, **contract)
    rejected = []
    with view(on_rejected=lambda *what: rejected.append(what)) as states:
        states.wait_until_ready(READY_SECONDS)
        result = {
            "schemas": LOCAL_SCHEMAS,
            "answers": {user: answer(states, user) for user in asked["users"]},
            "rejected": [[user, place] for user, place, _ in rejected],
            "rankings": [rank(states, user, asked["candidates"]) for user in asked["users"]],
            "users": states.freshness()["users"],
            "stale": states.freshness()["stale"],
        }
        print("ready", file=sys.stderr, flush=True)
        waited, until = asked["waitFor"], time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until and states.get(waited["user"])["stage"] != waited["stage"]:
            time.sleep(0.05)
        result["waited"] = states.get(waited["user"])["stage"]
    first = asked["users"][0]
    with view(max_age_seconds=1) as states:
        states.wait_until_ready(READY_SECONDS)
        result["old"] = answer(states, first)
    with view(max_lag_seconds=1e-9) as states:
        states.wait_until_ready(READY_SECONDS)
        result["behind"] = answer(states, first)
    with view(keep=lambda user: user != first) as states:
        states.wait_until_ready(READY_SECONDS)
        result["notKept"] = answer(states, first)
    json.dump(result, sys.stdout)


main()
