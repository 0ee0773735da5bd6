"""Opens model folders with Python's transformers, and compares what they answer with the recorded numbers of packages/denoiser/test/published.

    python check.py ANSWERS FOLDER...

Each folder is called NAME@LAYOUT. Prints a table in Markdown; fails where an answer differs by more than 2e-6 from what float64 computes.
"""
import glob
import os
import sys

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM

MOST = 2e-6


def error(model, answers, name, is_scores):
    ids, sigma = answers[f"{name}/ids"].long(), answers[f"{name}/sigma"].float()
    with torch.no_grad():
        found = model.eval()(ids, sigma)
    wanted = answers[f"{name}/output" if is_scores else f"{name}/logits"]
    assert isinstance(found, torch.Tensor), type(found)
    return (found.double() - wanted).abs().max().item()


def check_folder(path, answers):
    name, layout = os.path.basename(path).split("@")
    classes = [AutoModelForMaskedLM, AutoModel] + ([AutoModelForCausalLM] if name == "autoregressive" else [])
    errors = []
    for one in classes:
        model, told = one.from_pretrained(path, trust_remote_code=True, output_loading_info=True)
        problems = {kind: found for kind, found in told.items() if found}
        assert not problems, problems
        errors.append(error(model, answers, name, layout == "sedd"))
    return name, layout, ", ".join(one.__name__ for one in classes), max(errors)


def check_checkpoint(path, folder, answers):
    """A checkpoint's tensors, read without running code of its pickle, in the network of the folder beside."""
    name, layout = os.path.basename(os.path.dirname(path)).split("@")
    stored = torch.load(path, weights_only=True)
    averages, state = stored["ema"]["shadow_params"], stored["state_dict"]
    trained = [tensor for key, tensor in state.items() if not key.endswith("inv_freq")]
    assert len(averages) == len(trained) and all(a.equal(b) for a, b in zip(averages, trained))
    model = AutoModelForMaskedLM.from_pretrained(folder, trust_remote_code=True)
    found = model.load_state_dict(state, strict=False)
    assert not found.missing_keys and found.unexpected_keys in ([], ["backbone.rotary_emb.inv_freq"]), found
    return name, layout, "torch.load(weights_only=True)", error(model, answers, name, False)


def main():
    answers_path, *folders = sys.argv[1:]
    answers = load_file(answers_path)
    transformers.logging.set_verbosity_error()
    rows = []
    for folder in folders:
        checkpoints = glob.glob(os.path.join(folder, "*.ckpt"))
        twin = folder.split("@")[0] + "@ours"
        rows += [check_checkpoint(one, twin, answers) for one in checkpoints] or [check_folder(folder, answers)]
    print(f"torch {torch.__version__}, transformers {transformers.__version__}\n")
    print("| model | layout | opened by | largest difference |\n| --- | --- | --- | --- |")
    for name, layout, classes, worst in rows:
        print(f"| {name} | {layout} | {classes} | {worst:.1e} |")
    if max(worst for *_, worst in rows) > MOST:
        sys.exit(f"More than {MOST}.")


if __name__ == "__main__":
    main()
