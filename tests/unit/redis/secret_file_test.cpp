// Passwords in files.
#include "turnpike/redis/secret_file.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace turnpike::redis {
namespace {

TEST(SecretFile, is_one_line_that_is_not_empty) {
  const TemporaryFolder folder;
  const struct {
    std::string text;
    std::string outcome;
  } cases[] = {
      {"secret", "secret"},
      {"secret\n", "secret"},
      {"secret\r\n", "secret"},
      {" s e \n", " s e "},
      {std::string(4096, 'x') + "\n", std::string(4096, 'x')},
      {"", "file: it is empty"},
      {"\n", "file: it is empty"},
      {"a\nb\n", "file: it has more than one line"},
      {"a\n\n", "file: it has more than one line"},
      {std::string(4097, 'x'), "file: it has more than 4096 bytes"},
      {std::string(100000, '\n'), "file: it has more than 4096 bytes"},
  };
  for (const auto& c : cases) {
    const auto secret = read_secret_file(folder.write("file", c.text));
    EXPECT_EQ(secret ? *secret : folder.without(secret.error().detail), c.outcome);
  }
}

TEST(SecretFile, what_cannot_be_read_is_told) {
  const TemporaryFolder folder;
  EXPECT_EQ(folder.without(read_secret_file(folder.path("none")).error().detail),
            "none: No such file or directory");
  EXPECT_EQ(read_secret_file("/").error().detail, "/: Is a directory");
}

}  // namespace
}  // namespace turnpike::redis
