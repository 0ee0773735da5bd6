"""What benchmarks/serving.ts compares with: a server as one writes it in Python, with the same weights and steps.

FastAPI and uvicorn; the network in PyTorch, in the classes of benchmarks/pytorch/reference.py; the ancestral sampler of MDLM by its formulas, with
float64 Gumbels over all positions and a call where anything has changed. Requests that wait are sampled together, at most --batch of them, one batch
after another on a thread of its own; --batch 1 samples each request alone.

  python server.py --model FOLDER --port PORT --batch 64 --threads 2
"""

import argparse
import asyncio
import json
import pathlib
import sys
from contextlib import asynccontextmanager

import torch
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "pytorch"))
from reference import Dit  # noqa: E402


class Request(BaseModel):
    prompt: list[int]
    steps: int
    temperature: float = 1.0


def load(folder):
    """The network of a model folder, and what its tokens mean."""
    config = json.loads((folder / "config.json").read_text())
    network = Dit(
        config["vocab_size"],
        config["model_length"],
        config["hidden_dim"],
        config["n_blocks"],
        config["n_heads"],
        config["cond_dim"],
    )
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    named = {ours: weights[f"backbone.{name}"] for ours, name in names(config["n_blocks"]).items()}
    missing = network.load_state_dict(named, strict=False).missing_keys
    assert set(missing) == {"cos", "sin", "frequencies"}, missing
    return network.eval(), config


def names(blocks):
    """Names of weights: those of the class here, and those of the file."""
    found = {
        "embed.weight": "vocab_embed.embedding",
        "sigma.0.weight": "sigma_map.mlp.0.weight",
        "sigma.0.bias": "sigma_map.mlp.0.bias",
        "sigma.2.weight": "sigma_map.mlp.2.weight",
        "sigma.2.bias": "sigma_map.mlp.2.bias",
        "norm.weight": "output_layer.norm_final.weight",
        "modulation.weight": "output_layer.adaLN_modulation.weight",
        "modulation.bias": "output_layer.adaLN_modulation.bias",
        "head.weight": "output_layer.linear.weight",
        "head.bias": "output_layer.linear.bias",
    }
    for i in range(blocks):
        for ours, theirs in {
            "norm1.weight": "norm1.weight",
            "norm2.weight": "norm2.weight",
            "qkv.weight": "attn_qkv.weight",
            "out.weight": "attn_out.weight",
            "mlp.0.weight": "mlp.0.weight",
            "mlp.0.bias": "mlp.0.bias",
            "mlp.2.weight": "mlp.2.weight",
            "mlp.2.bias": "mlp.2.bias",
            "modulation.weight": "adaLN_modulation.weight",
            "modulation.bias": "adaLN_modulation.bias",
        }.items():
            found[f"blocks.{i}.{ours}"] = f"blocks.{i}.{theirs}"
    return found


class Sampler:
    def __init__(self, network, config):
        self.network, self.mask = network, config["vocab_size"] - 1
        self.length, self.start = config["model_length"], config["row_start"]

    def probs(self, ids, temperature):
        logits = self.network(ids, torch.zeros(len(ids)))
        logits[..., self.mask] = -torch.inf
        return (logits / temperature).double().softmax(-1)

    @torch.inference_mode()
    def sample(self, prompts, steps, temperature):
        """Tokens of all rows after each step, whose prompts stand."""
        x = torch.full((len(prompts), self.length), self.mask)
        for row, prompt in zip(x, prompts):
            row[: len(prompt) + 1] = torch.tensor([self.start, *prompt])
        times = torch.linspace(1, 1e-5, steps + 1, dtype=torch.float64)
        cached = None
        for t, s in zip(times[:-1], times[1:]):
            if cached is None:
                cached = self.probs(x, temperature)
            law = cached * (t - s)
            law[..., self.mask] = s
            gumbel = 1e-10 - (torch.rand(law.shape, dtype=torch.float64) + 1e-10).log()
            moved = torch.where(x == self.mask, (law / gumbel).argmax(-1), x)
            if not torch.equal(moved, x):
                cached = None
            x = moved
            yield x
        yield torch.where(x == self.mask, self.probs(x, temperature).argmax(-1), x)


def serve(sampler, most):
    queue = asyncio.Queue()

    @asynccontextmanager
    async def lifespan(_):
        worker = asyncio.create_task(work())
        yield
        worker.cancel()

    app = FastAPI(lifespan=lifespan)

    async def work():
        """Samples those who wait together; all of a batch begin and end together."""
        loop = asyncio.get_running_loop()
        while True:
            batch = [await queue.get()]
            while len(batch) < most and not queue.empty():
                batch.append(queue.get_nowait())

            def tell(tokens):
                for row, (_, told) in zip(tokens, batch):
                    told.put_nowait(row)

            def run():
                first = batch[0][0]
                for x in sampler.sample([one.prompt for one, _ in batch], first.steps, first.temperature):
                    loop.call_soon_threadsafe(tell, x.tolist())

            await loop.run_in_executor(None, run)
            for _, told in batch:
                told.put_nowait(None)

    @app.post("/frames")
    async def frames(request: Request):
        told = asyncio.Queue()
        await queue.put((request, told))

        async def events():
            while (tokens := await told.get()) is not None:
                yield f"data: {json.dumps(tokens)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    app = serve(Sampler(*load(options.model)), options.batch)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="error")
