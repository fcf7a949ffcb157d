#include "saddle/config/lookup.h"

#include <fmt/format.h>

#include <cmath>
#include <variant>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/config/toml_text.h"

namespace saddle::config {
namespace {

/// Finds one key among the fields that are there now.
class Finder final : public Visitor {
 public:
  using Target = std::variant<std::monostate, double*, std::int64_t*, Schedule*>;

  explicit Finder(std::string_view wanted) : wanted_(wanted) {}

  void field(std::string_view key, bool&, std::string_view) override { see(key); }
  void field(std::string_view key, std::int64_t& value, std::string_view, Range range) override {
    number(key, &value, range);
  }
  void field(std::string_view key, double& value, std::string_view, Range range) override {
    number(key, &value, range);
  }
  void field(std::string_view key, std::string&, std::string_view) override { see(key); }
  void field(std::string_view key, Schedule& value, std::string_view, Range range) override {
    number(key, &value, range);
  }
  void field(std::string_view key, Length&, std::string_view) override { see(key); }
  void field(std::string_view key, std::vector<std::int64_t>&, std::string_view, Range) override {
    see(key);
  }
  void field(std::string_view key, std::vector<double>&, std::string_view, Range) override {
    see(key);
  }
  void field(std::string_view key, std::vector<std::string>&, std::string_view) override {
    see(key);
  }
  void word(std::string_view key, std::span<const std::string_view>, std::function<std::size_t()>,
            std::function<void(std::size_t)>, std::string_view) override {
    see(key);
  }

  const Target& target() const { return target_; }
  const Range& range() const { return range_; }

  /// Throws unless the key is a number.
  void require() const {
    if (!std::holds_alternative<std::monostate>(target_)) return;
    if (seen_) {
      throw Error(ErrorCode::kUsage, "config",
                  fmt::format("{} is no number and cannot be set to one", wanted_));
    }
    throw Error(ErrorCode::kUsage, "config",
                fmt::format("unknown number '{}'{}", wanted_, suggestion(wanted_, numbers_)));
  }

 protected:
  void nested(std::string_view key, const std::function<void(Visitor&)>& body,
              std::string_view) override {
    walk(key, body);
  }
  void variant_table(std::string_view key, VariantAccess access, std::string_view) override {
    see(fmt::format("{}.name", key));
    walk(key, access.visit_current);
  }
  void optional_table(std::string_view key, OptionalAccess access, std::string_view) override {
    see(key);
    if (access.present()) walk(key, access.visit_fields);
  }

 private:
  std::string path(std::string_view key) const {
    return prefix_.empty() ? std::string(key) : fmt::format("{}.{}", prefix_, key);
  }

  bool see(std::string_view key) {
    const bool match = path(key) == wanted_;
    seen_ = seen_ || match;
    return match;
  }

  template <class T>
  void number(std::string_view key, T* value, const Range& range) {
    numbers_.push_back(path(key));
    if (!see(key)) return;
    target_ = value;
    range_ = range;
  }

  void walk(std::string_view key, const std::function<void(Visitor&)>& body) {
    const std::string outer = prefix_;
    prefix_ = path(key);
    body(*this);
    prefix_ = outer;
  }

  std::string wanted_;
  std::string prefix_;
  Target target_;
  Range range_;
  bool seen_ = false;
  std::vector<std::string> numbers_;
};

}  // namespace

double get_number_fields(const Fields& fields, std::string_view key) {
  Finder finder(key);
  fields(finder);
  finder.require();
  if (auto* const* real = std::get_if<double*>(&finder.target())) return **real;
  if (auto* const* whole = std::get_if<std::int64_t*>(&finder.target())) {
    return static_cast<double>(**whole);
  }
  return std::get<Schedule*>(finder.target())->from;
}

void set_number_fields(const Fields& fields, std::string_view key, double value) {
  Finder finder(key);
  fields(finder);
  finder.require();
  auto* const* whole = std::get_if<std::int64_t*>(&finder.target());
  const bool fits_whole = std::trunc(value) == value && std::abs(value) < 0x1p63;
  if (!std::isfinite(value) || !contains(finder.range(), value) ||
      (whole != nullptr && !fits_whole)) {
    const std::string range = range_text(finder.range());
    throw Error(
        ErrorCode::kUsage, "config",
        fmt::format("{}: got {}, expected a {}number{}{}", key, number(value),
                    whole != nullptr ? "whole " : "finite ", range.empty() ? "" : " ", range));
  }
  if (whole != nullptr) {
    **whole = static_cast<std::int64_t>(value);
  } else if (auto* const* real = std::get_if<double*>(&finder.target())) {
    **real = value;
  } else {
    *std::get<Schedule*>(finder.target()) = Schedule(value);
  }
}

Schedule* find_schedule_fields(const Fields& fields, std::string_view key) {
  Finder finder(key);
  fields(finder);
  auto* const* schedule = std::get_if<Schedule*>(&finder.target());
  return schedule != nullptr ? *schedule : nullptr;
}

}  // namespace saddle::config
