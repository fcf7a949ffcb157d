#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace saddle {

/// One position of a counter-based random stream (Philox 4x32-10): the same key gives the same
/// numbers on every device, thread count and call order.
struct RandomKey {
  std::uint64_t stream = 0;  ///< hash of (seed, stream name)
  std::uint32_t rank = 0;
  std::uint64_t move = 0;  ///< which draw of the stream: a move, a batch, an index

  /// Another key for a use of its own within the same move: fork("dropout").
  RandomKey fork(std::string_view use) const;
  RandomKey fork(std::uint64_t index) const;
  bool operator==(const RandomKey&) const = default;
};

/// The named streams of one run. Names in use: data, shuffle, transform, latent, label, augment,
/// noise, penalty, init, eval, probe, doctor.
class Streams {
 public:
  explicit Streams(std::uint64_t seed, std::uint32_t rank = 0) : seed_(seed), rank_(rank) {}
  RandomKey at(std::string_view stream, std::uint64_t move) const;
  std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::uint32_t rank_;
};

/// Standard normal numbers, contiguous. `options` gives dtype (a floating-point one) and device;
/// numbers are made as float32 and then converted, so every dtype and device sees the same ones.
/// A shape gets the leading numbers of any longer one. At most 2^34 numbers a key.
at::Tensor random_normal(const RandomKey& key, at::IntArrayRef shape,
                         const at::TensorOptions& options);
/// Uniform numbers in [0, 1), multiples of 2^-24; narrower dtypes round towards 0. Otherwise as
/// random_normal; the two share no words.
at::Tensor random_uniform(const RandomKey& key, at::IntArrayRef shape,
                          const at::TensorOptions& options);
/// Integers in [0, n), int64, for n >= 1. At most 2^33 numbers a key.
at::Tensor random_integers(const RandomKey& key, std::int64_t n, at::IntArrayRef shape,
                           const at::TensorOptions& options);

}  // namespace saddle
