#include "fuzz/target.h"
#include "saddle/codec/safetensors_header.h"

void saddle::fuzz::fuzz_safetensors(std::string_view bytes) {
  const codec::SafetensorsHeader header = codec::parse_safetensors_header(bytes, "fuzz");
  require(header.data_begin <= bytes.size());
  for (const codec::SafetensorsEntry& entry : header.entries) {
    require(entry.begin <= entry.end && entry.end <= bytes.size() - header.data_begin);
  }
  codec::write_safetensors_header(header);
}
