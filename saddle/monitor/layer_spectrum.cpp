#include "saddle/monitor/layer_spectrum.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/monitor/field_of.h"
#include "saddle/tensor/precision.h"
#include "saddle/tensor/random.h"

namespace saddle::monitor {
namespace {

// More directions than asked for: the last of them converge slowly.
constexpr std::int64_t kSpareDirections = 8;

// Block power iteration: the leading values of w from a subspace that W W^T has turned to them.
at::Tensor leading_values(const at::Tensor& w, const LayerOptions& options) {
  const std::int64_t width = options.leading + kSpareDirections;
  const RandomKey key = Streams(options.seed).at("scope", 0).fork("layer");
  at::Tensor q =
      std::get<0>(at::linalg_qr(w.mm(random_normal(key, {w.size(1), width}, w.options()))));
  for (std::int64_t i = 0; i < options.rounds; ++i) {
    q = std::get<0>(at::linalg_qr(w.mm(w.t().mm(q))));
  }
  return at::linalg_svdvals(q.t().mm(w));
}

double effective_rank_of(const at::Tensor& values) {
  const at::Tensor shares = values.div(values.sum());
  return at::exp(at::special_entr(shares).sum()).item().toDouble();
}

}  // namespace

std::vector<LayerSpectrum> layer_spectra(Game& game, const LayerOptions& options) {
  detail::require_at_least(static_cast<double>(options.leading), 1, "leading singular values");
  detail::require_at_least(static_cast<double>(options.rounds), 1, "rounds of power iteration");
  const NoGrad no_grad;
  std::vector<LayerSpectrum> list;
  for (const Player& player : game.players()) {
    for (const auto& parameter : player.parameters) {
      if (parameter.tensor.dim() < 2) continue;
      const at::Tensor w = parameter.tensor.detach().flatten(1).to(at::kCPU, at::kDouble);
      if (!at::isfinite(w).all().item().toBool()) {
        throw Error(ErrorCode::kNumeric, "microscope",
                    cat(player.name, ".", parameter.name, " is not finite"));
      }
      LayerSpectrum layer{player.name, parameter.name, w.size(0), w.size(1)};
      const std::int64_t side = std::min(layer.rows, layer.columns);
      layer.whole = side <= std::max(options.full_up_to, options.leading + kSpareDirections);
      const at::Tensor values = layer.whole ? at::linalg_svdvals(w) : leading_values(w, options);
      if (layer.whole && values[0].item().toDouble() > 0) {
        layer.effective_rank = effective_rank_of(values);
      }
      for (std::int64_t i = 0; i < std::min(options.leading, side); ++i) {
        layer.values.push_back(values[i].item().toDouble());
      }
      list.push_back(std::move(layer));
    }
  }
  return list;
}

}  // namespace saddle::monitor
