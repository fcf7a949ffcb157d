#include <nlohmann/json.hpp>

#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"
#include "tests/codec/packed_fixture.h"

namespace saddle::test {
namespace {

// 4 images of 1 x 2 x 2 with labels, 3 to train and 1 to test.
std::string whole() {
  codec::PackedInfo info;
  info.fields = {{.name = "x", .dtype = codec::ElementType::kU8, .shape = {1, 2, 2}},
                 {.name = "label", .dtype = codec::ElementType::kI64, .shape = {}}};
  info.samples = 4;
  info.classes = 2;
  info.splits = {{.name = "train", .first = 0, .count = 3},
                 {.name = "test", .first = 3, .count = 1}};
  info.origin = "a test";
  codec::PackedWriter writer("good.saddle", info);
  const std::vector<std::byte> pixels(16, std::byte{7});
  const std::vector<std::int64_t> labels{0, 1, 1, 0};
  const std::span<const std::byte> fields[] = {pixels, std::as_bytes(std::span(labels))};
  writer.append(fields, 4);
  writer.finish();
  const std::string bytes = read_file("good.saddle");
  std::filesystem::remove("good.saddle");
  return bytes;
}
std::function<void()> cut(std::size_t left) {
  return [=] { put("a.saddle", whole().substr(0, left)); };
}
std::function<void()> flipped(std::size_t at) {
  return [=] {
    std::string bytes = whole();
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    put("a.saddle", bytes);
  };
}
/// Another header under true checksums.
std::function<void()> header(const std::string& pointer, const nlohmann::json& value) {
  return [=] {
    PackedParts parts(whole());
    parts.header_room = parts.numbers[1];
    parts.header[nlohmann::json::json_pointer(pointer)] = value;
    put("a.saddle", parts.bytes());
  };
}

}  // namespace

std::vector<BadCase> bad_packed_sets() {
  const std::string pack = "data pack a.saddle --out out.saddle";
  return {
      {"packed cut in its magic", cut(5), pack, 1,
       "[data] 'a.saddle' is no data that is read here: expected pictures in a folder or ZIP "
       "archive, IDX, CIFAR, .npy, .npz or a packed set; `saddle data inspect` says more"},
      {"packed cut in its first page", cut(100), pack, 1,
       "[packed] 'a.saddle' is truncated: got 100 bytes, expected at least 4096"},
      {"packed cut in its header", cut(4100), pack, 1,
       "[packed] 'a.saddle' is truncated: got 4100 bytes, expected 12320; try to copy it again"},
      {"packed cut in its data", cut(8200), pack, 1,
       "[packed] 'a.saddle' is truncated: got 8200 bytes, expected 12320; try to copy it again"},
      {"packed with surplus bytes", [] { put("a.saddle", whole() + "more"); }, pack, 1,
       "[packed] 'a.saddle' has surplus bytes: got 12324 bytes, expected 12320; try to copy it "
       "again"},
      {"packed of a later version",
       [] {
         PackedParts parts(whole());
         parts.header_room = parts.numbers[1];
         parts.version = 9;
         put("a.saddle", parts.bytes());
       },
       pack, 1,
       "[packed] 'a.saddle' has version 9 of the format: expected 1; try a newer Saddle, or pack "
       "the data again"},
      {"packed with a flipped preamble", flipped(20), pack, 1,
       "[packed] 'a.saddle' is damaged in its first page: the CRC-32C differs; try to copy it "
       "again"},
      {"packed with a flipped header", flipped(4110), pack, 1,
       "[packed] 'a.saddle' is damaged in its header or table: the SHA-256 differs; try to copy it "
       "again"},
      {"packed with a flipped pixel", flipped(8192 + 3), pack, 1,
       "[packed] 'a.saddle' is damaged in field 'x', block 0 of 1, which holds samples 0 to 3: the "
       "CRC-32C differs; try to copy the file or pack the data again"},
      {"packed with a flipped pixel, verified", flipped(8192 + 3),
       "data inspect a.saddle --verify --no-sheet", 1,
       "is damaged in field 'x', block 0 of 1, which holds samples 0 to 3~try to copy the file or "
       "pack the data again"},
      {"packed with a flipped label", flipped(12288), pack, 1,
       "[packed] 'a.saddle' is damaged in field 'label', block 0 of 1, which holds samples 0 to 3: "
       "the CRC-32C differs; try to copy the file or pack the data again"},
      {"packed of minus one sample", header("/samples", -1), pack, 1,
       "[packed] 'a.saddle' contradicts itself: has -1 samples: expected at least 1"},
      {"packed of 2^62 samples", header("/samples", std::int64_t{1} << 62), pack, 1,
       "[packed] 'a.saddle' contradicts itself: field 'x' has 4611686018427387904 samples of shape "
       "[1,2,2], which is too large"},
      {"packed with a size of 2^40", header("/fields/0/shape", {1, std::int64_t{1} << 40, 2}), pack,
       1, "[packed] 'a.saddle' has a table of 2 blocks: expected 8388609"},
      {"packed with a field twice", header("/fields/1/name", "x"), pack, 1,
       "[packed] 'a.saddle' contradicts itself: has the field 'x' twice"},
      {"packed with a type that is unknown", header("/fields/0/type", "f16"), pack, 1,
       "[packed] the header of 'a.saddle' 'fields[0].type': got 'f16', expected u8, i16, i32, i64 "
       "or f32"},
      {"packed with an offset beyond the end", header("/fields/0/offset", 1 << 20), pack, 1,
       "[packed] 'a.saddle' has field 'x' at byte 1048576 with 16 bytes, which reaches beyond the "
       "12320 bytes of the file"},
      {"packed with splits that overlap", header("/splits/1/first", 0), pack, 1,
       "[packed] 'a.saddle' contradicts itself: split 'test' starts at sample 0: expected 3"},
      {"packed without a training split", header("/splits/0/name", "other"), pack, 1,
       "[packed] 'a.saddle' has no split 'train', only other, test"},
      {"packed whose labels are not those counted", header("/splits/0/class_counts", {2, 1}),
       "data inspect a.saddle --verify --no-sheet", 1,
       "has other labels in split 'train': got the counts [1,2], its header says~Pack the set "
       "again."},
      {"packed over itself", [] { put("a.saddle", whole()); }, "data pack a.saddle --out a.saddle",
       2, "[data] 'a.saddle' is what is read: expected another name; try --out"},
  };
}

}  // namespace saddle::test
