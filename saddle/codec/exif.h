#pragma once

#include <string_view>

namespace saddle::codec {

/// How EXIF data say that their picture is stored: 1 to 8, see `oriented`. 1 where they do not say
/// or are broken: they describe the pixels and do not spoil them. `tiff` begins with the byte order
/// "II" or "MM", as in a PNG's eXIf chunk and after "Exif\0\0" in a JPEG's APP1.
int exif_orientation(std::string_view tiff);

}  // namespace saddle::codec
