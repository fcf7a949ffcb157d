// Runs whose place is read-only, gone, or used by others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "saddle/base/clock.h"
#include "saddle/codec/npy.h"
#include "tests/base/temporary.h"
#include "tests/faults/harness.h"
#include "tests/faults/places.h"

namespace saddle::test {
namespace {
namespace fs = std::filesystem;

using ::testing::HasSubstr;

/// Training in `directory`/run that goes on until it is ended, at the latest with the object.
class EndlessTraining {
 public:
  EndlessTraining(const std::string& directory, const Words& more = {})
      : process_(start_saddle(with(small_points("run", "10000000"), more), directory)),
        directory_(directory) {}
  EndlessTraining(const EndlessTraining&) = delete;
  EndlessTraining& operator=(const EndlessTraining&) = delete;
  ~EndlessTraining() {
    if (process_ >= 0) end(SIGKILL);
  }

  bool runs() const { return still_runs(process_); }

  /// Waits for its first checkpoint.
  ::testing::AssertionResult has_begun() const {
    const double started = wall_seconds();
    while (checkpoints_of(fs::path(directory_) / "run").empty()) {
      if (!runs() || wall_seconds() - started > 60) {
        return ::testing::AssertionFailure() << file_text(directory_ + "/err.txt");
      }
      ::usleep(10'000);
    }
    return ::testing::AssertionSuccess();
  }

  /// Waits until it ends of itself; the exit code, or -1 after a minute.
  int ends() {
    const double started = wall_seconds();
    while (runs()) {
      if (wall_seconds() - started > 60) return -1;
      ::usleep(10'000);
    }
    return wait_for(std::exchange(process_, -1));
  }

  int end(int signal) {
    ::kill(process_, signal);
    return wait_for(std::exchange(process_, -1));
  }

 private:
  int process_;
  std::string directory_;
};

TEST(ReadOnlyRun, IsNamedAndCanStillBeSampledAndJudged) {
  if (const std::string why = enter_own_mounts(); !why.empty()) GTEST_SKIP() << why;
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  ASSERT_EQ(run_saddle(small_points("run", "20"), here).exit_code, 0);
  const ReadOnly locked(place / "run");
  const Finished more =
      run_saddle({"train", "--resume", "run", "--set", "train.length=\"40 steps\""}, here);
  EXPECT_TRUE(fails_naming(more, "run/.lock': Read-only file system; try another directory"));
  const Finished within = run_saddle({"sample", "run", "-n", "9"}, here);
  EXPECT_TRUE(fails_naming(within, "run/samples': Read-only file system; try another directory"));
  EXPECT_EQ(run_saddle({"sample", "run", "-n", "9", "--out", "a.png"}, here).exit_code, 0);
  const Finished judged = run_saddle({"eval", "run", "-n", "50"}, here);
  EXPECT_EQ(judged.exit_code, 0) << judged.err;
  EXPECT_THAT(judged.err, HasSubstr("metrics.jsonl': Read-only file system"));
}

TEST(LostRun, EndsTrainingWithAWordWhenItIsMovedAway) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  EndlessTraining training(here);
  ASSERT_TRUE(training.has_begun());
  fs::rename(place / "run", place / "moved");
  EXPECT_EQ(training.ends(), 1);
  EXPECT_THAT(file_text(here + "/err.txt"),
              HasSubstr("[run] run was removed or moved while it was trained"));
  EXPECT_FALSE(fs::exists(place / "run")) << "no half of a run is made in its old place";
  const Finished on =
      run_saddle({"train", "--resume", "moved", "--set", "train.max_time=\"1s\""}, here);
  EXPECT_EQ(on.exit_code, 0) << on.err;
}

TEST(LostRun, EndsTrainingWithAWordWhenItIsRemoved) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  EndlessTraining training(here);
  ASSERT_TRUE(training.has_begun());
  std::error_code busy;
  for (int i = 0; i < 1000 && fs::exists(place / "run"); ++i) fs::remove_all(place / "run", busy);
  EXPECT_EQ(training.ends(), 1);
  const std::string errors = file_text(here + "/err.txt");
  EXPECT_THAT(errors, HasSubstr("saddle: ["));
  EXPECT_THAT(errors, HasSubstr("run"));
  EXPECT_FALSE(fs::exists(place / "run" / "config.toml"));
}

TEST(LostData, IsNamedWhenTheRunGoesOn) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  write_small_set(place / "set", 7);
  const Words words = with(small_images("run", "4"), {"--data", "set", "--set", "data=idx"});
  const Finished trained = run_saddle(words, here);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  fs::rename(place / "set", place / "elsewhere");
  const Words more{"train", "--resume", "run", "--set", "train.length=\"8 steps\""};
  EXPECT_TRUE(fails_naming(run_saddle(more, here), (place / "set").string() + "' is not there"));
  EXPECT_EQ(run_saddle({"sample", "run", "-n", "4"}, here).exit_code, 0) << "needs no data";
  const Finished on = run_saddle(with(more, {"--data", "elsewhere"}), here);
  EXPECT_EQ(on.exit_code, 0) << on.err;
  fs::remove(place / "elsewhere" / "train-labels-idx1-ubyte");
  const Finished half = run_saddle(
      {"train", "--resume", "run", "--data", "elsewhere", "--set", "train.length=\"12 steps\""},
      here);
  EXPECT_TRUE(fails_naming(half, "train-labels-idx1-ubyte"));
}

TEST(SharedRun, IsSampledAndJudgedWholeWhileItTrains) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  // A checkpoint every step, and one kept: each goes while others may be reading it.
  EndlessTraining training(here,
                           {"--set", "checkpoint.every=\"1 steps\"", "--set", "checkpoint.keep=1"});
  ASSERT_TRUE(training.has_begun());
  for (int i = 0; i < 4; ++i) {
    const Finished sampled =
        run_saddle({"sample", "run", "-n", "7", "--format", "npy", "--out", "a.npy"}, here);
    ASSERT_EQ(sampled.exit_code, 0) << sampled.err;
    EXPECT_EQ(codec::read_npy(place / "a.npy").shape, (std::vector<std::int64_t>{7, 2}));
  }
  const Finished judged = run_saddle({"eval", "run", "-n", "50"}, here);
  EXPECT_EQ(judged.exit_code, 0) << judged.err;
  EXPECT_TRUE(training.runs());
  EXPECT_EQ(training.end(SIGTERM), 128 + SIGTERM);
}

TEST(SharedRun, IsBegunByOneOfTwo) {
  const TemporaryDirectory place, first, second;
  const Words words = small_points(place / "run", "100");
  const int processes[] = {start_saddle(words, first.path().string()),
                           start_saddle(words, second.path().string())};
  int done = 0;
  std::string errors;
  for (const auto& [process, directory] :
       {std::pair{processes[0], &first}, std::pair{processes[1], &second}}) {
    const int code = wait_for(process);
    done += code == 0;
    if (code != 0) errors += file_text((*directory / "err.txt").string());
  }
  EXPECT_EQ(done, 1) << errors;
  EXPECT_TRUE(errors.find("is held by process") != std::string::npos ||
              errors.find("already holds a run") != std::string::npos)
      << errors;
  EXPECT_TRUE(checkpoints_are_whole(place / "run"));
}

}  // namespace
}  // namespace saddle::test
