#include "saddle/codec/picture.h"

#include <algorithm>
#include <array>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/exif.h"
#include "saddle/codec/jpeg.h"
#include "saddle/codec/png.h"
#include "saddle/codec/pnm.h"

namespace saddle::codec {
namespace {

using std::string_view_literals::operator""sv;

struct Magic {
  std::string_view bytes;
  std::string_view name;
};
constexpr std::array kMagics = {
    Magic{"GIF87a"sv, "GIF"},
    Magic{"GIF89a"sv, "GIF"},
    Magic{"II*\0"sv, "TIFF"},
    Magic{"MM\0*"sv, "TIFF"},
    Magic{"II+\0"sv, "TIFF"},
    Magic{"MM\0+"sv, "TIFF"},
    Magic{"\xff\x0a"sv, "JPEG XL"},
    Magic{"\0\0\0\x0cJXL \r\n\x87\n"sv, "JPEG XL"},
    Magic{"\0\0\0\x0cjP  \r\n\x87\n"sv, "JPEG 2000"},
    Magic{"\xff\x4f\xff\x51"sv, "JPEG 2000"},
    Magic{"8BPS"sv, "Photoshop"},
    Magic{"\x76\x2f\x31\x01"sv, "OpenEXR"},
    Magic{"#?RADIANCE"sv, "Radiance HDR"},
    Magic{"qoif"sv, "QOI"},
    Magic{"\0\0\1\0"sv, "icon (ICO)"},
};
constexpr std::array kFileTypeBrands = {
    Magic{"avif"sv, "AVIF"}, Magic{"avis"sv, "AVIF"}, Magic{"heic"sv, "HEIC"},
    Magic{"heix"sv, "HEIC"}, Magic{"hevc"sv, "HEIC"}, Magic{"hevx"sv, "HEIC"},
    Magic{"heim"sv, "HEIC"}, Magic{"heis"sv, "HEIC"}, Magic{"mif1"sv, "HEIF"},
    Magic{"msf1"sv, "HEIF"},
};

bool holds(std::string_view bytes, std::size_t at, std::string_view part) {
  return bytes.size() >= at && bytes.substr(at).starts_with(part);
}

bool is_pnm_letter(std::string_view bytes, std::string_view kinds) {
  return bytes.size() >= 3 && bytes[0] == 'P' && kinds.find(bytes[1]) != kinds.npos &&
         "\t\n\v\f\r #"sv.find(bytes[2]) != std::string_view::npos;
}

/// The major brand of an ISO media file, or the first compatible one that says more.
std::string_view file_type_name(std::string_view bytes) {
  std::string_view found;
  for (std::size_t at = 8; at + 4 <= std::min<std::size_t>(bytes.size(), 32); at += 4) {
    for (const Magic& brand : kFileTypeBrands) {
      if (bytes.substr(at, 4) != brand.bytes) continue;
      if (brand.name != "HEIF") return brand.name;
      found = brand.name;
    }
  }
  return found;
}

/// "BM" alone is too short to tell: the reserved bytes and the size of the second header count too.
bool is_bmp(std::string_view bytes) {
  constexpr std::array<std::uint8_t, 7> kSizes = {12, 40, 52, 56, 64, 108, 124};
  return bytes.size() >= 18 && bytes.starts_with("BM") && holds(bytes, 6, "\0\0\0\0"sv) &&
         std::find(kSizes.begin(), kSizes.end(), static_cast<std::uint8_t>(bytes[14])) !=
             kSizes.end() &&
         holds(bytes, 15, "\0\0\0"sv);
}

PictureFormat require_format(std::string_view bytes, std::string_view name) {
  if (const auto format = picture_format(bytes)) return *format;
  const std::string_view other = unsupported_picture(bytes);
  throw Error(ErrorCode::kInput, "picture",
              other.empty()
                  ? cat("'", name, "' is no picture: expected PNG, JPEG or binary PGM or PPM")
                  : cat("'", name, "' is a picture in ", other,
                        " format: expected PNG, JPEG or binary PGM or PPM; convert it to PNG or "
                        "JPEG"));
}

}  // namespace

std::string_view to_text(PictureFormat format) {
  switch (format) {
    case PictureFormat::kPng:
      return "PNG";
    case PictureFormat::kJpeg:
      return "JPEG";
    case PictureFormat::kPnm:
      return "PNM";
  }
  return "?";
}

std::optional<PictureFormat> picture_format(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x89PNG\r\n\x1a\n")) return PictureFormat::kPng;
  if (first_bytes.starts_with("\xff\xd8\xff")) return PictureFormat::kJpeg;
  if (is_pnm_letter(first_bytes, "56")) return PictureFormat::kPnm;
  return std::nullopt;
}

std::string_view unsupported_picture(std::string_view first_bytes) {
  for (const Magic& magic : kMagics) {
    if (first_bytes.starts_with(magic.bytes)) return magic.name;
  }
  if (first_bytes.starts_with("RIFF") && holds(first_bytes, 8, "WEBP")) return "WebP";
  if (is_bmp(first_bytes)) return "BMP";
  if (holds(first_bytes, 4, "ftyp")) return file_type_name(first_bytes);
  if (is_pnm_letter(first_bytes, "123")) return "text PNM";
  if (is_pnm_letter(first_bytes, "4")) return "PBM";
  if (is_pnm_letter(first_bytes, "7")) return "PAM";
  return "";
}

PictureInfo probe_picture(std::string_view bytes, std::string_view name) {
  PictureInfo info{.format = require_format(bytes, name)};
  std::string_view exif;
  if (info.format == PictureFormat::kPng) {
    const PngHead head = read_png_head(bytes, name);
    info = {info.format, head.width, head.height, head.channels, head.bit_depth};
    exif = head.exif;
  } else if (info.format == PictureFormat::kJpeg) {
    const JpegHead head = read_jpeg_head(bytes, name);
    const int channels = head.components == 1 ? 1 : 3;
    info = {info.format, head.width, head.height, channels, head.bit_depth};
    exif = head.exif;
  } else {
    const PnmHead head = read_pnm_head(bytes, name);
    info = {info.format, head.width, head.height, head.channels, head.max_value > 255 ? 16 : 8};
  }
  info.orientation = exif_orientation(exif);
  if (info.orientation >= 5) std::swap(info.width, info.height);
  return info;
}

Image8 decode_picture(std::string_view bytes, std::string_view name, std::size_t max_bytes) {
  const PictureInfo info = probe_picture(bytes, name);
  Image8 image = info.format == PictureFormat::kPng    ? decode_png(bytes, name, max_bytes)
                 : info.format == PictureFormat::kJpeg ? decode_jpeg(bytes, name, max_bytes)
                                                       : decode_pnm(bytes, name, max_bytes);
  return info.orientation == 1 ? std::move(image) : oriented(image, info.orientation);
}

Image8 read_picture(const std::filesystem::path& path) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  return decode_picture(file.text(), path.string());
}

}  // namespace saddle::codec
