"""The networks of the references, from clones of their repositories, on a processor without flash-attn."""
import contextlib
import importlib
import os
import sys
import types

import torch
import torch.nn.functional as F

# Where `git clone` puts them.
REPOSITORIES = {"mdlm": "mdlm", "duo": "duo", "sedd": "Score-Entropy-Discrete-Diffusion"}


def rotated(x, cos, sin):
    """The first half of each head's numbers and the second, [B, L, heads, d], turned by angles [L, d / 2]."""
    first, second = x.chunk(2, dim=-1)
    cos, sin = cos[None, :, None], sin[None, :, None]
    return torch.cat([first * cos - second * sin, first * sin + second * cos], -1)


def rotated_qkv(qkv, cos, sin):
    """Queries and keys of [B, L, 3, heads, d]."""
    q, k, v = qkv.unbind(2)
    return torch.stack([rotated(q, cos, sin), rotated(k, cos, sin), v], 2)


def attention(qkv, ends, length, dropout, causal):
    """Of rows of one length, packed as [B L, 3, heads, d]."""
    rows = len(ends) - 1
    q, k, v = (part.unflatten(0, (rows, -1)).transpose(1, 2) for part in qkv.unbind(1))
    return F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(0, 1)


@contextlib.contextmanager
def stand_in_for_flash_attn():
    """What the references take from flash-attn, which needs a GPU; not longer than they are imported, lest transformers finds it."""
    made = []

    def module(name, **members):
        made.append(name)
        own = sys.modules[name] = types.ModuleType(name)
        own.__dict__.update(members)
        return own

    rotary = module("flash_attn.layers.rotary", apply_rotary_emb_qkv_=rotated_qkv, apply_rotary_emb_torch=rotated)
    interface = module("flash_attn.flash_attn_interface", flash_attn_varlen_qkvpacked_func=attention)
    layers = module("flash_attn.layers", rotary=rotary, __path__=[])
    module("flash_attn", layers=layers, flash_attn_interface=interface, __path__=[])
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


def module_of(clones, kind):
    """The file that holds a reference's network."""
    package, name = ("model", "transformer") if kind == "sedd" else ("models", "dit")
    root = os.path.join(clones, REPOSITORIES[kind])
    # Not the __init__ of `models`: it imports networks that need more packages.
    holder = sys.modules[package] = types.ModuleType(package)
    holder.__path__ = [os.path.join(root, package)]
    with stand_in_for_flash_attn():
        return importlib.import_module(f"{package}.{name}")


def reference(clones, kind, folder, fields, state):
    """A reference's network with the weights of a folder, or with `state`; a missing or further tensor is an error."""
    module = module_of(clones, kind)
    if kind == "sedd":
        return module.SEDD.from_pretrained(folder).eval()
    config = {
        "algo": {"causal_attention": False},
        "model": {"hidden_size": fields["hidden_dim"], "cond_dim": fields["cond_dim"], "n_blocks": fields["n_blocks"], "n_heads": fields["n_heads"],
                  "length": fields["model_length"], "dropout": 0.1, "scale_by_sigma": True},
    }
    model = module.DIT(config, vocab_size=fields["vocab_size"])
    # Buffers, which some of the published files hold and others do not.
    own = {name.removeprefix("backbone."): tensor for name, tensor in state.items() if "sampling_eps" not in name}
    own.setdefault("rotary_emb.inv_freq", model.rotary_emb.inv_freq)
    model.load_state_dict(own, strict=True)
    return model.eval()
