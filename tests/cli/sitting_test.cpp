// Whole sittings with the built program: train, stop, kill, resume, sample, eval.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "saddle/base/clock.h"
#include "saddle/codec/csv.h"
#include "saddle/codec/idx.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/png.h"
#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle {
namespace {

using test::Finished;
using test::run_saddle;
using test::TemporaryDirectory;
using ::testing::HasSubstr;
using Json = nlohmann::json;
namespace fs = std::filesystem;

std::vector<std::string> train_words(const std::string& preset, const std::string& steps) {
  return {"train", preset,
          "--out", "run",
          "--set", "train.length=\"" + steps + " steps\"",
          "--set", "train.tick=\"20 steps\"",
          "--set", "train.threads=1",
          "--set", "samples.count=36",
          "--set", "checkpoint.every=\"20 steps\""};
}

std::vector<std::string> with(std::vector<std::string> words, std::vector<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Samples at which a finished checkpoint of the run was written, -1 where there is none. Only
/// finished ones have a number for a name.
std::int64_t newest_checkpoint(const fs::path& run) {
  std::int64_t newest = -1;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints", absent)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      newest = std::max<std::int64_t>(newest, std::stoll(name));
    }
  }
  return newest;
}

fs::path checkpoint_path(const fs::path& run, std::int64_t samples) {
  const std::string number = std::to_string(samples);
  return run / "checkpoints" / (std::string(12 - number.size(), '0') + number);
}

/// A program in training, which ends with the object at the latest.
class Training {
 public:
  Training(const std::vector<std::string>& words, const std::string& directory)
      : process_(test::start_saddle(words, directory)),
        run_(fs::path(directory) / "run"),
        errors_(directory + "/err.txt") {}
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;
  ~Training() {
    if (process_ >= 0) end(SIGKILL);
  }

  int process() const { return process_; }

  /// Waits for a finished checkpoint at `samples` or later; older ones may be gone by then.
  ::testing::AssertionResult reaches(std::int64_t samples) const {
    constexpr double kSeconds = 120;  // a start takes about one second, on a busy machine ten
    const double started = wall_seconds();
    while (newest_checkpoint(run_) < samples) {
      if (!test::still_runs(process_)) {
        return ::testing::AssertionFailure() << "ended early: " << test::file_text(errors_);
      }
      if (wall_seconds() - started > kSeconds) {
        return ::testing::AssertionFailure()
               << "no checkpoint at " << samples << " after " << kSeconds << " s, newest "
               << newest_checkpoint(run_) << ": " << test::file_text(errors_);
      }
      ::usleep(20'000);
    }
    return ::testing::AssertionSuccess();
  }

  /// Sends a signal and waits; the exit code.
  int end(int signal) {
    ::kill(process_, signal);
    return test::wait_for(std::exchange(process_, -1));
  }

 private:
  int process_;
  fs::path run_;
  std::string errors_;
};

constexpr std::int64_t kTwentySteps = 2560;  // of 128 samples

/// Whether every file that a checkpoint's state.json names is there in its full size.
bool is_complete(const fs::path& checkpoint) {
  const Json state = Json::parse(test::file_text((checkpoint / "state.json").string()), nullptr,
                                 /*allow_exceptions=*/false);
  if (!state.contains("files") || !state["files"].contains("state.safetensors")) return false;
  for (const auto& [name, facts] : state["files"].items()) {
    std::error_code absent;
    if (fs::file_size(checkpoint / name, absent) != facts["bytes"].get<std::uintmax_t>()) {
      return false;
    }
  }
  return true;
}

/// Where a sitting went on, from its "resumed at 2,560 samples from ..."; -1 where it did not.
std::int64_t resumed_at(const Finished& sitting) {
  constexpr std::string_view kWords = "resumed at ";
  const auto start = sitting.err.find(kWords);
  if (start == std::string::npos) return -1;
  std::string digits;
  for (const char c : sitting.err.substr(start + kWords.size())) {
    if (c == ' ') break;
    if (c != ',') digits += c;
  }
  return std::stoll(digits);
}

TEST(Sitting, PointsGoAllTheWay) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const Finished trained = run_saddle(with(train_words("ring", "60"), {"--json"}), here);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(Json::parse(trained.out)["outcome"], "finished");
  EXPECT_THAT(trained.err, HasSubstr("samples"));
  for (const char* file : {"config.toml", "manifest.json", "log.txt", "ticks.jsonl"}) {
    EXPECT_TRUE(fs::exists(place.path() / "run" / file)) << file;
  }

  EXPECT_EQ(
      run_saddle({"sample", "run", "-n", "7", "--format", "csv", "--out", "a.csv"}, here).exit_code,
      0);
  EXPECT_EQ(codec::read_csv(place.path() / "a.csv").rows(), 7);
  run_saddle({"sample", "run", "-n", "7", "--format", "npy", "--out", "a.npy"}, here);
  EXPECT_EQ(codec::read_npy(place.path() / "a.npy").shape, (std::vector<std::int64_t>{7, 2}));
  run_saddle({"sample", "run", "-n", "7", "--format", "svg", "--out", "a.svg"}, here);
  EXPECT_THAT(test::file_text(here + "/a.svg"), HasSubstr("<svg"));
  const Finished wrong = run_saddle({"sample", "run", "--class", "3"}, here);
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("knows no classes"));
  const Finished png = run_saddle({"sample", "run", "--format", "png", "--out", "p"}, here);
  EXPECT_EQ(png.exit_code, 2);

  const Finished judged = run_saddle({"eval", "run", "--json"}, here);
  ASSERT_EQ(judged.exit_code, 0) << judged.err;
  const Json metrics = Json::parse(judged.out)["metrics"];
  EXPECT_EQ(metrics[0]["name"], "modes");
  EXPECT_EQ(metrics[0]["n_fake"], 2500);
  for (const auto& metric : metrics) EXPECT_NE(metric["protocol"], "");
}

TEST(Sitting, PointsHaveAsManyNumbersAsTheirWorld) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const auto sample = [&](const std::string& format) {
    return run_saddle({"sample", "run", "-n", "7", "--format", format, "--out", "a." + format},
                      here);
  };
  ASSERT_EQ(run_saddle(with(train_words("ring", "5"), {"--set", "data=line"}), here).exit_code, 0);
  EXPECT_EQ(sample("csv").exit_code, 0);
  EXPECT_EQ(codec::read_csv(place.path() / "a.csv").columns, std::vector<std::string>{"x"});
  const Finished refused = sample("svg");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err,
              HasSubstr("[sample] --format svg draws points of two numbers or more: got samples of "
                        "shape [7,1]; try sheet, csv or npy"));
}

TEST(Sitting, SameSeedGivesTheSameSampleBytes) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  ASSERT_EQ(run_saddle(train_words("ring", "20"), here).exit_code, 0);
  for (const char* file : {"a.png", "b.png"}) {
    run_saddle({"sample", "run", "--seed", "5", "--out", file}, here);
  }
  run_saddle({"sample", "run", "--seed", "6", "--out", "c.png"}, here);
  EXPECT_EQ(test::file_text(here + "/a.png"), test::file_text(here + "/b.png"));
  EXPECT_NE(test::file_text(here + "/a.png"), test::file_text(here + "/c.png"));
}

TEST(Sitting, ImagesOfOneClassAndWalksAreDrawn) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const Finished trained =
      run_saddle(with(train_words("digits", "20"),
                      {"--set", "generator.width=4", "--set", "discriminator.width=4"}),
                 here);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(
      run_saddle({"sample", "run", "-n", "5", "--class", "3", "--format", "png", "--out", "threes"},
                 here)
          .exit_code,
      0);
  EXPECT_EQ(codec::read_png(place.path() / "threes" / "000004.png").width, 28);
  EXPECT_EQ(run_saddle({"sample", "run", "-n", "20", "--interpolate", "--out", "walk.png"}, here)
                .exit_code,
            0);
  EXPECT_EQ(codec::read_png(place.path() / "walk.png").width, 2 * (10 * 28 + 9));
  const Finished wrong = run_saddle({"sample", "run", "--class", "10"}, here);
  EXPECT_THAT(wrong.err, HasSubstr("this run has classes 0 to 9"));
}

TEST(Sitting, SigtermSavesAndResumeGoesOn) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const fs::path run = place.path() / "run";
  Training training(train_words("ring", "100000"), here);
  ASSERT_TRUE(training.reaches(kTwentySteps));
  EXPECT_EQ(training.end(SIGTERM), 128 + SIGTERM) << test::file_text(here + "/err.txt");
  EXPECT_THAT(test::file_text(here + "/out.txt"), HasSubstr("saddle train --resume run"));
  const std::int64_t stopped = newest_checkpoint(run);
  const Finished on =
      run_saddle({"train", "--resume", "run", "--set", "train.max_time=\"1s\"", "--json"}, here);
  ASSERT_EQ(on.exit_code, 0) << on.err;
  EXPECT_EQ(resumed_at(on), stopped);
  EXPECT_EQ(Json::parse(on.out)["outcome"], "out of time");
  EXPECT_GT(newest_checkpoint(run), stopped);
  const Finished refused = run_saddle({"train", "--resume", "run", "--set", "train.batch=7"}, here);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("train.batch cannot change on --resume"));
}

TEST(Sitting, KillNeverCostsTheLastCheckpoint) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const fs::path run = place.path() / "run";
  Training training(with(train_words("ring", "100000"), {"--set", "checkpoint.every=\"1 steps\""}),
                    here);
  ASSERT_TRUE(training.reaches(kTwentySteps));
  const std::string killed = std::to_string(training.process());
  EXPECT_EQ(training.end(SIGKILL), 128 + SIGKILL);
  const std::int64_t newest = newest_checkpoint(run);
  EXPECT_GE(newest, kTwentySteps);
  EXPECT_TRUE(is_complete(checkpoint_path(run, newest)));
  // What a kill within a save leaves.
  const fs::path unfinished = run / "checkpoints" / (".tmp-" + killed);
  fs::create_directories(unfinished);
  std::ofstream(unfinished / "state.safetensors") << "half a file";
  // And what a failing disk would: a newer checkpoint that is not whole.
  const fs::path damaged = checkpoint_path(run, newest + 1);
  fs::copy(checkpoint_path(run, newest), damaged);
  fs::resize_file(damaged / "state.safetensors", 1000);
  EXPECT_FALSE(is_complete(damaged));
  const Finished on = run_saddle({"train", "--resume", "run", "--set", "train.max_time=\"1s\"",
                                  "--set", "checkpoint.every=\"1k steps\"", "--json"},
                                 here);
  ASSERT_EQ(on.exit_code, 0) << on.err;
  EXPECT_EQ(resumed_at(on), newest) << on.err;
  EXPECT_THAT(on.err, HasSubstr("checkpoint " + damaged.filename().string() + " cannot be used"));
  EXPECT_FALSE(fs::exists(unfinished));
}

TEST(Sitting, ASecondTrainerInOneRunIsRefused) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  Training training(train_words("ring", "100000"), here);
  ASSERT_TRUE(training.reaches(kTwentySteps));
  const Finished second = run_saddle({"train", "--resume", "run"}, here);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr(std::to_string(training.process())));
  EXPECT_TRUE(test::still_runs(training.process()));
  EXPECT_EQ(training.end(SIGTERM), 128 + SIGTERM);
}

TEST(Sitting, TheManifestKeepsEverySittingAndItsChoices) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const std::vector<std::string> words{
      "train", "ring", "--out", "run", "--deterministic", "--set", "train.length=\"5 steps\""};
  ASSERT_EQ(run_saddle(words, here).exit_code, 0);
  const Finished nothing = run_saddle({"train", "--resume", "run"}, here);
  EXPECT_EQ(nothing.exit_code, 0);
  EXPECT_THAT(nothing.err, HasSubstr("nothing is left to train at 640 samples"));
  ASSERT_EQ(
      run_saddle({"train", "--resume", "run", "--set", "train.length=\"9 steps\""}, here).exit_code,
      0);
  const Json manifest = Json::parse(test::file_text(here + "/run/manifest.json"));
  EXPECT_EQ(manifest.at("preset"), "ring");
  EXPECT_EQ(manifest.at("deterministic"), true);
  const Json& sittings = manifest.at("sittings");
  ASSERT_EQ(sittings.size(), 2u);
  EXPECT_EQ(sittings[0].at("samples"), 0);
  EXPECT_EQ(sittings[1].at("samples"), 640);
  EXPECT_EQ(sittings[0].at("threads"), sittings[1].at("threads"));
  EXPECT_EQ(sittings[1].at("command"),
            "saddle train --set 'train.length=\"9 steps\"' --resume run --deterministic");

  // What another machine had chosen is kept to: the config leaves the number of threads open.
  Json other = manifest;
  other.erase("sha256");
  for (Json& sitting : other["sittings"]) sitting["threads"] = 3;
  std::ofstream(here + "/run/manifest.json") << other.dump();
  ASSERT_EQ(run_saddle({"train", "--resume", "run", "--set", "train.length=\"11 steps\""}, here)
                .exit_code,
            0);
  EXPECT_EQ(
      Json::parse(test::file_text(here + "/run/manifest.json")).at("sittings")[2].at("threads"), 3);
}

TEST(Sitting, AnInitThatFailsLeavesThePlaceFree) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  ASSERT_EQ(run_saddle(with(train_words("ring", "3"), {}), here).exit_code, 0);
  const std::vector<std::string> words{"train", "ring",  "--out",
                                       "next",  "--set", "train.length=\"3 steps\""};
  const Finished wrong = run_saddle(with(words, {"--init", "nowhere"}), here);
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("nowhere"));
  const Finished right = run_saddle(with(words, {"--init", "run"}), here);
  EXPECT_EQ(right.exit_code, 0) << right.err;
  EXPECT_THAT(right.err, HasSubstr("generator: 6 of 6 tensors matched"));
}

TEST(Sitting, OtherDataIsRefusedOnResumeAndByEval) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const auto write_set = [&](const std::string& folder, std::uint8_t ink) {
    fs::create_directories(place.path() / folder);
    for (const char* part : {"train", "t10k"}) {
      std::vector<std::uint8_t> pixels(40 * 28 * 28), labels(40);
      for (std::size_t i = 0; i < pixels.size(); ++i) {
        pixels[i] = static_cast<std::uint8_t>(i * ink);
      }
      for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
      const fs::path stem = place.path() / folder / part;
      codec::write_idx(stem.string() + "-images-idx3-ubyte",
                       codec::make_array<std::uint8_t>(pixels, {40, 28, 28}));
      codec::write_idx(stem.string() + "-labels-idx1-ubyte",
                       codec::make_array<std::uint8_t>(labels, {40}));
    }
  };
  write_set("mine", 7);
  write_set("yours", 11);
  ASSERT_EQ(
      run_saddle(with(train_words("mnist", "2"), {"--data", "mine", "--set", "generator.width=4",
                                                  "--set", "discriminator.width=4"}),
                 here)
          .exit_code,
      0);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"train", "--resume", "run", "--data", "yours", "--set",
                                 "train.length=\"4 steps\""},
        {"eval", "run", "--data", "yours"}}) {
    const Finished refused = run_saddle(words, here);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("the data is not what the run was trained on"));
  }
}

TEST(Sitting, AReadOnlyPlaceIsNamed) {
  if (::geteuid() == 0) {
    // Root writes anywhere but in file systems that refuse; /proc does.
    const Finished finished = run_saddle({"train", "ring", "--out", "/proc/run"});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("/proc/run"));
    return;
  }
  const TemporaryDirectory place;
  fs::permissions(place.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const Finished finished = run_saddle({"train", "ring"}, place.path().string());
  fs::permissions(place.path(), fs::perms::owner_all);
  EXPECT_EQ(finished.exit_code, 1);
}

TEST(BadData, TruncatedAndWrongFilesAreNamed) {
  const TemporaryDirectory place;
  const auto file = [&](const char* name) { return place.path() / name; };
  const std::vector<std::uint8_t> pixels(4 * 28 * 28, 7), labels{1, 2, 3, 4};
  codec::write_idx(file("train-images-idx3-ubyte"),
                   codec::make_array<std::uint8_t>(pixels, {4, 28, 28}));
  codec::write_idx(file("train-labels-idx1-ubyte"), codec::make_array<std::uint8_t>(labels, {4}));
  const auto words =
      std::vector<std::string>{"train", "mnist", "--data", place.path().string(), "--out", "run"};
  fs::resize_file(file("train-images-idx3-ubyte"), 1000);
  const Finished truncated = run_saddle(words, place.path().string());
  EXPECT_EQ(truncated.exit_code, 1);
  EXPECT_THAT(truncated.err, HasSubstr("train-images-idx3-ubyte"));
  std::ofstream(file("train-images-idx3-ubyte")) << "not an IDX file at all";
  const Finished wrong = run_saddle(words, place.path().string());
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("is not an IDX file"));
}

TEST(Finish, EveryRunIsJudgedLabelsAndTestSplitOrNot) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  struct Case {
    std::string data, labels, says;
  };
  for (const auto& [data, labels, says] :
       {Case{"both", "none", ""}, Case{"train", "auto", "the data has no test split"}}) {
    SCOPED_TRACE(data + " " + labels);
    const std::vector<std::string> test_part =
        data == "both" ? std::vector<std::string>{"--test", "10"} : std::vector<std::string>{};
    fs::remove_all(place / data);
    ASSERT_EQ(
        run_saddle(with({"data", "make", "digits", "-n", "20", "--out", data}, test_part), here)
            .exit_code,
        0);
    fs::remove_all(place / "run");
    const Finished trained = run_saddle(
        {"train", "mnist-unconditional", "--data", data, "--out", "run", "--set", "data=images",
         "--set", "data.labels=" + labels, "--set", "train.length=\"1 steps\"", "--set",
         "train.batch=4", "--set", "generator.width=4", "--set", "discriminator.width=4"},
        here);
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_THAT(trained.out, HasSubstr(" eval run"));
    EXPECT_THAT(trained.out, HasSubstr("run/report.html"));
    EXPECT_TRUE(fs::exists(place / "run" / "report.html"));
    const Finished judged = run_saddle({"eval", "run", "-n", "10"}, here);
    EXPECT_EQ(judged.exit_code, 0) << judged.err;
    EXPECT_THAT(judged.out, HasSubstr("coverage"));
    EXPECT_THAT(judged.err, HasSubstr(says));
  }
}

}  // namespace
}  // namespace saddle
