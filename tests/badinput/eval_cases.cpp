// What a user may get wrong with `saddle eval`.
#include <limits>

#include "saddle/codec/npy.h"
#include "saddle/codec/npz.h"
#include "saddle/codec/png.h"
#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

/// n rows of d numbers that are all different.
codec::Array eval_rows(std::int64_t n, std::int64_t d, float first = 0) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < n * d; ++i) {
    values.push_back(first + static_cast<float>((i * 37) % 101) / 50);
  }
  return codec::make_array<float>(values, {n, d});
}
codec::Array eval_bytes(std::vector<std::int64_t> shape) {
  std::int64_t size = 1;
  for (const std::int64_t side : shape) size *= side;
  std::vector<std::uint8_t> values;
  for (std::int64_t i = 0; i < size; ++i) values.push_back(static_cast<std::uint8_t>(i * 31));
  return codec::make_array<std::uint8_t>(values, std::move(shape));
}
void put_rows(const std::string& name, std::int64_t n, std::int64_t d) {
  put(name, codec::encode_npy(eval_rows(n, d)));
}

/// real.npy and fake.npy, 12 rows of 3 numbers.
void two_sets() {
  put_rows("real.npy", 12, 3);
  put("fake.npy", codec::encode_npy(eval_rows(12, 3, 0.5f)));
}
/// 6 images of 3 x 4 x 4.
void two_image_sets() {
  put("real.npy", codec::encode_npy(eval_bytes({6, 3, 4, 4})));
  put("fake.npy", codec::encode_npy(eval_bytes({6, 3, 4, 4})));
}
/// A safetensors file of f32 rows [2,2] under these names.
std::string eval_safetensors(const std::vector<std::string>& names) {
  std::string header = "{";
  std::string data;
  for (const std::string& name : names) {
    header += (header.size() > 1 ? ",\"" : "\"") + name +
              "\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[" +
              std::to_string(data.size()) + "," + std::to_string(data.size() + 16) + "]}";
    data += std::string(16, '\0');
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  return little_endian(std::uint64_t{header.size()}) + header + data;
}

const std::string kBoth = "eval --real real.npy --fake fake.npy ";

std::vector<BadCase> bad_eval_words() {
  return {
      {"eval of a misspelt metric", two_sets, kBoth + "--metrics fdi", 2,
       "[eval] unknown metric 'fdi'; did you mean 'fid'?"},
      {"eval of a metric of the data alone", two_sets, kBoth + "--metrics class_kl", 2,
       "[eval] metric 'class_kl' cannot be asked for by name: `saddle eval RUN` without --metrics "
       "gives it for the data that it fits"},
      {"eval of no metric", two_sets, kBoth + "--metrics ,", 2,
       "[eval] no metric is named; give --metrics fid,precision,recall, for example"},
      {"eval with a misspelt key", two_sets, kBoth + "--set kid.sizze=3", 2,
       "[config] --set kid.sizze=3: unknown key 'kid.sizze'; did you mean 'size'?"},
      {"eval with a misspelt group", two_sets, kBoth + "--set kdi.size=3", 2,
       "unknown key 'kdi'; did you mean 'kid'?"},
      {"eval with a word for a number", two_sets, kBoth + "--set kid.size=many", 2,
       "[config] --set kid.size=many: kid.size: got \"many\", expected a whole number in [2, "
       "1000000]"},
      {"eval with a number out of range", two_sets, kBoth + "--set manifold.k=0", 2,
       "manifold.k: got 0, expected a whole number in [1, 1000]"},
      {"eval of nothing",
       {},
       "eval",
       2,
       "[eval] nothing to measure: give a run, or --fake SAMPLES and --real SAMPLES"},
      {"eval of reals alone", two_sets, "eval --real real.npy", 2,
       "[eval] nothing to measure: give a run, or --fake SAMPLES and --real SAMPLES"},
      {"eval of fakes alone", two_sets, "eval --fake fake.npy --metrics fid", 2,
       "[eval] metric 'fid' needs real samples; give --real"},
      {"eval of one sample", two_sets, kBoth + "-n 1", 2, "--n: Value 1 not in range 2 to"},
      {"eval of a part with indices of the whole", two_sets,
       kBoth + "--metrics kid -n 5 --set kid.real_index=i.npy", 2,
       "[eval] kid.real_index counts the rows of whole sets: got -n 5; leave one of the two out"},
      {"eval of a checkpoint without a run", two_sets, kBoth + "--checkpoint best", 2,
       "[eval] --checkpoint goes with a run: got no directory of a run"},
      {"eval of a checkpoint that is a word", two_sets, kBoth + "--checkpoint bets", 2,
       "--checkpoint: got 'bets', expected samples, or best"},
      {"eval of moved data without a run", two_sets, kBoth + "--data x", 2,
       "[eval] --data goes with a run: got no directory of a run"},
      {"eval by an unknown extractor", two_image_sets, kBoth + "--extractor randm", 2,
       "[extractor] 'randm' is no extractor and no TorchScript file; did you mean 'random'?"},
      {"eval by the classifier of a set without classes", two_image_sets,
       kBoth + "--extractor classifier", 2,
       "[eval] --extractor classifier learns from labelled images: give a run of a labelled set, "
       "or a labelled set as --train or --real"},
      {"eval that draws what it does not look for", two_image_sets, kBoth + "--nearest near.png", 2,
       "[eval] --nearest draws what memorisation finds: give --metrics memorisation"},
      {"eval that draws numbers", two_sets,
       kBoth + "--train real.npy --metrics memorisation --nearest near.png", 2,
       "[eval] --nearest draws images: got rows of numbers, which have no picture"},
      {"eval of memory without a training set", two_sets, kBoth + "--metrics memorisation", 2,
       "[eval] metric 'memorisation' needs the training set, and unseen samples as --real; give "
       "--train"},
      {"eval of classes without labels", two_sets, kBoth + "--metrics cas", 2,
       "[eval] metric 'cas' needs labels of the real samples; give --real-labels"},
      {"eval of duplicates without a distance", two_sets, "eval --fake fake.npy --metrics birthday",
       2,
       "[birthday] the distance of duplicates is found from real samples: give --real, or --set "
       "birthday.tau=DISTANCE"},
      {"eval of modes without centres", two_sets, "eval --fake fake.npy --metrics modes", 2,
       "[modes] modes are counted around known centres: give --set modes.centres=FILE#KEY and "
       "--set modes.sd=NUMBER"},
      {"eval of a path of an array", two_image_sets, kBoth + "--metrics ppl", 2,
       "[ppl] path length is that of a generator of images: give a run or a TorchScript generator "
       "as --fake"},
      {"eval of pairs of points", two_sets, kBoth + "--metrics psnr", 2,
       "[eval] metric 'psnr' compares pairs of images; give arrays or folders of images as --real "
       "and --fake"},
  };
}

std::vector<BadCase> bad_eval_files() {
  return {
      {"eval of an array that is not there", two_sets, "eval --real none.npy --fake fake.npy", 1,
       "[file] no such file: 'none.npy'"},
      {"eval of a set that is not there", two_sets, "eval --real none --fake fake.npy", 1,
       "[data] 'none' is not there: expected a folder or file of data"},
      {"eval of a run that is not there", {}, "eval nowhere", 1, "[run] no run at nowhere"},
      {"eval of an empty folder",
       [] {
         two_sets();
         fs::create_directories("set");
       },
       "eval --real set --fake fake.npy", 1,
       "[data] 'set' is empty: expected pictures in a folder"},
      {"eval of a folder of texts",
       [] {
         two_sets();
         put("set/a.txt", "hello");
       },
       "eval --real set --fake fake.npy", 1, "[data] 'set' is no data that is read here"},
      {"eval of a cut npy",
       [] {
         two_sets();
         put("cut.npy", codec::encode_npy(eval_rows(12, 3)).substr(0, 150));
       },
       "eval --real cut.npy --fake fake.npy", 1,
       "[npy] 'cut.npy' is truncated: got 22 bytes of data, expected 144 for shape [12,3] of f32"},
      {"eval of a cut safetensors",
       [] {
         two_sets();
         put("cut.safetensors", eval_safetensors({"x"}).substr(0, 80));
       },
       "eval --real cut.safetensors --fake fake.npy", 1, "[safetensors]~cut.safetensors"},
      {"eval of a cut npz",
       [] {
         two_sets();
         codec::write_npz("a.npz", std::vector<codec::NpzArray>{{"x", eval_rows(12, 3)}});
         std::filesystem::resize_file("a.npz", fs::file_size("a.npz") / 2);
       },
       "eval --real a.npz#x --fake fake.npy", 1, "a.npz"},
      {"eval of an unknown tensor",
       [] {
         two_sets();
         put("a.safetensors", eval_safetensors({"real", "fake"}));
       },
       "eval --real a.safetensors#reel --fake fake.npy", 1,
       "[array] a.safetensors has no array 'reel'; did you mean 'real'?"},
      {"eval of one tensor of several",
       [] {
         two_sets();
         put("a.safetensors", eval_safetensors({"real", "fake"}));
       },
       "eval --real a.safetensors --fake fake.npy", 1,
       "[array] a.safetensors holds 2 arrays: real, fake; name one, for example "
       "a.safetensors#real"},
      {"eval of one array of several",
       [] {
         two_sets();
         codec::write_npz("a.npz", std::vector<codec::NpzArray>{{"a", eval_rows(12, 3)},
                                                                {"b", eval_rows(12, 3)}});
       },
       "eval --real a.npz#c --fake fake.npy", 1, "[array] a.npz has no array 'c'; known: a, b"},
      {"eval of rows of other features",
       [] {
         two_sets();
         put_rows("wide.npy", 12, 5);
       },
       "eval --real wide.npy --fake fake.npy", 1,
       "[eval] wide.npy gives 5 numbers a sample, fake.npy 3: expected as many; compare rows with "
       "rows of the same features, or images with images"},
      {"eval of rows with NaN",
       [] {
         two_sets();
         std::vector<float> values(24, 1.0f);
         values[7] = values[8] = values[20] = std::numeric_limits<float>::quiet_NaN();
         put("nan.npy", codec::encode_npy(codec::make_array<float>(values, {8, 3})));
       },
       "eval --real nan.npy --fake fake.npy", 1,
       "[eval] nan.npy: got 2 of 8 rows with NaN or Inf, expected finite numbers"},
      {"eval of an empty array",
       [] {
         two_sets();
         put("none.npy", codec::encode_npy(eval_rows(0, 3)));
       },
       "eval --real none.npy --fake fake.npy", 1,
       "[eval] none.npy: got Float [0,3], expected rows [n,d] or images [n,C,H,W], with a sample "
       "at least"},
      {"eval with labels of another length",
       [] {
         two_sets();
         put("l.npy", codec::encode_npy(eval_bytes({5})));
       },
       kBoth + "--real-labels l.npy --metrics intra_fid", 1,
       "[eval] labels of real.npy: got Byte [5], expected whole numbers [12]"},
      {"eval with labels of a folder",
       [] {
         two_sets();
         put("l.npy", codec::encode_npy(eval_bytes({5})));
         put("set/a.png", codec::encode_png(codec::make_image(4, 4, 1, 9)));
       },
       "eval --real set --real-labels l.npy --fake fake.npy", 2,
       "[eval] labels are given for arrays: got set, which brings its own where it has any"},
      {"eval of pairs of other sizes",
       [] {
         two_image_sets();
         put("fake.npy", codec::encode_npy(eval_bytes({6, 3, 4, 5})));
       },
       kBoth + "--metrics psnr", 1,
       "[image quality] images: got [6,3,4,4] and [6,3,4,5], expected pairs of one size"},
      {"eval of pairs of another number",
       [] {
         two_image_sets();
         put("fake.npy", codec::encode_npy(eval_bytes({5, 3, 4, 4})));
       },
       kBoth + "--metrics psnr", 1,
       "[eval] metric 'psnr' compares pairs: got 6 real images and 5 fakes, expected as many, in "
       "the same order"},
      {"eval of images without room for their window", two_image_sets, kBoth + "--metrics ssim", 1,
       "[image quality]"},
      {"eval by an extractor that is no TorchScript",
       [] {
         two_image_sets();
         put("net.pt", "hello");
       },
       kBoth + "--extractor net.pt", 1,
       "[extractor] net.pt: got a file that is no TorchScript, expected a file that "
       "torch.jit.script(model).save(path)"},
      {"eval of a generator that is no TorchScript",
       [] {
         two_image_sets();
         put("net.pt", "hello");
       },
       "eval --real real.npy --fake net.pt", 1,
       "[generator] net.pt: got a file that is no TorchScript, expected a file that "
       "torch.jit.script(model).save(path)"},
      {"eval by an extractor that is not there", two_image_sets, kBoth + "--extractor net.pt", 1,
       "net.pt"},
      {"eval of more neighbours than rows", two_sets,
       kBoth + "--metrics precision --set manifold.k=12", 1,
       "[neighbours] rows: got 12 for k = 12, expected more than k; try more samples or a smaller "
       "k"},
  };
}

}  // namespace

std::vector<BadCase> bad_evaluations() {
  std::vector<BadCase> all = bad_eval_words();
  for (BadCase& row : bad_eval_files()) all.push_back(std::move(row));
  return all;
}

}  // namespace saddle::test
