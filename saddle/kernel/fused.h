#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace saddle::kernel {

// Updates of whole lists in place, one call a list, without a graph. `parameters` and `gradients`
// have the same length and shapes; a gradient in another memory layout or dtype is converted. `lr`
// is a 0-dim float64 or float32 tensor on the parameters' device; the CPU reads it as it is, CUDA
// rounds it to float32 without a sync. All throw Error(kInternal) when lists do not fit.

/// State and settings of Adam; the state is made on the first update.
struct AdamState {
  std::vector<at::Tensor> first, second;  ///< moments
  std::vector<at::Tensor> largest;        ///< largest second moment, only with amsgrad
  std::vector<at::Tensor> steps;          ///< 0-dim float32 each
};
struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled_decay = false;  ///< AdamW (Loshchilov, Hutter 2019, arXiv:1711.05101)
  bool amsgrad = false;          ///< Reddi et al. 2018, arXiv:1904.09237
};
/// Kingma, Ba 2015, arXiv:1412.6980; eps is added to the root of the corrected second moment.
void adam_update(const std::vector<at::Tensor>& parameters,
                 const std::vector<at::Tensor>& gradients, AdamState& state, const at::Tensor& lr,
                 const AdamOptions& options);

struct SgdState {
  std::vector<at::Tensor> momentum;  ///< buffers, only with momentum
};
struct SgdOptions {
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;
};
/// buffer = momentum buffer + g (the first buffer is g); p -= lr buffer.
void sgd_update(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                SgdState& state, const at::Tensor& lr, const SgdOptions& options);

struct RmspropState {
  std::vector<at::Tensor> square;    ///< running mean of g^2
  std::vector<at::Tensor> momentum;  ///< buffers, only with momentum
};
struct RmspropOptions {
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
};
/// square = alpha square + (1 - alpha) g^2; p -= lr g / (sqrt(square) + eps), through a momentum
/// buffer where asked for (Tieleman, Hinton 2012; PyTorch's form).
void rmsprop_update(const std::vector<at::Tensor>& parameters,
                    const std::vector<at::Tensor>& gradients, RmspropState& state,
                    const at::Tensor& lr, const RmspropOptions& options);

/// average += weight (value - average) for each pair; weight in [0, 1].
void lerp_update(const std::vector<at::Tensor>& averages, const std::vector<at::Tensor>& values,
                 double weight);

}  // namespace saddle::kernel
