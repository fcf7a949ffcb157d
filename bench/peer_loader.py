"""The peer of bench_loader: torch's DataLoader over the same files, to float batches in [-1,1].

Decoders, collation and memory layout are tried in turn and the fastest kept. One process: workers
would add the cost of handing batches over, and CPU time is what is compared. Protocol as
bench_loader's.
"""
import argparse
import io
import pathlib
import sys
import time

import numpy
import torch
from torch.utils.data import DataLoader, Dataset, RandomSampler


def read(path):
    return path.read_bytes()


def with_pillow(path):
    from PIL import Image
    return torch.from_numpy(numpy.array(Image.open(io.BytesIO(read(path))))).permute(2, 0, 1)


def with_torchvision(path):
    from torchvision.io import ImageReadMode, decode_image
    data = torch.frombuffer(bytearray(read(path)), dtype=torch.uint8)
    return decode_image(data, ImageReadMode.RGB)


class Files(Dataset):
    def __init__(self, folder, decode):
        self.paths = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix in (".png", ".jpg"))
        self.decode = decode

    def __len__(self):
        return len(self.paths)

    def __getitems__(self, indices):
        return torch.stack([self.decode(self.paths[i]) for i in indices])


class Memory(Dataset):
    """An array of images, mapped; batches are gathered in one call."""

    def __init__(self, path):
        self.x = torch.from_numpy(numpy.load(path, mmap_mode="c"))

    def __len__(self):
        return len(self.x)

    def __getitems__(self, indices):
        return self.x[torch.tensor(indices)]


def to_unit(batch):
    return batch.to(memory_format=torch.channels_last).float().mul_(1 / 127.5).sub_(1)


def to_unit_plain(batch):
    return batch.float().mul_(1 / 127.5).sub_(1)


def loader(dataset, batch, collate):
    sampler = RandomSampler(dataset, replacement=True, num_samples=10**9)
    return iter(DataLoader(dataset, batch, sampler=sampler, collate_fn=collate))


def milliseconds(batches, count):
    start = time.process_time()
    for _ in range(count):
        next(batches)
    return 1e3 * (time.process_time() - start) / count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path")
    parser.add_argument("batch", type=int)
    args = parser.parse_args()
    torch.set_num_threads(1)
    candidates = {}
    for name, collate in (("channels-last", to_unit), ("contiguous", to_unit_plain)):
        if args.path.endswith(".npy"):
            candidates[f"mapped array, {name}"] = loader(Memory(args.path), args.batch, collate)
            continue
        candidates[f"Pillow, {name}"] = loader(Files(args.path, with_pillow), args.batch, collate)
        try:
            import torchvision.io  # noqa: F401
            candidates[f"torchvision, {name}"] = loader(Files(args.path, with_torchvision), args.batch, collate)
        except ImportError:
            pass
    times = {}
    for name, batches in candidates.items():
        milliseconds(batches, 2)
        times[name] = min(milliseconds(batches, 3) for _ in range(3))
    best = min(times, key=times.get)
    print(f"torch {torch.__version__} DataLoader, {best}", flush=True)
    for line in sys.stdin:
        print(f"{milliseconds(candidates[best], int(line.split()[1])):.6f}", flush=True)


if __name__ == "__main__":
    main()
