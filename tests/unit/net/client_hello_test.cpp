// What a TLS client asks for, from bytes made by hand, by OpenSSL and by Chromium, however they arrive.
#include "turnpike/net/client_hello.hpp"

#include <gtest/gtest.h>

#include <string>

#include "hello_helpers.hpp"

namespace turnpike::net {
namespace {

using namespace std::string_literals;

using Answer = Result<std::optional<ClientHello>>;

std::string number(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}
// A field of any size, behind its own length.
std::string counted(const std::string& content, int bytes) { return number(content.size(), bytes) + content; }
std::string extension(int kind, const std::string& content) { return number(kind, 2) + counted(content, 2); }
std::string host_name(const std::string& name) { return "\0"s + counted(name, 2); }
std::string server_name(const std::string& name) { return extension(0, counted(host_name(name), 2)); }
std::string alpn(const std::string& labels) { return extension(16, counted(labels, 2)); }

const std::string kSuites = counted("\x13\x01\x13\x02"s, 2);
const std::string kNoCompression = counted("\0"s, 1);
// Version and random, then an empty session id.
const std::string kBegin = "\x03\x03"s + std::string(32, 'r') + "\0"s;

std::string message(const std::string& body) { return "\x01"s + counted(body, 3); }
std::string hello(const std::string& extensions) {
  return message(kBegin + kSuites + kNoCompression + counted(extensions, 2));
}
std::string record(const std::string& part) { return "\x16\x03\x01"s + counted(part, 2); }
std::string records_of(const std::string& message, std::size_t size) {
  std::string records;
  for (std::size_t at = 0; at < message.size(); at += size) records += record(message.substr(at, size));
  return records;
}
// The message in a stream of records.
std::string message_in(const std::string& records) {
  std::string message;
  for (std::size_t at = 0; at + 5 < records.size();) {
    const std::size_t size = load_be16(as_bytes(records).subspan(at + 3).data());
    message += records.substr(at + 5, size);
    at += 5 + size;
  }
  return message;
}

Answer read(const std::string& bytes) { return ClientHelloReader().feed(as_bytes(bytes)); }
ClientHello must_read(const std::string& bytes) {
  const Answer answer = read(bytes);
  EXPECT_TRUE(answer && *answer);
  return answer && *answer ? **answer : ClientHello{.server_name = "not read"};
}

// How many bytes it took until the answer; 0: there was none.
std::size_t bytes_until_refused(const std::string& bytes) {
  ClientHelloReader reader;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const Answer answer = reader.feed(as_bytes(bytes).subspan(i, 1));
    if (!answer) {
      EXPECT_EQ(answer.error(), boost::system::errc::bad_message);
      return i + 1;
    }
    if (*answer) break;
  }
  return 0;
}

TEST(ClientHello, says_what_the_client_asks_for) {
  const struct {
    const char* name;
    std::string message;
    ClientHello expected;
  } table[] = {
      {"no extensions", message(kBegin + kSuites + kNoCompression), {}},
      {"an empty list of them", hello(""), {}},
      {"a name", hello(server_name("www.example.org")), {"www.example.org"}},
      {"in capitals, with a dot", hello(server_name("WWW.Example.org.")), {"www.example.org"}},
      {"no valid name", hello(server_name("www_1.example.org")), {}},
      {"a name with a zero byte", hello(server_name("www.example.org\0.example.net"s)), {}},
      {"an address", hello(server_name("192.0.2.1")), {}},
      {"a wildcard", hello(server_name("*.example.org")), {}},
      {"another kind of name", hello(extension(0, counted("\x07" + counted("x", 2), 2))), {}},
      {"another kind, then a name",
       hello(extension(0, counted("\x07" + counted("x", 2) + host_name("a.example"), 2))),
       {"a.example"}},
      {"ECH", hello(extension(0xFE0D, "anything") + server_name("a.example")), {"a.example", true}},
      {"ALPN", hello(alpn("\x09stun.turn\x08http/1.1")), {{}, false, {"stun.turn", "http/1.1"}}},
      {"unknown extensions",
       hello(extension(0x1A1A, "") + extension(99, "x") + alpn("\1x")),
       {{}, false, {"x"}}},
      {"a session id of 32 bytes",
       message("\x03\x03"s + std::string(32, 'r') + counted(std::string(32, 's'), 1) + kSuites +
               kNoCompression + counted(server_name("a.example"), 2)),
       {"a.example"}},
  };
  for (const auto& row : table) EXPECT_EQ(must_read(record(row.message)), row.expected) << row.name;
}

TEST(ClientHello, lengths_that_do_not_fit_are_refused) {
  const std::string name = counted(host_name("a.example"), 2);
  const std::pair<const char*, std::string> table[] = {
      {"another message", "\x02"s + counted(kBegin + kSuites + kNoCompression, 3)},
      {"an empty one", message("")},
      {"version 2", message("\x02"s + kBegin.substr(1) + kSuites + kNoCompression)},
      {"a session id of 33 bytes",
       message(kBegin.substr(0, 34) + counted(std::string(33, 's'), 1) + kSuites + kNoCompression)},
      {"no suites", message(kBegin + counted("", 2) + kNoCompression)},
      {"half a suite", message(kBegin + counted("abc", 2) + kNoCompression)},
      {"suites beyond the end", message(kBegin + "\x00\x06xxxx"s)},
      {"no compression", message(kBegin + kSuites + counted("", 1))},
      {"nothing behind the suites", message(kBegin + kSuites)},
      {"half a length of extensions", message(kBegin + kSuites + kNoCompression + "\0"s)},
      {"extensions beyond the end", message(kBegin + kSuites + kNoCompression + "\x00\x05xxxx"s)},
      {"bytes behind extensions", hello("").replace(1, 3, number(hello("").size() - 3, 3)) + "x"},
      {"half a header of an extension", hello("\x00\x63\x00"s)},
      {"an extension beyond the end", hello("\x00\x63\x00\x02x"s)},
      {"an extension twice", hello(extension(99, "") + extension(98, "") + extension(99, ""))},
      {"two server_name extensions", hello(server_name("a.example") + server_name("a.example"))},
      {"two names of hosts",
       hello(extension(0, counted(host_name("a.example") + host_name("b.example"), 2)))},
      {"an empty list of names", hello(extension(0, counted("", 2)))},
      {"an empty name", hello(server_name(""))},
      {"an empty server_name", hello(extension(0, ""))},
      {"a name beyond its list", hello(extension(0, counted("\0\0\x09short"s, 2)))},
      {"a list beyond its extension", hello(extension(0, number(20, 2) + name.substr(2)))},
      {"bytes behind the list", hello(extension(0, name + "x"))},
      {"a kind of name alone", hello(extension(0, counted("\0"s, 2)))},
      {"an empty ALPN", hello(extension(16, ""))},
      {"no labels", hello(alpn(""))},
      {"an empty label", hello(alpn("\x01x\x00"s))},
      {"a label beyond the end", hello(alpn("\x05http"))},
      {"bytes behind the labels", hello(extension(16, counted("\1x", 2) + "x"))},
  };
  for (const auto& [name_of_row, bytes] : table) {
    const Answer answer = read(record(bytes));
    ASSERT_FALSE(answer) << name_of_row;
    EXPECT_EQ(answer.error(), boost::system::errc::bad_message) << name_of_row;
  }
}

TEST(ClientHello, what_is_no_tls_is_refused_with_the_first_byte_that_cannot_be) {
  const std::string good = hello(server_name("a.example"));
  const struct {
    const char* name;
    std::string bytes;
    std::size_t refused_at;
  } table[] = {
      {"HTTP", "GET / HTTP/1.1\r\n\r\n", 1},
      {"STUN", "\x00\x03\x00\x00\x21\x12\xA4\x42"s, 1},
      {"an alert", "\x15\x03\x01\x00\x02\x01\x00"s, 1},
      {"application data", "\x17\x03\x03\x00\x01x"s, 1},
      {"SSL 2", "\x80\x2E\x01\x03\x01"s, 1},
      {"version 2", "\x16\x02\x01"s, 2},
      {"DTLS", "\x16\xFE\xFD"s, 2},
      {"an empty record", "\x16\x03\x01\x00\x00"s, 5},
      {"an empty record in the middle", record(good.substr(0, 9)) + "\x16\x03\x01\x00\x00"s, 5 + 9 + 5},
      {"a record of 16,385 bytes", "\x16\x03\x01\x40\x01"s, 5},
      {"a ServerHello", record("\x02"), 6},
      {"a message of 16,385 bytes", record("\x01"s + number(16385 - 4, 3)), 9},
      {"a record of another kind in the middle", record(good.substr(0, 9)) + "\x14", 5 + 9 + 1},
      {"more than the message", record(good + "x"), 9},
      {"more than the message in its last record", record(good.substr(0, 9)) + record(good.substr(9) + "x"),
       5 + 9 + 5 + 1},
  };
  for (const auto& row : table) EXPECT_EQ(bytes_until_refused(row.bytes), row.refused_at) << row.name;
}

TEST(ClientHello, arrives_in_any_pieces) {
  for (const std::string& bytes :
       {hello_of_openssl({"www.example.org"}), hello_of_openssl({.version = TLS1_2_VERSION}),
        records_of(hello(server_name("a.example")), 7), hello_of_chromium()}) {
    const ClientHello expected = must_read(bytes);
    ClientHelloReader slow;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const Answer answer = slow.feed(as_bytes(bytes).subspan(i, 1));
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->has_value(), i + 1 == bytes.size()) << i;
      EXPECT_EQ(answer->value_or(expected), expected);
    }
    for (std::size_t split = 0; split < bytes.size(); ++split) {
      ClientHelloReader reader;
      const Answer first = reader.feed(as_bytes(bytes).first(split));
      ASSERT_TRUE(first);
      ASSERT_FALSE(*first) << split;
      const Answer whole = reader.feed(as_bytes(bytes).subspan(split));
      ASSERT_TRUE(whole && *whole) << split;
      EXPECT_EQ(**whole, expected) << split;
    }
  }
}

TEST(ClientHello, is_split_over_records_anywhere) {
  const std::string whole = message_in(hello_of_chromium());
  const ClientHello expected = must_read(hello_of_chromium());
  for (std::size_t size = 1; size <= whole.size(); size += size < 12 ? 1 : 97)
    EXPECT_EQ(must_read(records_of(whole, size)), expected) << size;
  for (std::size_t split = 1; split < whole.size(); ++split)
    ASSERT_EQ(must_read(record(whole.substr(0, split)) + record(whole.substr(split))), expected) << split;
}

TEST(ClientHello, what_follows_in_records_of_its_own_is_not_looked_at) {
  const std::string whole = record(hello(server_name("a.example")));
  EXPECT_EQ(must_read(whole + "\x14\x03\x03\x00\x01\x01"s).server_name, "a.example");
  EXPECT_EQ(must_read(whole + "anything").server_name, "a.example");
}

TEST(ClientHello, has_at_most_16384_bytes_with_its_header) {
  const std::string name = server_name("a.example");
  const std::size_t without = hello(name + extension(99, "")).size();
  const std::string longest = hello(extension(99, std::string(16384 - without, 'x')) + name);
  ASSERT_EQ(longest.size(), 16384U);
  EXPECT_EQ(must_read(record(longest)).server_name, "a.example");
  EXPECT_EQ(must_read(records_of(longest, 1)).server_name, "a.example");
  const std::string longer = hello(extension(99, std::string(16385 - without, 'x')) + name);
  EXPECT_FALSE(read(records_of(longer, 10'000)));
}

TEST(ClientHello, of_openssl_is_read) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(must_read(hello_of_openssl({nullptr, version})), ClientHello{});
    EXPECT_EQ(must_read(hello_of_openssl({"Turn.Example.org", version, "\x09stun.turn\x02h2"})),
              (ClientHello{"turn.example.org", false, {"stun.turn", "h2"}}));
  }
}

TEST(ClientHello, of_two_records_is_read_from_its_vector) {
  const std::string bytes(as_text(test::load_vector("derived-client-hello").bytes));
  EXPECT_EQ(must_read(bytes), (ClientHello{"turn.example.org", true, {"stun.turn", "http/1.1"}}));
}

TEST(ClientHello, of_chromium_asks_by_its_outer_name_and_has_an_encrypted_one) {
  EXPECT_EQ(must_read(hello_of_chromium()), (ClientHello{"www.example.org", true, {"h2", "http/1.1"}}));
}

}  // namespace
}  // namespace turnpike::net
