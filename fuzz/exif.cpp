#include "saddle/codec/exif.h"
#include "fuzz/target.h"

void saddle::fuzz::fuzz_exif(std::string_view bytes) {
  const int orientation = codec::exif_orientation(bytes);
  require(orientation >= 1 && orientation <= 8);
}
