#include "saddle/codec/zip.h"
#include "fuzz/target.h"
#include "saddle/base/error.h"

void saddle::fuzz::fuzz_zip(std::string_view bytes) {
  const codec::ZipReader archive(std::string(bytes), "fuzz");
  for (std::size_t i = 0; i < archive.entries().size(); ++i) {
    const codec::ZipEntry& entry = archive.entries()[i];
    require(archive.find(entry.name) == i && entry.name.find("../") != 0);
    try {
      require(archive.read_prefix(i, 16).size() <= 16);
      require(archive.read(i, kMaxBytes).size() == entry.size);
    } catch (const Error& error) {
      require(error.code() != ErrorCode::kInternal);
    }
  }
}
