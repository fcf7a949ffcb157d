#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/packed.h"
#include "saddle/codec/packed_layout.h"

namespace saddle::codec {
namespace {

namespace fs = std::filesystem;

std::string_view packed_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[noreturn]] void fail_packed_use(std::string_view what) {
  throw Error(ErrorCode::kInternal, "packed", what);
}

}  // namespace

struct PackedWriter::State {
  /// One field's data on their way: a block that fills up, and the checksums of those before.
  struct FieldStream {
    std::vector<std::byte> block;
    std::uint64_t written = 0;
    std::vector<std::uint32_t> crcs;
  };

  State(const fs::path& target, PackedInfo packed_info);

  void require_room() const;
  void count_labels(std::span<const std::byte> labels, std::int64_t samples);
  void append_field(std::size_t f, std::span<const std::byte> bytes);
  void write_block(std::size_t f, std::span<const std::byte> bytes);
  void write_at(std::uint64_t offset, std::string_view bytes) const;
  [[noreturn]] void fail_io(int code) const;

  fs::path path;
  PackedInfo info;
  detail::PackedLayout layout;
  std::optional<std::size_t> label;
  std::size_t split = 0;  // of the next sample
  std::int64_t samples = 0;
  bool open = true;  // neither finished nor failed
  std::vector<FieldStream> streams;
  std::optional<TemporaryFile> file;
};

PackedWriter::State::State(const fs::path& target, PackedInfo packed_info)
    : path(target), info(std::move(packed_info)) {
  for (PackedSplit& part : info.splits) part.class_counts.clear();
  if (const std::string fault = detail::info_fault(info); !fault.empty()) {
    fail_packed_use(cat("the info does not hold together: ", fault));
  }
  layout = detail::plan_layout(info);
  label = detail::label_field(info);
  if (label) {
    for (PackedSplit& part : info.splits) {
      part.class_counts.assign(static_cast<std::size_t>(info.classes), 0);
    }
  }
  streams.resize(info.fields.size());
  remove_stale_temporaries(directory_of(path), cat("-", path.filename().string()));
  require_room();
  file.emplace(path);
  // Takes the room now, where the file system can: better to fail before the work than after it.
  const auto size = static_cast<off_t>(layout.file_size);
  while (::fallocate(file->file().get(), 0, 0, size) != 0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS) break;
    if (errno != EINTR) fail_io(errno);
  }
}

void PackedWriter::State::require_room() const {
  std::error_code error;
  const fs::space_info room = fs::space(directory_of(path), error);
  // What cannot be asked shows itself when writing.
  if (error || room.available >= layout.file_size) return;
  throw Error(ErrorCode::kIo, "packed",
              cat("cannot write '", path.string(), "': it needs ", layout.file_size,
                  " bytes, but its disk has ", static_cast<std::uint64_t>(room.available),
                  " left; try to free space or another directory"));
}

void PackedWriter::State::fail_io(int code) const {
  throw Error(ErrorCode::kIo, "packed",
              cat("cannot write '", path.string(), "', which needs ", layout.file_size,
                  " bytes: ", std::generic_category().message(code),
                  "; try to free space or another directory"));
}

void PackedWriter::State::write_at(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(file->file().get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_io(errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void PackedWriter::State::write_block(std::size_t f, std::span<const std::byte> bytes) {
  FieldStream& stream = streams[f];
  stream.crcs.push_back(crc32c(packed_text(bytes)));
  write_at(layout.regions[f].offset + stream.written, packed_text(bytes));
  stream.written += bytes.size();
}

void PackedWriter::State::append_field(std::size_t f, std::span<const std::byte> bytes) {
  std::vector<std::byte>& block = streams[f].block;
  while (!bytes.empty()) {
    if (block.empty() && bytes.size() >= kPackedBlock) {
      write_block(f, bytes.first(kPackedBlock));
      bytes = bytes.subspan(kPackedBlock);
      continue;
    }
    const std::size_t taken = std::min(bytes.size(), kPackedBlock - block.size());
    block.insert(block.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    if (block.size() == kPackedBlock) {
      write_block(f, block);
      block.clear();
    }
  }
}

void PackedWriter::State::count_labels(std::span<const std::byte> labels, std::int64_t count) {
  const ElementType type = info.fields[*label].dtype;
  const std::size_t size = element_size(type);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t value =
        detail::integer_at(type, labels.data() + static_cast<std::size_t>(i) * size);
    const std::int64_t position = samples + i;
    if (value < 0 || value >= info.classes) {
      throw Error(
          ErrorCode::kInput, "packed",
          cat("sample ", position, " has the label ", value, ": expected 0 to ", info.classes - 1));
    }
    while (position >= info.splits[split].first + info.splits[split].count) ++split;
    ++info.splits[split].class_counts[static_cast<std::size_t>(value)];
  }
}

PackedWriter::PackedWriter(const fs::path& path, PackedInfo info)
    : state_(std::make_unique<State>(path, std::move(info))) {}
PackedWriter::~PackedWriter() = default;
PackedWriter::PackedWriter(PackedWriter&&) noexcept = default;
PackedWriter& PackedWriter::operator=(PackedWriter&&) noexcept = default;

std::uint64_t PackedWriter::file_bytes() const {
  return state_->layout.file_size;
}

void PackedWriter::append(std::span<const std::span<const std::byte>> one_per_field,
                          std::int64_t samples) {
  State& state = *state_;
  if (!std::exchange(state.open, false)) fail_packed_use("append after finish or after an error");
  const std::vector<PackedField>& fields = state.info.fields;
  if (samples < 0 || samples > state.info.samples - state.samples) {
    fail_packed_use(cat("got ", samples, " samples after ", state.samples, ", expected ",
                        state.info.samples, " in all"));
  }
  if (one_per_field.size() != fields.size()) {
    fail_packed_use(cat("got ", one_per_field.size(), " fields, expected ", fields.size()));
  }
  for (std::size_t f = 0; f < fields.size(); ++f) {
    const std::size_t expected = fields[f].sample_bytes() * static_cast<std::size_t>(samples);
    if (one_per_field[f].size() != expected) {
      fail_packed_use(cat("got ", one_per_field[f].size(), " bytes for field '", fields[f].name,
                          "', expected ", expected, " for ", samples, " samples"));
    }
  }
  if (state.label) state.count_labels(one_per_field[*state.label], samples);
  for (std::size_t f = 0; f < fields.size(); ++f) state.append_field(f, one_per_field[f]);
  state.samples += samples;
  state.open = true;
}

void PackedWriter::finish() {
  State& state = *state_;
  if (!std::exchange(state.open, false)) fail_packed_use("finish after finish or after an error");
  if (state.samples != state.info.samples) {
    fail_packed_use(cat("got ", state.samples, " samples, expected ", state.info.samples));
  }
  std::string table;
  for (std::size_t f = 0; f < state.streams.size(); ++f) {
    State::FieldStream& stream = state.streams[f];
    if (!stream.block.empty()) state.write_block(f, stream.block);
    table += packed_text(std::as_bytes(std::span(stream.crcs)));
  }
  const std::string header = detail::encode_header(state.info, state.layout);
  state.write_at(state.layout.header_offset, header);
  state.write_at(state.layout.table_offset, table);
  state.write_at(0, detail::encode_preamble(state.layout, sha256_hex(header + table)));
  state.file->commit();
}

}  // namespace saddle::codec
