#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0: the pre-tokenizer Split with a String pattern and the behavior Removed keeps the pattern as words: the pattern
# is compiled with a capturing group, which String.prototype.split gives back. Python's removes it.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @huggingface/tokenizers@0.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
cat > tokenizer.json <<'J'
{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "Removed", "invert": false}, "post_processor": null, "decoder": null, "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "the": 1, "sea": 2}, "unk_token": "[UNK]"}}
J
cat > run.mjs <<'J'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
const tokenizer = new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), { unk_token: '[UNK]' });
const { ids } = tokenizer.encode("the sea", { add_special_tokens: false });
console.log(JSON.stringify(ids));
J
cat > run.py <<'J'
import json
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file("tokenizer.json")
ids = tokenizer.encode("the sea").ids
print(json.dumps(ids, separators=(",", ":")))
J
js=$(node run.mjs)
python=$(venv/bin/python run.py)
printf '@huggingface/tokenizers 0.2.0: %s\ntokenizers 0.23.3 (Python):     %s\n' "$js" "$python"
[ "$js" = '[1,0,2]' ] && [ "$python" = '[1,2]' ] || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
