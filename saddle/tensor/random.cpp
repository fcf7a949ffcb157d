#include "saddle/tensor/random.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <array>
#include <bit>
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/tensor/random_fill.h"

namespace saddle {
namespace {

/// Fills of different kinds never share words, nor with sequences drawn from the same stream.
enum class FillKind : std::uint64_t { kNormal = 1, kUniform = 2, kIntegers = 3 };

constexpr std::int64_t kParallelGroups = 512;

detail::RandomFill fill_of(const RandomKey& key, FillKind kind) {
  const std::uint64_t word =
      mix64(key.stream + 0xd1b54a32d192ed03ULL * static_cast<std::uint64_t>(kind));
  const PhiloxKey words = philox_key(word);
  const PhiloxKey move = philox_key(key.move);
  return {.key = {words[0], words[1]}, .rank = key.rank, .move = {move[0], move[1]}};
}

/// `per_block`: how many numbers one Philox block gives; the block number is 32 bits wide.
std::int64_t count_of(at::IntArrayRef shape, std::int64_t per_block) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) {
      throw Error(ErrorCode::kInternal, "random",
                  cat("shape ", shape_text(shape), " has a negative size"));
    }
    count *= size;
  }
  if (count > (per_block << 32)) {
    throw Error(ErrorCode::kInput, "random",
                cat("shape ", shape_text(shape), " asks for ", count,
                    " numbers of one key, expected at most ", per_block << 32,
                    "; fork a key for each part"));
  }
  return count;
}

using FillFunction = void (*)(const detail::RandomFill&, std::int64_t, std::int64_t, float*);

at::Tensor fill_floats(const RandomKey& key, FillKind kind, FillFunction fill_groups,
                       at::IntArrayRef shape) {
  const std::int64_t count = count_of(shape, 4);
  at::Tensor out = at::empty(shape, at::kFloat);
  float* const data = out.mutable_data_ptr<float>();
  const detail::RandomFill fill = fill_of(key, kind);
  const std::int64_t whole = count / detail::kRandomGroup;
  at::parallel_for(0, whole, kParallelGroups, [&](std::int64_t begin, std::int64_t end) {
    fill_groups(fill, begin, end, data + begin * detail::kRandomGroup);
  });
  const std::int64_t done = whole * detail::kRandomGroup;
  if (done < count) {
    std::array<float, detail::kRandomGroup> last;
    fill_groups(fill, whole, whole + 1, last.data());
    std::memcpy(data + done, last.data(), static_cast<std::size_t>(count - done) * sizeof(float));
  }
  return out;
}

at::ScalarType float_type(const at::TensorOptions& options, std::string_view what) {
  const at::ScalarType type = c10::typeMetaToScalarType(options.dtype());
  if (!at::isFloatingType(type)) {
    throw Error(
        ErrorCode::kInternal, "random",
        cat(what, " numbers as ", c10::toString(type), ": expected a floating-point dtype"));
  }
  return type;
}

/// Clears the bits that `type` cannot hold, so that rounding never turns 0.999 into 1.
void truncate_mantissa(at::Tensor& floats, at::ScalarType type) {
  const int kept = type == at::kBFloat16 ? 8 : type == at::kHalf ? 11 : 24;
  if (kept == 24) return;
  const std::uint32_t mask = ~((std::uint32_t{1} << (24 - kept)) - 1);
  float* const data = floats.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < floats.numel(); ++i) {
    data[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(data[i]) & mask);
  }
}

}  // namespace

RandomKey RandomKey::fork(std::string_view use) const {
  RandomKey key = *this;
  key.stream = mix64(stream ^ mix64(hash64(use)));
  return key;
}

RandomKey RandomKey::fork(std::uint64_t index) const {
  RandomKey key = *this;
  key.stream = mix64(mix64(index + 0x9e3779b97f4a7c15ULL) + stream);
  return key;
}

RandomKey Streams::at(std::string_view stream, std::uint64_t move) const {
  return {.stream = stream_key(seed_, stream), .rank = rank_, .move = move};
}

at::Tensor random_normal(const RandomKey& key, at::IntArrayRef shape,
                         const at::TensorOptions& options) {
  const at::ScalarType type = float_type(options, "normal");
  at::Tensor floats = fill_floats(key, FillKind::kNormal, detail::fill_normal, shape);
  return floats.to(options.device(), type);
}

at::Tensor random_uniform(const RandomKey& key, at::IntArrayRef shape,
                          const at::TensorOptions& options) {
  const at::ScalarType type = float_type(options, "uniform");
  at::Tensor floats = fill_floats(key, FillKind::kUniform, detail::fill_uniform, shape);
  truncate_mantissa(floats, type);
  return floats.to(options.device(), type);
}

at::Tensor random_integers(const RandomKey& key, std::int64_t n, at::IntArrayRef shape,
                           const at::TensorOptions& options) {
  if (n < 1) {
    throw Error(ErrorCode::kInternal, "random", cat("integers below ", n, ": expected n >= 1"));
  }
  const std::int64_t count = count_of(shape, 2);
  at::Tensor out = at::empty(shape, at::kLong);
  std::int64_t* const data = out.mutable_data_ptr<std::int64_t>();
  const detail::RandomFill fill = fill_of(key, FillKind::kIntegers);
  // Two elements a block; the product of a 64-bit word with n has a bias below n / 2^64.
  at::parallel_for(0, (count + 1) / 2, 4096, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const PhiloxCounter words =
          philox({static_cast<std::uint32_t>(block), fill.rank, fill.move[0], fill.move[1]},
                 {fill.key[0], fill.key[1]});
      for (std::int64_t k = 0; k < 2 && 2 * block + k < count; ++k) {
        const std::uint64_t word = std::uint64_t{words[2 * k]} << 32 | words[2 * k + 1];
        const auto product = static_cast<unsigned __int128>(word) * static_cast<std::uint64_t>(n);
        data[2 * block + k] = static_cast<std::int64_t>(product >> 64);
      }
    }
  });
  return out.to(options.device());
}

}  // namespace saddle
