#include "saddle/codec/exif.h"

#include <libexif/exif-data.h>

#include <memory>
#include <string>

namespace saddle::codec {
namespace {

// A JPEG segment holds no more. The orientation stands in the first directory, so what a PNG may
// hold beyond is not looked at.
constexpr std::size_t kExifMaxBytes = 65533;

struct ExifDeleter {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};

}  // namespace

int exif_orientation(std::string_view tiff) {
  if (!tiff.starts_with("II") && !tiff.starts_with("MM")) return 1;
  std::string bytes("Exif\0\0", 6);
  bytes += tiff.substr(0, kExifMaxBytes - bytes.size());
  const std::unique_ptr<ExifData, ExifDeleter> data(exif_data_new());
  if (!data) return 1;
  // Read as it is: no entries made up that a standard asks for.
  exif_data_unset_option(data.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(data.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<unsigned int>(bytes.size()));
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return 1;
  const int value = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return value >= 1 && value <= 8 ? value : 1;
}

}  // namespace saddle::codec
