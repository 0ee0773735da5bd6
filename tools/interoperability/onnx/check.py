"""Checks ONNX files with ONNX's own checker, and compares what its reference evaluator answers with recorded logits.

    python check.py CASES

CASES is a JSON file as networks.ts writes it. Prints a line for each file; fails where the checker refuses one, or logits differ by more than it allows.
"""
import json
import sys

import numpy
import onnx
from onnx.reference import ReferenceEvaluator


def inputs_of(request):
    types = {"tokens": numpy.int32, "positions": numpy.int32, "sigma": numpy.float32}
    return {name: numpy.array(values, types[name]) for name, values in request.items()}


def check(case):
    """Largest differences of the evaluator's logits from those of the engine and of ONNX Runtime, of which the latter may be missing."""
    onnx.checker.check_model(case["file"], full_check=True)
    (found,) = ReferenceEvaluator(case["file"]).run(["logits"], inputs_of(case["inputs"]))
    assert found.dtype == numpy.float32, found.dtype
    differences = {}
    for by, wanted in case["logits"].items():
        wanted = numpy.array(wanted, numpy.float32)
        assert found.size == wanted.size and found.shape[0] == len(case["inputs"]["positions"]), found.shape
        differences[by] = float(numpy.abs(found.ravel() - wanted).max())
    return differences


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    print(f"onnx {onnx.__version__}, numpy {numpy.__version__}; largest differences of logits from the reference evaluator's")
    failed = []
    for case in cases:
        differences = check(case)
        print(f"{case['name']}: " + ", ".join(f"{by} {most:.1e}" for by, most in differences.items()))
        # Not <= is also true of what is no number.
        failed += [f"{case['name']}, {by}" for by, most in differences.items() if not most <= case["most"][by]]
    if failed:
        sys.exit(f"More than allowed: {'; '.join(failed)}.")


if __name__ == "__main__":
    main()
