"""The configuration of a diffusion language model, for `transformers`. Written by idlm beside a model's config.json."""

from transformers import PretrainedConfig

# The sizes of the network by the two names that published configurations have for them: flat, and SEDD's under "model".
_SIZES = {
    "hidden_dim": "hidden_size",
    "cond_dim": "cond_dim",
    "model_length": "length",
    "n_blocks": "n_blocks",
    "n_heads": "n_heads",
    "dropout": "dropout",
}


def _flat(fields):
    """SEDD's nested configuration in the flat names; others as they are."""
    model, graph = fields.get("model"), fields.get("graph")
    if not (isinstance(model, dict) and isinstance(graph, dict)):
        return {}
    absorbs = graph.get("type") == "absorb"
    return {
        **{own: model[theirs] for own, theirs in _SIZES.items() if theirs in model},
        "vocab_size": fields["tokens"] + (1 if absorbs else 0),
        "time_conditioning": True,
        "scores": True,
        "scale_by_sigma": model.get("scale_by_sigma", absorbs),
    }


class IdlmConfig(PretrainedConfig):
    """Sizes of the network, and what it reads and answers.

    `time_conditioning`: whether it reads the noise level. `causal`: whether it reads from left to right. `scores`: whether it answers SEDD's
    log-scores, 0 at each token that stands there, in place of logits; `scale_by_sigma`: whether they are scaled by the noise level.
    """

    model_type = "idlm"

    def __init__(
        self,
        vocab_size=50258,
        hidden_dim=768,
        cond_dim=128,
        model_length=1024,
        n_blocks=12,
        n_heads=12,
        dropout=0.1,
        time_conditioning=None,
        causal=False,
        scores=False,
        scale_by_sigma=False,
        **others,
    ):
        own = dict(
            vocab_size=vocab_size,
            hidden_dim=hidden_dim,
            cond_dim=cond_dim,
            model_length=model_length,
            n_blocks=n_blocks,
            n_heads=n_heads,
            dropout=dropout,
            # Duo's configurations do not say it: all of its networks read the noise level.
            time_conditioning=not causal if time_conditioning is None else time_conditioning,
            causal=causal,
            scores=scores,
            scale_by_sigma=scale_by_sigma,
        )
        for name, value in {**own, **_flat(others)}.items():
            setattr(self, name, value)
        super().__init__(tie_word_embeddings=False, **{k: v for k, v in others.items() if k not in ("model_type", "tie_word_embeddings")})
