#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::data {

/// A .npy file of format 1.0, put together after NumPy's description of the format alone: `type` is
/// NumPy's, "<f4"; `shape` its tuple, "(2, 3)".
inline std::string npy_bytes(std::string_view type, std::string_view shape, std::string_view data) {
  std::string header = "{'descr': '" + std::string(type) +
                       "', 'fortran_order': False, 'shape': " + std::string(shape) + ", }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string file = "\x93NUMPY";
  file +=
      {'\x01', '\0', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  return file + header + std::string(data);
}

template <class T>
std::string npy_bytes(std::string_view type, std::string_view shape, const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return npy_bytes(type, shape,
                   std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace saddle::data
