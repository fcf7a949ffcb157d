#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "saddle/codec/image.h"

namespace saddle::codec {

/// How finely a JPEG file keeps colour: k420 one value for 2 x 2 pixels, k444 one for each.
enum class JpegChroma { k420, k444 };

/// What a JPEG file says before its pixels.
struct JpegHead {
  int width = 0;            ///< as stored
  int height = 0;           ///< as stored
  int components = 0;       ///< 1 grey, 3 colour, 4 CMYK
  int bit_depth = 0;        ///< bits a sample
  bool arithmetic = false;  ///< coded arithmetically, not with Huffman codes
  std::string_view exif{};  ///< within the bytes, from its byte order on; empty without EXIF
};

/// Reads the segments up to the frame header and no pixels. EXIF counts where it stands before the
/// frame header. Throws Error(kInput) when it is no JPEG file, damaged there, or ends before.
JpegHead read_jpeg_head(std::string_view bytes, std::string_view name);

/// Decodes a JPEG file, baseline or progressive, as it is stored: grey to 1 channel, colour to RGB.
/// CMYK and YCCK are taken as inverted, Adobe's convention, and become RGB by c * k / 255; colour
/// profiles are left aside. Throws Error(kInput) when it is no JPEG file, truncated, damaged in any
/// way that libjpeg notices (never a picture with grey filler), of other than 8 bits, or larger
/// than `max_bytes` decoded. `name` stands in messages.
Image8 decode_jpeg(std::string_view bytes, std::string_view name,
                   std::size_t max_bytes = kPictureMaxBytes);

/// The bytes of a baseline JPEG file of a grey or RGB picture; no time in it. `quality` is 1 to 100
/// on libjpeg's scale. Throws Error(kInternal) for RGBA, another quality or a side above 65500.
std::string encode_jpeg(const Image8& image, int quality = 90,
                        JpegChroma chroma = JpegChroma::k420);
/// Writes a JPEG file atomically.
void write_jpeg(const std::filesystem::path& path, const Image8& image, int quality = 90,
                JpegChroma chroma = JpegChroma::k420);

}  // namespace saddle::codec
