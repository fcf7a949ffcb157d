#include "saddle/codec/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

using nlohmann::json;

constexpr std::string_view kSafetensorsComponent = "safetensors";
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaximumHeader = 100'000'000;
constexpr std::string_view kMetadataKey = "__metadata__";

[[noreturn]] void fail_file(std::string_view source, std::string_view what) {
  throw Error(ErrorCode::kInput, kSafetensorsComponent, cat(source, ": ", what));
}

[[noreturn]] void fail_tensor(std::string_view source, std::string_view name,
                              std::string_view what) {
  fail_file(source, cat("tensor '", name, "': ", what));
}

/// The text of the header, without its length.
std::string_view header_text(std::string_view file, std::string_view source) {
  if (file.size() < kLengthBytes) {
    fail_file(source, cat("not a safetensors file: got ", file.size(),
                          " bytes, expected at least 8 (the length of the header)"));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaximumHeader) {
    fail_file(source, cat("not a safetensors file: header of ", length, " bytes, expected at most ",
                          kMaximumHeader));
  }
  if (length > file.size() - kLengthBytes) {
    fail_file(source, cat("truncated: header of ", length, " bytes, but only ",
                          file.size() - kLengthBytes, " bytes follow"));
  }
  const std::string_view text = file.substr(kLengthBytes, length);
  if (!text.starts_with('{')) {
    fail_file(source, "not a safetensors file: the header does not start with '{'");
  }
  return text;
}

/// Parses the header; fills `names` with the keys of the outer object in file order.
json parse_header_json(std::string_view text, std::string_view source,
                       std::vector<std::string>& names) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto check = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) {
        fail_file(source, cat("the header has the key '", key, "' twice in one object"));
      }
      if (keys.size() == 1) names.push_back(key);
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::parse_error& error) {
    fail_file(source, cat("the header is not JSON: error at byte ", error.byte));
  } catch (const json::out_of_range&) {
    fail_file(source, "the header is not JSON: a number is too large");
  }
}

void read_metadata(const json& value, std::string_view source, SafetensorsHeader& header) {
  if (!value.is_object()) fail_file(source, "__metadata__ is not an object of texts");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) {
      fail_file(source, cat("__metadata__ entry '", key, "' is not a text"));
    }
    header.metadata.emplace(key, text.get<std::string>());
  }
}

const json& member(const json& entry, std::string_view key, std::string_view name,
                   std::string_view source) {
  const auto found = entry.find(key);
  if (found == entry.end()) fail_tensor(source, name, cat("'", key, "' is missing"));
  return *found;
}

std::uint64_t element_bytes(const std::string& dtype, std::string_view name,
                            std::string_view source) {
  std::vector<std::string> known;
  for (const auto& row : kSafetensorsDtypes) {
    if (row.name == dtype) return row.bytes;
    known.emplace_back(row.name);
  }
  fail_tensor(source, name,
              cat("unknown dtype: got '", dtype, "', expected one of ", join(known, " ")));
}

std::vector<std::int64_t> read_shape(const json& value, std::string_view name,
                                     std::string_view source) {
  if (!value.is_array()) fail_tensor(source, name, "'shape' is not a list");
  std::vector<std::int64_t> shape;
  for (const json& size : value) {
    if (!size.is_number_unsigned() ||
        size.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
      fail_tensor(source, name, "'shape' has an entry that is not a whole number >= 0");
    }
    shape.push_back(size.get<std::int64_t>());
  }
  return shape;
}

/// The product of the shape and the element size. Throws when it does not fit into 63 bits, also
/// where a zero size hides an overflow, because strides would not fit either.
std::uint64_t byte_count(const SafetensorsEntry& entry, std::uint64_t bytes,
                         std::string_view source) {
  std::int64_t without_zeros = static_cast<std::int64_t>(bytes);
  bool empty = false;
  for (const std::int64_t size : entry.shape) {
    empty |= size == 0;
    if (size != 0 && __builtin_mul_overflow(without_zeros, size, &without_zeros)) {
      fail_tensor(source, entry.name, cat("shape ", shape_text(entry.shape), " is too large"));
    }
  }
  return empty ? 0 : static_cast<std::uint64_t>(without_zeros);
}

SafetensorsEntry read_entry(const json& value, const std::string& name, std::uint64_t data_size,
                            std::string_view source) {
  if (!value.is_object()) fail_tensor(source, name, "is not an object");
  for (const auto& [key, unused] : value.items()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") {
      fail_tensor(source, name, cat("unknown key '", key, "'"));
    }
  }
  SafetensorsEntry entry{.name = name, .dtype = {}, .shape = {}};
  const json& dtype = member(value, "dtype", name, source);
  if (!dtype.is_string()) fail_tensor(source, name, "'dtype' is not a text");
  entry.dtype = dtype.get<std::string>();
  const std::uint64_t bytes = element_bytes(entry.dtype, name, source);
  entry.shape = read_shape(member(value, "shape", name, source), name, source);
  const json& offsets = member(value, "data_offsets", name, source);
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    fail_tensor(source, name, "'data_offsets' is not a list of two whole numbers >= 0");
  }
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  if (entry.end < entry.begin) {
    fail_tensor(source, name,
                cat("data_offsets are reversed: [", entry.begin, ", ", entry.end, "]"));
  }
  if (entry.end > data_size) {
    fail_tensor(source, name,
                cat("data_offsets [", entry.begin, ", ", entry.end,
                    "] reach beyond the data: the file has ", data_size,
                    " bytes of data; is it truncated?"));
  }
  const std::uint64_t expected = byte_count(entry, bytes, source);
  if (entry.end - entry.begin != expected) {
    fail_tensor(source, name,
                cat("data_offsets hold ", entry.end - entry.begin, " bytes, but ", entry.dtype, " ",
                    shape_text(entry.shape), " needs ", expected));
  }
  return entry;
}

/// The data must be covered without holes and overlaps.
void check_cover(const SafetensorsHeader& header, std::uint64_t data_size,
                 std::string_view source) {
  std::vector<const SafetensorsEntry*> sorted;
  for (const auto& entry : header.entries) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  std::uint64_t position = 0;
  for (const auto* entry : sorted) {
    if (entry->begin > position) {
      fail_tensor(source, entry->name,
                  cat("starts at ", entry->begin, " and leaves a hole after ", position));
    }
    if (entry->begin < position) {
      fail_tensor(source, entry->name,
                  cat("starts at ", entry->begin, " and overlaps the data before ", position));
    }
    position = entry->end;
  }
  if (position != data_size) {
    fail_file(source, cat(data_size - position, " bytes after the last tensor belong to none"));
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view file, std::string_view source) {
  const std::string_view text = header_text(file, source);
  std::vector<std::string> names;
  const json root = parse_header_json(text, source, names);
  SafetensorsHeader header;
  header.data_begin = kLengthBytes + text.size();
  const std::uint64_t data_size = file.size() - header.data_begin;
  for (const std::string& name : names) {
    const json& value = root.at(name);
    if (name == kMetadataKey) {
      read_metadata(value, source, header);
    } else {
      header.entries.push_back(read_entry(value, name, data_size, source));
    }
  }
  check_cover(header, data_size, source);
  return header;
}

std::string write_safetensors_header(const SafetensorsHeader& header) {
  // Written piece by piece: an ordered JSON object would search all names for each one.
  const auto quoted = [](const std::string& text) {
    try {
      return json(text).dump();
    } catch (const json::type_error&) {
      throw Error(ErrorCode::kInput, kSafetensorsComponent,
                  cat("the text '", json(text).dump(-1, ' ', true, json::error_handler_t::replace),
                      "' is not UTF-8"));
    }
  };
  std::string text = "{";
  if (!header.metadata.empty()) {
    text += cat("\"", kMetadataKey, "\":{");
    for (const auto& [key, value] : header.metadata) {
      if (text.back() != '{') text += ',';
      text += cat(quoted(key), ":", quoted(value));
    }
    text += '}';
  }
  for (const auto& entry : header.entries) {
    if (text.size() > 1) text += ',';
    text += cat(quoted(entry.name), ":{\"dtype\":\"", entry.dtype,
                "\",\"shape\":", shape_text(entry.shape), ",\"data_offsets\":[", entry.begin, ",",
                entry.end, "]}");
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string bytes(kLengthBytes, '\0');
  const std::uint64_t length = text.size();
  std::memcpy(bytes.data(), &length, kLengthBytes);
  return bytes + text;
}

}  // namespace saddle::codec
