"""The peer of bench_metrics: pytorch-fid's computation of the distance from two arrays of features,
and prdc's of precision, recall, density and coverage. Protocol as bench_metrics'."""
import argparse
import sys
import time
from importlib.metadata import version

import numpy


def frechet(real, fake):
    from pytorch_fid.fid_score import calculate_frechet_distance
    moments = [(numpy.mean(x, axis=0), numpy.cov(x, rowvar=False)) for x in (real, fake)]
    return [calculate_frechet_distance(*moments[0], *moments[1])]


def manifold(real, fake):
    import contextlib
    from prdc import compute_prdc
    with contextlib.redirect_stdout(sys.stderr):
        scores = compute_prdc(real, fake, nearest_k=5)
    return [scores[name] for name in ("precision", "recall", "density", "coverage")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("fid", "prdc"))
    parser.add_argument("real")
    parser.add_argument("fake")
    args = parser.parse_args()
    real, fake = numpy.load(args.real), numpy.load(args.fake)
    measure = frechet if args.what == "fid" else manifold
    measure(real[:50, :8], fake[:50, :8])  # what is imported is not timed
    package = "pytorch-fid" if args.what == "fid" else "prdc"
    print(f"{package} {version(package)}, numpy {numpy.__version__}, {args.what}", flush=True)
    for line in sys.stdin:
        if line.strip() == "value":
            print(*measure(real, fake), flush=True)
            continue
        count = int(line.split()[1])
        start = time.process_time()
        for _ in range(count):
            measure(real, fake)
        print(f"{1e3 * (time.process_time() - start) / count:.6f}", flush=True)


if __name__ == "__main__":
    main()
