#include "saddle/lab/settings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::lab {
namespace {

[[noreturn]] void refuse_setting(const std::string& message) {
  throw Error(ErrorCode::kUsage, "lab", message);
}

std::size_t word_place(const Parameter& parameter, std::string_view word) {
  return static_cast<std::size_t>(std::ranges::find(parameter.words, word) -
                                  parameter.words.begin());
}

}  // namespace

Parameter choice(std::string name, const std::string& initial, std::vector<std::string> words,
                 std::string doc) {
  Parameter parameter{.name = std::move(name),
                      .high = static_cast<double>(words.size()) - 1,
                      .doc = std::move(doc),
                      .whole = true,
                      .words = std::move(words)};
  const std::size_t place = word_place(parameter, initial);
  if (place == parameter.words.size()) {
    throw Error(ErrorCode::kInternal, "lab",
                cat("'", initial, "' is no word of the parameter ", parameter.name));
  }
  parameter.initial = static_cast<double>(place);
  return parameter;
}

Settings::Settings(std::string id, std::vector<Parameter> parameters)
    : id_(std::move(id)), parameters_(std::move(parameters)) {
  for (const Parameter& parameter : parameters_) values_.push_back(parameter.initial);
}

void Settings::assign(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    refuse_setting(cat("got --set '", assignment, "', expected NAME=VALUE"));
  }
  const std::string_view name = trimmed(assignment.substr(0, equals));
  const std::string text(trimmed(assignment.substr(equals + 1)));
  const Parameter& known = parameter(name);
  if (!known.words.empty()) {
    const std::size_t place = word_place(known, text);
    if (place == known.words.size()) {
      refuse_setting(cat(id_, ": ", name, ": got '", text, "', expected ", range_text(known),
                         nearest(text, known.words).empty() ? "" : suggestion(text, known.words)));
    }
    set(name, static_cast<double>(place));
    return;
  }
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') {
    refuse_setting(
        cat(id_, ": ", name, ": got '", text, "', expected a number, ", range_text(known)));
  }
  set(name, value);
}

void Settings::set(std::string_view name, double value) {
  const Parameter& known = parameter(name);
  const bool whole = !known.whole || value == std::floor(value);
  // A NaN is in no range.
  if (!(value >= known.low && value <= known.high) || !whole) {
    refuse_setting(cat(id_, ": ", name, ": got ", value, ", expected ", range_text(known)));
  }
  values_[place_of(name)] = value;
}

std::size_t Settings::place_of(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::find(parameters_, name, &Parameter::name) -
                                  parameters_.begin());
}

bool Settings::has(std::string_view name) const {
  return place_of(name) < parameters_.size();
}

const Parameter& Settings::parameter(std::string_view name) const {
  const std::size_t place = place_of(name);
  if (place < parameters_.size()) return parameters_[place];
  if (parameters_.empty()) {
    refuse_setting(cat(id_, " has no parameters: got '", name, "'"));
  }
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters_) names.push_back(parameter.name);
  refuse_setting(cat(id_, " has no parameter '", name, "'", suggestion(name, names)));
}

double Settings::operator[](std::string_view name) const {
  const std::size_t place = place_of(name);
  if (place == parameters_.size()) {
    throw Error(ErrorCode::kInternal, "lab",
                cat(id_, " asks for a parameter '", name, "' that it does not declare"));
  }
  return values_[place];
}

std::int64_t Settings::count(std::string_view name) const {
  return std::llround((*this)[name]);
}

const std::string& Settings::word(std::string_view name) const {
  return parameter(name).words.at(static_cast<std::size_t>(count(name)));
}

bool Settings::is_initial(std::string_view name) const {
  return (*this)[name] == parameter(name).initial;
}

bool Settings::all_initial() const {
  return std::ranges::all_of(parameters_,
                             [this](const Parameter& one) { return is_initial(one.name); });
}

void Settings::tell(std::string_view progress) const {
  if (listener_) listener_(progress);
}

std::string value_text(const Parameter& parameter, double value) {
  if (parameter.words.empty()) return number(value);
  return parameter.words.at(static_cast<std::size_t>(std::llround(value)));
}

std::string range_text(const Parameter& parameter) {
  if (!parameter.words.empty()) return join(parameter.words, " or ");
  return cat(parameter.whole ? "a whole number, " : "", parameter.low, " to ", parameter.high);
}

}  // namespace saddle::lab
