#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::lab {

/// What may be changed in an experiment.
struct Parameter {
  std::string name{};
  double initial = 0;  ///< what the stated numbers of the experiment are for
  double low = 0;      ///< smallest value allowed
  double high = 1;     ///< largest value allowed
  std::string doc{};
  bool whole = false;  ///< a count
  /// Where the value is one of these words, it is stored as its place in the list.
  std::vector<std::string> words{};
};

/// A parameter that is one of `words`; `initial` is one of them.
Parameter choice(std::string name, const std::string& initial, std::vector<std::string> words,
                 std::string doc);

/// The values of an experiment's parameters, each within its range.
class Settings {
 public:
  /// All parameters at their initial values; `id` names the experiment in errors.
  Settings(std::string id, std::vector<Parameter> parameters);

  /// Reads "name=value". Throws Error(kUsage) for text without '=', an unknown name (with the
  /// nearest known one), what is no number or word, and a value out of range.
  void assign(std::string_view assignment);
  /// The same for one value. Throws as `assign` does.
  void set(std::string_view name, double value);

  bool has(std::string_view name) const;
  /// A parameter's value. Throws Error(kInternal) for a name that the experiment does not have.
  double operator[](std::string_view name) const;
  /// The value of a whole parameter.
  std::int64_t count(std::string_view name) const;
  /// The word of a parameter that is a choice.
  const std::string& word(std::string_view name) const;
  /// Whether the parameter stands at its initial value, where the stated numbers hold.
  bool is_initial(std::string_view name) const;
  /// Whether all do.
  bool all_initial() const;

  /// The parameter. Throws Error(kUsage) for an unknown name, with the nearest known one.
  const Parameter& parameter(std::string_view name) const;
  const std::vector<Parameter>& parameters() const { return parameters_; }

  /// Long experiments say here how far they are; whoever runs them may listen.
  void tell(std::string_view progress) const;
  void listen(std::function<void(std::string_view)> listener) { listener_ = std::move(listener); }

 private:
  std::size_t place_of(std::string_view name) const;

  std::string id_;
  std::vector<Parameter> parameters_;
  std::vector<double> values_;
  std::function<void(std::string_view)> listener_;
};

/// A value as a person would write it: its word where the parameter is a choice.
std::string value_text(const Parameter& parameter, double value);
/// "0.01 to 2", "ns or saturating": what a parameter may be.
std::string range_text(const Parameter& parameter);

}  // namespace saddle::lab
