"""Writes recorded-answers.json: what a network written anew in PyTorch answers, in float64, to tokens and two noise levels with the weights of full size.

    python record_answers.py MODEL

MODEL is a folder that write-model.ts has written at full size, with 50,258 rows: the weights are the same in all such layouts. The network is
that of packages/denoiser/test/published/make_folders.py, which is first held against the numbers of the references. For some positions the logits of
some entries are kept, and of all entries the logarithm of the sum of their exponentials. Takes 3 GB of memory.
"""
import json
import os
import sys

import torch
from safetensors import safe_open

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../packages/denoiser/test/published"))

from make_folders import check_golden, logits  # noqa: E402

HEADS, LENGTH, ROWS = 12, 32, 50258
POSITIONS = [0, 1, 14, 15, 30, 31]
ENTRIES = [0, 1, 2, 63, 64, 8191, 8192, 25000, 41337, 50255, 50256, 50257]


def main():
    check_golden()
    with safe_open(os.path.join(sys.argv[1], "model.safetensors"), "pt") as file:
        weights = {name.removeprefix("backbone."): file.get_tensor(name).double() for name in file.keys()}
    # Half of the tokens are the last entry, which is the mask of networks that have one.
    ids = torch.tensor([[ROWS - 1 if i % 2 == 0 else (48271 * (i + 1) ** 2) % ROWS for i in range(LENGTH)]])
    found = []
    for sigma in (0.0, 0.3, 2.5):
        with torch.no_grad():
            rows = logits(weights, HEADS, ids, torch.tensor([sigma], dtype=torch.float64))[0, POSITIONS]
        found.append({"sigma": sigma, "logits": rows[:, ENTRIES].tolist(), "logSums": rows.logsumexp(-1).tolist()})
    answers = {"ids": ids[0].tolist(), "positions": POSITIONS, "entries": ENTRIES, "answers": found}
    with open(os.path.join(HERE, "recorded-answers.json"), "w") as file:
        json.dump(answers, file)


if __name__ == "__main__":
    main()
