#include "saddle/codec/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

struct NpyType {
  std::string_view descr;
  ElementType type;
};
/// The first row of a type is the one to write.
constexpr std::array<NpyType, 8> kNpyTypes = {{{"|u1", ElementType::kU8},
                                               {"|b1", ElementType::kU8},
                                               {"|i1", ElementType::kI8},
                                               {"<i2", ElementType::kI16},
                                               {"<i4", ElementType::kI32},
                                               {"<i8", ElementType::kI64},
                                               {"<f4", ElementType::kF32},
                                               {"<f8", ElementType::kF64}}};
/// Types that NumPy turns into one of ours without loss, or nearly so.
struct NpyCast {
  std::string_view descr;
  std::string_view to;
};
constexpr std::array<NpyCast, 5> kNpyCasts = {{{"<u2", "numpy.int32"},
                                               {"<u4", "numpy.int64"},
                                               {"<u8", "numpy.int64"},
                                               {"<f2", "numpy.float32"},
                                               {"<f16", "numpy.float64"}}};
constexpr std::string_view kNpyMagic = "\x93NUMPY";

[[noreturn]] void fail_npy(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "npy", cat("'", name, "' ", what));
}

/// The header, a Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
class NpyLiteral {
 public:
  NpyLiteral(std::string_view text, std::string_view name) : rest_(text), name_(name) {
    expect('{');
    bool has_descr = false, has_order = false, has_shape = false;
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !has_descr) {
        has_descr = true;
        if (accept('[')) {
          fail_npy(name,
                   "holds records of named fields: expected plain numbers; try to save each "
                   "field as an array of its own");
        }
        descr_ = quoted();
      } else if (key == "fortran_order" && !has_order) {
        has_order = true;
        fortran_ = boolean();
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        tuple();
      } else {
        broken();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty() || !has_descr || !has_order || !has_shape) broken();
  }
  std::string_view descr() const { return descr_; }
  bool fortran() const { return fortran_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }

 private:
  [[noreturn]] void broken() const {
    fail_npy(name_,
             "has a broken header: expected {'descr': '<f4', 'fortran_order': False, 'shape': (2, "
             "3), } or the like; try to save it again with numpy.save");
  }
  void skip_space() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n')) rest_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) broken();
  }
  std::string_view quoted() {
    skip_space();
    const char quote = rest_.empty() ? ' ' : rest_[0];
    const std::size_t end = rest_.find(quote, 1);
    if ((quote != '\'' && quote != '"') || end == std::string_view::npos) broken();
    const std::string_view out = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return out;
  }
  bool boolean() {
    skip_space();
    const bool value = rest_.starts_with("True");
    if (!value && !rest_.starts_with("False")) broken();
    rest_.remove_prefix(value ? 4 : 5);
    return value;
  }
  void tuple() {
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t size = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error == std::errc::result_out_of_range) fail_npy(name_, "has a size beyond 63 bits");
      if (error != std::errc{} || shape_.size() == 32) broken();
      if (size < 0) fail_npy(name_, cat("has a negative size in its shape: got ", size));
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      shape_.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view rest_;
  std::string_view name_;
  std::string_view descr_;
  bool fortran_ = false;
  std::vector<std::int64_t> shape_;
};

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t out = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    out = out << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
  }
  return out;
}

ElementType element_type_of_descr(std::string_view descr, std::string_view name) {
  for (const NpyType& row : kNpyTypes) {
    if (row.descr == descr) return row.type;
  }
  if (descr.find('O') != std::string_view::npos) {
    fail_npy(name,
             "holds Python objects, which are never loaded (they are programs, NumPy's "
             "allow_pickle): expected plain numbers; try array.astype(numpy.float32)");
  }
  if (descr.starts_with('>')) {
    fail_npy(name, cat("is big-endian: got '", descr,
                       "', expected little-endian; try "
                       "array.astype('<",
                       descr.substr(1), "')"));
  }
  std::string hint;
  for (const NpyCast& row : kNpyCasts) {
    if (row.descr == descr) hint = cat("; try array.astype(", row.to, ")");
  }
  fail_npy(name, cat("has an unsupported type: got '", descr,
                     "', expected |u1, |b1, |i1, <i2, <i4, <i8, <f4 or <f8", hint));
}

/// Bytes of all elements; also where a zero hides an overflow, the product of the rest must fit.
std::size_t npy_bytes(ElementType type, std::span<const std::int64_t> shape,
                      std::string_view name) {
  auto product = static_cast<std::int64_t>(element_size(type));
  bool empty = false;
  for (const std::int64_t size : shape) {
    empty = empty || size == 0;
    if (size != 0 && __builtin_mul_overflow(product, size, &product)) {
      fail_npy(name, cat("declares too much data: got shape ", shape_text(shape)));
    }
  }
  return empty ? 0 : static_cast<std::size_t>(product);
}

/// In one dimension, and where all others are 1, both orders are the same.
bool order_matters(std::span<const std::int64_t> shape) {
  return std::count_if(shape.begin(), shape.end(), [](std::int64_t size) { return size != 1; }) > 1;
}

}  // namespace

NpyHeader parse_npy_header(std::string_view bytes, std::string_view name) {
  if (!bytes.starts_with(kNpyMagic)) {
    fail_npy(name, "is not a .npy file: expected the first bytes 93 'NUMPY'");
  }
  if (bytes.size() < 8) fail_npy(name, "is truncated in its header");
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) {
    fail_npy(name, cat("has an unknown format version: got ", version, ", expected 1 to 3"));
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t prefix = 8 + length_bytes;
  if (bytes.size() < prefix ||
      bytes.size() - prefix < little_endian(bytes.substr(8, length_bytes))) {
    fail_npy(name, "is truncated in its header");
  }
  const std::size_t header_bytes = little_endian(bytes.substr(8, length_bytes));
  const NpyLiteral literal(bytes.substr(prefix, header_bytes), name);
  NpyHeader out;
  out.dtype = element_type_of_descr(literal.descr(), name);
  out.shape = literal.shape();
  out.data_offset = prefix + header_bytes;
  out.data_bytes = npy_bytes(out.dtype, out.shape, name);
  if (literal.fortran() && order_matters(out.shape)) {
    fail_npy(name, "is in Fortran order: expected C order; try numpy.ascontiguousarray(array)");
  }
  return out;
}

std::string_view npy_data(const NpyHeader& header, std::string_view bytes, std::string_view name) {
  const std::string_view data = bytes.substr(std::min(header.data_offset, bytes.size()));
  if (data.size() != header.data_bytes) {
    fail_npy(name, cat(data.size() < header.data_bytes ? "is truncated" : "has surplus bytes",
                       ": got ", data.size(), " bytes of data, expected ", header.data_bytes,
                       " for shape ", shape_text(header.shape), " of ", to_text(header.dtype)));
  }
  return data;
}

NpyArray parse_npy(std::string_view bytes, std::string_view name) {
  const NpyHeader header = parse_npy_header(bytes, name);
  const std::string_view data = npy_data(header, bytes, name);
  NpyArray out;
  out.dtype = header.dtype;
  out.shape = header.shape;
  out.bytes.assign(data.begin(), data.end());
  return out;
}

NpyArray read_npy(const std::filesystem::path& path) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  return parse_npy(file.text(), path.string());
}

std::string npy_header_bytes(ElementType dtype, std::span<const std::int64_t> shape) {
  const auto* found = std::find_if(kNpyTypes.begin(), kNpyTypes.end(),
                                   [&](const NpyType& t) { return t.type == dtype; });
  std::string header = cat("{'descr': '", found->descr, "', 'fortran_order': False, 'shape': (");
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (d > 0) header += ' ';
    header += cat(shape[d], d + 1 < shape.size() || d == 0 ? "," : "");
  }
  header += "), }";
  const std::size_t prefix = kNpyMagic.size() + 4;
  header.resize((prefix + header.size() + 1 + 63) / 64 * 64 - prefix - 1, ' ');
  header += '\n';
  std::string out(kNpyMagic);
  out += {1, 0, static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return out + header;
}

std::string encode_npy(const NpyArray& array) {
  std::string out = npy_header_bytes(array.dtype, array.shape);
  out.append(array.bytes.begin(), array.bytes.end());
  return out;
}

std::string encode_npy(std::span<const float> values, std::span<const std::int64_t> shape) {
  return encode_npy(make_array(values, {shape.begin(), shape.end()}));
}

void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  write_file_atomic(path, encode_npy(array));
}

}  // namespace saddle::codec
