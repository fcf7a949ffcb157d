#include "saddle/codec/idx.h"
#include "fuzz/target.h"

// An IDX file, gzipped or not. What was read is written and read again as the same array.
void saddle::fuzz::fuzz_idx(std::string_view bytes) {
  const codec::IdxArray array = codec::parse_idx(bytes, "fuzz", kMaxBytes);
  require(array.bytes.size() ==
          static_cast<std::size_t>(array.count()) * codec::element_size(array.dtype));
  require(codec::parse_idx(codec::encode_idx(array), "again", kMaxBytes) == array);
}
