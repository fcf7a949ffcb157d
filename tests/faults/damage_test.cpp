// Every file that is read, damaged: a sentence that names it, or the same numbers; never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/train/run_directory.h"
#include "tests/base/temporary.h"
#include "tests/faults/damage.h"
#include "tests/faults/harness.h"
#include "tests/testing.h"

namespace saddle::test {
namespace {
namespace fs = std::filesystem;

using ::testing::HasSubstr;

constexpr const char* kCheckpointFiles[] = {"state.json", "state.safetensors",
                                            "generator.safetensors", "discriminator.safetensors"};

/// Some of a list: all of it in the long tests, else at most `some`, spread over it.
std::vector<Damage> chosen(const std::vector<Damage>& all, std::size_t some) {
  if (saddle_test_all() || all.size() <= some) return all;
  std::vector<Damage> few;
  for (std::size_t i = 0; i < some; ++i) few.push_back(all[i * all.size() / some]);
  return few;
}

/// One short run, for all tests of this file; each leaves it as it was.
class DamagedFile : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<TemporaryDirectory>();
    const Finished trained = run_saddle(small_points("run", "100"), here());
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    ASSERT_EQ(checkpoints_of(run()).size(), 3u);
  }
  static void TearDownTestSuite() { place_.reset(); }

  static std::string here() { return place_->path().string(); }
  static fs::path run() { return place_->path() / "run"; }
  static fs::path newest() { return checkpoint_at(run(), checkpoints_of(run()).back()); }
  static std::int64_t before_newest() { return checkpoints_of(run())[1]; }

  static Finished sample(const Words& more = {}) {
    return run_saddle(with({"sample", "run", "-n", "4", "--format", "npy", "--out", "a.npy"}, more),
                      here());
  }
  static std::string samples() { return file_text(here() + "/a.npy"); }

  /// A copy of the run that a test may change.
  static void copy_run(const TemporaryDirectory& to) {
    fs::copy(run(), to / "run", fs::copy_options::recursive);
  }

 private:
  static inline std::unique_ptr<TemporaryDirectory> place_;
};

// The function that every verb asks, at many places: the newest checkpoint is refused, or reads as
// it was.
TEST_F(DamagedFile, NoFlipInACheckpointGoesUnseen) {
  const Json facts = checkpoint_facts({.samples = 0, .path = newest()});
  int seen = 0, tried = 0;
  for (const char* name : kCheckpointFiles) {
    const bool small = std::string_view(name) == "state.json";
    const int flips = saddle_test_all() ? (small ? 5000 : 2000) : (small ? 1000 : 100);
    for (const Damage& damage : damages_of(newest() / name, flips, name)) {
      SCOPED_TRACE(std::string(name) + ": " + damage.text());
      const CheckpointEntry entry{.samples = 0, .path = newest()};
      const Damaged damaged(entry.path / name, damage);
      ++tried;
      try {
        const Json read = verify_checkpoint(entry);
        EXPECT_TRUE(small);
        // A bit in the name of the seal takes the seal off and leaves the rest.
        for (const auto& [key, value] : facts.items()) EXPECT_EQ(read.value(key, Json()), value);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInput);
        EXPECT_THAT(error.what(), HasSubstr(name));
        ++seen;
      }
    }
  }
  report_figure("damaged checkpoint files: tried", tried);
  report_figure("damaged checkpoint files: refused", seen);
}

TEST_F(DamagedFile, OfTheNewestCheckpointLetsTheOneBeforeServe) {
  ASSERT_EQ(sample().exit_code, 0);
  const std::string whole = samples();
  ASSERT_EQ(sample({"--checkpoint", std::to_string(before_newest())}).exit_code, 0);
  const std::string older = samples();
  ASSERT_NE(whole, older);
  for (const char* name : kCheckpointFiles) {
    for (const Damage& damage : chosen(damages_of(newest() / name, 20, name), 3)) {
      SCOPED_TRACE(std::string(name) + ": " + damage.text());
      const Damaged damaged(newest() / name, damage);
      const Finished sampled = sample();
      ASSERT_EQ(sampled.exit_code, 0) << sampled.err;
      if (samples() == whole) continue;
      EXPECT_TRUE(samples() == older);
      EXPECT_THAT(sampled.err, HasSubstr("cannot be used"));
      EXPECT_THAT(sampled.err, HasSubstr(name));
    }
  }
}

TEST_F(DamagedFile, OfTheNewestCheckpointIsMadeAgainByResume) {
  for (const char* name : kCheckpointFiles) {
    for (const Damage& damage : chosen(damages_of(newest() / name, 2, name), 1)) {
      SCOPED_TRACE(std::string(name) + ": " + damage.text());
      const TemporaryDirectory place;
      copy_run(place);
      const Damaged damaged(checkpoint_at(place / "run", checkpoints_of(run()).back()) / name,
                            damage);
      const Finished on = run_saddle({"train", "--resume", "run"}, place.path().string());
      ASSERT_EQ(on.exit_code, 0) << on.err;
      // state.json without its last line end says all that it said; nothing else may go unseen.
      const auto size = fs::file_size(newest() / name);
      const bool last_line_end = damage.text() == "cut to " + std::to_string(size - 1) + " bytes";
      if (std::string(name) != "state.json" || !last_line_end) {
        EXPECT_THAT(on.err, HasSubstr(name));
      }
      EXPECT_TRUE(same_run(place / "run", run())) << on.err;
    }
  }
}

TEST_F(DamagedFile, OfEveryCheckpointEndsWithWhatToDo) {
  const TemporaryDirectory place;
  copy_run(place);
  for (const std::int64_t samples : checkpoints_of(place / "run")) {
    fs::resize_file(checkpoint_at(place / "run", samples) / "state.safetensors", 100);
  }
  for (const Words& words : {Words{"sample", "run"}, Words{"train", "--resume", "run"}}) {
    const Finished refused = run_saddle(words, place.path().string());
    EXPECT_TRUE(fails_naming(refused, "state.safetensors has 100 bytes"));
    EXPECT_TRUE(fails_naming(refused, "all are damaged; train again from the start"));
  }
  // Removed altogether, they must not make the run look as if it had just begun.
  fs::remove_all(place / "run" / "checkpoints");
  const Finished refused = run_saddle({"train", "--resume", "run"}, place.path().string());
  EXPECT_TRUE(
      fails_naming(refused, "no checkpoint is left in run/checkpoints, but the run was at"));
}

// The launcher reads both files before the engine starts, so many places cost little.
TEST_F(DamagedFile, OfConfigOrManifestIsNamedBeforeTheRunGoesOn) {
  const Words words{"train", "--resume", "run", "--dry-run"};
  const Finished whole = run_saddle(words, here());
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  int tried = 0, refused = 0, told = 0;
  for (const char* name : {"config.toml", "manifest.json"}) {
    const fs::path file = run() / name;
    const int flips = saddle_test_all() ? static_cast<int>(fs::file_size(file)) : 200;
    for (const Damage& damage : damages_of(file, flips, name)) {
      SCOPED_TRACE(std::string(name) + ": " + damage.text());
      const Damaged damaged(file, damage);
      const Finished dry = run_saddle(words, here());
      ++tried;
      if (dry.exit_code == 0) {
        const bool says_so = dry.out.find("# config.toml has ") != std::string::npos;
        told += says_so;
        EXPECT_TRUE(dry.out == whole.out || says_so) << dry.out;
      } else {
        EXPECT_TRUE(fails_naming(dry, name));
        ++refused;
      }
    }
  }
  report_figure("damaged config.toml and manifest.json: tried", tried);
  report_figure("damaged config.toml and manifest.json: refused", refused);
  report_figure("damaged config.toml and manifest.json: told, as such a key may change", told);
}

TEST_F(DamagedFile, OfConfigOrManifestIsNamedBySample) {
  for (const char* name : {"config.toml", "manifest.json"}) {
    const fs::path file = run() / name;
    for (const Damage& damage : chosen(damages_of(file, 20, name), 4)) {
      SCOPED_TRACE(std::string(name) + ": " + damage.text());
      ASSERT_EQ(sample().exit_code, 0);
      const std::string whole = samples();
      const Damaged damaged(file, damage);
      const Finished sampled = sample();
      if (sampled.exit_code == 0) {
        EXPECT_TRUE(samples() == whole);
      } else {
        EXPECT_TRUE(fails_naming(sampled, name));
      }
    }
  }
}

TEST_F(DamagedFile, TicksNeverChangeWhatIsTrained) {
  const fs::path ticks = run() / "ticks.jsonl";
  const auto damages = damages_of(ticks, 20, "ticks.jsonl");
  int refused = 0;
  for (const Damage& damage : chosen(damages, 6)) {
    SCOPED_TRACE(damage.text());
    const TemporaryDirectory place;
    copy_run(place);
    fs::remove_all(checkpoint_at(place / "run", checkpoints_of(run()).back()));
    const Damaged damaged(place / "run" / "ticks.jsonl", damage);
    const Finished on = run_saddle({"train", "--resume", "run"}, place.path().string());
    if (on.exit_code != 0) {
      EXPECT_TRUE(fails_naming(on, "ticks.jsonl"));
      ++refused;
      continue;
    }
    const auto generator = [](const fs::path& which) {
      return file_text(
          (checkpoint_at(which, checkpoints_of(which).back()) / "generator.safetensors").string());
    };
    EXPECT_TRUE(generator(place / "run") == generator(run()));
  }
  EXPECT_GT(refused, 0) << "a directory in its place at least";
}

TEST(DamagedClassifier, IsTrainedAgainWithAWord) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  ::setenv("SADDLE_CACHE", (place / "cache").c_str(), 1);
  write_small_set(place / "set", 7);
  const Finished trained =
      run_saddle(with(small_images("run", "2"), {"--data", "set", "--set", "data=idx"}), here);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const Words words{"eval", "run", "-n", "20", "--json"};
  const Finished whole = run_saddle(words, here);
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  fs::path cached;
  for (const auto& entry : fs::directory_iterator(place / "cache")) cached = entry.path();
  ASSERT_EQ(cached.extension(), ".safetensors");
  for (const Damage& damage : chosen(damages_of(cached, 20, "classifier"), 4)) {
    SCOPED_TRACE(damage.text());
    const Damaged damaged(cached, damage);
    const Finished judged = run_saddle(words, here);
    EXPECT_EQ(judged.exit_code, 0) << judged.err;
    EXPECT_TRUE(judged.out == whole.out);
    if (damage.kind != Damage::Kind::kGone) {
      EXPECT_THAT(judged.err, HasSubstr("cannot be used"));
      EXPECT_THAT(judged.err, HasSubstr(cached.filename().string()));
    }
  }
  ::unsetenv("SADDLE_CACHE");
}

}  // namespace
}  // namespace saddle::test
