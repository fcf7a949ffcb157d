"""Reads a run with tensorboard, safetensors and PyTorch: read_run.py RUN TICKS WIDTH."""
import json
import pathlib
import sys

import torch
import torch.nn as nn
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run, ticks, width = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

events = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 0, "histograms": 0})
events.Reload()
tags = events.Tags()
lines = [json.loads(line) for line in (run / "ticks.jsonl").read_text().splitlines()]
assert len(lines) == ticks, len(lines)
for signal in lines[0]["signals"]:
    seen = events.Scalars(signal.replace(".", "/", 1))
    assert [s.step for s in seen] == [line["samples"] for line in lines], signal
    for one, line in zip(seen, lines):
        assert abs(one.value - line["signals"][signal]) <= 1e-6 * abs(one.value) + 1e-12, signal
assert len(events.Images("samples")) == 4, tags["images"]  # at 0, 10, 20 and 30 steps
assert {"logits/real", "logits/fake"} <= set(tags["histograms"]), tags["histograms"]
assert sum(events.Histograms("logits/real")[0].histogram_value.bucket) == 64

checkpoint = sorted((run / "checkpoints").iterdir())[-1]
g = nn.Sequential(
    nn.ConvTranspose2d(64 + 10, 4 * width, 4, 1, 0, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
    nn.ConvTranspose2d(4 * width, 2 * width, 3, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
    nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
    nn.ConvTranspose2d(width, 1, 4, 2, 1, bias=False), nn.Tanh())
answer = g.load_state_dict(load_file(checkpoint / "generator.safetensors"), strict=False)
assert not answer.unexpected_keys, answer
assert all(key.endswith("num_batches_tracked") for key in answer.missing_keys), answer
with torch.no_grad():
    x = g.eval()(torch.randn(3, 74, 1, 1))
assert x.shape == (3, 1, 28, 28) and bool(x.isfinite().all()), x.shape
d = load_file(checkpoint / "discriminator.safetensors")
assert any(name.endswith(".u") for name in d), sorted(d)
print(f"read {len(tags['scalars'])} scalars, {ticks} ticks, {len(d)} tensors of the discriminator")
