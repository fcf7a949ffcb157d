#include "saddle/metric/classifier.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/kernel/fused.h"
#include "saddle/nn/layers.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/precision.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kTestBatch = 500;
constexpr std::int64_t kProgressEvery = 20;

const data::FieldSpec* find_field(const data::Source& source, std::string_view name) {
  for (const data::FieldSpec& field : source.fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

/// [C,H,W] of the padded images; refuses what is no set of labelled images.
std::vector<std::int64_t> labelled_image_shape(const data::Source& source, std::string_view which,
                                               const data::Transform& transform) {
  const data::FieldSpec* x = find_field(source, "x");
  if (x == nullptr || x->shape.size() != 3) {
    throw Error(ErrorCode::kUnsupported, "classifier",
                cat(which, ": got samples of shape ", x ? shape_text(x->shape) : "nothing",
                    ", expected images [C,H,W]"));
  }
  if (source.classes() < 2 || find_field(source, "label") == nullptr) {
    throw Error(ErrorCode::kUnsupported, "classifier",
                cat(which, ": got ", source.classes(),
                    " classes, expected labels of at least 2; give the labels file, or use metrics "
                    "that need none"));
  }
  return x->dtype == codec::ElementType::kU8 ? data::transformed_shape(transform, x->shape)
                                             : x->shape;
}

/// Weights are drawn as in He et al. 2015 (arXiv:1502.01852) for layers before a ReLU.
nn::Chain fresh_network(const std::vector<std::int64_t>& shape, std::int64_t classes,
                        const RandomKey& key) {
  const nn::Making making{.key = key, .options = at::TensorOptions().dtype(at::kFloat)};
  std::vector<nn::Layer> layers;
  const auto drawn = [&](at::IntArrayRef sizes, double gain) {
    std::int64_t fan_in = 1;
    for (std::size_t i = 1; i < sizes.size(); ++i) fan_in *= sizes[i];
    return nn::normal_parameter(making, cat(layers.size(), ".weight"), sizes, 0,
                                std::sqrt(gain / static_cast<double>(fan_in)));
  };
  constexpr std::int64_t kWidths[] = {24, 48, 64};
  std::int64_t channels = shape[0], height = shape[1], width = shape[2];
  for (std::int64_t i = 0; i == 0 || std::max(height, width) > 4; ++i) {
    const std::int64_t out = kWidths[std::min<std::int64_t>(i, 2)], kernel = i < 2 ? 5 : 3;
    nn::Conv conv;
    conv.stride = 2;
    conv.padding = kernel / 2;
    conv.weight = drawn({out, channels, kernel, kernel}, 2);
    conv.bias = nn::zero_parameter(making, {out});
    layers.emplace_back(std::move(conv));
    layers.emplace_back(nn::Relu{});
    channels = out;
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  layers.emplace_back(nn::Flatten{});
  nn::Linear hidden;
  hidden.weight = drawn({Classifier::kFeatures, channels * height * width}, 2);
  hidden.bias = nn::zero_parameter(making, {Classifier::kFeatures});
  layers.emplace_back(std::move(hidden));
  layers.emplace_back(nn::Relu{});
  nn::Linear output;
  output.weight = drawn({classes, Classifier::kFeatures}, 1);
  output.bias = nn::zero_parameter(making, {classes});
  layers.emplace_back(std::move(output));
  return nn::Chain(std::move(layers));
}

std::vector<at::Tensor> parameter_list(nn::Chain& network) {
  std::vector<at::Tensor> list;
  network.parameters("", [&](const std::string&, at::Tensor& t) { list.push_back(t); });
  return list;
}

}  // namespace

Classifier Classifier::train_or_load(const data::Source& train, IndexRange train_range,
                                     const data::Source& test, IndexRange test_range,
                                     const ClassifierOptions& options,
                                     const ClassifierProgressCallback& progress, const Log& log) {
  Classifier c;
  c.image_shape_ = labelled_image_shape(train, "training set", options.transform);
  c.transform_ = options.transform;
  c.train_range_ = train_range;
  c.classes_ = train.classes();
  const auto test_shape = labelled_image_shape(test, "test set", options.transform);
  if (test_shape != c.image_shape_ || test.classes() > c.classes_) {
    throw Error(ErrorCode::kInput, "classifier",
                cat("test set: got images of ", shape_text(test_shape), " in ", test.classes(),
                    " classes, expected ", shape_text(c.image_shape_), " in ", c.classes_,
                    " as in the training set"));
  }
  check_range(train, train_range, "training images of the classifier");
  check_range(test, test_range, "test images of the classifier");
  const RandomKey init = Streams(options.seed).at("init", 0).fork(kArchitecture);
  c.network_ = std::make_shared<nn::Chain>(fresh_network(c.image_shape_, c.classes_, init));

  const std::string key = sha256_hex(
      cat(kArchitecture, "\n", train.fingerprint(), " ", train_range.first, "+", train_range.count,
          "\n", test.fingerprint(), " ", test_range.first, "+", test_range.count, "\n",
          shape_text(c.image_shape_), " pad ", options.transform.pad, " of ",
          options.transform.pad_value, " classes ", c.classes_, " epochs ", options.epochs,
          " min_steps ", options.min_steps, " batch ", options.batch, " rate ",
          options.learning_rate, " seed ", options.seed));
  const bool cached = !options.cache_directory.empty();
  const std::filesystem::path path =
      options.cache_directory / cat("classifier-", key.substr(0, 16), ".safetensors");
  if (cached && c.load(path, key, log)) return c;
  c.train(train, train_range, options, progress);
  c.test(test, test_range);
  c.weights_hash_ = c.hash_weights();
  if (cached) c.save(path, key, log);
  return c;
}

void Classifier::train(const data::Source& source, IndexRange range,
                       const ClassifierOptions& options,
                       const ClassifierProgressCallback& progress) {
  const double start = process_cpu_seconds();
  const std::int64_t batch = std::min(options.batch, range.count);
  const std::int64_t per_epoch = range.count / batch;
  const std::int64_t steps = std::max(options.epochs * per_epoch, options.min_steps);
  const std::vector<at::Tensor> parameters = parameter_list(*network_);
  const kernel::AdamOptions adam{.beta1 = 0.9, .beta2 = 0.99};
  kernel::AdamState moments;
  const at::Tensor rate = at::zeros({}, at::kDouble);
  const WithGrad with_grad;
  const PrecisionScope full(Precision::kFloat32, at::kCPU);
  at::Tensor order;
  for (std::int64_t step = 0; step < steps; ++step) {
    const std::int64_t epoch = step / per_epoch, offset = (step % per_epoch) * batch;
    if (offset == 0) {
      const RandomKey key = Streams(options.seed).at("shuffle", epoch).fork(kArchitecture);
      order = random_order(key, range.count).add(range.first);
    }
    const auto* first = order.const_data_ptr<std::int64_t>() + offset;
    const data::Batch samples = data::read_batch(source, {first, static_cast<std::size_t>(batch)});
    const at::Tensor images = evaluation_images(samples.at("x"), transform_);
    const at::Tensor loss =
        at::cross_entropy_loss(network_->forward(images, {}), samples.at("label"));
    const double turn = static_cast<double>(step) / static_cast<double>(steps);
    rate.fill_(options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * turn)));
    kernel::adam_update(parameters, gradients(loss, parameters), moments, rate, adam);
    const bool last = step + 1 == steps;
    if (last || (step + 1) % kProgressEvery == 0) {
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        throw Error(ErrorCode::kNumeric, "classifier",
                    cat("loss at step ", step + 1, ": got ", value,
                        ", expected a finite number; try a smaller learning rate"));
      }
      if (progress) progress({.step = step + 1, .steps = steps, .loss = value});
    }
  }
  for (at::Tensor parameter : parameters) parameter.requires_grad_(false);
  train_cpu_seconds_ = process_cpu_seconds() - start;
}

void Classifier::test(const data::Source& source, IndexRange range) {
  std::int64_t right = 0;
  each_real(source, range, kTestBatch, transform_, [&](const data::Batch& samples) {
    const at::Tensor guess = run(samples.at("x")).logits.argmax(1);
    right += guess.eq(samples.at("label")).sum().item<std::int64_t>();
  });
  n_test_ = range.count;
  accuracy_ = static_cast<double>(right) / static_cast<double>(range.count);
}

Classifier::Output Classifier::run(const at::Tensor& images) const {
  at::Tensor x = images.detach().to(at::kCPU);
  if (x.dim() == 4) {
    x = x.scalar_type() == at::kByte ? evaluation_images(x, transform_)
                                     : quantised(x.to(at::kFloat));
  }
  if (x.dim() != 4 || x.sizes().slice(1) != at::IntArrayRef(image_shape_)) {
    throw Error(ErrorCode::kInput, "classifier",
                cat("images: got ", shape_text(x.sizes()), ", expected [N,", image_shape_[0], ",",
                    image_shape_[1], ",", image_shape_[2],
                    "]; evaluate with the padding that the generator was trained with"));
  }
  const NoGrad no_grad;
  const PrecisionScope full(Precision::kFloat32, at::kCPU);
  Output out;
  out.logits = network_->forward(x, {.training = false}, &out.features);
  return out;
}

at::Tensor Classifier::probabilities(const at::Tensor& images) const {
  return at::softmax(run(images).logits, 1);
}

std::string Classifier::description() const {
  return cat(kArchitecture, " ", weights_hash_.substr(0, 12), " trained on real images ",
             train_range_.first, "..", train_range_.first + train_range_.count - 1,
             ", test accuracy ", accuracy_, " (n ", n_test_, ")");
}

}  // namespace saddle::metric
