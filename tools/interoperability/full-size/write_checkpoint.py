"""Writes a folder's weights as the trainers of MDLM and Duo leave them: a checkpoint of Lightning with their running average.

    python write_checkpoint.py FOLDER OUT FAMILY

The last weights are half of the average, so that who takes the one for the other is seen.
"""
import json
import os
import sys

import torch
from omegaconf import OmegaConf
from safetensors.torch import load_file


def main():
    folder, out, family = sys.argv[1:]
    with open(os.path.join(folder, "config.json")) as file:
        fields = json.load(file)
    average = load_file(os.path.join(folder, "model.safetensors"))
    settings = OmegaConf.create({
        "algo": {"name": family, "parameterization": "mean", "time_conditioning": family == "duo", "T": 0},
        "model": {"type": "ddit", "hidden_size": fields["hidden_dim"], "cond_dim": fields["cond_dim"], "length": fields["model_length"],
                  "n_blocks": fields["n_blocks"], "n_heads": fields["n_heads"], "scale_by_sigma": True, "dropout": 0.1},
        "noise": {"type": "log-linear", "eps": 0.001},
    })
    is_buffer = lambda name: name.endswith("inv_freq")
    torch.save({
        "epoch": 0, "global_step": 1_000_000, "pytorch-lightning_version": "2.6.6", "callbacks": {}, "lr_schedulers": [],
        "state_dict": {name: tensor if is_buffer(name) else tensor / 2 for name, tensor in average.items()},
        "ema": {"decay": 0.9999, "num_updates": 1_000_000, "shadow_params": [tensor for name, tensor in average.items() if not is_buffer(name)]},
        "hyper_parameters": {"config": settings},
    }, out)


if __name__ == "__main__":
    main()
