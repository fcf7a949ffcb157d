#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

#include "saddle/codec/image.h"

namespace saddle::codec {

/// Formats of pictures that are read. kPnm is binary PGM and PPM.
enum class PictureFormat { kPng, kJpeg, kPnm };

/// "PNG", "JPEG" or "PNM".
std::string_view to_text(PictureFormat format);

/// The format by the first bytes of a file, eight at least, whatever its name ends in.
std::optional<PictureFormat> picture_format(std::string_view first_bytes);

/// The name of a picture format that is known but not read ("WebP", "GIF", "TIFF", "HEIC", ...), by
/// the first bytes of a file, 32 at best; "" for all else.
std::string_view unsupported_picture(std::string_view first_bytes);

/// What a picture will be once decoded, told without decoding a pixel.
struct PictureInfo {
  PictureFormat format = PictureFormat::kPng;
  int width = 0;        ///< upright: after the orientation is applied
  int height = 0;       ///< upright
  int channels = 0;     ///< 1, 3 or 4, as decode_picture gives them
  int bit_depth = 0;    ///< bits a sample in the file: 1 to 16; decoding gives 8
  int orientation = 1;  ///< EXIF: how it is stored, see `oriented`
  bool operator==(const PictureInfo&) const = default;
};

/// As many first bytes hold the head of almost every picture. A PNG needs what stands before its
/// pixels, 41 bytes or more; a JPEG needs its EXIF data and colour profile, often 4 to 64 KiB; a
/// PNM its header, about 15.
inline constexpr std::size_t kPictureProbeBytes = std::size_t{256} << 10;

/// Size, channels, depth and orientation of a picture from its file or the first part of it. It
/// trusts what the head says: decode_picture checks the rest. A PNG may tell its orientation after
/// its pixels: a first part without that chunk counts as upright. Throws Error(kInput) when the
/// bytes are no picture that is read, are damaged, or end too early (the message says how many it
/// takes at least).
PictureInfo probe_picture(std::string_view bytes, std::string_view name);

/// Decodes a PNG, JPEG or PNM file to 8 bits and sets it upright as EXIF says (JPEG: APP1; PNG:
/// eXIf). Its size and channels are those of probe_picture on the same bytes. Throws Error(kInput)
/// when it is no picture that is read (naming the format where it is known), damaged, truncated or
/// larger than `max_bytes` decoded. `name` stands in messages.
Image8 decode_picture(std::string_view bytes, std::string_view name,
                      std::size_t max_bytes = kPictureMaxBytes);
/// decode_picture of a file.
Image8 read_picture(const std::filesystem::path& path);

}  // namespace saddle::codec
