#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "saddle/data/inspect.h"
#include "saddle/data/inspect_set.h"

namespace saddle::data {

/// Sets command and keys of the inspection, and adds findings on what the keys are for and on what
/// no key can mend. Opens the source once more where it was refused without the keys.
void add_suggestion(const StoredSet& set, Inspection& inspection);

/// Adds findings on everything else that matters for training.
void add_findings(const StoredSet& set, Inspection& inspection);

/// "1 picture", "1,200 images": what the samples are called.
std::string samples_text(const Inspection& inspection, std::int64_t count);
/// "1 file", "3 files"; `many` where it is not `one` + "s".
std::string count_text(std::int64_t count, std::string_view one, std::string_view many = "");
/// "3 pictures have": so many samples, and the verb of one or of several.
std::string samples_do(const Inspection& inspection, std::int64_t count, std::string_view one,
                       std::string_view several);
/// A number to four digits.
std::string short_number(double value);
/// "12.3 %"; of 0 parts "0 %".
std::string percent_text(std::int64_t part, std::int64_t all);
/// "a, b, c and 4 more" of at most `most` names.
std::string names_text(const NamedSamples& samples, std::size_t most, bool reasons);
/// "64x48 RGB".
std::string picture_text(const PictureShape& shape);

}  // namespace saddle::data
