"""Writes tests/dynamics/adafactor.json: weights and gradients of torch.optim.Adafactor.

  python tests/dynamics/make_adafactor.py

Made with PyTorch 2.11.0 in float64: a vector, a matrix, a convolution weight and a number, some
steps each, under settings that reach every branch.
"""
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
draw = torch.Generator().manual_seed(5)
SHAPES = [(3,), (4, 3), (2, 3, 4, 4), ()]
CASES = [
    {"name": "defaults", "lr": 1e-2, "beta2_decay": -0.8, "eps1": 1e-7, "eps2": 1e-3, "d": 1.0, "weight_decay": 0.0},
    {"name": "rate above 1/sqrt(t)", "lr": 0.7, "beta2_decay": -0.5, "eps1": 1e-7, "eps2": 1e-3, "d": 1.0, "weight_decay": 0.1},
    {"name": "small weights, floor of moments", "lr": 0.05, "beta2_decay": -1.0, "eps1": 0.5, "eps2": 0.2, "d": 2.0, "weight_decay": 0.01},
]


def stored(t):
    return {"shape": list(t.shape), "values": t.detach().flatten().tolist()}


out = []
for case in CASES:
    scale = 0.01 if "small" in case["name"] else 1.0
    weights = [(torch.randn(s, generator=draw) * scale).requires_grad_() for s in SHAPES]
    optimizer = torch.optim.Adafactor(
        weights, lr=case["lr"], beta2_decay=case["beta2_decay"], eps=(case["eps1"], case["eps2"]),
        d=case["d"], weight_decay=case["weight_decay"], foreach=False)
    row = {"name": case["name"], "config": case, "start": [stored(w) for w in weights], "steps": []}
    for t in range(4):
        for w in weights:
            w.grad = torch.randn(w.shape, generator=draw) * 10.0 ** (t - 2)
        gradients = [stored(w.grad) for w in weights]
        optimizer.step()
        row["steps"].append({"gradients": gradients, "weights": [stored(w) for w in weights]})
    out.append(row)
pathlib.Path(__file__).with_name("adafactor.json").write_text(json.dumps(out) + "\n")
