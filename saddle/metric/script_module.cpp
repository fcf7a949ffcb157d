#include "saddle/metric/script_module.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <sstream>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/zip.h"
#include "saddle/tensor/device.h"

namespace saddle::metric {

struct ScriptModule::State {
  torch::jit::Module module;
  at::ScalarType type = at::kFloat;
  std::string component, path, file, sha256;
};

namespace {

constexpr std::string_view kHowToWrite =
    "expected a file that torch.jit.script(model).save(path) or torch.jit.trace(...).save(path) "
    "wrote";

/// The sentence that says why, without the interpreter's traces.
std::string script_reason(const std::exception& error) {
  const auto* from_torch = dynamic_cast<const c10::Error*>(&error);
  std::istringstream lines(from_torch != nullptr ? from_torch->what_without_backtrace()
                                                 : error.what());
  constexpr std::string_view kRuntimeError = "RuntimeError: ";
  std::string line, first, reason;
  while (std::getline(lines, line)) {
    if (line.starts_with(kRuntimeError)) reason = line.substr(kRuntimeError.size());
    if (first.empty()) first = trimmed(line);
  }
  return reason.empty() ? first : reason;
}

/// Whole numbers among the buffers, as indices and counts are, stay what they are.
void cast_floats(const torch::jit::Module& module, at::ScalarType type) {
  const auto cast = [type](at::Tensor values) {
    if (values.is_floating_point()) values.set_data(values.to(type));
  };
  for (const at::Tensor& parameter : module.parameters()) cast(parameter);
  for (const at::Tensor& buffer : module.buffers()) cast(buffer);
}

/// Refuses what is no archive, is damaged or holds no code, before LibTorch sees it.
void check_archive(const std::string& bytes, const std::string& path,
                   const std::string& component) {
  if (!codec::is_zip(bytes)) {
    throw Error(ErrorCode::kInput, component,
                cat(path, ": got a file that is no TorchScript, ", kHowToWrite));
  }
  const codec::ZipReader archive(bytes, path);
  const bool code = std::ranges::any_of(archive.entries(), [](const codec::ZipEntry& entry) {
    return entry.name.find("/code/") != std::string::npos;
  });
  if (!code) {
    throw Error(ErrorCode::kInput, component,
                cat(path,
                    ": got an archive without code (weights alone, as torch.save writes "
                    "them?), ",
                    kHowToWrite));
  }
}

}  // namespace

ScriptModule::ScriptModule(const std::filesystem::path& file, at::ScalarType type,
                           at::Device device, std::string_view component)
    : state_(std::make_shared<State>()) {
  state_->type = type;
  state_->component = component;
  state_->path = file.string();
  state_->file = file.filename().string();
  std::string bytes = read_file(file);
  state_->sha256 = sha256_hex(bytes);
  check_archive(bytes, state_->path, state_->component);
  try {
    std::istringstream stream(std::move(bytes));
    state_->module = torch::jit::load(stream, device);
    state_->module.eval();
    cast_floats(state_->module, type);
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) throw;
    throw Error(ErrorCode::kInput, component,
                cat(state_->path, ": cannot be read as TorchScript (", script_reason(error), "), ",
                    kHowToWrite));
  }
}

const std::string& ScriptModule::sha256() const {
  return state_->sha256;
}

const std::string& ScriptModule::file() const {
  return state_->file;
}

ScriptModule::Result ScriptModule::run(const at::Tensor& x,
                                       std::span<const std::string> arguments) const {
  c10::IValue value;
  try {
    torch::jit::Kwargs flags;
    for (const std::string& name : arguments) flags.emplace(name, true);
    value = state_->module.get_method("forward")({x}, flags);
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) throw;
    const bool doubles = x.scalar_type() == at::kDouble;
    throw Error(
        ErrorCode::kInput, state_->component,
        cat(state_->file, ": forward refused ", doubles ? "float64 " : "float32 ",
            shape_text(x.sizes()), ": ", script_reason(error),
            doubles ? "; where the code itself asks for float32, try precision float32" : ""));
  }
  Result result{.tensors = {}, .tuple = !value.isTensor(), .type = value.tagKind()};
  const auto add = [&](const c10::IValue& element) {
    if (element.isTensor()) result.tensors.push_back(element.toTensor());
    return element.isTensor();
  };
  bool whole = true;
  if (value.isTensor()) {
    add(value);
  } else if (value.isTuple()) {
    for (const auto& element : value.toTupleRef().elements()) whole = add(element) && whole;
  } else if (value.isTensorList()) {
    for (const at::Tensor& element : value.toTensorVector()) add(element);
  }
  if (!whole) result.tensors.clear();
  return result;
}

void ScriptModule::require_arguments(std::span<const std::string> arguments) const {
  const auto& schema = state_->module.get_method("forward").function().getSchema();
  for (const std::string& name : arguments) {
    std::vector<std::string> known;
    for (const auto& argument : schema.arguments()) {
      if (argument.type()->kind() == c10::TypeKind::BoolType) known.push_back(argument.name());
    }
    if (std::ranges::find(known, name) != known.end()) continue;
    throw Error(ErrorCode::kInput, state_->component,
                cat(state_->file, ": forward takes no true-or-false argument '", name, "'",
                    known.empty() ? std::string() : suggestion(name, known)));
  }
}

std::optional<std::int64_t> ScriptModule::integer_attribute(
    std::span<const std::string_view> names) const {
  for (const std::string_view name : names) {
    const std::string key(name);
    if (!state_->module.hasattr(key)) continue;
    const c10::IValue value = state_->module.attr(key);
    if (value.isInt()) return value.toInt();
  }
  return std::nullopt;
}

}  // namespace saddle::metric
