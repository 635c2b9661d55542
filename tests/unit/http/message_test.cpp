// Errors as responses, and dates.
#include "turnpike/http/message.hpp"

#include <gtest/gtest.h>

namespace turnpike::http {
namespace {

constexpr UnixSeconds kDate = 784111777;  // the example of RFC 9110 5.6.7

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
