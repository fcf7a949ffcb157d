#include "saddle/codec/cifar.h"

#include <array>
#include <span>
#include <string>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/gzip.h"

namespace saddle::codec {
namespace {

constexpr std::size_t kCifarPixels = 3 * 32 * 32;

struct CifarLabel {
  std::string_view name;
  std::uint8_t classes;
};
constexpr std::array<CifarLabel, 1> kCifar10Labels = {{{"label", 10}}};
constexpr std::array<CifarLabel, 2> kCifar100Labels = {{{"coarse label", 20}, {"label", 100}}};

std::span<const CifarLabel> labels_of(CifarKind kind) {
  if (kind == CifarKind::k10) return kCifar10Labels;
  return kCifar100Labels;
}

std::string_view name_of(CifarKind kind) {
  return kind == CifarKind::k10 ? "CIFAR-10" : "CIFAR-100";
}

[[noreturn]] void fail_cifar(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "cifar", cat("'", name, "' ", what));
}

void require_size(std::size_t size, std::string_view name, CifarKind kind) {
  const std::size_t record = cifar_record_bytes(kind);
  if (size == 0) fail_cifar(name, "holds no records");
  if (size % record == 0) return;
  const CifarKind other = kind == CifarKind::k10 ? CifarKind::k100 : CifarKind::k10;
  const std::string hint = size % cifar_record_bytes(other) == 0
                               ? cat("; it has the size of ", name_of(other))
                               : "; is it truncated?";
  fail_cifar(name, cat("has a wrong size: got ", size, " bytes, expected a multiple of ", record,
                       " for ", name_of(kind), hint));
}

}  // namespace

std::size_t cifar_record_bytes(CifarKind kind) {
  return labels_of(kind).size() + kCifarPixels;
}

CifarBatch parse_cifar(std::string_view bytes, std::string_view name, CifarKind kind,
                       std::size_t max_bytes) {
  std::string unpacked;
  if (is_gzip(bytes)) {
    unpacked = gunzip(bytes, max_bytes, name);
    bytes = unpacked;
  }
  require_size(bytes.size(), name, kind);
  const std::size_t record = cifar_record_bytes(kind);
  const std::span<const CifarLabel> labels = labels_of(kind);
  const std::size_t count = bytes.size() / record;
  CifarBatch out;
  out.pixels.reserve(count * kCifarPixels);
  out.labels.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view row = bytes.substr(i * record, record);
    for (std::size_t l = 0; l < labels.size(); ++l) {
      const auto value = static_cast<std::uint8_t>(row[l]);
      if (value >= labels[l].classes) {
        fail_cifar(name, cat("has a wrong ", labels[l].name, " in record ", i, ": got ", value,
                             ", expected 0 to ", labels[l].classes - 1, " for ", name_of(kind)));
      }
      (l + 1 == labels.size() ? out.labels : out.coarse).push_back(value);
    }
    out.pixels.insert(out.pixels.end(), row.begin() + static_cast<std::ptrdiff_t>(labels.size()),
                      row.end());
  }
  return out;
}

CifarBatch read_cifar(const std::filesystem::path& path, CifarKind kind, std::size_t max_bytes) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  return parse_cifar(file.text(), path.string(), kind, max_bytes);
}

}  // namespace saddle::codec
