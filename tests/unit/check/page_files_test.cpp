// The files that are built into the program.
#include "turnpike/check/page_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>

namespace turnpike::check {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const PageFile& file(std::string_view name) {
  static const PageFile kNone{};
  const auto files = page_files();
  const auto found = std::ranges::find(files, name, &PageFile::name);
  EXPECT_NE(found, files.end()) << name;
  return found == files.end() ? kNone : *found;
}

TEST(PageFiles, are_whole_and_of_their_types) {
  EXPECT_THAT(std::string(file("page.html").content), StartsWith("<!doctype html>"));
  EXPECT_TRUE(file("page.html").content.ends_with("</html>\n"));
  EXPECT_EQ(file("page.html").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(file("page.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(file("page.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(file("texts.json").content_type, "application/json");
  EXPECT_TRUE(boost::json::parse(file("texts.json").content).is_object());
}

TEST(PageFiles, the_page_asks_for_its_files_below_its_own_path) {
  const std::string page(file("page.html").content);
  EXPECT_THAT(page, HasSubstr("\"{{path}}/page.js\""));
  EXPECT_THAT(page, HasSubstr("\"{{path}}/page.css\""));
}

TEST(PageFiles, nothing_comes_from_elsewhere_nor_stands_where_the_policy_forbids_it) {
  for (const PageFile& each : page_files()) {
    const std::string content(each.content);
    for (const char* refused : {"src=\"http", "href=\"http", "from \"http", "url(http", "@import",
                                " style=\"", " onclick=", "<style", "eval("})
      EXPECT_EQ(content.find(refused), std::string::npos) << each.name << ": " << refused;
  }
}

}  // namespace
}  // namespace turnpike::check
