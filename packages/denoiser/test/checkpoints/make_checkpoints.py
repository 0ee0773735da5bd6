#!/usr/bin/env python3
"""Writes the small checkpoints beside this file, as the trainers of the references leave them.

    pip install torch lightning omegaconf numpy && python make_checkpoints.py

Made with torch 2.15, lightning 2.6 and omegaconf 2.4; numbers of tensor i are (i + 1) + 0.001 j, so that a reader's can be told.
"""
import collections
import functools
import os

import numpy as np
import torch
from omegaconf import OmegaConf

HERE = os.path.dirname(os.path.abspath(__file__))
H, BLOCKS, HEADS, COND, LENGTH, VOCAB = 8, 1, 2, 4, 6, 12


def shapes():
    """Names in module order, buffers among them, as a state_dict of the reference's DIT has them."""
    out = {"vocab_embed.embedding": (VOCAB, H)}
    for name, shape in [("0", (COND, 256)), ("2", (COND, COND))]:
        out[f"sigma_map.mlp.{name}.weight"] = shape
        out[f"sigma_map.mlp.{name}.bias"] = shape[:1]
    out["rotary_emb.inv_freq"] = (H // HEADS // 2,)
    for i in range(BLOCKS):
        p = f"blocks.{i}."
        out.update({
            p + "norm1.weight": (H,), p + "attn_qkv.weight": (3 * H, H), p + "attn_out.weight": (H, H), p + "norm2.weight": (H,),
            p + "mlp.0.weight": (4 * H, H), p + "mlp.0.bias": (4 * H,), p + "mlp.2.weight": (H, 4 * H), p + "mlp.2.bias": (H,),
            p + "adaLN_modulation.weight": (6 * H, COND), p + "adaLN_modulation.bias": (6 * H,),
        })
    out.update({
        "output_layer.norm_final.weight": (H,), "output_layer.linear.weight": (VOCAB, H), "output_layer.linear.bias": (VOCAB,),
        "output_layer.adaLN_modulation.weight": (2 * H, COND), "output_layer.adaLN_modulation.bias": (2 * H,),
    })
    return out


def numbers(i, shape, factor=1.0):
    count = int(np.prod(shape))
    return torch.tensor(factor * ((i + 1) + 0.001 * np.arange(count, dtype=np.float64)), dtype=torch.float32).reshape(shape)


def state(prefix, factor=1.0, views=False):
    out = collections.OrderedDict()
    for i, (name, shape) in enumerate(shapes().items()):
        tensor = numbers(i, shape, factor)
        if views and name == "sigma_map.mlp.2.weight":
            tensor = tensor.t().contiguous().t()  # the same numbers, strides swapped
        if views and name == "blocks.0.norm1.weight":
            tensor = torch.cat([torch.full((2,), 99.0), tensor])[2:]  # the same numbers, behind two others
        out[prefix + name] = tensor
    return out


def average(weights):
    """`models/ema.py` of the references: a list in the order of the trained parameters."""
    kept = [tensor * 2 for name, tensor in weights.items() if name.startswith("backbone.") and not name.endswith("inv_freq")]
    return {"decay": 0.9999, "num_updates": 7, "shadow_params": kept}


def settings(algo, time_conditioning):
    return OmegaConf.create({
        "seed": 1,
        "algo": {"name": algo, "backbone": "dit", "parameterization": "mean", "time_conditioning": time_conditioning, "T": 0},
        "model": {"name": "tiny", "type": "ddit", "hidden_size": H, "cond_dim": COND, "length": LENGTH, "n_blocks": BLOCKS, "n_heads": HEADS,
                  "scale_by_sigma": True, "dropout": 0.1, "tie_word_embeddings": False},
        "noise": {"type": "log-linear", "eps": 0.001},
        "lr_scheduler": {"milestones": [1, 2]},
    })


def lightning(weights, config, with_average=True):
    return {
        "epoch": 0, "global_step": 7, "pytorch-lightning_version": "2.6.6", "state_dict": weights,
        "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {}, "optimizer_states": [], "lr_schedulers": [{"base": functools.partial(max, 1)}],
        "hparams_name": "kwargs", "hyper_parameters": {"config": config, "scale": np.float64(0.5)},
        **({"ema": average(weights)} if with_average else {}),
    }


def tied():
    """Input and output embedding are one tensor, which has one running average."""
    weights = state("backbone.")
    weights["backbone.output_layer.linear.weight"] = weights["backbone.vocab_embed.embedding"]
    checkpoint = lightning(weights, settings("mdlm", False))
    kept = [tensor * 2 for name, tensor in weights.items() if not name.endswith(("inv_freq", "output_layer.linear.weight"))]
    checkpoint["ema"]["shadow_params"] = kept
    return checkpoint


def kinds():
    """Types that weights of other programs may have; eight numbers each."""
    values = torch.arange(8, dtype=torch.float32)
    out = {str(kind).split(".")[1]: values.to(kind) for kind in [
        torch.float8_e4m3fn, torch.float8_e5m2, torch.complex64, torch.complex128, torch.float64, torch.uint16, torch.bool]}
    out["float4"] = torch.arange(8, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    return out


def main():
    save = lambda name, value: torch.save(value, os.path.join(HERE, name))
    save("mdlm.ckpt", lightning(state("backbone.", views=True), settings("mdlm", False)))
    duo = state("backbone.")
    duo.update(state("teacher.", factor=-1.0))
    save("duo-distilled.ckpt", lightning(duo, settings("distillation", True)))
    save("tied.ckpt", tied())
    save("kinds.pt", kinds())
    save("halves.pt", {name: tensor.to(torch.bfloat16) for name, tensor in state("").items()})


if __name__ == "__main__":
    main()
