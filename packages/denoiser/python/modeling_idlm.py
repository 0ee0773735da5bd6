"""A diffusion transformer that predicts all tokens of a noisy text at once, for `transformers`. Written by idlm beside a model's weights.

    AutoModelForMaskedLM.from_pretrained(folder, trust_remote_code=True)(input_ids, timesteps)

`input_ids` are tokens [B, L], `timesteps` the total noise sigma = -ln alpha of each row [B]; the answer is logits [B, L, V].
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import MaskedLMOutput

from .configuration_idlm import IdlmConfig


def _rotary(length, channels, device):
    """Cosines and sines of the angles by which half a head's channels are turned, each [L, 1, channels / 2]."""
    frequencies = 1 / 10000 ** (torch.arange(0, channels, 2, device=device, dtype=torch.float32) / channels)
    angles = torch.outer(torch.arange(length, device=device, dtype=torch.float32), frequencies)[:, None]
    return angles.cos(), angles.sin()


def _turned(x, cos, sin):
    first, second = x.float().chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1).to(x.dtype)


class Norm(nn.Module):
    """Normalised in float32, then scaled and shifted as the noise level says."""

    def __init__(self, hidden):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden))

    def forward(self, x, shift, scale):
        normal = F.layer_norm(x.float(), x.shape[-1:], self.weight.float()).to(x.dtype)
        return normal * (1 + scale) + shift


class Embedding(nn.Module):
    def __init__(self, vocab_size, hidden):
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(vocab_size, hidden))

    def forward(self, ids):
        return F.embedding(ids, self.embedding)


class NoiseLevel(nn.Module):
    """The noise level as features [B, C]."""

    WIDTH = 256

    def __init__(self, cond):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(self.WIDTH, cond), nn.SiLU(), nn.Linear(cond, cond))

    def forward(self, sigma):
        half = self.WIDTH // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=sigma.device, dtype=torch.float32) / half)
        angles = sigma.float()[:, None] * frequencies
        features = torch.cat([angles.cos(), angles.sin()], dim=-1)
        return F.silu(self.mlp(features.to(self.mlp[0].weight.dtype)))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, self.heads, self.causal, self.dropout = config.hidden_dim, config.n_heads, config.causal, config.dropout
        self.norm1, self.norm2 = Norm(hidden), Norm(hidden)
        self.attn_qkv = nn.Linear(hidden, 3 * hidden, bias=False)
        self.attn_out = nn.Linear(hidden, hidden, bias=False)
        self.mlp = nn.Sequential(nn.Linear(hidden, 4 * hidden), nn.GELU(approximate="tanh"), nn.Linear(4 * hidden, hidden))
        self.adaLN_modulation = nn.Linear(config.cond_dim, 6 * hidden)

    def forward(self, x, c, cos, sin):
        batch, length, hidden = x.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(c)[:, None].chunk(6, dim=-1)
        qkv = self.attn_qkv(self.norm1(x, shift1, scale1)).view(batch, length, 3, self.heads, hidden // self.heads)
        q, k, v = _turned(qkv[:, :, 0], cos, sin), _turned(qkv[:, :, 1], cos, sin), qkv[:, :, 2]
        attended = F.scaled_dot_product_attention(*(part.transpose(1, 2) for part in (q, k, v)), is_causal=self.causal)
        drop = lambda y: F.dropout(y, self.dropout, self.training)
        x = x + gate1 * drop(self.attn_out(attended.transpose(1, 2).reshape(batch, length, hidden)))
        return x + gate2 * drop(self.mlp(self.norm2(x, shift2, scale2)))


class Head(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm_final = Norm(config.hidden_dim)
        self.linear = nn.Linear(config.hidden_dim, config.vocab_size)
        self.adaLN_modulation = nn.Linear(config.cond_dim, 2 * config.hidden_dim)

    def forward(self, x, c):
        shift, scale = self.adaLN_modulation(c)[:, None].chunk(2, dim=-1)
        return self.linear(self.norm_final(x, shift, scale))


class Backbone(nn.Module):
    """The network, with the names of the published weights."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.vocab_embed = Embedding(config.vocab_size, config.hidden_dim)
        self.sigma_map = NoiseLevel(config.cond_dim)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_blocks))
        self.output_layer = Head(config)

    def forward(self, ids, sigma):
        """Logits [B, L, V], and what enters each block and leaves the last, [B, L, H] each."""
        c = self.sigma_map(sigma)
        states = [self.vocab_embed(ids)]
        cos, sin = _rotary(ids.shape[1], self.config.hidden_dim // self.config.n_heads, ids.device)
        for block in self.blocks:
            states.append(block(states[-1], c, cos, sin))
        return self.output_layer(states[-1], c), states


class IdlmForMaskedLM(PreTrainedModel):
    config_class = IdlmConfig
    base_model_prefix = "backbone"
    # Computed here, and saved by the references beside the weights.
    _keys_to_ignore_on_load_unexpected = [r"rotary_emb\.inv_freq$", r"sampling_eps_(min|max)$"]

    def __init__(self, config):
        super().__init__(config)
        self.backbone = Backbone(config)
        self.post_init()

    def _init_weights(self, module):
        if isinstance(module, Embedding):
            nn.init.uniform_(module.embedding, -(module.embedding.shape[1] ** -0.5), module.embedding.shape[1] ** -0.5)

    def _levels(self, ids, sigma):
        if not self.config.time_conditioning:
            return torch.zeros(ids.shape[0], device=ids.device)
        if sigma is None:
            raise ValueError("This network reads the noise level: give timesteps, the total noise of each row [B].")
        return torch.as_tensor(sigma, device=ids.device).reshape(-1).expand(ids.shape[0])

    def _scores(self, logits, ids, sigma):
        """SEDD's log-scores: 0 at the token that stands there."""
        if self.config.scale_by_sigma:
            logits = logits - torch.log(torch.expm1(sigma.double())).to(logits.dtype)[:, None, None] - math.log(logits.shape[-1] - 1)
        return logits.scatter(-1, ids[..., None], 0.0)

    def forward(self, input_ids, timesteps=None, output_hidden_states=None, return_dict=None, **_):
        """Logits [B, L, V] alone, as the references read them, where `return_dict` is false (in config.json or here)."""
        sigma = self._levels(input_ids, timesteps)
        logits, states = self.backbone(input_ids, sigma)
        if self.config.scores:
            logits = self._scores(logits, input_ids, sigma)
        named = getattr(self.config, "return_dict", True) if return_dict is None else return_dict
        if named:
            return MaskedLMOutput(logits=logits, hidden_states=tuple(states) if output_hidden_states else None)
        return (logits, tuple(states)) if output_hidden_states else logits
