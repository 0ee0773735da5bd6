#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0: a Unigram model with byte_fallback encodes what it does not know as the unknown token, although it has all
# bytes. Python's gives their tokens, and decode the text.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @huggingface/tokenizers@0.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
cat > tokenizer.json <<'J'
{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}, "post_processor": null, "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]}, "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["<unk>", 0.0], ["▁", -1.0], ["a", -2.0], ["<0xC3>", -9.0], ["<0xA9>", -9.0]]}}
J
cat > run.mjs <<'J'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
const tokenizer = new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {});
const { ids } = tokenizer.encode("aé", { add_special_tokens: false });
console.log(JSON.stringify(ids));
J
cat > run.py <<'J'
import json
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file("tokenizer.json")
ids = tokenizer.encode("aé").ids
print(json.dumps(ids, separators=(",", ":")))
J
js=$(node run.mjs)
python=$(venv/bin/python run.py)
printf '@huggingface/tokenizers 0.2.0: %s\ntokenizers 0.23.3 (Python):     %s\n' "$js" "$python"
[ "$js" = '[1,2,0]' ] && [ "$python" = '[1,2,3,4]' ] || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
