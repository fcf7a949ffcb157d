#include "saddle/codec/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, gzip framing

[[noreturn]] void fail_gzip(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "gzip", cat("'", name, "' ", what));
}

/// zlib counts bytes in 32 bits.
uInt chunk_size(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

/// A z_stream that ends itself.
class Inflater {
 public:
  explicit Inflater(std::string_view input)
      : next_(const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()))),
        left_(input.size()) {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) {
      throw Error(ErrorCode::kInternal, "gzip", "zlib did not start");
    }
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// Unpacks up to `size` bytes to `out`; fewer only at the end of the file.
  std::size_t read(char* out, std::size_t size, std::string_view name) {
    std::size_t done = 0;
    while (done < size && !ended_) {
      const uInt in = chunk_size(left_);
      const uInt room = chunk_size(size - done);
      stream_.next_in = next_;
      stream_.avail_in = in;
      stream_.next_out = reinterpret_cast<Bytef*>(out + done);
      stream_.avail_out = room;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      next_ = stream_.next_in;
      left_ -= in - stream_.avail_in;
      done += room - stream_.avail_out;
      if (result == Z_STREAM_END) {
        next_member(name);
      } else if (result == Z_BUF_ERROR || (result == Z_OK && left_ == 0 && done < size)) {
        fail_gzip(name, "is truncated: the gzip data end too early");
      } else if (result != Z_OK) {
        fail_gzip(name, cat("is damaged gzip data: ",
                            stream_.msg != nullptr ? stream_.msg : "unknown error"));
      }
    }
    return done;
  }

 private:
  void next_member(std::string_view name) {
    if (left_ == 0) {
      ended_ = true;
      return;
    }
    if (left_ < 2 || next_[0] != 0x1f || next_[1] != 0x8b) {
      fail_gzip(name, cat("has ", left_, " bytes after the end of the gzip data"));
    }
    inflateReset(&stream_);
  }

  z_stream stream_{};
  Bytef* next_;
  std::size_t left_;
  bool ended_ = false;
};

void require_gzip(std::string_view bytes, std::string_view name) {
  if (!is_gzip(bytes)) fail_gzip(name, "is not a gzip file: expected the first bytes 1f 8b");
}

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

std::string gzip(std::string_view bytes, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(ErrorCode::kInternal, "gzip", cat("zlib refused the level ", level));
  }
  std::string out;
  int result = Z_OK;
  try {
    char block[1 << 16];
    while (result != Z_STREAM_END) {
      const uInt in = chunk_size(bytes.size());
      stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
      stream.avail_in = in;
      stream.next_out = reinterpret_cast<Bytef*>(block);
      stream.avail_out = sizeof block;
      result = deflate(&stream, in == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
      bytes.remove_prefix(in - stream.avail_in);
      out.append(block, sizeof block - stream.avail_out);
    }
  } catch (...) {
    deflateEnd(&stream);
    throw;
  }
  deflateEnd(&stream);
  return out;
}

std::string gunzip(std::string_view bytes, std::size_t max_bytes, std::string_view name) {
  require_gzip(bytes, name);
  Inflater inflater(bytes);
  std::string out;
  std::size_t done = 0;
  while (true) {
    // Memory grows with what was really unpacked, never with what a header promises.
    const std::size_t step = std::clamp<std::size_t>(done, 1 << 16, 1 << 26);
    out.resize(done + std::min(step, max_bytes - done) + 1);
    const std::size_t wanted = out.size() - done;
    const std::size_t got = inflater.read(out.data() + done, wanted, name);
    done += got;
    if (done > max_bytes) {
      fail_gzip(name, cat("unpacks to more than ", max_bytes, " bytes"));
    }
    if (got < wanted) break;
  }
  out.resize(done);
  return out;
}

std::string gunzip_prefix(std::string_view bytes, std::size_t count, std::string_view name) {
  require_gzip(bytes, name);
  Inflater inflater(bytes);
  std::string out(count, '\0');
  out.resize(inflater.read(out.data(), count, name));
  return out;
}

}  // namespace saddle::codec
