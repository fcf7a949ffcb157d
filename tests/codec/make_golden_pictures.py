"""Writes tests/codec/golden_pictures.txt, what other programs make of small pictures.

  pip install pillow numpy; python tests/codec/make_golden_pictures.py

Made with Pillow 13.0.0 (libjpeg-turbo 3.2) and, for YCCK and rare chroma layouts, the TurboJPEG
library of the system. PNG files are put together here from their specification. One case a line,
fields by spaces, bytes as hex digits:
  png|jpeg NAME WIDTH HEIGHT CHANNELS BIT_DEPTH FILE PIXELS     as decoded and upright
  resize FILTER DEPTH WIDTH HEIGHT CHANNELS PIXELS WIDTH HEIGHT PIXELS
DEPTH u8: Pillow on 8-bit pictures, which rounds between its two passes; f32: Pillow on floats (mode
F), clipped and rounded at the end; RGBA: premultiplied floats, divided by their alpha.
"""
import ctypes
import ctypes.util
import io
import pathlib
import struct
import zlib

import numpy
from PIL import Image, ImageOps

random = numpy.random.default_rng(4)
lines = []


def chunk(kind, data):
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def packed_rows(samples, depth):
    """Scan lines, each after filter byte 0; samples are [height, width, samples a pixel]."""
    out = b""
    for row in samples:
        bits = "".join(format(int(v), f"0{depth}b") for v in row.reshape(-1))
        bits += "0" * (-len(bits) % 8)
        out += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return out


def adam7(samples, depth):
    out = b""
    for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                         (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = samples[y::dy, x::dx]
        if part.size:
            out += packed_rows(part, depth)
    return out


def png(samples, colour_type, depth, extra=b"", interlaced=False, after=b""):
    height, width = samples.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    body = (adam7 if interlaced else packed_rows)(samples, depth)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra +
            chunk(b"IDAT", zlib.compress(body, 9)) + after + chunk(b"IEND", b""))


def to_8_bits(samples, depth):
    largest = 2 ** depth - 1
    return ((samples.astype(int) * 510 + largest) // (2 * largest)).astype(numpy.uint8)


def add(kind, name, file, pixels, depth):
    pixels = numpy.asarray(pixels, numpy.uint8)
    pixels = pixels.reshape(pixels.shape[0], pixels.shape[1], -1)
    height, width, channels = pixels.shape
    lines.append(f"{kind} {name} {width} {height} {channels} {depth} {file.hex()} "
                 f"{pixels.tobytes().hex()}")


def noise(height, width, channels, depth):
    return random.integers(0, 2 ** depth, (height, width, channels))


def exif_tiff(orientation):
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x112, 3, 1, orientation, 0, 0)


def add_png():
    for depth in (1, 2, 4, 8, 16):
        grey = noise(5, 9, 1, depth)
        for interlaced in (False, True):
            name = f"grey{depth}" + ("_interlaced" if interlaced else "")
            add("png", name, png(grey, 0, depth, interlaced=interlaced), to_8_bits(grey, depth),
                depth)
    for depth in (8, 16):
        for name, colour_type, channels in [("grey_alpha", 4, 2), ("rgb", 2, 3), ("rgba", 6, 4)]:
            samples = noise(6, 5, channels, depth)
            for interlaced in (False, True):
                pixels = to_8_bits(samples, depth)
                if channels == 2:
                    pixels = pixels[:, :, [0, 0, 0, 1]]
                add("png", name + str(depth) + ("_interlaced" if interlaced else ""),
                    png(samples, colour_type, depth, interlaced=interlaced), pixels, depth)
    for depth in (1, 2, 4, 8):
        colours = random.integers(0, 256, (min(2 ** depth, 20), 3), numpy.uint8)
        opacity = random.integers(0, 256, max(1, len(colours) // 2), numpy.uint8)
        rgba = numpy.concatenate([colours, numpy.full((len(colours), 1), 255, numpy.uint8)], 1)
        rgba[:len(opacity), 3] = opacity
        index = random.integers(0, len(colours), (5, 7, 1))
        plte = chunk(b"PLTE", colours.tobytes())
        add("png", f"palette{depth}", png(index, 3, depth, plte), colours[index[:, :, 0]], depth)
        add("png", f"palette{depth}_alpha",
            png(index, 3, depth, plte + chunk(b"tRNS", opacity.tobytes()), interlaced=depth == 4),
            rgba[index[:, :, 0]], depth)
    # One colour that is transparent: of 16 bits all count, so a neighbour stays opaque.
    for depth in (2, 8, 16):
        grey = noise(3, 4, 1, depth)
        grey[1, 1] = grey[0, 0] ^ 1
        alpha = numpy.where(grey == grey[0, 0], 0, 255)
        pixels = numpy.concatenate([to_8_bits(grey, depth)] * 3 + [alpha], 2)
        add("png", f"grey{depth}_transparent",
            png(grey, 0, depth, chunk(b"tRNS", struct.pack(">H", int(grey[0, 0, 0])))), pixels,
            depth)
    for depth in (8, 16):
        rgb = noise(3, 4, 3, depth)
        rgb[1, 1] = rgb[0, 0] ^ [0, 0, 1]
        alpha = numpy.where((rgb == rgb[0, 0]).all(2, keepdims=True), 0, 255)
        key = struct.pack(">HHH", *(int(v) for v in rgb[0, 0]))
        add("png", f"rgb{depth}_transparent", png(rgb, 2, depth, chunk(b"tRNS", key)),
            numpy.concatenate([to_8_bits(rgb, depth), alpha], 2), depth)
    rgb = noise(3, 5, 3, 8)
    upright = numpy.rot90(rgb, -1)  # orientation 6: to be turned clockwise
    add("png", "exif_before_pixels", png(rgb, 2, 8, chunk(b"eXIf", exif_tiff(6))), upright, 8)
    add("png", "exif_after_pixels", png(rgb, 2, 8, after=chunk(b"eXIf", exif_tiff(6))), upright, 8)


def scene(height, width, channels):
    """Something smooth with an edge in it, as photographs are."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [128 + 100 * numpy.sin(x / (3 + c) + c) * numpy.cos(y / (4 - c / 2)) for c in
              range(channels)]
    picture = numpy.stack(planes, 2) + random.normal(0, 6, (height, width, channels))
    picture[height // 2:, width // 3:, 0] += 60
    return picture.clip(0, 255).astype(numpy.uint8)


def turbo(pixels, pixel_format, layout):
    library = ctypes.CDLL(ctypes.util.find_library("turbojpeg"))
    library.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.tjInitCompress())
    buffer, size = ctypes.c_void_p(), ctypes.c_ulong()
    data = numpy.ascontiguousarray(pixels).tobytes()
    status = library.tjCompress2(handle, data, pixels.shape[1], 0, pixels.shape[0], pixel_format,
                                 ctypes.byref(buffer), ctypes.byref(size), layout, 85, 4096)
    assert status == 0
    return ctypes.string_at(buffer, size.value)


def add_jpeg():
    def by_pillow(name, picture, mode, exif=None, **options):
        out = io.BytesIO()
        extra = {} if exif is None else {"exif": exif}
        Image.fromarray(picture.squeeze(), mode).save(out, "JPEG", quality=85, **options, **extra)
        add_file(name, out.getvalue())

    def add_file(name, file):
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        image = image if image.mode == "L" else image.convert("RGB")
        add("jpeg", name, file, image, 8)

    grey, colour, inks = scene(13, 21, 1), scene(13, 21, 3), scene(13, 21, 4)
    by_pillow("grey", grey, "L")
    by_pillow("grey_progressive", grey, "L", progressive=True)
    for layout in ("4:4:4", "4:2:2", "4:2:0"):
        by_pillow("colour_" + layout.replace(":", ""), colour, "RGB", subsampling=layout)
    by_pillow("progressive", colour, "RGB", subsampling="4:2:0", progressive=True)
    by_pillow("restarts", colour, "RGB", restart_marker_blocks=1)
    by_pillow("rgb_kept", colour, "RGB", keep_rgb=True)
    by_pillow("cmyk", inks, "CMYK")
    add_file("ycck", turbo(inks, 11, 0))
    add_file("colour_440", turbo(colour, 0, 4))
    add_file("colour_411", turbo(colour, 0, 5))
    for orientation in (3, 6, 7):
        exif = Image.Exif()
        exif[0x010F] = "Maker"
        exif[0x0112] = orientation
        exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
        by_pillow(f"turned{orientation}", colour, "RGB", exif=exif)


FILTERS = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR,
           "bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS}


def by_floats(planes, size, method):
    resized = [Image.fromarray(p.astype(numpy.float32), "F").resize(size, method) for p in planes]
    return numpy.stack([numpy.asarray(p, numpy.float64) for p in resized], 2)


def to_levels(values):
    return numpy.floor(values + 0.5).clip(0, 255).astype(numpy.uint8)


def add_resize():
    def add_case(name, depth, source, result):
        lines.append(f"resize {name} {depth} {source.shape[1]} {source.shape[0]} "
                     f"{source.shape[2]} {source.tobytes().hex()} {result.shape[1]} "
                     f"{result.shape[0]} {result.tobytes().hex()}")

    # Within 60 to 195 no filter overshoots 0 to 255, which Pillow would clip between its passes.
    calm = random.integers(60, 196, (11, 14, 3), numpy.uint8)
    wild = random.choice(numpy.array([0, 255, 1, 128], numpy.uint8), (10, 13, 1))
    glass = random.integers(0, 256, (9, 12, 4), numpy.uint8)
    glass[:, :6, 3] = random.choice(numpy.array([0, 255], numpy.uint8), (9, 6))
    for name, method in FILTERS.items():
        for size in ((6, 5), (14, 3), (5, 17), (21, 16), (1, 1), (13, 10)):
            result = numpy.asarray(Image.fromarray(calm, "RGB").resize(size, method))
            add_case(name, "u8", calm, result)
            planes = [wild[:, :, 0]]
            add_case(name, "f32", wild, to_levels(by_floats(planes, size, method)))
        for size in ((5, 4), (17, 13), (12, 3)):
            alpha = glass[:, :, 3].astype(float)
            planes = [glass[:, :, c] * alpha for c in range(3)] + [alpha]
            values = by_floats(planes, size, method)
            seen = values[:, :, 3:] >= 0.5
            colours = values[:, :, :3] / numpy.where(seen, values[:, :, 3:], 1)
            result = numpy.concatenate([numpy.where(seen, colours, 0), values[:, :, 3:]], 2)
            add_case(name, "f32", glass, to_levels(result))


add_png()
add_jpeg()
add_resize()
target = pathlib.Path(__file__).with_name("golden_pictures.txt")
target.write_text("\n".join(lines) + "\n")
