#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include "saddle/base/text.h"
#include "saddle/data/digits.h"
#include "saddle/data/worlds.h"
#include "saddle/loader/array_source.h"
#include "saddle/loader/loader.h"
#include "tests/data/errors.h"

namespace saddle::data {

namespace {

std::shared_ptr<Source> counting(std::int64_t n) {
  return array_source(at::arange(n, at::kFloat).view({n, 1}), at::arange(n, at::kLong));
}

std::vector<std::int64_t> labels(const Batch& batch) {
  const at::Tensor t = batch.at("label");
  return {t.const_data_ptr<std::int64_t>(), t.const_data_ptr<std::int64_t>() + t.numel()};
}

std::vector<std::int64_t> take(Loader& loader, int batches) {
  std::vector<std::int64_t> all;
  for (int i = 0; i < batches; ++i) {
    for (const std::int64_t label : labels(loader.next())) all.push_back(label);
  }
  return all;
}

bool same(const Batch& a, const Batch& b) {
  if (a.fields.size() != b.fields.size()) return false;
  for (std::size_t f = 0; f < a.fields.size(); ++f) {
    if (a.fields[f].name != b.fields[f].name) return false;
    if (!at::equal(a.fields[f].values, b.fields[f].values)) return false;
  }
  return true;
}

/// Reads slowly and counts how often.
class SlowSource final : public Source {
 public:
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return 8; }
  std::int64_t classes() const override { return 0; }
  void read(std::span<const std::int64_t>, std::span<const Buffer> out) const override {
    ++begun;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::memset(out[0].data(), 0, out[0].size());
    ++ended;
  }
  std::string fingerprint() const override { return "slow"; }

  mutable std::atomic<int> begun = 0, ended = 0;

 private:
  std::vector<FieldSpec> fields_{{"x", codec::ElementType::kF32, {1}}};
};

/// Reads one sample slowly, and fails at one index.
class FragileSource final : public Source {
 public:
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return 8; }
  std::int64_t classes() const override { return 0; }
  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (const std::int64_t index : indices) {
      if (index == 3) {
        throw Error(ErrorCode::kInput, "fragile",
                    "pictures/3.png: got 2 bytes, expected a picture");
      }
    }
    std::memset(out[0].data(), 0, out[0].size());
  }
  std::string fingerprint() const override { return "fragile"; }

 private:
  std::vector<FieldSpec> fields_ = {{"x", codec::ElementType::kF32, {1}}};
};

}  // namespace

TEST(Loader, EveryEpochIsACompletePermutationOfItsOwn) {
  // 10 samples in batches of 4: batches run across the ends of epochs, none is short.
  Loader loader(counting(10), {.batch_size = 4, .seed = 5, .workers = 0});
  const auto all = take(loader, 25);
  std::set<std::vector<std::int64_t>> orders;
  for (int epoch = 0; epoch < 10; ++epoch) {
    std::vector<std::int64_t> order(all.begin() + 10 * epoch, all.begin() + 10 * epoch + 10);
    orders.insert(order);
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  }
  EXPECT_EQ(orders.size(), 10u);
}

TEST(Loader, SeedChangesTheOrder) {
  Loader a(counting(100), {.batch_size = 100, .seed = 1, .workers = 0});
  Loader b(counting(100), {.batch_size = 100, .seed = 2, .workers = 0});
  EXPECT_NE(take(a, 1), take(b, 1));
  Loader c(make_source(RingWorld{}, Split::kTrain, ""), {.seed = 1, .workers = 0});
  Loader d(make_source(RingWorld{}, Split::kTrain, ""), {.seed = 2, .workers = 0});
  EXPECT_FALSE(same(c.next(), d.next()));
}

TEST(Loader, AnyNumberOfWorkersGivesTheSameBytes) {
  const auto source = make_source(DigitsWorld{}, Split::kTrain, "");
  LoaderOptions options{.batch_size = 16, .seed = 3, .workers = 0, .prefetch = 4};
  options.transform.flip = true;
  options.transform.pad = 2;
  Loader none(source, options);
  options.workers = 1;
  Loader one(source, options);
  options.workers = 3;
  Loader three(source, options);
  for (int k = 0; k < 12; ++k) {
    const Batch expected = none.next();
    EXPECT_EQ(expected.at("x").sizes(), (std::vector<std::int64_t>{16, 1, 32, 32}));
    EXPECT_TRUE(same(expected, one.next())) << k;
    EXPECT_TRUE(same(expected, three.next())) << k;
    EXPECT_TRUE(same(expected, none.at(k))) << k;
  }
  EXPECT_EQ(three.cursor(), 12);
}

TEST(Loader, SeekEqualsReadingOn) {
  for (const std::int64_t workers : {0, 2}) {
    const LoaderOptions options{.batch_size = 7, .seed = 9, .workers = workers};
    Loader straight(counting(50), options);
    std::vector<Batch> batches;
    for (int k = 0; k < 20; ++k) batches.push_back(straight.next());
    Loader jumping(counting(50), options);
    for (const std::int64_t k : {13, 2, 2, 19, 0}) {
      jumping.seek(k);
      EXPECT_EQ(jumping.cursor(), k);
      EXPECT_TRUE(same(jumping.next(), batches[static_cast<std::size_t>(k)])) << k;
      if (k < 19) {
        EXPECT_TRUE(same(jumping.next(), batches[static_cast<std::size_t>(k + 1)])) << k;
      }
    }
  }
}

TEST(Loader, ShardsAreDisjointAndMakeTheWholeEpoch) {
  std::vector<std::int64_t> all;
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    Loader shard(counting(60),
                 {.batch_size = 5, .seed = 4, .workers = 1, .rank = rank, .world = 3});
    for (const std::int64_t label : take(shard, 4)) all.push_back(label);
  }
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), 60u);
}

TEST(Loader, ShardsTogetherAreTheBatchesOfOneProcess) {
  Loader whole(counting(60), {.batch_size = 10, .seed = 4, .workers = 0});
  Loader left(counting(60), {.batch_size = 5, .seed = 4, .workers = 0, .rank = 0, .world = 2});
  Loader right(counting(60), {.batch_size = 5, .seed = 4, .workers = 0, .rank = 1, .world = 2});
  for (int k = 0; k < 8; ++k) {
    auto parts = labels(left.next());
    for (const std::int64_t label : labels(right.next())) parts.push_back(label);
    EXPECT_EQ(parts, labels(whole.next()));
  }
}

TEST(Loader, FloatFieldsPassUnchanged) {
  LoaderOptions options{.batch_size = 10, .workers = 0};
  options.transform.flip = true;
  options.transform.pad = 3;
  Loader loader(counting(10), options);
  const Batch batch = loader.next();
  EXPECT_TRUE(at::equal(batch.at("x").view({10}), batch.at("label").to(at::kFloat)));
}

TEST(Loader, ErrorsOfReadersArriveAndStayUntilASeek) {
  const std::string expected = "[fragile] pictures/3.png: got 2 bytes, expected a picture";
  for (const std::int64_t workers : {0, 2}) {
    Loader loader(std::make_shared<FragileSource>(), {.batch_size = 1, .workers = workers});
    std::int64_t good = 0;
    std::string text;
    for (int i = 0; i < 8 && text.empty(); ++i) {
      try {
        loader.next();
        ++good;
      } catch (const Error& error) {
        text = error.what();
      }
    }
    EXPECT_EQ(text, expected);
    EXPECT_EQ(loader.cursor(), good);
    EXPECT_EQ(data_error_text([&] { loader.next(); }), expected);
    loader.seek(good + 1);
    EXPECT_EQ(loader.next().size(), 1);
  }
}

TEST(Loader, EndsWhileReadersAreBusy) {
  bool was_busy = false;
  for (int i = 0; i < 20; ++i) {
    const auto source = std::make_shared<SlowSource>();
    {
      Loader loader(source, {.batch_size = 2, .workers = 3, .prefetch = 5});
      loader.next();
      was_busy = was_busy || source->begun > source->ended;
    }
    // What was under way is done, and nothing new begins: 1 batch taken and 5 ready at most.
    const int begun = source->begun;
    EXPECT_EQ(source->ended, begun);
    EXPECT_LE(begun, 6);
    EXPECT_EQ(source.use_count(), 1);
  }
  EXPECT_TRUE(was_busy);
}

TEST(Loader, CountsItsCpuTime) {
  Loader loader(make_source(DigitsWorld{}, Split::kTrain, ""), {.batch_size = 64, .workers = 1});
  EXPECT_EQ(loader.cpu_seconds(), 0);
  for (int i = 0; i < 10; ++i) loader.next();
  EXPECT_GT(loader.cpu_seconds(), 0);
  EXPECT_LT(loader.cpu_seconds(), 5);
}

TEST(Loader, RefusesImpossibleOptions) {
  const auto make = [](LoaderOptions options) {
    return data_error_text([&] { Loader(counting(4), options); });
  };
  EXPECT_EQ(make({.batch_size = 0}), "[loader] batch size: got 0, expected 1 or more");
  EXPECT_EQ(make({.workers = -1}), "[loader] workers: got -1, expected 0 or more");
  EXPECT_EQ(make({.prefetch = 0}), "[loader] prefetch: got 0, expected 1 or more");
  EXPECT_EQ(make({.rank = 2, .world = 2}), "[loader] rank: got 2, expected less than world = 2");
  EXPECT_EQ(data_error_text([] { Loader(nullptr, {}); }), "[loader] no source given");
  Loader loader(counting(4), {});
  EXPECT_EQ(data_error_text([&] { loader.seek(-1); }),
            "[loader] cursor: got -1, expected 0 or more");
}

}  // namespace saddle::data
