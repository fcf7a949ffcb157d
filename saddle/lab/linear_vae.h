#pragma once

namespace saddle::lab {

/// One dimension of a linear VAE (Lucas et al. 2019, arXiv 1911.02469) along an eigenvector of the
/// data, trained: decoder x = w z + noise, encoder z = v x + s e.
struct VaeDimension {
  double decoder = 0;        ///< w
  double encoder = 0;        ///< v
  double spread = 1;         ///< s^2
  double divergence = 0;     ///< mean KL from the posterior to N(0,1), nats
  double mean_variance = 0;  ///< of the posterior mean over the data, v^2 * eigenvalue
  /// More than a thousandth of the latent follows the data.
  bool active() const { return mean_variance > 1e-3; }
};

/// Maximises the evidence bound for data of variance `eigenvalue` under decoder noise `noise` by
/// alternate exact updates of encoder and decoder from a small decoder; both above 0.
VaeDimension train_vae_dimension(double eigenvalue, double noise);

}  // namespace saddle::lab
