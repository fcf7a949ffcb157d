#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/packed.h"
#include "saddle/codec/packed_layout.h"

namespace saddle::codec {

struct PackedFile::State {
  explicit State(const std::filesystem::path& path);

  const PackedField& field(std::size_t f) const { return info.fields[f]; }
  std::span<const std::byte> block(std::size_t f, std::size_t b) const;
  /// Starts to read these blocks from disk without waiting for them.
  void prefetch(std::size_t f, std::size_t first, std::size_t count) const;
  void check_block(std::size_t f, std::size_t b);
  void check_labels() const;

  std::string name;
  MappedFile file;
  PackedInfo info;
  detail::PackedLayout layout;
  std::string hash;
  std::vector<std::uint32_t> crcs;
  std::unique_ptr<std::atomic<bool>[]> checked;  // one a block; false at first
};

PackedFile::State::State(const std::filesystem::path& path)
    : name(path.string()), file(path, MappedFile::Access::kRandom) {
  detail::PackedPreamble preamble = detail::parse_preamble(file.text(), name);
  layout = std::move(preamble.layout);
  hash = std::move(preamble.hash);
  const std::string_view header = file.text().substr(layout.header_offset, layout.header_size);
  const std::string_view table = file.text().substr(layout.table_offset, layout.table_size);
  Sha256 sha;
  sha.update(header);
  sha.update(table);
  if (sha.hex() != hash) {
    detail::fail_packed(name,
                        "is damaged in its header or table: the SHA-256 differs; try to copy "
                        "it again");
  }
  info = detail::parse_header(header, layout, name);
  crcs.resize(layout.blocks());
  std::memcpy(crcs.data(), table.data(), table.size());
  checked = std::make_unique<std::atomic<bool>[]>(crcs.size());
}

std::span<const std::byte> PackedFile::State::block(std::size_t f, std::size_t b) const {
  const detail::PackedRegion& region = layout.regions[f];
  const std::uint64_t begin = std::uint64_t{b} * kPackedBlock;
  const std::uint64_t size = std::min<std::uint64_t>(kPackedBlock, region.bytes - begin);
  return file.bytes().subspan(region.offset + begin, size);
}

void PackedFile::State::prefetch(std::size_t f, std::size_t first, std::size_t count) const {
  const std::size_t end = std::min(first + count, layout.regions[f].blocks);
  if (first >= end) return;
  const std::byte* begin = block(f, first).data();
  const std::span<const std::byte> last = block(f, end - 1);
  // A hint: whether it was taken does not matter. Regions and blocks start on pages.
  ::madvise(const_cast<std::byte*>(begin),
            static_cast<std::size_t>(last.data() + last.size() - begin), MADV_WILLNEED);
}

void PackedFile::State::check_block(std::size_t f, std::size_t b) {
  const std::span<const std::byte> bytes = block(f, b);
  const std::size_t number = layout.regions[f].first_block + b;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (crc32c(text) != crcs[number]) {
    const std::uint64_t begin = std::uint64_t{b} * kPackedBlock;
    const std::uint64_t sample_bytes = field(f).sample_bytes();
    detail::fail_packed(
        name, cat("is damaged in field '", field(f).name, "', block ", b, " of ",
                  layout.regions[f].blocks, ", which holds samples ", begin / sample_bytes, " to ",
                  (begin + bytes.size() - 1) / sample_bytes,
                  ": the CRC-32C differs; try to copy the file or pack the data again"));
  }
  // Two threads may check the same block; both find the same.
  checked[number].store(true, std::memory_order_release);
}

void PackedFile::State::check_labels() const {
  const auto label = detail::label_field(info);
  if (!label) return;
  const ElementType type = field(*label).dtype;
  const std::size_t size = element_size(type);
  const std::byte* labels = file.bytes().data() + layout.regions[*label].offset;
  for (const PackedSplit& split : info.splits) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(info.classes));
    for (std::int64_t i = split.first; i < split.first + split.count; ++i) {
      const std::int64_t value =
          detail::integer_at(type, labels + static_cast<std::size_t>(i) * size);
      if (value < 0 || value >= info.classes) {
        detail::fail_packed(name, cat("has the label ", value, " at sample ", i, ": expected 0 to ",
                                      info.classes - 1));
      }
      ++counts[static_cast<std::size_t>(value)];
    }
    if (!split.class_counts.empty() && counts != split.class_counts) {
      detail::fail_packed(
          name, cat("has other labels in split '", split.name, "': got the counts ",
                    shape_text(counts), ", its header says ", shape_text(split.class_counts)));
    }
  }
}

PackedFile::PackedFile(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}
PackedFile::~PackedFile() = default;
PackedFile::PackedFile(PackedFile&&) noexcept = default;
PackedFile& PackedFile::operator=(PackedFile&&) noexcept = default;

const PackedInfo& PackedFile::info() const {
  return state_->info;
}

std::string PackedFile::fingerprint() const {
  return state_->hash;
}

std::span<const std::byte> PackedFile::sample(std::size_t field, std::int64_t index) const {
  State& state = *state_;
  if (field >= state.info.fields.size() || index < 0 || index >= state.info.samples) {
    throw Error(ErrorCode::kInternal, "packed",
                cat("sample ", index, " of field ", field, ": '", state.name, "' has ",
                    state.info.samples, " samples of ", state.info.fields.size(), " fields"));
  }
  const detail::PackedRegion& region = state.layout.regions[field];
  const std::size_t bytes = state.field(field).sample_bytes();
  const std::uint64_t begin = std::uint64_t{bytes} * static_cast<std::uint64_t>(index);
  const std::size_t last = static_cast<std::size_t>((begin + bytes - 1) / kPackedBlock);
  for (auto b = static_cast<std::size_t>(begin / kPackedBlock); b <= last; ++b) {
    if (state.checked[region.first_block + b].load(std::memory_order_acquire)) continue;
    state.prefetch(field, b, last - b + 1);
    state.check_block(field, b);
  }
  return state.file.bytes().subspan(region.offset + begin, bytes);
}

void PackedFile::verify(const Progress& progress) const {
  constexpr std::size_t kAhead = 8;
  State& state = *state_;
  std::int64_t done = 0, total = 0;
  for (const auto& region : state.layout.regions) total += static_cast<std::int64_t>(region.bytes);
  for (std::size_t f = 0; f < state.layout.regions.size(); ++f) {
    for (std::size_t b = 0; b < state.layout.regions[f].blocks; ++b) {
      if (b % kAhead == 0) state.prefetch(f, b, 2 * kAhead);
      state.check_block(f, b);
      done += static_cast<std::int64_t>(state.block(f, b).size());
      if (progress) progress(done, total);
    }
  }
  state.check_labels();
}

}  // namespace saddle::codec
