#pragma once

#include <string_view>
#include <utility>

namespace saddle {

/// A file descriptor of the system that closes itself; negative: none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }
  /// Gives the descriptor away unclosed.
  int release() { return std::exchange(value_, -1); }
  /// Closes it now. Returns 0 or the system's error number.
  int reset();

 private:
  int value_ = -1;
};

/// Writes all bytes, also over interrupts and part by part. Returns 0 or the system's error number.
int write_all(const Descriptor& file, std::string_view bytes);

}  // namespace saddle
