#include "saddle/data/write_set.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <system_error>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/packed.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;

/// Samples read at once, and their bytes: large pictures would fill the memory.
constexpr std::int64_t kWriteAtOnce = 256;
constexpr std::size_t kWriteBytesAtOnce = std::size_t{16} << 20;

[[noreturn]] void refuse_set(const std::string& text) {
  throw Error(ErrorCode::kUsage, "data", text);
}

void require_equal_fields(std::span<const SetPart> parts) {
  for (const SetPart& part : parts) {
    if (part.source->fields() == parts.front().source->fields() &&
        part.source->classes() == parts.front().source->classes()) {
      continue;
    }
    refuse_set(cat("the splits ", parts.front().split, " and ", part.split,
                   " differ in shape, type or classes: got x ",
                   shape_text(parts.front().source->fields()[0].shape), " and ",
                   shape_text(part.source->fields()[0].shape), " and ",
                   parts.front().source->classes(), " and ", part.source->classes(),
                   " classes, expected equal ones"));
  }
}

/// Reads a part from its start in pieces and hands each on with its first index.
template <class Use>
void each_piece(const SetPart& part, const Use& use) {
  std::size_t bytes = 0;
  for (const FieldSpec& field : part.source->fields()) bytes += field.bytes();
  const std::int64_t at_once = std::clamp(static_cast<std::int64_t>(kWriteBytesAtOnce / bytes),
                                          std::int64_t{1}, kWriteAtOnce);
  std::vector<std::int64_t> indices;
  for (std::int64_t first = 0; first < part.count; first += at_once) {
    indices.resize(static_cast<std::size_t>(std::min(at_once, part.count - first)));
    std::iota(indices.begin(), indices.end(), first);
    use(first, read_bytes(*part.source, indices));
  }
}

ElementType packed_type(ElementType type) {
  if (type == ElementType::kF64) return ElementType::kF32;
  return type == ElementType::kI8 ? ElementType::kI16 : type;
}

template <class From, class To>
std::vector<std::byte> converted(std::span<const std::byte> bytes) {
  std::vector<std::byte> out(bytes.size() / sizeof(From) * sizeof(To));
  for (std::size_t i = 0; i < bytes.size() / sizeof(From); ++i) {
    From value;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    const To wanted = static_cast<To>(value);
    std::memcpy(out.data() + i * sizeof wanted, &wanted, sizeof wanted);
  }
  return out;
}

std::vector<std::byte> packed_bytes(std::vector<std::byte> bytes, ElementType type) {
  if (type == ElementType::kF64) return converted<double, float>(bytes);
  if (type == ElementType::kI8) return converted<std::int8_t, std::int16_t>(bytes);
  return bytes;
}

/// A .npy file that grows sample by sample.
class NpyStream {
 public:
  NpyStream(const fs::path& path, const FieldSpec& field, std::int64_t count)
      : path_(path), temporary_(path) {
    std::vector<std::int64_t> shape = {count};
    shape.insert(shape.end(), field.shape.begin(), field.shape.end());
    append(codec::npy_header_bytes(field.dtype, shape));
  }
  void append(std::string_view bytes) {
    const int code = write_all(temporary_.file(), bytes);
    if (code != 0) throw_io_error("data", "write", path_, code);
  }
  void finish() { temporary_.commit(); }

 private:
  fs::path path_;
  TemporaryFile temporary_;
};

}  // namespace

std::int64_t total_samples(std::span<const SetPart> parts) {
  std::int64_t total = 0;
  for (const SetPart& part : parts) {
    if (part.count < 1 || part.count > part.source->size()) {
      refuse_set(cat("split ", part.split, ": asked for ", part.count, " samples, expected 1 to ",
                     part.source->size()));
    }
    total += part.count;
  }
  return total;
}

void write_packed(const fs::path& path, std::span<const SetPart> parts, const std::string& origin,
                  const WriteProgress& progress) {
  const std::int64_t total = total_samples(parts);
  require_equal_fields(parts);
  const Source& first = *parts.front().source;
  codec::PackedInfo info;
  info.samples = total;
  info.classes = first.classes();
  info.class_names = first.class_names();
  info.origin = origin;
  for (const FieldSpec& field : first.fields()) {
    info.fields.push_back({field.name, packed_type(field.dtype), field.shape});
  }
  std::int64_t start = 0;
  for (const SetPart& part : parts) {
    info.splits.push_back({part.split, start, part.count, {}});
    start += part.count;
  }
  make_directories(directory_of(path));
  codec::PackedWriter writer(path, info);
  std::int64_t done = 0;
  for (const SetPart& part : parts) {
    each_piece(part, [&](std::int64_t, std::vector<std::vector<std::byte>> values) {
      const auto count = static_cast<std::int64_t>(values[0].size() / first.fields()[0].bytes());
      std::vector<std::span<const std::byte>> spans;
      for (std::size_t f = 0; f < values.size(); ++f) {
        values[f] = packed_bytes(std::move(values[f]), first.fields()[f].dtype);
        spans.emplace_back(values[f]);
      }
      writer.append(spans, count);
      done += count;
      if (progress) progress(done, total);
    });
  }
  writer.finish();
}

void write_npy_set(const fs::path& path, const SetPart& part, const WriteProgress& progress) {
  const std::int64_t total = total_samples({&part, 1});
  const fs::path labels = path.parent_path() / cat(path.stem().string(), "-labels.npy");
  std::error_code ignored;
  if (!has_field(*part.source, "label") && fs::exists(labels, ignored)) {
    refuse_set(cat("'", printable(labels.string()),
                   "' is there and would be taken for the labels of '", printable(path.string()),
                   "': remove it, or choose another name"));
  }
  std::vector<std::unique_ptr<NpyStream>> files;
  for (const FieldSpec& field : part.source->fields()) {
    const std::string ending = field.name == "label" ? "labels" : field.name;
    const fs::path place =
        field.name == "x" ? path
                          : path.parent_path() / cat(path.stem().string(), "-", ending, ".npy");
    if (fs::exists(fs::symlink_status(place, ignored))) {
      refuse_set(cat("'", printable(place.string()),
                     "' is there already: expected the name of a new file; try another"));
    }
    prepare_parent(place);
    files.push_back(std::make_unique<NpyStream>(place, field, part.count));
  }
  std::int64_t done = 0;
  each_piece(part, [&](std::int64_t, const std::vector<std::vector<std::byte>>& values) {
    for (std::size_t f = 0; f < values.size(); ++f) {
      files[f]->append({reinterpret_cast<const char*>(values[f].data()), values[f].size()});
    }
    done += static_cast<std::int64_t>(values[0].size() / part.source->fields()[0].bytes());
    if (progress) progress(done, total);
  });
  // The samples last: whoever finds them finds the rest beside them.
  for (auto file = files.rbegin(); file != files.rend(); ++file) (*file)->finish();
}

}  // namespace saddle::data
