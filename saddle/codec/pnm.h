#pragma once

#include <cstddef>
#include <string_view>

#include "saddle/codec/image.h"

namespace saddle::codec {

/// What a binary PGM (P5) or PPM (P6) file says before its pixels.
struct PnmHead {
  int width = 0;
  int height = 0;
  int channels = 0;         ///< 1 for PGM, 3 for PPM
  int max_value = 0;        ///< the sample that is white, 1 to 65535
  std::size_t data_at = 0;  ///< where the samples begin
};

/// Reads the header, with its comments. Throws Error(kInput) when it is no binary PGM or PPM file,
/// damaged there, or ends before its samples begin.
PnmHead read_pnm_head(std::string_view bytes, std::string_view name);

/// Decodes a binary PGM or PPM file of one picture; a sample v becomes round(255 v / max_value).
/// Throws Error(kInput) as read_pnm_head, and when the file holds too few or too many bytes, a
/// sample above its largest value, or more than `max_bytes` decoded. `name` stands in messages.
Image8 decode_pnm(std::string_view bytes, std::string_view name,
                  std::size_t max_bytes = kPictureMaxBytes);

}  // namespace saddle::codec
