#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0: the pre-tokenizer Metaspace hands a text on whole, whatever its option split says, so a Unigram model takes
# entries that go over a space. Python's cuts before every mark by default, and never finds them.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @huggingface/tokenizers@0.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
cat > tokenizer.json <<'J'
{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}, "post_processor": null, "decoder": null, "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [["<unk>", 0.0], ["▁", -1.0], ["a", -2.0], ["b", -2.0], ["a▁b", -1.0]]}}
J
cat > run.mjs <<'J'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
const tokenizer = new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {});
const { ids } = tokenizer.encode("a b", { add_special_tokens: false });
console.log(JSON.stringify(ids));
J
cat > run.py <<'J'
import json
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file("tokenizer.json")
ids = tokenizer.encode("a b").ids
print(json.dumps(ids, separators=(",", ":")))
J
js=$(node run.mjs)
python=$(venv/bin/python run.py)
printf '@huggingface/tokenizers 0.2.0: %s\ntokenizers 0.23.3 (Python):     %s\n' "$js" "$python"
[ "$js" = '[1,4]' ] && [ "$python" = '[1,2,1,3]' ] || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
