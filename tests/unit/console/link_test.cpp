// The way to the server: which socket, what comes back, and why nothing does.
#include "turnpike/console/link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "temporary_folder.hpp"
#include "turnpike/http/server.hpp"

namespace turnpike::console {
namespace {

using ::testing::HasSubstr;

config::ControlConfig at(const std::string& socket) {
  config::ControlConfig config;
  config.socket = socket;
  return config;
}

TEST(Link, brings_the_server_s_words) {
  const TemporaryFolder folder;
  boost::asio::io_context context;
  const auto echo = [](const http::Request& request) {
    return http::Response{.status = request.body.empty() ? 404U : 200U,
                          .body = request.body.empty() ? R"({"error":"nothing"})" : request.body + "\n"};
  };
  const auto rubbish = [](const http::Request&) {
    return http::Response{.status = 500, .body = "not JSON\n"};
  };
  http::Server server(
      context,
      {{"GET", "/echo", echo, 0, {}}, {"POST", "/echo", echo, 99, {}}, {"GET", "/rubbish", rubbish, 0, {}}});
  ASSERT_TRUE(server.listen_unix(folder.path("s")));
  std::thread serving([&] { context.run_for(std::chrono::seconds(5)); });
  const Link link(at(folder.path("s")));
  const auto nothing = link.get("/echo");
  const auto posted = link.post("/echo", {{"a", 1}});
  const auto broken = link.get("/rubbish");
  context.stop();
  serving.join();
  ASSERT_TRUE(nothing && posted && broken);
  EXPECT_FALSE(nothing->is_good());
  EXPECT_EQ(nothing->error(), "nothing");
  EXPECT_TRUE(posted->is_good());
  EXPECT_EQ(posted->text, R"({"a":1})");
  EXPECT_EQ(posted->json.at("a").as_int64(), 1);
  EXPECT_EQ(broken->error(), "not JSON");
  EXPECT_TRUE(broken->json.empty());
}

TEST(Link, says_why_nobody_answers) {
  const TemporaryFolder folder;
  EXPECT_THAT(Link(at(folder.path("none"))).get("/").error(),
              HasSubstr(folder.path("none") + ": No such file"));
  EXPECT_THAT(Link(at("")).get("/").error(), HasSubstr("control.socket"));
}

TEST(Link, values_in_queries_are_encoded) {
  EXPECT_EQ(percent_encoded("a-B_9.~"), "a-B_9.~");
  EXPECT_EQ(percent_encoded("a b&c=\xc3\xa9+%"), "a%20b%26c%3D%C3%A9%2B%25");
}

}  // namespace
}  // namespace turnpike::console
