// Which files are answers to challenges, and that nothing else can be read by a token.
#include "turnpike/web/challenge_folder.hpp"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "temporary_folder.hpp"

namespace turnpike::web {
namespace {

namespace fs = std::filesystem;

const std::string kAnswer = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9";

class ChallengeFolder : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(at(""));
    put("token_1-A", kAnswer);
  }
  std::string root() const { return folder_.path("www"); }
  std::string at(const std::string& name) const { return root() + std::string(kChallengePath) + name; }
  void put(const std::string& name, std::string_view text) const {
    folder_.write("www" + std::string(kChallengePath) + name, text, 0644);
  }
  // The answer, or the name of the cause why there is none.
  std::string read(std::string_view token) const {
    const auto answer = read_answer(root(), token);
    return answer ? *answer : std::string(to_string(answer.error()));
  }

  TemporaryFolder folder_;
};

TEST_F(ChallengeFolder, has_the_answer_in_a_file_of_the_token_s_name) {
  EXPECT_EQ(read("token_1-A"), kAnswer);
  put("empty", "");
  EXPECT_EQ(read("empty"), "");
  EXPECT_EQ(read("none"), "no_file");
  fs::remove_all(root());
  EXPECT_EQ(read("token_1-A"), "no_file");
}

TEST_F(ChallengeFolder, is_left_by_no_token) {
  folder_.write("secret", "secret", 0644);
  put(".hidden", "hidden");
  for (const std::string_view token :
       {"",           ".",          "..",         "../secret",   "../../../secret", "./token_1-A",
        "/token_1-A", "token_1-A/", "a/b",        "%2e%2e",      "%2e%2e%2fsecret", "..%2f..%2fsecret",
        "..\\secret", ".hidden",    "token_1-A ", "token_1-A\n", "token.1",         "tok\xC3\xA9n",
        "~root",      "a+b",        "a=",         "a:b"})
    EXPECT_EQ(read(token), "no_token") << token;
  EXPECT_EQ(read(std::string_view("token_1-A\0x", 11)), "no_token");
  EXPECT_EQ(read(std::string(kTokenMax, 'a')), "no_file");
  EXPECT_EQ(read(std::string(kTokenMax + 1, 'a')), "no_token");
}

TEST_F(ChallengeFolder, gives_regular_files_alone) {
  fs::create_directory(at("folder"));
  fs::create_symlink(folder_.write("secret", "secret"), at("link"));
  fs::create_symlink("token_1-A", at("link-beside"));
  fs::create_symlink("nowhere", at("dangling"));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0644), 0);
  for (const char* name : {"folder", "link", "link-beside", "dangling", "pipe"})
    EXPECT_EQ(read(name), "not_a_file") << name;
}

TEST_F(ChallengeFolder, may_itself_be_a_link) {
  fs::create_directories(folder_.path("other/.well-known"));
  fs::create_symlink(at(""), folder_.path("other/.well-known/acme-challenge"));
  EXPECT_EQ(*read_answer(folder_.path("other"), "token_1-A"), kAnswer);
  fs::create_symlink(root(), folder_.path("alias"));
  EXPECT_EQ(*read_answer(folder_.path("alias"), "token_1-A"), kAnswer);
}

TEST_F(ChallengeFolder, gives_answers_of_a_bounded_size) {
  put("largest", std::string(kAnswerBytesMax, 'x'));
  put("larger", std::string(kAnswerBytesMax + 1, 'x'));
  EXPECT_EQ(read("largest").size(), kAnswerBytesMax);
  EXPECT_EQ(read("larger"), "too_large");
  fs::resize_file(at("larger"), std::uintmax_t{1} << 40);  // of holes
  EXPECT_EQ(read("larger"), "too_large");
}

TEST_F(ChallengeFolder, tells_what_it_may_not_read) {
  constexpr uid_t kNobody = 65534;
  fs::permissions(folder_.path(""), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  fs::permissions(at("token_1-A"), fs::perms::none);
  const auto own = static_cast<uid_t>(::setfsuid(kNobody));  // root may read everything
  EXPECT_EQ(read("token_1-A"), "not_readable");
  ::setfsuid(own);
}

}  // namespace
}  // namespace turnpike::web
