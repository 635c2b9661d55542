// How responses look on the wire.
#include "turnpike/http/message.hpp"

#include <gtest/gtest.h>

namespace turnpike::http {
namespace {

constexpr UnixSeconds kDate = 784111777;  // the example of RFC 9110 5.6.7
constexpr const char* kDateField = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
constexpr const char* kAddedFields = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";

TEST(HttpMessage, on_the_wire) {
  struct Case {
    const char* name;
    Response response;
    ResponseFraming framing;
    std::string expected;
  };
  const Response json{.content_type = "application/json", .body = "{}"};
  const std::string json_fields =
      std::string("Content-Length: 2\r\nContent-Type: application/json\r\n") + kAddedFields + "\r\n";
  const std::string start = std::string("HTTP/1.1 200 OK\r\n") + kDateField;
  const std::string no_content =
      std::string("HTTP/1.1 204 No Content\r\n") + kDateField + "Connection: keep-alive\r\n";
  const Case cases[] = {
      {"a body", json, {}, start + "Connection: keep-alive\r\n" + json_fields + "{}"},
      {"the last response",
       json,
       {.keep_alive = false},
       start + "Connection: close\r\n" + json_fields + "{}"},
      {"to HEAD", json, {.with_body = false}, start + "Connection: keep-alive\r\n" + json_fields},
      {"an empty body",
       {},
       {},
       start + "Connection: keep-alive\r\nContent-Length: 0\r\n" + kAddedFields + "\r\n"},
      {"204 has neither body nor length",
       {.status = 204, .body = "lost"},
       {},
       no_content + kAddedFields + "\r\n"},
      {"what the handler says is not added again",
       {.status = 204, .fields = {{"cache-control", "max-age=5"}}},
       {},
       no_content + "X-Content-Type-Options: nosniff\r\ncache-control: max-age=5\r\n\r\n"},
      {"no value begins another field",
       {.status = 204, .fields = {{"X-Name", "a\r\nSet-Cookie: b"}}},
       {},
       no_content + kAddedFields + "X-Name: a  Set-Cookie: b\r\n\r\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(to_wire(c.response, c.framing, kDate), c.expected) << c.name;
}

TEST(HttpMessage, an_error_says_its_status_in_words) {
  EXPECT_EQ(http_error(404), (Response{.status = 404, .body = "Not Found\n"}));
  EXPECT_EQ(http_error(413), (Response{.status = 413, .body = "Payload Too Large\n"}));
}

TEST(HttpMessage, dates_are_read_in_the_form_that_servers_send) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), kDate);
  EXPECT_EQ(parse_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  for (const char* text :
       {"", "GMT", "784111777", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 06 Nov 1994 25:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace turnpike::http
