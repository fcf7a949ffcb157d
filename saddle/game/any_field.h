#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "saddle/base/dual.h"
#include "saddle/base/error.h"
#include "saddle/game/fields.h"

namespace saddle {

/// Any field behind one type, so that code over many games is compiled once.
class AnyField {
 public:
  template <Field F>
  explicit AnyField(F field) {
    if constexpr (requires { F::kAffine; }) affine_ = F::kAffine;
    plain_ = [field](const std::vector<double>& z, std::vector<double>& v) { field(z, v); };
    dual_ = [field](const std::vector<Dual<double>>& z, std::vector<Dual<double>>& v) {
      field(z, v);
    };
    if constexpr (FieldWithLoss<F>) {
      loss_ = [field](std::size_t player, const std::vector<Dual<double>>& z) {
        return field.loss(player, z);
      };
    }
  }

  void operator()(const std::vector<double>& z, std::vector<double>& v) const { plain_(z, v); }
  void operator()(const std::vector<Dual<double>>& z, std::vector<Dual<double>>& v) const {
    dual_(z, v);
  }
  /// Whether v is known to be an affine function of z.
  bool affine() const { return affine_; }
  /// Throws Error(kUnsupported) where the field does not know its losses.
  Dual<double> loss(std::size_t player, const std::vector<Dual<double>>& z) const {
    if (!loss_) {
      throw Error(ErrorCode::kUnsupported, "flat game",
                  "this dynamics needs the players' losses, which this field does not give");
    }
    return loss_(player, z);
  }

 private:
  bool affine_ = false;
  template <class T>
  using Evaluate = std::function<void(const std::vector<T>&, std::vector<T>&)>;
  Evaluate<double> plain_;
  Evaluate<Dual<double>> dual_;
  std::function<Dual<double>(std::size_t, const std::vector<Dual<double>>&)> loss_;
};

static_assert(FieldWithLoss<AnyField>);

}  // namespace saddle
