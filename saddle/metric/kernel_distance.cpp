#include "saddle/metric/kernel_distance.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/batches.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kKernelBlock = 512;

at::Tensor cubic(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor base = x.mm(y.t()).mul_(1 / static_cast<double>(x.size(1))).add_(1);
  return base.square().mul_(base);
}

/// Unbiased MMD^2 from the three sums of kernels; those within a set without their diagonals.
double unbiased(double within_x, double within_y, double between, std::int64_t n, std::int64_t m) {
  const auto a = static_cast<double>(n), b = static_cast<double>(m);
  return within_x / (a * (a - 1)) + within_y / (b * (b - 1)) - 2 * between / (a * b);
}

double off_diagonal_sum(const at::Tensor& kernel) {
  return (kernel.sum() - kernel.trace()).item<double>();
}

void require_subsets(const FeatureRows& rows, const at::Tensor& index, std::string_view what) {
  const bool shape = index.defined() && index.dim() == 2 && index.scalar_type() == at::kLong &&
                     index.size(0) >= 1 && index.size(1) >= 2;
  if (!shape) {
    throw Error(ErrorCode::kInput, "kid",
                cat("subsets of the ", what, " rows: got ",
                    index.defined() ? shape_text(index.sizes()) : "nothing",
                    ", expected int64 [subsets,size] with size at least 2"));
  }
  const auto low = index.min().item<std::int64_t>(), high = index.max().item<std::int64_t>();
  if (low < 0 || high >= rows.size()) {
    throw Error(ErrorCode::kInput, "kid",
                cat("subsets of the ", what, " rows: got indices ", low, " to ", high,
                    ", expected 0 to ", rows.size() - 1));
  }
}

double cubic_sum(const FeatureRows& a, const FeatureRows& b, bool own) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.size(); i += kKernelBlock) {
    const at::Tensor x = a.doubles(i, std::min(kKernelBlock, a.size() - i));
    for (std::int64_t j = own ? i : 0; j < b.size(); j += kKernelBlock) {
      const at::Tensor kernel = cubic(x, b.doubles(j, std::min(kKernelBlock, b.size() - j)));
      const bool diagonal = own && i == j;
      sum += (own && !diagonal ? 2 : 1) *
             (diagonal ? off_diagonal_sum(kernel) : kernel.sum().item<double>());
    }
  }
  return sum;
}

}  // namespace

void require_two_rows(const FeatureRows& a, const FeatureRows& b, std::string_view component) {
  const std::int64_t n = std::min(a.size(), b.size());
  if (n >= 2) return;
  throw Error(ErrorCode::kInput, component,
              cat("rows: got ", n, ", expected at least 2 a set; try a larger n"));
}

SubsetScore kernel_distance(const FeatureRows& real, const FeatureRows& fake,
                            const at::Tensor& real_index, const at::Tensor& fake_index) {
  require_one_width(real, fake, "kid");
  require_subsets(real, real_index, "real");
  require_subsets(fake, fake_index, "fake");
  if (real_index.size(0) != fake_index.size(0)) {
    throw Error(ErrorCode::kInput, "kid",
                cat("subsets: got ", real_index.size(0), " of the real rows and ",
                    fake_index.size(0), " of the fake ones, expected as many"));
  }
  const std::int64_t subsets = real_index.size(0);
  std::vector<double> values;
  for (std::int64_t s = 0; s < subsets; ++s) {
    const at::Tensor x = real.rows().index_select(0, real_index[s]).to(at::kDouble);
    const at::Tensor y = fake.rows().index_select(0, fake_index[s]).to(at::kDouble);
    values.push_back(unbiased(off_diagonal_sum(cubic(x, x)), off_diagonal_sum(cubic(y, y)),
                              cubic(x, y).sum().item<double>(), x.size(0), y.size(0)));
  }
  SubsetScore score;
  for (const double value : values) score.mean += value / static_cast<double>(subsets);
  for (const double value : values) {
    score.sd += (value - score.mean) * (value - score.mean) / static_cast<double>(subsets);
  }
  score.sd = std::sqrt(score.sd);
  return score;
}

at::Tensor draw_subsets(const RandomKey& key, std::int64_t n, std::int64_t subsets,
                        std::int64_t size) {
  std::vector<at::Tensor> rows;
  for (std::int64_t s = 0; s < subsets; ++s) {
    // A copy, or the whole order would stay with its part.
    rows.push_back(
        random_order(key.fork(static_cast<std::uint64_t>(s)), n).narrow(0, 0, size).clone());
  }
  return at::stack(rows);
}

double polynomial_mmd(const FeatureRows& real, const FeatureRows& fake) {
  require_one_width(real, fake, "kid");
  require_two_rows(real, fake, "kid");
  return unbiased(cubic_sum(real, real, true), cubic_sum(fake, fake, true),
                  cubic_sum(real, fake, false), real.size(), fake.size());
}

namespace {

// Sign, exponent and eleven bits of the mantissa of a double that is not negative.
constexpr int kBinShift = 64 - 23;
constexpr std::size_t kBins = std::size_t{1} << 22;

std::size_t bin_of(double value) {
  return static_cast<std::size_t>(std::bit_cast<std::uint64_t>(value) >> kBinShift);
}

// 256 MB of distances.
constexpr std::int64_t kMostKept = std::int64_t{1} << 25;

// To nine digits, so that distances that differ by rounding alone are one.
double rounded(double value) {
  constexpr std::uint64_t kDropped = (std::uint64_t{1} << 21) - 1;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) & ~kDropped);
}

double ranked(const std::map<double, std::int64_t>& tally, std::int64_t rank) {
  double last = 0;
  for (const auto& [value, count] : tally) {
    last = value;
    rank -= count;
    if (rank < 0) break;
  }
  return last;
}

/// Each squared distance of two different rows of the pooled sets, once.
template <class Use>
void each_pooled_square(const FeatureRows& a, const FeatureRows& b, const Use& use) {
  const auto within = [&use](const SquareBlock& block) {
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const std::int64_t own = block.first_row + r - block.first_column;
      for (std::int64_t c = std::max<std::int64_t>(0, own + 1); c < block.columns; ++c) {
        use(block.squares[r * block.columns + c]);
      }
    }
  };
  each_square_block(a, a, /*own=*/true, within);
  each_square_block(b, b, /*own=*/true, within);
  each_square_block(a, b, /*own=*/false, [&use](const SquareBlock& block) {
    for (std::int64_t i = 0; i < block.rows * block.columns; ++i) use(block.squares[i]);
  });
}

/// Sums over a set against itself (each pair twice, the diagonal not at all) or over two sets of
/// what `add(square, sums)` adds to its N sums.
template <std::size_t N, class Add>
std::array<double, N> square_sums(const FeatureRows& a, const FeatureRows& b, bool own,
                                  const Add& add) {
  std::array<double, N> sums{};
  each_square_block(a, b, own, [&](const SquareBlock& block) {
    std::array<double, N> here{};
    const bool diagonal = own && block.first_row == block.first_column;
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const double* row = block.squares + r * block.columns;
      for (std::int64_t c = 0; c < block.columns; ++c) {
        if (!diagonal || c != r) add(row[c], here);
      }
    }
    for (std::size_t k = 0; k < N; ++k) sums[k] += own && !diagonal ? 2 * here[k] : here[k];
  });
  return sums;
}

constexpr std::size_t kScales = std::size(kMmdFactors);
using ScaleSums = std::array<double, kScales>;

/// Sums of exp(-|x-y|^2 / (2 (f s)^2)) for each factor f. Factors double, so that each kernel is
/// the fourth power of the next.
ScaleSums gaussian_sums(const FeatureRows& a, const FeatureRows& b, bool own, double sigma) {
  const double widest = sigma * kMmdFactors[kScales - 1];
  const double scale = -1 / (2 * widest * widest);
  return square_sums<kScales>(a, b, own, [scale](double square, ScaleSums& sums) {
    double kernel = std::exp(square * scale);
    for (std::size_t k = kScales; k-- > 0;) {
      sums[k] += kernel;
      kernel *= kernel;
      kernel *= kernel;
    }
  });
}

double distance_sum(const FeatureRows& a, const FeatureRows& b, bool own) {
  return square_sums<1>(
      a, b, own, [](double square, std::array<double, 1>& sum) { sum[0] += std::sqrt(square); })[0];
}

}  // namespace

double median_distance(const FeatureRows& a, const FeatureRows& b) {
  require_one_width(a, b, "mmd");
  const std::int64_t rows = a.size() + b.size();
  const std::int64_t pairs = rows * (rows - 1) / 2;
  if (pairs < 1) {
    throw Error(ErrorCode::kInput, "mmd", "rows: got fewer than 2, expected at least 2");
  }
  // The first pass counts, the second keeps what falls into the bins of the middle.
  std::vector<std::int64_t> counts(kBins, 0);
  each_pooled_square(a, b, [&](double square) { ++counts[bin_of(square)]; });
  const std::int64_t lower = (pairs - 1) / 2, upper = pairs / 2;
  std::int64_t before = 0;
  std::size_t first = 0;
  while (before + counts[first] <= lower) before += counts[first++];
  std::size_t last = first;
  for (std::int64_t seen = before + counts[first]; seen <= upper;) seen += counts[++last];
  const std::int64_t kept =
      std::accumulate(counts.begin() + static_cast<std::ptrdiff_t>(first),
                      counts.begin() + static_cast<std::ptrdiff_t>(last) + 1, std::int64_t{0});
  std::vector<double> middle;
  // Where most distances are equal, as of rows that hold few different numbers, the bin's own
  // values are counted instead of kept.
  std::map<double, std::int64_t> tally;
  each_pooled_square(a, b, [&](double square) {
    const std::size_t bin = bin_of(square);
    if (bin < first || bin > last) return;
    if (kept <= kMostKept) {
      middle.push_back(square);
    } else {
      ++tally[rounded(square)];
    }
  });
  const auto at = [&](std::int64_t rank) {
    if (kept > kMostKept) return std::sqrt(ranked(tally, rank - before));
    const auto place = middle.begin() + std::min(rank - before, std::ssize(middle) - 1);
    std::nth_element(middle.begin(), place, middle.end());
    return std::sqrt(*place);
  };
  const double low = at(lower);
  return upper == lower ? low : (low + at(upper)) / 2;
}

GaussianMmd gaussian_mmd(const FeatureRows& real, const FeatureRows& fake, double sigma) {
  require_one_width(real, fake, "mmd");
  require_two_rows(real, fake, "mmd");
  GaussianMmd out;
  out.sigma = sigma > 0 ? sigma : median_distance(real, fake);
  if (!(out.sigma > 0)) {
    throw Error(ErrorCode::kNumeric, "mmd",
                "the median distance of the pooled rows is 0: most rows are equal; give "
                "mmd.sigma");
  }
  const std::int64_t n = real.size(), m = fake.size();
  const ScaleSums within_real = gaussian_sums(real, real, true, out.sigma);
  const ScaleSums within_fake = gaussian_sums(fake, fake, true, out.sigma);
  const ScaleSums between = gaussian_sums(real, fake, false, out.sigma);
  for (std::size_t k = 0; k < kScales; ++k) {
    const double value = unbiased(within_real[k], within_fake[k], between[k], n, m);
    out.mixture += value;
    if (kMmdFactors[k] != 1) continue;
    const auto a = static_cast<double>(n), b = static_cast<double>(m);
    out.unbiased = value;
    out.biased =
        (within_real[k] + a) / (a * a) + (within_fake[k] + b) / (b * b) - 2 * between[k] / (a * b);
  }
  return out;
}

double energy_distance(const FeatureRows& real, const FeatureRows& fake) {
  require_one_width(real, fake, "energy");
  const auto a = static_cast<double>(real.size()), b = static_cast<double>(fake.size());
  return 2 * distance_sum(real, fake, false) / (a * b) - distance_sum(real, real, true) / (a * a) -
         distance_sum(fake, fake, true) / (b * b);
}

}  // namespace saddle::metric
