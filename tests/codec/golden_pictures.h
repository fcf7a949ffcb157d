#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "saddle/base/file.h"
#include "saddle/base/philox.h"
#include "saddle/codec/image.h"
#include "tests/codec/bytes.h"
#include "tests/paths.h"

namespace saddle::test {

/// A picture file of golden_pictures.txt (make_golden_pictures.py) and what it holds.
struct GoldenPicture {
  std::string name;
  int bit_depth = 0;
  std::string file;
  codec::Image8 image;  ///< 8 bits, upright
};

/// A resized picture of golden_pictures.txt.
struct GoldenResize {
  std::string filter;
  codec::Image8 from;
  codec::Image8 to;
};

inline codec::Image8 golden_image(int width, int height, int channels, const std::string& hex) {
  const std::string bytes = from_hex(hex);
  return {.width = width,
          .height = height,
          .channels = channels,
          .pixels = {bytes.begin(), bytes.end()}};
}

/// The lines of golden_pictures.txt whose first word is `kind`, without it.
inline std::vector<std::string> golden_lines(const std::string& kind) {
  const auto path = std::filesystem::path(kSourceDirectory) / "tests/codec/golden_pictures.txt";
  std::istringstream text(read_file(path));
  std::vector<std::string> out;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(kind + " ")) out.push_back(line.substr(kind.size() + 1));
  }
  EXPECT_FALSE(out.empty()) << path;
  return out;
}

/// `kind` is "png" or "jpeg".
inline std::vector<GoldenPicture> golden_pictures(const std::string& kind) {
  std::vector<GoldenPicture> out;
  for (const std::string& line : golden_lines(kind)) {
    GoldenPicture picture;
    int width = 0, height = 0, channels = 0;
    std::string file, pixels;
    std::istringstream(line) >> picture.name >> width >> height >> channels >> picture.bit_depth >>
        file >> pixels;
    picture.file = from_hex(file);
    picture.image = golden_image(width, height, channels, pixels);
    out.push_back(std::move(picture));
  }
  return out;
}

inline GoldenPicture golden_picture(const std::string& kind, const std::string& name) {
  for (GoldenPicture& picture : golden_pictures(kind)) {
    if (picture.name == name) return picture;
  }
  ADD_FAILURE() << "no golden " << kind << " " << name;
  return {};
}

/// The largest difference of two samples; 256 where the pictures have not the same layout.
inline int largest_difference(const codec::Image8& a, const codec::Image8& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  }
  return largest;
}

/// A picture without structure, alpha included.
inline codec::Image8 noise_picture(int width, int height, int channels, std::uint64_t seed = 1) {
  codec::Image8 image = codec::make_image(width, height, channels);
  PhiloxSequence random(seed);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random.u32());
  return image;
}

/// EXIF data of one entry, from their byte order on.
inline std::string exif_tiff(int orientation, bool big_endian) {
  // Byte order and 42, where the directory starts, one entry: tag 0x0112, type short, count 1,
  // value in four bytes; no further directory.
  std::string tiff = from_hex(big_endian ? "4d4d002a00000008"
                                           "0001"
                                           "0112000300000001"
                                           "00000000"
                                           "00000000"
                                         : "49492a0008000000"
                                           "0100"
                                           "1201030001000000"
                                           "00000000"
                                           "00000000");
  tiff[big_endian ? 19 : 18] = static_cast<char>(orientation);
  return tiff;
}

/// A JPEG file with these EXIF data in an APP1 segment before all others.
inline std::string with_exif(const std::string& jpeg, const std::string& tiff) {
  const std::string payload = from_hex("457869660000") + tiff;
  const std::size_t size = payload.size() + 2;
  std::string segment = from_hex("ffe1");
  segment += static_cast<char>(size >> 8);
  segment += static_cast<char>(size & 255);
  return jpeg.substr(0, 2) + segment + payload + jpeg.substr(2);
}

}  // namespace saddle::test
