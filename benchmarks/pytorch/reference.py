"""The same steps in PyTorch, eager or with torch.compile, driven line by line over standard input.

Written from the formulas, as the references run them: loss and heads at every position, three networks for distillation,
sampling with float64 Gumbels over all positions. Install: python3 -m pip install -r benchmarks/pytorch/requirements.txt

Protocol: one JSON object per line in, one out.
  {"setup": {...sizes, "compile": false, "threads": 2}}  ->  {"ready": true, "torch": "..."}
  {"run": "teacher" | "idlm" | "sample" | "forward"}     ->  {"ms": 12.3, "cpu": 20.1, "rss": bytes, "calls": of the network, of a sample}
"""

import json
import math
import os
import resource
import sys
import time

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel


def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


class Norm(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden))

    def forward(self, x, shift, scale):
        return F.layer_norm(x, x.shape[-1:], self.weight) * (1 + scale) + shift


class Block(nn.Module):
    def __init__(self, hidden, heads, cond):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = Norm(hidden), Norm(hidden)
        self.qkv = nn.Linear(hidden, 3 * hidden, bias=False)
        self.out = nn.Linear(hidden, hidden, bias=False)
        self.mlp = nn.Sequential(
            nn.Linear(hidden, 4 * hidden), nn.GELU(approximate="tanh"), nn.Linear(4 * hidden, hidden)
        )
        self.modulation = nn.Linear(cond, 6 * hidden)

    def forward(self, x, c, cos, sin):
        batch, length, hidden = x.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c).unsqueeze(1).chunk(6, dim=-1)
        qkv = self.qkv(self.norm1(x, shift1, scale1)).view(batch, length, 3, self.heads, hidden // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v)
        x = x + gate1 * self.out(attended.transpose(1, 2).reshape(batch, length, hidden))
        return x + gate2 * self.mlp(self.norm2(x, shift2, scale2))


class Dit(nn.Module):
    def __init__(self, vocab, length, hidden, blocks, heads, cond):
        super().__init__()
        self.embed = nn.Embedding(vocab, hidden)
        self.sigma = nn.Sequential(nn.Linear(256, cond), nn.SiLU(), nn.Linear(cond, cond))
        self.blocks = nn.ModuleList(Block(hidden, heads, cond) for _ in range(blocks))
        self.norm = Norm(hidden)
        self.modulation = nn.Linear(cond, 2 * hidden)
        self.head = nn.Linear(hidden, vocab)
        channels = hidden // heads
        angles = torch.outer(torch.arange(length), 10000.0 ** (-torch.arange(0, channels, 2) / channels))
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())
        self.register_buffer("frequencies", torch.exp(-math.log(10000) * torch.arange(128) / 128))

    def forward(self, ids, sigma):
        angles = sigma[:, None] * self.frequencies
        c = F.silu(self.sigma(torch.cat([angles.cos(), angles.sin()], dim=-1)))
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, c, self.cos, self.sin)
        shift, scale = self.modulation(c).unsqueeze(1).chunk(2, dim=-1)
        return self.head(self.norm(x, shift, scale))


class Jobs:
    def __init__(self, vocab, length, hidden, blocks, heads, cond, batch, steps, compile, threads, jobs):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.calls = None
        self.vocab, self.length, self.batch, self.steps, self.mask = vocab, length, batch, steps, vocab - 1
        wanted = 3 if "idlm" in jobs else 1
        self.networks = [Dit(vocab, length, hidden, blocks, heads, cond) for _ in range(wanted)]
        trained = [] if jobs == ["forward"] or jobs == ["sample"] else [0, 2][: wanted]
        self.optimizers = {
            i: torch.optim.AdamW(self.networks[i].parameters(), lr=1e-4, weight_decay=0, fused=True) for i in trained
        }
        self.averages = {i: [p.detach().clone() for p in self.networks[i].parameters()] for i in trained}
        self.call = [torch.compile(n) if compile else n for n in self.networks]
        if "WORLD_SIZE" in os.environ:
            # Ranks of one job, which average gradients while the backward pass goes on; the environment says which is this.
            dist.init_process_group("gloo")
            self.call = [DistributedDataParallel(n, broadcast_buffers=False) for n in self.call]

    def data(self):
        return torch.randint(0, self.vocab - 1, (self.batch, self.length))

    def times(self):
        """Antithetic times of the log-linear schedule."""
        u = (torch.rand(self.batch) / self.batch + torch.arange(self.batch) / self.batch) % 1
        return (1 - 1e-3) * u + 1e-3

    def log_probs(self, network, ids, sigma):
        logits = network(ids, torch.zeros_like(sigma))
        logits[..., self.mask] += -1e6
        return logits - logits.logsumexp(-1, keepdim=True)

    def noised(self, ids, t):
        return torch.where(torch.rand(ids.shape) < (1 - 1e-3) * t[:, None], self.mask, ids)

    def step(self, i, loss):
        optimizer, parameters = self.optimizers[i], list(self.networks[i].parameters())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.averages[i], parameters, 0.001)

    def teacher(self):
        ids, t = self.data(), self.times()
        noisy = self.noised(ids, t)
        log_probs = self.log_probs(self.call[0], noisy, t)
        nll = -log_probs.gather(-1, ids[..., None])[..., 0]
        loss = (nll * (noisy == self.mask) / t[:, None]).mean()
        self.step(0, loss)
        return loss.item()

    def soft_sample(self):
        ids, g = self.data(), self.times()
        noisy = self.noised(ids, g)
        probs = self.log_probs(self.call[0], noisy, g).exp()
        visible = F.one_hot(ids, self.vocab).to(probs.dtype)
        return torch.where((noisy == self.mask)[..., None], probs, visible)

    def diffusion_loss(self, network, soft, noisy, t):
        losses = -(soft * self.log_probs(network, noisy, t)).sum(-1)
        return (losses * (noisy == self.mask) / t[:, None]).sum(-1).mean()

    def renoised(self, soft, t):
        alpha = (1 - (1 - 1e-3) * t)[:, None, None]
        law = alpha * soft.detach()
        law[..., self.mask] += 1 - alpha[..., 0]
        gumbel = 1e-10 - (torch.rand_like(law) + 1e-10).log()
        return (law / gumbel).argmax(-1)

    def idlm(self):
        """One fake step, then one student step: networks 0, 1, 2 are student, teacher, fake."""
        with torch.no_grad():
            soft = self.soft_sample()
        t = self.times()
        self.step(2, self.diffusion_loss(self.call[2], soft, self.renoised(soft, t), t))
        soft, t = self.soft_sample(), self.times()
        noisy = self.renoised(soft, t)
        with torch.no_grad():
            teacher = self.log_probs(self.call[1], noisy, t)
            fake = self.log_probs(self.call[2], noisy, t)
        weight = (noisy == self.mask)[..., None] / t[:, None, None]
        loss = (soft * weight * (fake - teacher)).sum((-1, -2)).mean()
        self.step(0, loss)
        return loss.item()

    @torch.no_grad()
    def sample(self):
        """The ancestral sampler of MDLM: float64 Gumbels over all positions, a call where anything changed."""
        x = torch.full((self.batch, self.length), self.mask)
        times = torch.linspace(1, 1e-5, self.steps + 1, dtype=torch.float64)
        cached = None
        self.calls = 1
        for t, s in zip(times[:-1], times[1:]):
            if cached is None:
                self.calls += 1
                cached = self.log_probs(self.call[0], x, torch.zeros(self.batch)).double().exp()
            law = cached * (t - s)
            law[..., self.mask] = s
            gumbel = 1e-10 - (torch.rand(law.shape, dtype=torch.float64) + 1e-10).log()
            drawn = (law / gumbel).argmax(-1)
            moved = torch.where(x == self.mask, drawn, x)
            if not torch.equal(moved, x):
                cached = None
            x = moved
        left = self.log_probs(self.call[0], x, torch.zeros(self.batch)).argmax(-1)
        return torch.where(x == self.mask, left, x)

    @torch.no_grad()
    def forward(self):
        return self.call[0](self.data(), torch.zeros(self.batch))


def main():
    jobs = None
    for line in sys.stdin:
        request = json.loads(line)
        if "setup" in request:
            jobs = Jobs(**request["setup"])
            answer = {"ready": True, "torch": torch.__version__}
        else:
            started, before = time.perf_counter(), time.process_time()
            getattr(jobs, request["run"])()
            answer = {
                "ms": 1000 * (time.perf_counter() - started),
                "cpu": 1000 * (time.process_time() - before),
                "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "calls": jobs.calls,
            }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
