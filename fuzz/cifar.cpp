#include "saddle/codec/cifar.h"
#include "fuzz/target.h"

// CIFAR records, gzipped or not. The first byte says which kind.
void saddle::fuzz::fuzz_cifar(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto kind = bytes[0] % 2 == 0 ? codec::CifarKind::k10 : codec::CifarKind::k100;
  const auto batch = codec::parse_cifar(bytes.substr(1), "fuzz", kind, kMaxBytes);
  require(batch.count() > 0 && batch.pixels.size() == batch.labels.size() * 3072);
  for (const auto label : batch.labels) require(label < (batch.coarse.empty() ? 10 : 100));
}
