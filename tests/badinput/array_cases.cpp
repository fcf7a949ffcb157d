#include <limits>

#include "saddle/codec/gzip.h"
#include "saddle/codec/idx.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/npz.h"
#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

const char* const kImages = "train-images-idx3-ubyte";
const char* const kLabels = "train-labels-idx1-ubyte";
const std::string kPixels(24, '\7');

std::string idx_images() {
  return raw_idx(8, {2, 3, 4}, kPixels);
}

/// A set of two IDX images whose files are these.
std::function<void()> idx_set(const std::string& images, const std::string& labels) {
  return [=] {
    put(fs::path("set") / kImages, images);
    put(fs::path("set") / kLabels, labels);
  };
}
/// One file.
std::function<void()> one(const std::string& name, const std::string& bytes) {
  return [=] { put(name, bytes); };
}
std::string idx_floats(float last) {
  const std::vector<float> values{0, 1, 0.5f, last};
  return codec::encode_idx(codec::make_array<float>(values, {1, 2, 2}));
}
std::string npy_floats(float last) {
  const std::vector<float> values{0, 1, 2, last};
  return codec::encode_npy(codec::make_array<float>(values, {2, 2}));
}
std::string npy_images() {
  return raw_npy("|u1", "(2, 3, 4)", kPixels);
}
std::string cifar(int label, std::size_t records) {
  std::string out;
  for (std::size_t i = 0; i < records; ++i)
    out += static_cast<char>(label) + std::string(3072, 'x');
  return out;
}
std::function<void()> npz(const std::vector<std::pair<std::string, std::string>>& files) {
  return [=] {
    std::vector<codec::ZipInput> inputs;
    for (const auto& [name, bytes] : files) inputs.push_back({name, bytes});
    put("a.npz", codec::encode_zip(inputs, codec::ZipMethod::kStored));
  };
}

std::vector<BadCase> bad_idx() {
  const std::string labels = raw_idx(8, {2}, std::string("\0\1", 2));
  const std::string pack = "data pack set --out out.saddle",
                    one_file = "data pack i.idx --out out.saddle";
  const std::string shortened = idx_images().substr(0, 20), packed = codec::gzip(idx_images());
  return {
      {"idx cut in its pixels", idx_set(shortened, labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' is truncated: got 4 bytes of data, expected 24 for "
       "shape [2,3,4] of u8"},
      {"idx cut in its sizes", idx_set(idx_images().substr(0, 9), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' is truncated: got 9 bytes, expected a header of 16"},
      {"idx with surplus bytes", idx_set(idx_images() + "more", labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' has 4 surplus bytes: expected 24 bytes of data for "
       "shape [2,3,4] of u8"},
      {"idx empty", idx_set("", labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' is not an IDX file: got 0 bytes, expected at least 4"},
      {"idx of another magic", idx_set("PK" + idx_images().substr(2), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' is not an IDX file: got the first bytes 50 4b 08 03, "
       "expected 00 00, a type and a rank"},
      {"idx of an unknown type", idx_set(raw_idx(7, {2, 3, 4}, kPixels), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' has an unknown IDX type: got 07, expected 08 (u8), 09 "
       "(i8), 0b (i16), 0c (i32), 0d (f32) or 0e (f64)"},
      {"idx of rank 9", idx_set(raw_idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "x"), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' has a wrong IDX rank: got 9, expected 1 to 4"},
      {"idx of rank 0", idx_set(raw_idx(8, {}, ""), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' has a wrong IDX rank: got 0, expected 1 to 4"},
      {"idx of no images", idx_set(raw_idx(8, {0, 28, 28}, ""), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' holds no data: got shape [0,28,28]"},
      {"idx of images without pixels", idx_set(raw_idx(8, {2, 0, 4}, ""), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' holds no data: got shape [2,0,4]"},
      {"idx that declares 4 GiB", idx_set(raw_idx(8, {4096, 1024, 1024}, kPixels), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' is truncated: got 24 bytes of data, expected "
       "4294967296 for shape [4096,1024,1024] of u8"},
      {"idx whose sizes overflow", idx_set(raw_idx(14, {~0u, ~0u, ~0u}, kPixels), labels), pack, 1,
       "[idx] 'set/train-images-idx3-ubyte' declares too much data: got shape "
       "[4294967295,4294967295,4294967295] of f64, expected at most 8589934592 bytes"},
      {"idx gzip cut", one("i.idx", packed.substr(0, packed.size() - 9)), one_file, 1,
       "[gzip] 'i.idx' is truncated: the gzip data end too early"},
      {"idx gzip with a wrong checksum",
       one("i.idx", packed.substr(0, packed.size() - 8) + "12345678"), one_file, 1,
       "[gzip] 'i.idx' is damaged gzip data: incorrect data check"},
      {"idx gzip followed by rubbish", one("i.idx", packed + "rubbish"), one_file, 1,
       "[gzip] 'i.idx' has 7 bytes after the end of the gzip data"},
      {"idx gzip bomb", one("i.idx", codec::gzip(idx_images() + std::string(64 << 20, '\0'))),
       one_file, 1, "[gzip] 'i.idx' unpacks to more than 4136 bytes"},
      {"idx with NaN", one("i.idx", idx_floats(std::numeric_limits<float>::quiet_NaN())), one_file,
       1, "[idx] i.idx: image 0 holds nan at pixel 3, expected float pixels in [0,1]"},
      {"idx with Inf", one("i.idx", idx_floats(std::numeric_limits<float>::infinity())), one_file,
       1, "[idx] i.idx: image 0 holds inf at pixel 3, expected float pixels in [0,1]"},
      {"idx beyond one", one("i.idx", idx_floats(1.5f)), one_file, 1,
       "[idx] i.idx: image 0 holds 1.5 at pixel 3, expected float pixels in [0,1]"},
      {"idx labels too few", idx_set(idx_images(), raw_idx(8, {1}, "\1")), pack, 1,
       "[idx] set/train-labels-idx1-ubyte: got 1 labels, expected 2, one for each image of "
       "set/train-images-idx3-ubyte"},
      {"idx labels of rank 2", idx_set(idx_images(), raw_idx(8, {2, 1}, "\1\1")), pack, 1,
       "[idx] set/train-labels-idx1-ubyte: got u8 [2,1], expected labels u8 [N]"},
      {"idx labels beyond data.classes", idx_set(idx_images(), labels),
       pack + " --set data.classes=1", 1,
       "[idx] set/train-labels-idx1-ubyte: label of image 1: got 1, expected less than "
       "data.classes = 1"},
      {"idx labels are a folder",
       [] {
         put(fs::path("set") / kImages, idx_images());
         fs::create_directories(fs::path("set") / kLabels);
       },
       pack, 1,
       "[idx] no train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz in 'set': expected a folder "
       "with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
       "t10k-labels-idx1-ubyte (each may end in .gz)"},
      {"idx images are a dangling link",
       [] {
         fs::create_directories("set");
         fs::create_symlink("gone", fs::path("set") / kImages);
       },
       pack + " --set data.name=idx", 1,
       "[idx] no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in 'set': expected a folder "
       "with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
       "t10k-labels-idx1-ubyte (each may end in .gz)"},
      {"idx first beyond the end", idx_set(idx_images(), labels), pack + " --set data.first=5", 1,
       "[idx] set/train-images-idx3-ubyte: data.first = 5 and data.count = 0 reach past its 2 "
       "images"},
      {"idx count beyond the end", idx_set(idx_images(), labels), pack + " --set data.count=9", 1,
       "[idx] set/train-images-idx3-ubyte: data.first = 0 and data.count = 9 reach past its 2 "
       "images"},
  };
}

std::vector<BadCase> bad_cifar() {
  const std::string pack = "data pack data_batch_1.bin --out out.saddle --set data.name=cifar";
  const auto file = [](const std::string& bytes) { return one("data_batch_1.bin", bytes); };
  return {
      {"cifar cut", file(cifar(1, 2).substr(0, 5000)), pack, 1,
       "[cifar] 'data_batch_1.bin' has a wrong size: got 5000 bytes, expected a multiple of 3073 "
       "for CIFAR-10; is it truncated?"},
      {"cifar empty", file(""), pack, 1, "[cifar] 'data_batch_1.bin' holds no records"},
      {"cifar label 10", file(cifar(1, 1) + cifar(10, 1)), pack, 1,
       "[cifar] 'data_batch_1.bin' has a wrong label in record 1: got 10, expected 0 to 9 for "
       "CIFAR-10"},
      {"cifar fine label 100", file("\3\x64" + std::string(3072, 'x')),
       pack + " --set data.set=cifar100", 1,
       "[cifar] 'data_batch_1.bin' has a wrong label in record 0: got 100, expected 0 to 99 for "
       "CIFAR-100"},
      {"cifar of the wrong set", file(cifar(1, 2)), pack + " --set data.set=cifar100", 1,
       "[cifar] 'data_batch_1.bin' has a wrong size: got 6146 bytes, expected a multiple of 3074 "
       "for CIFAR-100; it has the size of CIFAR-10"},
      {"cifar gzip cut", file(codec::gzip(cifar(1, 2)).substr(0, 30)), pack, 1,
       "[gzip] 'data_batch_1.bin' is truncated: the gzip data end too early"},
      {"cifar folder with a batch missing",
       [] {
         put("c/data_batch_1.bin", cifar(1, 1));
         put("c/data_batch_2.bin", cifar(1, 1));
         put("c/test_batch.bin", cifar(1, 1));
       },
       "data pack c --out out.saddle --set data.name=cifar", 1,
       "[cifar] 'c' has 2 of data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, "
       "data_batch_4.bin, data_batch_5.bin: expected all of them"},
      {"cifar folder without files", [] { fs::create_directories("c"); },
       "data pack c --out out.saddle --set data.name=cifar", 1,
       "[cifar] 'c' holds 0 .bin files: expected a folder with data_batch_1.bin to "
       "data_batch_5.bin and test_batch.bin (each may end in .gz), or one file of such records"},
  };
}

std::vector<BadCase> bad_npy() {
  const std::string pack = "data pack a.npy --out out.saddle";
  const auto file = [](const std::string& bytes) { return one("a.npy", bytes); };
  const auto headed = [&](const std::string& head) { return file(raw_npy(head, kPixels)); };
  const float inf = std::numeric_limits<float>::infinity();
  return {
      {"npy cut in its magic", file("\x93NUMPY"), pack, 1,
       "[npy] 'a.npy' is truncated in its header"},
      {"npy cut in its header", file(npy_images().substr(0, 40)), pack, 1,
       "[npy] 'a.npy' is truncated in its header"},
      {"npy cut in its data", file(npy_images().substr(0, 140)), pack, 1,
       "[npy] 'a.npy' is truncated: got 12 bytes of data, expected 24 for shape [2,3,4] of u8"},
      {"npy with surplus bytes", file(npy_images() + "more"), pack, 1,
       "[npy] 'a.npy' has surplus bytes: got 28 bytes of data, expected 24 for shape [2,3,4] of "
       "u8"},
      {"npy of version 9", file("\x93NUMPY\x09" + npy_images().substr(7)), pack, 1,
       "[npy] 'a.npy' has an unknown format version: got 9, expected 1 to 3"},
      {"npy of Fortran order",
       headed("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4)}"), pack, 1,
       "[npy] 'a.npy' is in Fortran order: expected C order; try numpy.ascontiguousarray(array)"},
      {"npy big-endian", file(raw_npy(">f4", "(2, 3)", kPixels)), pack, 1,
       "[npy] 'a.npy' is big-endian: got '>f4', expected little-endian; try array.astype('<f4')"},
      {"npy of objects", file(raw_npy("|O", "(3,)", kPixels)), pack, 1,
       "[npy] 'a.npy' holds Python objects, which are never loaded (they are programs, NumPy's "
       "allow_pickle): expected plain numbers; try array.astype(numpy.float32)"},
      {"npy of half floats", file(raw_npy("<f2", "(12,)", kPixels)), pack, 1,
       "[npy] 'a.npy' has an unsupported type: got '<f2', expected |u1, |b1, |i1, <i2, <i4, <i8, "
       "<f4 or <f8; try array.astype(numpy.float32)"},
      {"npy of a structure",
       headed("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}"), pack, 1,
       "[npy] 'a.npy' holds records of named fields: expected plain numbers; try to save each "
       "field as an array of its own"},
      {"npy without a shape", headed("{'descr': '|u1', 'fortran_order': False}"), pack, 1,
       "[npy] 'a.npy' has a broken header: expected {'descr': '<f4', 'fortran_order': False, "
       "'shape': (2, 3), } or the like; try to save it again with numpy.save"},
      {"npy with a negative size", file(raw_npy("|u1", "(-2, 3, 4)", kPixels)), pack, 1,
       "[npy] 'a.npy' has a negative size in its shape: got -2"},
      {"npy whose sizes overflow",
       file(raw_npy("<f8", "(4611686018427387904, 4611686018427387904)", kPixels)), pack, 1,
       "[npy] 'a.npy' declares too much data: got shape [4611686018427387904,4611686018427387904]"},
      {"npy that declares a tebibyte", file(raw_npy("<f4", "(274877906944, 1)", kPixels)), pack, 1,
       "[npy] 'a.npy' is truncated: got 24 bytes of data, expected 1099511627776 for shape "
       "[274877906944,1] of f32"},
      {"npy whose header is no dictionary", headed("print('hello')"), pack, 1,
       "[npy] 'a.npy' has a broken header: expected {'descr': '<f4', 'fortran_order': False, "
       "'shape': (2, 3), } or the like; try to save it again with numpy.save"},
      {"npy of no samples", file(raw_npy("|u1", "(0, 3, 4)", "")), pack, 1,
       "[arrays] a.npy: got an array [0,3,4], expected images [N,H,W], [N,C,H,W] or [N,H,W,C], or "
       "rows [N,D]"},
      {"npy of one number", file(raw_npy("<f4", "()", "abcd")), pack, 1,
       "[arrays] a.npy: got an array [], expected images [N,H,W], [N,C,H,W] or [N,H,W,C], or rows "
       "[N,D]"},
      {"npy of whole rows", file(raw_npy("<i4", "(2, 3)", kPixels)), pack, 1,
       "[arrays] a.npy: got rows of i32, expected f32 or f64; try array.astype(numpy.float32)"},
      {"npy of two channels", file(raw_npy("|u1", "(1, 2, 3, 4)", kPixels)), pack, 1,
       "[arrays] a.npy: got an array [1,2,3,4], in which neither side could be the channels (1 or "
       "3); say which with data.layout = \"channels_first\" or \"channels_last\""},
      {"npy with both sides channels", file(raw_npy("|u1", "(1, 3, 8, 1)", kPixels)), pack, 1,
       "[arrays] a.npy: got an array [1,3,8,1], in which both sides could be the channels (1 or "
       "3); say which with data.layout = \"channels_first\" or \"channels_last\""},
      {"npy with NaN", file(npy_floats(std::numeric_limits<float>::quiet_NaN())), pack, 1,
       "[arrays] a.npy: sample 1 holds nan at element 1, expected finite numbers"},
      {"npy with Inf", file(npy_floats(-inf)), pack, 1,
       "[arrays] a.npy: sample 1 holds -inf at element 1, expected finite numbers"},
      {"npy beyond f32",
       file(raw_npy("<f8", "(1, 1)", std::string("\x9c\x75\0\x88\x3c\xe4\x37\x7e", 8))), pack, 1,
       "[arrays] a.npy: sample 0 holds 1e+300 at element 0, expected numbers that fit into f32; "
       "try to scale them"},
      {"npy images out of range",
       file(codec::encode_npy(
           codec::make_array<float>(std::vector<float>{0, 1, 2, 200}, {1, 2, 2}))),
       pack, 1,
       "[arrays] a.npy: image 0 holds 2 at element 2, expected pixels in [0,1]; say their range "
       "with data.low and data.high"},
      {"npy range upside down", file(npy_images()), pack + " --set data.low=1 --set data.high=0", 2,
       "[arrays] data.low = 1 and data.high = 0: expected finite numbers, low below high"},
      {"npy labels too many",
       [] {
         put("a.npy", npy_images());
         put("a-labels.npy", raw_npy("<i8", "(3,)", kPixels));
       },
       pack, 1,
       "[arrays] a-labels.npy: got labels [3], expected [2], one for each sample of a.npy"},
      {"npy labels below zero",
       [] {
         put("a.npy", npy_images());
         put("a-labels.npy", raw_npy("|i1", "(2,)", "\xff\1"));
       },
       pack, 1, "[arrays] a-labels.npy: label of sample 0: got -1, expected 0 to 999999"},
      {"npy labels of floats",
       [] {
         put("a.npy", npy_images());
         put("a-labels.npy", raw_npy("<f4", "(2,)", "abcdabcd"));
       },
       pack, 1, "[arrays] a-labels.npy: got f32, expected whole numbers"},
      {"npy is a folder", [] { fs::create_directories("a.npy"); }, pack + " --set data.name=arrays",
       1, "[arrays] 'a.npy' is a folder: expected a .npy or .npz file"},
      {"npy labels are not there", file(npy_images()), pack + " --set data.labels=other.npy", 1,
       "[file] no such file: 'other.npy'"},
  };
}

std::vector<BadCase> bad_npz() {
  const std::string pack = "data pack a.npz --out out.saddle";
  return {
      {"npz without x", npz({{"a.npy", npy_images()}, {"b.npy", npy_images()}}), pack, 1,
       "[arrays] a.npz: got the arrays a, b, expected one named x; name the samples with data.x"},
      {"npz without the array that is named", npz({{"x.npy", npy_images()}}),
       pack + " --set data.x=faces", 1, "[npz] 'a.npz' has no array 'faces'; known: x"},
      {"npz with a file that is no array", npz({{"x.npy", npy_images()}, {"notes.txt", "hello"}}),
       pack, 1,
       "[npz] 'a.npz' is no .npz file: it holds 'notes.txt', expected names that end in .npy"},
      {"npz with an array that is cut", npz({{"x.npy", npy_images().substr(0, 130)}}), pack, 1,
       "[npy] 'a.npz:x.npy' is truncated: got 2 bytes of data, expected 24 for shape [2,3,4] of "
       "u8"},
      {"npz of nothing", npz({}), pack, 1, "[arrays] a.npz: holds no array, expected one named x"},
      {"npz cut",
       [] {
         npz({{"x.npy", npy_images()}})();
         fs::resize_file("a.npz", 100);
       },
       pack, 1,
       "[zip] 'a.npz' is truncated or damaged: it starts as a ZIP archive, but the directory at "
       "its end is missing; try to copy it again"},
  };
}

}  // namespace

std::vector<BadCase> bad_arrays() {
  std::vector<BadCase> rows;
  for (const auto& table : {bad_idx(), bad_cifar(), bad_npy(), bad_npz()}) {
    rows.insert(rows.end(), table.begin(), table.end());
  }
  return rows;
}

}  // namespace saddle::test
