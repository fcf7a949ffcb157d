#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::test {

/// What can happen to a file.
struct Damage {
  enum class Kind { kFlip, kCut, kDirectory, kGone };
  Kind kind = Kind::kFlip;
  std::size_t at = 0;  ///< kFlip: the byte; kCut: how many bytes stay
  int bit = 0;

  std::string text() const;
};

/// `flips` flips, the first at the first byte and the second at the last, the others drawn; then
/// cut to nothing, to half and by one byte, a directory in its place, and the file gone.
std::vector<Damage> damages_of(const std::filesystem::path& file, int flips,
                               std::string_view stream);

/// Damages a file for the object's life.
class Damaged {
 public:
  Damaged(const std::filesystem::path& file, const Damage& damage);
  Damaged(const Damaged&) = delete;
  Damaged& operator=(const Damaged&) = delete;
  ~Damaged();

 private:
  std::filesystem::path file_;
  std::string bytes_;
};

}  // namespace saddle::test
