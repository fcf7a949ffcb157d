#include "saddle/codec/jpeg.h"

#include <turbojpeg.h>

#include <memory>
#include <type_traits>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

constexpr std::string_view kJpegStart = "\xff\xd8\xff";
constexpr std::string_view kExifStart("Exif\0\0", 6);
constexpr int kJpegMaxSide = 65500;  // libjpeg's bound

struct TurboDeleter {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using TurboHandle = std::unique_ptr<std::remove_pointer_t<tjhandle>, TurboDeleter>;

struct TurboBufferDeleter {
  void operator()(unsigned char* buffer) const { tjFree(buffer); }
};

[[noreturn]] void fail_jpeg(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "jpeg", cat("'", name, "' ", what));
}

/// Walks the segments of a JPEG file (ITU-T T.81, annex B).
class JpegWalk {
 public:
  JpegWalk(std::string_view bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  JpegHead head() {
    JpegHead out;
    for (;;) {
      const int marker = next_marker();
      if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;  // stand alone
      if (marker == 0xd8 || marker == 0xd9 || marker == 0xda) {
        fail_jpeg(name_, "is a broken JPEG: it has no frame header before its pixels");
      }
      const std::string_view segment = next_segment();
      if (marker == 0xe1 && out.exif.empty() && segment.starts_with(kExifStart)) {
        out.exif = segment.substr(kExifStart.size());
      }
      const bool frame =
          marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
      if (frame) return read_frame(out, segment, marker);
    }
  }

 private:
  JpegHead read_frame(JpegHead out, std::string_view segment, int marker) const {
    if (segment.size() < 6) fail_jpeg(name_, "is a broken JPEG: its frame header is too short");
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(segment[i]); };
    out.bit_depth = byte(0);
    out.height = byte(1) << 8 | byte(2);
    out.width = byte(3) << 8 | byte(4);
    out.components = byte(5);
    out.arithmetic = marker > 0xc8;
    if (out.width == 0 || out.height == 0) {
      fail_jpeg(name_, cat("declares a picture of ", out.width, " x ", out.height));
    }
    if (out.components != 1 && out.components != 3 && out.components != 4) {
      fail_jpeg(name_, cat("has ", out.components, " components, expected 1, 3 or 4"));
    }
    return out;
  }

  int next_marker() {
    require(at_ + 2);
    if (byte(at_) != 0xff) {
      fail_jpeg(name_, cat("is a broken JPEG: expected a marker at byte ", at_));
    }
    for (++at_; byte(at_) == 0xff; ++at_) require(at_ + 2);  // fill bytes
    return byte(at_++);
  }

  std::string_view next_segment() {
    require(at_ + 2);
    const std::size_t size = static_cast<std::size_t>(byte(at_) << 8 | byte(at_ + 1));
    if (size < 2) fail_jpeg(name_, cat("is a broken JPEG: a segment of no length at byte ", at_));
    require(at_ + size);
    const std::string_view segment = bytes_.substr(at_ + 2, size - 2);
    at_ += size;
    return segment;
  }

  void require(std::size_t size) const {
    if (bytes_.size() >= size) return;
    fail_jpeg(name_, cat("ends before it tells its size: got ", bytes_.size(),
                         " bytes, expected at least ", size));
  }
  int byte(std::size_t i) const { return static_cast<std::uint8_t>(bytes_[i]); }

  std::string_view bytes_;
  std::string_view name_;
  std::size_t at_ = 2;
};

void check_jpeg_size(const JpegHead& head, std::string_view bytes, std::string_view name,
                     std::size_t max_bytes) {
  const std::size_t pixels =
      static_cast<std::size_t>(head.width) * static_cast<std::size_t>(head.height);
  const int channels = head.components == 1 ? 1 : 3;
  if (pixels * static_cast<std::size_t>(channels) > max_bytes) {
    fail_jpeg(name, cat("declares too large a picture: got ", head.width, " x ", head.height, " x ",
                        channels, ", expected at most ", max_bytes, " bytes"));
  }
  // Each block of 8 x 8 pixels has a Huffman code of at least one bit, so a small file that
  // declares a huge picture is refused before memory is taken for it. Arithmetic coding has no such
  // bound.
  if (!head.arithmetic && pixels / 64 / 8 > bytes.size()) {
    fail_jpeg(name, cat("is a broken JPEG: ", bytes.size(), " bytes cannot hold ", head.width,
                        " x ", head.height, " pixels"));
  }
}

void decode_into(std::string_view bytes, std::string_view name, const JpegHead& head, int format,
                 std::vector<std::uint8_t>& pixels) {
  const TurboHandle turbo(tjInitDecompress());
  if (!turbo) throw Error(ErrorCode::kInternal, "jpeg", "TurboJPEG did not start");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto fail = [&] {
    fail_jpeg(name, cat("is a broken JPEG: ", tjGetErrorStr2(turbo.get())));
  };
  // Its verdict on chroma layouts that it has no name for does not count: it decodes them.
  int width = 0, height = 0, subsampling = 0, colours = 0;
  tjDecompressHeader3(turbo.get(), data, bytes.size(), &width, &height, &subsampling, &colours);
  if (width != head.width || height != head.height) fail();
  if (tjDecompress2(turbo.get(), data, bytes.size(), pixels.data(), width, 0, height, format,
                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0) {
    fail();
  }
}

}  // namespace

JpegHead read_jpeg_head(std::string_view bytes, std::string_view name) {
  if (!bytes.starts_with(kJpegStart)) {
    fail_jpeg(name, "is not a JPEG file: expected the first bytes ff d8 ff");
  }
  return JpegWalk(bytes, name).head();
}

Image8 decode_jpeg(std::string_view bytes, std::string_view name, std::size_t max_bytes) {
  const JpegHead head = read_jpeg_head(bytes, name);
  if (head.bit_depth != 8) {
    fail_jpeg(name, cat("has ", head.bit_depth, " bits a sample, expected 8"));
  }
  check_jpeg_size(head, bytes, name, max_bytes);
  Image8 out = make_image(head.width, head.height, head.components == 1 ? 1 : 3);
  if (head.components != 4) {
    decode_into(bytes, name, head, head.components == 1 ? TJPF_GRAY : TJPF_RGB, out.pixels);
    return out;
  }
  std::vector<std::uint8_t> inks(out.pixels.size() / 3 * 4);
  decode_into(bytes, name, head, TJPF_CMYK, inks);
  for (std::size_t p = 0; p < inks.size() / 4; ++p) {
    for (std::size_t c = 0; c < 3; ++c) {
      const int light = inks[4 * p + c] * inks[4 * p + 3];
      out.pixels[3 * p + c] = static_cast<std::uint8_t>((light + 127) / 255);
    }
  }
  return out;
}

std::string encode_jpeg(const Image8& image, int quality, JpegChroma chroma) {
  check_image(image);
  if (image.channels == 4) {
    throw Error(ErrorCode::kInternal, "jpeg", "got a picture with alpha; flatten it first");
  }
  if (quality < 1 || quality > 100) {
    throw Error(ErrorCode::kInternal, "jpeg",
                cat("got a quality of ", quality, ", expected 1 to 100"));
  }
  if (image.width > kJpegMaxSide || image.height > kJpegMaxSide) {
    throw Error(ErrorCode::kInternal, "jpeg",
                cat("got a picture of ", image.width, " x ", image.height,
                    ", expected sides of at most ", kJpegMaxSide));
  }
  const bool grey = image.channels == 1;
  const int layout = grey ? TJSAMP_GRAY : chroma == JpegChroma::k420 ? TJSAMP_420 : TJSAMP_444;
  const TurboHandle turbo(tjInitCompress());
  if (!turbo) throw Error(ErrorCode::kInternal, "jpeg", "TurboJPEG did not start");
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  const int status =
      tjCompress2(turbo.get(), image.pixels.data(), image.width, 0, image.height,
                  grey ? TJPF_GRAY : TJPF_RGB, &buffer, &size, layout, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, TurboBufferDeleter> owner(buffer);
  if (status != 0) {
    throw Error(ErrorCode::kInternal, "jpeg",
                cat("TurboJPEG failed: ", tjGetErrorStr2(turbo.get())));
  }
  return {reinterpret_cast<const char*>(buffer), size};
}

void write_jpeg(const std::filesystem::path& path, const Image8& image, int quality,
                JpegChroma chroma) {
  write_file_atomic(path, encode_jpeg(image, quality, chroma));
}

}  // namespace saddle::codec
