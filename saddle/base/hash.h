#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace saddle {

/// SHA-256 of bytes that arrive in pieces (FIPS 180-4).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);
  /// 64 lower-case hex digits of everything seen so far; more bytes may follow.
  std::string hex() const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// SHA-256 of `bytes` as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);
std::string sha256_hex(std::span<const std::byte> bytes);
/// SHA-256 of a file, read in pieces. Throws Error(kInput) or Error(kIo) as read_file does.
std::string sha256_file_hex(const std::filesystem::path& path);

/// CRC-32C (Castagnoli polynomial, RFC 3720); `previous` is the value of the bytes before these.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous = 0);
/// The same by table on any CPU; crc32c takes the SSE4.2 instruction where the CPU has it.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t previous = 0);
/// CRC-32C rotated right by 15 bits plus a constant, as TensorBoard records store it.
std::uint32_t masked_crc32c(std::string_view bytes);

/// A bijection of 64-bit words in which each input bit moves every output bit.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

/// A stable 64-bit hash of text: FNV-1a, then mix64. The same on every machine and for ever.
constexpr std::uint64_t hash64(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return mix64(hash);
}

}  // namespace saddle
