// A full disk ends a verb with a sentence, costs no file that was whole, and --resume goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/temporary.h"
#include "tests/faults/harness.h"
#include "tests/faults/places.h"

namespace saddle::test {
namespace {
namespace fs = std::filesystem;

using ::testing::HasSubstr;

constexpr const char* kFull = "No space left on device; try to free space or another directory";
constexpr int kRoomy = 1 << 20;  // kilobytes

/// What is on the small disk; another place is another row.
struct FullDisk {
  std::string name;
  std::string place;        ///< where the small disk is
  int kilobytes;            ///< too few for the whole run
  std::string named;        ///< what the message names
  std::string linked = "";  ///< a file outside that lies on the small disk
  Words more = {};
};

void PrintTo(const FullDisk& disk, std::ostream* out) {
  *out << disk.name;
}

std::vector<FullDisk> full_disks() {
  return {
      // Room for one checkpoint and a half.
      {.name = "checkpoints", .place = "run/checkpoints", .kilobytes = 48, .named = ".safetensors"},
      {.name = "sheets", .place = "run/samples", .kilobytes = 8, .named = "run/samples/"},
      {.name = "ticks",
       .place = "small",
       .kilobytes = 4,
       .named = "run/ticks.jsonl",
       .linked = "ticks.jsonl",
       .more = {"--set", "train.tick=\"5 steps\""}},
      {.name = "all", .place = "run", .kilobytes = 160, .named = "run/"},
  };
}

class TrainingOnAFullDisk : public ::testing::TestWithParam<FullDisk> {};

TEST_P(TrainingOnAFullDisk, SaysSoAndGoesOnWhenThereIsRoom) {
  if (const std::string why = enter_own_mounts(); !why.empty()) GTEST_SKIP() << why;
  const FullDisk& disk = GetParam();
  const TemporaryDirectory place, roomy;
  const Words words = with(small_points("run", "100"), disk.more);
  const Finished unbroken = run_saddle(words, roomy.path().string());
  ASSERT_EQ(unbroken.exit_code, 0) << unbroken.err;

  const SmallDisk small(place / disk.place, disk.kilobytes);
  const fs::path run = place / "run";
  if (!disk.linked.empty()) {
    fs::create_directories(run);
    fs::create_symlink(place / disk.place / disk.linked, run / disk.linked);
  }
  const Finished full = run_saddle(words, place.path().string());
  EXPECT_EQ(full.exit_code, 1) << full.err;
  EXPECT_THAT(full.err, HasSubstr(disk.named));
  EXPECT_THAT(full.err, HasSubstr(kFull));
  EXPECT_TRUE(checkpoints_are_whole(run));
  EXPECT_TRUE(temporaries_in(run / "checkpoints").empty()) << "the room it took is free again";

  small.grow_to(kRoomy);
  const Finished on = run_saddle({"train", "--resume", "run"}, place.path().string());
  ASSERT_EQ(on.exit_code, 0) << on.err;
  EXPECT_TRUE(same_run(run, roomy / "run"));
}

INSTANTIATE_TEST_SUITE_P(Table, TrainingOnAFullDisk, ::testing::ValuesIn(full_disks()),
                         [](const auto& info) { return info.param.name; });

TEST(FullDisk, LeavesNoHalfOfASample) {
  if (const std::string why = enter_own_mounts(); !why.empty()) GTEST_SKIP() << why;
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  ASSERT_EQ(run_saddle(small_points("run", "1"), here).exit_code, 0);
  const SmallDisk small(place / "out", 16);
  const auto sample = [&](const std::string& count, const std::string& out) {
    return run_saddle({"sample", "run", "-n", count, "--format", "npy", "--out", out}, here);
  };
  ASSERT_EQ(sample("10", "out/a.npy").exit_code, 0);
  const std::string before = file_text(here + "/out/a.npy");
  const Finished full = sample("100000", "out/a.npy");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("cannot write 'out/a.npy': " + std::string(kFull)));
  EXPECT_EQ(file_text(here + "/out/a.npy"), before);
  EXPECT_TRUE(temporaries_in(place / "out").empty());
}

TEST(FullDisk, IsToldOfTheStandardOutputToo) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const TemporaryDirectory place;
  fs::create_symlink("/dev/full", place / "out.txt");
  const int process = start_saddle({"presets"}, place.path().string());
  EXPECT_EQ(wait_for(process), 1);
  EXPECT_THAT(file_text((place / "err.txt").string()), HasSubstr("No space left on device"));
}

}  // namespace
}  // namespace saddle::test
