#!/usr/bin/env python3
"""Writes fuzz/corpus/<target>/: small files that each parser takes, which the fuzzers start from.
Needs nothing but Python; the JPEG files are those of tests/codec/golden_pictures.txt."""
import gzip
import hashlib
import io
import json
import pathlib
import struct
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "tests" / "codec" / "golden_pictures.txt"
DATE = (1980, 1, 1, 0, 0, 0)


def put(target, name, data):
    path = HERE / "corpus" / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def idx(kind, shape, data):
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def npy(descr, shape, data, version=1):
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    size = "<H" if version == 1 else "<I"
    start = 8 + struct.calcsize(size)
    head += " " * (-(start + len(head) + 1) % 64) + "\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(size, len(head)) + head.encode() + data


def archive(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name, DATE), data, compress_type=method)
    return out.getvalue()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def packed(fields, splits, samples, classes, names):
    """fields: name, type, shape, bytes."""
    page, at, regions, table = 4096, 0, b"", b""
    described = []
    for name, kind, shape, data in fields:
        described.append({"name": name, "type": kind, "shape": shape, "offset": at})
        regions = regions.ljust(at, b"\0") + data
        table += struct.pack("<I", crc32c(data))
        at = -(-len(regions) // page) * page
    begin = 2 * page  # header and table fit into the second page
    for one in described:
        one["offset"] += begin
    header = json.dumps({"fields": described, "samples": samples, "classes": classes,
                         "class_names": names, "splits": splits, "origin": "a seed"}).encode()
    header = header.ljust(-(-len(header) // 8) * 8)
    end = begin + len(regions)
    first = b"SADDLEPK" + struct.pack("<II7Q", 1, 0, page, len(header), page + len(header),
                                      len(table), begin, len(regions), end)
    first = (first + hashlib.sha256(header + table).digest()).ljust(page - 4, b"\0")
    first += struct.pack("<I", crc32c(first))
    return (first + header + table).ljust(begin, b"\0") + regions


def varint(value):
    out = b""
    while True:
        out += bytes([value & 127 | (128 if value > 127 else 0)])
        value >>= 7
        if not value:
            return out


def field(number, value):
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def record(data):
    size = struct.pack("<Q", len(data))
    return size + masked(size) + data + masked(data)


def event(value):
    return record(field(1, 1.5) + field(2, 64) + field(5, field(1, field(1, b"tag") + value)))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, colour, rows, extra=b"", depth=8):
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) +
            extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def exif(order, entries):
    e = "<" if order == b"II" else ">"
    out = order + struct.pack(e + "HIH", 42, 8, len(entries))
    for tag, kind, count, value in entries:
        out += struct.pack(e + "HHIHH", tag, kind, count, value, 0)
    return out + struct.pack(e + "I", 0)


def safetensors(header, data=b""):
    text = json.dumps(header).encode()
    text = text.ljust(-(-len(text) // 8) * 8)
    return struct.pack("<Q", len(text)) + text + data


def arrays():
    pixels = bytes(range(24))
    put("idx", "u8", idx(8, [2, 3, 4], pixels))
    put("idx", "f32", idx(13, [3], struct.pack(">3f", 0, 0.5, 1)))
    put("idx", "i16", idx(11, [2, 1, 1, 2], struct.pack(">4h", -1, 0, 1, 2)))
    put("idx", "gz", gzip.compress(idx(8, [2, 3, 4], pixels), mtime=0))
    record10 = bytes([3]) + bytes(i % 256 for i in range(3072))
    put("cifar", "ten", b"\0" + record10 * 2)
    put("cifar", "hundred", b"\1\7" + bytes([42]) + record10[1:])
    put("cifar", "gz", b"\0" + gzip.compress(record10, mtime=0))
    put("npy", "u8", npy("|u1", (2, 3, 4), pixels))
    put("npy", "f4", npy("<f4", (3,), struct.pack("<3f", 0, 0.5, 1)))
    put("npy", "v2", npy("<i8", (), struct.pack("<q", 5), version=2))
    put("npy", "bool", npy("|b1", (2,), b"\0\1", version=3))
    both = [("x.npy", npy("|u1", (2, 3, 4), pixels)), ("y.npy", npy("<i4", (2,), struct.pack("<2i", 0, 1)))]
    put("npz", "deflated", archive(both))
    put("npz", "stored", archive(both, zipfile.ZIP_STORED))
    splits = [{"name": "train", "first": 0, "count": 2, "class_counts": [1, 1]},
              {"name": "test", "first": 2, "count": 1, "class_counts": [0, 1]}]
    images = [("x", "u8", [1, 2, 2], bytes(12)), ("label", "i64", [], struct.pack("<3q", 0, 1, 1))]
    put("packed", "images", b"\0" + packed(images, splits, 3, 2, ["cat", "dog"]))
    points = [("x", "f32", [2], struct.pack("<4f", 0, 1, 2, 3))]
    put("packed", "points", b"\0" + packed(points, [{"name": "train", "first": 0, "count": 2, "class_counts": []}], 2, 0, []))
    put("safetensors", "two", safetensors({"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                                           "b": {"dtype": "I64", "shape": [], "data_offsets": [8, 16]}}, bytes(16)))
    put("safetensors", "none", safetensors({}))


def pictures():
    put("picture", "grey.png", png(3, 2, 0, b"\0\1\2\3" * 2))
    put("picture", "rgba.png", png(1, 2, 6, b"\0\1\2\3\4" * 2, chunk(b"tEXt", b"key\0value")))
    put("picture", "palette.png", png(2, 1, 3, b"\0\0\1", chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\x7f")))
    put("picture", "deep.png", png(1, 1, 2, b"\0" + bytes(6), chunk(b"eXIf", exif(b"MM", [(0x112, 3, 1, 6)])), 16))
    put("picture", "grey.pgm", b"P5\n# a comment\n3 2\n255\n" + bytes(6))
    put("picture", "deep.ppm", b"P6 1 1 65535\n" + bytes(6))
    for line in GOLDEN.read_text().splitlines():
        words = line.split(" ")
        if words[0] == "jpeg" and words[1] in ("grey", "progressive", "restarts", "cmyk", "turned6"):
            put("picture", f"{words[1]}.jpg", bytes.fromhex(words[6]))
    put("exif", "little", exif(b"II", [(0x10F, 2, 4, 65), (0x112, 3, 1, 3)]))
    put("exif", "big", exif(b"MM", [(0x112, 3, 1, 8)]))


def texts():
    put("csv", "header", "x,y\n1,2\n-0.5,1e9\n")
    put("csv", "plain", "1.5,nan\r\n\"2\",inf\r\n")
    for preset in ("ring", "mnist", "folder-64", "digits"):
        put("config", preset, (HERE.parent / "presets" / f"{preset}.toml").read_bytes())
    put("config", "schedule", 'optimizer.generator.lr = {from = 1e-3, to = 1e-5, shape = "cosine", over = "100k", warmup = "10 steps"}\n[penalty.r1]\ngamma = 0.1\n')
    put("set", "values", "train.length=20k\npenalty.r1=off\ndata.name=images\ndata.fit=crop\noptimizer.generator.lr={from=1, to=0.1}\n")
    put("set", "wrong", "generator.chanels=64\nema.half_life='a'\n=\nx\n")
    for i, text in enumerate(["200k", "1.5M", "20k steps", "3000", "90s", "2.5h", "10m"]):
        put("lengths", str(i), text)
    labels = json.dumps({"labels": [["a/0.png", 0], ["a/1.png", 1], ["b/2.jpg", 0]]})
    put("labels", "json", "a/0.png\na/1.png\nb/2.jpg\ndataset.json\n\n" + labels)
    put("labels", "splits", "set/train/1/a.png\nset/train/2/b.png\nset/val/1/c.png\nset/notes.txt\n\n")
    put("labels", "null", "0.ppm\n1.ppm\ndataset.json\n\n{\"labels\": null}")
    state = {"samples": 64, "files": {"a": {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}}, "x": [1.5, None, True]}
    put("state", "plain", json.dumps(state, separators=(",", ":")))
    put("state", "lines", '{"samples":1,"loss":0.5}\n{"samples":2,"loss":null}\n')
    put("zip", "deflated", archive([("a.txt", b"aaaa" * 9), ("b/", b""), ("b/\u00e9.txt", b"x")]))
    put("zip", "stored", archive([("a", b"1"), ("c", b"")], zipfile.ZIP_STORED))
    put("zip", "empty", archive([]))
    version = record(field(1, 1.5) + field(3, b"brain.Event:2"))
    scalar = event(varint(2 << 3 | 5) + struct.pack("<f", 0.25))
    histogram = b"".join(field(n, float(n)) for n in range(1, 6))
    histogram += field(6, struct.pack("<2d", 0, 1)) + field(7, struct.pack("<2d", 1, 2))
    image = field(1, 2) + field(2, 3) + field(3, 1) + field(4, png(3, 2, 0, b"\0\1\2\3" * 2))
    tensor = field(1, 7) + field(8, b"words")
    put("events", "scalar", b"\0" + version + scalar)
    put("events", "histogram", b"\0" + event(field(5, histogram)))
    put("events", "image", b"\0" + event(field(4, image)))
    put("events", "text", b"\0" + event(field(8, tensor)))


arrays()
pictures()
texts()
