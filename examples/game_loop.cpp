// Opens a trained generator, without its data, and makes one frame after the other at a fixed rate:
// a latent that walks once around a great circle.
//
//   cmake -S examples -B build -DCMAKE_PREFIX_PATH=<where Saddle was installed>
//   cmake --build build
//   build/game_loop RUN                                  a run directory
//   build/game_loop config.toml generator.safetensors    what a program would bring along
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <numbers>
#include <thread>
#include <vector>

#include "saddle/task/open_run.h"
#include "saddle/tensor/device.h"
#include "saddle/tensor/random.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kFramesPerSecond = 60;
constexpr int kFrames = 120;

// Two directions at right angles and as long as normal latents are: sqrt(size).
struct Circle {
  at::Tensor a, b;  // [1, size]
  at::Tensor latent(double turn) const {
    const double angle = 2 * std::numbers::pi * turn;
    return a.mul(std::cos(angle)).add(b, std::sin(angle));
  }
};

Circle great_circle(std::int64_t size) {
  const auto options = at::TensorOptions().dtype(at::kFloat);
  const auto key = saddle::Streams(1).at("latent", 0);
  const double length = std::sqrt(static_cast<double>(size));
  at::Tensor a = saddle::random_normal(key.fork("a"), {1, size}, options);
  at::Tensor b = saddle::random_normal(key.fork("b"), {1, size}, options);
  a = a.div(a.norm());
  b = b.sub(a.mul(a.mul(b).sum()));
  return {a.mul(length), b.div(b.norm()).mul(length)};
}

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void walk(saddle::Sampler& sampler) {
  const Circle circle = great_circle(sampler.latent_size());
  const at::Tensor label =
      sampler.classes() > 0 ? at::Tensor(circle.a.new_zeros({1}, at::kLong)) : at::Tensor();
  const auto frame_at = [&](double turn) {
    return sampler.sample(circle.latent(turn), label).at("x");
  };
  const at::Tensor first = frame_at(0);  // also warms up
  at::Tensor before = first;
  std::vector<double> latencies;
  double largest_step = 0;

  constexpr auto kBudget = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(1.0 / kFramesPerSecond));
  const auto start = Clock::now();
  auto due = start;
  for (int frame = 1; frame <= kFrames; ++frame) {
    const auto begin = Clock::now();
    const at::Tensor image = frame_at(static_cast<double>(frame) / kFrames);
    latencies.push_back(milliseconds(Clock::now() - begin));
    // A game would draw the frame here.
    largest_step = std::max(largest_step, image.sub(before).abs().mean().item<double>());
    before = image;
    due += kBudget;
    std::this_thread::sleep_until(due);
  }
  const double seconds = milliseconds(Clock::now() - start) / 1000;

  std::sort(latencies.begin(), latencies.end());
  const auto late = std::count_if(latencies.begin(), latencies.end(),
                                  [&](double latency) { return latency > milliseconds(kBudget); });
  std::printf("frames of shape");
  for (const auto extent : first.sizes().slice(1))
    std::printf(" %lld", static_cast<long long>(extent));
  std::printf(", latent of %lld\n", static_cast<long long>(sampler.latent_size()));
  std::printf(
      "%d frames in %.2f s: %.1f a second, latency %.2f ms (median), %.2f ms (99 %%), "
      "%d over the budget of %.1f ms\n",
      kFrames, seconds, kFrames / seconds, latencies[latencies.size() / 2],
      latencies[latencies.size() * 99 / 100], static_cast<int>(late), milliseconds(kBudget));
  std::printf(
      "values change by at most %.4f a frame (mean of a frame, range 2), around the circle "
      "by %.4f\n",
      largest_step, before.sub(first).abs().mean().item<double>());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "game_loop RUN, or game_loop config.toml generator.safetensors\n");
    return 2;
  }
  saddle::configure_threads(1);
  saddle::flush_denormals(true);
  if (argc == 2) {
    const saddle::OpenRun run = saddle::open_run(argv[1]);
    std::printf("generator after %lld samples\n", static_cast<long long>(run.checkpoint.samples));
    walk(*run.sampler);
  } else {
    walk(*saddle::open_generator(argv[1], argv[2]).sampler);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
