#include "saddle/codec/npy.h"
#include "fuzz/target.h"

// A .npy file. What was read is written and read again as the same array.
void saddle::fuzz::fuzz_npy(std::string_view bytes) {
  const codec::NpyHeader header = codec::parse_npy_header(bytes, "fuzz");
  require(header.data_offset <= bytes.size());
  const codec::NpyArray array = codec::parse_npy(bytes, "fuzz");
  require(array.shape == header.shape && array.bytes.size() == header.data_bytes);
  require(codec::parse_npy(codec::encode_npy(array), "again") == array);
}
