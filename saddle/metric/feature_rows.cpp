#include "saddle/metric/feature_rows.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kFloatBlock = 1024;  // 4 MB of products
constexpr std::int64_t kDoubleBlock = 512;  // 2 MB of squares
constexpr std::int64_t kConvertRows = 1024;
constexpr double kFloatRounding = 0x1p-24;

// Beyond them, squares leave the range of doubles.
constexpr double kLargest = 1e150, kSmallest = 1e-150;

// Below this share of the norms, cancellation leaves fewer than nine digits: norms and products of
// d terms are off by at most d roundings.
double cancelled_share(std::int64_t d) {
  return std::max(1e-3, static_cast<double>(d) * 2.3e-7);
}

template <class Number>
double square_of_difference(const Number* a, const Number* b, std::int64_t d) {
  // Four sums, so that the processor need not wait for one; the order is the same for (a, b) and
  // (b, a).
  double sum[4] = {0, 0, 0, 0};
  std::int64_t i = 0;
  for (; i + 4 <= d; i += 4) {
    for (int k = 0; k < 4; ++k) {
      const double gap = static_cast<double>(a[i + k]) - static_cast<double>(b[i + k]);
      sum[k] += gap * gap;
    }
  }
  for (; i < d; ++i) {
    const double gap = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum[0] += gap * gap;
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// Rows of two element types are rare, and need not be fast.
double mixed_square(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(at::kDouble), y = b.to(at::kDouble);
  return square_of_difference(x.const_data_ptr<double>(), y.const_data_ptr<double>(), x.size(0));
}

float below(double value) {
  const auto nearest = static_cast<float>(value);
  return static_cast<double>(nearest) <= value
             ? nearest
             : std::nextafter(nearest, -std::numeric_limits<float>::infinity());
}

float above(double value) {
  return -below(-value);
}

}  // namespace

FeatureRows::FeatureRows(const at::Tensor& rows, std::string_view component,
                         std::string_view what) {
  if (!rows.defined() || rows.dim() != 2 || rows.numel() == 0) {
    throw Error(ErrorCode::kInput, component,
                cat(what, ": got ", rows.defined() ? shape_text(rows.sizes()) : "nothing",
                    ", expected [n,d] with at least one row and one column"));
  }
  const at::Tensor cpu = rows.detach().to(at::kCPU);
  rows_ = (cpu.scalar_type() == at::kFloat ? cpu : cpu.to(at::kDouble)).contiguous();
  std::int64_t bad = 0;
  for (std::int64_t first = 0; first < size(); first += kConvertRows) {
    const at::Tensor some = rows_.narrow(0, first, std::min(kConvertRows, size() - first));
    bad += some.size(0) - at::isfinite(some).all(1).sum().item<std::int64_t>();
  }
  if (bad == 0 && rows_.scalar_type() == at::kDouble) {
    const double largest = std::max(rows_.max().item<double>(), -rows_.min().item<double>());
    if (largest > kLargest || (largest > 0 && largest < kSmallest)) {
      throw Error(ErrorCode::kNumeric, component,
                  cat(what, ": got numbers up to ", largest, ", expected a size between ",
                      kSmallest, " and ", kLargest, "; scale the features"));
    }
  }
  if (bad > 0) {
    throw Error(
        ErrorCode::kNumeric, component,
        cat(what, ": got ", bad, " of ", size(), " rows with NaN or Inf, expected finite numbers"));
  }
}

at::Tensor FeatureRows::doubles(std::int64_t first, std::int64_t count) const {
  return rows_.narrow(0, first, count).to(at::kDouble);
}

at::Tensor FeatureRows::mean() const {
  at::Tensor sum = at::zeros({dimension()}, at::kDouble);
  for (std::int64_t first = 0; first < size(); first += kConvertRows) {
    sum += doubles(first, std::min(kConvertRows, size() - first)).sum(0);
  }
  return sum / static_cast<double>(size());
}

double exact_square(const FeatureRows& a, std::int64_t i, const FeatureRows& b, std::int64_t j) {
  const std::int64_t d = a.dimension();
  const at::Tensor &x = a.rows(), &y = b.rows();
  if (x.scalar_type() != y.scalar_type()) return mixed_square(x[i], y[j]);
  if (x.scalar_type() == at::kFloat) {
    return square_of_difference(x.const_data_ptr<float>() + i * d,
                                y.const_data_ptr<float>() + j * d, d);
  }
  return square_of_difference(x.const_data_ptr<double>() + i * d,
                              y.const_data_ptr<double>() + j * d, d);
}

void require_one_width(const FeatureRows& a, const FeatureRows& b, std::string_view component) {
  if (a.dimension() == b.dimension()) return;
  throw Error(ErrorCode::kInput, component,
              cat("features: got ", a.dimension(), " numbers a row for one set and ", b.dimension(),
                  " for the other, expected the same"));
}

namespace {

double largest_deviation(const FeatureRows& rows, const at::Tensor& centre) {
  double largest = 0;
  for (std::int64_t first = 0; first < rows.size(); first += kConvertRows) {
    const std::int64_t count = std::min(kConvertRows, rows.size() - first);
    largest = std::max(largest, (rows.doubles(first, count) - centre).abs_().max().item<double>());
  }
  return largest;
}

}  // namespace

BoundedPair::Side BoundedPair::prepare(const FeatureRows& rows, const at::Tensor& centre,
                                       double scale) {
  const std::int64_t n = rows.size(), d = rows.dimension();
  Side side{at::empty({n, d}, at::kFloat), at::empty({n}, at::kFloat), at::empty({n}, at::kFloat)};
  // A product of d terms, in whatever order they are added, is off by at most d roundings of the
  // norms' product (Higham 2002, section 3.1), which is at most half the sum of their squares; two
  // more each for the rows' own rounding, the rest for norms and sums. The last term is for
  // products that vanish as denormal numbers.
  const double roundings = (static_cast<double>(d) + 16) * kFloatRounding;
  const double share = roundings < 0.5 ? 1.02 * roundings / (1 - roundings) : 1;
  const double vanished = static_cast<double>(d + 16) * 0x1p-120;
  for (std::int64_t first = 0; first < n; first += kConvertRows) {
    const std::int64_t count = std::min(kConvertRows, n - first);
    const at::Tensor x = (rows.doubles(first, count) - centre).div_(scale);
    side.rows.narrow(0, first, count).copy_(x);
    const at::Tensor norms = x.square_().sum(1).contiguous();
    for (std::int64_t i = 0; i < count; ++i) {
      const double norm = norms.const_data_ptr<double>()[i];
      side.low.data_ptr<float>()[first + i] = below(norm * (1 - share) - vanished);
      side.high.data_ptr<float>()[first + i] = above(norm * (1 + share) + vanished);
    }
  }
  return side;
}

BoundedPair::BoundedPair(const FeatureRows& a, const FeatureRows& b, std::string_view component) {
  require_one_width(a, b, component);
  const at::Tensor centre = a.mean();
  scale_ = std::max(largest_deviation(a, centre), largest_deviation(b, centre));
  if (scale_ == 0) scale_ = 1;
  a_ = prepare(a, centre, scale_);
  b_ = prepare(b, centre, scale_);
}

BoundedPair::BoundedPair(const FeatureRows& own) : own_(true) {
  const at::Tensor centre = own.mean();
  scale_ = largest_deviation(own, centre);
  if (scale_ == 0) scale_ = 1;
  a_ = prepare(own, centre, scale_);
  b_ = a_;
}

float BoundedPair::scaled(double square, bool upwards) const {
  const double value = square / scale_ / scale_;
  return upwards ? above(value * (1 + 1e-12)) : below(value * (1 - 1e-12));
}

void BoundedPair::each_block(const std::function<void(const BoundBlock&)>& use) const {
  const std::int64_t n = a_.rows.size(0), m = b_.rows.size(0);
  const auto block_of = [&](std::int64_t i, std::int64_t ni, std::int64_t j, std::int64_t nj,
                            const at::Tensor& products) {
    return BoundBlock{i,
                      ni,
                      j,
                      nj,
                      products.const_data_ptr<float>(),
                      a_.low.const_data_ptr<float>() + i,
                      a_.high.const_data_ptr<float>() + i,
                      b_.low.const_data_ptr<float>() + j,
                      b_.high.const_data_ptr<float>() + j};
  };
  const at::Tensor store = at::empty({kFloatBlock * kFloatBlock}, at::kFloat);
  for (std::int64_t i = 0; i < n; i += kFloatBlock) {
    const std::int64_t ni = std::min(kFloatBlock, n - i);
    const at::Tensor rows = a_.rows.narrow(0, i, ni);
    for (std::int64_t j = own_ ? i : 0; j < m; j += kFloatBlock) {
      const std::int64_t nj = std::min(kFloatBlock, m - j);
      at::Tensor products = store.narrow(0, 0, ni * nj).view({ni, nj});
      at::mm_out(products, rows, b_.rows.narrow(0, j, nj).t());
      use(block_of(i, ni, j, nj, products));
      if (own_ && j > i) use(block_of(j, nj, i, ni, products.t().contiguous()));
    }
  }
}

void each_square_block(const FeatureRows& a, const FeatureRows& b, bool own,
                       const std::function<void(const SquareBlock&)>& use) {
  const at::Tensor centre = a.mean();
  const double cancelled = cancelled_share(a.dimension());
  const auto rows_of = [&centre](const FeatureRows& set, std::int64_t first, std::int64_t count) {
    return set.doubles(first, count) - centre;
  };
  for (std::int64_t i = 0; i < a.size(); i += kDoubleBlock) {
    const std::int64_t ni = std::min(kDoubleBlock, a.size() - i);
    const at::Tensor x = rows_of(a, i, ni);
    const at::Tensor x_norms = x.square().sum(1);
    for (std::int64_t j = own ? i : 0; j < b.size(); j += kDoubleBlock) {
      const std::int64_t nj = std::min(kDoubleBlock, b.size() - j);
      const at::Tensor y = rows_of(b, j, nj);
      const at::Tensor y_norms = y.square().sum(1);
      at::Tensor squares = at::mm(x, y.t()).mul_(-2);
      double* out = squares.data_ptr<double>();
      const double* nx = x_norms.const_data_ptr<double>();
      const double* ny = y_norms.const_data_ptr<double>();
      at::parallel_for(0, ni, 8, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          double* row = out + r * nj;
          for (std::int64_t c = 0; c < nj; ++c) row[c] += nx[r] + ny[c];
          for (std::int64_t c = 0; c < nj; ++c) {
            if (row[c] < cancelled * (nx[r] + ny[c])) row[c] = exact_square(a, i + r, b, j + c);
          }
        }
      });
      use({i, ni, j, nj, out});
    }
  }
}

}  // namespace saddle::metric
