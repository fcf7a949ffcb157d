#include "saddle/base/clock.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "saddle/base/file.h"
#include "saddle/base/log.h"
#include "tests/base/temporary.h"

namespace saddle {
namespace {

TEST(Clock, RunsForward) {
  const double cpu = process_cpu_seconds();
  const double wall = wall_seconds();
  volatile double sink = 0;
  for (int i = 0; i < 2000000; ++i) sink = sink + std::sqrt(i);
  EXPECT_GT(process_cpu_seconds(), cpu);
  EXPECT_GT(wall_seconds(), wall);
  EXPECT_GT(unix_seconds(), 1.6e9);
}

TEST(Clock, PeakMemorySeesAnAllocation) {
  const std::int64_t before = peak_resident_bytes();
  std::vector<char> block(64 << 20, 1);
  EXPECT_GE(peak_resident_bytes() - before, 32 << 20) << int{block[5]};
  EXPECT_GE(peak_resident_bytes() + (1 << 20), resident_bytes());
  EXPECT_GT(resident_bytes(), 64 << 20);
}

TEST(Clock, TextForPeople) {
  EXPECT_EQ(duration_text(0.5), "0.5s");
  EXPECT_EQ(duration_text(9.97), "10s");
  EXPECT_EQ(duration_text(59.6), "1m 00s");
  EXPECT_EQ(duration_text(185), "3m 05s");
  EXPECT_EQ(duration_text(7620), "2h 07m");
  EXPECT_EQ(duration_text(3 * 86400 + 4 * 3600), "3d 04h");
  EXPECT_EQ(duration_text(-1), "?");
  EXPECT_EQ(duration_text(std::nan("")), "?");
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(bytes_text(std::int64_t{3} << 30), "3.0 GiB");
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(1714564800.7), "2024-05-01T12:00:00Z");
}

TEST(Log, GoesToEverySinkAndIsSilentWithoutOne) {
  Log().info("nobody hears this");
  const test::TemporaryDirectory directory;
  std::string heard;
  const Log log(tee({[&heard](LogLevel level, std::string_view text) {
                       heard += std::string(to_text(level)) + "=" + std::string(text) + ";";
                     },
                     file_log(directory / "log.txt")}));
  log.debug("a");
  log.warning("b");
  log.error("c");
  EXPECT_EQ(heard, "debug=a;warning=b;error=c;");
  const std::string text = read_file(directory / "log.txt");
  EXPECT_NE(text.find("Z warning: b\n"), std::string::npos) << text;
  test::expect_error([] { file_log("/nonexistent/log"); }, ErrorCode::kIo,
                     "[log] cannot write '/nonexistent/log': No such file or directory");
}

TEST(Log, TakesOneMessageAtATime) {
  int count = 0;
  const Log log([&count](LogLevel, std::string_view) { ++count; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < 1000; ++i) log.info("x");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, 4000);
}

}  // namespace
}  // namespace saddle
