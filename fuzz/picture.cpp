#include "saddle/codec/picture.h"
#include "fuzz/target.h"
#include "saddle/codec/png.h"

// A PNG, JPEG or PNM file: what the head promises is what decoding gives.
void saddle::fuzz::fuzz_picture(std::string_view bytes) {
  codec::unsupported_picture(bytes);
  const codec::PictureInfo info = codec::probe_picture(bytes, "fuzz");
  const codec::Image8 image = codec::decode_picture(bytes, "fuzz", kMaxBytes / 4);
  require(info.width == image.width && info.height == image.height);
  require(info.channels == image.channels);
  codec::check_image(image);
  if (info.format == codec::PictureFormat::kPng) codec::decode_png_text(bytes, "fuzz");
}
