// Folders and archives of pictures.
#include <nlohmann/json.hpp>

#include "inspect_sets.h"
#include "saddle/codec/jpeg.h"
#include "saddle/codec/zip.h"
#include "saddle/data/source.h"
#include "tests/codec/golden_pictures.h"
#include "tests/paths.h"

namespace saddle::data {
namespace {

class InspectPictures : public InspectedSet {
 protected:
  /// n pictures NAME0.png, NAME1.png, ...
  void pictures(const std::string& name, unsigned n, int width, int height, int channels,
                unsigned seed = 0) {
    for (unsigned i = 0; i < n; ++i) {
      picture(name + std::to_string(i) + ".png", width, height, channels, seed + i);
    }
  }
};

TEST_F(InspectPictures, SubFoldersAreClasses) {
  pictures("cat/", 3, 64, 64, 3);
  pictures("dog/", 2, 64, 64, 3, 10);
  const Inspection in = look();
  EXPECT_EQ(in.kind, "folder");
  EXPECT_EQ(in.class_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(in.splits[0].class_counts, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(in.command, "saddle train folder-64 --data " + path());
  EXPECT_TRUE(in.usable());
}

TEST_F(InspectPictures, MixedSizesAndColoursTrainWithThePreset) {
  pictures("a", 2, 20, 40, 1);
  pictures("b", 2, 80, 70, 3, 10);
  pictures("c", 1, 64, 64, 4, 20);
  const Inspection in = look();
  EXPECT_TRUE(in.usable()) << all_findings(in);
  ASSERT_EQ(in.splits[0].shapes.size(), 3U);
  EXPECT_EQ(in.splits[0].shapes.front().shape, (PictureShape{20, 40, 1}));
  EXPECT_EQ(in.splits[0].shapes.back().shape, (PictureShape{80, 70, 3}));
  EXPECT_NE(finding(in, "pictures come in 3 sizes, 20x40 to 80x70").advice.find("data.fit=crop"),
            std::string::npos)
      << all_findings(in);
  EXPECT_EQ(finding(in, "2 grey and 3 colour pictures are mixed").severity, Severity::kNote);
  EXPECT_EQ(finding(in, "1 picture has an alpha channel").severity, Severity::kNote);
  EXPECT_EQ(in.command, "saddle train folder-64 --data " + path());
}

TEST_F(InspectPictures, TheCommandsKeysOpenTheSource) {
  pictures("a", 2, 28, 28, 1);
  pictures("b", 2, 28, 28, 3, 10);
  const Inspection in = look();
  EXPECT_EQ(end_of_command(in), "--set data.resolution=0 --set data.fit=exact") << in.command;
  const ImageFiles keyed{
      .picture = {.channels = PictureChannels::kRgb, .alpha = PictureAlpha::kWhite}};
  EXPECT_EQ(make_source(keyed, Split::kTrain, path())->size(), 4);
}

TEST_F(InspectPictures, TheFolderPresetSaysWhatTheCommandRelyOn) {
  const std::string preset =
      read_file(std::filesystem::path(test::kSourceDirectory) / "presets" / "folder-64.toml");
  for (const char* line :
       {"resolution = 64\n", "fit = \"crop\"\n", "channels = \"rgb\"\n", "alpha = \"white\"\n"}) {
    EXPECT_NE(preset.find(line), std::string::npos) << line;
  }
}

TEST_F(InspectPictures, TheUsersKeysStayInTheCommand) {
  pictures("a", 2, 40, 50, 3);
  InspectOptions options;
  options.source = ImageFiles{.picture = {.resolution = 32, .fit = PictureFit::kPad}};
  const Inspection in = look("", options);
  EXPECT_EQ(end_of_command(in), "--set data.resolution=32 --set data.fit=pad");
}

TEST_F(InspectPictures, ListsTwentyBrokenFilesAndReadsOn) {
  pictures("a", 3, 64, 64, 3);
  const std::string good = read_file(at("a0.png"));
  for (int i = 0; i < 25; ++i) {
    put("b" + std::to_string(i) + ".png", i == 0 ? "" : good.substr(0, 500));
  }
  put("z.png", "no picture");
  const Inspection in = look();
  EXPECT_FALSE(in.usable());
  EXPECT_EQ(in.splits[0].broken.count, 26);
  EXPECT_EQ(in.splits[0].broken.first.size(), 20U);
  EXPECT_EQ(in.splits[0].broken.first[0].first, "b0.png");
  EXPECT_EQ(in.splits[0].broken.first[0].second, "the file is empty");
  EXPECT_EQ(in.splits[0].broken.first[1].second, "a broken PNG: the file ends too early");
  EXPECT_EQ(in.splits[0].samples, 29);
  EXPECT_EQ(in.splits[0].shapes.at(0).count, 3);
  EXPECT_EQ(finding(in, "26 of the 29 pictures of train cannot be read: b0.png").severity,
            Severity::kFatal)
      << all_findings(in);
  EXPECT_EQ(inspection_json(in)["broken_count"], 26);
  EXPECT_NE(inspection_text(in).find("Cannot be read in train (26):"), std::string::npos);
}

TEST_F(InspectPictures, CopiesAreTheSamePixelsInAnyFormat) {
  picture("a.png", 20, 20, 3, 1);
  const codec::Image8 image = noise(20, 20, 3, 1);
  put("b.ppm", "P6\n20 20\n255\n" + std::string(image.pixels.begin(), image.pixels.end()));
  codec::write_png(at("c.png"), codec::with_channels(image, 4));  // opaque
  picture("d.png", 20, 20, 1, 2);
  codec::write_png(at("e.png"), codec::with_channels(noise(20, 20, 1, 2), 3));
  const Inspection in = look();
  EXPECT_EQ(in.splits[0].copies.samples, 3);
  EXPECT_EQ(in.splits[0].copies.groups, 2);
  EXPECT_EQ(in.splits[0].copies.largest.at(0).names,
            (std::vector<std::string>{"a.png", "b.ppm", "c.png"}));
  EXPECT_EQ(in.pictures.grey_as_rgb, 1);
  EXPECT_EQ(in.pictures.opaque_alpha, 1);
}

TEST_F(InspectPictures, CountsDepthOrientationAndTinyOnes) {
  put("deep.pgm", "P5\n20 20\n65535\n" + std::string(800, 'x'));
  put("turned.jpg",
      test::with_exif(codec::encode_jpeg(noise(40, 20, 3, 1)), test::exif_tiff(6, true)));
  picture("tiny.png", 12, 30, 1, 3);
  const Inspection in = look();
  EXPECT_EQ(in.bit_depth, 16);
  EXPECT_EQ(in.pictures.sixteen_bit, 1);
  EXPECT_EQ(in.pictures.rotated, 1);
  EXPECT_EQ(in.pictures.tiny, 1);
  EXPECT_EQ(in.splits[0].shapes.back().shape, (PictureShape{20, 40, 3}));  // upright
  EXPECT_EQ(finding(in, "1 picture has a side below 16 pixels").severity, Severity::kBad)
      << all_findings(in);
}

TEST_F(InspectPictures, TellsWhatIsLeftOut) {
  pictures("a", 3, 64, 64, 3);
  put("b.webp", std::string("RIFF\x10\0\0\0WEBPVP8 ", 16));
  put("c.dat", read_file(at("a0.png")));
  put("notes.txt", "hello\n");
  const Inspection in = look();
  EXPECT_EQ(finding(in, "left out, as such pictures are not read: 1 WebP").severity, Severity::kBad)
      << all_findings(in);
  EXPECT_EQ(finding(in, "1 picture left out, as the name does not end in").severity,
            Severity::kBad);
  EXPECT_EQ(in.pictures.misnamed_example, "c.dat");
  EXPECT_EQ(in.pictures.left_out.size(), 3U);
  EXPECT_EQ(inspection_json(in)["pictures"]["left_out"]["texts"], 1);
}

TEST_F(InspectPictures, NamesNotInUtf8ArePrintable) {
  picture("caf\xe9.png", 64, 64, 3, 1);
  put("b\xff.png", "");
  const Inspection in = look();
  EXPECT_EQ(in.pictures.odd_names, 2);
  EXPECT_EQ(in.splits[0].broken.first.at(0).first, "b\\xff.png");
  EXPECT_NO_THROW(inspection_json(in).dump());
}

TEST_F(InspectPictures, FindsPairsSideBySide) {
  for (unsigned i = 0; i < 6; ++i) {
    codec::Image8 image = noise(96, 48, 3, i);
    for (int y = 0; y < 48; ++y) {
      for (int x = 48; x < 96; ++x) {  // the right half: two flat colours
        for (std::size_t c = 0; c < 3; ++c) {
          image.pixels[image.offset(x, y) + c] =
              static_cast<std::uint8_t>(y < 20 + 2 * int(i) ? 200 : 30);
        }
      }
    }
    codec::write_png(at("p" + std::to_string(i) + ".png"), image);
  }
  const Inspection in = look();
  EXPECT_TRUE(in.pictures.side_by_side);
  EXPECT_EQ(in.pictures.label_half, "right");
  EXPECT_EQ(finding(in, "each picture holds a pair side by side").severity, Severity::kBad);
  EXPECT_EQ(end_of_command(in), "--set data.part=left");
}

/// Noise of seed `seed` in a frame of one colour.
codec::Image8 framed(unsigned seed, codec::Padding border, int width, int height) {
  codec::Image8 image = codec::make_image(width, height, 3);
  std::uint32_t state = seed + 1;
  for (auto& value : image.pixels) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(64 + (state >> 24) / 2);
  }
  return codec::pad(image, border, 0);
}

TEST_F(InspectPictures, CountsPicturesThatArePaddedAlready) {
  codec::write_png(at("wide.png"), framed(1, {.top = 10, .bottom = 11}, 64, 43));
  put("tall.jpg", codec::encode_jpeg(framed(2, {.left = 16, .right = 16}, 32, 64)));
  codec::write_png(at("frame.png"), framed(3, {9, 9, 9, 9}, 64, 64));  // may be the subject
  codec::write_png(at("one.png"), framed(4, {.top = 20}, 64, 44));     // a sky
  codec::write_png(at("uneven.png"), framed(5, {.top = 20, .bottom = 4}, 64, 40));
  codec::write_png(at("small.png"), framed(6, {.top = 7, .bottom = 7}, 28, 14));
  const Inspection in = look();
  EXPECT_EQ(in.pictures.bars, 2);
  EXPECT_EQ(finding(in, "2 pictures (33.3 %) have bars of one colour on two sides").severity,
            Severity::kBad)
      << all_findings(in);
}

TEST_F(InspectPictures, CountsPicturesEnlargedByRepeatingPixels) {
  codec::write_png(at("twice.png"), codec::enlarge(noise(20, 30, 3, 1), 2));
  codec::write_png(at("four.png"), codec::enlarge(noise(20, 30, 1, 2), 4));
  codec::write_png(at("threefold.png"), codec::enlarge(noise(20, 30, 1, 3), 3));
  picture("plain.png", 40, 60, 3, 4);
  const Inspection in = look();
  EXPECT_EQ(in.pictures.doubled, 2);
  EXPECT_EQ(finding(in, "2 pictures (50.0 %) are enlarged").severity, Severity::kBad)
      << all_findings(in);
}

TEST_F(InspectPictures, CountsPicturesThatAreAlmostOfOneColour) {
  for (const int spots : {0, 1, 10, 11}) {  // of 1,000 pixels; none is a constant picture
    codec::Image8 image = codec::make_image(40, 25, 1, 9);
    for (int i = 0; i < spots; ++i) image.pixels[static_cast<std::size_t>(7 * i)] = 200;
    codec::write_png(at(std::to_string(spots) + ".png"), image);
  }
  const Inspection in = look();
  EXPECT_EQ(in.pictures.plain, 2);
  EXPECT_EQ(in.splits[0].constant.count, 1);
  EXPECT_EQ(finding(in, "2 pictures (50.0 %) are almost empty").severity, Severity::kBad);
}

TEST_F(InspectPictures, PanoramasAreNoPairs) {
  pictures("noise", 6, 96, 48, 3);
  EXPECT_FALSE(look().pictures.side_by_side);
  for (unsigned i = 0; i < 6; ++i) {
    codec::Image8 image = codec::make_image(96, 48, 1);
    for (std::size_t k = 0; k < image.pixels.size(); ++k) {
      image.pixels[k] = static_cast<std::uint8_t>(k % 96 + 10 * i);
    }
    codec::write_png(at("noise" + std::to_string(i) + ".png"), image);
  }
  EXPECT_FALSE(look().pictures.side_by_side);
}

TEST_F(InspectPictures, FoldersOfImagesAndMasksAreNoClasses) {
  pictures("image/", 3, 64, 64, 1);
  pictures("mask/", 3, 64, 64, 1, 10);
  const Inspection in = look();
  EXPECT_EQ(in.pictures.pair_folders, (std::vector<std::string>{"image", "mask"}));
  EXPECT_EQ(finding(in, "the folders image, mask hold files of the same names").severity,
            Severity::kBad);
  EXPECT_TRUE(in.command.starts_with("saddle train folder-64 --data " + path("image")));
  pictures("mask/other", 3, 64, 64, 1, 20);
  EXPECT_TRUE(look().pictures.pair_folders.empty());
}

TEST_F(InspectPictures, ClassFoldersWithTheSameFileNamesStayClasses) {
  pictures("cats/", 3, 64, 64, 3);
  pictures("dogs/", 3, 64, 64, 3, 10);
  EXPECT_TRUE(look().pictures.pair_folders.empty());
}

TEST_F(InspectPictures, FoldersNamedAsSplitsAreNoClasses) {
  pictures("trainA/", 3, 64, 64, 3);
  pictures("trainB/", 3, 64, 64, 3, 10);
  const Inspection in = look();
  EXPECT_EQ(in.pictures.split_classes, (std::vector<std::string>{"trainA", "trainB"}));
  EXPECT_EQ(in.command, "saddle train folder-64 --data " + path("trainA"));
}

TEST_F(InspectPictures, StripsOfFramesAreFilms) {
  picture("a.png", 320, 32, 3, 1);
  picture("b.png", 480, 32, 3, 2);
  const Inspection in = look();
  EXPECT_TRUE(in.pictures.strips);
  EXPECT_EQ(finding(in, "all pictures are 32 high and a multiple of that wide").severity,
            Severity::kBad);
}

TEST_F(InspectPictures, TheTwoSplitsOfAFolderAreCompared) {
  pictures("train/", 4, 64, 64, 3);
  pictures("test/", 3, 64, 64, 3, 2);
  const Inspection in = look();
  ASSERT_EQ(in.splits.size(), 2U);
  EXPECT_EQ(in.splits[1].samples, 3);
  EXPECT_EQ(in.overlaps.at(0).samples, 2);
  EXPECT_EQ(in.overlaps[0].first[0],
            (std::pair<std::string, std::string>{"test/0.png", "train/2.png"}));
}

TEST_F(InspectPictures, AClassFolderOfTheTestSplitAloneIsEmptyInTraining) {
  pictures("train/x/", 2, 64, 64, 3);
  pictures("train/y/", 2, 64, 64, 3, 5);
  pictures("test/y/", 2, 64, 64, 3, 10);
  pictures("test/z/", 2, 64, 64, 3, 20);
  const Inspection in = look();
  EXPECT_EQ(in.class_names, (std::vector<std::string>{"x", "y", "z"}));
  EXPECT_EQ(finding(in, "3 classes are nearly empty: x (2), y (2), z (0)").severity, Severity::kBad)
      << all_findings(in);
}

TEST_F(InspectPictures, AnArchiveHasTheLabelsOfItsDatasetJson) {
  const std::string one = codec::encode_png(noise(64, 64, 3, 1)),
                    two = codec::encode_png(noise(64, 64, 3, 2));
  const std::string json = R"({"labels": [["00/1.png", 4], ["00/2.png", 0]]})";
  const std::vector<codec::ZipInput> files{
      {"00/1.png", one}, {"00/2.png", two}, {"dataset.json", json}};
  codec::write_zip(at("a.zip"), files, codec::ZipMethod::kStored);
  const Inspection in = look("a.zip");
  EXPECT_EQ(in.kind, "zip");
  EXPECT_EQ(in.title, "ZIP archive of pictures, labels in dataset.json");
  EXPECT_EQ(in.splits[0].class_counts, (std::vector<std::int64_t>{1, 0, 0, 0, 1}));
  EXPECT_TRUE(in.usable());
  const std::vector<codec::ZipInput> partial{
      {"00/1.png", one}, {"00/2.png", two}, {"dataset.json", R"({"labels": [["00/1.png", 4]]})"}};
  codec::write_zip(at("b.zip"), partial, codec::ZipMethod::kDeflated);
  const Inspection unlabelled = look("b.zip");
  EXPECT_TRUE(unlabelled.usable()) << all_findings(unlabelled);
  EXPECT_EQ(end_of_command(unlabelled), "--set data.labels=none");
  const std::vector<codec::ZipInput> text{{"readme.txt", "hello\n"}};
  codec::write_zip(at("c.zip"), text, codec::ZipMethod::kDeflated);
  EXPECT_FALSE(look("c.zip").usable());
  EXPECT_EQ(look("c.zip").title, "ZIP archive with 1 text");
}

TEST_F(InspectPictures, TheSheetHasARowAClass) {
  for (int i = 0; i < 5; ++i) {
    codec::write_png(at("black/" + std::to_string(i) + ".png"), codec::make_image(40, 20, 3, 0));
  }
  codec::write_png(at("grey/0.png"), codec::make_image(200, 200, 1, 128));
  const Inspection in = look();
  EXPECT_EQ(in.picks.size(), 6U);
  const auto sheet = contact_sheet(in, 50);
  ASSERT_TRUE(sheet);
  // Cells of 50x50, 2 pixels of white around each; 40x20 fits, but not twice as large.
  EXPECT_EQ(sheet->width, 5 * 52 + 2);
  EXPECT_EQ(sheet->height, 2 * 52 + 2);
  const auto at_pixel = [&](int x, int y) { return int{sheet->pixels[sheet->offset(x, y)]}; };
  EXPECT_EQ(at_pixel(27, 27), 0);    // the middle of the first black picture
  EXPECT_EQ(at_pixel(27, 4), 255);   // white above it
  EXPECT_EQ(at_pixel(27, 79), 128);  // the grey one, scaled down to the cell
  EXPECT_EQ(at_pixel(4, 56), 128);
  EXPECT_EQ(at_pixel(82, 79), 255);  // nothing beside it
}

TEST_F(InspectPictures, TheSheetEnlargesSmallPicturesAndCutsStrips) {
  codec::write_png(at("a.png"), codec::make_image(20, 10, 1, 0));
  codec::Image8 strip = codec::make_image(1000, 10, 1, 255);
  for (int y = 0; y < 10; ++y) {
    for (int x = 480; x < 520; ++x) strip.pixels[strip.offset(x, y)] = 0;
  }
  codec::write_png(at("b.png"), strip);
  const auto sheet = contact_sheet(look(), 80);
  ASSERT_TRUE(sheet);
  // 20x10 four times as large, and the middle 40x10 of the strip twice.
  EXPECT_EQ(sheet->width, 80 + 4);
  EXPECT_EQ(sheet->height, 2 * 42 + 2);
  const auto black = std::ranges::count(sheet->pixels, 0);
  EXPECT_EQ(black, 80 * 40 + 80 * 20);
}

TEST_F(InspectPictures, TheSheetShowsAFewOfMany) {
  pictures("a", 90, 16, 16, 1);
  InspectOptions options;
  options.sheet_pictures = 10;
  const Inspection in = look("", options);
  EXPECT_EQ(in.picks.size(), 10U);
  EXPECT_EQ(in.picks, look("", options).picks);
  options.sheet_pictures = 0;
  EXPECT_FALSE(contact_sheet(look("", options)));
}

}  // namespace
}  // namespace saddle::data
