"""Encodes the lines of a text with Python's tokenizers: python.py TOKENIZER.json TEXT

The number of threads is that of RAYON_NUM_THREADS. Prints JSON: seconds by the clock and of the processor, tokens, and the sha256 of all ids as
int32, line by line.
"""

import hashlib
import json
import sys
import time
from array import array

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
with open(sys.argv[2], encoding="utf-8", newline="\n") as file:
    lines = file.read().split("\n")
seconds, cpu, tokens, digest = 0.0, 0.0, 0, hashlib.sha256()
# Encodings of Python hold offsets and more: of all lines at once they would fill the memory.
for start in range(0, len(lines), 4096):
    some = lines[start : start + 4096]
    wall, used = time.perf_counter(), time.process_time()
    ids = [one.ids for one in tokenizer.encode_batch_fast(some, add_special_tokens=False)]
    seconds += time.perf_counter() - wall
    cpu += time.process_time() - used
    for one in ids:
        tokens += len(one)
        digest.update(array("i", one).tobytes())
print(json.dumps({"seconds": seconds, "cpu": cpu, "tokens": tokens, "sha256": digest.hexdigest()}))
