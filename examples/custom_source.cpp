// Trains a small image GAN on a data source of one's own: images that are computed when they are
// read, here gradients between two colours. An observer of one's own prints what it sees.
//
//   cmake -S examples -B build -DCMAKE_PREFIX_PATH=<where Saddle was installed>
//   cmake --build build
//   build/custom_source runs/gradients
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "saddle/base/philox.h"
#include "saddle/base/schedule.h"
#include "saddle/data/source.h"
#include "saddle/loader/batch.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/transport.h"
#include "saddle/task/training.h"
#include "saddle/tensor/device.h"

namespace {

constexpr std::int64_t kSize = 16;

// Image number i is a function of i alone, so that any thread may read any image at any time.
class Gradients final : public saddle::data::Source {
 public:
  const std::vector<saddle::data::FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return kEndless; }
  std::int64_t classes() const override { return 0; }
  std::string fingerprint() const override { return "colour gradients v1"; }

  void read(std::span<const std::int64_t> indices,
            std::span<const saddle::data::Buffer> out) const override {
    auto* pixel = saddle::data::numbers<std::uint8_t>(out[0]);
    for (const std::int64_t index : indices) {
      draw(static_cast<std::uint64_t>(index), pixel);
      pixel += 3 * kSize * kSize;
    }
  }

 private:
  static void draw(std::uint64_t index, std::uint8_t* pixel) {
    auto random = saddle::PhiloxSequence::of(/*key=*/5, index);
    const double angle = random.uniform(0, 2 * std::numbers::pi);
    for (int channel = 0; channel < 3; ++channel) {
      const double from = random.uniform(120, 250), to = random.uniform(0, 110);
      for (std::int64_t y = 0; y < kSize; ++y) {
        for (std::int64_t x = 0; x < kSize; ++x) {
          const double along = (std::cos(angle) * static_cast<double>(2 * x - kSize) +
                                std::sin(angle) * static_cast<double>(2 * y - kSize)) /
                               (3.0 * kSize);
          *pixel++ = static_cast<std::uint8_t>(from + (to - from) * (0.5 + along));
        }
      }
    }
  }

  std::vector<saddle::data::FieldSpec> fields_{
      {"x", saddle::codec::ElementType::kU8, {3, kSize, kSize}}};
};

class Printer final : public saddle::Observer {
 public:
  void on_tick(const saddle::Tick& tick) override {
    std::printf("%6lld samples: discriminator's loss %.3f, %s\n",
                static_cast<long long>(tick.samples),
                tick.reading.value("loss.discriminator.total"), tick.words.c_str());
  }
};

// How far two sets of images are from each other: sliced 2-Wasserstein, pixels in [-1,1].
double distance(const at::Tensor& a, const at::Tensor& b) {
  const auto directions = saddle::metric::unit_projections(saddle::Streams(3).at("eval", 0),
                                                           a.numel() / a.size(0), 128);
  return saddle::metric::sliced_wasserstein(a.flatten(1), b.flatten(1), directions);
}

at::Tensor real_images(const Gradients& source, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return saddle::metric::evaluation_images(saddle::data::read_batch(source, indices).at("x"), {});
}

at::Tensor fake_images(saddle::Stage& stage, std::int64_t count) {
  const auto sampler = stage.sampler();
  const at::Tensor latents =
      saddle::random_normal(saddle::Streams(7).at("latent", 0), {count, sampler->latent_size()},
                            at::TensorOptions().dtype(at::kFloat));
  return sampler->sample(latents, /*labels=*/{}).at("x");
}

saddle::Experiment experiment() {
  saddle::Experiment e;
  e.task = saddle::ImageTask{};
  e.data = saddle::data::OwnSamples{};
  e.generator = saddle::nn::DcganGenerator{.latent = 16, .width = 8};
  e.discriminator = saddle::nn::DcganDiscriminator{.width = 8, .norm = saddle::nn::Norm::kNone};
  std::get<std::optional<saddle::objective::R1>>(e.penalty).emplace().gamma = 0.3;
  e.optimizer.generator = saddle::Adam{.lr = 2e-3};
  e.optimizer.discriminator = saddle::Adam{.lr = 2e-3};
  e.train.batch = 32;
  e.train.length = saddle::parse_length("400 steps");
  e.train.tick = saddle::parse_length("100 steps");
  e.samples.count = 64;
  return e;
}

void train(const std::string& run) {
  const auto source = std::make_shared<Gradients>();
  saddle::TaskContext context;
  context.train_source = source;
  const saddle::Training training = saddle::begin_training(run, experiment(), context);
  training.trainer->add(std::make_unique<Printer>());
  saddle::Stage& stage = training.trainer->stage();

  const at::Tensor real = real_images(*source, 0, 512);
  const double before = distance(fake_images(stage, 512), real);
  training.trainer->run();
  const at::Tensor fake = fake_images(stage, 512);
  std::printf("%lld images of %lld x %lld x %lld\n", static_cast<long long>(fake.size(0)),
              static_cast<long long>(fake.size(1)), static_cast<long long>(fake.size(2)),
              static_cast<long long>(fake.size(3)));
  std::printf("distance to the real images: untrained %.3f, trained %.3f, more real images %.3f\n",
              before, distance(fake, real), distance(real_images(*source, 512, 512), real));
}

}  // namespace

int main(int argc, char** argv) try {
  saddle::configure_threads(1);
  train(argc > 1 ? argv[1] : "runs/gradients");
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
