// Training that is killed anywhere goes on to where an unbroken run would be.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/base/temporary.h"
#include "tests/faults/harness.h"
#include "tests/testing.h"

namespace saddle::test {
namespace {
namespace fs = std::filesystem;

/// A kind of training; another one is another row.
struct TrainingJob {
  std::string name;
  Words words;  ///< trains into `run`
  int moments;  ///< in ./check
  int all_moments;
};

void PrintTo(const TrainingJob& job, std::ostream* out) {
  *out << job.name;
}

std::vector<TrainingJob> training_jobs() {
  return {{.name = "points", .words = small_points("run", "300"), .moments = 7, .all_moments = 110},
          {.name = "images", .words = small_images("run", "20"), .moments = 3, .all_moments = 30}};
}

const Watched kCheckpoints{"run/checkpoints"};
const Watched kOtherFiles{"run/samples", "run"};

struct Counts {
  int kills = 0, within_checkpoint = 0, resumes = 0, fresh = 0;
  double cpu_seconds = 0;
};

class KilledTraining : public ::testing::TestWithParam<TrainingJob> {
 protected:
  // Whether a run was begun: only then can it go on.
  static bool begun(const fs::path& run) { return fs::exists(run / "config.toml"); }

  // What a kill left, and the words that go on from there.
  void after_a_kill(const fs::path& run, Words& words, Counts& counts) const {
    ++counts.kills;
    counts.within_checkpoint += !temporaries_in(run / "checkpoints").empty();
    EXPECT_TRUE(checkpoints_are_whole(run));
    if (begun(run)) {
      ++counts.resumes;
      words = {"train", "--resume", "run"};
      return;
    }
    ++counts.fresh;
    const Finished refused = run_saddle({"train", "--resume", "run"}, run.parent_path().string());
    EXPECT_TRUE(fails_naming(refused, fs::exists(run) ? "is not a run" : "no run at run"));
    words = GetParam().words;
  }

  // Half of the kills hit a checkpoint that is being written, a quarter another file.
  Life kill_once(const Words& words, const std::string& here, std::uint64_t index) const {
    const std::string stream = "faults." + GetParam().name;
    if (index % 2 == 0) {
      return kill_at(words, here, kCheckpoints, draw_write(stream, index, with_checkpoints_));
    }
    const auto draw = index % 4 == 1 ? draw_write : draw_moment;
    return kill_at(words, here, kOtherFiles, draw(stream, index, with_other_files_));
  }

  void try_moment(int index, const fs::path& expected, Counts& counts) const {
    const TemporaryDirectory place;
    const std::string here = place.path().string();
    const fs::path run = place / "run";
    Words words = GetParam().words;
    // Every third run is killed again in what follows.
    const int kills = index % 3 == 2 ? 2 : 1;
    for (int kill = 0; kill < kills; ++kill) {
      const Life life = kill_once(words, here, static_cast<std::uint64_t>(index + 1001 * kill));
      counts.cpu_seconds += life.cpu_seconds;
      if (!life.killed) {
        EXPECT_EQ(life.exit_code, 0) << file_text(here + "/err.txt");
        words = {"train", "--resume", "run"};  // it ended before the moment: nothing is left
        break;
      }
      after_a_kill(run, words, counts);
    }
    const Life rest = live(words, here, {});
    counts.cpu_seconds += rest.cpu_seconds;
    ASSERT_EQ(rest.exit_code, 0) << file_text(here + "/err.txt");
    EXPECT_TRUE(same_run(run, expected)) << file_text(here + "/err.txt");
  }

  Life measure(const TemporaryDirectory& place, const Watched& watched) const {
    const Life life = live(GetParam().words, place.path().string(), watched);
    EXPECT_EQ(life.exit_code, 0) << file_text((place / "err.txt").string());
    EXPECT_GT(life.writes, 0);
    return life;
  }

  Life with_checkpoints_, with_other_files_;  ///< an unbroken run, measured twice
};

TEST_P(KilledTraining, GoesOnBitForBit) {
  const TrainingJob& job = GetParam();
  const TemporaryDirectory unbroken, again;
  with_checkpoints_ = measure(unbroken, kCheckpoints);
  with_other_files_ = measure(again, kOtherFiles);
  ASSERT_FALSE(HasFailure());
  ASSERT_TRUE(same_run(again / "run", unbroken / "run"));
  Counts counts;
  counts.cpu_seconds = with_checkpoints_.cpu_seconds + with_other_files_.cpu_seconds;
  const int moments = saddle_test_all() ? job.all_moments : job.moments;
  for (int i = 0; i < moments; ++i) {
    SCOPED_TRACE("moment " + std::to_string(i));
    try_moment(i, unbroken / "run", counts);
  }
  EXPECT_GE(2 * counts.kills, moments) << "most processes should be ended before they end";
  report_figure("training of " + job.name + ": kills", counts.kills);
  report_figure("training of " + job.name + ": kills within a checkpoint's write",
                counts.within_checkpoint);
  report_figure("training of " + job.name + ": resumes", counts.resumes);
  report_figure("training of " + job.name + ": started anew, nothing was begun", counts.fresh);
  report_figure("training of " + job.name + ": CPU seconds", counts.cpu_seconds);
}

INSTANTIATE_TEST_SUITE_P(Table, KilledTraining, ::testing::ValuesIn(training_jobs()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace saddle::test
