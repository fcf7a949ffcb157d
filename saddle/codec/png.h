#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saddle/codec/image.h"

namespace saddle::codec {

/// Key and value of a PNG text chunk; keys are 1 to 79 Latin letters.
using PngText = std::vector<std::pair<std::string, std::string>>;

/// The bytes of a PNG file; no time in it, so the same picture gives the same bytes.
/// `level` is zlib's, 0 (fast) to 9 (small). Throws Error(kInternal) for a picture that does not
/// hold together.
std::string encode_png(const Image8& image, const PngText& text = {}, int level = 6);
/// Writes a PNG file atomically.
void write_png(const std::filesystem::path& path, const Image8& image, const PngText& text = {});

/// What a PNG file says beside its pixels.
struct PngHead {
  int width = 0;
  int height = 0;
  int channels = 0;         ///< as decode_png gives them: 1, 3 or 4
  int bit_depth = 0;        ///< bits a sample in the file, or a palette index
  std::string_view exif{};  ///< the eXIf chunk, within the bytes; empty without one
};

/// Reads the chunks before the pixels, and what follows them as far as `bytes` reach; no checksums.
/// Throws Error(kInput) when it is no PNG file, damaged there, or ends before its pixels begin.
PngHead read_png_head(std::string_view bytes, std::string_view name);

/// Decodes a PNG file to 8 bits, interlaced or not. A 16-bit sample v becomes round(v / 257), a
/// shorter grey one is spread over 0 to 255. Palettes become RGB, or RGBA where the file has a tRNS
/// chunk; grey or RGB with a transparent colour (tRNS) and grey with alpha become RGBA. Gamma and
/// colour profiles are left aside. Throws Error(kInput) when it is no PNG, damaged (checksums),
/// truncated or larger than `max_bytes` decoded. `name` stands in messages.
Image8 decode_png(std::string_view bytes, std::string_view name,
                  std::size_t max_bytes = kPictureMaxBytes);
Image8 read_png(const std::filesystem::path& path);

/// The text chunks of a PNG file. Throws as decode_png does.
PngText decode_png_text(std::string_view bytes, std::string_view name);

}  // namespace saddle::codec
