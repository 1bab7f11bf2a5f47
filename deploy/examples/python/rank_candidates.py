"""A ranker downstream of stan-lifecycle: orders candidates by what a user of their stage should be won for next.

Reads lines {"userId": .., "candidates": [{"itemId": .., "scores": {"ctr": .., ..}}]} and answers each with a line:

    python3 rank_candidates.py localhost:9092 stan-lifecycle.user-states ../../../schemas < requests.jsonl
"""

import json
import sys

from user_states import StaleState, UserStates, local_schemas

STAGES = ["new", "wander", "stick", "loyal"]

STAGE_WEIGHTS = {
    "new": {"ctr": 1, "stay": 0.3, "cvr": 0.1},
    "wander": {"ctr": 0.5, "stay": 1, "cvr": 0.2},
    "stick": {"ctr": 0.3, "stay": 0.7, "cvr": 1},
    "loyal": {"ctr": 0.3, "stay": 0.5, "cvr": 1.5},
}

# For whoever is not known well enough.
AVERAGE_WEIGHTS = {"ctr": 0.6, "stay": 0.6, "cvr": 0.6}


def weights_of(state):
    """Weights of the stages by their probabilities; a task with a wide posterior counts as for the average user."""
    weights = dict(AVERAGE_WEIGHTS)
    for posterior in state["tasks"]:
        task = posterior["task"]
        if task not in weights:
            continue
        certainty = 1 - (posterior["upper"] - posterior["lower"])
        staged = sum(p * STAGE_WEIGHTS[stage][task] for stage, p in zip(STAGES, state["stageProbabilities"]))
        weights[task] = certainty * staged + (1 - certainty) * weights[task]
    return weights


def rank(states, user_id, candidates):
    """Item ids, the best first, and what the order rests on."""
    try:
        state = states.get(user_id)
        basis = state["stage"] if state else "not personal: unknown user"
    except StaleState as stale:
        state, basis = None, f"not personal: {stale.reason}"
    weights = weights_of(state) if state else AVERAGE_WEIGHTS
    value = lambda candidate: sum(weight * candidate["scores"].get(task, 0) for task, weight in weights.items())
    order = [candidate["itemId"] for candidate in sorted(candidates, key=value, reverse=True)]
    return {"userId": user_id, "order": order, "basis": basis}


def main(brokers, topic, schema_folder):
    schemas = local_schemas(schema_folder)
    with UserStates({"bootstrap.servers": brokers}, topic, schemas, max_lag_seconds=60) as states:
        states.wait_until_ready(60)
        for line in sys.stdin:
            request = json.loads(line)
            print(json.dumps(rank(states, request["userId"], request["candidates"])), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
