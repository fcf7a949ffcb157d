// `saddle eval` on files and on runs, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "saddle/base/file.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/png.h"
#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using test::Finished;
using test::run_saddle;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

constexpr double kRounded = 1e-12;  // the same double sums

class EvalVerb : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return place_ / name; }
  Finished run(const Words& words) const { return run_saddle(words, place_.path().string()); }
  Finished eval(Words words) const {
    words.insert(words.begin(), "eval");
    return run(words);
  }
  /// The numbers by name.
  std::map<std::string, Json> numbers(Words words) const {
    words.emplace_back("--json");
    const Finished finished = eval(words);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    std::map<std::string, Json> out;
    if (finished.exit_code != 0) return out;
    const Json answer = Json::parse(finished.out);
    for (const Json& metric : answer.at("metrics")) {
      out[metric.at("name")] = metric;
    }
    return out;
  }
  void trained(const Words& words) const {
    const Finished finished = run(words);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
  }

  test::TemporaryDirectory place_;
};

/// n points on a line: (0,0), (step,0), (2 step,0), ...
codec::Array line_of(std::int64_t n, float step) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i)
    values.insert(values.end(), {step * static_cast<float>(i), 0});
  return codec::make_array<float>(values, {n, 2});
}

TEST_F(EvalVerb, TheTableSaysWhatWasMeasuredOnceForAll) {
  codec::write_npy(at("real.npy"), line_of(8, 1));
  codec::write_npy(at("fake.npy"), line_of(8, 1));
  const Finished finished =
      eval({"--real", "real.npy", "--fake", "fake.npy", "--metrics", "precision,energy", "--set",
            "floor.splits=0", "--set", "manifold.density_k=3"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto body = finished.out.substr(0, finished.out.find("\nprecision: "));
  EXPECT_EQ(body,
            "metric     row            value      spread    n fake    n real\n"
            "precision  floor              -\n"
            "           baseline           1\n"
            "           model              1           0         8         8\n"
            "energy     floor              -\n"
            "           baseline     0.15625\n"
            "           model              0           -         8         8");
}

// 0 to 399 and 399 to 0: their first hundreds lie 300 apart, fair hundreds of both do not.
TEST_F(EvalVerb, APartOfASortedArrayIsAFairOne) {
  codec::write_npy(at("up.npy"), line_of(400, 1));
  std::vector<float> down;
  for (int i = 399; i >= 0; --i) down.insert(down.end(), {static_cast<float>(i), 0});
  codec::write_npy(at("down.npy"), codec::make_array<float>(down, {400, 2}));
  const Words words{"--real", "up.npy", "--fake", "down.npy", "--metrics", "energy", "-n", "100"};
  const auto found = numbers(words);
  EXPECT_EQ(found.at("energy").at("n_real"), 100);
  EXPECT_LT(found.at("energy").at("value").get<double>(), 40);
  EXPECT_EQ(numbers(words), found);
}

TEST_F(EvalVerb, OnePictureSetInAnyFormGivesTheSameNumbers) {
  constexpr int kPictures = 30, kSide = 6;
  std::vector<std::uint8_t> all;
  fs::create_directories(at("photos"));
  for (int i = 0; i < kPictures; ++i) {
    codec::Image8 picture = codec::make_image(kSide, kSide, 1, 0);
    for (std::size_t p = 0; p < picture.pixels.size(); ++p) {
      picture.pixels[p] = static_cast<std::uint8_t>(i * 53 + p * p * 7 + p * i * 11);
    }
    all.insert(all.end(), picture.pixels.begin(), picture.pixels.end());
    codec::write_png(at(cat("photos/", i < 10 ? "0" : "", i, ".png")), picture);
  }
  codec::write_npy(at("photos.npy"),
                   codec::make_array<std::uint8_t>(all, {kPictures, 1, kSide, kSide}));
  trained({"data", "pack", "photos", "--out", "photos.saddle"});
  // Other pictures: the same ones from the other end, darker.
  std::vector<std::uint8_t> dark(all.rbegin(), all.rend());
  for (auto& pixel : dark) pixel /= 2;
  codec::write_npy(at("dark.npy"),
                   codec::make_array<std::uint8_t>(dark, {kPictures, 1, kSide, kSide}));
  // Metrics that do not depend on the order of the samples.
  const Words words{"--fake", "dark.npy",       "--metrics", "fid,energy,precision",
                    "--set",  "floor.splits=0", "--set",     "bootstrap.resamples=0"};
  const auto with_real = [&](const std::string& real) {
    Words all_words{"--real", real};
    all_words.insert(all_words.end(), words.begin(), words.end());
    return numbers(all_words);
  };
  const auto folder = with_real("photos");
  for (const char* other : {"photos.saddle", "photos.npy"}) {
    const auto measured = with_real(other);
    for (const char* metric : {"fid", "energy", "precision"}) {
      const double expected = folder.at(metric).at("value");
      EXPECT_NEAR(measured.at(metric).at("value").get<double>(), expected,
                  1e-9 * (1 + std::abs(expected)))
          << other << " " << metric;
    }
  }
}

TEST_F(EvalVerb, PathTestIsTheTestSplit) {
  trained({"data", "make", "digits", "-n", "60", "--out", "set"});
  const auto same = numbers({"--real", "set", "--fake", "set", "--metrics", "energy"});
  EXPECT_NEAR(same.at("energy").at("value").get<double>(), 0, kRounded);
  const Finished none = eval({"--real", "set#test", "--fake", "set", "--metrics", "energy"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("test"));
  const auto split =
      numbers({"--real", "set#test", "--fake", "set", "--metrics", "energy,memorisation", "--train",
               "set", "--set", "data.test_every=2"});
  EXPECT_EQ(split.at("energy").at("n_real"), 30);
  EXPECT_EQ(split.at("energy").at("n_fake"), 30);
  EXPECT_GT(split.at("energy").at("value").get<double>(), 1e-6);
  EXPECT_EQ(split.at("memorisation").at("value"), 1);
  EXPECT_THAT(split.at("memorisation").at("warning").get<std::string>(),
              HasSubstr("nearer to the training set"));
}

TEST_F(EvalVerb, ARunIsMeasuredWhileItTrainsAndItsBestCheckpointIsTaken) {
  trained({"train", "ring",
           "--out", "run",
           "--set", "train.length=\"40 steps\"",
           "--set", "train.tick=\"20 steps\"",
           "--set", "samples.every=0",
           "--set", "checkpoint.keep=1",
           "--set", "eval.every=\"10 steps\"",
           "--set", "eval.metrics=[\"fid\", \"precision\"]",
           "--set", "eval.best=\"fid\"",
           "--set", "eval.samples=300",
           "--set", "optimizer.generator.lr=1e-30"});
  auto lines = read_jsonl(at("run/metrics.jsonl"));
  ASSERT_EQ(lines.size(), 4u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].at("samples"), 1280 * (i + 1));
    EXPECT_EQ(lines[i].at("while_training"), true);
    EXPECT_EQ(lines[i].at("metrics")[0].at("n_fake"), 300);
  }
  const auto newest = numbers({"run", "--metrics", "fid", "-n", "300"});
  const auto best = numbers({"run", "--metrics", "fid", "-n", "300", "--checkpoint", "best"});
  EXPECT_THAT(newest.at("fid").at("protocol").get<std::string>(), HasSubstr("000000005120"));
  EXPECT_THAT(best.at("fid").at("protocol").get<std::string>(), HasSubstr("000000001280"));
  // What was measured while training is what `saddle eval` finds afterwards.
  EXPECT_NEAR(best.at("fid").at("value").get<double>(),
              lines[0].at("metrics")[0].at("value").get<double>(), 1e-6);
  lines = read_jsonl(at("run/metrics.jsonl"));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[4].at("samples"), 5120);
  EXPECT_EQ(lines[5].at("samples"), 1280);
  EXPECT_FALSE(lines[5].contains("while_training"));
  for (const char* which : {"best", "1280"}) {
    trained({"sample", "run", "--checkpoint", which, "-n", "5", "--format", "csv", "--out",
             cat(which, ".csv")});
  }
  EXPECT_EQ(test::file_text(at("best.csv").string()), test::file_text(at("1280.csv").string()));
  const Finished absent = eval({"run", "--checkpoint", "2560"});
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(absent.err, HasSubstr("no checkpoint at 2560 samples in run; there are: 1280, 5120"));
}

TEST_F(EvalVerb, ARunWithoutABestSaysSo) {
  trained({"train", "ring", "--out", "run", "--set", "train.length=\"3 steps\"", "--set",
           "samples.every=0"});
  for (const char* verb : {"eval", "sample"}) {
    const Finished finished = run({verb, "run", "--checkpoint", "best"});
    EXPECT_EQ(finished.exit_code, 2) << verb;
    EXPECT_THAT(finished.err,
                HasSubstr("no best checkpoint in run: it was trained without eval.best; take the "
                          "newest, or one by its samples"))
        << verb;
  }
  // The run's data stand for what is not named, whatever is measured.
  codec::write_npy(at("fake.npy"), line_of(20, 0.1f));
  const auto other = numbers({"run", "--fake", "fake.npy", "--metrics", "energy", "-n", "20"});
  EXPECT_THAT(other.at("energy").at("protocol").get<std::string>(),
              testing::AllOf(HasSubstr("ring, test split"), HasSubstr("fake.npy")));
  EXPECT_FALSE(fs::exists(at("run/metrics.jsonl")));
}

TEST_F(EvalVerb, CopiesAreDrawnBesideTheirOriginals) {
  trained({"train", "digits", "--out", "run", "--set", "train.length=\"2 steps\"", "--set",
           "train.batch=16", "--set", "samples.every=0", "--set", "generator.width=4", "--set",
           "discriminator.width=4"});
  const auto found = numbers({"run", "--metrics", "memorisation", "-n", "40", "--extractor",
                              "pixels", "--nearest", "near.png"});
  EXPECT_EQ(found.at("memorisation").at("n_fake"), 40);
  const codec::Image8 sheet = codec::decode_png(test::file_text(at("near.png").string()), "near");
  // 24 pairs, six in a row, small ones enlarged.
  EXPECT_GT(sheet.width, 6 * 2 * 16);
  EXPECT_GT(sheet.height, 4 * 16);
}

}  // namespace
}  // namespace saddle
