#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0: a WordLevel model takes unk_token from tokenizer_config.json and not from tokenizer.json, so an unknown word gets
# the id undefined, which becomes 0 in an Int32Array: a common word. Python's gives the id of unk_token.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @huggingface/tokenizers@0.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
cat > tokenizer.json <<'J'
{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null, "model": {"type": "WordLevel", "vocab": {"the": 0, "sea": 1, "[UNK]": 2}, "unk_token": "[UNK]"}}
J
cat > run.mjs <<'J'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
const tokenizer = new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {});
const { ids } = tokenizer.encode("the ship", { add_special_tokens: false });
console.log(JSON.stringify(ids));
J
cat > run.py <<'J'
import json
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file("tokenizer.json")
ids = tokenizer.encode("the ship").ids
print(json.dumps(ids, separators=(",", ":")))
J
js=$(node run.mjs)
python=$(venv/bin/python run.py)
printf '@huggingface/tokenizers 0.2.0: %s\ntokenizers 0.23.3 (Python):     %s\n' "$js" "$python"
[ "$js" = '[0,null]' ] && [ "$python" = '[0,2]' ] || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
