#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/descriptor.h"
#include "saddle/codec/image.h"

namespace saddle::codec {

/// A histogram as TensorBoard stores it: bucket i counts values in (limits[i-1], limits[i]].
struct Histogram {
  double min = 0;
  double max = 0;
  double count = 0;
  double sum = 0;
  double sum_squares = 0;
  std::vector<double> limits;
  std::vector<double> counts;
  bool operator==(const Histogram&) const = default;
};

/// Equal buckets between the smallest and the largest finite value; other values are left out.
Histogram make_histogram(std::span<const float> values, int buckets = 40);
Histogram make_histogram(std::span<const double> values, int buckets = 40);

/// Writes a TensorBoard event file. Every record reaches the system at once, so that a reader or a
/// crash finds whole records.
class EventWriter {
 public:
  /// Starts a new file events.out.tfevents.<unix seconds>.<host>.<n> in `directory`, which must
  /// exist. Throws Error(kIo).
  explicit EventWriter(const std::filesystem::path& directory);

  /// Each throws Error(kIo) when the disk is full. `step` is the clock in samples.
  void scalar(std::string_view tag, std::int64_t step, double value);
  void image(std::string_view tag, std::int64_t step, const Image8& image);
  void histogram(std::string_view tag, std::int64_t step, const Histogram& histogram);
  void histogram(std::string_view tag, std::int64_t step, std::span<const float> values) {
    histogram(tag, step, make_histogram(values));
  }
  /// Markdown text.
  void text(std::string_view tag, std::int64_t step, std::string_view markdown);

  const std::filesystem::path& path() const { return path_; }

 private:
  void write_record(std::string_view data);
  void write_summary(std::int64_t step, std::string_view value);

  std::filesystem::path path_;
  Descriptor file_;
};

/// One value of a summary as it was read.
struct EventValue {
  std::string tag;
  std::optional<float> scalar;
  std::optional<Image8> image;
  std::optional<Histogram> histogram;
  std::optional<std::string> text;
};

/// One record of an event file.
struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string file_version;
  std::vector<EventValue> values;
};

/// Reads an event file back, checksums included. Throws Error(kInput) with the record's number,
/// from 0, for damage and for a message that is none.
std::vector<Event> read_events(const std::filesystem::path& path);

}  // namespace saddle::codec
