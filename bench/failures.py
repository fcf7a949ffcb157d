#!/usr/bin/env python3
"""What each failure of a generator does to each metric: the tables of docs/metrics.md, made again.

    bench/failures.py build/bin/saddle digits [--seeds 3] [--extractor random] [--only blur,none]
    bench/failures.py build/bin/saddle points | tricks | sizes | pairs

Needs numpy, as `bench/setup-peers` installs it. Real and fake sets are disjoint slices of one procedural world; a fake set is a fresh
real one to which one thing was done. A cell is the mean over seeds, and the sd behind it. Three
seeds of `digits` take a quarter of an hour on one core.
"""
import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

N = 2000
GROUPS = (  # the tables of `digits`
    "fid,fid_inf,kid,mmd,energy,sliced_w2",
    "precision,recall,f_score,density,coverage,diversity_ratio",
    "precision_open,recall_open,density_closed,coverage_closed",
    "c2st_1nn,c2st_1nn_real,c2st_1nn_fake,c2st_logistic,c2st_logistic_auroc",
    "memorisation,memorisation_z,birthday,is,cas,intra_fid",
)


def saddle(*words):
    done = subprocess.run([options.saddle, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def world(name, n, *words):
    path = folder / f"{name}.npy"
    saddle("data", "make", name, "-n", n, "--out", path, *words)
    return np.load(path), np.load(folder / f"{name}-labels.npy")


def write(name, x, y=None):
    np.save(folder / f"{name}.npy", x)
    if y is not None:
        np.save(folder / f"{name}-labels.npy", y)
    return folder / f"{name}.npy"


def measure(metrics, *words):
    text = saddle("eval", "--metrics", metrics, "--json", "--set", "floor.splits=0", *words)
    number = lambda v: np.nan if v is None else float(v)
    return {m["name"]: number(m["value"]) for m in json.loads(text)["metrics"]}


def cell(values):
    values = np.array(values)
    if np.isnan(values).any():
        return "-"
    sd = values.std(ddof=1) if len(values) > 1 else 0
    return f"{values.mean():.3g}" + (f" ± {sd:.1g}" if sd > 0 else "")


def table(rows, names=None):
    """{failure: [{metric: value} of each seed]} -> Markdown."""
    names = names or list(next(iter(rows.values()))[0])
    print("| | " + " | ".join(names) + " |\n|---" + "|---" * len(names) + "|")
    for failure, seeds in rows.items():
        print(f"| {failure} | " + " | ".join(cell([s.get(n, np.nan) for s in seeds]) for n in names) + " |")
    print(flush=True)


def blurred(x, sd):
    taps = np.arange(-int(4 * sd + 1), int(4 * sd + 1) + 1)
    kernel = np.exp(-(taps**2) / (2 * sd**2)) / np.exp(-(taps**2) / (2 * sd**2)).sum()
    x = x.astype(float)
    for axis in (-2, -1):
        edge = [(0, 0)] * x.ndim
        edge[axis] = (len(taps) // 2, len(taps) // 2)
        padded = np.pad(x, edge, mode="edge")
        x = sum(k * np.take(padded, np.arange(x.shape[axis]) + i, axis) for i, k in enumerate(kernel))
    return x


def bytes_of(x):
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


def noisy(x, sd, rng):
    return bytes_of(x + rng.normal(0, sd, x.shape))


def shifted(x):
    return np.roll(x, 1, axis=-1)


def of_classes(x, y, weights, rng, n):
    """n of the rows, with classes as often as `weights` says."""
    share = np.asarray(weights, float)[y]
    index = rng.choice(len(y), n, replace=False, p=share / share.sum())
    return x[index], y[index]


def failures_of_digits(pool, train, rng):
    x, y = pool[0][:N], pool[1][:N]
    means = np.stack([pool[0][pool[1] == c].mean(0) for c in range(10)])
    few = rng.integers(0, 100, N)
    drop = lambda k: of_classes(*pool, [0] * k + [1] * (10 - k), rng, N)
    yield "none", x, y
    yield "5 of 10 classes", *drop(5)
    yield "9 of 10 classes", *drop(1)
    yield "unequal classes", *of_classes(*pool, np.linspace(1, 3, 10), rng, N)
    yield "blur", bytes_of(blurred(x, 1.0)), y
    yield "noise", noisy(x, 25, rng), y
    yield "half-way to mean", bytes_of((x + means[y]) / 2), y
    yield "100 repeated", x[few], y[few]
    yield "training set", *train
    yield "its shift", shifted(train[0]), train[1]
    yield "its noise", noisy(train[0], 5, rng), train[1]


def digits():
    x, y = world("digits", 50000)
    train = write("train", x[:N], y[:N])
    rows = {}
    for seed in range(options.seeds):
        rng = np.random.default_rng(seed)
        order = N + rng.permutation(len(x) - N)
        real = write("real", x[order[:N]], y[order[:N]])
        pool = x[order[N:7 * N]], y[order[N:7 * N]]
        for name, a, b in failures_of_digits(pool, (x[:N], y[:N]), rng):
            if options.only and name not in options.only:
                continue
            fake = write("fake", a, b)
            sets = ["--real", real, "--fake", fake, "--train", train, "--seed", seed]
            # All ten classes, or there is no distance within each.
            metrics = options.metrics or ",".join(GROUPS).replace(",is,", ",")
            if len(np.unique(b)) < 10:
                metrics = metrics.replace(",intra_fid", "")
            found = measure(metrics, *sets, "--set", "kid.subsets=20", "--extractor", options.extractor)
            if not options.metrics:
                found |= measure("is", *sets, "--extractor", "classifier")
            rows.setdefault(name, []).append(found)
    for names in [options.metrics] if options.metrics else GROUPS:
        table(rows, names.split(","))


def points():
    for name, sd, radius in (("ring", 0.01, 1.5), ("grid", 0.05, 5)):
        n = 2500
        x, y = world(name, 40000)
        angles = np.arange(8) * np.pi / 4
        centres = np.stack([np.cos(angles), np.sin(angles)], 1)
        if name == "grid":
            centres = np.stack([np.rint(x[y == k].mean(0)) for k in range(25)])
        write("centres", centres.astype(np.float32))
        rows = {}
        for seed in range(options.seeds):
            rng = np.random.default_rng(seed)
            order = rng.permutation(len(x))
            x, y = x[order], y[order]
            real, pool, modes = write("real", x[:n]), (x[n:], y[n:]), len(centres)
            mean = centres[np.linalg.norm(x[n:2 * n, None] - centres, axis=2).argmin(1)]
            half = (x[n:2 * n] + mean) / 2
            clutter = np.where(rng.random((n, 1)) < 0.1, rng.uniform(-radius, radius, (n, 2)), x[n:2 * n])
            for failure, fake in (
                    ("none", x[n:2 * n]),
                    ("half of the modes", of_classes(*pool, np.arange(modes) < modes // 2, rng, n)[0]),
                    ("one mode lost", of_classes(*pool, np.arange(modes) > 0, rng, n)[0]),
                    ("unequal modes", of_classes(*pool, np.linspace(1, 3, modes), rng, n)[0]),
                    ("half the sd", half), ("10 % clutter", clutter),
                    ("100 repeated", x[n + rng.integers(0, 100, n)])):
                fake = write("fake", fake.astype(np.float32))
                found = measure("modes,high_quality,reverse_kl,reverse_kl_hq,radius_ratio,precision,recall,"
                                "density,coverage,c2st_1nn,diversity_ratio,sliced_w2,fid,mmd,energy",
                                "--real", real, "--fake", fake, "--seed", seed,
                                "--set", f"modes.centres={folder / 'centres.npy'}", "--set", f"modes.sd={sd}")
                rows.setdefault(failure, []).append(found)
        print(f"{name}, n = {n}\n")
        table(rows)


def tricks():
    """Sets made to fool one metric."""
    n, square = 2500, lambda rng, m: rng.uniform(-1.5, 1.5, (m, 2))
    x, _ = world("ring", 40000)
    digits, labels = world("digits", 20000)
    train = write("train", digits[:N], labels[:N])
    rows, shuffled, ten, copies, without = {}, {}, {}, {}, {}
    for seed in range(options.seeds):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(x))
        real, fresh = x[order[:n]], x[order[n:2 * n]]
        outliers = np.concatenate([real[25:], square(rng, 25)])
        for name, a, b in (
                ("one Gaussian of the same moments", real, rng.multivariate_normal(real.mean(0), np.cov(real.T), n)),
                ("uniform square", real, square(rng, n)),
                ("the same, 1 % of the reals too", outliers, square(rng, n)),
                ("the real set itself, + .0001 sd", real, real + rng.normal(0, 1e-4, real.shape)),
                ("fresh", real, fresh)):
            a, b = write("real", a.astype(np.float32)), write("fake", b.astype(np.float32))
            rows.setdefault(name, []).append(
                measure("fid,kid,mmd,precision,recall,density,coverage,c2st_1nn,c2st_logistic,sliced_w2",
                        "--real", a, "--fake", b, "--seed", seed, "--set", "kid.subsets=20"))
        sixfold = np.repeat(fresh[:400], 6, axis=0)
        for name, a, b in (("each real twice among the fakes", real[:1200], np.repeat(real[:1200], 2, axis=0)),
                           ("reals sixfold, fakes the same", sixfold, sixfold),
                           ("reals sixfold, fakes fresh", sixfold, x[order[2 * n:2 * n + 2400]])):
            copies.setdefault(name, []).append(
                measure("precision,precision_open,recall,recall_open,density,density_closed,coverage,coverage_closed",
                        "--real", write("real", a), "--fake", write("fake", b), "--seed", seed))
        order = N + rng.permutation(len(digits) - N)
        pixels = digits[order].reshape(-1, 784) / np.float32(255)
        real = write("real", pixels[:N])
        for name, fake in (("fresh", pixels[N:2 * N]), ("each pixel by itself", rng.permuted(pixels[N:2 * N], axis=0))):
            shuffled.setdefault(name, []).append(
                measure("fid,kid,mmd,energy,sliced_w2,precision,recall,coverage,c2st_1nn,c2st_1nn_real,"
                        "c2st_1nn_fake,c2st_logistic",
                        "--real", real, "--fake", write("fake", fake), "--seed", seed, "--set", "kid.subsets=20"))
        real = write("real", digits[order[:N]])
        for name, keep in (("all digits", range(10)), ("no ones", [c for c in range(10) if c != 1])):
            some = order[N:][np.isin(labels[order[N:]], keep)][:N]
            without.setdefault(name, []).append(
                measure("birthday", "--real", real, "--fake", write("fake", digits[some]), "--seed", seed))
        first = [order[np.flatnonzero(labels[order] == c)[0]] for c in range(10)]
        index = np.repeat(first, N // 10)[rng.permutation(N)]
        real = write("real", digits[order[:N]], labels[order[:N]])
        fake = write("fake", digits[index], labels[index])
        ten.setdefault("ten images, 200 times", []).append(
            measure("is,precision,coverage,birthday,c2st_1nn", "--real", real, "--fake", fake, "--train", train,
                    "--extractor", "classifier", "--seed", seed))
    for name, found in (("ring, n = 2500", rows), ("exact copies, ring", copies),
                        ("pixels as rows, n = 2000", shuffled), ("support", without), ("classifier", ten)):
        print(name + "\n")
        table(found)


def sizes():
    """The same world measured with ever more samples: what is left is bias."""
    x, y = world("digits", 60000)
    # One judge for all sizes: it learns from the first and is tested on the second.
    judge = ["--train", write("train", x[:N], y[:N]), "--real", write("judged", x[N:2 * N], y[N:2 * N]),
             "--extractor", "classifier"]
    x, y = x[2 * N:], y[2 * N:]
    rows = {}
    for n in (250, 500, 1000, 2000, 4000):
        for seed in range(options.seeds):
            order = np.random.default_rng(seed).permutation(len(x))
            real = write("real", x[order[:n]], y[order[:n]])
            fake = write("fake", x[order[n:2 * n]], y[order[n:2 * n]])
            found = measure("fid,fid_inf,kid,energy,precision,recall,coverage,c2st_1nn,birthday", "--real", real,
                            "--fake", fake, "--seed", seed, "--set", "kid.subsets=20")
            rows.setdefault(n, []).append(found | measure("is", "--fake", fake, *judge, "--seed", seed))
    table(rows)


def pairs():
    """Three errors of equal size in decibels."""
    x, _ = world("shapes", 50, "--set", "data.resolution=192")
    error = lambda a: np.mean((a.astype(float) - x) ** 2)
    target = error(shifted(x))

    def matched(change, low, high):
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if error(change(middle)) < target else (low, middle)
        return change(low), low

    shapes = {"shift of one pixel": (shifted(x), 1),
              "blur": matched(lambda sd: bytes_of(blurred(x, sd)), 0.2, 5),
              "noise": matched(lambda sd: noisy(x, sd, np.random.default_rng(0)), 1, 100),
              "brighter": matched(lambda b: bytes_of(x + b), 1, 100)}
    real = write("real", x)
    rows = {}
    for name, (a, size) in shapes.items():
        rows[f"{name} ({size:.3g})"] = [measure("psnr,psnr_y,ssim,ssim_y,ms_ssim,ms_ssim_y,perceptual", "--real",
                                               real, "--fake", write("fake", a))]
    table(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("saddle")
    parser.add_argument("table", choices=["digits", "points", "tricks", "sizes", "pairs"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--extractor", default="random")
    parser.add_argument("--metrics", default="")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        globals()[options.table]()
