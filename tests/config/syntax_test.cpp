#include "tests/config/sample.h"

namespace saddle::config::test {

TEST(ConfigSyntax, DuplicateKeyNamesLineAndColumn) {
  EXPECT_EQ(file_error("batch = 1\nbatch = 2\n"),
            "my.toml:2:9: not TOML: parsing key-value pair: cannot redefine existing integer "
            "'batch'");
}

TEST(ConfigSyntax, DuplicateTableNamesLineAndColumn) {
  EXPECT_EQ(file_error("[optimizer]\n[penalty.r1]\n[optimizer]\n"),
            "my.toml:3:1: not TOML: parsing table header: cannot redefine existing table "
            "'optimizer'");
}

TEST(ConfigSyntax, BrokenTextNamesLineAndColumn) {
  EXPECT_TRUE(file_error("title = \n").starts_with("my.toml:1:9: not TOML: "));
  EXPECT_TRUE(file_error("title = 'open\n").starts_with("my.toml:1:14: not TOML: "));
  EXPECT_TRUE(file_error("\n\nnonsense\n").starts_with("my.toml:3:9: not TOML: "));
}

TEST(ConfigSyntax, BrokenTextsOfAllSourcesAreListedAlone) {
  const std::string message =
      load_error({preset("a = "), file("also_unknown = 1"), file("= 2", "b.toml", kFileRank + 1)});
  EXPECT_TRUE(message.starts_with("2 problems:\n  preset mnist:1:")) << message;
  EXPECT_NE(message.find("\n  b.toml:1:1: not TOML"), std::string::npos) << message;
  EXPECT_EQ(message.find("also_unknown"), std::string::npos) << message;
}

TEST(ConfigSyntax, HugeIntegersAreRefused) {
  const std::string message = file_error("batch = 99999999999999999999");
  EXPECT_TRUE(message.starts_with("my.toml:1:")) << message;
  EXPECT_NE(message.find("is not representable in 64 bits"), std::string::npos) << message;
  EXPECT_EQ(loaded({file("batch = 9223372036854775807")}).batch, INT64_MAX);
}

TEST(ConfigSyntax, HugeNumbersAreRefused) {
  EXPECT_TRUE(file_error("dropout = 1e400").starts_with("my.toml:1:"));
}

TEST(ConfigSyntax, TextThatIsNotUtf8IsRefused) {
  const std::string message = file_error("title = \"\xff\xfe\"");
  EXPECT_TRUE(message.starts_with("my.toml:1:")) << message;
  EXPECT_NE(message.find("utf-8"), std::string::npos) << message;
  EXPECT_NE(message.find("save the text as UTF-8"), std::string::npos) << message;
}

TEST(ConfigSyntax, ZeroBytesAreRefused) {
  EXPECT_TRUE(file_error(std::string("title = \0", 9)).starts_with("my.toml:1:"));
}

TEST(ConfigSyntax, ByteOrderMarkAndCarriageReturnsAreAccepted) {
  EXPECT_EQ(loaded({file("\xEF\xBB\xBF"
                         "batch = 3\r\nflip = true\r\n")})
                .batch,
            3);
}

TEST(ConfigSyntax, DeepListsAreRefused) {
  const std::string message =
      file_error("tags = " + std::string(10000, '[') + std::string(10000, ']'));
  EXPECT_NE(message.find("exceeded maximum nested value depth"), std::string::npos) << message;
}

TEST(ConfigSyntax, DeepTablesAreRefused) {
  std::string key = "a";
  for (int i = 0; i < 5000; ++i) key += ".a";
  EXPECT_EQ(file_error(key + " = 1"),
            "my.toml:1:129: tables are nested deeper than 64; nothing in a config is that deep");
  EXPECT_EQ(file_error("[" + key + "]"),
            "my.toml:1:130: tables are nested deeper than 64; nothing in a config is that deep");
}

}  // namespace saddle::config::test
