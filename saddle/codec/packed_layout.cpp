#include "saddle/codec/packed_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kPackedMagic = "SADDLEPK";
constexpr std::uint32_t kPackedVersion = 1;
constexpr std::size_t kPackedNumbers = 16;  // position of the seven sizes and offsets
constexpr std::size_t kPackedHash = kPackedNumbers + 7 * 8;
constexpr std::size_t kPackedHashBytes = 32;
constexpr std::size_t kPackedCrc = kPackedPage - 4;
constexpr std::uint64_t kPackedMaxHeader = std::uint64_t{16} << 20;

std::uint64_t align_up(std::uint64_t size, std::uint64_t unit) {
  return (size + unit - 1) / unit * unit;
}

Json header_value(const PackedInfo& info, std::span<const detail::PackedRegion> regions) {
  Json fields = Json::array();
  for (std::size_t f = 0; f < info.fields.size(); ++f) {
    fields.push_back({{"name", info.fields[f].name},
                      {"type", to_text(info.fields[f].dtype)},
                      {"shape", info.fields[f].shape},
                      {"offset", regions[f].offset}});
  }
  Json splits = Json::array();
  for (const PackedSplit& split : info.splits) {
    splits.push_back({{"name", split.name},
                      {"first", split.first},
                      {"count", split.count},
                      {"class_counts", split.class_counts}});
  }
  return {{"fields", fields},        {"samples", info.samples},
          {"classes", info.classes}, {"class_names", info.class_names},
          {"splits", splits},        {"origin", info.origin}};
}

std::string header_json_text(const PackedInfo& info,
                             std::span<const detail::PackedRegion> regions) {
  return header_value(info, regions).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::int64_t> integers(const JsonReader& list) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < list.array_size(); ++i) out.push_back(list.at(i).integer());
  return out;
}

ElementType packed_type(const JsonReader& value) {
  for (const ElementType type : detail::kPackedTypes) {
    if (to_text(type) == value.text()) return type;
  }
  value.fail(cat("got '", value.text(), "', expected u8, i16, i32, i64 or f32"));
}

void read_fields(const JsonReader& list, PackedInfo& info,
                 std::vector<detail::PackedRegion>& regions) {
  if (list.array_size() > detail::kPackedMaxFields) {
    list.fail(
        cat("got ", list.array_size(), " fields, expected at most ", detail::kPackedMaxFields));
  }
  for (std::size_t f = 0; f < list.array_size(); ++f) {
    const JsonReader field = list.at(f);
    info.fields.push_back({.name = field.text("name"),
                           .dtype = packed_type(field.at("type")),
                           .shape = integers(field.at("shape"))});
    const std::int64_t offset = field.integer("offset");
    if (offset < 0) field.at("offset").fail(cat("got ", offset, ", expected at least 0"));
    regions.push_back({.offset = static_cast<std::uint64_t>(offset)});
  }
}

void read_splits(const JsonReader& list, PackedInfo& info) {
  for (std::size_t s = 0; s < list.array_size(); ++s) {
    const JsonReader split = list.at(s);
    info.splits.push_back({.name = split.text("name"),
                           .first = split.integer("first"),
                           .count = split.integer("count"),
                           .class_counts = integers(split.at("class_counts"))});
  }
}

/// Sizes and blocks of the regions of a valid info.
void measure_regions(const PackedInfo& info, std::vector<detail::PackedRegion>& regions) {
  std::size_t block = 0;
  for (std::size_t f = 0; f < regions.size(); ++f) {
    regions[f].bytes = info.fields[f].sample_bytes() * static_cast<std::uint64_t>(info.samples);
    regions[f].first_block = block;
    regions[f].blocks =
        static_cast<std::size_t>((regions[f].bytes + kPackedBlock - 1) / kPackedBlock);
    block += regions[f].blocks;
  }
}

/// The regions must lie on pages within the data, without overlap, up to the end of the file.
void check_regions(const PackedInfo& info, const detail::PackedLayout& layout,
                   std::string_view name) {
  std::vector<std::size_t> order(layout.regions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return layout.regions[a].offset < layout.regions[b].offset;
  });
  std::uint64_t end = layout.data_offset;
  for (const std::size_t f : order) {
    const detail::PackedRegion& region = layout.regions[f];
    const std::string where = cat("has field '", info.fields[f].name, "' at byte ", region.offset);
    if (region.offset % kPackedPage != 0) {
      detail::fail_packed(name, cat(where, ": expected a multiple of ", kPackedPage));
    }
    if (region.offset < end) {
      detail::fail_packed(name, cat(where, ", which overlaps what ends at ", end));
    }
    if (region.offset > layout.file_size || region.bytes > layout.file_size - region.offset) {
      detail::fail_packed(name,
                          cat(where, " with ", region.bytes, " bytes, which reaches beyond the ",
                              layout.file_size, " bytes of the file"));
    }
    end = region.offset + region.bytes;
  }
  if (end != layout.file_size) {
    detail::fail_packed(name, cat("has ", layout.file_size - end,
                                  " bytes after its last field, which belong to none"));
  }
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::string bytes_of_hex(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    out += static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1]));
  }
  return out;
}

template <class T>
T load(const void* bytes) {
  T out;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}

/// Header, table and data must follow each other and fill the file.
void check_parts(const detail::PackedLayout& layout, std::string_view name) {
  const std::uint64_t size = layout.file_size;
  const bool follows =
      layout.header_offset == kPackedPage && layout.header_size <= kPackedMaxHeader &&
      layout.header_size <= size - kPackedPage &&
      layout.table_offset == layout.header_offset + layout.header_size &&
      layout.table_size <= size - layout.table_offset && layout.table_size % 4 == 0 &&
      layout.data_offset == align_up(layout.table_offset + layout.table_size, kPackedPage) &&
      layout.data_offset <= size && layout.data_size == size - layout.data_offset;
  if (follows) return;
  detail::fail_packed(
      name,
      cat("has parts that do not fit: header at ", layout.header_offset, " with ",
          layout.header_size, " bytes, table at ", layout.table_offset, " with ", layout.table_size,
          ", data at ", layout.data_offset, " with ", layout.data_size, ", in a file of ", size));
}

}  // namespace

bool is_packed(std::string_view first_bytes) {
  return first_bytes.starts_with(kPackedMagic);
}

}  // namespace saddle::codec

namespace saddle::codec::detail {

void fail_packed(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "packed", cat("'", name, "' ", what));
}

std::size_t PackedLayout::blocks() const {
  return regions.empty() ? 0 : regions.back().first_block + regions.back().blocks;
}

PackedLayout plan_layout(const PackedInfo& info) {
  PackedLayout layout;
  layout.regions.resize(info.fields.size());
  measure_regions(info, layout.regions);
  // The header is written last, but its room is needed first: no number can have more digits.
  PackedInfo widest = info;
  for (PackedSplit& split : widest.splits) {
    const std::size_t classes = label_field(info) ? static_cast<std::size_t>(info.classes) : 0;
    split.class_counts.assign(classes, split.count);
  }
  std::vector<PackedRegion> farthest(layout.regions.size(),
                                     {.offset = std::numeric_limits<std::uint64_t>::max()});
  layout.header_offset = kPackedPage;
  layout.header_size = align_up(header_json_text(widest, farthest).size(), 8);
  if (layout.header_size > kPackedMaxHeader) {
    throw Error(ErrorCode::kInternal, "packed",
                cat("the names and the origin take ", layout.header_size,
                    " bytes: expected at most ", kPackedMaxHeader));
  }
  layout.table_offset = layout.header_offset + layout.header_size;
  layout.table_size = 4 * std::uint64_t{layout.blocks()};
  layout.data_offset = align_up(layout.table_offset + layout.table_size, kPackedPage);
  std::uint64_t end = layout.data_offset;
  for (PackedRegion& region : layout.regions) {
    region.offset = align_up(end, kPackedPage);
    end = region.offset + region.bytes;
  }
  layout.file_size = end;
  layout.data_size = end - layout.data_offset;
  return layout;
}

std::string encode_header(const PackedInfo& info, const PackedLayout& layout) {
  std::string text = header_json_text(info, layout.regions);
  text.resize(static_cast<std::size_t>(layout.header_size), ' ');
  return text;
}

std::string encode_preamble(const PackedLayout& layout, std::string_view hash) {
  std::string page(kPackedPage, '\0');
  const auto put = [&](std::size_t position, const auto& value) {
    std::memcpy(page.data() + position, &value, sizeof value);
  };
  page.replace(0, kPackedMagic.size(), kPackedMagic);
  put(kPackedMagic.size(), kPackedVersion);
  put(kPackedNumbers,
      std::array{layout.header_offset, layout.header_size, layout.table_offset, layout.table_size,
                 layout.data_offset, layout.data_size, layout.file_size});
  page.replace(kPackedHash, kPackedHashBytes, bytes_of_hex(hash));
  put(kPackedCrc, crc32c(std::string_view(page).substr(0, kPackedCrc)));
  return page;
}

PackedPreamble parse_preamble(std::string_view file, std::string_view name) {
  if (!is_packed(file)) {
    fail_packed(name, "is not a packed data set: expected the first bytes SADDLEPK");
  }
  if (file.size() < kPackedPage) {
    fail_packed(name,
                cat("is truncated: got ", file.size(), " bytes, expected at least ", kPackedPage));
  }
  if (const auto version = load<std::uint32_t>(file.data() + kPackedMagic.size());
      version != kPackedVersion) {
    fail_packed(name, cat("has version ", version, " of the format: expected ", kPackedVersion,
                          "; try a newer Saddle, or pack the data again"));
  }
  if (load<std::uint32_t>(file.data() + kPackedCrc) != crc32c(file.substr(0, kPackedCrc))) {
    fail_packed(name, "is damaged in its first page: the CRC-32C differs; try to copy it again");
  }
  const auto numbers = load<std::array<std::uint64_t, 7>>(file.data() + kPackedNumbers);
  PackedPreamble out;
  out.layout = {.header_offset = numbers[0],
                .header_size = numbers[1],
                .table_offset = numbers[2],
                .table_size = numbers[3],
                .data_offset = numbers[4],
                .data_size = numbers[5],
                .file_size = numbers[6]};
  out.hash = hex_of(file.substr(kPackedHash, kPackedHashBytes));
  if (out.layout.file_size != file.size()) {
    fail_packed(name, cat(file.size() < out.layout.file_size ? "is truncated" : "has surplus bytes",
                          ": got ", file.size(), " bytes, expected ", out.layout.file_size,
                          "; try to copy it again"));
  }
  check_parts(out.layout, name);
  return out;
}

PackedInfo parse_header(std::string_view json, PackedLayout& layout, std::string_view name) {
  const std::string source = cat("the header of '", name, "'");
  const Json value = parse_json(json, "packed", source);
  const JsonReader root(value, "packed", source);
  PackedInfo info;
  read_fields(root.at("fields"), info, layout.regions);
  info.samples = root.integer("samples");
  info.classes = root.integer("classes");
  const JsonReader names = root.at("class_names");
  for (std::size_t i = 0; i < names.array_size(); ++i) {
    info.class_names.push_back(names.at(i).text());
  }
  read_splits(root.at("splits"), info);
  info.origin = root.text("origin");
  if (const std::string fault = info_fault(info); !fault.empty()) {
    fail_packed(name, cat("contradicts itself: ", fault));
  }
  measure_regions(info, layout.regions);
  if (layout.table_size != 4 * std::uint64_t{layout.blocks()}) {
    fail_packed(
        name, cat("has a table of ", layout.table_size / 4, " blocks: expected ", layout.blocks()));
  }
  check_regions(info, layout, name);
  return info;
}

}  // namespace saddle::codec::detail
