#include "saddle/train/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "tests/base/temporary.h"

namespace saddle {
namespace {

using test::TemporaryDirectory;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

CheckpointEntry write_one(const fs::path& run, std::int64_t samples, const std::string& bytes) {
  return write_checkpoint(run, samples, {{"state.safetensors", bytes}}, Json::object());
}

void flip_byte(const fs::path& file) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  char c = 0;
  stream.get(c);
  stream.seekp(0);
  stream.put(static_cast<char>(c ^ 0x40));
}

TEST(RunDirectory, NumbersGrow) {
  const TemporaryDirectory place;
  EXPECT_EQ(RunDirectory::create(place.path(), "a").path().filename(), "00000-a");
  EXPECT_EQ(RunDirectory::create(place.path(), "b").path().filename(), "00001-b");
}

TEST(RunDirectory, RefusesASecondHolder) {
  const TemporaryDirectory place;
  const RunDirectory run = RunDirectory::create(place.path(), "a");
  std::ofstream(run.file("config.toml")) << "";
  EXPECT_THROW(RunDirectory::open(run.path()), Error);
}

TEST(RunDirectory, RefusesToOverwriteARun) {
  const TemporaryDirectory place;
  std::ofstream(place.path() / "config.toml") << "";
  try {
    RunDirectory::create_at(place.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("--resume"));
  }
}

TEST(RunDirectory, BeginsWithoutWhatAKilledProcessLeft) {
  const TemporaryDirectory place;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const std::string dead = ".tmp-" + std::to_string(child);
  const fs::path begun = place / (dead + "-0-manifest.json"), foreign = place / (dead + "-notes");
  std::ofstream(begun) << "{";
  std::ofstream(foreign) << "of another program";
  RunDirectory::create_at(place.path());
  EXPECT_FALSE(fs::exists(begun));
  EXPECT_TRUE(fs::exists(foreign));
}

TEST(RunDirectory, SaysWhatARunIs) {
  const TemporaryDirectory place;
  try {
    require_run(place.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not a run: it has no config.toml"));
  }
}

TEST(RunDirectory, RewindCutsLinesAfterTheClock) {
  const TemporaryDirectory place;
  const RunDirectory run = RunDirectory::create(place.path(), "a");
  std::ofstream(run.file("ticks.jsonl")) << R"({"samples":10,"partial":false})"
                                         << "\n"
                                         << R"({"samples":15,"partial":true})"
                                         << "\n"
                                         << R"({"samples":20,"partial":false})"
                                         << "\n";
  run.rewind_logs(15);
  std::ifstream stream(run.file("ticks.jsonl"));
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_EQ(text, "{\"samples\":10,\"partial\":false}\n");
}

TEST(Checkpoint, IsVerifiedByHash) {
  const TemporaryDirectory place;
  const CheckpointEntry entry = write_one(place.path(), 640, "weights");
  EXPECT_EQ(verify_checkpoint(entry)["samples"], 640);
  flip_byte(entry.path / "state.safetensors");
  try {
    verify_checkpoint(entry);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("does not have the SHA-256"));
  }
}

TEST(Checkpoint, TruncationIsNamed) {
  const TemporaryDirectory place;
  const CheckpointEntry entry = write_one(place.path(), 640, "weights");
  fs::resize_file(entry.path / "state.safetensors", 3);
  try {
    verify_checkpoint(entry);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("has 3 bytes, expected 7"));
  }
}

TEST(Checkpoint, TheOlderOneServesWhenTheNewestIsDamaged) {
  const TemporaryDirectory place;
  write_one(place.path(), 640, "old");
  const CheckpointEntry newest = write_one(place.path(), 1280, "new");
  flip_byte(newest.path / "state.safetensors");
  std::string warned;
  const Log log([&](LogLevel, std::string_view text) { warned += text; });
  EXPECT_EQ(latest_checkpoint(place.path(), log).samples, 640);
  EXPECT_THAT(warned, HasSubstr("cannot be used"));
}

TEST(Checkpoint, AnUnfinishedOneIsNotListed) {
  const TemporaryDirectory place;
  fs::create_directories(place.path() / "checkpoints" / ".tmp-1");
  EXPECT_TRUE(list_checkpoints(place.path()).empty());
  EXPECT_THROW(latest_checkpoint(place.path(), {}), Error);
}

TEST(Checkpoint, PruneKeepsTheNewest) {
  const TemporaryDirectory place;
  for (const std::int64_t samples : {100, 200, 1000, 300}) write_one(place.path(), samples, "w");
  prune_checkpoints(place.path(), 2, {});
  const auto left = list_checkpoints(place.path());
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].samples, 300);
  EXPECT_EQ(left[1].samples, 1000);
}

TEST(Checkpoint, PruneIsNotHeldUpByWhatAProcessOfTheSameNumberLeft) {
  const TemporaryDirectory place;
  for (const std::int64_t samples : {100, 200}) write_one(place.path(), samples, "w");
  fs::create_directories(place.path() / "checkpoints" /
                         (".tmp-" + std::to_string(::getpid()) + "-pruned") / "left");
  std::string warned;
  prune_checkpoints(place.path(), 1, Log([&](LogLevel, std::string_view text) { warned += text; }));
  EXPECT_EQ(warned, "");
  EXPECT_EQ(list_checkpoints(place.path()).size(), 1u);
}

}  // namespace
}  // namespace saddle
