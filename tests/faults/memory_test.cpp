// Memory stays flat however long a run is.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "saddle/base/jsonl.h"
#include "tests/base/temporary.h"
#include "tests/faults/harness.h"
#include "tests/testing.h"

namespace saddle::test {
namespace {
namespace fs = std::filesystem;

/// Memory of a process in bytes, now; 0 where it ended.
std::int64_t resident_bytes(int process) {
  std::ifstream stream("/proc/" + std::to_string(process) + "/statm");
  std::int64_t total = 0, resident = 0;
  stream >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::int64_t steps_of(const fs::path& run) {
  std::ifstream stream(run / "ticks.jsonl");
  std::string line, last;
  while (std::getline(stream, line)) last = line;
  const auto json = nlohmann::json::parse(last, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json["steps"].get<std::int64_t>() : 0;
}

struct Span {
  std::string name;
  Words words;
  std::int64_t from, to;  ///< steps
};

// 1 %, or 5 MB where that is more: what a heap moves by itself.
std::int64_t allowed(std::int64_t bytes) {
  return std::max<std::int64_t>(5'000'000, bytes / 100);
}

// Asks the C library for memory as it is needed: what the launcher takes ahead, 64 MiB, is touched
// little by little and would hide or feign growth.
class PlainHeap {
 public:
  PlainHeap() { ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0", 1); }
  ~PlainHeap() { ::unsetenv("GLIBC_TUNABLES"); }
};

void expect_flat(const Span& span) {
  const TemporaryDirectory place;
  const PlainHeap heap;
  const int process = start_saddle(span.words, place.path().string());
  std::int64_t at_from = 0, at_end = 0;
  while (still_runs(process)) {
    const std::int64_t now = resident_bytes(process);
    if (now > 0) at_end = now;
    if (at_from == 0 && steps_of(place / "run") >= span.from) at_from = now;
    ::usleep(20'000);
  }
  ASSERT_EQ(wait_for(process), 0) << file_text((place / "err.txt").string());
  ASSERT_GT(at_from, 0);
  std::int64_t peak_from = 0, peak_to = 0;
  for (const auto& tick : read_jsonl(place / "run" / "ticks.jsonl")) {
    const std::int64_t peak = tick.at("memory").get<std::int64_t>();
    if (tick.at("steps").get<std::int64_t>() <= span.from) peak_from = peak;
    peak_to = peak;
  }
  EXPECT_EQ(steps_of(place / "run"), span.to);
  EXPECT_LT(at_end - at_from, allowed(at_from));
  EXPECT_LT(peak_to - peak_from, allowed(peak_from));
  const std::string steps = std::to_string(span.from) + " to " + std::to_string(span.to);
  report_figure(span.name + ", steps " + steps + ": memory grows by bytes",
                static_cast<double>(at_end - at_from));
  report_figure(span.name + ", steps " + steps + ": its peak grows by bytes",
                static_cast<double>(peak_to - peak_from));
}

TEST(Memory, IsFlatOver2000Steps) {
  expect_flat({"points", small_points("run", "2000"), 400, 2000});
}

TEST(Memory, IsFlatOver20000Steps) {
  if (!saddle_test_all()) GTEST_SKIP() << "takes 2 minutes; ./check --all runs it";
  expect_flat({"points", small_points("run", "20000"), 2000, 20000});
  expect_flat({"images",
               with(small_images("run", "4000"), {"--set", "checkpoint.every=\"40 steps\""}), 500,
               4000});
}

}  // namespace
}  // namespace saddle::test
