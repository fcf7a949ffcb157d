#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "saddle/tensor/named.h"

namespace saddle {

/// Everything that is needed to go on as if nothing had happened, as named tensors.
/// Numbers are 0-dim I64 or F64 tensors, texts are 1-dim U8 tensors.
using StateDict = NamedTensors;

/// Walks the state of an object: a stateful part lists its state once, in
/// `void state(StateVisitor& v)`; saving, snapshot and roll-back are visitors of it.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;

  /// A tensor of any shape; loading copies in place and keeps the storage.
  /// An undefined tensor is "not there yet": it takes a copy of the loaded one, on that one's
  /// device; it is saved as an empty U8 tensor [0,0], which makes the loading side undefined too.
  virtual void tensor(std::string_view name, at::Tensor& value) = 0;
  virtual void number(std::string_view name, std::int64_t& value) = 0;
  virtual void number(std::string_view name, double& value) = 0;
  virtual void text(std::string_view name, std::string& value) = 0;

  /// A part with a state of its own, under `name`.
  template <class Part>
  void part(std::string_view name, Part& value) {
    enter(name);
    value.state(*this);
    leave();
  }

 protected:
  virtual void enter(std::string_view name) = 0;
  virtual void leave() = 0;
};

/// The names of the parts around an entry, which may hold dots: "a.b." within part "b" of "a".
class StatePrefix {
 public:
  void enter(std::string_view name);
  void leave();
  std::string of(std::string_view name) const { return text_ + std::string(name); }

 private:
  std::string text_;
  std::vector<std::size_t> lengths_;  ///< of the text before each part was entered
};

/// Writes the state into a list; `clone` copies the tensors (a snapshot), otherwise they are
/// shared.
class StateSaver final : public StateVisitor {
 public:
  explicit StateSaver(bool clone);
  void tensor(std::string_view name, at::Tensor& value) override;
  void number(std::string_view name, std::int64_t& value) override;
  void number(std::string_view name, double& value) override;
  void text(std::string_view name, std::string& value) override;
  StateDict take();

 protected:
  void enter(std::string_view name) override { prefix_.enter(name); }
  void leave() override { prefix_.leave(); }

 private:
  bool clone_;
  StatePrefix prefix_;
  StateDict dict_;
};

/// Reads the state back. Throws Error(kInput) naming the first entry that is missing, has another
/// shape or dtype; `finish()` throws when the list holds entries that nobody asked for.
class StateLoader final : public StateVisitor {
 public:
  explicit StateLoader(const StateDict& dict);
  void tensor(std::string_view name, at::Tensor& value) override;
  void number(std::string_view name, std::int64_t& value) override;
  void number(std::string_view name, double& value) override;
  void text(std::string_view name, std::string& value) override;
  void finish() const;

 protected:
  void enter(std::string_view name) override { prefix_.enter(name); }
  void leave() override { prefix_.leave(); }

 private:
  const at::Tensor& find(std::string_view name);
  const StateDict& dict_;
  StatePrefix prefix_;
  std::vector<bool> used_;
  std::size_t next_ = 0;  ///< where the next entry is expected: order is kept in general
};

/// A copy of the state, in memory.
template <class Part>
StateDict snapshot(Part& part) {
  StateSaver saver(/*clone=*/true);
  part.state(saver);
  return saver.take();
}

/// Puts a snapshot back. Throws Error(kInput) when it does not fit.
template <class Part>
void restore(Part& part, const StateDict& dict) {
  StateLoader loader(dict);
  part.state(loader);
  loader.finish();
}

}  // namespace saddle
