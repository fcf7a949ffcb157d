// The same program on a GPU: it trains, resumes, samples and measures there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/jsonl.h"
#include "saddle/tensor/device.h"
#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle::test {
namespace {

using Json = nlohmann::json;

bool gpu_is_here() {
  try {
    return choose_device("cuda").is_cuda();
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> train_on_gpu(const std::string& preset, const std::string& precision) {
  return {"train",    preset,
          "--device", "cuda",
          "--out",    "run",
          "--set",    "train.length=\"40 steps\"",
          "--set",    "train.tick=\"7 steps\"",
          "--set",    "train.precision=\"" + precision + "\""};
}

class Gpu : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Gpu, TrainsResumesSamplesAndMeasures) {
  if (!gpu_is_here()) GTEST_SKIP() << "no GPU here";
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  const auto [preset, precision] = GetParam();
  auto words = train_on_gpu(preset, precision);
  // Stops between two ticks, so that half-filled sums go through the checkpoint.
  words.insert(words.end(), {"--set", "train.length=\"25 steps\""});
  const Finished first = run_saddle(words, here);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const Finished on = run_saddle({"train", "--resume", "run", "--device", "cuda", "--set",
                                  "train.length=\"40 steps\"", "--json"},
                                 here);
  ASSERT_EQ(on.exit_code, 0) << on.err;
  EXPECT_EQ(Json::parse(on.out)["outcome"], "finished");
  const auto ticks = read_jsonl(place / "run" / "ticks.jsonl");
  ASSERT_FALSE(ticks.empty());
  EXPECT_TRUE(ticks.back()["signals"]["loss.generator.total"].is_number());
  EXPECT_EQ(run_saddle({"sample", "run", "--device", "cuda", "--out", "a.png"}, here).exit_code, 0);
  const Finished judged =
      run_saddle({"eval", "run", "--device", "cuda", "--json", "-n", "100"}, here);
  ASSERT_EQ(judged.exit_code, 0) << judged.err;
  EXPECT_FALSE(Json::parse(judged.out)["metrics"].empty());
  // What a GPU trained is sampled where there is none.
  EXPECT_EQ(run_saddle({"sample", "run", "--device", "cpu", "--out", "b.png"}, here).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(Presets, Gpu,
                         ::testing::Values(std::pair{"ring", "float32"},
                                           std::pair{"digits", "float32"},
                                           std::pair{"digits", "bfloat16"},
                                           std::pair{"digits", "auto"}));

}  // namespace
}  // namespace saddle::test
