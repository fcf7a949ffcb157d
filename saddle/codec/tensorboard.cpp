#include "saddle/codec/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/png.h"
#include "saddle/codec/proto.h"

namespace saddle::codec {
namespace {

// Field numbers of event.proto, summary.proto and tensor.proto of TensorFlow.
constexpr int kEventWallTime = 1, kEventStep = 2, kEventFileVersion = 3, kEventSummary = 5;
constexpr int kSummaryValue = 1;
constexpr int kValueTag = 1, kValueScalar = 2, kValueImage = 4, kValueHistogram = 5,
              kValueTensor = 8, kValueMetadata = 9;
constexpr int kImageHeight = 1, kImageWidth = 2, kImageColorspace = 3, kImageBytes = 4;
constexpr int kHistogramMin = 1, kHistogramMax = 2, kHistogramCount = 3, kHistogramSum = 4,
              kHistogramSumSquares = 5, kHistogramLimits = 6, kHistogramCounts = 7;
constexpr int kMetadataPlugin = 1, kPluginName = 1;
constexpr int kTensorType = 1, kTensorShape = 2, kTensorString = 8, kShapeDimension = 2,
              kDimensionSize = 1;
constexpr std::uint64_t kTypeString = 7;

[[noreturn]] void fail_write(const std::filesystem::path& path, int code) {
  throw_io_error("tensorboard", "write", path, code);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

template <class T>
void append_little_endian(std::string& out, T value) {
  std::array<char, sizeof value> raw;
  std::memcpy(raw.data(), &value, sizeof value);
  out.append(raw.data(), raw.size());
}

template <class T>
T read_little_endian(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::vector<double> unpack_doubles(std::string_view bytes) {
  std::vector<double> out(bytes.size() / sizeof(double));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(double));
  return out;
}

template <class T>
Histogram histogram_of(std::span<const T> values, int buckets) {
  Histogram out;
  for (T value : values) {
    const double x = static_cast<double>(value);
    if (!std::isfinite(x)) continue;
    out.min = out.count == 0 ? x : std::min(out.min, x);
    out.max = out.count == 0 ? x : std::max(out.max, x);
    out.count += 1;
    out.sum += x;
    out.sum_squares += x * x;
  }
  const double width = (out.max - out.min) / buckets;
  if (!(width > 0) || !std::isfinite(width)) {
    out.limits = {out.max};
    out.counts = {out.count};
    return out;
  }
  out.counts.resize(static_cast<std::size_t>(buckets));
  for (int i = 1; i < buckets; ++i) out.limits.push_back(out.min + width * i);
  out.limits.push_back(out.max);
  for (T value : values) {
    const double x = static_cast<double>(value);
    if (!std::isfinite(x)) continue;
    // The first limit that is not below the value: the same rule by which a reader counts.
    const auto bucket = std::lower_bound(out.limits.begin(), out.limits.end(), x);
    out.counts[static_cast<std::size_t>(bucket - out.limits.begin())] += 1;
  }
  return out;
}

Histogram parse_histogram(std::string_view message) {
  Histogram out;
  ProtoReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == kHistogramMin) out.min = field->as_double();
    if (field->number == kHistogramMax) out.max = field->as_double();
    if (field->number == kHistogramCount) out.count = field->as_double();
    if (field->number == kHistogramSum) out.sum = field->as_double();
    if (field->number == kHistogramSumSquares) out.sum_squares = field->as_double();
    if (field->number == kHistogramLimits) out.limits = unpack_doubles(field->bytes);
    if (field->number == kHistogramCounts) out.counts = unpack_doubles(field->bytes);
  }
  return out;
}

EventValue parse_value(std::string_view message) {
  EventValue out;
  ProtoReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == kValueTag) out.tag = std::string(field->bytes);
    if (field->number == kValueScalar) out.scalar = field->as_float();
    if (field->number == kValueHistogram) out.histogram = parse_histogram(field->bytes);
    if (field->number == kValueImage) {
      ProtoReader image(field->bytes);
      while (const auto part = image.next()) {
        if (part->number == kImageBytes) out.image = decode_png(part->bytes, "image");
      }
    }
    if (field->number == kValueTensor) {
      ProtoReader tensor(field->bytes);
      while (const auto part = tensor.next()) {
        if (part->number == kTensorString) out.text = std::string(part->bytes);
      }
    }
  }
  return out;
}

Event parse_event(std::string_view message) {
  Event out;
  ProtoReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == kEventWallTime) out.wall_time = field->as_double();
    if (field->number == kEventStep) out.step = static_cast<std::int64_t>(field->integer);
    if (field->number == kEventFileVersion) out.file_version = std::string(field->bytes);
    if (field->number != kEventSummary) continue;
    ProtoReader summary(field->bytes);
    while (const auto value = summary.next()) {
      if (value->number == kSummaryValue) out.values.push_back(parse_value(value->bytes));
    }
  }
  return out;
}

}  // namespace

Histogram make_histogram(std::span<const float> values, int buckets) {
  return histogram_of(values, buckets);
}

Histogram make_histogram(std::span<const double> values, int buckets) {
  return histogram_of(values, buckets);
}

EventWriter::EventWriter(const std::filesystem::path& directory) {
  const double now = unix_seconds();
  std::string seconds = number(static_cast<std::int64_t>(now));
  if (seconds.size() < 10) seconds.insert(0, 10 - seconds.size(), '0');
  // A resumed run can start within the same second: the last number tells the files apart.
  for (int n = 0; n < 1000; ++n) {
    path_ = directory / cat("events.out.tfevents.", seconds, ".", host_name(), ".", n);
    file_ =
        Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666));
    if (file_ || errno != EEXIST) break;
  }
  if (!file_) fail_write(path_, errno);
  ProtoWriter event;
  event.fixed64(kEventWallTime, now);
  event.bytes(kEventFileVersion, "brain.Event:2");
  write_record(event.text());
}

void EventWriter::scalar(std::string_view tag, std::int64_t step, double value) {
  ProtoWriter out;
  out.bytes(kValueTag, tag);
  out.fixed32(kValueScalar, static_cast<float>(value));
  write_summary(step, out.text());
}

void EventWriter::image(std::string_view tag, std::int64_t step, const Image8& image) {
  ProtoWriter picture;
  picture.varint(kImageHeight, static_cast<std::uint64_t>(image.height));
  picture.varint(kImageWidth, static_cast<std::uint64_t>(image.width));
  picture.varint(kImageColorspace, static_cast<std::uint64_t>(image.channels));
  picture.bytes(kImageBytes, encode_png(image));
  ProtoWriter out;
  out.bytes(kValueTag, tag);
  out.message(kValueImage, picture);
  write_summary(step, out.text());
}

void EventWriter::histogram(std::string_view tag, std::int64_t step, const Histogram& histogram) {
  ProtoWriter data;
  data.fixed64(kHistogramMin, histogram.min);
  data.fixed64(kHistogramMax, histogram.max);
  data.fixed64(kHistogramCount, histogram.count);
  data.fixed64(kHistogramSum, histogram.sum);
  data.fixed64(kHistogramSumSquares, histogram.sum_squares);
  data.packed_doubles(kHistogramLimits, histogram.limits);
  data.packed_doubles(kHistogramCounts, histogram.counts);
  ProtoWriter out;
  out.bytes(kValueTag, tag);
  out.message(kValueHistogram, data);
  write_summary(step, out.text());
}

void EventWriter::text(std::string_view tag, std::int64_t step, std::string_view markdown) {
  ProtoWriter plugin, metadata, dimension, shape, tensor, out;
  plugin.bytes(kPluginName, "text");
  metadata.message(kMetadataPlugin, plugin);
  dimension.varint(kDimensionSize, 1);
  shape.message(kShapeDimension, dimension);
  tensor.varint(kTensorType, kTypeString);
  tensor.message(kTensorShape, shape);
  tensor.bytes(kTensorString, markdown);
  out.bytes(kValueTag, tag);
  out.message(kValueTensor, tensor);
  out.message(kValueMetadata, metadata);
  write_summary(step, out.text());
}

void EventWriter::write_summary(std::int64_t step, std::string_view value) {
  ProtoWriter summary;
  summary.bytes(kSummaryValue, value);
  ProtoWriter event;
  event.fixed64(kEventWallTime, unix_seconds());
  event.varint(kEventStep, static_cast<std::uint64_t>(step));
  event.message(kEventSummary, summary);
  write_record(event.text());
}

void EventWriter::write_record(std::string_view data) {
  std::string record;
  append_little_endian(record, static_cast<std::uint64_t>(data.size()));
  append_little_endian(record, masked_crc32c(record));
  record += data;
  append_little_endian(record, masked_crc32c(data));
  if (const int code = write_all(file_, record); code != 0) fail_write(path_, code);
}

std::vector<Event> read_events(const std::filesystem::path& path) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  std::string_view rest = file.text();
  std::vector<Event> out;
  const auto fail = [&](std::string_view what) {
    throw Error(ErrorCode::kInput, "tensorboard",
                cat("'", path.string(), "' record ", out.size(), ": ", what));
  };
  while (!rest.empty()) {
    if (rest.size() < 12) fail("truncated");
    const auto length = read_little_endian<std::uint64_t>(rest);
    if (read_little_endian<std::uint32_t>(rest.substr(8)) != masked_crc32c(rest.substr(0, 8))) {
      fail("the checksum of the length is wrong");
    }
    if (rest.size() < 16 || length > rest.size() - 16) fail("truncated");
    const std::string_view data = rest.substr(12, length);
    if (read_little_endian<std::uint32_t>(rest.substr(12 + length)) != masked_crc32c(data)) {
      fail("the checksum of the data is wrong");
    }
    try {
      out.push_back(parse_event(data));
    } catch (const Error& error) {
      fail(error.message());
    }
    rest.remove_prefix(16 + length);
  }
  return out;
}

}  // namespace saddle::codec
