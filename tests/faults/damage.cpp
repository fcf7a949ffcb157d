#include "tests/faults/damage.h"

#include <fstream>

#include "tests/faults/harness.h"

namespace saddle::test {
namespace {

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

std::string Damage::text() const {
  const std::string place = std::to_string(at);
  switch (kind) {
    case Kind::kFlip:
      return "bit " + std::to_string(bit) + " of byte " + place + " flipped";
    case Kind::kCut:
      return "cut to " + place + " bytes";
    case Kind::kDirectory:
      return "a directory";
    case Kind::kGone:
      return "gone";
  }
  return {};
}

std::vector<Damage> damages_of(const std::filesystem::path& file, int flips,
                               std::string_view stream) {
  const std::size_t size = std::filesystem::file_size(file);
  PhiloxSequence random = moments_of(stream, size);
  std::vector<Damage> damages;
  for (int i = 0; i < flips; ++i) {
    const std::size_t at = i == 0 ? 0 : i == 1 ? size - 1 : random.below(size);
    damages.push_back({.at = at, .bit = static_cast<int>(random.below(8))});
  }
  for (const std::size_t left : {std::size_t{0}, size / 2, size - 1}) {
    damages.push_back({.kind = Damage::Kind::kCut, .at = left});
  }
  damages.push_back({.kind = Damage::Kind::kDirectory});
  damages.push_back({.kind = Damage::Kind::kGone});
  return damages;
}

Damaged::Damaged(const std::filesystem::path& file, const Damage& damage)
    : file_(file), bytes_(file_text(file.string())) {
  switch (damage.kind) {
    case Damage::Kind::kFlip: {
      std::string bytes = bytes_;
      bytes.at(damage.at) = static_cast<char>(bytes.at(damage.at) ^ 1 << damage.bit);
      write_bytes(file, bytes);
      break;
    }
    case Damage::Kind::kCut:
      std::filesystem::resize_file(file, damage.at);
      break;
    case Damage::Kind::kDirectory:
      std::filesystem::remove(file);
      std::filesystem::create_directory(file);
      break;
    case Damage::Kind::kGone:
      std::filesystem::remove(file);
      break;
  }
}

Damaged::~Damaged() {
  std::error_code ignored;
  std::filesystem::remove_all(file_, ignored);
  // What was damaged may be gone with its directory.
  if (std::filesystem::exists(file_.parent_path(), ignored)) write_bytes(file_, bytes_);
}

}  // namespace saddle::test
