// Heads that are read, and heads that are refused because others could read them in another way.
#include "turnpike/http/head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace turnpike::http {
namespace {

using namespace std::string_literals;

// Its fields in one line, or the status of the refusal.
std::string summary(std::string_view head) {
  const auto request = parse_request_head(head);
  if (!request) return std::to_string(request.error());
  std::string text(request->method);
  text.append(" ").append(request->target).append(request->is_http_1_0 ? " 1.0" : " 1.1");
  for (const Field& field : request->fields)
    text.append(" ").append(field.name).append("=").append(field.value);
  if (request->body.kind == BodyKind::chunked) text.append(" [chunked]");
  if (request->body.kind == BodyKind::length) text += " [" + std::to_string(request->body.length) + "]";
  return text;
}

struct Case {
  const char* name;
  std::string head;
  std::string expected;
};

std::string post(const std::string& fields) { return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }
std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

const Case kCases[] = {
    {"the simplest", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1.1 Host=a"},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET / 1.0"},
    {"any method", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /pot 1.1 Host=a"},
    {"white space around a value", post("X: \t y z \t\r\n"), "POST / 1.1 Host=a X=y z"},
    {"no value", post("X:\r\nY: \r\n"), "POST / 1.1 Host=a X= Y="},
    {"a tab and bytes that are no ASCII", post("X: a\t\xC3\xA9\r\n"), "POST / 1.1 Host=a X=a\t\xC3\xA9"},
    {"a length", post("Content-Length: 007\r\n"), "POST / 1.1 Host=a Content-Length=007 [7]"},
    {"chunks", post("Transfer-Encoding: Chunked\r\n"),
     "POST / 1.1 Host=a Transfer-Encoding=Chunked [chunked]"},
    {"a whole URI", get("http://a:80/b?c"), "GET http://a:80/b?c 1.1 Host=a"},
    {"the server", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * 1.1 Host=a"},
    {"an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / 1.1 Host=[::1]:80"},
    {"an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / 1.1 Host="},

    {"nothing", "", "400"},
    {"no end", "GET / HTTP/1.1\r\nHost: a\r\n", "400"},
    {"something behind the end", get("/") + "x", "400"},
    {"an empty line first", "\r\n" + get("/"), "400"},
    {"LF alone", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400"},
    {"LF alone behind a field", post("X: y\nZ: z\r\n"), "400"},
    {"CR alone", post("X: y\rZ: z\r\n"), "400"},
    {"CR twice", post("X: y\r\r\n"), "400"},
    {"LF alone as the last line", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"},
    {"a fold", post("X: y\r\n z\r\n"), "400"},
    {"a fold by a tab", post("X: y\r\n\tz: z\r\n"), "400"},
    {"a fold first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
    {"NUL", post("X: y\0z\r\n"s), "400"},
    {"a control character", post("X: y\x01\r\n"), "400"},
    {"DEL", post("X: y\x7F\r\n"), "400"},
    {"white space before the colon", post("X : y\r\n"), "400"},
    {"a tab before the colon", post("Transfer-Encoding\t: chunked\r\n"), "400"},
    {"no colon", post("X\r\n"), "400"},
    {"no name", post(": y\r\n"), "400"},
    {"a name that is no token", post("X(y): z\r\n"), "400"},
    {"a name that is no ASCII", post("X\xC3\xA9: z\r\n"), "400"},
    {"two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n"), "400"},
    {"two equal lengths", post("Content-Length: 3\r\ncontent-length: 3\r\n"), "400"},
    {"a list of lengths", post("Content-Length: 3, 3\r\n"), "400"},
    {"a length and chunks", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), "400"},
    {"chunks and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), "400"},
    {"a length and an unknown coding", post("Content-Length: 3\r\nTransfer-Encoding: xchunked\r\n"), "400"},
    {"no length", post("Content-Length:\r\n"), "400"},
    {"a sign", post("Content-Length: +3\r\n"), "400"},
    {"a hexadecimal length", post("Content-Length: 0x3\r\n"), "400"},
    {"a length beyond 63 bits", post("Content-Length: 9999999999999999999\r\n"), "400"},
    {"another coding", post("Transfer-Encoding: gzip\r\n"), "501"},
    {"two codings", post("Transfer-Encoding: gzip, chunked\r\n"), "501"},
    {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "501"},
    {"chunked with a parameter", post("Transfer-Encoding: chunked;x\r\n"), "501"},
    {"an empty coding", post("Transfer-Encoding:\r\n"), "501"},
    {"a vertical tab before chunked",
     post("Transfer-Encoding: \x0B"
          "chunked\r\n"),
     "400"},
    {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
    {"no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "400"},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
    {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
    {"a list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400"},
    {"a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"},
    {"a host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "400"},
    {"a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
    {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
    {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
    {"an empty target", get(""), "400"},
    {"white space in the target", get("/a b"), "400"},
    {"a tab in the target", get("/a\tb"), "400"},
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
    {"a target that is no ASCII", get("/\xC3\xA9"), "400"},
    {"a fragment", get("/a#b"), "400"},
    {"a target that is no path", get("a"), "400"},
    {"another scheme", get("ftp://a/"), "400"},
    {"* for GET", get("*"), "400"},
    {"no version", "GET /\r\nHost: a\r\n\r\n", "400"},
    {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "400"},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", "400"},
    {"a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", "400"},
    {"white space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400"},
    {"one word", "hello\r\n\r\n", "400"},
};

TEST(RequestHead, has_one_meaning_or_none) {
  for (const Case& c : kCases) EXPECT_EQ(summary(c.head), c.expected) << c.name;
}

// A head of 16 KB would have thousands, and cost their product.
TEST(RequestHead, has_128_fields_and_tokens_of_connection_at_most) {
  const auto fields = [](int count) {
    std::string text;
    for (int i = 1; i < count; ++i) text += "a:\r\n";  // Host is one
    return text;
  };
  const auto tokens = [](std::size_t count) {
    return "Connection: a" + std::string(count - 1, ',') + "\r\n";
  };
  EXPECT_NE(summary(post(fields(128))), "431");
  EXPECT_EQ(summary(post(fields(129))), "431");
  EXPECT_NE(summary(post(tokens(128))), "431");
  EXPECT_EQ(summary(post(tokens(129))), "431");
  EXPECT_EQ(summary(post(tokens(100) + tokens(29))), "431");
  EXPECT_TRUE(parse_response_head("HTTP/1.1 200 OK\r\n" + fields(129) + "\r\n", false));
  EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\n" + fields(130) + "\r\n", false));
}

TEST(RequestHead, its_end_is_found_however_it_arrives) {
  const std::string head = post("X: y\r\nContent-Length: 3\r\n");
  const std::string sent = head + "abc\n";
  for (std::size_t seen = 0; seen < head.size(); ++seen) {
    EXPECT_EQ(find_head_end(sent.substr(0, seen)), HeadEnd{}) << seen;
    EXPECT_EQ(find_head_end(sent, seen), (HeadEnd{head.size(), false})) << seen;
  }
}

TEST(RequestHead, is_refused_as_soon_as_it_is_malformed) {
  for (const std::string& sent : {"GET / HTTP/1.1\n"s, "\x16"s, "\r"s, "GET / HTTP/1.1\rX"s, "GET \0"s}) {
    EXPECT_TRUE(find_head_end(sent).is_malformed) << sent;
    EXPECT_TRUE(find_head_end(sent, sent.size() - 1).is_malformed) << sent;
    EXPECT_EQ(find_head_end(sent.substr(0, sent.size() - 1)), HeadEnd{}) << sent;
  }
}

TEST(RequestHead, says_whether_the_connection_goes_on) {
  const struct {
    const char* version;
    const char* connection;
    bool expected;
  } cases[] = {{"1.1", "x", true},       {"1.1", "close", false},     {"1.1", "te, Close", false},
               {"1.0", "x", false},      {"1.0", "keep-alive", true}, {"1.0", "Keep-Alive, close", false},
               {"1.1", "unclose", true}, {"1.1", "keep-alive", true}};
  for (const auto& c : cases) {
    const std::string head =
        "GET / HTTP/"s + c.version + "\r\nHost: a\r\nConnection: " + c.connection + "\r\n\r\n";
    EXPECT_EQ(parse_request_head(head)->keep_alive(), c.expected) << head;
  }
}

TEST(ResponseHead, says_how_its_body_ends) {
  const struct {
    const char* head;
    bool answers_head;
    BodyFraming expected;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", false, {BodyKind::until_end}},
      {"HTTP/1.1 200\r\n\r\n", false, {BodyKind::until_end}},
      {"HTTP/1.0 200 \r\n\r\n", false, {BodyKind::until_end}},
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n", false, {BodyKind::length, 12}},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, {BodyKind::chunked}},
      {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", true, {}},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n", false, {}},
      {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", false, {}},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\n\r\n", false, {}},
  };
  for (const auto& c : cases) {
    const auto head = parse_response_head(c.head, c.answers_head);
    ASSERT_TRUE(head) << c.head;
    EXPECT_EQ(head->body, c.expected) << c.head;
  }
  EXPECT_EQ(parse_response_head("HTTP/1.1 404 Not Found\r\n\r\n", false)->reason, "Not Found");
  EXPECT_EQ(parse_response_head("HTTP/1.1 404 Not Found\r\n\r\n", false)->status, 404U);
}

TEST(ResponseHead, is_as_strict) {
  for (const char* head : {"",
                           "HTTP/1.1 200 OK\r\n",
                           "HTTP/1.1 200 OK\n\n",
                           "HTTP/1.1 20 OK\r\n\r\n",
                           "HTTP/1.1 2000 OK\r\n\r\n",
                           "HTTP/1.1 099 OK\r\n\r\n",
                           "HTTP/1.1 600 OK\r\n\r\n",
                           "HTTP/1.1  200 OK\r\n\r\n",
                           "HTTP/1.1 20a\r\n\r\n",
                           "HTTP/2.0 200 OK\r\n\r\n",
                           "HTTP/1.1 200-OK\r\n\r\n",
                           "ICY 200 OK\r\n\r\n",
                           "HTTP/1.1\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                           "HTTP/1.1 304 OK\r\nContent-Length: 1x\r\n\r\n"}) {
    EXPECT_FALSE(parse_response_head(head, false)) << head;
  }
}

TEST(Fields, are_found_in_either_case) {
  const Fields fields{{"X-A", "b"}, {"x-a", "c, \td"}, {"E", ",,f ,"}};
  EXPECT_EQ(value_of(fields, "x-A"), "b");
  EXPECT_EQ(value_of(fields, "x"), "");
  EXPECT_EQ(all_values(fields, "X-a"), "b, c, \td");
  EXPECT_TRUE(has_token(fields, "x-a", "D"));
  EXPECT_TRUE(has_token(fields, "e", "f"));
  EXPECT_FALSE(has_token(fields, "x-a", "c, \td"));
}

TEST(Target, may_be_a_whole_uri) {
  const struct {
    const char* target;
    Target expected;
  } cases[] = {{"/a/b?c?d", {"", "/a/b", "c?d"}},
               {"http://h:80/a?b", {"h:80", "/a", "b"}},
               {"http://h", {"h", "/", ""}},
               {"http://h?b", {"h", "/", "b"}},
               {"*", {"", "*", ""}},
               {"/a?b://c/d", {"", "/a", "b://c/d"}}};
  for (const auto& c : cases) {
    const Target split = split_target(c.target);
    EXPECT_EQ(split.authority, c.expected.authority) << c.target;
    EXPECT_EQ(split.path, c.expected.path) << c.target;
    EXPECT_EQ(split.query, c.expected.query) << c.target;
  }
}

}  // namespace
}  // namespace turnpike::http
