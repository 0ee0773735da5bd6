#!/usr/bin/env python3
"""Writes the small model folders beside this file, in the layouts of the published models, with what their networks answer.

    pip install torch numpy safetensors && python make_folders.py && npx prettier --write .

Made with torch 2.15. The network is written from its description, in float64, and shares no code with this project's; it is first held against the
numbers of the references' own code in `golden/` (to 2e-6, at which the references' float32 tables differ). Weights are random.
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "../../../../golden")
HIDDEN, BLOCKS, HEADS, COND, LENGTH, TOKENS = 8, 2, 2, 2, 6, 11
MASK = TOKENS


def logits(w, heads, ids, sigma, causal=False):
    """[B, L, V] of tokens [B, L] at total noise [B]. `w` holds float64 tensors by their names without prefix."""
    table = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float64) / 128)
    angles = sigma[:, None] * table
    c = torch.cat([angles.cos(), angles.sin()], -1)
    for i in ("0", "2"):
        c = F.linear(c, w[f"sigma_map.mlp.{i}.weight"], w[f"sigma_map.mlp.{i}.bias"])
        c = F.silu(c)
    x = w["vocab_embed.embedding"][ids]
    batch, length, hidden = x.shape
    d = hidden // heads
    turns = torch.outer(torch.arange(length, dtype=torch.float64), 10000.0 ** (-torch.arange(0, d, 2, dtype=torch.float64) / d))
    cos, sin = turns.cos()[None, :, None], turns.sin()[None, :, None]

    def chunks(name, count):
        return F.linear(c, w[name + ".adaLN_modulation.weight"], w[name + ".adaLN_modulation.bias"])[:, None].chunk(count, -1)

    def norm(x, name, shift, scale):
        return F.layer_norm(x, (hidden,), w[name + ".weight"], eps=1e-5) * (1 + scale) + shift

    def rotate(v):
        first, second = v[..., : d // 2], v[..., d // 2 :]
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)

    i = 0
    while (p := f"blocks.{i}") + ".attn_qkv.weight" in w:
        shift1, scale1, gate1, shift2, scale2, gate2 = chunks(p, 6)
        qkv = F.linear(norm(x, p + ".norm1", shift1, scale1), w[p + ".attn_qkv.weight"]).view(batch, length, 3, heads, d)
        q, k, v = rotate(qkv[:, :, 0]), rotate(qkv[:, :, 1]), qkv[:, :, 2]
        attention = torch.einsum("blad,bmad->balm", q, k).div(math.sqrt(d))
        if causal:
            attention = attention.masked_fill(torch.ones(length, length).triu(1).bool(), -math.inf)
        out = torch.einsum("balm,bmad->blad", attention.softmax(-1), v).reshape(batch, length, hidden)
        x = x + gate1 * F.linear(out, w[p + ".attn_out.weight"])
        y = F.linear(norm(x, p + ".norm2", shift2, scale2), w[p + ".mlp.0.weight"], w[p + ".mlp.0.bias"])
        y = 0.5 * y * (1 + torch.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y**3)))
        x = x + gate2 * F.linear(y, w[p + ".mlp.2.weight"], w[p + ".mlp.2.bias"])
        i += 1
    shift, scale = chunks("output_layer", 2)
    x = norm(x, "output_layer.norm_final", shift, scale)
    return F.linear(x, w["output_layer.linear.weight"], w["output_layer.linear.bias"])


def subs(raw, ids, sigma):
    """MDLM: log-probabilities, never of the mask, and of what stands there where it is none."""
    raw[..., MASK] = -math.inf
    out = raw.log_softmax(-1)
    kept = torch.full_like(out, -math.inf).scatter(-1, ids[..., None], 0.0)
    return torch.where((ids == MASK)[..., None], out, kept)


def mean(raw, ids, sigma):
    """Duo and UDLM."""
    return raw.log_softmax(-1)


def scores(scale_by_sigma):
    """SEDD's log-scores."""

    def of(raw, ids, sigma):
        if scale_by_sigma:
            raw = raw - torch.log(torch.expm1(sigma))[:, None, None] - math.log(raw.shape[-1] - 1)
        return raw.scatter(-1, ids[..., None], 0.0)

    return of


def check_golden():
    """The network above against the references' code."""
    read = lambda name: load_file(os.path.join(GOLDEN, name))
    for kind, cases in {"mdlm": ["mdlm", "mdlm_time"], "duo": ["duo_hard"]}.items():
        stored = {k.split("backbone.")[1]: torch.tensor(v, dtype=torch.float64) for k, v in read(f"dit_{kind}.safetensors").items() if "backbone." in k and "/weights/" in k}
        data = read(f"dit_forward.{kind}.safetensors")
        for case in cases:
            tensor = lambda name: torch.tensor(data[f"dit_forward/{case}/{name}"])
            sigma = tensor("sigma").double() * (0 if case == "mdlm" else 1)
            error = (logits(stored, 2, tensor("xt").long(), sigma) - tensor("raw_logits_f64")).abs().max().item()
            assert error < 2e-6, (case, error)
            print(f"golden {case}: {error:.1e}")


def weights(rows, rng):
    """Names without prefix, in the order of the references' modules."""
    out = {}

    def even(name, shape, bound, centre=0.0):
        out[name] = (centre + bound * (rng.random(shape) * 2 - 1)).astype(np.float32)

    def linear(name, wide, fan, bias=True):
        even(name + ".weight", (wide, fan), fan**-0.5)
        if bias:
            even(name + ".bias", (wide,), fan**-0.5)

    even("vocab_embed.embedding", (rows, HIDDEN), 1.0)
    linear("sigma_map.mlp.0", COND, 256)
    linear("sigma_map.mlp.2", COND, COND)
    for i in range(BLOCKS):
        p = f"blocks.{i}."
        even(p + "norm1.weight", (HIDDEN,), 0.1, 1.0)
        linear(p + "attn_qkv", 3 * HIDDEN, HIDDEN, bias=False)
        linear(p + "attn_out", HIDDEN, HIDDEN, bias=False)
        even(p + "norm2.weight", (HIDDEN,), 0.1, 1.0)
        linear(p + "mlp.0", 4 * HIDDEN, HIDDEN)
        linear(p + "mlp.2", HIDDEN, 4 * HIDDEN)
        linear(p + "adaLN_modulation", 6 * HIDDEN, COND)
    even("output_layer.norm_final.weight", (HIDDEN,), 0.1, 1.0)
    linear("output_layer.linear", rows, HIDDEN)
    linear("output_layer.adaLN_modulation", 2 * HIDDEN, COND)
    return out


SIZES = dict(cond_dim=COND, dropout=0.1, hidden_dim=HIDDEN, model_length=LENGTH, n_blocks=BLOCKS, n_heads=HEADS)


def flat(model_type, rows, name=None, **fields):
    name = name or model_type.upper()
    stem = name.lower()
    auto_map = {"AutoConfig": f"configuration_{stem}.{name}Config", "AutoModelForMaskedLM": f"modeling_{stem}.{name}"}
    tail = dict(return_dict=False, torch_dtype="float32", transformers_version="4.38.2", vocab_size=rows)
    return dict(architectures=[name], auto_map=auto_map, **SIZES, **fields, model_type=model_type, **tail)


def nested(graph, noise, **noise_options):
    return dict(
        tokens=TOKENS, ngpus=8, training=dict(batch_size=512, ema=0.9999, weight="standard"), graph=dict(type=graph, file="data", report_all=False),
        noise=dict(type=noise, sigma_min=1e-4, sigma_max=20), sampling=dict(predictor="euler", steps=128, noise_removal=True),
        model=dict(name="small", type="ddit", hidden_size=HIDDEN, cond_dim=COND, length=LENGTH, n_blocks=BLOCKS, n_heads=HEADS,
                   scale_by_sigma=graph == "absorb", dropout=0.1),
    )


MASKED, UNIFORM = TOKENS + 1, TOKENS
DUO = dict(causal=False, var_min=True)
# Name: (config.json, prefix, buffers, whether sigma is read, what is made of logits).
FOLDERS = {
    "mdlm-owt": (flat("mdlm", MASKED, time_conditioning=False), "backbone.", ["rotary"], False, subs),
    "mdlm-no_flashattn-fp32-owt": (
        dict(_name_or_path="mdlm-owt", **flat("mdlm", MASKED, time_conditioning=False)), "backbone.", ["rotary"], False, subs),
    "duo": (flat("DUO", UNIFORM, **DUO), "backbone.", [], True, mean),
    "duo-distilled": (flat("DUO", UNIFORM, **DUO), "backbone.", [], True, mean),
    "idlm-mdlm": (flat("mdlm", MASKED, time_conditioning=False), "backbone.", ["rotary"], False, subs),
    "idlm-duo": (flat("DUO", UNIFORM, **DUO), "backbone.", ["rotary"], True, mean),
    # What the published one calls itself is not known: this one leaves family and timing to its reader.
    "idlm-dcd": (flat("idlm", UNIFORM), "backbone.", ["rotary"], True, mean),
    "udlm": (flat("udlm", UNIFORM, cfg=False, cfg_num_classes=-1, time_conditioning=True), "backbone.", ["rotary"], True, mean),
    "sedd-small": (nested("absorb", "loglinear"), "", ["rotary"], True, scores(True)),
    "sedd-uniform-repaired": (nested("uniform", "geometric"), "", ["rotary"], True, scores(False)),
    "bd3lm-owt-block_size1024-pretrain": (
        flat("bd3lm", MASKED, adaln=True, attn_backend="flex", block_size=LENGTH, causal=False, cross_attn=True, sampling_eps_max=1.0,
             sampling_eps_min=0.001, time_conditioning=False, var_min=False),
        "backbone.", ["rotary", "sampling"], False, subs),
    # The references have such networks in checkpoints alone; the fields are this project's.
    "autoregressive": (flat("ar", TOKENS, causal=True, time_conditioning=False), "backbone.", ["rotary"], False, mean),
    # As MDLM's in all but its noise, of which nothing here knows.
    "xdlm-owt": (flat("mdlm", MASKED, time_conditioning=False), "backbone.", ["rotary"], False, subs),
}


def buffers(kinds, prefix):
    frequencies = 10000.0 ** (-np.arange(0, HIDDEN // HEADS, 2, dtype=np.float64) / (HIDDEN // HEADS))
    found = {prefix + "rotary_emb.inv_freq": frequencies.astype(np.float32)} if "rotary" in kinds else {}
    if "sampling" in kinds:
        found.update(sampling_eps_min=np.array(0.001, np.float32), sampling_eps_max=np.array(1.0, np.float32))
    return found


def main():
    check_golden()
    answers = {}
    for seed, (name, (config, prefix, kinds, timed, output)) in enumerate(FOLDERS.items()):
        folder, rng = os.path.join(HERE, name), np.random.default_rng(seed)
        os.makedirs(folder, exist_ok=True)
        rows = config.get("vocab_size") or config["tokens"] + (1 if config["graph"]["type"] == "absorb" else 0)
        made = weights(rows, rng)
        save_file({**{prefix + k: v for k, v in made.items()}, **buffers(kinds, prefix)}, os.path.join(folder, "model.safetensors"), {"format": "pt"})
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file, indent=2)
            file.write("\n")
        ids = torch.tensor(rng.integers(0, rows, (2, LENGTH)))
        if rows == MASKED:
            ids[:, ::2] = MASK
        # Times and levels of the log-linear schedule; of the geometric one for the model that has it.
        t = torch.tensor([0.25, 0.9], dtype=torch.float64)
        is_geometric = config.get("noise", {}).get("type") == "geometric"
        sigma = 1e-4 ** (1 - t) * 20**t if is_geometric else -torch.log1p(-(1 - 1e-3) * t)
        raw = logits({k: torch.tensor(v, dtype=torch.float64) for k, v in made.items()}, HEADS, ids, sigma if timed else 0 * sigma, config.get("causal", False))
        answers.update({
            f"{name}/ids": ids.double().numpy(), f"{name}/t": t.numpy(), f"{name}/sigma": sigma.numpy(), f"{name}/logits": raw.numpy(),
            f"{name}/output": output(raw.clone(), ids, sigma).clamp(min=-1e6).numpy(),
        })
    save_file(answers, os.path.join(HERE, "answers.safetensors"))


if __name__ == "__main__":
    main()
