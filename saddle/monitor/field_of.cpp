#include "saddle/monitor/field_of.h"

#include <string_view>

#include "saddle/base/error.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"

namespace saddle::monitor {
namespace {

constexpr std::string_view kStream = "scope";
constexpr std::uint32_t kSigns = 0;
constexpr std::uint32_t kDirections = 1;

}  // namespace

std::vector<double> random_signs(std::size_t n, std::uint64_t seed, std::uint64_t index) {
  auto numbers = PhiloxSequence::of(stream_key(seed, kStream), index, kSigns);
  std::vector<double> signs(n);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 32 == 0) bits = numbers.u32();
    signs[i] = (bits >> (i % 32) & 1) != 0 ? 1 : -1;
  }
  return signs;
}

std::vector<double> random_direction(std::size_t n, std::uint64_t seed, std::uint64_t index) {
  auto numbers = PhiloxSequence::of(stream_key(seed, kStream), index, kDirections);
  std::vector<double> direction(n);
  double squares = 0;
  for (double& x : direction) {
    x = numbers.normal();
    squares += x * x;
  }
  for (double& x : direction) x /= std::sqrt(squares);
  return direction;
}

void detail::require_finite(double value, const char* what) {
  if (std::isfinite(value)) return;
  throw Error(ErrorCode::kNumeric, "microscope",
              cat(what, " is not finite: got ", value,
                  "; look at a point before the blow-up, or at the first bad tensor of the run"));
}

void detail::require_at_least(double value, double least, const char* what) {
  if (value >= least) return;
  throw Error(ErrorCode::kUsage, "microscope",
              cat(what, ": got ", value, ", expected ", least, " or more"));
}

}  // namespace saddle::monitor
