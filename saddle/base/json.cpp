#include "saddle/base/json.h"

#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

constexpr const char* kSeal = "sha256";

std::string dumped(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Json parse_json(std::string_view text, std::string_view component, std::string_view source) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    std::int64_t line = 1;
    std::int64_t column = 0;
    for (std::size_t i = 0; i < error.byte && i <= text.size(); ++i) {
      ++column;
      if (i + 1 < error.byte && i < text.size() && text[i] == '\n') {
        ++line;
        column = 0;
      }
    }
    throw Error(ErrorCode::kInput, component,
                cat(source, " is not valid JSON: error at line ", line, ", column ", column));
  } catch (const Json::exception& error) {
    // A number such as 1e999; the text starts with the library's own "[json.exception...] ".
    std::string_view what = error.what();
    if (const auto end = what.find("] "); end != std::string_view::npos)
      what.remove_prefix(end + 2);
    throw Error(ErrorCode::kInput, component, cat(source, " is not valid JSON: ", what));
  }
}

std::string json_text(const Json& value) {
  return dumped(value, 1) + "\n";
}

std::string sealed_json_text(const Json& object) {
  Json sealed = object;
  sealed[kSeal] = sha256_hex(dumped(object, -1));
  return json_text(sealed);
}

Json parse_sealed_json(std::string_view text, std::string_view component, std::string_view source) {
  Json value = parse_json(text, component, source);
  if (!value.is_object() || !value.contains(kSeal)) return value;
  const Json seal = value[kSeal];
  value.erase(kSeal);
  if (seal != sha256_hex(dumped(value, -1))) {
    throw Error(ErrorCode::kInput, component,
                cat(source,
                    " was changed since it was written: its content does not have the "
                    "SHA-256 that it names; put back a copy, or, where you changed it "
                    "yourself, remove its key 'sha256'"));
  }
  return value;
}

JsonReader::JsonReader(const Json& value, std::string component, std::string source,
                       std::string path)
    : value_(&value),
      component_(std::move(component)),
      source_(std::move(source)),
      path_(std::move(path)) {}

void JsonReader::fail(std::string_view what) const {
  const std::string where = path_.empty() ? "" : cat(" '", path_, "'");
  throw Error(ErrorCode::kInput, component_, cat(source_, where, ": ", what));
}

bool JsonReader::has(std::string_view key) const {
  return value_->is_object() && value_->contains(key);
}

JsonReader JsonReader::at(std::string_view key) const {
  if (!value_->is_object()) fail(cat("got ", value_->type_name(), ", expected object"));
  const auto found = value_->find(key);
  if (found == value_->end()) fail(cat("key '", key, "' is missing"));
  const std::string path = path_.empty() ? std::string(key) : cat(path_, ".", key);
  return {*found, component_, source_, path};
}

JsonReader JsonReader::at(std::size_t index) const {
  if (index >= array_size()) {
    fail(cat("index ", index, " is out of range: expected less than ", array_size()));
  }
  return {(*value_)[index], component_, source_, cat(path_, "[", index, "]")};
}

std::size_t JsonReader::array_size() const {
  if (!value_->is_array()) fail(cat("got ", value_->type_name(), ", expected array"));
  return value_->size();
}

double JsonReader::number() const {
  if (!value_->is_number()) fail(cat("got ", value_->type_name(), ", expected number"));
  return value_->get<double>();
}

std::int64_t JsonReader::integer() const {
  const bool too_big = value_->is_number_unsigned() && value_->get<std::uint64_t>() > INT64_MAX;
  if (!value_->is_number_integer() || too_big) {
    fail(cat("got ", value_->is_number() ? value_->dump() : value_->type_name(),
             ", expected a whole number"));
  }
  return value_->get<std::int64_t>();
}

bool JsonReader::boolean() const {
  if (!value_->is_boolean()) fail(cat("got ", value_->type_name(), ", expected true or false"));
  return value_->get<bool>();
}

const std::string& JsonReader::text() const {
  if (!value_->is_string()) fail(cat("got ", value_->type_name(), ", expected string"));
  return value_->get_ref<const std::string&>();
}

}  // namespace saddle
