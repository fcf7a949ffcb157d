#include "saddle/lab/trace_network.h"

#include <charconv>
#include <map>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::lab {
namespace {

using Shape = std::vector<std::int64_t>;

[[noreturn]] void refuse_network(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::kInput, "lab verify", cat(source, ": ", what));
}

// The tensors of one position of the list of layers, by their last name.
using Position = std::map<std::string, at::Tensor, std::less<>>;

// "init.G.3.weight" of prefix "init.G" -> position 3, name "weight".
std::map<std::int64_t, Position> positions_of(const Safetensors& file, const std::string& prefix,
                                              const std::string& source) {
  std::map<std::int64_t, Position> positions;
  for (const NamedTensor& entry : file.tensors) {
    if (!entry.name.starts_with(prefix + ".")) continue;
    const std::string_view rest = std::string_view(entry.name).substr(prefix.size() + 1);
    std::int64_t position = -1;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), position);
    const auto used = static_cast<std::size_t>(end - rest.data());
    if (error != std::errc() || position < 0 || used >= rest.size() || rest[used] != '.') {
      refuse_network(source, cat("tensor '", entry.name, "': expected ", prefix,
                                 ".<position>.<weight, bias or running statistic>"));
    }
    const std::string name(rest.substr(used + 1));
    if (name == "num_batches_tracked") continue;
    if (name != "weight" && name != "bias" && name != "running_mean" && name != "running_var") {
      refuse_network(source, cat("tensor '", entry.name,
                                 "': expected weight, bias, running_mean or running_var"));
    }
    positions[position][name] = entry.tensor;
  }
  if (positions.empty()) {
    refuse_network(source, cat("no tensor '", prefix, ".0.weight': expected initial weights"));
  }
  return positions;
}

// Makes the layers of one network.
class LayerReader {
 public:
  LayerReader(const Safetensors& file, const std::string& prefix, TraceSide side,
              const std::string& source)
      : prefix_(prefix),
        source_(source),
        side_(side),
        positions_(positions_of(file, prefix, source)) {
    for (const auto& [position, tensors] : positions_) {
      const auto weight = tensors.find("weight");
      if (weight == tensors.end()) {
        refuse_network(source_, cat("no tensor '", named(position, "weight"), "'"));
      }
      if (weight->second.dim() == 4) last_convolution_ = position;
    }
  }

  nn::Chain read() {
    const bool maps = positions_.begin()->second.at("weight").dim() == 4;
    std::vector<nn::Layer> layers;
    for (const auto& [position, tensors] : positions_) {
      const auto next = static_cast<std::int64_t>(layers.size());
      if (position > next + 1 || (position > 0 && next == 0)) {
        refuse_network(source_,
                       cat("no tensors at position ", next, " of ", prefix_, " up to the next at ",
                           position, ": expected at most one activation in between"));
      }
      if (position == next + 1) {
        if (maps && side_ == TraceSide::kGenerator) {
          layers.emplace_back(nn::Relu{});
        } else {
          layers.emplace_back(nn::LeakyRelu{.slope = 0.2});
        }
      }
      layers.push_back(layer(position, tensors));
    }
    if (maps && side_ == TraceSide::kGenerator) layers.emplace_back(nn::Tanh{});
    if (maps && side_ == TraceSide::kDiscriminator) layers.emplace_back(nn::Flatten{});
    return nn::Chain(std::move(layers));
  }

 private:
  std::string named(std::int64_t position, std::string_view name) const {
    return cat(prefix_, ".", position, ".", name);
  }

  // A copy in float64, of the size given unless that is negative; undefined where there is none.
  at::Tensor vector(std::int64_t position, const Position& tensors, std::string_view name,
                    std::int64_t size) const {
    const auto found = tensors.find(name);
    if (found == tensors.end()) return {};
    if (found->second.dim() != 1 || found->second.size(0) != size) {
      refuse_network(source_, cat("tensor '", named(position, name), "': got ",
                                  shape_text(found->second.sizes()), ", expected [", size, "]"));
    }
    return found->second.to(at::kDouble, /*non_blocking=*/false, /*copy=*/true);
  }

  at::Tensor statistic(std::int64_t position, const Position& tensors, std::string_view name,
                       std::int64_t size) const {
    at::Tensor values = vector(position, tensors, name, size);
    if (!values.defined()) refuse_network(source_, cat("no tensor '", named(position, name), "'"));
    return values;
  }

  nn::Layer layer(std::int64_t position, const Position& tensors) const {
    const at::Tensor weight =
        tensors.at("weight").to(at::kDouble, /*non_blocking=*/false, /*copy=*/true);
    if (weight.numel() == 0) {
      refuse_network(source_, cat("tensor '", named(position, "weight"), "' is empty: got ",
                                  shape_text(weight.sizes())));
    }
    const auto bias = [&](std::int64_t axis) {
      return vector(position, tensors, "bias", weight.size(axis));
    };
    if (weight.dim() == 1) {
      const std::int64_t n = weight.size(0);
      return nn::BatchNorm{.weight = weight,
                           .bias = statistic(position, tensors, "bias", n),
                           .running_mean = statistic(position, tensors, "running_mean", n),
                           .running_var = statistic(position, tensors, "running_var", n)};
    }
    if (tensors.contains("running_mean") || tensors.contains("running_var")) {
      refuse_network(
          source_, cat("tensor '", named(position, "weight"), "': got ", shape_text(weight.sizes()),
                       ", expected one axis beside running statistics"));
    }
    if (weight.dim() == 2) return nn::Linear{weight, bias(0)};
    if (weight.dim() != 4) {
      refuse_network(source_, cat("tensor '", named(position, "weight"), "': got ",
                                  shape_text(weight.sizes()), ", expected 1, 2 or 4 axes"));
    }
    // Between a vector and a map of 4x4 there is no stride.
    const bool generator = side_ == TraceSide::kGenerator;
    const bool end = generator ? position == 0 : position == last_convolution_;
    const std::int64_t stride = end ? 1 : 2, padding = end ? 0 : 1;
    if (generator) return nn::ConvTransposed{weight, bias(1), stride, padding, 0};
    return nn::Conv{weight, bias(0), stride, padding};
  }

  const std::string& prefix_;
  const std::string& source_;
  TraceSide side_;
  std::map<std::int64_t, Position> positions_;
  std::int64_t last_convolution_ = -1;
};

// The shape of a sample after one layer; nothing where the layer cannot take it.
struct ShapeAfter {
  const Shape& in;

  std::optional<Shape> operator()(const nn::Linear& layer) const {
    if (in.size() != 1 || in[0] != layer.weight.size(1)) return std::nullopt;
    return Shape{layer.weight.size(0)};
  }
  std::optional<Shape> operator()(const nn::Conv& layer) const {
    if (in.size() != 3 || in[0] != layer.weight.size(1)) return std::nullopt;
    Shape out{layer.weight.size(0)};
    for (const std::int64_t axis : {1, 2}) {
      const std::int64_t room =
          in[static_cast<std::size_t>(axis)] + 2 * layer.padding - layer.weight.size(axis + 1);
      if (room < 0) return std::nullopt;
      out.push_back(room / layer.stride + 1);
    }
    return out;
  }
  std::optional<Shape> operator()(const nn::ConvTransposed& layer) const {
    if (in.size() != 3 || in[0] != layer.weight.size(0)) return std::nullopt;
    // No recorded image is larger; a product of sizes must not overflow.
    constexpr std::int64_t kLargestSide = 1 << 14;
    Shape out{layer.weight.size(1)};
    for (const std::int64_t axis : {1, 2}) {
      const std::int64_t side = (in[static_cast<std::size_t>(axis)] - 1) * layer.stride -
                                2 * layer.padding + layer.weight.size(axis + 1);
      if (side < 1 || side > kLargestSide) return std::nullopt;
      out.push_back(side);
    }
    return out;
  }
  std::optional<Shape> operator()(const nn::BatchNorm& layer) const {
    return in[0] == layer.weight.size(0) ? std::optional(in) : std::nullopt;
  }
  std::optional<Shape> operator()(const nn::Flatten&) const {
    std::int64_t numbers = 1;
    for (const std::int64_t size : in) numbers *= size;
    return Shape{numbers};
  }
  std::optional<Shape> operator()(const auto&) const { return in; }
};

}  // namespace

nn::Chain trace_chain(const Safetensors& file, const std::string& prefix, TraceSide side,
                      const std::string& source) {
  return LayerReader(file, prefix, side, source).read();
}

bool takes_maps(const nn::Chain& chain) {
  return std::holds_alternative<nn::Conv>(chain.layers().front()) ||
         std::holds_alternative<nn::ConvTransposed>(chain.layers().front());
}

std::vector<std::int64_t> trace_output_shape(const nn::Chain& chain,
                                             std::span<const std::int64_t> sample,
                                             const std::string& prefix, const std::string& source) {
  Shape shape(sample.begin(), sample.end());
  for (std::size_t i = 0; i < chain.layers().size(); ++i) {
    const std::optional<Shape> next = std::visit(ShapeAfter{shape}, chain.layers()[i]);
    if (!next) {
      const std::string weight = std::visit(
          [](const auto& layer) {
            if constexpr (requires { layer.weight; }) return shape_text(layer.weight.sizes());
            return std::string();
          },
          chain.layers()[i]);
      refuse_network(source,
                     cat("tensor '", prefix, ".", i, ".weight' ", weight,
                         " does not fit what it gets: a sample of shape ", shape_text(shape)));
    }
    shape = *next;
  }
  return shape;
}

}  // namespace saddle::lab
