"""Writes recorded training traces of random networks, in the layout that `saddle lab verify` reads.

  python tests/lab/make_traces.py --fixtures       writes tests/lab/traces anew
  python tests/lab/make_traces.py DIR [SEED...]    writes DIR/<seed>, each with other networks

Made with PyTorch 2.11.0 alone: modules, autograd, torch.optim.Adam. No file of Saddle is read.
"""
import json
import pathlib
import random
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
PENALISED = ("wgan_gp", "ns_r1", "rpgan_r1r2")
OBJECTIVES = ("ns", "hinge", "lsgan") + PENALISED


def mlp(sizes, bias=True):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers += [nn.LeakyReLU(0.2)] if i else []
        layers += [nn.Linear(a, b, bias=bias)]
    return nn.Sequential(*layers)


def dcgan_g(z, widths, channels):
    """widths: of the maps from 4x4 on; each but the first doubles the side, and so does the end."""
    layers = []
    sizes = [z] + widths
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        step = (1, 0) if i == 0 else (2, 1)
        layers += [nn.ConvTranspose2d(a, b, 4, *step, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    step = (2, 1) if widths else (1, 0)
    layers += [nn.ConvTranspose2d(sizes[-1], channels, 4, *step), nn.Tanh()]
    return nn.Sequential(*layers)


def dcgan_d(widths, channels, norm):
    layers = []
    sizes = [channels] + widths
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        normed = norm and i > 0
        layers += [nn.Conv2d(a, b, 4, 2, 1, bias=not normed)]
        layers += [nn.BatchNorm2d(b)] if normed else []
        layers += [nn.LeakyReLU(0.2)]
    layers += [nn.Conv2d(sizes[-1], 1, 4, 1, 0), nn.Flatten()]
    return nn.Sequential(*layers)


def init(net, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, p in net.named_parameters():
        fan = p[0].numel() if p.dim() > 1 else 1
        with torch.no_grad():
            p.copy_(torch.randn(p.shape, generator=generator) * (1.2 / fan**0.5 if p.dim() > 1 else 0.1))
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            with torch.no_grad():
                m.weight.add_(1)
                m.running_mean.copy_(torch.randn(m.running_mean.shape, generator=generator) * 0.1)
                m.running_var.copy_(torch.rand(m.running_var.shape, generator=generator) + 0.5)
    return net


def named_state(net, counters):
    return {k: v.detach().clone() for k, v in net.state_dict().items()
            if counters or not k.endswith("num_batches_tracked")}


def d_loss(name, r, f):
    if name in ("ns", "ns_r1"):
        return F.softplus(-r).mean() + F.softplus(f).mean()
    if name == "hinge":
        return F.relu(1 - r).mean() + F.relu(1 + f).mean()
    if name == "lsgan":
        return 0.5 * ((r - 1) ** 2).mean() + 0.5 * (f**2).mean()
    if name == "wgan_gp":
        return f.mean() - r.mean()
    return F.softplus(-(r - f)).mean()


def g_loss(name, r, f):
    if name in ("ns", "ns_r1"):
        return F.softplus(-f).mean()
    if name in ("hinge", "wgan_gp"):
        return -f.mean()
    if name == "lsgan":
        return 0.5 * ((f - 1) ** 2).mean()
    return F.softplus(-(f - r)).mean()


def slope(d, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(d(x).flatten().sum(), x, create_graph=True)[0].flatten(1)


def penalty(name, d, x, fake, eps, c):
    if name == "wgan_gp":
        e = eps.view(-1, *[1] * (x.dim() - 1))
        return c["lambda"] * ((slope(d, e * x + (1 - e) * fake).norm(2, dim=1) - 1) ** 2).mean()
    total = torch.zeros(())
    if name in ("ns_r1", "rpgan_r1r2"):
        total = total + 0.5 * c["gamma"] * (slope(d, x) ** 2).sum(1).mean()
    if name == "rpgan_r1r2":
        total = total + 0.5 * c["gamma"] * (slope(d, fake) ** 2).sum(1).mean()
    return total


def train(name, g, d, inputs, c, steps, counters):
    out = {k: [] for k in ("loss_d_adv", "loss_d_penalty", "loss_d", "loss_g")}
    record = {}
    adam = lambda net, lr: torch.optim.Adam(net.parameters(), lr, (float(c["b1"]), float(c["b2"])), c["adam_eps"])
    opt_g, opt_d = adam(g, c["lrG"]), adam(d, c["lrD"])
    for t in range(steps):
        x = inputs["x_d"][t]
        fake = g(inputs["z_d"][t]).detach()
        r, f = d(x).flatten(), d(fake).flatten()
        adv = d_loss(name, r, f)
        pen = penalty(name, d, x, fake, inputs["eps"][t], c) if name in PENALISED else torch.zeros(())
        opt_d.zero_grad()
        (adv + pen).backward()
        record |= {f"grad.D.{t}.{k}": p.grad.clone() for k, p in d.named_parameters()}
        record |= {f"logit.real.{t}": r.detach(), f"logit.fake.{t}": f.detach()}
        opt_d.step()
        f = d(g(inputs["z_g"][t])).flatten()
        r = d(inputs["x_g"][t]).flatten() if name == "rpgan_r1r2" else None
        loss = g_loss(name, r, f)
        opt_g.zero_grad()
        loss.backward()
        record |= {f"grad.G.{t}.{k}": p.grad.clone() for k, p in g.named_parameters()}
        opt_g.step()
        for key, value in zip(out, (adv, pen, adv + pen, loss)):
            out[key].append(value.item())
    record |= {k: torch.tensor(v) for k, v in out.items()}
    record |= {f"final.G.{k}": v for k, v in named_state(g, counters).items()}
    record |= {f"final.D.{k}": v for k, v in named_state(d, counters).items()}
    return record, out


def save(path, tensors):
    names = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64"}
    header, data = {}, b""
    for k, v in sorted(tensors.items()):
        raw = v.contiguous().numpy().tobytes()
        header[k] = {"dtype": names[v.dtype], "shape": list(v.shape),
                     "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write(folder, steps, pairs, counters=False, tolerance=None):
    """pairs: name -> (make_g, {prefix: make_d}, sample shape, latent shape, batch, config,
    {objective: prefix}, seed)"""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {"set": "random training", "format": 1, "peer": f"torch {torch.__version__.split('+')[0]}",
                "dtype": "float64", "steps": steps,
                "tolerance": tolerance or {"gradients, losses": {"rtol": 1e-9, "atol": 1e-12},
                                           "final weights": {"rtol": 1e-8, "atol": 1e-10}},
                "pairs": {}}
    for pair, (make_g, make_d, sample, latent, batch, c, objectives, seed) in pairs.items():
        draw = torch.Generator().manual_seed(seed)
        randn = lambda *shape: torch.randn(steps, batch, *shape, generator=draw)
        images = len(sample) == 3
        squash = torch.tanh if images else lambda x: x
        inputs = {"x_d": squash(randn(*sample)), "x_g": squash(randn(*sample)),
                  "z_d": randn(*latent), "z_g": randn(*latent),
                  "eps": torch.rand(steps, batch, generator=draw)}
        weights = {"init.G": named_state(init(make_g(), seed + 1), counters)}
        weights |= {k: named_state(init(make(), seed + 2), counters) for k, make in make_d.items()}
        flat = {f"{p}.{k}": v for p, state in weights.items() for k, v in state.items()}
        save(folder / f"{pair}_inputs.safetensors", inputs | flat)
        rows = {}
        for name, prefix in objectives.items():
            g, d = make_g(), make_d[prefix]()
            g.load_state_dict(weights["init.G"], strict=False)
            d.load_state_dict(weights[prefix], strict=False)
            record, losses = train(name, g, d, inputs, c, steps, counters)
            save(folder / f"{pair}_{name}.safetensors", record)
            rows[name] = {"file": f"{pair}_{name}.safetensors", "initial_D": prefix, **losses}
        expected["pairs"][pair] = {"config": c, "objectives": rows}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def config(rng, **more):
    return {"lrG": rng.choice([1, 0.02, 1e-3, 3e-4]) * 1e-1, "lrD": rng.choice([0.01, 2e-3, 5e-4]),
            "b1": rng.choice([0, 0.5, 0.9]), "b2": rng.choice([0.9, 0.99, 0.999]),
            "lambda": rng.choice([10, 1, 0.37]), "gamma": rng.choice([1, 10.5, 0.1]),
            "adam_eps": rng.choice([1e-8, 1e-6, 1e-4]), **more}


def random_mlp(rng, seed):
    z, x, batch = rng.randint(1, 9), rng.randint(1, 5), rng.choice([2, 3, 5, 8, 13])
    gs = [z] + [rng.randint(1, 23) for _ in range(rng.randint(0, 4))] + [x]
    ds = [x] + [rng.randint(1, 23) for _ in range(rng.randint(0, 4))] + [1]
    g_bias, d_bias = rng.random() < 0.8, rng.random() < 0.8
    names = rng.sample(OBJECTIVES, rng.randint(1, 6))
    return (lambda: mlp(gs, g_bias), {"init.D": lambda: mlp(ds, d_bias)}, (x,), (z,), batch,
            config(rng, batch=batch, z=z, x=x, g=gs[1:-1], d=ds[1:-1]),
            {n: "init.D" for n in names}, seed)


def random_dcgan(rng, seed):
    ups, channels, batch = rng.choice([0, 1, 2, 2, 3, 4]), rng.choice([1, 3]), rng.choice([2, 3, 5])
    z = rng.randint(1, 9)
    gw = [rng.randint(2, 7) for _ in range(ups)]
    dw = [rng.randint(2, 7) for _ in range(ups)]
    pw = [rng.randint(2, 7) for _ in range(ups)]
    side = 4 * 2**ups
    names = rng.sample(OBJECTIVES, rng.randint(1, 6))
    return (lambda: dcgan_g(z, gw, channels),
            {"init.D": lambda: dcgan_d(dw, channels, True), "init.Dp": lambda: dcgan_d(pw, channels, False)},
            (channels, side, side), (z, 1, 1), batch, config(rng, batch=batch, z=z, f=4),
            {n: "init.Dp" if n in PENALISED else "init.D" for n in names}, seed)


def fixtures(folder):
    rng = random.Random(1)
    base = {"lrG": 0.01, "lrD": 0.004, "b1": 0, "b2": 0.9, "lambda": 3, "gamma": 0.5, "adam_eps": 1e-6}
    write(folder / "points", 3, {
        "deep": (lambda: mlp([3, 5, 4, 7, 3]), {"init.D": lambda: mlp([3, 9, 1])}, (3,), (3,), 5, base,
                 {n: "init.D" for n in OBJECTIVES}, 11),
        "plain": (lambda: mlp([1, 2], bias=False), {"init.D": lambda: mlp([2, 1])}, (2,), (1,), 3,
                  {**base, "b1": 0.9, "b2": 0.99}, {"wgan_gp": "init.D", "ns": "init.D"}, 13)})
    write(folder / "images", 2, {
        "sixteen": (lambda: dcgan_g(3, [4, 2], 1),
                    {"init.D": lambda: dcgan_d([2, 3], 1, True), "init.Dp": lambda: dcgan_d([2, 3], 1, False)},
                    (1, 16, 16), (3, 1, 1), 3, {**base, "b1": 0.5},
                    {"ns": "init.D", "rpgan_r1r2": "init.Dp", "wgan_gp": "init.Dp"}, 17)}, counters=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--fixtures"]:
        fixtures(pathlib.Path(__file__).parent / "traces")
    else:
        for word in sys.argv[2:]:
            seed = int(word)
            rng = random.Random(seed)
            pairs = {rng.choice(["mlp", "a", "ring-mlp"]): random_mlp(rng, 100 * seed)}
            if seed % 2 == 0:
                pairs[rng.choice(["dcgan", "b", "conv net"])] = random_dcgan(rng, 100 * seed + 50)
            write(pathlib.Path(sys.argv[1]) / word, rng.randint(1, 7), pairs, seed % 3 == 0)
