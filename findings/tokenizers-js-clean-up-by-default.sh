#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0: decode of a tokenizer that does not ask for it removes spaces before marks (clean_up_tokenization_spaces
# is taken as true where it is missing, as in GPT-2's files), so a lossless vocabulary loses text. Python's gives it back.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @huggingface/tokenizers@0.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
cat > tokenizer.json <<'J'
{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": false}, "post_processor": null, "decoder": {"type": "Fuse"}, "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, " ": 2, ",": 3, "'": 4, "s": 5}, "unk_token": "a"}}
J
cat > run.mjs <<'J'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
const tokenizer = new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), { unk_token: 'a' });
const { ids } = tokenizer.encode("a , b", { add_special_tokens: false });
console.log(JSON.stringify(tokenizer.decode(ids)));
J
cat > run.py <<'J'
import json
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file("tokenizer.json")
ids = tokenizer.encode("a , b").ids
print(json.dumps(tokenizer.decode(ids), separators=(",", ":")))
J
js=$(node run.mjs)
python=$(venv/bin/python run.py)
printf '@huggingface/tokenizers 0.2.0: %s\ntokenizers 0.23.3 (Python):     %s\n' "$js" "$python"
[ "$js" = '"a, b"' ] && [ "$python" = '"a , b"' ] || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
