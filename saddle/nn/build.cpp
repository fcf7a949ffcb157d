#include "saddle/nn/build.h"

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/nn/families.h"

namespace saddle::nn {

std::int64_t conditioning_classes(bool conditional, std::string_view who, const Dimensions& data) {
  if (!conditional) return 0;
  if (data.classes <= 0) {
    throw Error(ErrorCode::kUnsupported, who,
                "condition: the data has no labels to condition on; try condition = \"none\"");
  }
  return data.classes;
}

std::unique_ptr<Generator> build_generator(const GeneratorConfig& config, const Dimensions& data,
                                           RandomKey init, const at::TensorOptions& options,
                                           bool channels_last) {
  const Making making{init.fork("generator"), options, channels_last};
  return std::visit([&](const auto& row) { return make(row, data, making); }, config);
}

std::unique_ptr<Discriminator> build_discriminator(const DiscriminatorConfig& config,
                                                   const Dimensions& data, RandomKey init,
                                                   const at::TensorOptions& options,
                                                   bool channels_last) {
  const Making making{init.fork("discriminator"), options, channels_last};
  return std::visit([&](const auto& row) { return make(row, data, making); }, config);
}

}  // namespace saddle::nn
