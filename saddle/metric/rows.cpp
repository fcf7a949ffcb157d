#include "saddle/metric/rows.h"

#include <ATen/ATen.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::metric {

at::Tensor double_rows(const at::Tensor& rows, std::string_view component, std::string_view what) {
  if (!rows.defined() || rows.dim() != 2 || rows.numel() == 0) {
    const std::string got = rows.defined() ? shape_text(rows.sizes()) : "nothing";
    throw Error(ErrorCode::kInput, component,
                cat(what, ": got ", got, ", expected [n,d] with at least one row and one column"));
  }
  at::Tensor x = rows.detach().to(at::kCPU, at::kDouble).contiguous();
  const at::Tensor good = at::isfinite(x).all(1);
  const std::int64_t bad = x.size(0) - good.sum().item<std::int64_t>();
  if (bad > 0) {
    throw Error(ErrorCode::kNumeric, component,
                cat(what, ": got ", bad, " of ", x.size(0),
                    " rows with NaN or Inf, expected finite numbers"));
  }
  return x;
}

}  // namespace saddle::metric
