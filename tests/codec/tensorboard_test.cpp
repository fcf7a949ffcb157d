#include "saddle/codec/tensorboard.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <limits>

#include "saddle/base/clock.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/codec/proto.h"
#include "tests/base/temporary.h"
#include "tests/codec/bytes.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;
using test::TemporaryDirectory;

TEST(EventWriter, FileStartsAsTensorBoardExpects) {
  const TemporaryDirectory directory;
  const EventWriter writer(directory.path());
  const std::string bytes = read_file(writer.path());
  // Length 24 and its checksum: the well-known first 12 bytes of every event file.
  EXPECT_EQ(bytes.substr(0, 12), from_hex("1800000000000000a37f4b22"));
  EXPECT_EQ(bytes.size(), 40u);
  EXPECT_NE(bytes.find("brain.Event:2"), std::string::npos);
  // events.out.tfevents.<10 digits>.<host>.<n>
  const std::string name = writer.path().filename().string();
  EXPECT_EQ(name.substr(0, 20), "events.out.tfevents.");
  EXPECT_EQ(name.find_first_not_of("0123456789", 20), 30u) << name;
  EXPECT_EQ(name.substr(name.size() - 2), ".0");
  const EventWriter second(directory.path());
  EXPECT_NE(second.path(), writer.path());
}

TEST(EventWriter, EverythingReadsBackAtOnce) {
  const TemporaryDirectory directory;
  EventWriter writer(directory.path());
  Image8 picture = make_image(3, 2, 3, 7);
  picture.pixels[4] = 200;
  const std::vector<float> values = {0, 1, 1, 4};
  const Histogram histogram = make_histogram(std::span<const float>(values), 4);
  const double before = unix_seconds();
  writer.scalar("loss/generator", 300, 0.5);
  writer.image("samples", std::int64_t{5'000'000'000}, picture);
  writer.histogram("logits/real", 7, histogram);
  writer.text("config", 0, "`batch = 64`");
  writer.scalar("bad", 1, std::nan(""));
  const auto events = read_events(writer.path());
  ASSERT_EQ(events.size(), 6u);
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_EQ(events[1].step, 300);
  EXPECT_GE(events[1].wall_time, before);
  EXPECT_EQ(events[1].values.at(0).tag, "loss/generator");
  EXPECT_EQ(events[1].values.at(0).scalar, 0.5f);
  EXPECT_EQ(events[2].step, 5'000'000'000);
  EXPECT_EQ(events[2].values.at(0).image, picture);
  EXPECT_EQ(events[3].values.at(0).histogram, histogram);
  EXPECT_EQ(events[4].values.at(0).text, "`batch = 64`");
  EXPECT_TRUE(std::isnan(events[5].values.at(0).scalar.value()));
}

TEST(EventWriter, AMissingDirectoryIsToldByName) {
  try {
    EventWriter writer("/nonexistent/run");
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    const std::string start = "[tensorboard] cannot write '/nonexistent/run/events.out.tfevents.";
    const std::string end = "': No such file or directory";
    EXPECT_EQ(text.substr(0, start.size()), start);
    EXPECT_EQ(text.substr(text.size() - end.size()), end);
  }
}

// Two records made by other code: a version at wall time 1 and loss = .5 at step 300.
const char* const kVersionRecord =
    "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a";
const char* const kScalarRecord =
    "1b000000000000001a0d9e1309000000000000f03f10ac022a0d0a0b0a046c6f7373150000003f4e5c1fd1";

TEST(ReadEvents, ReadsGoldenRecords) {
  const TemporaryDirectory directory;
  const auto path = directory / "events";
  write_file_atomic(path, from_hex(kVersionRecord) + from_hex(kScalarRecord));
  const auto events = read_events(path);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_EQ(events[1].wall_time, 1.0);
  EXPECT_EQ(events[1].step, 300);
  EXPECT_EQ(events[1].values.at(0).tag, "loss");
  EXPECT_EQ(events[1].values.at(0).scalar, 0.5f);
}

TEST(ReadEvents, RefusesDamage) {
  const TemporaryDirectory directory;
  const auto path = directory / "events";
  const std::string good = from_hex(kVersionRecord) + from_hex(kScalarRecord);
  const auto expect = [&](const std::string& bytes, const std::string& text) {
    write_file_atomic(path, bytes);
    expect_error([&] { read_events(path); }, ErrorCode::kInput,
                 "[tensorboard] '" + path.string() + "' record 1: " + text);
  };
  expect(good.substr(0, 45), "truncated");
  expect(good.substr(0, good.size() - 1), "truncated");
  std::string length = good;
  length[41] ^= 1;
  expect(length, "the checksum of the length is wrong");
  std::string data = good;
  data[good.size() - 6] ^= 1;
  expect(data, "the checksum of the data is wrong");
}

TEST(ReadEvents, NamesTheRecordOfAMalformedMessage) {
  const TemporaryDirectory directory;
  const auto path = directory / "events";
  const auto record = [](const std::string& data) {
    std::string length(8, '\0');
    length[0] = static_cast<char>(data.size());
    const auto checksum = [](const std::string& bytes) {
      const std::uint32_t sum = masked_crc32c(bytes);
      return std::string(reinterpret_cast<const char*>(&sum), 4);
    };
    return length + checksum(length) + data + checksum(data);
  };
  const auto expect = [&](const std::string& data, const std::string& text) {
    write_file_atomic(path, from_hex(kVersionRecord) + record(data));
    expect_error([&] { read_events(path); }, ErrorCode::kInput,
                 "[tensorboard] '" + path.string() + "' record 1: " + text);
  };
  expect(from_hex("0a05aa"), "malformed message");
  ProtoWriter picture, value, summary, event;
  picture.bytes(4, "no picture");
  value.message(4, picture);
  summary.message(1, value);
  event.message(5, summary);
  expect(event.text(), "'image' is not a PNG file: expected the first bytes 89 'PNG'");
}

TEST(EventWriter, AFailedStartLeavesNothingOpen) {
  const TemporaryDirectory directory;
  const auto open_files = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = open_files();
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{.rlim_cur = 0, .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  EXPECT_THROW(EventWriter writer(directory.path()), Error);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(open_files(), before);
}

TEST(Proto, RefusesMalformedMessages) {
  for (const char* hex : {"08", "0a05aa", "0b", "00", "09aa", "08ffffffffffffffffffff01"}) {
    expect_error(
        [&] {
          const std::string bytes = from_hex(hex);
          ProtoReader reader(bytes);
          while (reader.next()) {
          }
        },
        ErrorCode::kInput, "[proto] malformed message");
  }
}

TEST(Histogram, BucketsAreEqualAndCountEveryFiniteValue) {
  const std::vector<double> values = {
      0, 1, 2, 3, 4, std::nan(""), std::numeric_limits<double>::infinity()};
  const Histogram histogram = make_histogram(std::span<const double>(values), 4);
  EXPECT_EQ(histogram.limits, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(histogram.counts, (std::vector<double>{2, 1, 1, 1}));
  EXPECT_EQ(histogram.min, 0);
  EXPECT_EQ(histogram.max, 4);
  EXPECT_EQ(histogram.count, 5);
  EXPECT_EQ(histogram.sum, 10);
  EXPECT_EQ(histogram.sum_squares, 30);
}

TEST(Histogram, ConstantAndEmptyDataGiveOneBucket) {
  const std::vector<double> constant = {2, 2, 2};
  const Histogram one = make_histogram(std::span<const double>(constant));
  EXPECT_EQ(one.limits, std::vector<double>{2});
  EXPECT_EQ(one.counts, std::vector<double>{3});
  const Histogram none = make_histogram(std::span<const double>());
  EXPECT_EQ(none.limits, std::vector<double>{0});
  EXPECT_EQ(none.counts, std::vector<double>{0});
}

}  // namespace
}  // namespace saddle::codec
