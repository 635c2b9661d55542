// When a file counts as another one.
#include "turnpike/net/file_stamp.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace turnpike::net {
namespace {

namespace fs = std::filesystem;

class FileStampTest : public ::testing::Test {
 protected:
  FileStampTest() { fs::create_directories(folder_); }
  ~FileStampTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  FileStamp stamp(const std::string& name) const { return stamp_of((folder_ / name).string()); }

  fs::path folder_ = fs::temp_directory_path() / ("turnpike-stamp-" + std::to_string(::getpid()));
};

TEST_F(FileStampTest, a_file_that_nobody_touches_stays_the_same_and_one_that_is_not_there_has_none) {
  write("a", "1");
  EXPECT_EQ(stamp("a"), stamp("a"));
  EXPECT_NE(stamp("a"), FileStamp{});
  EXPECT_EQ(stamp("b"), FileStamp{});
}

TEST_F(FileStampTest, what_is_written_or_renamed_over_it_is_another_one) {
  write("a", "1");
  const FileStamp first = stamp("a");
  write("a", "12");
  const FileStamp second = stamp("a");
  EXPECT_NE(second, first);
  write("new", "12");
  fs::rename(folder_ / "new", folder_ / "a");
  EXPECT_NE(stamp("a"), second);
}

// certbot: live/privkey.pem -> ../archive/privkey1.pem. Kubernetes: tls.key -> ..data/tls.key, ..data ->
// ..2026.
TEST_F(FileStampTest, a_link_on_the_way_that_leads_elsewhere_is_seen) {
  for (const char* age : {"old", "new"}) {
    fs::create_directories(folder_ / age);
    write(std::string(age) + "/key", "same size");
  }
  fs::create_symlink("old", folder_ / "..data");
  fs::create_symlink("..data/key", folder_ / "key");
  const FileStamp before = stamp("key");
  fs::create_symlink("new", folder_ / "..tmp");
  fs::rename(folder_ / "..tmp", folder_ / "..data");
  EXPECT_NE(stamp("key"), before);
}

}  // namespace
}  // namespace turnpike::net
