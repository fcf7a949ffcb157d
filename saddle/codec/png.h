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

/// The largest picture a PNG file may declare, in bytes once decoded: 1 GiB.
inline constexpr std::size_t kPngMaxBytes = std::size_t{1} << 30;

/// The bytes of a PNG file; no time in it, so the same picture gives the same bytes.
/// `level` is zlib's, 0 (fast) to 9 (small). Throws Error(kInternal) for a picture that does not
/// hold together.
std::string encode_png(const Image8& image, const PngText& text = {}, int level = 6);
/// Writes a PNG file atomically.
void write_png(const std::filesystem::path& path, const Image8& image, const PngText& text = {});

/// Decodes a PNG file to 8 bits: 16-bit samples lose their low byte, palettes become RGB, grey
/// with alpha becomes RGBA. Throws Error(kInput) when it is no PNG, damaged (checksums), truncated
/// or larger than `max_bytes` decoded. `name` stands in messages.
Image8 decode_png(std::string_view bytes, std::string_view name,
                  std::size_t max_bytes = kPngMaxBytes);
Image8 read_png(const std::filesystem::path& path);

/// The text chunks of a PNG file. Throws as decode_png does.
PngText decode_png_text(std::string_view bytes, std::string_view name);

}  // namespace saddle::codec
