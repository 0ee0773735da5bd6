"""Compares what Python's networks answer with what this project's did, which logits.ts wrote.

    python check.py MODEL ANSWERS REFERENCE [--references CLONES] [--fields CONFIG] [--auto]

MODEL is a folder, or a checkpoint, whose running average is taken and whose config.json is at CONFIG. With --references, its weights are put into the
network of REFERENCE (mdlm, duo or sedd) of clones of their repositories; with --auto, transformers opens the folder with the classes beside it.
Prints JSON: the largest difference for each way, as a share of the root mean square of the logits, and what the process took.
"""
import argparse
import json
import os
import resource
import sys

import torch
import transformers
from safetensors.torch import load_file

from references import reference


def tensors_of(model):
    """Weights by name, of a folder or of a checkpoint that write_checkpoint.py has written; its pickle holds settings of OmegaConf."""
    if os.path.isdir(model):
        return load_file(os.path.join(model, "model.safetensors"))
    stored = torch.load(model, weights_only=False)
    state, average = stored["state_dict"], iter(stored["ema"]["shadow_params"])
    found = {name: tensor if name.endswith("inv_freq") else next(average) for name, tensor in state.items()}
    assert next(average, None) is None, "more running averages than weights"
    return found


def log_scores(logits, ids, sigma, scale):
    """SEDD's output: log-scores, 0 for what stands there."""
    if scale:
        logits = logits - torch.expm1(sigma).log()[:, None, None] - torch.tensor(logits.shape[-1] - 1.0).log()
    return logits.scatter(-1, ids[..., None], 0)


def difference(model, answers, every, fields, is_scores):
    worst = 0.0
    for row in ("0", "1"):
        ids, sigma, wanted = answers[f"{row}/ids"].long(), answers[f"{row}/sigma"], answers[f"{row}/logits"]
        with torch.no_grad():
            found = model(ids, sigma)[:, ::every]
        if is_scores:
            wanted = log_scores(wanted, ids[:, ::every], sigma, fields["model"]["scale_by_sigma"])
        worst = max(worst, ((found - wanted).abs().max() / wanted.square().mean().sqrt()).item())
    return worst


def main():
    parser = argparse.ArgumentParser()
    for name in ("model", "answers", "reference", "--references", "--fields"):
        parser.add_argument(name)
    parser.add_argument("--auto", action="store_true")
    asked = parser.parse_args()
    transformers.logging.set_verbosity_error()
    with open(asked.fields or os.path.join(asked.model, "config.json")) as file:
        fields = json.load(file)
    answers = load_file(asked.answers)
    is_scores = asked.reference == "sedd"
    length, kept = answers["0/ids"].shape[1], answers["0/logits"].shape[1]
    every = -(-length // kept)
    errors = {}
    if asked.references:
        # SEDD's class reads its folder by itself.
        state = {} if is_scores else tensors_of(asked.model)
        model = reference(asked.references, asked.reference, asked.model, fields, state)
        errors[type(model).__name__] = difference(model, answers, every, fields, is_scores)
        del model, state
    if asked.auto:
        model, told = transformers.AutoModelForMaskedLM.from_pretrained(asked.model, trust_remote_code=True, output_loading_info=True)
        problems = {kind: found for kind, found in told.items() if found}
        assert not problems, problems
        errors["AutoModelForMaskedLM"] = difference(model.eval(), answers, every, fields, is_scores)
    use = resource.getrusage(resource.RUSAGE_SELF)
    taken = {"megabytes": use.ru_maxrss * 1024 / 1e6, "processor": use.ru_utime + use.ru_stime}
    json.dump({"errors": errors, **taken, "torch": torch.__version__, "transformers": transformers.__version__}, sys.stdout)


if __name__ == "__main__":
    main()
