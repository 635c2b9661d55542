// For which name a client asks, from its connection, however its ClientHello arrives.
#include "turnpike/net/asked_name.hpp"

#include <gtest/gtest.h>

#include <string>

#include "hello_helpers.hpp"
#include "tcp_helpers.hpp"

namespace turnpike::net {
namespace {

class AskedNameTest : public testing::Test {
 protected:
  // Sends it in pieces of this size, and reads as they come. How much was sent when it was settled; 0: it is
  // not.
  std::size_t settled_after(const std::string& text, std::size_t piece) {
    for (std::size_t at = 0; at < text.size(); at += piece) {
      const std::string part = text.substr(at, piece);
      EXPECT_EQ(::send(connection_.client.get(), part.data(), part.size(), 0),
                static_cast<ssize_t>(part.size()));
      for (std::size_t before = asked_.bytes().size(); asked_.bytes().size() < before + part.size();) {
        EXPECT_TRUE(readable(connection_.server.fd.get()));
        if (read()) return at + part.size();
      }
    }
    return 0;
  }
  bool read() { return asked_.read(connection_.server.fd.get(), scratch_); }
  std::string bytes() const { return std::string(as_text(asked_.bytes())); }

  Connection connection_ = connect_pair();
  std::vector<std::uint8_t> scratch_ = std::vector<std::uint8_t>(128 * 1024);
  AskedName asked_;
};

std::string in_records_of(const std::string& record, std::size_t size) {
  std::string records;
  for (std::size_t at = 5; at < record.size(); at += size) {
    const std::string part = record.substr(at, size);
    records += record.substr(0, 3) + '\0' + static_cast<char>(part.size()) + part;
  }
  return records;
}

// Of this size, without the header of its record.
std::string hello_of_size(std::size_t size) {
  const auto with = [](std::size_t labels, std::size_t last) {
    std::string alpn;
    for (std::size_t i = 0; i < labels; ++i) alpn += '\x7f' + std::string(127, 'x');
    if (last > 0) alpn += static_cast<char>(last) + std::string(last, 'y');
    return hello_of_openssl({.name = "www.example.org", .alpn = alpn});
  };
  constexpr std::size_t kMany = 10;  // OpenSSL may make short ones longer
  const std::size_t rest = size + 5 - with(kMany, 0).size();
  const std::size_t labels = kMany + rest / 128;
  return rest % 128 > 1 ? with(labels, rest % 128 - 1) : with(labels - 1, 127 + rest % 128);
}

class AskedNameInPieces : public AskedNameTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(AskedNameInPieces, is_known_as_soon_as_the_message_is_whole) {
  const struct {
    const char* name;
    std::string hello;
    std::optional<std::string> expected;
  } table[] = {
      {"Chromium", hello_of_chromium(), "www.example.org"},
      {"TLS 1.3", hello_of_openssl({.name = "A.Example"}), "a.example"},
      {"TLS 1.2", hello_of_openssl({.name = "a.example", .version = TLS1_2_VERSION}), "a.example"},
      {"no name", hello_of_openssl({}), std::nullopt},
      {"records of two bytes", in_records_of(hello_of_chromium(), 2), "www.example.org"},
      {"the largest", hello_of_size(16384), "www.example.org"},
      {"the largest in records of two bytes", in_records_of(hello_of_size(16384), 2), "www.example.org"},
      {"one that is larger", hello_of_size(16385), std::nullopt},
  };
  for (const auto& row : table) {
    connection_ = connect_pair();
    asked_ = AskedName();
    const std::size_t settled = settled_after(row.hello, GetParam());
    EXPECT_EQ(asked_.name(), row.expected) << row.name;
    const bool is_whole = row.hello.size() <= 16384 + 5 || row.expected;
    EXPECT_TRUE(!is_whole || settled == row.hello.size()) << row.name << ": " << settled;
    EXPECT_EQ(bytes(), row.hello.substr(0, settled)) << row.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, AskedNameInPieces, testing::Values(1, 7, 1448, 20000));

TEST_F(AskedNameTest, what_comes_with_the_message_is_kept) {
  EXPECT_GT(settled_after(hello_of_chromium() + "and more", 4096), 0U);
  EXPECT_EQ(asked_.name(), "www.example.org");
  EXPECT_EQ(bytes(), hello_of_chromium() + "and more");
}

TEST_F(AskedNameTest, what_is_no_ClientHello_is_known_by_its_first_byte) {
  EXPECT_EQ(settled_after("GET / HTTP/1.1\r\n\r\n", 1), 1U);
  EXPECT_EQ(asked_.name(), std::nullopt);
  EXPECT_EQ(bytes(), "G");
}

TEST_F(AskedNameTest, the_end_of_the_connection_settles_it) {
  EXPECT_FALSE(read()) << "nothing has come yet";
  EXPECT_EQ(settled_after(hello_of_chromium().substr(0, 100), 100), 0U);
  EXPECT_FALSE(read());
  connection_.client.reset();
  ASSERT_TRUE(readable(connection_.server.fd.get()));
  EXPECT_TRUE(read());
  EXPECT_EQ(asked_.name(), std::nullopt);
  EXPECT_EQ(bytes(), hello_of_chromium().substr(0, 100));
}

TEST_F(AskedNameTest, so_many_bytes_are_kept_and_no_more) {
  const std::string records = in_records_of(hello_of_size(16384), 1);
  ASSERT_GT(records.size(), AskedName::kBytesMax);
  EXPECT_GE(settled_after(records, 1000), AskedName::kBytesMax);
  EXPECT_EQ(asked_.name(), std::nullopt);
  EXPECT_EQ(asked_.bytes().size(), AskedName::kBytesMax);
}

}  // namespace
}  // namespace turnpike::net
