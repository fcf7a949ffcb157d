#include "saddle/codec/npz.h"
#include "fuzz/target.h"
#include "saddle/base/error.h"

void saddle::fuzz::fuzz_npz(std::string_view bytes) {
  const codec::ZipReader archive(std::string(bytes), "fuzz");
  for (const std::string& name : codec::npz_names(archive)) {
    try {
      const codec::NpyHeader header = codec::npz_header(archive, name);
      require(codec::read_npz(archive, name, kMaxBytes).shape == header.shape);
    } catch (const Error& error) {
      require(error.code() != ErrorCode::kInternal);
    }
  }
}
