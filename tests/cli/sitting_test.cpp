// Whole sittings with the built program: train, stop, kill, resume, sample, eval.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "saddle/codec/csv.h"
#include "saddle/codec/idx.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/png.h"
#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle {
namespace {

using ::testing::HasSubstr;
using test::Finished;
using test::run_saddle;
using test::TemporaryDirectory;
using Json = nlohmann::json;
namespace fs = std::filesystem;

std::vector<std::string> train_words(const std::string& preset, const std::string& steps) {
  return {"train", preset, "--out", "run", "--set", "train.length=\"" + steps + " steps\"",
          "--set", "train.tick=\"20 steps\"", "--set", "train.threads=1",
          "--set", "samples.count=36", "--set", "checkpoint.every=\"20 steps\""};
}

std::vector<std::string> with(std::vector<std::string> words, std::vector<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string newest_state(const fs::path& run) {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints")) {
    if (newest.empty() || entry.path() > newest) newest = entry.path();
  }
  return newest.string();
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

  EXPECT_EQ(run_saddle({"sample", "run", "-n", "7", "--format", "csv", "--out", "a.csv"}, here)
                .exit_code, 0);
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
  const Finished trained = run_saddle(
      with(train_words("digits", "20"),
           {"--set", "generator.width=4", "--set", "discriminator.width=4"}), here);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(run_saddle({"sample", "run", "-n", "5", "--class", "3", "--format", "png", "--out",
                        "threes"}, here).exit_code, 0);
  EXPECT_EQ(codec::read_png(place.path() / "threes" / "000004.png").width, 28);
  EXPECT_EQ(run_saddle({"sample", "run", "-n", "20", "--interpolate", "--out", "walk.png"}, here)
                .exit_code, 0);
  EXPECT_EQ(codec::read_png(place.path() / "walk.png").width, 2 * (10 * 28 + 9));
  const Finished wrong = run_saddle({"sample", "run", "--class", "10"}, here);
  EXPECT_THAT(wrong.err, HasSubstr("this run has classes 0 to 9"));
}

TEST(Sitting, SigtermSavesAndResumeGoesOn) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const int process = test::start_saddle(train_words("ring", "100000"), here);
  while (!fs::exists(place.path() / "run" / "checkpoints" / "000000002560")) ::usleep(20'000);
  ::kill(process, SIGTERM);
  EXPECT_EQ(test::wait_for(process), 128 + SIGTERM) << test::file_text(here + "/err.txt");
  EXPECT_THAT(test::file_text(here + "/out.txt"), HasSubstr("go on with:  saddle train --resume run"));
  const std::string stopped = newest_state(place.path() / "run");
  const Finished on = run_saddle(
      {"train", "--resume", "run", "--set", "train.max_time=\"1s\"", "--json"}, here);
  ASSERT_EQ(on.exit_code, 0) << on.err;
  EXPECT_EQ(Json::parse(on.out)["outcome"], "out of time");
  EXPECT_GT(newest_state(place.path() / "run"), stopped);
  const Finished refused =
      run_saddle({"train", "--resume", "run", "--set", "train.batch=7"}, here);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("train.batch cannot change on --resume"));
}

TEST(Sitting, KillNeverCostsTheLastCheckpoint) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const int process = test::start_saddle(
      with(train_words("ring", "100000"), {"--set", "checkpoint.every=\"1 steps\""}), here);
  while (!fs::exists(place.path() / "run" / "checkpoints" / "000000002560")) ::usleep(20'000);
  ::kill(process, SIGKILL);
  EXPECT_EQ(test::wait_for(process), 128 + SIGKILL);
  const Finished on = run_saddle(
      {"train", "--resume", "run", "--set", "train.max_time=\"1s\"", "--set",
       "checkpoint.every=\"1k steps\"", "--json"}, here);
  EXPECT_EQ(on.exit_code, 0) << on.err;
}

TEST(Sitting, ASecondTrainerInOneRunIsRefused) {
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const int process = test::start_saddle(train_words("ring", "100000"), here);
  while (!fs::exists(place.path() / "run" / "checkpoints" / "000000002560")) ::usleep(20'000);
  const Finished second = run_saddle({"train", "--resume", "run"}, here);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr(std::to_string(process)));
  ::kill(process, SIGTERM);
  test::wait_for(process);
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
  codec::write_idx(file("train-labels-idx1-ubyte"),
                   codec::make_array<std::uint8_t>(labels, {4}));
  const auto words = std::vector<std::string>{"train", "mnist", "--data", place.path().string(),
                                              "--out", "run"};
  fs::resize_file(file("train-images-idx3-ubyte"), 1000);
  const Finished truncated = run_saddle(words, place.path().string());
  EXPECT_EQ(truncated.exit_code, 1);
  EXPECT_THAT(truncated.err, HasSubstr("train-images-idx3-ubyte"));
  std::ofstream(file("train-images-idx3-ubyte")) << "not an IDX file at all";
  const Finished wrong = run_saddle(words, place.path().string());
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("is not an IDX file"));
}

}  // namespace
}  // namespace saddle
